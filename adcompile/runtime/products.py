"""Products of a matrix and a vector: loops for a few elements, BLAS for many, decided when the program runs.

    y = x @ w            if w.size <= FEW: loops
    np.dot(x, w, y)      else: BLAS, whose call alone takes as long as a product of some hundred numbers

The time of the BLAS call over that of the loops, for float64 and square matrices, on one core of an AMD Zen 3:

    size of w        4     8     16    32    64    128   512
    x @ w            8.4   2.9   2.2   1.8   1.0   0.97  0.83
    w @ x            10    6.6   2.0   1.7   1.15  0.93  0.91

For two matrices, loops gain little (2.2 at 4, 0.85 at 8): these stay with BLAS.

The loops are written in LLVM's instructions: a function that Numba compiles counts a reference to each array that it is
given, which takes longer than a product of 8 x 8 numbers.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from adcompile.runtime import fresh_arrays
from adcompile.runtime.arithmetic import Typed, numbas_own

# Up to how many elements of the matrix loops are taken.
FEW = 4096
# What an int of BLAS holds.
MOST = 2**31 - 1


@functools.cache
def product() -> Any:
    """A function for code compiled by Numba: `x @ y`."""
    from numba.core import types
    from numba.extending import intrinsic

    def typed(typing_context: Any, x: Any, y: Any) -> Typed:
        if not _is_matrix_and_vector(x, y):
            return numbas_own(operator.matmul, typing_context, (x, y))
        implementation = _product(matrix_first=x.ndim == 2)

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return context.compile_internal(builder, implementation, signature, args)

        return types.Array(x.dtype, 1, "C")(x, y), generate

    return intrinsic(typed)


@functools.cache
def product_into() -> Any:
    """A function for code compiled by Numba: `np.dot(x, y, z)`."""
    from numba.core import types
    from numba.extending import intrinsic

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _multiply(context, builder, signature.args, args)
        return context.get_dummy_value()

    def typed(typing_context: Any, x: Any, y: Any, z: Any) -> Typed:
        if not _is_matrix_and_vector(x, y) or z.layout != "C" or z.dtype != x.dtype:
            return numbas_own(np.dot, typing_context, (x, y, z))
        return types.none(x, y, z), generate

    return intrinsic(typed)


def _is_matrix_and_vector(x: Any, y: Any) -> bool:
    from numba.core import types

    arrays = all(isinstance(each, types.Array) and each.layout in ("C", "F") for each in (x, y))
    return arrays and {x.ndim, y.ndim} == {1, 2} and x.dtype == y.dtype and isinstance(x.dtype, types.Float)


@functools.cache
def _product(*, matrix_first: bool) -> Any:
    fresh, multiply = fresh_arrays.fresh(), product_into()

    def multiplied(x: Any, y: Any) -> Any:
        z = fresh(np.empty(x.shape[0] if matrix_first else y.shape[1], x.dtype))
        multiply(x, y, z)
        return z

    return multiplied


@dataclass(frozen=True, slots=True)
class _Operands:
    """Pointers to a matrix with contiguous rows, a vector and their product; the extents of the matrix, and zero."""

    matrix: Any
    vector: Any
    result: Any
    rows: Any
    columns: Any
    zero: Any


def _multiply(context: Any, builder: Any, types: Any, args: Any) -> None:
    """Generate the choice between loops and BLAS. Raises ValueError where extents differ."""
    cgutils, linalg = import_module("numba.core.cgutils"), import_module("numba.np.linalg")
    x, y, z = (context.make_array(t)(context, builder, value) for t, value in zip(types, args, strict=True))
    matrix_first = types[0].ndim == 2
    w, v, matrix_type = (x, y, types[0]) if matrix_first else (y, x, types[1])
    shape = cgutils.unpack_tuple(builder, w.shape)
    rows, columns = shape if matrix_type.layout == "C" else shape[::-1]
    sums = matrix_first == (matrix_type.layout == "C")
    given, made = (cgutils.unpack_tuple(builder, each.shape)[0] for each in (v, z))
    fits = _both(builder, (given, columns if sums else rows), (made, rows if sums else columns))
    with builder.if_then(builder.not_(fits), likely=False):
        context.call_conv.return_user_exc(builder, ValueError, ("shapes of a product and its factors are not aligned",))
    most = rows.type(MOST)
    few = builder.icmp_signed("<=", builder.mul(rows, columns), rows.type(FEW))
    huge = builder.or_(builder.icmp_signed(">", rows, most), builder.icmp_signed(">", columns, most))
    with builder.if_else(builder.or_(few, huge), likely=True) as (loops, blas):
        with loops:
            zero = context.get_constant(types[2].dtype, 0.0)
            operands = _Operands(w.data, v.data, z.data, rows, columns, zero)
            (_sums if sums else _multiples)(builder, operands)
        with blas:
            linalg.ensure_blas()
            linalg.call_xxgemv(context, builder, sums, matrix_type, shape, w.data, v.data, z.data)


def _both(builder: Any, *pairs: tuple[Any, Any]) -> Any:
    one, other = (builder.icmp_signed("==", *pair) for pair in pairs)
    return builder.and_(one, other)


def _sums(builder: Any, operands: _Operands) -> None:
    """z[i] = sum of w[i, j] * v[j], in an order that LLVM may choose."""
    cgutils = import_module("numba.core.cgutils")
    total = cgutils.alloca_once(builder, operands.zero.type)
    with cgutils.for_range(builder, operands.rows) as outer:
        row = builder.gep(operands.matrix, [builder.mul(outer.index, operands.columns)])
        builder.store(operands.zero, total)
        with cgutils.for_range(builder, operands.columns) as inner:
            term = builder.fmul(_element(builder, row, inner.index), _element(builder, operands.vector, inner.index))
            builder.store(builder.fadd(builder.load(total), term, flags=("reassoc", "nsz")), total)
        builder.store(builder.load(total), builder.gep(operands.result, [outer.index]))


def _multiples(builder: Any, operands: _Operands) -> None:
    """z[i] += v[j] * w[j, i]"""
    cgutils = import_module("numba.core.cgutils")
    with cgutils.for_range(builder, operands.columns) as each:
        builder.store(operands.zero, builder.gep(operands.result, [each.index]))
    with cgutils.for_range(builder, operands.rows) as outer:
        row = builder.gep(operands.matrix, [builder.mul(outer.index, operands.columns)])
        factor = _element(builder, operands.vector, outer.index)
        with cgutils.for_range(builder, operands.columns) as inner:
            place = builder.gep(operands.result, [inner.index])
            term = builder.fmul(_element(builder, row, inner.index), factor)
            builder.store(builder.fadd(builder.load(place), term), place)


def _element(builder: Any, array: Any, index: Any) -> Any:
    return builder.load(builder.gep(array, [index]))
