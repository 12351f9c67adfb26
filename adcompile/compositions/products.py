"""Products of vectors, matrices and arrays with more axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed


@composed(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    return np.dot(np.ravel(a), np.ravel(b))


@composed(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim == 1:
        return np.dot(b, a)
    if b.ndim == 1:
        return np.dot(a, b)
    return np.tensordot(a, b, ((a.ndim - 1,), (b.ndim - 1,)))


@composed(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if not isinstance(axes, (tuple, list)):
        ours, theirs = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        one, other = axes
        ours = [k % a.ndim for k in ([one] if isinstance(one, int) else list(one))]
        theirs = [k % b.ndim for k in ([other] if isinstance(other, int) else list(other))]
    if len(ours) != len(theirs):
        raise ValueError("shape-mismatch for sum")
    summed = 1
    for k, q in zip(ours, theirs, strict=False):
        if a.shape[k] != b.shape[q]:
            raise ValueError("shape-mismatch for sum")
        summed = summed * a.shape[k]
    rows = [k for k in range(a.ndim) if k not in ours]
    columns = [k for k in range(b.ndim) if k not in theirs]
    n, m = 1, 1
    for k in rows:
        n = n * a.shape[k]
    for k in columns:
        m = m * b.shape[k]
    if not rows and not columns:
        return np.dot(np.ravel(np.transpose(a, ours)), np.ravel(np.transpose(b, theirs)))
    left = np.reshape(np.transpose(a, rows + ours), (n, summed))
    right = np.reshape(np.transpose(b, theirs + columns), (summed, m))
    shape = [a.shape[k] for k in rows] + [b.shape[k] for k in columns]
    return np.reshape(left @ right, tuple(shape))


def rows(a: Any, b: Any) -> Any:
    """The product of an array with more than two axes and a vector or a matrix: all rows at once."""
    count = 1
    for extent in a.shape[:-1]:
        count = count * extent
    return np.reshape(np.reshape(a, (count, a.shape[-1])) @ b, a.shape[:-1] + b.shape[1:])


@composed(np.kron)
def kron(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    ndim = max(a.ndim, b.ndim)
    if ndim == 0:
        return a * b
    ours = (1,) * (ndim - a.ndim) + a.shape
    theirs = (1,) * (ndim - b.ndim) + b.shape
    left = [extent for n in ours for extent in (n, 1)]
    right = [extent for m in theirs for extent in (1, m)]
    return np.reshape(np.reshape(a, left) * np.reshape(b, right), [n * m for n, m in zip(ours, theirs, strict=True)])


@composed(np.cross)
def cross(a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if axis is not None:
        axisa, axisb, axisc = axis, axis, axis
    a, b = _last(a, axisa), _last(b, axisb)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        what = "adcompile: `np.cross` is supported for vectors of three elements only"
        raise NotImplementedError(f"{what}\nOf two elements, write `a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]`.")
    a0, a1, a2 = a[..., 0], a[..., 1], a[..., 2]
    b0, b1, b2 = b[..., 0], b[..., 1], b[..., 2]
    parts = (a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0)
    return np.stack(parts, axis=axisc)


def _last(x: Any, axis: Any) -> Any:
    """The array with this axis at the end."""
    order = [k for k in range(x.ndim) if k != axis % x.ndim]
    return np.transpose(x, [*order, axis % x.ndim])


@composed(np.linalg.multi_dot)
def multi_dot(arrays: Any) -> Any:
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    ndims = [np.ndim(each) for each in arrays]
    if ndims[0] not in (1, 2) or ndims[-1] not in (1, 2) or [k for k in ndims[1:-1] if k != 2]:
        raise np.linalg.LinAlgError("the arrays must be matrices, the first and last one may be vectors")
    if np.ndim(arrays[-1]) == 1:
        result = arrays[-1]
        for each in reversed(list(arrays[:-1])):
            result = np.dot(each, result)
        return result
    result = arrays[0]
    for each in arrays[1:]:
        result = np.dot(result, each)
    return result


def known_power(a: Any, n: Any) -> Any:
    """`np.linalg.matrix_power` where the power is known: no loop is left of it."""
    a = _squares(a)
    if n == 0:
        ones = np.empty_like(a)
        ones[...] = np.eye(a.shape[-1], dtype=a.dtype)
        return ones
    return _power(a, n) if n > 0 else _power(np.linalg.inv(a), -n)


def _power(a: Any, n: Any) -> Any:
    if n == 1:
        return a
    half = _power(a, n // 2)
    square = half @ half
    return square @ a if n % 2 else square


def power(a: Any, n: Any) -> Any:
    """`np.linalg.matrix_power` where it is not. The first power is the array itself, in NumPy too."""
    a = _squares(a)
    if n == 1:
        return a
    if n < 0:
        a, n = np.linalg.inv(a), -n
    result = None
    while n > 0:
        if n % 2 == 1:
            result = a if result is None else result @ a
        n = n // 2
        if n > 0:
            a = a @ a
    return (np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape) if result is None else result).copy()


def _squares(a: Any) -> Any:
    a = np.asarray(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError("`np.linalg.matrix_power` takes square matrices")
    return a


@composed(np.linalg.matrix_rank)
def matrix_rank(A: Any, tol: Any = None) -> Any:
    A = np.asarray(A)
    if A.ndim < 2:
        return int(np.any(A != 0))
    values = np.linalg.svd(A, compute_uv=False)
    if tol is None:
        largest = np.max(values, axis=-1, keepdims=True, initial=0.0)
        return np.count_nonzero(values > largest * (max(A.shape[-2:]) * np.finfo(values.dtype).eps), axis=-1)
    return np.count_nonzero(values > np.asarray(tol)[..., np.newaxis], axis=-1)


@composed(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    x = np.asarray(x)
    if x.ndim > 1 and x.shape[-1] * x.shape[-2] == 0:
        raise np.linalg.LinAlgError("cond is not defined on empty arrays")
    if p is None or p == 2:
        values = np.linalg.svd(x, compute_uv=False)
        return values[..., 0] / values[..., -1]
    if p == -2:
        values = np.linalg.svd(x, compute_uv=False)
        return values[..., -1] / values[..., 0]
    axes = (-2, -1)
    return np.linalg.norm(x, p, axes) * np.linalg.norm(np.linalg.inv(x), p, axes)
