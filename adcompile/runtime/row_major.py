"""Matrices from `np.linalg` in C order for code compiled by Numba, which has them in Fortran order.

    inverse = np.linalg.inv(a)        inverse = _inv(a)

What the compiler prints relies on the order that NumPy has: a reshape is a name for the same memory, and products want
contiguous rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

FUNCTIONS = ("inv", "pinv", "qr", "svd", "eigh")


@functools.cache
def function(name: str) -> Any:
    """The function of `np.linalg` for code compiled by Numba."""
    from numba import njit

    return njit(_made(njit(_rows), _upper_triangle())[name])


def _rows(matrix: Any) -> Any:
    n, m = matrix.shape
    result = np.empty((n, m), matrix.dtype)
    for i in range(n):
        for j in range(m):
            result[i, j] = matrix[i, j]
    return result


def _upper_triangle() -> Any:
    """`np.linalg.eigh(a, "U")`, which Numba lacks: LAPACK's syevd, as its own for the lower triangle calls it."""
    from numba.extending import overload

    def upper(a: Any) -> Any:
        raise NotImplementedError

    @overload(upper)
    def implementation(a: Any) -> Any:
        linalg = import_module("numba.np.linalg")
        linalg.ensure_lapack()
        syevd = linalg._LAPACK().numba_ez_xxxevd(a.dtype)
        kind, vectors, triangle = ord("d" if a.dtype.bitwidth == 64 else "s"), ord("V"), ord("U")

        def upper(a: Any) -> Any:
            n = a.shape[0]
            if a.shape[1] != n:
                raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square.")
            w, columns = np.empty(n, a.dtype), np.empty((n, n), a.dtype)
            for i in range(n):
                for j in range(n):
                    if not np.isfinite(a[i, j]):
                        raise np.linalg.LinAlgError("Array must not contain infs or NaNs.")
                    columns[j, i] = a[i, j]
            if n > 0:
                failed = syevd(kind, vectors, triangle, n, columns.ctypes, n, w.ctypes)
                if failed > 0:
                    raise np.linalg.LinAlgError("Eigenvalues did not converge")
                if columns.size + w.size == 0:  # they live until here
                    return np.empty(0, a.dtype), columns
            return w, columns.T.copy()

        return upper

    return upper


def _made(rows: Any, upper: Any) -> dict[str, Callable[..., Any]]:
    def inv(a: Any) -> Any:
        return rows(np.linalg.inv(a))

    def pinv(a: Any, rcond: Any) -> Any:
        return rows(np.linalg.pinv(a, rcond))

    def qr(a: Any) -> Any:
        q, r = np.linalg.qr(a)
        return rows(q), rows(r)

    def svd(a: Any, full_matrices: Any) -> Any:
        u, s, vh = np.linalg.svd(a, full_matrices)
        return rows(u), s, rows(vh)

    def eigh(a: Any, UPLO: Any = "L") -> Any:
        w, v = upper(a) if UPLO == "U" else np.linalg.eigh(a)
        return w, rows(v)

    return {"inv": inv, "pinv": pinv, "qr": qr, "svd": svd, "eigh": eigh}
