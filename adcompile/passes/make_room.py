"""Make room: a buffer that would grow in a loop has room for all its trips before the loop starts.

    saved = empty(64)                           saved = empty(steps)
    for i in range(paths):                      for i in range(paths):
        for t in range(steps):                      for t in range(steps):
            grow(saved, t)                              store(saved, t, ...)
            store(saved, t, ...)                        ... break
            ... break

The loop may leave early, but what is not touched takes no memory where pages are given out at the first touch. Numba
counts references to an array that a loop may replace, in every trip: that took twice as long as the trip itself.

For arrays with one axis whose index is the loop's, or is counted up in every trip from where the loop starts (`reserve`
then makes the room right before the loop). Bounds that are constant and `HUGE` stand for "until it is left".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from adcompile.facts.linear import Linear, written
from adcompile.facts.ranges import Ranges
from adcompile.ir.builder import Builder
from adcompile.ir.loops import carried, index_of
from adcompile.ir.nodes import Apply, For, Function, Operand, Region, Stmt, integer, is_const
from adcompile.ir.types import INT
from adcompile.ir.walk import regions, statements
from adcompile.ops import memory
from adcompile.ops import scalar as ops

HUGE = 2**24


def make_room(function: Function) -> Function:
    """Let loops whose trips have a bound fill buffers that are long enough. Rewrites in place."""
    growing = [s for s in statements(function.region) if isinstance(s, Apply) and s.primitive.grows]
    if growing:
        _visit(function.region, _Scope(Ranges(function), [s.operands[0] for s in growing], set(), {}))
    return function


@dataclass(frozen=True, slots=True)
class _Made:
    """Where an array is made, and what is known there."""

    region: Region
    alloc: Apply
    known: frozenset[Operand]


@dataclass(frozen=True, slots=True)
class _Scope:
    """What grows, anywhere; what is known here, and the arrays with one axis."""

    ranges: Ranges
    growing: list[Operand]
    known: set[Operand]
    arrays: dict[Operand, _Made]


def _visit(region: Region, outer: _Scope) -> None:
    scope = replace(outer, known=outer.known | set(region.params), arrays=dict(outer.arrays))
    for stmt in list(region.body):
        if isinstance(stmt, Apply) and stmt.primitive is memory.alloc and len(stmt.operands) == 1:
            scope.arrays[stmt.results[0]] = _Made(region, stmt, frozenset(scope.known))
        if isinstance(stmt, For) and is_const(stmt.step, 1):
            before = _before(stmt, scope)
            place = region.body.index(stmt)
            region.body[place:place] = before
        for inner in regions(stmt):
            _visit(inner, scope)
        scope.known.update(stmt.results)


def _before(loop: For, scope: _Scope) -> list[Stmt]:
    """What goes before the loop, so that its trips need not make room."""
    before = Builder(Region())
    kept: list[Stmt] = []
    for stmt in loop.body.body:
        made, end = None, None
        if isinstance(stmt, Apply) and stmt.primitive is memory.grow:
            made, end = scope.arrays.get(stmt.operands[0]), _end(loop, stmt.operands[1], scope)
        if made is None or end is None:
            kept.append(stmt)
            continue
        array = made.alloc.results[0]
        if scope.growing.count(array) == 1 and all(atom in made.known for atom, _ in end.terms):
            _lengthen(made, end)
        else:
            with before.at(stmt.loc or loop.loc):
                before.effect(memory.reserve, array, written(end, partial(before.apply, type=INT)))
    loop.body.body = kept
    return before.region.body


def _end(loop: For, place: Operand, scope: _Scope) -> Linear | None:
    """The length for which every trip finds its place, as known before the loop, if places go up by one a trip."""
    form = scope.ranges.form
    start, stop = form(loop.start), form(loop.stop)
    if not stop.terms and stop.const > HUGE:
        return None
    index = index_of(loop)
    end = form(place).substitute(index, stop)
    if dict(form(place).terms).get(index) != 1:
        slot = next((each for each in carried(loop) if each.param is place), None)
        if slot is None or form(slot.yielded) != form(slot.param).plus(Linear((), 1)):
            return None
        end = form(slot.init).plus(stop).plus(start, -1)
    return end if all(atom in scope.known for atom, _ in end.terms) else None


def _lengthen(made: _Made, end: Linear) -> None:
    """Make the array this long, or empty."""
    before = Builder(Region())
    with before.at(made.alloc.loc):
        stop = written(end, partial(before.apply, type=INT))
        length = before.apply(ops.maximum, stop, integer(0), type=INT)
    place = made.region.body.index(made.alloc)
    made.region.body[place:place] = before.region.body
    made.alloc.operands = (length,)
