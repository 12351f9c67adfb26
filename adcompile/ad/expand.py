"""Arrays made in every trip, when the backward sweep reads their contents: one row of a buffer per trip.

    for t in range(T):                    rows = alloc(T, n)
        h = alloc(n)                      for t in range(T):
        ...                                   h = row(rows, t)
                                              ...

So nothing is copied, and the backward trip finds its `h` again. Where the number of trips is not known before, the
buffer grows and a counter of trips is carried. An array made in a branch moves in front of it.

What a library call makes is copied to its row. If the program writes to it later, the adjoint of the call has a row of
its own to read from (*kept*).
"""

from __future__ import annotations

from adcompile.ad.buffers import TripCounter, kept_as
from adcompile.ad.counters import count_trips
from adcompile.ad.frames import Layout
from adcompile.ad.loops import copy_elements, fill_elements
from adcompile.ad.sweep import smallest
from adcompile.errors import InternalError, UnsupportedError
from adcompile.ir.attributes import Attributes
from adcompile.ir.builder import Builder
from adcompile.ir.loops import bounds_of, index_of
from adcompile.ir.nodes import Apply, Const, For, Operand, Region, Stmt, Value, While, integer
from adcompile.ir.primitive import Effect
from adcompile.ir.types import INT, Array
from adcompile.location import Location
from adcompile.ops import library, memory
from adcompile.ops.trips import trip_count, trip_number

# The rows that a growing buffer starts with.
FEW = 16


def expand(
    region: Region, layout: Layout, array: Value, counters: dict[Stmt, TripCounter], kept: dict[Value, Value]
) -> None:
    """Rewrite the program in place so that `array` lives in a buffer made before the outermost loop.

    `counters` are those of the loops whose trips are counted already; a new one is entered, and so is in `kept` where
    the adjoint of a library call finds a result. Raises UnsupportedError if the array's shape is not known before the
    loop.
    """
    home = layout.homes[array]
    path = [layout.bodies[r][k] for r, k in layout.path(home.region, home.index)]
    loops = [stmt for stmt in path if isinstance(stmt, For | While)]
    stmt = path[-1]
    assert isinstance(stmt, Apply)
    lift = _Lift(layout, region, Builder(Region()), array.loc or stmt.loc)
    extents = [lift.extent(array, axis) for axis in range(array.type.ndim)]  # type: ignore[union-attr]
    here, before = Builder(Region()), lift.builder
    once, fill = stmt.attrs.once, stmt.attrs.fill or "empty"
    if stmt.primitive.routine is not None:
        stmt, made, array = _split(stmt, array, kept)
        here.append(stmt)
        once = once or kept[made] is array
    with here.at(stmt.loc):
        if not loops:
            before.append(Apply(memory.alloc, tuple(extents), (array,), Attributes(fill=fill, once=once), stmt.loc))
        elif (counts := [lift.count(loop) for loop in loops]) and None not in counts:
            known = [count for count in counts if count is not None]
            type_ = Array(array.type.dtype, len(known) + len(extents))
            rows = before.apply(memory.alloc, *known, *extents, type=type_, **kept_as(array), fill=fill, once=once)
            here.append(_row(rows, _trips(here, loops), array, once=once))
        else:
            type_ = Array(array.type.dtype, 1 + len(extents))
            rows = before.apply(memory.alloc, integer(FEW), *extents, type=type_, **kept_as(array), fill="empty")
            if loops[-1] not in counters:
                counters[loops[-1]] = count_trips(path)
            trip = counters[loops[-1]].forward
            here.effect(memory.grow, rows, trip)
            here.append(_row(rows, [trip], array, once=once and fill == "empty"))
            if fill == "zeros":
                fill_elements(here, array, extents)
        if stmt.primitive.routine is not None:
            copy_elements(here, made, array, extents)
    position, outermost = home.region.body.index(path[-1]), region.body.index(path[0])
    home.region.body[position : position + 1] = here.region.body
    region.body[outermost:outermost] = before.region.body


def _split(call: Apply, array: Value, kept: dict[Value, Value]) -> tuple[Apply, Value, Value]:
    """The call, what it makes, and the array that this is copied to."""
    made, row = Value(array.type, array.hint, loc=array.loc), array
    if call.attrs.once:
        kept[made] = row
    elif array in kept:
        kept[made] = kept.pop(array)
    else:
        made, row = array, made
        kept[made] = row
    results = tuple(made if result is array else result for result in call.results)
    return Apply(call.primitive, call.operands, results, call.attrs, call.loc), made, row


def _row(rows: Value, trips: list[Operand], array: Value, *, once: bool) -> Apply:
    return Apply(memory.row, (rows, *trips), (array,), Attributes(once=once, private=True), array.loc)


def _trips(here: Builder, loops: list[For | While]) -> list[Operand]:
    """The numbers of the trips, in the innermost loop."""
    found = []
    for loop in loops:
        assert isinstance(loop, For)
        found.append(trip_number(here, index_of(loop), loop.start, loop.step))
    return found


class _Lift:
    """Pure integer computations, repeated in front of the outermost loop."""

    def __init__(self, layout: Layout, region: Region, builder: Builder, loc: Location | None) -> None:
        self.layout = layout
        self.loc = loc
        self.region = region
        self.builder = builder
        self.lifted: dict[Value, Operand] = {}

    def operand(self, operand: Operand) -> Operand:
        """The operand's value, computed outside all loops."""
        if isinstance(operand, Const) or self.layout.homes[operand].region is self.region:
            return operand
        if operand not in self.lifted:
            stmt = self.layout.definition(operand)
            if not isinstance(stmt, Apply) or stmt.primitive.effect is not Effect.PURE:
                raise UnsupportedError(
                    "an array made in every iteration of a loop changes its size from one to the next",
                    operand.loc or self.loc,
                    "Make it once before the loop, with the largest size.",
                )
            operands = [self.operand(o) for o in stmt.operands]
            self.lifted[operand] = self.builder.apply(stmt.primitive, *operands, type=operand.type, attrs=stmt.attrs)
        return self.lifted[operand]

    def count(self, loop: For | While) -> Operand | None:
        """The trip count of a loop, None if it is not known before the outermost loop."""
        if isinstance(loop, While) or loop.exits:
            return None
        try:
            return trip_count(self.builder, *map(self.operand, bounds_of(loop)))
        except UnsupportedError:
            return None

    def extent(self, array: Operand, axis: int) -> Operand:
        """The extent of an array along an axis."""
        assert isinstance(array, Value)
        match self.layout.definition(array):
            case Apply(primitive=memory.alloc) as stmt:
                return self.operand(stmt.operands[axis])
            case Apply(primitive=memory.reshape) as stmt:
                return self.operand(stmt.operands[1 + axis])
            case Apply(primitive=memory.row) as stmt:
                return self.extent(stmt.operands[0], axis + len(stmt.operands) - 1)
            case Apply(primitive=memory.alloc_like) as stmt:
                return self.extent(stmt.operands[0], axis)
            case Apply() as stmt if stmt.primitive.routine is not None:
                places = library.extent_places(stmt, stmt.results.index(array), axis)
                return smallest(self.builder, [self.extent(stmt.operands[k], own) for k, own in places])
            case None:
                return self.builder.apply(memory.dim, array, type=INT, axis=axis)
            case _:
                raise InternalError(f"the extent of {array.hint} is not known", "expand")
