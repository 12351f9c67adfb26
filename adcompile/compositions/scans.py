"""Scans along an axis: cumulative sums and products, differences, and what is summed from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed
from adcompile.compositions.axes import at, axes_of, axis_of, kept_dims, rows
from adcompile.compositions.reductions import chosen


@composed(np.cumsum, method="cumsum")
def cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    a = np.asarray(a)
    if axis is None:
        a, axis = a.ravel(), 0
    return _running(np.add, a.astype(np.sum(a, dtype=dtype).dtype), axis)


@composed(np.cumprod, method="cumprod")
def cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    a = np.asarray(a)
    if axis is None:
        a, axis = a.ravel(), 0
    return _running(np.multiply, a.astype(np.sum(a, dtype=dtype).dtype), axis)


@composed(np.maximum.accumulate)
def running_maximum(array: Any, axis: Any = 0) -> Any:
    return _running(np.maximum, np.array(array), axis)


@composed(np.minimum.accumulate)
def running_minimum(array: Any, axis: Any = 0) -> Any:
    return _running(np.minimum, np.array(array), axis)


def _running(ufunc: Any, result: Any, axis: Any) -> Any:
    """What the ufunc makes of the elements so far, in place."""
    axis = axis_of(axis, result.ndim)
    for k in range(1, result.shape[axis]):
        result[at(axis, k)] = ufunc(result[at(axis, k - 1)], result[at(axis, k)])
    return result


@composed(np.prod, method="prod")
def prod(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, initial: Any = 1, where: Any = True
) -> Any:
    a = np.asarray(a)
    if np.ndim(initial) > 0:
        raise ValueError("`initial` must be a number")
    axes = axes_of(axis, a.ndim)
    each = rows(a if where is True else chosen(a, where, 1), axes)
    result = np.full(each.shape[:-1], initial, np.sum(a, dtype=dtype).dtype)[()]
    for k in range(each.shape[-1]):
        result = result * each[..., k]
    return kept_dims(result, axes, keepdims)


@composed(np.add.accumulate)
def add_accumulate(array: Any, axis: Any = 0, dtype: Any = None) -> Any:
    return np.cumsum(array, axis, dtype)


@composed(np.multiply.accumulate)
def multiply_accumulate(array: Any, axis: Any = 0, dtype: Any = None) -> Any:
    return np.cumprod(array, axis, dtype)


@composed(np.multiply.reduce)
def multiply_reduce(array: Any, axis: Any = 0, dtype: Any = None, *, keepdims: Any = False) -> Any:
    return np.prod(array, axis, dtype, keepdims=keepdims)


@composed(np.diff)
def diff(a: Any, n: Any = 1, axis: Any = -1) -> Any:
    a = np.asarray(a)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = axis_of(axis, a.ndim)
    for _ in range(n):
        later, earlier = a[at(axis, slice(1, None))], a[at(axis, slice(None, -1))]
        a = later != earlier if a.dtype == np.bool_ else later - earlier
    return a


@composed(np.ediff1d)
def ediff1d(ary: Any) -> Any:
    flat = np.ravel(ary)
    return flat[1:] - flat[:-1]


@composed(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    y = np.asarray(y)
    axis = axis_of(axis, y.ndim)
    if x is None:
        d = dx
    else:
        x = np.asarray(x)
        d = np.diff(x) if x.ndim == 1 else np.diff(x, axis=axis)
        if x.ndim == 1:
            d = d.reshape((-1,) + (1,) * (y.ndim - 1 - axis))
    return np.sum(d * (y[at(axis, slice(1, None))] + y[at(axis, slice(None, -1))]) / 2.0, axis=axis)


@composed(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None) -> Any:
    f = np.asarray(f)
    if f.dtype.kind in "iu":
        f = f.astype(np.float64)
    axes = axes_of(axis, f.ndim)
    alike = len(varargs) == 1 and np.ndim(varargs[0]) == 0
    if len(varargs) not in (0, len(axes)) and not alike:
        raise TypeError("invalid number of arguments")
    results = []
    for number, one in enumerate(axes):
        h = 1.0 if not varargs else varargs[0] if alike else varargs[number]
        results.append(_slope(f, one, h))
    return results[0] if len(axes) == 1 else tuple(results)


def _slope(f: Any, axis: Any, h: Any) -> Any:
    """Second-order differences inside, one-sided ones at the ends, for one spacing or given places."""
    size = f.shape[axis]
    if size < 2 and np.ndim(h) > 0:
        raise IndexError("Shape of array too small to calculate a numerical gradient")
    if size < 2:
        raise ValueError("Shape of array too small to calculate a numerical gradient")
    result = np.empty_like(f)
    before, here, after = (f[at(axis, slice(k, size - 2 + k))] for k in range(3))
    if np.ndim(h) == 0:
        result[at(axis, slice(1, -1))] = (after - before) / (2.0 * h)
        first, last = h, h
    else:
        h = np.asarray(h)
        h = h.astype(np.float64) if h.dtype.kind in "iu" else h
        d = np.diff(h).reshape((-1,) + (1,) * (f.ndim - 1 - axis))
        low, high = d[:-1], d[1:]
        weights = -high / (low * (low + high)), (high - low) / (low * high), low / (high * (low + high))
        result[at(axis, slice(1, -1))] = weights[0] * before + weights[1] * here + weights[2] * after
        first, last = h[1] - h[0], h[-1] - h[-2]
    result[at(axis, 0)] = (f[at(axis, 1)] - f[at(axis, 0)]) / first
    result[at(axis, -1)] = (f[at(axis, -1)] - f[at(axis, -2)]) / last
    return result
