"""Evenly spaced numbers, in NumPy's own order of operations: the last one is `stop` exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed, floating


def linspace(
    start: Any, stop: Any, num: Any, endpoint: Any, retstep: Any, dtype: Any, axis: Any, *, may_vanish: Any
) -> Any:
    """`np.linspace` of floats. `may_vanish`: the step may be zero although its ends differ, by underflow."""
    if num < 0:
        raise ValueError("Number of samples must be non-negative.")
    width = stop - start
    intervals = num - 1 if endpoint else num
    step = width / max(intervals, 1)
    count = np.arange(num).reshape((num,) + (1,) * np.ndim(width)).astype(np.asarray(step).dtype)
    if may_vanish:
        vanishes = np.any(step == 0)
        parts = np.where(vanishes, max(intervals, 1), 1).astype(count.dtype)
        steps = count / parts * np.where(vanishes, width, step)
    else:
        steps = count * step
    values = steps + start
    if endpoint:
        values = np.where((count == intervals) & (intervals > 0), stop, values)
    if axis != 0:
        values = np.moveaxis(values, 0, axis)
    if np.dtype(dtype).kind in "iu":
        values = np.floor(values)
    values = values.astype(dtype)
    if retstep:
        return values, np.where(intervals > 0, step, np.nan).astype(count.dtype)[()]
    return values


@composed(np.logspace)
def logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0, dtype: Any = None, axis: Any = 0
) -> Any:
    if np.ndim(base):
        raise NotImplementedError(
            "adcompile: `np.logspace` with an array as `base` is not supported\nUse `base ** exponents`."
        )
    values = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return values if dtype is None else values.astype(dtype)


@composed(np.geomspace)
def geomspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, dtype: Any = None, axis: Any = 0) -> Any:
    start, stop = floating(np.asarray(start)), floating(np.asarray(stop))
    if np.any(start == 0) or np.any(stop == 0):
        raise ValueError("Geometric sequence cannot include zero")
    sign = np.sign(start)
    first, last = start / sign, stop / sign
    values = np.logspace(np.log10(first), np.log10(last), num, endpoint)
    count = np.arange(num).reshape((num,) + (1,) * (values.ndim - 1))
    if endpoint:
        values = np.where((count == num - 1) & (num > 1), last, values)
    values = np.where(count == 0, first, values) * sign
    if axis != 0:
        values = np.moveaxis(values, 0, axis)
    return values if dtype is None else values.astype(dtype)
