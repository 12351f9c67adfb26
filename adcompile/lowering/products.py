"""Matrix products: BLAS for matrices of floats, loops for vectors and for what BLAS does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adcompile.ir.nodes import Apply, Operand, Value
from adcompile.ir.types import Array, is_float
from adcompile.lowering.arrays import Axis, Elementwise, Fixed, Memory, Node, View
from adcompile.lowering.reductions import Reduction
from adcompile.ops import memory
from adcompile.ops import scalar as ops

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


def lower_product(state: Lowering, stmt: Apply) -> None:
    """x @ y"""
    x, y = stmt.operands
    assert isinstance(x, Value) and isinstance(y, Value)
    result = stmt.results[0]
    if not isinstance(result.type, Array):
        total = Reduction((), result.type.dtype, base=_products(state, x, y, result), axes=(0,), kind="sum")
        total.name = result.hint
        state.scalars[result] = total.at(state.emitter, ())
    elif is_float(result.type):
        _blas(state, (x, y), result)
    else:
        base = _products(state, x, y, result)
        state.define(
            result, Reduction(state.dims(result), result.type.dtype, base=base, axes=(len(base.dims) - 1,), kind="sum")
        )


def _products(state: Lowering, x: Value, y: Value, result: Value) -> Node:
    """x[i, k] * y[k, j] over (i, j, k), without the axes that a vector lacks."""
    if x.type.ndim == y.type.ndim == 1:  # type: ignore[union-attr]
        dims, left, right = state.dims(x), (Axis(0),), (Axis(0),)
        first, second = state.node(x), state.node(y)
    else:
        dims = (*state.dims(result), state.dims(x)[-1])
        first, second = state.trivial_or_node(x), state.trivial_or_node(y)
        inner = len(dims) - 1
        left = (Axis(0), Axis(inner)) if x.type.ndim == 2 else (Axis(inner),)  # type: ignore[union-attr,assignment]
        right = (Axis(inner), Axis(inner - 1)) if y.type.ndim == 2 else (Axis(inner),)  # type: ignore[union-attr,assignment]
    factors = (
        View(dims, first.dtype, base=first, maps=left),
        View(dims, second.dtype, base=second, maps=right),
    )
    return Elementwise(dims, result.type.dtype, state.builder.loc, primitive=ops.mul, operands=factors)


def _blas(state: Lowering, operands: tuple[Value, Value], result: Value) -> None:
    (x, transpose_x), (y, transpose_y) = (_contiguous(state, o) for o in operands)
    type_ = Array(result.type.dtype, result.type.ndim)  # type: ignore[union-attr]
    made = state.builder.apply(
        memory.matmul,
        x,
        y,
        type=type_,
        hint=result.hint or "product",
        transpose=(transpose_x, transpose_y),
        once=result not in state.written,
    )
    state.define(result, Memory(state.dims(result), type_.dtype, state.builder.loc, root=made, base=made))


def _contiguous(state: Lowering, operand: Value) -> tuple[Value, bool]:
    """The operand as a contiguous root, and whether it is to be transposed."""
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
    return node.root.type.layout == "C"  # type: ignore[union-attr]


def _leading(view: View) -> list[Operand] | None:
    """The leading indices, if the view is the part of a C-contiguous root at these."""
    assert isinstance(view.base, Memory)
    if not _is_contiguous(view.base):
        return None
    fixed = [m.index for m in view.maps if isinstance(m, Fixed)]
    rest = [m for m in view.maps[len(fixed) :] if isinstance(m, Axis)]
    if len(fixed) + len(rest) != len(view.maps) or not fixed:
        return None
    whole = all(m.axis == k and m.is_identity for k, m in enumerate(rest))
    same = all(d == view.base.dims[len(fixed) + k] for k, d in enumerate(view.dims))
    return fixed if whole and same and len(rest) == len(view.dims) else None
