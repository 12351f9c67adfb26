"""Products of a matrix and a vector: loops for a few elements, BLAS for many, decided when the program runs.

    y = x @ w          if w.size <= FEW: loops
                       else: BLAS, whose call alone takes as long as a product of some hundred numbers

The time of the BLAS call over that of the loops, for float64 and square matrices, on one core of an AMD Zen 3:

    size of w        4     8     16    32    64    128   512
    x @ w            8.4   2.9   2.2   1.8   1.0   0.97  0.83
    w @ x            10    6.6   2.0   1.7   1.15  0.93  0.91

For two matrices, loops gain little (2.2 at 4, 0.85 at 8): these stay with BLAS.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompile.runtime import arithmetic, fresh_arrays
from adcompile.runtime.arithmetic import Typed, numbas_own

# Up to how many elements of the matrix loops are taken.
FEW = 4096


@functools.cache
def product() -> Any:
    """A function for code compiled by Numba: `x @ y`."""
    from numba.core import types
    from numba.extending import intrinsic

    def typed(typing_context: Any, x: Any, y: Any) -> Typed:
        if not _is_matrix_and_vector(x, y):
            return numbas_own(operator.matmul, typing_context, (x, y))
        matrix_first = x.ndim == 2
        layout = (x if matrix_first else y).layout
        implementation = _product(matrix_first=matrix_first, by_rows=matrix_first == (layout == "C"))

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return context.compile_internal(builder, implementation, signature, args)

        return types.Array(x.dtype, 1, "C")(x, y), generate

    return intrinsic(typed)


def _is_matrix_and_vector(x: Any, y: Any) -> bool:
    from numba.core import types

    arrays = all(isinstance(each, types.Array) and each.layout in ("C", "F") for each in (x, y))
    return arrays and {x.ndim, y.ndim} == {1, 2} and x.dtype == y.dtype and isinstance(x.dtype, types.Float)


@functools.cache
def _product(*, matrix_first: bool, by_rows: bool) -> Callable[[Any, Any], Any]:
    """The choice between loops and BLAS for a matrix w whose rows (or columns) are contiguous and a vector v."""
    add, fresh = arithmetic.add(), fresh_arrays.fresh()

    def sums(x: Any, y: Any) -> Any:
        if matrix_first:  # known when this is compiled
            w, v = x, y
        else:
            w, v = y.T, x
        if w.size > FEW or w.shape[1] != v.size:
            return x @ y
        z = fresh(np.empty(w.shape[0], w.dtype))
        for i in range(w.shape[0]):
            total = v.dtype.type(0.0)
            for j in range(w.shape[1]):
                total = add(total, w[i, j] * v[j])
            z[i] = total
        return z

    def multiples(x: Any, y: Any) -> Any:
        if matrix_first:
            w, v = x, y
        else:
            w, v = y.T, x
        if w.size > FEW or w.shape[1] != v.size:
            return x @ y
        z = fresh(np.zeros(w.shape[0], w.dtype))
        for j in range(w.shape[1]):
            factor = v[j]
            for i in range(w.shape[0]):
                z[i] += w[i, j] * factor
        return z

    return sums if by_rows else multiples
