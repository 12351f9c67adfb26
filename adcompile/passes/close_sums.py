"""Close sums: what grows by the same number in every trip of a loop is computed at once. Rewrites in place.

    for i in range(0, n) carrying (c_bar = 0.0, k = m):      for i in range(0, n):
        store(x_bar, i, 1.0)                                     k = m - i
        j = k - 1                                                j = k - 1
        v = load(y, j)                                           store(x_bar, i, 1.0)
        yield c_bar + 2.0, j                                     v = load(y, j)
                                                             c_bar.1 = 2.0 * max(n, 0)

Rules, for a counted loop whose step is 1 or -1:

* cotangent  a cotangent that only this loop's additions of a constant read. (Another number could be infinite, and that
             times no trips is not zero. What the function itself adds up keeps its rounding.)
* counter    an integer to which a constant is added. It is computed from the loop's index where it is read. What it is
             in the end follows from the number of trips, which a loop with exits and a `while` have as a result.
"""

from __future__ import annotations

from adcompile.ir.builder import Builder
from adcompile.ir.loops import Carried, bounds_of, carried, index_of, keep_carried, trips_of
from adcompile.ir.nodes import (
    Apply,
    Const,
    For,
    Function,
    Operand,
    Region,
    Stmt,
    Value,
    While,
    integer,
    is_const,
    name_of,
)
from adcompile.ir.types import INT, Scalar, is_float
from adcompile.ir.walk import Substitution, all_operands, all_regions, map_operands, regions, substitute
from adcompile.ops import scalar as ops
from adcompile.ops.trips import trip_count


def close_sums(function: Function) -> Function:
    """Take carried values that grow evenly out of loops."""
    _visit(function.region)
    return function


def _visit(region: Region) -> None:
    body: list[Stmt] = []
    mapping: Substitution = {}
    for stmt in region.body:
        for inner in regions(stmt):
            _visit(inner)
        match stmt:
            case For(step=Const(value=1 | -1)):
                body += _closed(stmt, mapping)
            case While():
                body += [stmt, *_counted(stmt, mapping)]
            case _:
                body.append(stmt)
    region.body = body
    if mapping:
        _replace(region, mapping)


def _closed(loop: For, mapping: Substitution) -> list[Stmt]:
    """The loop without the values that grow evenly, and what they are after it."""
    after, top = Builder(Region()), Builder(Region())
    gains = [_gain(loop, each) for each in carried(loop)]
    for each, gain in zip(carried(loop), gains, strict=True):
        if gain is None:
            continue
        init = substitute(each.init, mapping)
        with after.at(loop.loc):
            trips = trips_of(loop) or trip_count(after, *_rising(loop))
            mapping[each.result] = _total(after, trips, init, gain, each.result)
        if each.param.type == INT:
            mapping[each.param] = _at_trip(top, loop, init, gain)
        else:
            # Nothing but the sum itself has read it.
            loop.body.body = [s for s in loop.body.body if each.yielded not in s.results]
    if any(gain is not None for gain in gains):
        keep_carried(loop, [gain is None for gain in gains])
        loop.body.body = [*top.region.body, *loop.body.body]
    return [loop, *after.region.body]


def _counted(loop: While, mapping: Substitution) -> list[Stmt]:
    """What counters of a `while` are after it. The loop has no index to compute them from inside."""
    after = Builder(Region())
    for each in carried(loop):
        gain = _constant_gain(loop.body, each)
        if gain is not None:
            with after.at(loop.loc):
                init = substitute(each.init, mapping)
                mapping[each.result] = _total(after, trips_of(loop), init, gain, each.result)
    return after.region.body


def _gain(loop: For, each: Carried) -> Const | None:
    """What a carried value gains in every trip, if that is always the same."""
    param, passed = each.param, each.yielded
    if param.type == INT:
        return _constant_gain(loop.body, each)
    stmt = next((s for s in loop.body.body if passed in s.results), None)
    if loop.exits or not isinstance(stmt, Apply) or stmt.primitive is not ops.add or not stmt.attrs.cotangent:
        return None
    reads = sum(o is param for o in all_operands(loop.body)) + sum(o is passed for o in all_operands(loop.body))
    evenly = stmt.operands[0] is param and is_float(param.type) and reads == 2
    return stmt.operands[1] if evenly and isinstance(stmt.operands[1], Const) else None


def _constant_gain(body: Region, each: Carried) -> Const | None:
    """The constant that is added to an integer in every trip."""
    stmt = next((s for s in body.body if each.yielded in s.results), None)
    if not isinstance(stmt, Apply) or stmt.primitive not in (ops.add, ops.sub) or each.param.type != INT:
        return None
    if stmt.operands[0] is not each.param or not isinstance(stmt.operands[1], Const):
        return None
    gain = int(stmt.operands[1].value)
    return integer(gain if stmt.primitive is ops.add else -gain)


def _rising(loop: For) -> tuple[Operand, Operand, Operand]:
    """The bounds of as many trips that count up."""
    start, stop, step = bounds_of(loop)
    return (start, stop, step) if is_const(step, 1) else (stop, start, integer(1))


def _total(builder: Builder, trips: Operand, init: Operand, gain: Const, result: Value) -> Operand:
    """init + trips * gain"""
    kind = Scalar(result.type.dtype)
    if result.type != INT:
        trips = builder.apply(ops.cast, trips, type=kind)
    all_gains = trips if is_const(gain, 1) else builder.apply(ops.mul, trips, gain, type=kind)
    if is_const(init, 0):
        return all_gains
    return builder.apply(ops.add, init, all_gains, type=kind, **name_of(result), cotangent=result.type != INT)


def _at_trip(builder: Builder, loop: For, init: Operand, gain: Const) -> Operand:
    """init + gain * (number of the trip)"""
    assert isinstance(loop.step, Const)
    index: Operand = index_of(loop)
    slope = int(gain.value) * int(loop.step.value)
    moved = index if is_const(loop.start, 0) else builder.apply(ops.sub, index, loop.start, type=INT)
    if abs(slope) != 1:
        moved = builder.apply(ops.mul, moved, integer(slope), type=INT)
    if is_const(init, 0) and slope != -1:
        return moved
    return builder.apply(ops.sub if slope == -1 else ops.add, init, moved, type=INT)


def _replace(region: Region, mapping: Substitution) -> None:
    def final(operand: Operand) -> Operand:
        while isinstance(operand, Value) and operand in mapping:
            operand = mapping[operand]
        return operand

    for inner in all_regions(region):
        inner.body = [map_operands(stmt, final) for stmt in inner.body]
        inner.yields = tuple(map(final, inner.yields))
