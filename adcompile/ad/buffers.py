"""Buffers: where a value of every trip is kept from the forward to the backward sweep.

    all trip counts known before        one axis a loop            saved = empty(n, m)        saved[i, j] = v
    the innermost one when it starts    one part for each run      row = saved[o:o + k]       row[j] = v
    else (`while`, exits)               grows with the trips       trip += 1                  saved[trip] = v

The loops around carry where a part starts (`Stretch`) or the number of trips (`TripCounter`), up forward and down
backward. Parts lie in a flat buffer, which is as long as they are together if integers known before tell that:

    size = 0
    for i in range(n):
        size += i
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from adcompile.ad.frames import Frame, Layout
from adcompile.ir.builder import Builder
from adcompile.ir.loops import bounds_of, index_of, trip_region
from adcompile.ir.nodes import Apply, Const, For, Name, Operand, Region, Role, Stmt, Value, While, integer
from adcompile.ir.primitive import Effect, Primitive
from adcompile.ir.types import INT, Array
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.ops.trips import trip_count, trip_number

# What a buffer that grows starts with.
FEW = 64

Addresses = Callable[[], Sequence[Operand]]


@dataclass(frozen=True, slots=True)
class Slots:
    """Where the value of each trip is: the array, and how a trip's element is addressed, forward and backward."""

    forward: Value
    backward: Value
    forward_index: Addresses
    backward_index: Addresses


@dataclass(eq=False, slots=True)
class TripCounter:
    """The running number of trips of a loop: in a forward and in a backward trip; in the end, if counted already."""

    forward: Value
    backward: Value
    total: Value | None = None


def counter_named(name: str) -> Value:
    """A new counter."""
    return Value(INT, name, role=Role.COUNTER)


def kept_as(value: Value) -> Name:
    """The name of a buffer for what a value is in every trip."""
    return {"hint": f"{value.hint}_saved" if value.hint else "", "role": Role.RESIDUAL, "of": value}


@dataclass(eq=False, slots=True)
class Stretch:
    """The part of flat buffers that belongs to one run of a loop: where it starts, in the regions that hold the loop.

    `carried` is where it ends, as the backward sweep comes to the loop. `total` is the length of all parts, if known.
    """

    forward: Operand
    forward_end: Operand
    carried: Value
    backward: Operand
    forward_count: Operand
    backward_count: Operand
    total: Operand | None


