"""Sequences and samples: convolution, polynomials, covariance."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed


@composed(np.convolve)
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    if a.shape[0] == 0 or v.shape[0] == 0:
        raise ValueError("an input of `np.convolve` cannot be empty")
    n, m = a.shape[0], v.shape[0]
    full = np.zeros(n + m - 1, (np.zeros(1, a.dtype) * np.zeros(1, v.dtype)).dtype)
    for i in range(n):
        for j in range(m):
            full[i + j] += a[i] * v[j]
    if mode == "full":
        return full
    small, large = min(n, m), max(n, m)
    if mode == "same":
        return full[(small - 1) // 2 : (small - 1) // 2 + large].copy()
    if mode == "valid":
        return full[small - 1 : large].copy()
    raise ValueError("mode must be one of 'full', 'same', 'valid'")


@composed(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    a, v = np.asarray(a), np.asarray(v)
    if a.ndim != 1 or v.ndim != 1:
        raise ValueError("`np.correlate` takes two vectors")
    if mode == "same" and v.shape[0] > a.shape[0]:
        return np.convolve(v, a[::-1], mode)[::-1].copy()
    return np.convolve(a, v[::-1], mode)


@composed(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    p, x = np.asarray(p), np.asarray(x)
    result = np.zeros(np.shape(x), (np.zeros(1, p.dtype) * x).dtype)[()]
    for k in range(p.shape[0]):
        result = result * x + p[k]
    return result


@composed(np.cov)
def cov(m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None) -> Any:
    rows = _variables(m, rowvar)
    if y is not None:
        rows = np.concatenate((rows, _variables(y, rowvar)), axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    deviations = rows - np.mean(rows, axis=1, keepdims=True)
    return np.squeeze(deviations @ deviations.T / max(rows.shape[1] - ddof, 0))


def _variables(m: Any, rowvar: Any) -> Any:
    """One variable a row."""
    m = np.asarray(m, np.float64)
    return m.T if not rowvar and m.ndim == 2 else np.atleast_2d(m)


@composed(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: Any = True) -> Any:
    c = np.cov(x, y, rowvar)
    if c.ndim == 0:
        return c / c
    d = np.sqrt(np.diag(c))
    return np.clip(c / d[:, None] / d[None, :], -1.0, 1.0)


@composed(np.array_equal)
def array_equal(a1: Any, a2: Any) -> Any:
    a1, a2 = np.asarray(a1), np.asarray(a2)
    if a1.ndim != a2.ndim:
        return False
    for one, other in zip(a1.shape, a2.shape, strict=True):
        if one != other:
            return False
    return bool(np.all(a1 == a2))
