"""Have linear inequalities over the integers no solution? Elimination by Fourier and Motzkin.

    i - n >= 0,  n - i - 1 >= 0        no solution: adding them gives -1 >= 0

An atom is eliminated by adding, for every pair of an upper and a lower bound on it, the multiples in which it cancels.
Each inequality is divided by the gcd of its coefficients and its constant rounded down, which loses no integer
(Schrijver, *Theory of Linear and Integer Programming*, 1986, 12.2 and 23.1). The answer "no solution" is always right;
a system that grows too large is given up, as if it had one.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator

from adcompile.facts.linear import Linear
from adcompile.ir.nodes import Value

# More inequalities than this are not worth the time.
LARGEST_SYSTEM = 80

# Coefficients -> the least constant: `coefficients . atoms + constant >= 0`.
System = dict[tuple[int, ...], int]


def is_infeasible(forms: Iterable[Linear]) -> bool:
    """Is there no integer solution at which all forms are >= 0? False may also mean that it is not known."""
    return is_infeasible_system(tuple(_system(list(forms)).items()))


@functools.lru_cache(maxsize=4096)
def is_infeasible_system(rows: tuple[tuple[tuple[int, ...], int], ...]) -> bool:
    """The same for the rows of a system. It does not matter what their columns stand for: a program that does the same
    again, or another one, poses the same question."""
    system = dict(rows)
    while system:
        zero = next((c for c in system if not any(c)), None)
        if zero is not None and system.pop(zero) < 0:
            return True
        if not system or len(system) > LARGEST_SYSTEM:
            return False
        system = _eliminate(system, _cheapest(system))
    return False


def _system(forms: list[Linear]) -> System:
    columns: dict[Value, int] = {}
    for form in forms:
        for atom, _ in form.terms:
            columns.setdefault(atom, len(columns))
    system: System = {}
    for form in forms:
        row = [0] * len(columns)
        for atom, coefficient in form.terms:
            row[columns[atom]] = coefficient
        _enter(system, row, form.const)
    return system


def _enter(system: System, row: list[int], const: int) -> None:
    divisor = math.gcd(*row)
    if divisor > 1:
        row, const = [c // divisor for c in row], const // divisor
    key = tuple(row)
    system[key] = min(const, system.get(key, const))


def _cheapest(system: System) -> int:
    """The column whose elimination leaves the fewest inequalities."""

    width = len(next(iter(system)))
    lower, upper = [0] * width, [0] * width
    for row in system:
        for column, coefficient in enumerate(row):
            if coefficient > 0:
                lower[column] += 1
            elif coefficient < 0:
                upper[column] += 1

    def growth(column: int) -> int:
        below, above = lower[column], upper[column]
        return below * above - below - above if below + above else LARGEST_SYSTEM**2

    return min(range(width), key=growth)


def _eliminate(system: System, column: int) -> System:
    found: System = {}
    for row, const in _combinations(system, column):
        _enter(found, row, const)
    return found


def _combinations(system: System, column: int) -> Iterator[tuple[list[int], int]]:
    lower = [(row, const) for row, const in system.items() if row[column] > 0]
    upper = [(row, const) for row, const in system.items() if row[column] < 0]
    for row, const in system.items():
        if not row[column]:
            yield list(row), const
    for one, c1 in lower:
        for other, c2 in upper:
            f, g = -other[column], one[column]
            yield [f * a + g * b for a, b in zip(one, other, strict=True)], f * c1 + g * c2
