"""Library calls take whole contiguous arrays; what is not one is copied, but for transposes of matrices and for leading
parts such as `x[i]`, which have a name of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from adcompile.ir.attributes import Attributes
from adcompile.ir.nodes import Apply, Operand, Value
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import Array, Scalar
from adcompile.lowering.arrays import Memory, View
from adcompile.lowering.maps import Axis, Fixed
from adcompile.ops import memory

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


def lower_call(state: Lowering, stmt: Apply) -> None:
    """A library call of the graph."""
    call(state, stmt.primitive, stmt.operands, stmt.results)


def call(state: Lowering, primitive: Primitive, operands: Sequence[Operand], results: Sequence[Value]) -> None:
    """Emit the call, and define what its results became."""
    given = [_contiguous(state, operand) for operand in operands]
    once = state.written.isdisjoint(results)
    attrs = Attributes(transpose=tuple(transposed for _, transposed in given), once=once)
    names = primitive.routine.names if primitive.routine is not None else ()
    made = tuple(Value(_type(r), r.hint or name, loc=state.builder.loc) for r, name in zip(results, names, strict=True))
    state.builder.append(Apply(primitive, tuple(root for root, _ in given), made, attrs, state.builder.loc))
    for result, root in zip(results, made, strict=True):
        if isinstance(root.type, Array):
            dims = state.dims(result)
            state.define(result, Memory(dims, root.type.dtype, state.builder.loc, root=root, base=root))
        else:
            state.scalars[result] = root


def _type(result: Value) -> Array | Scalar:
    type_ = result.type
    return Array(type_.dtype, type_.ndim) if isinstance(type_, Array) else type_


def _contiguous(state: Lowering, operand: Operand) -> tuple[Operand, bool]:
    """The operand as a contiguous root, and whether it is to be transposed; a number as it is."""
    if not isinstance(operand, Value) or not isinstance(operand.type, Array):
        return state.scalar(operand), False
    node = state.memory(operand)
    if isinstance(node, View):
        assert isinstance(node.base, Memory)
        if node.maps == (Axis(1), Axis(0)) and node.dims == node.base.dims[::-1] and _is_contiguous(node.base):
            return node.base.root, True
        leading = _leading(node)
        if leading is not None:
            type_ = Array(node.dtype, len(node.dims))
            return state.builder.apply(memory.row, node.base.root, *leading, type=type_, hint=operand.hint), False
    elif _is_contiguous(node):
        return node.root, False
    return state.fill_new(node, operand.hint).root, False


def _is_contiguous(node: Memory) -> bool:
    assert isinstance(node.root.type, Array)
    return node.root.type.layout == "C"


def _leading(view: View) -> list[Operand] | None:
    """The leading indices, if the view is the part of a C-contiguous root at these."""
    assert isinstance(view.base, Memory)
    if not _is_contiguous(view.base):
        return None
    fixed = [m.index for m in view.maps if isinstance(m, Fixed)]
    rest = [m for m in view.maps[len(fixed) :] if isinstance(m, Axis)]
    if len(fixed) + len(rest) != len(view.maps) or not fixed or len(rest) != len(view.dims):
        return None
    whole = all(m.axis == k and m.is_identity for k, m in enumerate(rest))
    same = all(d == view.base.dims[len(fixed) + k] for k, d in enumerate(view.dims))
    return fixed if whole and same else None
