"""Residuals: how the backward sweep gets the primal values it reads.

    need(v)    v defined outside loops        v itself
               the index of a loop            the index of the backward loop
               a pure operation               its operands, and the operation again
               a load, array not yet changed  the load again
               anything else                  saved forward: one element of a buffer per trip

What is saved in a loop goes into a buffer with one axis per enclosing loop where all trip counts are known before the
outermost loop starts. Otherwise into a flat buffer that grows. If the loop knows its trips when it starts, they have
one part of the buffer, and the loops around carry where it starts, up forward and down backward (`Stretch`); else the
index is a counter of trips that all of them carry (`TripCounter`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from adcompile.ad.frames import Frame, Layout, Path, Read, trip_count, trip_number
from adcompile.ad.remake import remake
from adcompile.errors import InternalError
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While, integer
from adcompile.ir.types import INT, Array, Scalar, element, is_float
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.ops.primitive import Effect

Addresses = Callable[[], Sequence[Operand]]


@dataclass(frozen=True, slots=True)
class Slots:
    """Where the value of each trip is saved: the array, and how a trip's element is addressed, forward and backward."""

    forward: Value
    backward: Value
    forward_index: Addresses
    backward_index: Addresses


class NeedsBuffer(Exception):
    """The contents of an array made inside a loop or branch are read backward: it must live in a buffer."""

    def __init__(self, array: Value, *, whole: bool) -> None:
        super().__init__(array)
        self.array = array
        self.whole = whole


@dataclass(eq=False, slots=True)
class TripCounter:
    """The running number of trips of a loop: in a forward and in a backward trip; in the end, if counted already."""

    forward: Value
    backward: Value
    total: Value | None = None


@dataclass(eq=False, slots=True)
class Stretch:
    """The part of flat buffers that belongs to one run of a loop: where it starts, in the regions that hold the loop.

    `carried` is where it ends, as the backward sweep comes to the loop.
    """

    forward: Operand
    forward_end: Operand
    carried: Value
    backward: Operand
    forward_count: Operand
    backward_count: Operand


