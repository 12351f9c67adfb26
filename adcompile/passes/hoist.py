"""Hoist: what does not depend on a loop moves in front of it. Rewrites in place.

    for i: int64 in range(0, n, 1):                   m: int64 = n - 1
        m: int64 = n - 1                              c: float64 = a * a
        c: float64 = a * a                            for i: int64 in range(0, n, 1):
        j: int64 = m - i                                  j: int64 = m - i
        v: float64 = load(x, j)                           v: float64 = load(x, j)
        ...                                               ...

A loop without trips must not fail for what it would have done, so a statement moves only by one of these rules:

* total     a pure operation that cannot fail: not a division or a power by something unknown.
* in range  a load from an array that the loop does not write to, whose indices are proved to be in range.
* certain   anything but stores and new arrays, if the loop surely has a trip and nothing before it in the body may
            fail or not end: then it would run first anyway. Loads are from arrays that the loop does not write to. A
            whole `If` or loop moves in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from adcompile.facts.aliases import Aliases
from adcompile.facts.ranges import ZERO, Ranges
from adcompile.facts.totality import is_total
from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Effect
from adcompile.ir.types import FLOATS
from adcompile.ir.walk import all_operands, operands, regions, statements
from adcompile.ops import memory


def hoist(function: Function) -> Function:
    """Move what does not depend on a loop in front of it, out of as many loops as possible."""
    _hoist_region(function.region, Ranges(function), Aliases(function))
    return function


def _hoist_region(region: Region, ranges: Ranges, aliases: Aliases) -> None:
    body: list[Stmt] = []
    for stmt in region.body:
        for inner in regions(stmt):
            with ranges.within(stmt, inner):
                _hoist_region(inner, ranges, aliases)
        for each in (*_take_invariants(stmt, ranges, aliases), stmt):
            body.append(each)
            ranges.passed(each)
    region.body = body


def _take_invariants(stmt: Stmt, ranges: Ranges, aliases: Aliases) -> list[Stmt]:
    """Remove from a loop what may move in front of it."""
    written = set(aliases.written(*regions(stmt)))
    mover = _Mover(ranges, aliases, written)
    match stmt:
        case Apply() | If():
            return []
        case For(body=body):
            return mover.take(body, certain=surely_runs(stmt, ranges))
        case While(_, test, body):
            # The test runs at least once.
            return [*mover.take(test, certain=True), *mover.take(body, certain=False)]
        case _:
            assert_never(stmt)


def surely_runs(loop: For, ranges: Ranges) -> bool:
    """Does the loop have a trip whenever it is reached?"""
    if ranges.proves(loop.step, ">", ZERO):
        return ranges.proves(loop.start, "<", loop.stop)
    return ranges.proves(loop.step, "<", ZERO) and ranges.proves(loop.start, ">", loop.stop)


@dataclass(frozen=True, slots=True)
class _Mover:
    """Decides what may move in front of one loop; `written` are the arrays that the loop writes to."""

    ranges: Ranges
    aliases: Aliases
    written: set[Value]

    def take(self, region: Region, *, certain: bool) -> list[Stmt]:
        """Remove from a region what may move. `certain`: the loop surely has a trip."""
        varying: set[Operand] = set(region.params)
        moved: list[Stmt] = []
        left: list[Stmt] = []
        for stmt in region.body:
            used = (*operands(stmt), *(o for inner in regions(stmt) for o in all_operands(inner)))
            if varying.isdisjoint(used) and self.may_move(stmt, certain=certain):
                moved.append(stmt)
            else:
                left.append(stmt)
                varying.update(stmt.results)
                certain = certain and not may_fail(stmt)
        region.body = left
        return moved

    def may_move(self, stmt: Stmt, *, certain: bool) -> bool:
        match stmt:
            case Apply(primitive, (array, *indices)) if primitive in (memory.load, memory.row):
                if self.aliases.root(array) in self.written and primitive is memory.load:
                    return False
                return certain or self.ranges.in_range(array, indices)  # in range
            case Apply():
                movable = stmt.primitive.effect in (Effect.PURE, Effect.CHECK)
                return is_total(stmt) or (certain and movable)  # total, certain
            case If() | For() | While():
                inner = (each for region in regions(stmt) for each in statements(region))
                ends = not isinstance(stmt, While) and not (isinstance(stmt, For) and isinstance(stmt.step, Value))
                return (certain or ends) and all(self.may_move(each, certain=certain) for each in inner)
            case _:
                assert_never(stmt)


def may_fail(stmt: Stmt) -> bool:
    """May running it end the program, or not end? Loads and stores do not: checks precede them."""
    inner = [each for region in regions(stmt) for each in statements(region)]
    return any(
        isinstance(each, While)
        or (
            isinstance(each, Apply)
            and (
                each.primitive.effect is Effect.CHECK
                or (each.primitive.effect is Effect.PURE and not is_total(each) and not _is_float(each))
            )
        )
        for each in (stmt, *inner)
    )


def _is_float(stmt: Apply) -> bool:
    return any(o.type.dtype in FLOATS for o in stmt.results)
