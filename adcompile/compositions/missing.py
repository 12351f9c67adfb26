"""Missing data: functions that pass over NaN. What is passed over has no part in the value or the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed
from adcompile.compositions.axes import axes_of, kept_dims, lines, rows
from adcompile.compositions.selection import quantile_of


@composed(np.nanprod)
def nanprod(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    return np.prod(np.where(np.isnan(a), 1, a), axis=axis, keepdims=keepdims)


@composed(np.nancumsum)
def nancumsum(a: Any, axis: Any = None) -> Any:
    a = np.asarray(a)
    return np.cumsum(np.where(np.isnan(a), 0, a), axis=axis)


@composed(np.nancumprod)
def nancumprod(a: Any, axis: Any = None) -> Any:
    a = np.asarray(a)
    return np.cumprod(np.where(np.isnan(a), 1, a), axis=axis)


@composed(np.nanargmax)
def nanargmax(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    _require_numbers(a, axis)
    return np.argmax(np.where(np.isnan(a), -np.inf, a), axis=axis, keepdims=keepdims)


@composed(np.nanargmin)
def nanargmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    _require_numbers(a, axis)
    return np.argmin(np.where(np.isnan(a), np.inf, a), axis=axis, keepdims=keepdims)


def _require_numbers(a: Any, axis: Any) -> None:
    if np.any(np.all(np.isnan(a), axis=axis)):
        raise ValueError("All-NaN slice encountered")


@composed(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    if a.dtype.kind != "f":
        a = a.astype(np.float64)  # the sum of two small integers may be none
    axes = axes_of(axis, a.ndim)
    return kept_dims(_of_rows(rows(a, axes), _median, 0.5, "linear"), axes, keepdims)


def _median(ordered: Any, q: Any, method: Any) -> Any:
    size = ordered.shape[0]
    return 0.5 * (ordered[(size - 1) // 2] + ordered[size // 2])


@composed(np.nanquantile)
def nanquantile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    a = np.asarray(a)
    if a.dtype.kind != "f":
        a = a.astype(np.float64)
    axes = axes_of(axis, a.ndim)
    each = rows(a, axes)
    if np.ndim(q) > 0 or isinstance(q, np.float64):
        each = each.astype(np.float64)
    if np.ndim(q) == 0:
        return kept_dims(_of_rows(each, quantile_of, q, method), axes, keepdims)
    return np.stack([kept_dims(_of_rows(each, quantile_of, np.float64(one), method), axes, keepdims) for one in q])


@composed(np.nanpercentile)
def nanpercentile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    if np.ndim(q) == 0:
        return np.nanquantile(a, q / 100, axis, method=method, keepdims=keepdims)
    return np.nanquantile(a, [each / 100 for each in q], axis, method=method, keepdims=keepdims)


def _of_rows(each: Any, pick: Any, q: Any, method: Any) -> Any:
    """What `pick` finds in the numbers of each row, in order; nan where there is none."""
    ordered = np.sort(each)  # nan last
    flat = lines(ordered)
    result = np.full(flat.shape[0], np.nan, flat.dtype)
    for k in range(flat.shape[0]):
        count = np.sum(~np.isnan(flat[k]))
        if count > 0:
            result[k] = pick(flat[k][:count], q, method)
    return result.reshape(each.shape[:-1])[()]