@dataclass(eq=False, slots=True)
class Residuals:
    """Makes primal values available to the backward sweep; remembers what it read and what must be saved.

    `wanted` are the values that adjoint statements asked for, `repeated` those computed again, with what they are
    computed from, `saved` those saved. Those in `keep` are saved rather than computed again, with `saves_all` every
    float.
    """

    layout: Layout
    builder: Builder
    frames: list[Frame] = field(default_factory=list)
    inserts: dict[tuple[Region, int], list[Stmt]] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    counters: dict[For | While, TripCounter] = field(default_factory=dict)
    stretches: dict[For, Stretch] = field(default_factory=dict)
    backward_of: dict[Stmt, Stmt] = field(default_factory=dict)
    backward_bounds: dict[Stmt, tuple[Operand, Operand, Operand]] = field(default_factory=dict)
    loose: set[Value] = field(default_factory=set)
    keep: set[Value] = field(default_factory=set)
    saves_all: bool = False
    wanted: set[Value] = field(default_factory=set)
    repeated: dict[Value, tuple[Operand, ...]] = field(default_factory=dict)
    saved: dict[Value, None] = field(default_factory=dict)
    _repeating: bool = False
    _wants_whole: bool = False
    _lifted: dict[Value, Value] = field(default_factory=dict)
    _forward_trips: dict[For, Operand] = field(default_factory=dict)
    _counts: dict[For, Operand] = field(default_factory=dict)
    _stored: dict[Value, Read] = field(default_factory=dict)

    # -- need -----------------------------------------------------------------------------------------------

    def need(self, operand: Operand) -> Operand:
        """The primal value, available at the current point of the backward sweep."""
        if isinstance(operand, Const):
            return operand
        frame = self.frame_of(operand)
        if frame is self.frames[0]:
            return operand
        if not self._repeating:
            self.wanted.add(operand)
        if operand not in frame.known:
            with self.builder.into(frame.out):
                frame.known[operand] = self._provide(operand, frame)
        elif operand in self._stored:
            self.reads.append(self._stored.pop(operand))
        return frame.known[operand]

    def need_array(self, array: Operand) -> Value:
        """An array name whose contents are read at the current point."""
        self._wants_whole = True
        found = self.need(array)
        self._wants_whole = False
        assert isinstance(found, Value) and isinstance(array, Value)
        self.log_read(array, self.frames[-1])
        return found

    def forward_from_memory(self, store: Apply, index: tuple[Operand, ...]) -> None:
        """A stored value can be fetched from where it was stored (store forwarding), if anyone wants it.

        `index` are the indices of the store, available here.
        """
        array, value = store.operands[0], store.operands[-1]
        assert isinstance(array, Value)
        if isinstance(value, Const):
            return
        frame = self.frame_of(value)
        if frame is not self.frames[-1] or frame is self.frames[0] or value in frame.known:
            return
        home, root = self.frame_of(array), self.layout.root_of(array)
        if array.type.dtype != value.type.dtype or not (home is self.frames[0] or array in home.known):
            return
        name = self.need(array)
        frame.known[value] = self.builder.apply(memory.load, name, *index, type=element(array.type))
        self._stored[value] = Read(root, self._here(frame), store)

    def frame_of(self, value: Value) -> Frame:
        """The frame of the region that defines the value."""
        region = self.layout.homes[value].region
        for frame in self.frames:
            if frame.region is region:
                return frame
        raise InternalError(f"a value of a closed region is needed: {value.hint or value.type}", "reverse")

    def log_read(self, array: Value, frame: Frame, access: Apply | None = None) -> None:
        """Remember that the memory behind the array name is read here, backward: the element of an access, or all."""
        self.reads.append(Read(self.layout.root_of(array), self._here(frame), access))

    def _here(self, frame: Frame) -> Path:
        depth = self.frames.index(frame)
        return tuple((f.region, f.cur) for f in self.frames[: depth + 1])

    def _provide(self, value: Value, frame: Frame) -> Operand:
        stmt = self.layout.definition(value)
        if stmt is None:
            if frame.is_loop and value is frame.region.params[0] and isinstance(frame.owner, For):
                assert frame.index is not None
                return frame.index
            counter = self.counters.get(frame.owner) if isinstance(frame.owner, For | While) else None
            if counter is not None and counter.forward is value:
                return counter.backward
            return self.save(value, frame)
        if not isinstance(stmt, Apply) or self._is_kept(value):
            return self.save(value, frame)
        if stmt.primitive.effect is Effect.PURE:
            return self._repeat(stmt)
        if stmt.primitive is memory.load:
            array = stmt.operands[0]
            assert isinstance(array, Value)
            position = self.layout.homes[value].index
            root = self.layout.root_of(array)
            if root in self.loose or self.layout.is_clobbered(root, frame.region, position + 1, frame.cur):
                return self.save(value, frame)
            repeated = self._repeat(stmt)
            self.log_read(array, frame, stmt)
            return repeated
        made = remake(self, value, stmt, frame)
        if made is not None:
            return made
        raise NeedsBuffer(value, whole=self._wants_whole)

    def _is_kept(self, value: Value) -> bool:
        return value in self.keep or (self.saves_all and isinstance(value.type, Scalar) and is_float(value.type))

    def _repeat(self, stmt: Apply) -> Value:
        self.repeated[stmt.results[0]] = stmt.operands
        outer, self._repeating = self._repeating, True
        operands = [self.need(o) for o in stmt.operands]
        self._repeating = outer
        return self.builder.apply(
            stmt.primitive, *operands, type=stmt.results[0].type, hint=stmt.results[0].hint, **stmt.attrs
        )

    # -- save -----------------------------------------------------------------------------------------------

    def save(self, value: Value, frame: Frame) -> Operand:
        """Save the value in every trip forward; the saved one backward (emitted at the builder's place)."""
        home = self.layout.homes[value]
        self.saved[value] = None
        return self.save_after(value, frame, home.index + 1)

    def save_after(self, value: Value, frame: Frame, position: int) -> Operand:
        """Save a value which exists before the statement at `position` of the frame's region."""
        value, level, position = self._lift(value, self.frames.index(frame), position)
        if level == 0:
            return value
        loop_frame = self.frames[level]
        loops = [f for f in self.frames[1 : level + 1] if f.is_loop]
        slots = self._buffer(value, loops)
        with self.inserting(loop_frame.region, position):
            self.builder.effect(memory.store, slots.forward, *slots.forward_index(), value)
        with self.builder.into(loop_frame.out):
            index = slots.backward_index()
            return self.builder.apply(memory.load, slots.backward, *index, type=element(value.type), hint=value.hint)

    def _lift(self, value: Value, level: int, position: int) -> tuple[Value, int, int]:
        """Carry a value out of branches to the innermost loop body around, or to the function's region."""
        while level > 0 and not self.frames[level].is_loop:
            frame, outer = self.frames[level], self.frames[level - 1]
            branch = frame.owner
            assert isinstance(branch, If) and isinstance(value.type, Scalar)
            if value not in self._lifted:
                lifted = Value(value.type, value.hint, loc=value.loc)
                zero = Const(
                    False if value.type.dtype == "bool" else 0.0 if value.type.dtype.startswith("f") else 0,
                    Scalar(value.type.dtype),
                )
                branch.then.yields += (value if branch.then is frame.region else zero,)
                branch.orelse.yields += (value if branch.orelse is frame.region else zero,)
                branch.results += (lifted,)
                self._lifted[value] = lifted
            value, level, position = self._lifted[value], level - 1, outer.cur + 1
        return value, level, position

    def _buffer(self, value: Value, loops: list[Frame]) -> Slots:
        """A buffer for one value per trip."""
        counts = [self.known_count(f) for f in loops]
        name = f"{value.hint}_saved" if value.hint else "saved"
        outermost = loops[0].owner
        assert isinstance(outermost, For | While)
        if all(c is not None for c in counts):
            with self.builder.at(outermost.loc), self.inserting(*self._before_outermost()):
                buffer = self.builder.apply(
                    memory.alloc,
                    *[c for c in counts if c is not None],
                    type=Array(value.type.dtype, len(loops)),
                    hint=name,
                    fill="empty",
                    saved=True,
                )
            trips = (lambda: [self.forward_trip(f) for f in loops], lambda: [self.backward_trip(f) for f in loops])
            return Slots(buffer, buffer, *trips)
        with self.builder.at(outermost.loc), self.inserting(*self._before_outermost()):
            buffer = self.builder.apply(
                memory.alloc, integer(64), type=Array(value.type.dtype, 1), hint=name, fill="empty", saved=True
            )
        loop = loops[-1].owner
        assert isinstance(loop, For | While)
        if isinstance(loop, For) and not loop.exits:
            return self._part(buffer, value, loops[-1])
        if loop not in self.counters:
            self.counters[loop] = TripCounter(Value(INT, "trip"), Value(INT, "trip"))
        counter = self.counters[loop]
        with self.inserting(loops[-1].region, 0):
            self.builder.effect(memory.grow, buffer, counter.forward)
        return Slots(buffer, buffer, lambda: [counter.forward], lambda: [counter.backward])

    def _part(self, buffer: Value, value: Value, frame: Frame) -> Slots:
        """One part of a flat buffer for each run of a loop, which knows its trips when it starts."""
        around = self.frames[self.frames.index(frame) - 1]
        stretch = self._stretch(frame, around)
        hint = f"{value.hint}_row" if value.hint else "row"
        with self.inserting(around.region, around.cur):
            self.builder.effect(memory.reserve, buffer, stretch.forward_end)
            ends = (stretch.forward, stretch.forward_count)
            forward = self.builder.apply(memory.part, buffer, *ends, type=buffer.type, hint=hint)
        with self.builder.into(around.out):
            ends = (stretch.backward, stretch.backward_count)
            backward = self.builder.apply(memory.part, buffer, *ends, type=buffer.type, hint=hint)
        return Slots(forward, backward, lambda: [self.forward_trip(frame)], lambda: [self.backward_trip(frame)])

    def _stretch(self, frame: Frame, around: Frame) -> Stretch:
        loop = frame.owner
        assert isinstance(loop, For)
        if loop not in self.stretches:
            repeated = any(f.is_loop for f in self.frames[: self.frames.index(frame)])
            start, carried = Value(INT, "offset"), Value(INT, "offset")
            bounds = (loop.start, loop.stop, loop.step)
            with self.inserting(around.region, around.cur):
                count = trip_count(self.builder, *bounds)
                end = self.builder.apply(ops.add, start, count, type=INT, hint="offset") if repeated else count
            with self.builder.into(around.out):
                again = trip_count(self.builder, *map(self.need, bounds))
                last = self.builder.apply(ops.sub, carried, again, type=INT, hint="offset") if repeated else again
            zero = integer(0)
            forward, backward = (start, last) if repeated else (zero, zero)
            self.stretches[loop] = Stretch(forward, end, carried, backward, count, again)
        return self.stretches[loop]

    def known_count(self, frame: Frame) -> Operand | None:
        """The trip count of a loop if its bounds are known before the outermost loop around it starts."""
        loop = frame.owner
        if not isinstance(loop, For) or loop.exits:
            return None
        bounds = (loop.start, loop.stop, loop.step)
        if not all(isinstance(b, Const) or self.layout.homes[b].region is self.layout.root for b in bounds):
            return None
        if loop not in self._counts:
            with self.inserting(*self._before_outermost()):
                self._counts[loop] = trip_count(self.builder, *bounds)
        return self._counts[loop]

    def forward_trip(self, frame: Frame) -> Operand:
        """The number of the forward trip."""
        loop = frame.owner
        assert isinstance(loop, For)
        if loop not in self._forward_trips:
            with self.inserting(frame.region, 0):
                trip = trip_number(self.builder, loop, frame.region.params[0], loop.start, loop.step)
            self._forward_trips[loop] = trip
        return self._forward_trips[loop]

    def backward_trip(self, frame: Frame) -> Operand:
        """The number of the trip that the backward trip reverses."""
        loop = frame.owner
        assert isinstance(loop, For) and frame.index is not None
        return trip_number(self.builder, loop, frame.index, self.need(loop.start), self.need(loop.step))

    def _before_outermost(self) -> tuple[Region, int]:
        return self.frames[0].region, self.frames[0].cur

    @contextmanager
    def inserting(self, region: Region, position: int) -> Iterator[None]:
        """Statements of the block go before the statement at `position` of the forward region."""
        body = self.inserts.setdefault((region, position), [])
        with self.builder.into(Region(body=body)):
            yield
