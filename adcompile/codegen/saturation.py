"""Results that may stay at the end of the 64 bits instead of leaving them: what is made of them comes out the same.

    k + 2 beyond 64 bits:          stays at 2**63 - 1
    t < 0, t < n                   False, False, as of the true number: the check of the index finds it out of range
    max(n - t, 0)                  0
    x[t]                           is not reached: a check precedes it

A result is followed from use to use as if it had left at one end, then at the other. A use takes it if what it computes
is what the true number gives: a comparison with a number below 2**61, a bound for it, a choice, an index. Moved by less
than 2**60, a few times, the number stays beyond everything that it is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from adcompile.facts.intervals import Intervals
from adcompile.facts.spans import Span
from adcompile.ir.nodes import Apply, Operand, Stmt, Value
from adcompile.ops import memory, scalar

End = Literal["low", "high"]
# Where values are read: the statement and the position among its operands; None for a yield.
Uses = Mapping[Value, Sequence[tuple[Stmt | None, int]]]

COMPARED = Span(-(2**61), 2**61)
MOVED = Span(-(2**60), 2**60)
MOST_MOVES = 4

_MIRRORED: dict[End, End] = {"low": "high", "high": "low"}


def may_stay(value: Value, uses: Uses, bounds: Intervals) -> bool:
    """May the value stay at the end that it leaves, whichever it is?"""
    return all(_Run(uses, bounds).take(value, end, MOST_MOVES) for end in ("low", "high"))


def is_place(value: Value, uses: Uses) -> bool:
    """Is the value nothing but part of the index of elements?"""
    return all(_indexes(stmt, position, uses) for stmt, position in uses.get(value, ()))


def _indexes(stmt: Stmt | None, position: int, uses: Uses) -> bool:
    if not isinstance(stmt, Apply):
        return False
    if stmt.primitive in (memory.load, memory.row):
        return position > 0
    if stmt.primitive is memory.store:
        return 0 < position < len(stmt.operands) - 1
    return stmt.primitive in (scalar.add, scalar.sub, scalar.mul) and is_place(stmt.results[0], uses)


@dataclass(slots=True)
class _Run:
    """`ends` are the values that have left, under the assumption made."""

    uses: Uses
    bounds: Intervals
    ends: dict[Value, End] = field(default_factory=dict)

    def take(self, value: Value, end: End, moves: int) -> bool:
        """Do all uses of the value take it at this end?"""
        if moves == 0 or self.ends.setdefault(value, end) != end:
            return False
        return all(self.use(end, stmt, position, moves) for stmt, position in self.uses.get(value, ()))

    def use(self, end: End, stmt: Stmt | None, position: int, moves: int) -> bool:
        if not isinstance(stmt, Apply):
            return False
        primitive, operands = stmt.primitive, stmt.operands
        if primitive in (memory.load, memory.row, memory.require):
            return position > 0
        if primitive is memory.store:
            return 0 < position < len(operands) - 1
        if primitive is scalar.select:
            return position > 0 and (
                self.chosen(operands[0]) not in (None, position) or self.take(stmt.results[0], end, moves)
            )
        others = [self.bounds.of(o) for k, o in enumerate(operands) if k != position]
        if primitive.compares:
            return COMPARED.holds(others[0])
        if primitive in (scalar.maximum, scalar.minimum) and COMPARED.holds(others[0]):
            bounded = (end == "low") is (primitive is scalar.maximum)
            return bounded or self.take(stmt.results[0], end, moves)
        if primitive is scalar.add and MOVED.holds(others[0]):
            return self.take(stmt.results[0], end, moves - 1)
        if primitive is scalar.sub and MOVED.holds(others[0]):
            return self.take(stmt.results[0], end if position == 0 else _MIRRORED[end], moves - 1)
        return False

    def chosen(self, cond: Operand) -> int | None:
        """Which arm of a `select` the condition chooses, if what has left decides it."""
        stmt = self.bounds.definitions.get(cond) if isinstance(cond, Value) else None
        if not isinstance(stmt, Apply) or not stmt.primitive.compares:
            return None
        x, y = stmt.operands
        end = self.ends.get(x) if isinstance(x, Value) else None
        if end is None or not COMPARED.holds(self.bounds.of(y)):
            return None
        holds = {scalar.lt: "low", scalar.le: "low", scalar.gt: "high", scalar.ge: "high"}.get(stmt.primitive, "")
        return 1 if end == holds or stmt.primitive is scalar.ne else 2
