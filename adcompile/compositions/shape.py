"""Shapes: joining, splitting, repeating, padding, moving axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed
from adcompile.compositions.axes import at, axis_of


@composed(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    sources = source if isinstance(source, (tuple, list)) else (source,)
    places = destination if isinstance(destination, (tuple, list)) else (destination,)
    if len(sources) != len(places):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    sources = [axis_of(each, a.ndim) for each in sources]
    places = [axis_of(each, a.ndim) for each in places]
    order = [k for k in range(a.ndim) if k not in sources]
    for place, one in sorted(zip(places, sources, strict=True)):
        order.insert(place, one)
    return a.transpose(order)


@composed(np.rollaxis)
def rollaxis(a: Any, axis: Any, start: Any = 0) -> Any:
    axis = axis_of(axis, a.ndim)
    start = start + a.ndim if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@composed(np.atleast_2d)
def atleast_2d(ary: Any) -> Any:
    ary = np.asarray(ary)
    return ary.reshape(1, 1) if ary.ndim == 0 else ary[None, :] if ary.ndim == 1 else ary


@composed(np.atleast_3d)
def atleast_3d(ary: Any) -> Any:
    ary = np.asarray(ary)
    if ary.ndim == 0:
        return ary.reshape(1, 1, 1)
    return ary[None, :, None] if ary.ndim == 1 else ary[:, :, None] if ary.ndim == 2 else ary


@composed(np.vstack)
def vstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_2d(each) for each in tup], axis=0)


@composed(np.hstack)
def hstack(tup: Any) -> Any:
    arrays = [np.atleast_1d(each) for each in tup]
    return np.concatenate(arrays, axis=0 if arrays[0].ndim == 1 else 1)


@composed(np.dstack)
def dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(each) for each in tup], axis=2)


@composed(np.column_stack)
def column_stack(tup: Any) -> Any:
    arrays = [np.asarray(each) for each in tup]
    return np.concatenate([each.reshape(-1, 1) if each.ndim < 2 else each for each in arrays], axis=1)


@composed(np.append)
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis=axis)


@composed(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    size = len(ary) if isinstance(ary, (tuple, list)) else ary.shape[axis]  # NumPy asks a list, whatever the axis
    ary = np.asarray(ary)
    if isinstance(indices_or_sections, (tuple, list)):
        bounds = [0, *indices_or_sections, size]
    else:
        count = indices_or_sections
        if count <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, rest = size // count, size % count
        bounds = [k * each + min(k, rest) for k in range(count + 1)]
    axis = axis_of(axis, ary.ndim)
    return [ary[at(axis, slice(bounds[k], bounds[k + 1]))] for k in range(len(bounds) - 1)]


@composed(np.split)
def split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    if not isinstance(indices_or_sections, (tuple, list)) and ary.shape[axis] % indices_or_sections != 0:
        raise ValueError("array split does not result in an equal division")
    return np.array_split(ary, indices_or_sections, axis)


@composed(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    return np.split(ary, indices_or_sections, 0)


@composed(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    return np.split(ary, indices_or_sections, 0 if ary.ndim == 1 else 1)


@composed(np.tile)
def tile(A: Any, reps: Any) -> Any:
    A = np.asarray(A)
    counts = tuple(reps) if isinstance(reps, (tuple, list)) else (reps,)
    counts = (1,) * (A.ndim - len(counts)) + counts
    shape = (1,) * (len(counts) - A.ndim) + A.shape
    apart: Any = ()
    together: Any = ()
    final: Any = ()
    for count, size in zip(counts, shape, strict=True):
        apart, together, final = (*apart, 1, size), (*together, count, size), (*final, count * size)
    return np.broadcast_to(A.reshape(apart), together).reshape(final).copy()


@composed(np.repeat, method="repeat")
def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    a = np.asarray(a)
    if axis is None:
        a, axis = a.ravel(), 0
    axis = axis_of(axis, a.ndim)
    size = a.shape[axis]
    if np.any(np.asarray(repeats) < 0):
        raise ValueError("repeats may not contain negative values.")
    if np.ndim(repeats) == 0:
        shape = (*a.shape[: axis + 1], repeats, *a.shape[axis + 1 :])
        final = (*a.shape[:axis], size * repeats, *a.shape[axis + 1 :])
        return np.broadcast_to(np.expand_dims(a, axis + 1), shape).reshape(final).copy()
    repeats = np.broadcast_to(np.asarray(repeats), (size,))
    places = np.empty(np.sum(repeats), np.int64)
    end = 0
    for k in range(size):
        for _ in range(repeats[k]):
            places[end] = k
            end += 1
    return a[at(axis, places)]


@composed(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    a = np.asarray(a)
    if axis is None:
        return np.roll(a.ravel(), shift, 0).reshape(a.shape)
    if isinstance(axis, (tuple, list)):
        shifts = shift if isinstance(shift, (tuple, list)) else (shift,) * len(axis)
        for one, each in zip(axis, shifts, strict=True):
            a = np.roll(a, each, one)
        return a
    axis = axis_of(axis, a.ndim)
    size = a.shape[axis]
    k = -shift % max(size, 1)
    return np.concatenate((a[at(axis, slice(k, size))], a[at(axis, slice(0, k))]), axis=axis)


@composed(np.fliplr)
def fliplr(m: Any) -> Any:
    return m[:, ::-1]


@composed(np.flipud)
def flipud(m: Any) -> Any:
    return m[::-1]


@composed(np.rot90)
def rot90(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    first, second = axis_of(axes[0], m.ndim), axis_of(axes[1], m.ndim)
    if k % 4 == 0:
        return m[:]
    if k % 4 == 2:
        return np.flip(np.flip(m, first), second)
    if k % 4 == 1:
        return np.swapaxes(np.flip(m, second), first, second)
    return np.flip(np.swapaxes(m, first, second), second)


@composed(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = 0) -> Any:
    array = np.asarray(array)
    widths = _pairs(pad_width, array.ndim)
    for before, after in widths:
        if before < 0 or after < 0:
            raise ValueError("index can't contain negative values")
    if mode == "constant":
        values = _pairs(constant_values, array.ndim)
        for axis in range(array.ndim):
            before, after = widths[axis]
            ends = array.shape[:axis], array.shape[axis + 1 :]
            left = np.full(ends[0] + (before,) + ends[1], values[axis][0], array.dtype)
            right = np.full(ends[0] + (after,) + ends[1], values[axis][1], array.dtype)
            array = np.concatenate((left, array, right), axis=axis)
        return array
    for axis in range(array.ndim):
        before, after = widths[axis]
        array = array[at(axis, _places(mode, before, after, array.shape[axis]))]
    return array.copy()  # in C order


def _pairs(given: Any, ndim: Any) -> Any:
    """Before and after, for each axis: from a number, a pair, or a pair for each axis."""
    if not isinstance(given, (tuple, list)):
        return [(given, given)] * ndim
    if not isinstance(given[0], (tuple, list)):
        return [(given[0], given[-1])] * ndim
    if len(given) == 1:
        return [(given[0][0], given[0][-1])] * ndim
    if len(given) != ndim:
        raise ValueError(f"{len(given)} pairs of widths or values for {ndim} axes")
    return [(each[0], each[-1]) for each in given]


def _places(mode: Any, before: Any, after: Any, size: Any) -> Any:
    """Where the elements of the padded axis come from."""
    places = np.arange(-before, size + after)
    if size == 0 and (before > 0 or after > 0):
        raise ValueError(f"can't extend empty axis using modes other than 'constant' or 'empty' ({mode})")
    if mode == "edge":
        return np.clip(places, 0, size - 1)
    if mode == "wrap":
        return places % max(size, 1)
    if mode == "reflect":
        period = max(2 * size - 2, 1)
        folded = places % period
        return np.minimum(folded, period - folded)
    if mode == "symmetric":
        folded = places % max(2 * size, 1)
        return np.minimum(folded, 2 * size - 1 - folded)
    what = f"adcompile: `np.pad` with `mode={mode}` is not supported"
    raise NotImplementedError(f"{what}\nSupported are: constant, edge, reflect, symmetric, wrap.")


@composed(np.meshgrid)
def meshgrid(*xi: Any, indexing: Any = "xy", sparse: Any = False) -> Any:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    arrays = [np.ravel(each) for each in xi]
    order = list(range(len(arrays)))
    if indexing == "xy" and len(arrays) > 1:
        order[0], order[1] = 1, 0
    open_ = [
        each.reshape(tuple([-1 if k == order[n] else 1 for k in range(len(order))])) for n, each in enumerate(arrays)
    ]
    if sparse:
        return tuple([each.copy() for each in open_])
    shape = [0] * len(order)
    for n, each in enumerate(arrays):
        shape[order[n]] = each.shape[0]
    return tuple([np.broadcast_to(each, tuple(shape)).copy() for each in open_])


@composed(np.ix_)
def ix_(*args: Any) -> Any:
    count = len(args)
    arrays = [np.asarray(each) for each in args]
    return tuple([each.reshape((1,) * k + (-1,) + (1,) * (count - k - 1)) for k, each in enumerate(arrays)])


@composed(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> Any:
    shape = np.broadcast_shapes(*[np.shape(each) for each in args])
    return tuple([np.broadcast_to(each, shape) for each in args])


@composed(np.tri)
def tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = float) -> Any:
    columns = N if M is None else M
    return (np.arange(N)[:, None] >= np.arange(-k, columns - k)).astype(dtype)


@composed(np.tril)
def tril(m: Any, k: Any = 0) -> Any:
    m = np.asarray(m)
    lower = np.arange(m.shape[-2])[:, None] >= np.arange(-k, m.shape[-1] - k)
    return np.where(lower, m, np.zeros((), m.dtype))


@composed(np.triu)
def triu(m: Any, k: Any = 0) -> Any:
    m = np.asarray(m)
    upper = np.arange(m.shape[-2])[:, None] <= np.arange(-k, m.shape[-1] - k)
    return np.where(upper, m, np.zeros((), m.dtype))


@composed(np.vander)
def vander(x: Any, N: Any = None, increasing: Any = False) -> Any:
    x = np.asarray(x)
    count = x.shape[0] if N is None else N
    result = np.ones((x.shape[0], count), (np.zeros(1, x.dtype) + np.zeros(1, np.int64)).dtype)
    for k in range(1, count):
        if increasing:
            result[:, k] = result[:, k - 1] * x
        else:
            result[:, count - 1 - k] = result[:, count - k] * x
    return result


@composed(np.diagflat)
def diagflat(v: Any, k: Any = 0) -> Any:
    return np.diag(np.ravel(v), k)


def mgrid(*ranges: Any) -> Any:
    """What `np.mgrid[...]` is for these (start, stop, step): the coordinates of a grid of whole numbers, stacked."""
    axes = [_whole(*each) for each in ranges]
    return axes[0] if len(axes) == 1 else np.stack(np.meshgrid(*axes, indexing="ij"))


def ogrid(*ranges: Any) -> Any:
    """What `np.ogrid[...]` is for these (start, stop, step)."""
    axes = [_whole(*each) for each in ranges]
    return axes[0] if len(axes) == 1 else np.meshgrid(*axes, indexing="ij", sparse=True)


def _whole(start: Any, stop: Any, step: Any) -> Any:
    return np.arange(0 if start is None else start, stop, 1 if step is None else step)
