"""Sorting, by a library call for the order of each line."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import argsorted, composed
from adcompile.compositions.axes import axis_of, lines, rows


@composed(np.argsort, method="argsort")
def argsort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    _check(kind)
    a = np.asarray(a)
    if axis is None:
        return argsorted(a.ravel())
    axis = axis_of(axis, a.ndim)
    if a.ndim == 1:
        return argsorted(a)
    each = rows(a, (axis,))
    flat = lines(each)
    places = np.empty(flat.shape, np.int64)
    for k in range(flat.shape[0]):
        places[k] = argsorted(flat[k])
    return np.moveaxis(places.reshape(each.shape), -1, axis)


@composed(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    _check(kind)
    a = np.asarray(a)
    if axis is None:
        flat = a.ravel()
        return flat[argsorted(flat)]
    axis = axis_of(axis, a.ndim)
    if a.ndim == 1:
        return a[argsorted(a)]
    each = rows(a, (axis,))
    flat = lines(each)
    result = np.empty_like(flat)
    for k in range(flat.shape[0]):
        result[k] = flat[k][argsorted(flat[k])]
    return np.moveaxis(result.reshape(each.shape), -1, axis)


@composed(method="sort")
def sort_in_place(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    a[...] = np.sort(a, axis, kind)


def _check(kind: Any) -> None:
    """Whatever the kind, the order is that of a stable sort, which each of them may give."""
    if kind not in (None, "quicksort", "heapsort", "mergesort", "stable"):
        raise ValueError("sort kind must be one of 'quick', 'heap', or 'stable'")


@composed(np.unique)
def unique(ar: Any) -> Any:
    ordered = np.sort(np.ravel(ar))
    count = 0
    for k in range(ordered.shape[0]):
        if _is_new(ordered, k):
            count += 1
    result = np.empty(count, ordered.dtype)
    end = 0
    for k in range(ordered.shape[0]):
        if _is_new(ordered, k):
            result[end] = ordered[k]
            end += 1
    return result


def _is_new(ordered: Any, k: Any) -> Any:
    """Is element k another one than that before it? All nan are one."""
    if k == 0:
        return True
    one, other = ordered[k - 1], ordered[k]
    return one != other and (one == one or other == other)