@dataclass(eq=False, slots=True)
class Buffers:
    """Makes buffers; `need` gives a primal value in the backward sweep, `inserts` goes into the forward regions."""

    layout: Layout
    builder: Builder
    frames: list[Frame]
    need: Callable[[Operand], Operand]
    inserts: dict[tuple[Region, int], list[Stmt]] = field(default_factory=dict)
    counters: dict[For | While, TripCounter] = field(default_factory=dict)
    stretches: dict[For, Stretch] = field(default_factory=dict)
    _forward_trips: dict[For, Operand] = field(default_factory=dict)
    _counts: dict[For, Operand] = field(default_factory=dict)

    def slots(self, value: Value, loops: list[Frame]) -> Slots:
        """A buffer for the value in every trip of nested loops."""
        counts = [self._known_count(f) for f in loops]
        known = [count for count in counts if count is not None]
        innermost = loops[-1].owner
        if len(known) == len(loops):
            buffer = self._alloc(value, known, loops)
            trips = (lambda: [self._forward_trip(f) for f in loops], lambda: [self._backward_trip(f) for f in loops])
            return Slots(buffer, buffer, *trips)
        if isinstance(innermost, For) and not innermost.exits:
            return self._part(value, loops)
        assert isinstance(innermost, For | While)
        if innermost not in self.counters:
            self.counters[innermost] = TripCounter(counter_named("trips"), counter_named("trip"))
        counter = self.counters[innermost]
        buffer = self._alloc(value, [integer(FEW)], loops)
        with self.inserting(loops[-1].region, 0):
            self.builder.effect(memory.grow, buffer, counter.forward)
        return Slots(buffer, buffer, lambda: [counter.forward], lambda: [counter.backward])

    def _alloc(self, value: Value, extents: Sequence[Operand], loops: list[Frame]) -> Value:
        """The buffer itself, made before the outermost loop."""
        outermost = loops[0].owner
        assert outermost is not None
        type_ = Array(value.type.dtype, len(extents))
        with self.builder.at(outermost.loc), self._before_outermost():
            return self.builder.apply(memory.alloc, *extents, type=type_, **kept_as(value), fill="empty", saved=True)

    # -- parts

    def _part(self, value: Value, loops: list[Frame]) -> Slots:
        """One part of a flat buffer for each run of a loop, which knows its trips when it starts."""
        frame = loops[-1]
        around = self.frames[self.frames.index(frame) - 1]
        stretch = self._stretch(frame, around)
        buffer = self._alloc(value, [integer(FEW) if stretch.total is None else stretch.total], loops)
        hint = f"{value.hint}_row" if value.hint else "row"
        with self.inserting(around.region, around.cur):
            if stretch.total is None:
                self.builder.effect(memory.reserve, buffer, stretch.forward_end)
            ends = (stretch.forward, stretch.forward_count)
            forward = self.builder.apply(memory.part, buffer, *ends, type=buffer.type, hint=hint, role=Role.RESIDUAL)
        with self.builder.into(around.out):
            ends = (stretch.backward, stretch.backward_count)
            backward = self.builder.apply(memory.part, buffer, *ends, type=buffer.type, hint=hint, role=Role.RESIDUAL)
        return Slots(forward, backward, lambda: [self._forward_trip(frame)], lambda: [self._backward_trip(frame)])

    def _stretch(self, frame: Frame, around: Frame) -> Stretch:
        loop = frame.owner
        assert isinstance(loop, For)
        if loop not in self.stretches:
            repeated = any(f.is_loop for f in self.frames[: self.frames.index(frame)])
            start, carried = counter_named("offset"), counter_named("offset")
            bounds = bounds_of(loop)
            with self.inserting(around.region, around.cur):
                count = trip_count(self.builder, *bounds)
                end = self._moved(ops.add, start, count) if repeated else count
            with self.builder.into(around.out):
                again = trip_count(self.builder, *map(self.need, bounds))
                last = self._moved(ops.sub, carried, again) if repeated else again
            forward, backward = (start, last) if repeated else (integer(0), integer(0))
            self.stretches[loop] = Stretch(forward, end, carried, backward, count, again, self._total(frame))
        return self.stretches[loop]

    def _moved(self, operation: Primitive, offset: Operand, count: Operand) -> Value:
        return self.builder.apply(operation, offset, count, type=INT, hint="offset", role=Role.COUNTER)

    def _total(self, frame: Frame) -> Operand | None:
        """All trips of a loop together, summed before the outermost loop. None if that takes more than integers."""
        loops = [f.owner for f in self.frames[1 : self.frames.index(frame) + 1]]
        counted = [loop for loop in loops if isinstance(loop, For) and not loop.exits]
        indices = {index_of(loop) for loop in counted}
        bounds = (bound for loop in counted for bound in bounds_of(loop))
        if len(counted) < len(loops) or not all(self._follows(bound, indices) for bound in bounds):
            return None
        with self.builder.at(counted[0].loc), self._before_outermost():
            return self._sum(counted, {})

    def _follows(self, operand: Operand, indices: set[Value]) -> bool:
        """Can the operand be computed from these indices and what is known outside of all loops?"""
        if isinstance(operand, Const) or operand in indices or self._is_outside(operand):
            return True
        stmt = self.layout.definition(operand)
        if not isinstance(stmt, Apply) or stmt.primitive.effect is not Effect.PURE or operand.type != INT:
            return False
        return all(self._follows(o, indices) for o in stmt.operands)

    def _sum(self, loops: list[For], known: Mapping[Value, Operand]) -> Operand:
        """The trips of the last loop, in all trips of the others."""
        loop, *inner = loops
        start, stop, step = (self._repeat(bound, known) for bound in bounds_of(loop))
        if not inner:
            return trip_count(self.builder, start, stop, step)
        index, size = Value(INT, index_of(loop).hint), counter_named("size")
        with self.builder.into(trip_region(index, (size,))) as region:
            count = self._sum(inner, {**known, index_of(loop): index})
            region.yields = (self.builder.apply(ops.add, size, count, type=INT, hint="size", role=Role.COUNTER),)
        return self.builder.for_((start, stop, step), (integer(0),), region)[0]

    def _repeat(self, operand: Operand, known: Mapping[Value, Operand]) -> Operand:
        """The operand computed again, with other loops' indices."""
        if isinstance(operand, Const) or self._is_outside(operand):
            return operand
        if operand in known:
            return known[operand]
        stmt = self.layout.definition(operand)
        assert isinstance(stmt, Apply)
        again = [self._repeat(o, known) for o in stmt.operands]
        return self.builder.apply(stmt.primitive, *again, type=operand.type, hint=operand.hint, attrs=stmt.attrs)

    def _is_outside(self, value: Value) -> bool:
        return self.layout.homes[value].region is self.layout.root

    # -- trips

    def _known_count(self, frame: Frame) -> Operand | None:
        """The trip count of a loop if its bounds are known before the outermost loop around it starts."""
        loop = frame.owner
        if not isinstance(loop, For) or loop.exits:
            return None
        bounds = bounds_of(loop)
        if not all(isinstance(b, Const) or self._is_outside(b) for b in bounds):
            return None
        if loop not in self._counts:
            with self._before_outermost():
                self._counts[loop] = trip_count(self.builder, *bounds)
        return self._counts[loop]

    def _forward_trip(self, frame: Frame) -> Operand:
        """The number of the forward trip."""
        loop = frame.owner
        assert isinstance(loop, For)
        if loop not in self._forward_trips:
            with self.inserting(frame.region, 0):
                trip = trip_number(self.builder, index_of(loop), loop.start, loop.step)
            self._forward_trips[loop] = trip
        return self._forward_trips[loop]

    def _backward_trip(self, frame: Frame) -> Operand:
        """The number of the trip that the backward trip reverses."""
        loop = frame.owner
        assert isinstance(loop, For) and frame.index is not None
        return trip_number(self.builder, frame.index, self.need(loop.start), self.need(loop.step))

    @contextmanager
    def _before_outermost(self) -> Iterator[None]:
        with self.inserting(self.frames[0].region, self.frames[0].cur):
            yield

    @contextmanager
    def inserting(self, region: Region, position: int) -> Iterator[None]:
        """Statements of the block go before the statement at `position` of the forward region."""
        body = self.inserts.setdefault((region, position), [])
        with self.builder.into(Region(body=body)):
            yield
