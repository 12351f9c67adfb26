"""Axes of arrays, as the other compositions take them."""

from __future__ import annotations

from typing import Any

import numpy as np


def axis_of(axis: Any, ndim: Any) -> Any:
    """The axis, counted from the front. Raises AxisError."""
    if axis < -ndim or axis >= ndim:
        raise np.exceptions.AxisError(f"axis {axis} is out of bounds for array of dimension {ndim}")
    return axis % ndim


def axes_of(axis: Any, ndim: Any) -> Any:
    """A tuple of axes: all of them for None."""
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, (tuple, list)):
        return tuple([axis_of(each, ndim) for each in axis])
    return (axis_of(axis, ndim),)


def rows(a: Any, axes: Any) -> Any:
    """The array with these axes last and as one."""
    if axes == (a.ndim - 1,):
        return a
    kept = tuple([k for k in range(a.ndim) if k not in axes])
    outer = tuple([a.shape[k] for k in kept])
    n = 1
    for k in axes:
        n = n * a.shape[k]
    return a.transpose(kept + axes).reshape((*outer, n))


def lines(a: Any) -> Any:
    """The array with all axes before the last one as one."""
    n = 1
    for k in range(a.ndim - 1):
        n = n * a.shape[k]
    return a.reshape(n, a.shape[-1])


def kept_dims(result: Any, axes: Any, keepdims: Any) -> Any:
    """The result of a reduction with these axes back, if asked for."""
    if not keepdims:
        return result
    for axis in sorted(axes):
        result = np.expand_dims(result, axis)
    return result


def at(axis: Any, index: Any) -> Any:
    """What is at this place of an axis: `a[at(1, k)]` is a[:, k]."""
    return (slice(None),) * axis + (index,)
