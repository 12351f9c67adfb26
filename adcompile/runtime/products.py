"""Products of matrices and vectors: loops for a few elements, BLAS for many, decided when the program runs.

    y = x @ w            if w.size <= FEW: loops
    np.dot(x, w, y)      else: BLAS, whose call alone takes as long as a product of some hundred numbers

The time of the BLAS call over that of the loops, for float64 and square matrices, on one core of an AMD Zen 3:

    size of w        4     8     16    32    64    128   512
    x @ w            8.4   2.9   2.2   1.8   1.0   0.97  0.83
    w @ x            10    6.6   2.0   1.7   1.15  0.93  0.91

Two matrices are multiplied by loops up to 4 x 4, where BLAS takes 1.9 times as long; at 6 x 6 it takes half as long.

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
# Up to how many products of numbers, for two matrices.
FEW_OF_MATRICES = 64
# What an int of BLAS holds.
MOST = 2**31 - 1


@functools.cache
def product() -> Any:
    """A function for code compiled by Numba: `x @ y`."""
    from numba.core import types
    from numba.extending import intrinsic

    def typed(typing_context: Any, x: Any, y: Any) -> Typed:
        if not _is_ours(x, y):
            return numbas_own(operator.matmul, typing_context, (x, y))
        implementation = _product(x.ndim, y.ndim)

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return context.compile_internal(builder, implementation, signature, args)

        return types.Array(x.dtype, x.ndim + y.ndim - 2, "C")(x, y), generate

    return intrinsic(typed)


@functools.cache
def product_into() -> Any:
    """A function for code compiled by Numba: `np.dot(x, y, z)`."""
    from numba.core import types
    from numba.extending import intrinsic

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        matrices = all(each.ndim == 2 for each in signature.args)
        (_multiply_matrices if matrices else _multiply)(context, builder, signature.args, args)
        return context.get_dummy_value()

    def typed(typing_context: Any, x: Any, y: Any, z: Any) -> Typed:
        if not _is_ours(x, y) or z.layout != "C" or z.dtype != x.dtype:
            return numbas_own(np.dot, typing_context, (x, y, z))
        return types.none(x, y, z), generate

    return intrinsic(typed)


def _is_ours(x: Any, y: Any) -> bool:
    """Are these contiguous floats of one type, and one of them a matrix?"""
    from numba.core import types

    arrays = all(isinstance(each, types.Array) and each.layout in ("C", "F") for each in (x, y))
    ranks = arrays and (x.ndim, y.ndim) in ((1, 2), (2, 1), (2, 2))
    return ranks and x.dtype == y.dtype and isinstance(x.dtype, types.Float)


@functools.cache
def _product(*ranks: int) -> Any:
    fresh, multiply = fresh_arrays.fresh(), product_into()

    def multiplied(x: Any, y: Any) -> Any:
        shape = x.shape[:-1] + y.shape[1:]
        z = fresh(np.empty(shape, x.dtype))
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
    _require(context, builder, fits)
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


def _multiply_matrices(context: Any, builder: Any, types: Any, args: Any) -> None:
    """The same for two matrices."""
    cgutils, linalg = import_module("numba.core.cgutils"), import_module("numba.np.linalg")
    x, y, z = (context.make_array(t)(context, builder, value) for t, value in zip(types, args, strict=True))
    (n, k), (inner, m), made = (cgutils.unpack_tuple(builder, each.shape) for each in (x, y, z))
    fits = builder.and_(_both(builder, (made[0], n), (made[1], m)), builder.icmp_signed("==", k, inner))
    _require(context, builder, fits)
    few = builder.icmp_signed("<=", builder.mul(builder.mul(n, m), k), n.type(FEW_OF_MATRICES))
    huge = [builder.icmp_signed(">", extent, n.type(MOST)) for extent in (n, m, k)]
    with builder.if_else(builder.or_(few, builder.or_(huge[0], builder.or_(*huge[1:]))), likely=True) as (loops, blas):
        with loops:
            zero = context.get_constant(types[2].dtype, 0.0)
            left = _Matrix(x.data, *((k, None) if types[0].layout == "C" else (None, n)))
            right = _Matrix(y.data, *((m, None) if types[1].layout == "C" else (None, k)))
            _rows_of_products(builder, left, right, z.data, (n, m, k), zero)
        with blas:
            linalg.ensure_blas()
            shapes = (n, k), (k, m), (n, m)
            arrays = zip(types, shapes, (x.data, y.data, z.data), strict=True)
            linalg.call_xxgemm(context, builder, *(each for array in arrays for each in array))


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A pointer, and how far apart rows and columns are; None stands for 1."""

    data: Any
    row: Any
    column: Any

    def at(self, builder: Any, i: Any, j: Any) -> Any:
        """The element."""
        places = [
            index if step is None else builder.mul(index, step) for index, step in ((i, self.row), (j, self.column))
        ]
        return builder.load(builder.gep(self.data, [builder.add(*places)]))


def _rows_of_products(
    builder: Any, left: _Matrix, right: _Matrix, result: Any, extents: tuple[Any, Any, Any], zero: Any
) -> None:
    """z[i, j] += x[i, l] * y[l, j], row by row."""
    cgutils = import_module("numba.core.cgutils")
    n, m, k = extents
    with cgutils.for_range(builder, n) as rows:
        row = builder.gep(result, [builder.mul(rows.index, m)])
        with cgutils.for_range(builder, m) as each:
            builder.store(zero, builder.gep(row, [each.index]))
        with cgutils.for_range(builder, k) as terms:
            factor = left.at(builder, rows.index, terms.index)
            with cgutils.for_range(builder, m) as columns:
                place = builder.gep(row, [columns.index])
                term = builder.fmul(right.at(builder, terms.index, columns.index), factor)
                builder.store(builder.fadd(builder.load(place), term), place)


def _require(context: Any, builder: Any, fits: Any) -> None:
    with builder.if_then(builder.not_(fits), likely=False):
        context.call_conv.return_user_exc(builder, ValueError, ("shapes of a product and its factors are not aligned",))


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
