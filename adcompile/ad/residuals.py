"""Residuals: how the backward sweep gets the primal values it reads.

    need(v)    v defined outside loops        v itself
               the index of a loop            the index of the backward loop
               a pure operation               its operands, and the operation again
               a load, array not yet changed  the load again
               anything else                  saved forward: one element of a buffer per trip

Where what is saved goes is said in `buffers.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adcompile.ad.buffers import Buffers
from adcompile.ad.frames import Frame, Layout, Path, Read
from adcompile.ad.remake import remake
from adcompile.errors import InternalError
from adcompile.ir.builder import Builder
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, Const, For, If, Name, Operand, Role, Stmt, Value, While, name_of
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Scalar, element, is_float
from adcompile.ops import memory


@dataclass(frozen=True, slots=True)
class Lack:
    """The contents of an array made inside a loop or branch are read backward: it must live in a buffer.

    `whole`: a library call reads it.
    """

    array: Value
    whole: bool


class NeedsBuffers(Exception):
    """Arrays must live in buffers, in the order in which the sweep came to read them."""

    def __init__(self, lacking: list[Lack]) -> None:
        super().__init__(lacking)
        self.lacking = lacking


@dataclass(eq=False, slots=True)
class Residuals:
    """Makes primal values available to the backward sweep; remembers what it read and what must be saved.

    `wanted` are the values that adjoint statements asked for, `repeated` those computed again, with what they are
    computed from, `saved` those saved. Those in `keep` are saved rather than computed again, with `saves_all` every
    float. `kept` are the arrays that hold results of library calls for their adjoints (`expand`).
    With any `lacking`, the sweep is good for nothing but to find more of these: it goes on as if they were in buffers.
    """

    layout: Layout
    builder: Builder
    frames: list[Frame] = field(default_factory=list)
    buffers: Buffers = field(init=False)
    reads: list[Read] = field(default_factory=list)
    backward_of: dict[Stmt, Stmt] = field(default_factory=dict)
    backward_bounds: dict[Stmt, tuple[Operand, Operand, Operand]] = field(default_factory=dict)
    loose: set[Value] = field(default_factory=set)
    keep: set[Value] = field(default_factory=set)
    kept: dict[Value, Value] = field(default_factory=dict)
    saves_all: bool = False
    wanted: set[Value] = field(default_factory=set)
    repeated: dict[Value, tuple[Operand, ...]] = field(default_factory=dict)
    saved: dict[Value, None] = field(default_factory=dict)
    lacking: list[Lack] = field(default_factory=list)
    _repeating: bool = False
    _wants_whole: bool = False
    _lifted: dict[Value, Value] = field(default_factory=dict)
    _stored: dict[Value, Read] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.buffers = Buffers(self.layout, self.builder, self.frames, self.need)

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

    def is_open(self, value: Value) -> bool:
        """Is the region that defines the value being reversed?"""
        region = self.layout.homes[value].region
        return any(frame.region is region for frame in self.frames)

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
            if isinstance(frame.owner, For) and value is index_of(frame.owner):
                assert frame.index is not None
                return frame.index
            counter = self.buffers.counters.get(frame.owner) if isinstance(frame.owner, For | While) else None
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
        if isinstance(value.type, Scalar):
            return self.save(value, frame)
        made = remake(self, value, stmt, frame)
        if made is not None:
            return made
        self.lacking.append(Lack(value, self._wants_whole))
        return value

    def _is_kept(self, value: Value) -> bool:
        return value in self.keep or (self.saves_all and isinstance(value.type, Scalar) and is_float(value.type))

    def _repeat(self, stmt: Apply) -> Value:
        self.repeated[stmt.results[0]] = stmt.operands
        outer, self._repeating = self._repeating, True
        operands = [self.need(o) for o in stmt.operands]
        self._repeating = outer
        attrs = stmt.attrs
        if stmt.primitive.exact is not None and stmt.results[0].type.dtype == "int64":
            attrs = attrs.but(overflow=attrs.overflow or "repeated")
        result = stmt.results[0]
        return self.builder.apply(stmt.primitive, *operands, type=result.type, **name_of(result), attrs=attrs)

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
        slots = self.buffers.slots(value, loops)
        with self.buffers.inserting(loop_frame.region, position):
            self.builder.effect(memory.store, slots.forward, *slots.forward_index(), value)
        with self.builder.into(loop_frame.out):
            index = slots.backward_index()
            name: Name = {"hint": value.hint, "role": Role.RESIDUAL, "of": value}
            return self.builder.apply(memory.load, slots.backward, *index, type=element(value.type), **name)

    def _lift(self, value: Value, level: int, position: int) -> tuple[Value, int, int]:
        """Carry a value out of branches to the innermost loop body around, or to the function's region."""
        while level > 0 and not self.frames[level].is_loop:
            frame, outer = self.frames[level], self.frames[level - 1]
            branch = frame.owner
            assert isinstance(branch, If) and isinstance(value.type, Scalar)
            if value not in self._lifted:
                lifted = Value(value.type, value.hint, loc=value.loc, role=Role.RESIDUAL)
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
