"""Matrix products: BLAS for matrices of floats, loops for vectors and for what BLAS does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adcompile.ir.nodes import Apply, Value
from adcompile.ir.types import Array, is_float
from adcompile.lowering.arrays import Elementwise, Node, View
from adcompile.lowering.library import call
from adcompile.lowering.maps import Axis
from adcompile.lowering.reductions import Reduction
from adcompile.ops import library
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
        call(state, library.matmul, (x, y), (result,))
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
