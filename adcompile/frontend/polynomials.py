"""Integer polynomials over extents: the distances between the elements of an array.

    a C-ordered array of shape (n, m, k)      distances m*k, k, 1
    its slice [:, 1:, ::2]                    distances m*k, k, 2; extents n, m - 1, (k + 1) // 2

A polynomial is the set of its terms; a term is a set of (extent, power) and a coefficient. Signs are proved with the
least value of every extent: p is positive if all coefficients of p(least + t) are, for then it grows with every t >= 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from adcompile.ir.nodes import Operand, Value


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance that only the call knows: along an axis of an argument that is not contiguous."""

    array: Value
    axis: int


Variable = Operand | Distance
Monomial = frozenset[tuple[Variable, int]]
Polynomial = frozenset[tuple[Monomial, int]]
Least = Callable[[Variable], int | None]
"""The least value of a variable; None if nothing is known of it."""


def constant(value: int) -> Polynomial:
    """The polynomial that is a number."""
    return frozenset({(frozenset(), value)} if value else ())


def variable(extent: Variable) -> Polynomial:
    """The polynomial that is one extent or distance."""
    return frozenset({(frozenset({(extent, 1)}), 1)})


def plus(p: Polynomial, q: Polynomial, times: int = 1) -> Polynomial:
    """p + times * q."""
    terms = Counter(dict(p))
    for monomial, coefficient in q:
        terms[monomial] += times * coefficient
    return _of(terms)


def times(p: Polynomial, q: Polynomial) -> Polynomial:
    """p * q."""
    terms: Counter[Monomial] = Counter()
    for (one, a), (other, b) in product(p, q):
        terms[_joined(one, other)] += a * b
    return _of(terms)


def sign(p: Polynomial, least: Least) -> int | None:
    """1 if p is surely positive, -1 if surely negative, 0 if it is zero; None if that is not known."""
    if not p:
        return 0
    shifted = constant(0)
    for monomial, coefficient in p:
        term = constant(coefficient)
        for extent, power in monomial:
            low = least(extent)
            if low is None:
                return None
            for _ in range(power):
                term = times(term, plus(variable(extent), constant(low)))
        shifted = plus(shifted, term)
    coefficients = dict(shifted)
    at_least = coefficients.get(frozenset(), 0)
    if at_least > 0 and all(c > 0 for c in coefficients.values()):
        return 1
    return -1 if at_least < 0 and all(c < 0 for c in coefficients.values()) else None


def never_negative(p: Polynomial, least: Least) -> bool:
    """Is p surely not negative?"""
    return sign(plus(p, constant(1)), least) == 1


def _of(terms: Counter[Monomial]) -> Polynomial:
    return frozenset((monomial, coefficient) for monomial, coefficient in terms.items() if coefficient)


def _joined(one: Monomial, other: Monomial) -> Monomial:
    powers = Counter(dict(one))
    powers.update(dict(other))
    return frozenset(powers.items())
