"""Norms of vectors and matrices. The derivative at the zero vector is zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed
from adcompile.compositions.axes import axis_of


@composed(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    if axis is None:
        if ord is None or (x.ndim == 1 and ord == 2) or (x.ndim == 2 and ord in ("f", "fro")):
            length = _length(np.ravel(x), None, False)
            return np.full((1,) * x.ndim, length) if keepdims else length
        if x.ndim not in (1, 2):
            raise ValueError("Improper number of dimensions to norm.")
        axis = tuple(range(x.ndim))
    axes = tuple([axis_of(each, x.ndim) for each in (axis if isinstance(axis, tuple) else (axis,))])
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    first, second = axes
    if first == second:
        raise ValueError("Duplicate axes given.")
    return _matrix_norm(x, ord, first, second, keepdims)


def _length(x: Any, axis: Any, keepdims: Any) -> Any:
    """The root of the sum of squares."""
    squares = np.sum(x * x, axis=axis, keepdims=keepdims)
    return np.where(squares > 0.0, np.sqrt(squares), squares) if np.ndim(squares) else _root(squares)


def _root(square: Any) -> Any:
    return np.sqrt(square) if square > 0.0 else square


def _vector_norm(x: Any, ord: Any, axis: Any, keepdims: Any) -> Any:
    if ord is None or ord == 2:
        return _length(x, axis, keepdims)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum((x != 0).astype(x.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    powers = np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims)
    if np.ndim(powers):
        return np.where(powers > 0.0, powers ** (1 / ord), powers)
    return powers ** (1 / ord) if powers > 0.0 else powers


def _matrix_norm(x: Any, ord: Any, first: Any, second: Any, keepdims: Any) -> Any:
    if ord is None or ord in ("fro", "f"):
        return _length(x, (first, second), keepdims)
    if ord in (2, -2, "nuc"):
        values = np.linalg.svd(np.moveaxis(x, (first, second), (-2, -1)), compute_uv=False)
        if ord == 2 and values.shape[-1] == 0:
            result = np.zeros(values.shape[:-1], values.dtype)[()]
        else:
            result = np.sum(values, axis=-1) if ord == "nuc" else values[..., 0 if ord == 2 else -1][()]
        if not keepdims:
            return result
        return np.full((1, 1), result) if x.ndim == 2 else np.expand_dims(result, (first, second))
    if ord in (1, -1):
        along, over = first, second
    elif ord in (np.inf, -np.inf):
        along, over = second, first
    else:
        raise ValueError("Invalid norm order for matrices.")
    sums = np.sum(np.abs(x), axis=along, keepdims=keepdims)
    if not keepdims and over > along:
        over -= 1
    return np.max(sums, axis=over, keepdims=keepdims) if ord > 0 else np.min(sums, axis=over, keepdims=keepdims)
