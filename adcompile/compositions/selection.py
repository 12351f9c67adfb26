"""Choosing elements: by index, by order, by condition; and counting them."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import apart, composed
from adcompile.compositions.axes import at, axes_of, axis_of, kept_dims, lines, rows


@composed(np.take, method="take")
def take(a: Any, indices: Any, axis: Any = None) -> Any:
    a, indices = np.asarray(a), np.asarray(indices)
    if axis is None:
        a, axis = a.ravel(), 0
    return a[at(axis_of(axis, a.ndim), indices)].copy()  # in C order, and of one index too


@composed(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    if axis is None:
        return np.ravel(arr)[indices]
    axis = axis_of(axis, arr.ndim)
    index: Any = ()
    for k in range(arr.ndim):
        if k == axis:
            index = (*index, indices)
        else:
            index = (*index, np.arange(arr.shape[k]).reshape((-1,) + (1,) * (arr.ndim - k - 1)))
    return arr[index]


@composed(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    result = default
    for k in range(len(condlist) - 1, -1, -1):
        result = np.where(condlist[k], choicelist[k], result)
    return result


@composed(np.choose, method="choose")
def choose(a: Any, choices: Any) -> Any:
    if np.any((np.asarray(a) < 0) | (np.asarray(a) >= len(choices))):
        raise ValueError("invalid entry in choice array")
    result = choices[-1]
    for k in range(len(choices) - 2, -1, -1):
        result = np.where(a == k, choices[k], result)
    return result


@composed(np.flatnonzero)
def flatnonzero(a: Any) -> Any:
    flat = np.asarray(a).ravel()
    places = np.empty(np.sum(flat != 0), np.int64)
    end = 0
    for k in range(flat.shape[0]):
        if flat[k] != 0:
            places[end] = k
            end += 1
    return places


@composed(np.nonzero, method="nonzero")
def nonzero(a: Any) -> Any:
    a = np.asarray(a)
    if a.ndim == 0:
        raise ValueError("nonzero of an array without axes is not defined")
    places = np.flatnonzero(a)
    result: Any = []
    for k in range(a.ndim - 1, -1, -1):
        size = max(a.shape[k], 1)
        result.insert(0, places % size)
        places = places // size
    return tuple([apart(each, a.ndim) for each in result])  # NumPy has them as the columns of one array


@composed(np.argwhere)
def argwhere(a: Any) -> Any:
    return np.stack(np.nonzero(a)).T


@composed(np.compress)
def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    if np.ndim(condition) != 1:
        raise ValueError("condition must be a 1-d array")
    return np.take(a, np.flatnonzero(condition), axis)


@composed(method="compress")
def compressed(a: Any, condition: Any, axis: Any = None) -> Any:
    return np.compress(condition, a, axis)


@composed(np.delete)
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    a = np.asarray(arr)
    if axis is None:
        a, axis = a.ravel(), 0
    axis = axis_of(axis, a.ndim)
    kept = np.ones(a.shape[axis], np.bool_)
    kept[np.asarray(obj) if isinstance(obj, (list, tuple)) else obj] = False
    return np.compress(kept, a, axis)


@composed(np.putmask)
def putmask(a: Any, mask: Any, values: Any) -> None:
    values = np.asarray(values)
    if values.ndim > 0 and values.shape != a.shape:
        what = "adcompile: `np.putmask` with values of another shape, which are repeated, is not supported"
        raise NotImplementedError(f"{what}\nRepeat them: `np.resize` outside the function.")
    a[...] = np.where(mask, values.astype(a.dtype), a)


def copied_where(dst: Any, src: Any, where: Any) -> None:
    dst[...] = np.where(where, src, dst)


@composed(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    return np.ravel(arr)[np.flatnonzero(condition)]


@composed(np.argmax, method="argmax")
def argmax(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return _of_lines(a, axis, keepdims, _argmax, "attempt to get argmax of an empty sequence")


@composed(np.argmin, method="argmin")
def argmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return _of_lines(a, axis, keepdims, _argmin, "attempt to get argmin of an empty sequence")


def _of_lines(a: Any, axis: Any, keepdims: Any, place: Any, message: Any) -> Any:
    """What `place` finds in each line along these axes."""
    a = np.asarray(a)
    axes = axes_of(axis, a.ndim)
    each = rows(a, axes)
    if each.shape[-1] == 0:
        raise ValueError(message)
    if each.ndim == 1 and not keepdims:
        return place(each)
    flat = lines(each)
    places = np.empty(flat.shape[0], np.int64)
    for k in range(flat.shape[0]):
        places[k] = place(flat[k])
    return kept_dims(places.reshape(each.shape[:-1]), axes, keepdims)


def _argmax(line: Any) -> Any:
    best = np.int64(0)
    for k in range(1, line.shape[0]):
        if line[k] > line[best] or (line[k] != line[k] and line[best] == line[best]):
            best = np.int64(k)
    return best


def _argmin(line: Any) -> Any:
    best = np.int64(0)
    for k in range(1, line.shape[0]):
        if line[k] < line[best] or (line[k] != line[k] and line[best] == line[best]):
            best = np.int64(k)
    return best


@composed(np.searchsorted, method="searchsorted")
def searchsorted(a: Any, v: Any, side: Any = "left") -> Any:
    a, v = np.asarray(a), np.asarray(v)
    if side not in ("left", "right"):
        raise ValueError(f"side must be 'left' or 'right' (got '{side}')")
    if v.ndim == 0:
        return np.int64(_place(a, v[()], side))
    flat = v.ravel()
    places = np.empty(flat.shape[0], np.int64)
    for k in range(flat.shape[0]):
        places[k] = _place(a, flat[k], side)
    return places.reshape(v.shape)


def _place(a: Any, x: Any, side: Any) -> Any:
    """How many elements of a sorted array come before x; nan comes last."""
    low, high = 0, a.shape[0]
    while low < high:
        middle = (low + high) // 2
        if a[middle] < x or (side == "right" and a[middle] == x) or (x != x and a[middle] == a[middle]):
            low = middle + 1
        else:
            high = middle
    return low


@composed(np.digitize)
def digitize(x: Any, bins: Any, right: Any = False) -> Any:
    bins = np.asarray(bins)
    side: Any = "left" if right else "right"
    if np.all(bins[1:] >= bins[:-1]):
        return np.searchsorted(bins, x, side=side)
    if not np.all(bins[1:] <= bins[:-1]):
        raise ValueError("bins must be monotonically increasing or decreasing")
    return len(bins) - np.searchsorted(bins[::-1], x, side=side)


@composed(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    x, xp, fp = (np.asarray(each, np.float64) for each in (x, xp, fp))
    if xp.shape[0] == 0:
        raise ValueError("array of sample points is empty")
    if xp.shape[0] != fp.shape[0]:
        raise ValueError("fp and xp are not of the same length.")
    below = fp[0] if left is None else left
    above = fp[-1] if right is None else right
    if x.ndim == 0:
        return _interpolated(x[()], xp, fp, below, above)
    flat = x.ravel()
    result = np.empty(flat.shape[0])
    for k in range(flat.shape[0]):
        result[k] = _interpolated(flat[k], xp, fp, below, above)
    return result.reshape(x.shape)


def _interpolated(x: Any, xp: Any, fp: Any, below: Any, above: Any) -> Any:
    last = xp.shape[0] - 1
    if x != x:
        return x
    if x > xp[last]:
        return above * 1.0
    if x < xp[0]:
        return below * 1.0
    k = _place(xp, x, "right") - 1
    if k >= last:
        return fp[last] * 1.0
    return (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k]) * (x - xp[k]) + fp[k]


@composed(np.bincount)
def bincount(x: Any, weights: Any = None, minlength: Any = 0) -> Any:
    x = np.asarray(x)
    length = minlength
    for k in range(x.shape[0]):
        if x[k] < 0:
            raise ValueError("'list' argument must have no negative elements")
        length = max(length, int(x[k]) + 1)
    if weights is None:
        counts = np.zeros(length, np.int64)
        for k in range(x.shape[0]):
            counts[x[k]] += 1
        return counts
    if len(weights) != len(x):
        raise ValueError("The weights and list don't have the same length.")
    sums = np.zeros(length)
    for k in range(x.shape[0]):
        sums[x[k]] += weights[k]
    return sums


@composed(np.histogram)
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    a = np.ravel(a)
    if np.ndim(bins) == 0:
        if range is None:
            if a.shape[0] == 0:
                what = "adcompile: `np.histogram` of an array without elements is not supported"
                raise NotImplementedError(f"{what}\nPass `range=(0.0, 1.0)`, which NumPy takes then.")
            low, high = np.min(a) * 1.0, np.max(a) * 1.0
        else:
            low, high = range[0] * 1.0, range[1] * 1.0
        if not np.isfinite(low) or not np.isfinite(high):
            raise ValueError("the range of `np.histogram` is not finite")
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = np.linspace(low, high, bins + 1)
    else:
        edges = np.asarray(bins)
    count = edges.shape[0] - 1
    each = np.ones(a.shape, np.int64) if weights is None else np.ravel(weights)
    sums = np.zeros(count, each.dtype)
    for x, weight in zip(a, each, strict=True):
        if edges[0] <= x <= edges[count]:
            sums[min(_place(edges, x, "right") - 1, count - 1)] += weight
    if density:
        return sums / np.diff(edges) / np.sum(sums), edges
    return sums, edges


@composed(np.median)
def median(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    if a.dtype.kind != "f":
        a = a.astype(np.float64)  # the sum of two small integers may be none
    axes = axes_of(axis, a.ndim)
    ordered = np.sort(rows(a, axes))
    size = ordered.shape[-1]
    if size == 0:
        return kept_dims(np.full(ordered.shape[:-1], np.nan, a.dtype), axes, keepdims)[()]
    low, high = ordered[..., (size - 1) // 2], ordered[..., size // 2]
    return kept_dims(np.where(np.isnan(ordered[..., -1]), ordered[..., -1], 0.5 * (low + high)), axes, keepdims)


@composed(np.quantile)
def quantile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    a = np.asarray(a)
    axes = axes_of(axis, a.ndim)
    ordered = np.sort(rows(a, axes))
    if np.ndim(q) == 0:
        return kept_dims(quantile_of(ordered, q, method), axes, keepdims)
    return np.stack([kept_dims(quantile_of(ordered, np.float64(each), method), axes, keepdims) for each in q])


def quantile_of(ordered: Any, q: Any, method: Any) -> Any:
    """The quantile along the last axis, which is in order."""
    if q < 0.0 or q > 1.0:
        raise ValueError("Quantiles must be in the range [0, 1]")
    return np.where(np.isnan(ordered[..., -1]), ordered[..., -1], _of_method(ordered, q, method))


def _of_method(ordered: Any, q: Any, method: Any) -> Any:
    place = q * (ordered.shape[-1] - 1)
    low = int(np.floor(place))
    high = min(low + 1, ordered.shape[-1] - 1)
    share = place - low
    if method == "lower":
        return ordered[..., low]
    if method == "higher":
        return ordered[..., int(np.ceil(place))]
    if method == "nearest":
        return ordered[..., int(np.rint(place))]
    if method == "midpoint":
        share = 0.5 if share > 0.0 else 0.0
    elif method != "linear":
        what = f"adcompile: `method={method}` of quantiles is not supported"
        raise NotImplementedError(f"{what}\nSupported are: linear, lower, higher, nearest, midpoint.")
    return ordered[..., low] + share * (ordered[..., high] - ordered[..., low])


@composed(np.percentile)
def percentile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    if np.ndim(q) == 0:
        return np.quantile(a, q / 100, axis, method=method, keepdims=keepdims)
    return np.quantile(a, [each / 100 for each in q], axis, method=method, keepdims=keepdims)


@composed(np.add.at)
def add_at(a: Any, indices: Any, b: Any = None) -> Any:
    indices = np.asarray(indices)
    if indices.ndim == 0:
        a[indices] += b
        return
    flat = indices.ravel()
    b = np.broadcast_to(b, indices.shape + a.shape[1:]).reshape((-1, *a.shape[1:]))
    for k in range(flat.shape[0]):
        a[flat[k]] += b[k]
