"""Arrays while they are lowered: memory seen through an index map, or an expression not yet computed.

    Memory(root)                              a root array of the loop IR
    View(base, maps)                          base[maps(index)]: slices, transposes, new axes, broadcasts
    Elementwise(op, operands)                 op of the operands' elements
    Reduction, Gather, Tabulated              see there

`at(index)` emits the code for one element where it is asked for, so that a chain of array operations becomes one loop
nest without temporaries (fusion). `reads` are the roots whose contents the node depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from adcompile.ir.nodes import Const, Operand, Value, integer, is_const
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import BOOL, INT, Scalar
from adcompile.location import Location
from adcompile.lowering.emitter import Emitter, Index
from adcompile.lowering.maps import Axis, Fixed, Map, at, composed_map, plus
from adcompile.ops import memory
from adcompile.ops import scalar as ops

Partial = tuple[Operand | None, ...]


@dataclass(eq=False)
class Node:
    """An array of shape `dims`."""

    dims: tuple[Operand, ...]
    dtype: str
    loc: Location | None = None

    @property
    def reads(self) -> frozenset[Value]:
        """The roots whose contents an element may depend on."""
        return frozenset()

    @property
    def is_trivial(self) -> bool:
        """Does an element cost no more than a load?"""
        return False

    def children(self, index: Partial) -> list[tuple[Node, Partial]]:
        """The arrays an element reads, with the part of their index that is known."""
        return []

    def at(self, emitter: Emitter, index: Index) -> Operand:
        """Emit one element, or find it if it was computed in an enclosing loop."""
        found = emitter.computed.get((self, index))
        if found is None:
            # A load belongs to the line that reads, an operation to the line where it stands.
            with emitter.builder.at(None if self.is_trivial else self.loc):
                found = self.emit(emitter, index)
        return found

    def emit(self, emitter: Emitter, index: Index) -> Operand:
        """Emit one element."""
        raise NotImplementedError

    @property
    def scalar(self) -> Scalar:
        """The type of an element."""
        return Scalar(self.dtype)


@dataclass(eq=False)
class Memory(Node):
    """A root array. `base` is the array whose memory it names, if it is another name."""

    root: Value = field(kw_only=True)
    base: Value = field(kw_only=True)

    @property
    def reads(self) -> frozenset[Value]:
        return frozenset((self.base,))

    @property
    def is_trivial(self) -> bool:
        return True

    def emit(self, emitter: Emitter, index: Index) -> Operand:
        return emitter.builder.apply(memory.load, self.root, *index, type=self.scalar)


@dataclass(eq=False)
class View(Node):
    """base[maps(index)], one map per axis of the base."""

    base: Node = field(kw_only=True)
    maps: tuple[Map, ...] = field(kw_only=True)

    @property
    def reads(self) -> frozenset[Value]:
        return self.base.reads

    @property
    def is_trivial(self) -> bool:
        return self.base.is_trivial

    def children(self, index: Partial) -> list[tuple[Node, Partial]]:
        # Only indices that need no arithmetic: the rest is computed in the innermost loop and hoisted from there.
        known: list[Operand | None] = []
        for mapping in self.maps:
            if isinstance(mapping, Fixed):
                known.append(mapping.index)
            else:
                known.append(index[mapping.axis] if isinstance(mapping, Axis) and mapping.is_identity else None)
        return [(self.base, tuple(known))]

    def emit(self, emitter: Emitter, index: Index) -> Operand:
        return self.base.at(emitter, self.locate(emitter, index))

    def locate(self, emitter: Emitter, index: Index) -> Index:
        """The index into the base."""
        return tuple(at(emitter, mapping, index) for mapping in self.maps)


def compose(emitter: Emitter, base: Node, maps: Sequence[Map], dims: tuple[Operand, ...]) -> View:
    """The view of a view as one view of its base."""
    if not isinstance(base, View):
        return View(dims, base.dtype, base=base, maps=tuple(maps))
    composed = tuple(composed_map(emitter, inner, tuple(maps), len(dims)) for inner in base.maps)
    return View(dims, base.dtype, base=base.base, maps=composed)


@dataclass(eq=False)
class Elementwise(Node):
    """A scalar operation on the elements of arrays (broadcast) and scalars."""

    primitive: Primitive = field(kw_only=True)
    operands: tuple[Node | Operand, ...] = field(kw_only=True)

    @property
    def reads(self) -> frozenset[Value]:
        return frozenset().union(*(o.reads for o in self.operands if isinstance(o, Node)))

    def children(self, index: Partial) -> list[tuple[Node, Partial]]:
        return [(o, aligned(o, index)) for o in self.operands if isinstance(o, Node)]

    def emit(self, emitter: Emitter, index: Index) -> Operand:
        values = [o.at(emitter, aligned(o, index)) if isinstance(o, Node) else o for o in self.operands]
        return emitter.builder.apply(self.primitive, *values, type=self.scalar, **ops.numpy_overflow(self.scalar))


IndexT = TypeVar("IndexT", Index, Partial)


def aligned(node: Node, index: IndexT) -> IndexT:
    """The part of a broadcast index that is the node's own: axes aligned at the end, extents of 1 at index 0."""
    own = index[len(index) - len(node.dims) :]
    return tuple(integer(0) if is_const(d, 1) else i for d, i in zip(node.dims, own, strict=True))


