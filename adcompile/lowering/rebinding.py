"""Branches and loops, and array names that mean different arrays in them.

    z = y if c else w             z = alloc; each branch fills it

    for t in range(T):            pool = alloc(2, n); pool[0] = u
        u = u + f(u)              for t: pool[1 - t % 2] = pool[t % 2] + f(pool[t % 2])

Copying is right because these arrays are only read; names of arrays that are stored into share a pool (`pools`). Two
slots do: a trip reads the array of the trip before and fills the other one. Where the backward sweep reads the arrays
of all trips, there is a slot for each of them, `Lowering.kept` being the numbers of these pools:

                              pool = alloc(T + 1, n); pool[0] = u
                              for t: pool[t + 1] = pool[t] + f(pool[t])
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adcompile.errors import UnsupportedError
from adcompile.ir.attributes import Attributes
from adcompile.ir.loops import (
    Carried,
    bounds_of,
    carried,
    exit_of,
    goes_on,
    hand_on,
    index_of,
    params_of,
    results_of,
    trip_region,
    trips_of,
    yields_of,
)
from adcompile.ir.nodes import Apply, For, If, Operand, Region, Value, While, integer, is_const
from adcompile.ir.primitive import Effect
from adcompile.ir.types import INT, Array, Scalar
from adcompile.lowering.arrays import Memory, View, compose
from adcompile.lowering.bounds import definitions, emitted, room
from adcompile.lowering.maps import Axis, Fixed, Map
from adcompile.lowering.pools import Pool, pools_of, scope
from adcompile.ops import scalar as ops
from adcompile.ops.trips import trip_count

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


def is_array(operand: Operand) -> bool:
    """Is the operand an array name?"""
    return isinstance(operand.type, Array)


def lower_if(state: Lowering, stmt: If) -> None:
    """Scalars, and names that are ints, are yielded; other arrays are filled in the branches."""
    settle(state)
    cond = state.scalar(stmt.cond)
    named = [r for r in stmt.results if r in state.shared]
    for result in named:
        shared = state.shared[result]
        if isinstance(shared, Pool) and shared.memory is None:
            shared.make(state, _extents(state, stmt, result, cond), result)
    filled = [k for k, r in enumerate(stmt.results) if is_array(r) and r not in state.shared]
    joined = {k: _joined_root(state, stmt, k, cond) for k in filled}
    exact = [k for k in filled if all(map(state.is_known, stmt.results[k].dims))]
    scalars = [r for r in stmt.results if not is_array(r)]
    sides = []
    for source in (stmt.then, stmt.orelse):
        given = dict(zip(stmt.results, source.yields, strict=True))
        with nested(state) as region:
            state.region(source)
            for k, target in joined.items():
                node = state.node(source.yields[k])
                state.fill(target if k in exact else _part(target, node.dims), node)
            ints = [each for r in named for each in _carried(state, r, given[r])]
            region.yields = (*(state.scalar(given[r]) for r in scalars), *ints)
        sides.append(region)
    hints = [*(r.hint for r in scalars), *(hint for r in named for hint in state.shared[r].hints(r))]
    results = state.builder.if_(cond, sides[0], sides[1], hints)
    state.scalars.update(zip(scalars, results, strict=False))
    entering = iter(results[len(scalars) :])
    for result in named:
        enter(state, result, entering)
    for k, target in joined.items():
        result = stmt.results[k]
        state.nodes[result] = target if k in exact else _part(target, state.dims(result))


def _carried(state: Lowering, result: Value, given: Operand) -> tuple[Operand, ...]:
    assert isinstance(given, Value)
    return state.shared[result].carried(state, given)


def enter(state: Lowering, name: Value, ints: Iterator[Operand]) -> None:
    """The name means what the next of the ints tell."""
    shared = state.shared[name]
    shared.enter(state, name, tuple(next(ints) for _ in shared.hints(name)))


@contextmanager
def nested(state: Lowering, region: Region | None = None) -> Iterator[Region]:
    """Lower into a nested region: what is computed there, and the names that become visible, end with it."""
    region = region or Region()
    computed, outer = dict(state.emitter.computed), dict(state.nodes)
    with state.builder.into(region), scope(state):
        yield region
        settle(state)
    state.emitter.computed = computed
    state.nodes.update(outer)  # what was made of an outer array in here is not in scope there


def _joined_root(state: Lowering, stmt: If, k: int, cond: Operand) -> Memory:
    """A new array for a result of the branches, in front of them: of its shape, or with room for either shape."""
    result = stmt.results[k]
    extents = _extents(state, stmt, result, cond)
    once = result not in state.written and all(map(state.is_known, result.dims))
    return state.new_root(extents, result.type.dtype, hint=result.hint, once=once)


def _extents(state: Lowering, stmt: If, result: Value, cond: Operand) -> tuple[Operand, ...]:
    """The shape of what the branches give, computed in front of them, or a larger one."""
    extents: list[Operand] = []
    for dim in result.dims:
        if isinstance(dim, Value) and dim in stmt.results:
            extents.append(_extent(state, stmt, dim, cond))
        else:
            extents.append(state.scalar(dim))
    return tuple(extents)


def _extent(state: Lowering, stmt: If, dim: Value, cond: Operand) -> Operand:
    position = stmt.results.index(dim)
    sides = [_speculated(state, region, region.yields[position]) for region in (stmt.then, stmt.orelse)]
    then, orelse = sides
    if then is not None and orelse is not None:
        exact = then if then is orelse else state.builder.apply(ops.select, cond, then, orelse, type=INT)
        state.scalars[dim] = exact
        return exact
    found = room(dim, state.is_known, definitions(Region(body=[stmt])))
    if found is None:
        raise UnsupportedError(
            "the branches give arrays whose sizes are only known inside the branches",
            stmt.loc,
            "Make an array of the final size before the `if` and fill it in the branches.",
        )
    return emitted(state, found, state.scalar)


def _speculated(state: Lowering, region: Region, operand: Operand) -> Operand | None:
    """An extent computed inside a branch, computed in front of it, if it can be."""
    if state.is_known(operand):
        return state.scalar(operand)
    for stmt in region.body:
        if isinstance(stmt, Apply) and operand in stmt.results and stmt.primitive.effect is Effect.PURE:
            operands = [_speculated(state, region, o) for o in stmt.operands]
            known = [each for each in operands if each is not None]
            if len(known) < len(operands):
                return None
            return state.builder.apply(stmt.primitive, *known, type=operand.type, attrs=stmt.attrs)
    return None


def _part(root: Memory, dims: tuple[Operand, ...]) -> View:
    """The first elements along every axis."""
    return View(dims, root.dtype, base=root, maps=tuple(Axis(k) for k in range(len(dims))))


def settle(state: Lowering) -> None:
    """Around a nested region: what still reads memory that may be written there is computed now (rule M3)."""
    for value in list(state.pending):
        state.make(value)


def lower_for(state: Lowering, stmt: For) -> None:
    """Scalars and slots are carried; arrays that are only read are copied into one of two slots."""
    settle(state)
    start, stop, step = map(state.scalar, bounds_of(stmt))
    copied = [each for each in carried(stmt) if is_array(each.param) and each.param not in state.shared]
    inner = Lowered(state, stmt)
    copies = {each: _slots(state, stmt, each, (start, stop, step)) for each in copied}
    index = Value(INT, index_of(stmt).hint.strip("_"))
    with inner.hiding(stmt), nested(state, trip_region(index, inner.new)) as region:
        state.scalars[index_of(stmt)] = index
        inner.enter(params_of(stmt), inner.new)
        numbers = {each: copies[each].numbers(state, index, start, step) for each in copied}
        for each in copied:
            state.nodes[each.param] = copies[each].slot(state, numbers[each][0])
        state.region(stmt.body)
        for each in copied:
            state.fill(copies[each].slot(state, numbers[each][1]), state.node(each.yielded))
        leave = exit_of(stmt)
        left = None if leave is None else state.scalar(leave)
        hand_on(region, inner.values(yields_of(stmt)), left)
    state.builder.for_((start, stop, step), inner.inits, region, exits=stmt.exits)
    _enter_results(state, inner, stmt)
    for each in copied:
        last = copies[each].last(state, start, stop, step)
        state.define(each.result, copies[each].slot(state, last))


def lower_while(state: Lowering, stmt: While) -> None:
    """Scalars and slots are carried."""
    settle(state)
    inner = Lowered(state, stmt)
    tested = tuple(Value(v.type, v.hint) for v in inner.new)
    with nested(state, Region(tested)) as test:
        inner.enter(stmt.test.params, tested)
        state.region(stmt.test)
        test.yields = (state.scalar(goes_on(stmt)),)
    with inner.hiding(stmt), nested(state, Region(inner.new)) as body:
        inner.enter(params_of(stmt), inner.new)
        state.region(stmt.body)
        body.yields = inner.values(yields_of(stmt))
    state.builder.while_(inner.inits, test, body, Value(INT, trips_of(stmt).hint))
    _enter_results(state, inner, stmt)


def _enter_results(state: Lowering, inner: Lowered, stmt: For | While) -> None:
    """The results of the graph's loop are those of the lowered loop, the last statement, from here on."""
    loop = state.builder.region.body[-1]
    assert isinstance(loop, For | While)
    trips, lowered = trips_of(stmt), trips_of(loop)
    if trips is not None and lowered is not None:
        state.scalars[trips] = lowered
    inner.enter(results_of(stmt), results_of(loop))


