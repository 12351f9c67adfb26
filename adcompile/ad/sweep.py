"""Cotangents: `bars` of scalars, shadows of arrays, and the small operations of every adjoint statement.

add(v, e)              v_bar += e
take(v)                v_bar, which ends here: v is defined by the statement being reversed
shadow(A)              the cotangent array of A; names of one memory have names of one shadow
accumulate(A, i, e)    A_bar[i] += e
"""

from __future__ import annotations

from adcompile.ad.frames import Frame, Layout
from adcompile.ad.residuals import Residuals
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, Const, Operand, Value, is_const, real
from adcompile.ir.types import INT, Array, Scalar, element
from adcompile.ops import memory
from adcompile.ops import scalar as ops


class Sweep:
    """The state of one backward sweep."""

    def __init__(self, layout: Layout, builder: Builder, active: set[Value]) -> None:
        self.layout = layout
        self.builder = builder
        self.active = active
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
            hint = bar(operand)
            bars[operand] = self.builder.apply(
                ops.add, before, cotangent, type=strong(operand), hint=hint, cotangent=True
            )
        named = bars[operand]
        if isinstance(named, Value) and not named.hint:
            named.hint = bar(operand)

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
            base, rest = self.shadow(stmt.operands[0]), map(self.residuals.need, stmt.operands[1:])
            return self.builder.apply(stmt.primitive, base, *rest, type=type_, hint=bar(array), **stmt.attrs)
        if stmt is None or self.residuals.frame_of(array) is self.frames[0]:
            return self.builder.apply(memory.alloc_like, array, type=type_, hint=bar(array), fill="zeros")
        extents = [self.extent(array, axis) for axis in range(type_.ndim)]
        return self.builder.apply(memory.alloc, *extents, type=type_, hint=bar(array), fill="zeros")

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
            case Apply(primitive=memory.matmul):
                ndim = stmt.operands[0].type.ndim  # type: ignore[union-attr]
                position, own = memory.product_extent(ndim, stmt.attrs["transpose"], axis)
                return self.extent(stmt.operands[position], own)
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
        cotangent.hint = bar(array)
        return True

    def accumulate(self, array: Operand, index: tuple[Operand, ...], cotangent: Operand) -> None:
        """A_bar[index] += cotangent."""
        target = self.shadow(array)
        before = self.builder.apply(memory.load, target, *index, type=element(target.type))
        after = self.builder.apply(ops.add, before, cotangent, type=element(target.type), cotangent=True)
        self.builder.effect(memory.store, target, *index, after)

    def zero(self, value: Value) -> Const:
        """A zero of the value's type."""
        return real(0.0, strong(value))


def bar(value: Value) -> str:
    """The name of a value's cotangent."""
    return f"{value.hint}_bar" if value.hint else ""


def strong(value: Value) -> Scalar:
    """The element type of a cotangent."""
    return Scalar(value.type.dtype)