@dataclass(eq=False)
class Copied(Node):
    """The elements of another array, as an expression rather than a name for its memory."""

    base: Node = field(kw_only=True)

    @property
    def reads(self) -> frozenset[Value]:
        return self.base.reads

    def children(self, index: Partial) -> list[tuple[Node, Partial]]:
        return [(self.base, index)]

    def emit(self, emitter: Emitter, index: Index) -> Operand:
        return self.base.at(emitter, index)


@dataclass(eq=False)
class Tabulated(Node):
    """An array given by a formula of its index; it reads no memory."""

    formula: Callable[[Emitter, Index], Operand] = field(kw_only=True)

    @property
    def is_trivial(self) -> bool:
        return True

    def emit(self, emitter: Emitter, index: Index) -> Operand:
        return self.formula(emitter, index)


@dataclass(frozen=True, slots=True)
class Pick:
    """How one axis of a gather's base is indexed: by an array of ints, a result axis, or one index."""

    array: Node | None = None
    map: Map | None = None


@dataclass(eq=False)
class Gather(Node):
    """base at integer arrays: `picks` says for every axis of the base where its index comes from.

    The axes of the broadcast index arrays stand at `front` in the result. `message` is for an index out of range.
    """

    base: Node = field(kw_only=True)
    picks: tuple[Pick, ...] = field(kw_only=True)
    front: int = field(kw_only=True)
    width: int = field(kw_only=True)
    message: str | None = field(kw_only=True)

    @property
    def reads(self) -> frozenset[Value]:
        return self.base.reads.union(*(p.array.reads for p in self.picks if p.array is not None))

    def children(self, index: Partial) -> list[tuple[Node, Partial]]:
        shared = index[self.front : self.front + self.width]
        return [(p.array, aligned(p.array, shared)) for p in self.picks if p.array is not None]

    def emit(self, emitter: Emitter, index: Index) -> Operand:
        return self.base.at(emitter, self.place(emitter, index))

    def place(self, emitter: Emitter, index: Index) -> Index:
        """The index into the base, checked."""
        shared = index[self.front : self.front + self.width]
        found: list[Operand] = []
        for axis, pick in enumerate(self.picks):
            if pick.array is not None:
                picked = pick.array.at(emitter, aligned(pick.array, shared))
                if picked.type.dtype != INT.dtype:
                    picked = emitter.builder.apply(ops.cast, picked, type=INT)
                found.append(self._checked(emitter, picked, axis))
            elif isinstance(pick.map, Axis):
                found.append(plus(emitter, pick.map.offset, pick.map.step, index[pick.map.axis]))
            else:
                assert isinstance(pick.map, Fixed)
                found.append(pick.map.index)
        return tuple(found)

    def _checked(self, emitter: Emitter, index: Operand, axis: int) -> Operand:
        builder, extent = emitter.builder, self.base.dims[axis]
        if self.message is not None:
            low = builder.apply(ops.ge, index, builder.apply(ops.neg, extent, type=INT), type=BOOL)
            high = builder.apply(ops.lt, index, extent, type=BOOL)
            ok = builder.apply(ops.and_, low, high, type=BOOL)
            message, operands = self.message, (index, integer(axis), extent)
            builder.effect(memory.require, ok, *operands, error="IndexError", message=message)
        return wrapped(emitter, index, extent) if not isinstance(self.base, Memory) else index


def wrapped(emitter: Emitter, index: Operand, extent: Operand) -> Operand:
    """A negative index counts from the end."""
    if isinstance(index, Const):
        return index if index.value >= 0 else emitter.int_op(ops.add, extent, index)
    builder = emitter.builder
    negative = builder.apply(ops.lt, index, integer(0), type=BOOL)
    return builder.apply(ops.select, negative, builder.apply(ops.add, index, extent, type=INT), index, type=INT)
