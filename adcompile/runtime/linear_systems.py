"""`np.linalg.solve` for code compiled by Numba: the same LAPACK routine, copied to and from with plain loops.

    x = np.linalg.solve(a.T, b)        x = _solve(a.T, b)

Numba's own takes four to six seconds to compile for every combination of layouts; a program and its adjoint have
several. It also refuses NaN, which NumPy hands through.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from adcompile.runtime.arithmetic import Typed, numbas_own


@functools.cache
def solve() -> Any:
    """A function for code compiled by Numba: `np.linalg.solve(a, b)` of a matrix and a vector or a matrix."""
    from numba.core import types
    from numba.extending import intrinsic

    def typed(typing_context: Any, a: Any, b: Any) -> Typed:
        if not _is_system(a, b):
            return numbas_own(np.linalg.solve, typing_context, (a, b))
        implementation = _solve(a.dtype, b.ndim)

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return context.compile_internal(builder, implementation, signature, args)

        return types.Array(a.dtype, b.ndim, "C")(a, b), generate

    return intrinsic(typed)


def _is_system(a: Any, b: Any) -> bool:
    from numba.core import types

    arrays = isinstance(a, types.Array) and isinstance(b, types.Array)
    return arrays and a.ndim == 2 and b.ndim in (1, 2) and a.dtype == b.dtype and isinstance(a.dtype, types.Float)


@functools.cache
def _solve(dtype: Any, ndim: int) -> Callable[[Any, Any], Any]:
    """LAPACK's gesv, which takes columns: rows of the transposes."""
    linalg = import_module("numba.np.linalg")
    linalg.ensure_lapack()
    gesv = linalg._LAPACK().numba_xgesv(dtype)
    kind, pivot = ord("d" if dtype.bitwidth == 64 else "s"), linalg.F_INT_nptype
    is_vector = ndim == 1

    def solve(a: Any, b: Any) -> Any:
        n = a.shape[0]
        if a.shape[1] != n:
            raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
        if b.shape[0] != n:
            raise ValueError("solve: the first extents of both operands differ")
        m = 1
        if not is_vector:  # known when this is compiled
            m = b.shape[1]
        columns, x = np.empty((n, n), a.dtype), np.empty((m, n), b.dtype)
        for i in range(n):
            for j in range(n):
                columns[j, i] = a[i, j]
        if is_vector:
            for i in range(n):
                x[0, i] = b[i]
        else:
            for i in range(n):
                for k in range(m):
                    x[k, i] = b[i, k]
        if n > 0:
            pivots = np.empty(n, pivot)
            failed = gesv(kind, n, m, columns.ctypes, n, pivots.ctypes, x.ctypes, n)
            if failed > 0:
                raise np.linalg.LinAlgError("Singular matrix")
            if columns.size + x.size + pivots.size == 0:  # they live until here
                return np.empty(b.shape, b.dtype)
        if is_vector:
            return x[0]
        result = np.empty((n, m), b.dtype)
        for i in range(n):
            for k in range(m):
                result[i, k] = x[k, i]
        return result

    return solve
