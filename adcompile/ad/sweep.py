"""Cotangents: `bars` of scalars, shadows of arrays, and the small operations of every adjoint statement.

add(v, e)              v_bar += e
take(v)                v_bar, which ends here: v is defined by the statement being reversed
shadow(A)              the cotangent array of A; names of one memory have names of one shadow
accumulate(A, i, e)    A_bar[i] += e

An array with a slot for every trip of a loop (`lowering.rebinding`) has a shadow with two slots: only the cotangents of
the arrays that a trip reads and fills are wanted at once.
"""

from __future__ import annotations

from functools import reduce

from adcompile.ad.frames import Conditional, Frame, Layout
from adcompile.ad.residuals import Residuals
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, Const, Operand, Value, cotangent_of, integer, is_const, real
from adcompile.ir.types import INT, Array, Scalar, element
from adcompile.ops import library, memory
from adcompile.ops import scalar as ops


class Sweep:
    """The state of one backward sweep."""

    def __init__(self, layout: Layout, builder: Builder, active: set[Value]) -> None:
        self.layout = layout
        self.builder = builder
        self.active = active
        self.copies: frozenset[Value] = frozenset()
        self.residuals = Residuals(layout, builder)
        self.frames: list[Frame] = self.residuals.frames

    @property
    def frame(self) -> Frame:
        """The innermost frame."""
        return self.frames[-1]

    def is_active(self, operand: Operand) -> bool:
        """Does the operand carry a derivative?"""
        return isinstance(operand, Value) and operand in self.active

    def add(self, operand: Operand, cotangent: Operand) -> None:
        """Accumulate a scalar's cotangent."""
        if not isinstance(operand, Value) or operand not in self.active or is_const(cotangent, 0.0):
            return
        bars = self.frame.bars
        before = bars.get(operand)
        if before is None or is_const(before, 0.0):
            bars[operand] = cotangent
        else:
            bars[operand] = self._sum(operand, before, cotangent)
        named = bars[operand]
        if isinstance(named, Value) and named not in self.layout.homes:
            named.take_name(cotangent_of(operand))

    def _sum(self, operand: Value, before: Operand, cotangent: Operand) -> Value:
        """The sum of two cotangents, which stay under one condition if they have the same."""
        one, other = self.condition_of(before), self.condition_of(cotangent)
        same = one is not None and other is not None and one.condition is other.condition
        if one is not None and other is not None and same:
            before, cotangent = one.value, other.value
        total = self.builder.apply(
            ops.add, before, cotangent, type=strong(operand), **cotangent_of(operand), cotangent=True
        )
        return self.kept(Conditional(one.condition, total)) if one is not None and same else total

    def kept(self, cotangent: Conditional) -> Value:
        """The cotangent: the value where the condition holds, else zero."""
        type_ = Scalar(cotangent.value.type.dtype)
        zero = real(0.0, type_)
        found = self.builder.apply(ops.select, cotangent.condition, cotangent.value, zero, type=type_)
        self.frame.conditional[found] = cotangent
        return found

    def condition_of(self, cotangent: Operand) -> Conditional | None:
        """What is known of a cotangent where the builder stands."""
        if not isinstance(cotangent, Value):
            return None
        return next((f.conditional[cotangent] for f in reversed(self.frames) if cotangent in f.conditional), None)

    def take(self, value: Value) -> Operand | None:
        """The cotangent of a value whose definition is being reversed; None if there is none."""
        found = self.frame.bars.pop(value, None)
        return None if found is None or is_const(found, 0.0) else found

    def shadow(self, array: Operand) -> Value:
        """The cotangent array of an array name, made on first use where the array lives."""
        assert isinstance(array, Value)
        frame = self.residuals.frame_of(array)
        if array not in frame.shadows:
            with self.builder.into(frame.out):
                frame.shadows[array] = self._make_shadow(array)
        return frame.shadows[array]

    def _make_shadow(self, array: Value) -> Value:
        stmt = self.layout.definition(array)
        type_ = Array(array.type.dtype, array.type.ndim, "C")  # type: ignore[union-attr]
        if isinstance(stmt, Apply) and array in self.layout.names:
            base, rest = self.shadow(stmt.operands[0]), self.place(stmt.operands[0], stmt.operands[1:])
            return self.builder.apply(stmt.primitive, base, *rest, type=type_, **cotangent_of(array), attrs=stmt.attrs)
        if self._has_every_trip(array):
            extents = [integer(2), *(self.extent(array, axis) for axis in range(1, type_.ndim))]
            return self.builder.apply(memory.alloc, *extents, type=type_, **cotangent_of(array), fill="zeros")
        if stmt is None or self.residuals.frame_of(array) is self.frames[0]:
            return self.builder.apply(memory.alloc_like, array, type=type_, **cotangent_of(array), fill="zeros")
        extents = [self.extent(array, axis) for axis in range(type_.ndim)]
        return self.builder.apply(memory.alloc, *extents, type=type_, **cotangent_of(array), fill="zeros")

    def place(self, array: Operand, index: tuple[Operand, ...]) -> tuple[Operand, ...]:
        """Where the cotangent of an element is in the shadow; for a `row` of the array too."""
        if not self._has_every_trip(array):
            return tuple(map(self.residuals.need, index))
        return self._alternating(index[0]), *map(self.residuals.need, index[1:])

    def _has_every_trip(self, array: Operand) -> bool:
        stmt = self.layout.definition(array) if isinstance(array, Value) else None
        return isinstance(stmt, Apply) and bool(stmt.attrs.every_trip)

    def _alternating(self, slot: Operand) -> Operand:
        """slot % 2, written as p or 1 - p so that neighbours are seen to be different."""
        offset = 0
        while isinstance(slot, Value) and (shifted := self._shifted(slot)):
            slot, offset = shifted[0], offset + shifted[1]
        if isinstance(slot, Const):
            return integer((int(slot.value) + offset) % 2)
        parity = self.builder.apply(ops.mod, self.residuals.need(slot), integer(2), type=INT)
        return self.builder.apply(ops.sub, integer(1), parity, type=INT) if offset % 2 else parity

    def _shifted(self, value: Value) -> tuple[Operand, int] | None:
        """For x + 3 or x - 3: x and the difference."""
        match self.layout.definition(value):
            case Apply(primitive=ops.add, operands=(x, Const(value=int() as offset))):
                return x, offset
            case Apply(primitive=ops.add, operands=(Const(value=int() as offset), x)):
                return x, offset
            case Apply(primitive=ops.sub, operands=(x, Const(value=int() as offset))):
                return x, -offset
        return None

    def extent(self, array: Operand, axis: int) -> Operand:
        """The extent of an array along an axis, at the current point of the backward sweep."""
        assert isinstance(array, Value)
        stmt = self.layout.definition(array)
        match stmt:
            case Apply(primitive=memory.alloc):
                return self.residuals.need(stmt.operands[axis])
            case Apply(primitive=memory.reshape):
                return self.residuals.need(stmt.operands[1 + axis])
            case Apply(primitive=memory.row):
                return self.extent(stmt.operands[0], axis + len(stmt.operands) - 1)
            case Apply(primitive=memory.alloc_like):
                return self.extent(stmt.operands[0], axis)
            case Apply() if stmt.primitive.routine is not None:
                places = library.extent_places(stmt, stmt.results.index(array), axis)
                return smallest(self.builder, [self.extent(stmt.operands[k], own) for k, own in places])
            case _:
                return self.builder.apply(memory.dim, array, type=INT, axis=axis)

    def give_shadow(self, array: Value, cotangent: Value) -> bool:
        """Let a fresh array be the shadow itself, if this is the first contribution and no loop repeats it."""
        frame = self.residuals.frame_of(array)
        if array in frame.shadows or array in self.layout.names or frame is not self.frame:
            return False
        if any(base is array for base in self.layout.names.values()):
            return False
        frame.shadows[array] = cotangent
        cotangent.hint = ""
        cotangent.take_name(cotangent_of(array))
        return True

    def accumulate(self, array: Operand, at: tuple[Operand, ...], cotangent: Operand) -> None:
        """A_bar[at] += cotangent, `at` being a place in the shadow."""
        target = self.shadow(array)
        before = self.builder.apply(memory.load, target, *at, type=element(target.type))
        after = self.builder.apply(ops.add, before, cotangent, type=element(target.type), cotangent=True)
        self.builder.effect(memory.store, target, *at, after)

    def zero(self, value: Value) -> Const:
        """A zero of the value's type."""
        return real(0.0, strong(value))


def smallest(builder: Builder, extents: list[Operand]) -> Operand:
    """The smallest of some extents."""
    return reduce(lambda x, y: x if x is y else builder.apply(ops.minimum, x, y, type=INT), extents)


def strong(value: Value) -> Scalar:
    """The element type of a cotangent."""
    return Scalar(value.type.dtype)
