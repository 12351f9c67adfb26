"""Matrices from `np.linalg` in C order for code compiled by Numba, which has them in Fortran order.

    inverse = np.linalg.inv(a)        inverse = _inv(a)

What the compiler prints relies on the order that NumPy has: a reshape is a name for the same memory, and products want
contiguous rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

FUNCTIONS = ("inv", "pinv", "qr", "svd", "eigh")


@functools.cache
def function(name: str) -> Any:
    """The function of `np.linalg` for code compiled by Numba."""
    from numba import njit

    return njit(_made(njit(_rows))[name])


def _rows(matrix: Any) -> Any:
    n, m = matrix.shape
    result = np.empty((n, m), matrix.dtype)
    for i in range(n):
        for j in range(m):
            result[i, j] = matrix[i, j]
    return result


def _made(rows: Any) -> dict[str, Callable[..., Any]]:
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

    def eigh(a: Any) -> Any:
        w, v = np.linalg.eigh(a)
        return w, rows(v)

    return {"inv": inv, "pinv": pinv, "qr": qr, "svd": svd, "eigh": eigh}
