"""Reductions over axes that are made of sums, products and extrema."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed
from adcompile.compositions.axes import axes_of


def chosen(a: Any, where: Any, other: Any, axis: Any = None) -> Any:
    """The elements where the mask is true, `other` in place of the rest. Raises AxisError first, as NumPy does."""
    a = np.asarray(a)
    if a.ndim > 0 or axis not in (0, -1):
        axes_of(axis, a.ndim)
    return np.where(np.broadcast_to(where, a.shape), a, other)


def mean_where(a: Any, axis: Any, dtype: Any, keepdims: Any, where: Any) -> Any:
    a = np.asarray(a)
    if dtype is None:
        dtype = a.dtype if a.dtype.kind == "f" else np.float64
    total = np.sum(a, axis, dtype, keepdims=keepdims, where=where)
    return total / np.sum(np.broadcast_to(where, a.shape), axis, keepdims=keepdims).astype(total.dtype)


def max_where(a: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    return _extremum(np.maximum, np.max, _compared(a, initial, where, "maximum", axis), axis, keepdims, initial)


def min_where(a: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    return _extremum(np.minimum, np.min, _compared(a, initial, where, "minimum", axis), axis, keepdims, initial)


def _extremum(pick: Any, reduce: Any, a: Any, axis: Any, keepdims: Any, initial: Any) -> Any:
    if _is_empty(a, axis):
        return _constant(a, axis, keepdims, initial)
    return pick(reduce(a, axis=axis, keepdims=keepdims), initial)


def _compared(a: Any, initial: Any, where: Any, name: str, axis: Any) -> Any:
    """The elements to compare."""
    if initial is None:
        told = f"reduction operation '{name}' does not have an identity, so to use a where mask one has to specify"
        raise ValueError(f"{told} 'initial'")
    a = np.asarray(a)
    return a if where is True else chosen(a, where, initial, axis)


def _is_empty(a: Any, axis: Any) -> Any:
    empty = False
    for k in axes_of(axis, a.ndim):
        empty = empty or a.shape[k] == 0
    return empty


def _constant(a: Any, axis: Any, keepdims: Any, value: Any) -> Any:
    """What a reduction of nothing gives."""
    return np.sum(a, axis=axis, keepdims=keepdims, dtype=a.dtype) + value


@composed(np.any, method="any")
def any_(a: Any, axis: Any = None, *, keepdims: Any = False, where: Any = True) -> Any:
    return np.sum(np.asarray(a) != 0, axis=axis, keepdims=keepdims, where=where) > 0


@composed(np.all, method="all")
def all_(a: Any, axis: Any = None, *, keepdims: Any = False, where: Any = True) -> Any:
    return np.sum(np.asarray(a) == 0, axis=axis, keepdims=keepdims, where=where) == 0


@composed(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return np.sum(np.asarray(a) != 0, axis=axis, keepdims=keepdims)


@composed(np.add.reduce)
def add_reduce(array: Any, axis: Any = 0, dtype: Any = None, *, keepdims: Any = False) -> Any:
    return np.sum(array, axis, dtype, keepdims=keepdims)


@composed(np.maximum.reduce)
def maximum_reduce(array: Any, axis: Any = 0, *, keepdims: Any = False) -> Any:
    return np.max(array, axis, keepdims=keepdims)


@composed(np.minimum.reduce)
def minimum_reduce(array: Any, axis: Any = 0, *, keepdims: Any = False) -> Any:
    return np.min(array, axis, keepdims=keepdims)


@composed(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@composed(np.var, method="var")
def var(a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False, where: Any = True) -> Any:
    a = np.asarray(a)
    if where is not True:
        center = np.mean(a, axis=axis, dtype=dtype, keepdims=True, where=where)
        squares = np.sum((a - center) ** 2, axis=axis, keepdims=keepdims, where=where)
        count = np.sum(np.broadcast_to(where, a.shape), axis=axis, keepdims=keepdims)
        return squares / np.maximum(count - ddof, 0).astype(squares.dtype)
    center = np.mean(a, axis=axis, dtype=dtype, keepdims=True)
    squares = np.sum((a - center) ** 2, axis=axis, keepdims=keepdims)
    n = 1
    for k in axes_of(axis, a.ndim):
        n = n * a.shape[k]
    return squares / (max(n - ddof, 0) if ddof else n)


@composed(np.std, method="std")
def std(a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False, where: Any = True) -> Any:
    return np.sqrt(np.var(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=where))


@composed(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    axes_of(axis, a.ndim)  # raises for an axis that the array has not
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        count = np.sum(np.ones(a.shape, mean.dtype), axis=axis, keepdims=keepdims)
        return (mean, count) if returned else mean
    weights = np.asarray(weights)
    if weights.ndim != a.ndim:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        if weights.ndim != 1:
            raise TypeError("1D weights expected when shapes of a and weights differ.")
        if weights.shape[0] != a.shape[axis]:
            raise ValueError("Length of weights not compatible with specified axis.")
        weights = np.broadcast_to(weights, a.shape[:0] + (1,) * (a.ndim - 1) + (weights.shape[0],)).swapaxes(-1, axis)
        weights = np.broadcast_to(weights, a.shape)
    weighted = a * weights + 0.0
    scale = np.sum(weights, axis=axis, dtype=weighted.dtype, keepdims=keepdims)
    if np.any(scale == 0.0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = np.sum(weighted, axis=axis, keepdims=keepdims) / scale
    return (mean, scale) if returned else mean


@composed(np.nansum)
def nansum(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    return np.sum(np.where(np.isnan(a), 0, a), axis=axis, keepdims=keepdims)


@composed(np.nanmean)
def nanmean(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    total = np.nansum(a, axis=axis, keepdims=keepdims)
    return total / np.sum(~np.isnan(a), axis=axis, keepdims=keepdims).astype(total.dtype)


@composed(np.nanvar)
def nanvar(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    deviations = a - np.nanmean(a, axis=axis, keepdims=True)
    total = np.nansum(deviations**2, axis=axis, keepdims=keepdims)
    return total / (np.sum(~np.isnan(a), axis=axis, keepdims=keepdims) - ddof).astype(total.dtype)


@composed(np.nanstd)
def nanstd(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    return np.sqrt(np.nanvar(a, axis=axis, ddof=ddof, keepdims=keepdims))


@composed(np.nanmax)
def nanmax(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    nothing = np.all(np.isnan(a), axis=axis, keepdims=keepdims)
    largest = np.max(np.where(np.isnan(a), -np.inf, a), axis=axis, keepdims=keepdims)
    return np.where(nothing, np.nan, largest)


@composed(np.nanmin)
def nanmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    nothing = np.all(np.isnan(a), axis=axis, keepdims=keepdims)
    least = np.min(np.where(np.isnan(a), np.inf, a), axis=axis, keepdims=keepdims)
    return np.where(nothing, np.nan, least)