class Lowered:
    """The carried values of a loop as they are on loops: scalars as they are, names of pools as slots."""

    def __init__(self, state: Lowering, loop: For | While) -> None:
        self.state = state
        slots = carried(loop)
        self.kept = [k for k, each in enumerate(slots) if not is_array(each.param) or each.param in state.shared]
        self.inits = self.values(loop.inits)
        self.new = tuple(v for k in self.kept for v in self._params(slots[k].param, slots[k].result))

    def _params(self, param: Value, result: Value) -> list[Value]:
        if is_array(param):
            return [Value(INT, hint) for hint in self.state.shared[param].hints(param)]
        return [Value(Scalar(param.type.dtype), param.hint or result.hint)]

    def values(self, operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
        """What is carried for each kept operand. `shared` knows a name by any member of its class."""
        found: list[Operand] = []
        for k in self.kept:
            operand = operands[k]
            if isinstance(operand, Value) and is_array(operand):
                found += self.state.shared[operand].carried(self.state, operand)
            else:
                found.append(self.state.scalar(operand))
        return tuple(found)

    def enter(self, names: tuple[Value, ...], values: tuple[Value, ...]) -> None:
        """The names mean these values from here on; extents first."""
        given = iter(values)
        mine = [(names[k], [next(given) for _ in self._params(names[k], names[k])]) for k in self.kept]
        for name, (first, *_) in ((n, v) for n, v in mine if not is_array(n)):
            self.state.scalars[name] = first
        for name, ints in ((n, v) for n, v in mine if is_array(n)):
            enter(self.state, name, iter(ints))

    @contextmanager
    def hiding(self, loop: For | While) -> Iterator[None]:
        """Inside the loop, arrays that it merely starts from leave their slots free."""
        outer = {pool: list(pool.visible) for pool in pools_of(self.state)}
        for pool, visible in outer.items():
            pool.visible = [(v, slot) for v, slot in visible if not self.state.lifetimes.dies_at(v, loop)]
        try:
            yield
        finally:
            for pool, visible in outer.items():
                pool.visible = visible


@dataclass(frozen=True, slots=True)
class _Slots:
    """The slots for the arrays that flow into a carried name: two, or one for every trip and one more."""

    memory: Memory
    every: bool

    def slot(self, state: Lowering, number: Operand) -> View:
        """The array in a slot."""
        maps: list[Map] = [Fixed(number), *(Axis(k) for k in range(len(self.memory.dims) - 1))]
        return compose(state.emitter, self.memory, maps, self.memory.dims[1:])

    def numbers(self, state: Lowering, index: Operand, start: Operand, step: Operand) -> tuple[Operand, Operand]:
        """The slot that a trip reads, and the one that it fills."""
        trip = state.emitter.int_op(ops.sub, index, start)
        if not is_const(step, 1):
            trip = state.builder.apply(ops.floordiv, trip, step, type=INT)
        if self.every:
            return trip, state.emitter.int_op(ops.add, trip, integer(1))
        parity = state.builder.apply(ops.mod, trip, integer(2), type=INT)
        return parity, state.emitter.int_op(ops.sub, integer(1), parity)

    def last(self, state: Lowering, start: Operand, stop: Operand, step: Operand) -> Operand:
        """The slot filled by the last trip."""
        trips = trip_count(state.builder, start, stop, step)
        return trips if self.every else state.builder.apply(ops.mod, trips, integer(2), type=INT)


def _slots(state: Lowering, stmt: For, carried: Carried, bounds: tuple[Operand, Operand, Operand]) -> _Slots:
    """The slots for a carried name; the initial array is copied into the first.

    Only outside loops and branches can the slots become as many as there are trips; those pools have a number.
    """
    number, init, param = None, state.node(carried.init), carried.param
    if state.is_outermost and not stmt.exits:
        number = state.rebound
        state.rebound += 1
    every = number is not None and number in state.kept
    count = state.emitter.int_op(ops.add, trip_count(state.builder, *bounds), integer(1)) if every else integer(2)
    attrs = Attributes(every_trip=every, pool=None if every else number)
    pool = state.new_root((count, *init.dims), param.type.dtype, hint=param.hint, once=every, attrs=attrs)
    slots = _Slots(pool, every)
    state.fill(slots.slot(state, integer(0)), init)
    return slots
