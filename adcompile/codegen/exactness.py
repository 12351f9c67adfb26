"""Which integer operations of the text need a look when the program runs: handed to the run time beside the text.

    s = s * a + c        raises      each of the two says so where it leaves 64 bits
    x[k + 2]             saturates   k + 2 stays at the largest integer: the check of the index finds it out of range
    for i in range(k):   span        stop - start may leave 64 bits, which Numba does not see
    a << b               wraps       of NumPy's integers; LLVM does not define all of what NumPy does

Python's integers have no end, the compiled ones have 64 bits. In plain Python the text is right as it stands; for Numba
`runtime/attach.py` puts checked operations in place of those that are found here. Rules, cited below:

* proved     what cannot leave 64 bits needs no check (`facts/intervals.py`; inside loops also `facts/ranges.py`).
* repeated   the backward sweep computes indices again that the forward sweep has checked.
* saturated  a result that serves as an index or the bound of a slice may stay at the end of the 64 bits instead: what
             is made of it comes out as it should (`saturation.py`). Nothing is raised, and no branch is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from adcompile.codegen.saturation import Uses, is_place, may_stay
from adcompile.facts.inequalities import is_infeasible
from adcompile.facts.intervals import Intervals, intervals
from adcompile.facts.linear import Linear
from adcompile.facts.ranges import Ranges
from adcompile.facts.spans import INT64, Span
from adcompile.ir.nodes import Apply, For, Function, Region, Stmt, Value, While
from adcompile.ir.types import FLOATS, Scalar
from adcompile.ir.walk import operands, regions, statements
from adcompile.ops import scalar

Mode = Literal["raises", "saturates", "wraps", "span"]


def checks(function: Function) -> dict[Stmt, tuple[str, str]]:
    """The operations and loops that need a check, which one, and the user's file and line."""
    return {stmt: (mode, stmt.loc.brief if stmt.loc else "") for stmt, mode in _modes(function).items()}


def _modes(function: Function) -> dict[Stmt, Mode]:
    bounds = intervals(function)
    found: dict[Stmt, Mode] = {
        stmt: mode for stmt in statements(function.region) if (mode := _mode(stmt, bounds)) is not None
    }
    if "raises" in found.values():
        uses = _uses(function.region)
        found = {s: mode for s, mode in found.items() if not (isinstance(s, Apply) and _is_repeated_place(s, uses))}
        fitting = _fitting(function, found, bounds)
        found = {stmt: mode for stmt, mode in found.items() if stmt not in fitting}
        for stmt, mode in found.items():
            if mode == "raises" and isinstance(stmt, Apply) and _has_end(stmt, bounds):
                found[stmt] = "saturates" if may_stay(stmt.results[0], uses, bounds) else "raises"
    return found


def _mode(stmt: Stmt, bounds: Intervals) -> Mode | None:
    """What to do about a statement (proved)."""
    if isinstance(stmt, For):
        return None if stmt in bounds.exact else "span"
    if not isinstance(stmt, Apply) or not _is_checked(stmt) or stmt in bounds.exact:
        return None
    if stmt.results[0].type.dtype != "int64" or not isinstance(stmt.results[0].type, Scalar):
        return None
    if stmt.attrs.overflow == "wraps":
        return None if stmt.primitive.defined_by_llvm else "wraps"
    if stmt.primitive is scalar.cast:
        return "raises" if stmt.operands[0].type.dtype in FLOATS else None
    return "raises"


def _is_checked(stmt: Apply) -> bool:
    return stmt.primitive.exact is not None or stmt.primitive is scalar.cast


# -- proved


def _fitting(function: Function, found: dict[Stmt, Mode], bounds: Intervals) -> set[Stmt]:
    """The sums in loops that linear inequalities show to fit: `i + j` where `i <= n - 3` and `j <= 2`."""
    return set(_fits_in(function.region, found, Ranges(function), bounds, looped=False))


def _fits_in(
    region: Region, found: dict[Stmt, Mode], ranges: Ranges, bounds: Intervals, *, looped: bool
) -> Iterator[Stmt]:
    for stmt in region.body:
        is_sum = isinstance(stmt, Apply) and stmt.primitive.polynomial and found.get(stmt) == "raises"
        if looped and is_sum and _is_within(stmt.results[0], INT64, ranges, bounds):
            yield stmt
        for inner in regions(stmt):
            with ranges.within(stmt, inner):
                yield from _fits_in(inner, found, ranges, bounds, looped=looped or isinstance(stmt, For | While))
        ranges.passed(stmt)


def _is_within(value: Value, span: Span, ranges: Ranges, bounds: Intervals) -> bool:
    """Does a sum lie in the span here, by what is known of it and of the bounds of its terms?"""
    form = ranges.form(value)
    if form.terms == ((value, 1),):
        return False  # no sum: its own bounds are what is to be shown
    below, above = Linear((), span.low - 1).plus(form, -1), Linear((), -span.high - 1).plus(form)
    for violation in (below, above):
        system, atoms = ranges.relevant(violation)
        for low, high, atom in ((*bounds.of(atom), atom) for atom in atoms):
            system += [Linear(((atom, 1),), -low), Linear(((atom, -1),), high)]
        if not is_infeasible(system):
            return False
    return True


def _is_repeated_place(stmt: Apply, uses: Uses) -> bool:
    """Does it compute again where an element stands that the forward sweep has found in range (repeated)?"""
    repeated = stmt.attrs.overflow == "repeated" and stmt.primitive.polynomial
    return repeated and is_place(stmt.results[0], uses)


# -- saturated


def _has_end(stmt: Apply, bounds: Intervals) -> bool:
    """Does it fail in no other way than by leaving 64 bits?"""
    if stmt.primitive is scalar.lshift:
        return Span(0, 63).holds(bounds.of(stmt.operands[1]))
    return stmt.primitive.polynomial


def _uses(region: Region) -> dict[Value, list[tuple[Stmt | None, int]]]:
    uses: dict[Value, list[tuple[Stmt | None, int]]] = {}
    for stmt in statements(region):
        for position, operand in enumerate(operands(stmt)):
            if isinstance(operand, Value):
                uses.setdefault(operand, []).append((stmt, position))
    for inner in (region, *(each for stmt in statements(region) for each in regions(stmt))):
        for operand in inner.yields:
            if isinstance(operand, Value):
                uses.setdefault(operand, []).append((None, 0))
    return uses
