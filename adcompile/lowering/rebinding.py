"""Branches and loops, and array names that mean different arrays in them.

    z = y if c else w             z = alloc; each branch fills it

    for t in range(T):            pool = alloc(2, n); pool[0] = u
        u = u + f(u)              for t: pool[1 - t % 2] = pool[t % 2] + f(pool[t % 2])

The front end refuses stores into such names, so that copying into the pool cannot break an alias. Two slots do: a trip
reads the array of the trip before and fills the other slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adcompile.errors import UnsupportedError
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Value, integer, is_const
from adcompile.ir.types import INT, Array, Scalar
from adcompile.lowering.arrays import Axis, Fixed, Map, Memory, Node, View, compose
from adcompile.ops import scalar as ops
from adcompile.ops.primitive import Effect

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


def is_array(operand: Operand) -> bool:
    """Is the operand an array name?"""
    return isinstance(operand.type, Array)


def lower_if(state: Lowering, stmt: If) -> None:
    """Scalars are yielded; arrays are filled in the branches."""
    settle(state, stmt)
    cond = state.scalar(stmt.cond)
    joined = {k: _joined_root(state, stmt, k, cond) for k, r in enumerate(stmt.results) if is_array(r)}
    sides = []
    for source in (stmt.then, stmt.orelse):
        region = Region()
        with state.builder.into(region):
            outer = dict(state.emitter.computed)
            state.region(source)
            for k, target in joined.items():
                state.fill(target, state.node(source.yields[k]))
            state.emitter.computed = outer
        region.yields = tuple(state.scalar(y) for y in source.yields if not is_array(y))
        sides.append(region)
    scalars = [r for r in stmt.results if not is_array(r)]
    results = state.builder.if_(cond, sides[0], sides[1], [r.hint for r in scalars])
    state.scalars.update(zip(scalars, results, strict=True))
    for k, target in joined.items():
        state.nodes[stmt.results[k]] = target


def _joined_root(state: Lowering, stmt: If, k: int, cond: Operand) -> Memory:
    """A new array for a result of the branches, in front of them."""
    result = stmt.results[k]
    extents: list[Operand] = []
    for dim in result.dims:
        if isinstance(dim, Value) and dim in stmt.results:
            position = stmt.results.index(dim)
            then, orelse = (_speculated(state, region, region.yields[position]) for region in (stmt.then, stmt.orelse))
            extents.append(then if then is orelse else state.builder.apply(ops.select, cond, then, orelse, type=INT))
            state.scalars[dim] = extents[-1]
        else:
            extents.append(state.scalar(dim))
    once = result not in state.written
    return state.new_root(tuple(extents), result.type.dtype, hint=result.hint, once=once)


def _speculated(state: Lowering, region: Region, operand: Operand) -> Operand:
    """An extent computed inside a branch, computed in front of it."""
    if isinstance(operand, Const) or operand in state.scalars:
        return state.scalar(operand)
    for stmt in region.body:
        if isinstance(stmt, Apply) and operand in stmt.results and stmt.primitive.effect is Effect.PURE:
            operands = [_speculated(state, region, o) for o in stmt.operands]
            return state.builder.apply(stmt.primitive, *operands, type=operand.type, **stmt.attrs)
    raise UnsupportedError(
        "the branches give arrays whose sizes are only known inside the branches",
        operand.loc,
        "Make an array of the final size before the `if` and fill it in the branches.",
    )


def settle(state: Lowering, stmt: If | For) -> None:
    """Before a nested region: arrays that read memory written there are computed now (rule M3)."""
    for value, node in list(state.pending.items()):
        if node.reads:
            state.make(value)
    del stmt


def lower_for(state: Lowering, stmt: For) -> None:
    """Scalars are carried; carried arrays live in pools of two slots."""
    settle(state, stmt)
    start, stop, step = (state.scalar(o) for o in (stmt.start, stmt.stop, stmt.step))
    params = stmt.body.params
    index = Value(INT, params[0].hint)
    carried = [k for k, p in enumerate(params[1:]) if not is_array(p)]
    pooled = [k for k, p in enumerate(params[1:]) if is_array(p)]
    inits = tuple(state.scalar(stmt.inits[k]) for k in carried)
    pools = {k: _pool(state, params[1 + k], state.node(stmt.inits[k])) for k in pooled}
    inner = [Value(Scalar(params[1 + k].type.dtype), params[1 + k].hint) for k in carried]
    region = Region((index, *inner))
    outer = dict(state.emitter.computed)
    with state.builder.into(region):
        state.scalars[params[0]] = index
        state.scalars.update({params[1 + k]: v for k, v in zip(carried, inner, strict=True)})
        if pooled:
            slot = _parity(state, index, start, step)
            other = state.emitter.int_op(ops.sub, integer(1), slot)
        for k in pooled:
            state.nodes[params[1 + k]] = _slot(state, pools[k], slot)
        state.region(stmt.body)
        for k in pooled:
            state.fill(_slot(state, pools[k], other), state.node(stmt.body.yields[k]))
        region.yields = tuple(state.scalar(stmt.body.yields[k]) for k in carried)
    state.emitter.computed = outer
    results = state.builder.for_((start, stop, step), inits, region)
    state.scalars.update({stmt.results[k]: r for k, r in zip(carried, results, strict=True)})
    if pooled:
        last = _last_slot(state, start, stop, step)
    for k in pooled:
        state.define(stmt.results[k], _slot(state, pools[k], last))


def _pool(state: Lowering, param: Value, init: Node) -> Memory:
    """Two slots for the arrays that flow into a carried name; the initial one is copied into the first."""
    dims = (integer(2), *init.dims)
    pool = state.new_root(dims, param.type.dtype, hint=param.hint)
    state.fill(_slot(state, pool, integer(0)), init)
    return pool


def _slot(state: Lowering, pool: Memory, slot: Operand) -> View:
    maps: list[Map] = [Fixed(slot), *(Axis(k) for k in range(len(pool.dims) - 1))]
    return compose(state.emitter, pool, maps, pool.dims[1:])


def _parity(state: Lowering, index: Operand, start: Operand, step: Operand) -> Operand:
    """The number of the trip, modulo 2."""
    trip = state.emitter.int_op(ops.sub, index, start)
    if not is_const(step, 1):
        trip = state.builder.apply(ops.floordiv, trip, step, type=INT)
    return state.builder.apply(ops.mod, trip, integer(2), type=INT)


def _last_slot(state: Lowering, start: Operand, stop: Operand, step: Operand) -> Operand:
    """The slot filled by the last trip: the number of trips, modulo 2."""
    span = state.emitter.int_op(ops.sub, stop, start)
    if not is_const(step, 1):
        negative = state.builder.apply(ops.floordiv, state.builder.apply(ops.neg, span, type=INT), step, type=INT)
        span = state.builder.apply(ops.neg, negative, type=INT)
    trips = state.builder.apply(ops.maximum, span, integer(0), type=INT)
    return state.builder.apply(ops.mod, trips, integer(2), type=INT)
