"""The adjoint of branches and loops.

    If        the same branch, each with the cotangents of what it yields
    For       the same trips backwards. Every trip: d = p_bar; p_bar = 0; (yield of p)_bar += d; the body backwards
    While     the trips actually taken, counted forward; a `For` with an exit likewise

Cotangents of scalars from outside that the regions read (`caught`) pass through as carried values. What a trip has
checked stands in the backward trip as a `require` that is `assumed`: never tested, it tells of extents that agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from adcompile.ad.frames import Frame
from adcompile.ad.sweep import strong
from adcompile.ir.loops import bounds_of, carried, index_of, trip_region, trips_of
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Value, While, cotangent_of, integer, is_const
from adcompile.ir.types import INT, Scalar
from adcompile.ir.walk import captures
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.ops.trips import trip_count

if TYPE_CHECKING:
    from adcompile.ad.reverse import Reversal

Bounds = tuple[Operand, Operand, Operand]


def reverse_if(state: Reversal, stmt: If) -> None:
    """The same branch backwards."""
    sweep = state.sweep
    results = [(k, sweep.take(r)) for k, r in enumerate(stmt.results)]
    caught = _caught(state, stmt.then, stmt.orelse)
    cond = sweep.residuals.need(stmt.cond)
    before = tuple(sweep.frame.bars.get(v, sweep.zero(v)) for v in caught)
    sides = []
    for region in (stmt.then, stmt.orelse):
        frame = Frame(region, Region(), stmt, cur=len(region.body), bars=dict(zip(caught, before, strict=True)))
        with _entered(state, frame):
            for k, cotangent in results:
                if cotangent is not None:
                    sweep.add(region.yields[k], cotangent)
            state.region(frame)
            frame.out.yields = tuple(frame.bars[v] for v in caught)
        sides.append(frame.out)
    after = state.builder.if_(cond, sides[0], sides[1], names=[cotangent_of(v) for v in caught])
    sweep.residuals.backward_of[stmt] = state.builder.region.body[-1]
    sweep.frame.bars.update(zip(caught, after, strict=True))


def reverse_loop(state: Reversal, stmt: For | While) -> None:
    """The trips taken, backwards."""
    sweep = state.sweep
    active = [each for each in carried(stmt) if each.param in sweep.active]
    caught = _caught(state, stmt.body)
    incoming = [sweep.take(each.result) or sweep.zero(each.result) for each in active]
    before = [sweep.frame.bars.get(v, sweep.zero(v)) for v in caught]
    forwards, backwards = _bounds(state, stmt)
    pulled = [Value(strong(each.param), **cotangent_of(each.param)) for each in active]
    kept = [Value(strong(v), **cotangent_of(v)) for v in caught]
    counter = Value(INT, index_of(stmt).hint if isinstance(stmt, For) else "")
    frame = Frame(stmt.body, trip_region(counter, (*pulled, *kept)), stmt, cur=len(stmt.body.body))
    with _entered(state, frame):
        frame.index = _index(state, stmt, counter)
        frame.bars.update(zip(caught, kept, strict=True))
        _assume_checks(state, stmt.body)
        for each, cotangent in zip(active, pulled, strict=True):
            sweep.add(each.yielded, cotangent)
        state.region(frame)
        own = (frame.bars.get(each.param, sweep.zero(each.param)) for each in active)
        frame.out.yields = (*own, *(frame.bars[v] for v in caught))
    order_free = isinstance(stmt, For) and stmt.order_free
    after = state.builder.for_(forwards, (*incoming, *before), frame.out, order_free=order_free, backward=True)
    loop = state.builder.region.body[-1]
    sweep.residuals.backward_of[stmt] = loop
    sweep.residuals.backward_bounds[loop] = backwards
    sweep.frame.bars.update(zip(caught, after[len(active) :], strict=True))
    for each, cotangent in zip(active, after, strict=False):
        sweep.add(each.init, cotangent)


def _assume_checks(state: Reversal, body: Region) -> None:
    """What a trip has checked forward holds in the backward trip: for conditions that are computed outside loops."""
    for stmt in state.layout.bodies[body]:
        if isinstance(stmt, Apply) and stmt.primitive is memory.require:
            cond = stmt.operands[0]
            if isinstance(cond, Value) and state.layout.homes[cond].region is state.layout.root:
                state.builder.effect(memory.require, cond, error="AssertionError", message="", assumed=True)


def _bounds(state: Reversal, stmt: For | While) -> tuple[Bounds, Bounds]:
    """The bounds of the backward loop, and those that it has if the order of trips matters after all."""
    need, apply = state.sweep.residuals.need, state.builder.apply
    taken = trips_of(stmt)
    if taken is not None:
        last = apply(ops.sub, need(taken), integer(1), type=INT)
        trips = (last, integer(-1), integer(-1))
        return trips, trips
    assert isinstance(stmt, For)
    start, stop, step = map(need, bounds_of(stmt))
    if is_const(step, 1):
        last = apply(ops.sub, stop, integer(1), type=INT)
        backwards: Bounds = (last, _minus(state, start, integer(1)), integer(-1))
    else:
        count = trip_count(state.builder, start, stop, step)
        before_last = apply(ops.mul, apply(ops.sub, count, integer(1), type=INT), step, type=INT)
        last = apply(ops.add, start, before_last, type=INT)
        back = integer(-int(step.value)) if isinstance(step, Const) else apply(ops.neg, step, type=INT)
        backwards = (last, _minus(state, start, step), back)
    return ((start, stop, step) if stmt.order_free else backwards), backwards


def _minus(state: Reversal, x: Operand, y: Operand) -> Operand:
    if isinstance(x, Const) and isinstance(y, Const):
        return integer(int(x.value) - int(y.value))
    return state.builder.apply(ops.sub, x, y, type=INT)


def _index(state: Reversal, stmt: For | While, counter: Value) -> Operand:
    """The forward loop's index in a backward trip. Where trips were counted, the backward loop runs over trips."""
    if isinstance(stmt, While) or not stmt.exits:
        return counter
    start, step = (state.sweep.residuals.need(o) for o in (stmt.start, stmt.step))
    scaled = counter if is_const(step, 1) else state.builder.apply(ops.mul, counter, step, type=INT)
    return scaled if is_const(start, 0) else state.builder.apply(ops.add, start, scaled, type=INT)


def _caught(state: Reversal, *inner: Region) -> list[Value]:
    """Active scalars from outside that the regions read: their cotangents pass through."""
    found = {v: None for region in inner for v in captures(region)}
    return [v for v in found if isinstance(v.type, Scalar) and v in state.sweep.active]


@contextmanager
def _entered(state: Reversal, frame: Frame) -> Iterator[Frame]:
    """The frame is on the stack, and the builder writes into it, until the block ends."""
    state.sweep.frames.append(frame)
    try:
        with state.builder.into(frame.out):
            yield frame
    finally:
        state.sweep.frames.pop()
