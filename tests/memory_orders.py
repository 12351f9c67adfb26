"""Arrays in every memory order, and what NumPy makes views or copies of: the material of `test_views_and_copies`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
How = Callable[[Array], Array]


def _fill(*shape: int) -> Array:
    return np.random.default_rng(len(shape)).uniform(0.2, 1.4, shape)


def _unaligned(a: Array) -> Array:
    return np.frombuffer(bytearray(b"." + a.tobytes()), offset=1).reshape(a.shape)


def _field(a: Array) -> Array:
    records = np.zeros(a.shape, np.dtype([("flag", np.uint8), ("number", np.float64)]))
    records["number"] = a
    return records["number"]


ARGUMENTS: dict[str, Array] = {
    "C": _fill(3, 4),
    "F": np.asfortranarray(_fill(3, 4)),
    "transposed": np.ascontiguousarray(_fill(3, 4).T).T,
    "square F": np.asfortranarray(_fill(3, 3)),
    "rows reversed": _fill(3, 4)[::-1],
    "reversed": _fill(3, 4)[::-1, ::-1],
    "columns reversed": _fill(3, 4)[:, ::-1],
    "strided": _fill(6, 8)[::2, ::2],
    "rows strided": _fill(6, 4)[::2],
    "columns strided": _fill(3, 8)[:, ::2],
    "columns left out": _fill(3, 6)[:, 1:5],
    "F strided": np.asfortranarray(_fill(6, 8))[::2, ::2],
    "column": _fill(3, 4)[:, 1:2],
    "row": _fill(3, 8)[1:2, ::2],
    "row C": _fill(1, 4),
    "column C": _fill(3, 1),
    "one": _fill(3, 4)[1:2, 1:2],
    "empty": _fill(0, 4),
    "empty F": np.asfortranarray(_fill(4, 0)),
    "vector": _fill(5),
    "vector reversed": _fill(5)[::-1],
    "vector strided": _fill(10)[::2],
    "vector one": _fill(4)[1:2],
    "3-D": _fill(2, 3, 4),
    "3-D F": np.asfortranarray(_fill(2, 3, 4)),
    "3-D permuted": _fill(2, 3, 4).transpose(1, 2, 0),
    "3-D swapped": _fill(2, 3, 4).swapaxes(1, 2),
    "3-D strided": _fill(4, 3, 8)[::2, :, ::2],
    "3-D with one": _fill(2, 3, 4)[:, 1:2],
    "broadcast rows": np.broadcast_to(_fill(4), (3, 4)),
    "broadcast columns": np.broadcast_to(_fill(3, 1), (3, 4)),
    "read-only": _fill(3, 4),
    "unaligned": _unaligned(_fill(3, 4)),
    "unaligned F": _unaligned(_fill(4, 3)).T,
    "unaligned, columns left out": _unaligned(_fill(3, 6))[:, 1:5],
    "packed field": _field(_fill(3, 4)),
}
ARGUMENTS["read-only"].flags.writeable = False

# What is made of the whole argument, whatever its number of axes.
HOW: dict[str, How] = {
    "ravel": lambda a: a.ravel(),
    "np.ravel": lambda a: np.ravel(a),
    "ravel F": lambda a: a.ravel(order="F"),
    "ravel K": lambda a: a.ravel(order="K"),
    "ravel A": lambda a: a.ravel(order="A"),
    "reshape(-1)": lambda a: a.reshape(-1),
    "reshape(-1) F": lambda a: a.reshape(-1, order="F"),
    "reshape same": lambda a: a.reshape(a.shape),
    "reshape split": lambda a: a.reshape(*a.shape[:-1], 2, -1),
    "reshape rows": lambda a: a.reshape(a.shape[0], -1),
    "reshape merged": lambda a: np.reshape(a, (-1, a.shape[-1])),
    "reshape 2": lambda a: a.reshape(2, -1),
    "T.reshape(-1)": lambda a: a.T.reshape(-1),
    "T.ravel": lambda a: a.T.ravel(),
    "T.reshape 2": lambda a: a.T.reshape(-1, 2),
    "flatten": lambda a: a.flatten(),
    "flatten F": lambda a: a.flatten("F"),
    "ascontiguousarray": lambda a: np.ascontiguousarray(a),
    "asfortranarray": lambda a: np.asfortranarray(a),
    "asarray": lambda a: np.asarray(a),
    "asarray C": lambda a: np.asarray(a, order="C"),
    "asarray F": lambda a: np.asarray(a, order="F"),
    "asanyarray": lambda a: np.asanyarray(a),
    "array": lambda a: np.array(a),
    "array copy=None": lambda a: np.array(a, copy=None),
    "array copy=False": lambda a: np.array(a, copy=False),
    "array copy=None C": lambda a: np.array(a, copy=None, order="C"),
    "array F": lambda a: np.array(a, order="F"),
    "require": lambda a: np.require(a),
    "require C": lambda a: np.require(a, requirements="C"),
    "require F": lambda a: np.require(a, float, ["F_CONTIGUOUS", "E"]),
    "require W": lambda a: np.require(np.broadcast_to(a, (2, *a.shape)), requirements=["W"]),
    "require A": lambda a: np.require(a, requirements="A"),
    "copy": lambda a: a.copy(),
    "np.copy": lambda a: np.copy(a),
    "copy K": lambda a: a.copy("K"),
    "astype": lambda a: a.astype(np.float64),
    "astype no copy": lambda a: a.astype(np.float64, copy=False),
    "squeeze": lambda a: np.squeeze(a),
    "expand_dims": lambda a: np.expand_dims(a, 0),
    "expand_dims -1": lambda a: np.expand_dims(a, -1),
    "atleast_1d": lambda a: np.atleast_1d(a),
    "atleast_2d": lambda a: np.atleast_2d(a),
    "atleast_3d": lambda a: np.atleast_3d(a),
    "broadcast_to": lambda a: np.broadcast_to(a, (2, *a.shape)),
    "broadcast_to same": lambda a: np.broadcast_to(a, a.shape),
    "broadcast_to ravel": lambda a: np.broadcast_to(a, (2, *a.shape)).ravel(),
    "broadcast_to ravel K": lambda a: np.broadcast_to(a, (2, *a.shape)).ravel("K"),
    "broadcast_to reshape": lambda a: np.broadcast_to(a, (2, *a.shape)).reshape(2, -1),
    "diagonal": lambda a: np.diagonal(a) if a.ndim > 1 else a,
    "diagonal of others": lambda a: np.diagonal(a, 1, -1, -2) if a.ndim > 1 else a,
    "diagonal ravel": lambda a: a.diagonal().ravel() if a.ndim > 1 else a,
    "diagonal reshape": lambda a: a.diagonal().reshape(-1, 1) if a.ndim > 1 else a,
    "real": lambda a: np.real(a),
    "real attribute": lambda a: a.real,
    "real ravel": lambda a: np.real(a).ravel(),
    "real reshape": lambda a: a.real.T.reshape(-1),
    "swapaxes": lambda a: a.swapaxes(0, -1),
    "swapaxes ravel": lambda a: a.swapaxes(0, -1).ravel(),
    "T": lambda a: a.T,
    "slice": lambda a: a[1:],
    "slice ravel": lambda a: a[1:].ravel(),
    "slice reshape": lambda a: a[1:].reshape(-1),
    "last column ravel": lambda a: a[..., -1:].ravel(),
    "last column reshape": lambda a: a[..., -1:].reshape(-1),
    "step ravel": lambda a: a[..., ::2].ravel(),
    "step reshape": lambda a: a[..., ::2].reshape(-1),
    "reversed ravel": lambda a: a[::-1].ravel(),
    "reversed reshape": lambda a: a[::-1].reshape(-1),
    "back again ravel": lambda a: a[::-1][::-1].ravel(),
    "inner ravel": lambda a: a[..., 1:].ravel(),
    "row ravel": lambda a: a[0:1].ravel(),
    "element ravel": lambda a: a[-1, None].ravel(),
    "new axis ravel": lambda a: a[None].ravel(),
    "T.T.ravel": lambda a: a.T.T.ravel(),
    "T.copy.ravel": lambda a: a.T.copy().ravel(),
    "split and merged": lambda a: a.reshape(*a.shape[:-1], 2, -1).reshape(-1),
}

# An array computed from the argument, which NumPy lays out like it: z is made of y.
COMPUTED: dict[str, How] = {
    "times": lambda a: a * 2.0,
    "copy": lambda a: np.copy(a),
    "zeros_like": lambda a: np.zeros_like(a) + np.zeros_like(a),
    "empty_like": lambda a: np.empty_like(a) * 0.0,
    "ones_like": lambda a: np.ones_like(a),
    "full_like": lambda a: np.full_like(a, 0.5),
    "astype": lambda a: a.astype(np.float32),
    "where": lambda a: np.where(a > 0.5, a, 1.0),
    "exp": lambda a: np.exp(a),
    "clip": lambda a: np.clip(a, 0.3, 0.9),
    "plus row": lambda a: a + a[0],
    "plus C": lambda a: a + np.zeros(a.shape),
    "T times": lambda a: a.T * 2.0,
    "concatenate": lambda a: np.concatenate([a, a]),
    "concatenate last": lambda a: np.concatenate([a, a], axis=-1),
    "stack": lambda a: np.stack([a, a], axis=-1),
    "vstack": lambda a: np.vstack([a, a]),
    "sum": lambda a: np.sum(np.stack([a, a]), axis=0),
    "sum first": lambda a: np.sum(a, axis=0),
    "sum keepdims": lambda a: np.sum(a, axis=0, keepdims=True) + a,
    "max": lambda a: np.max(a, axis=-1),
    "mean": lambda a: np.mean(a, axis=0),
    "cumsum": lambda a: np.cumsum(a, axis=0),
    "outer": lambda a: np.outer(a, a),
    "matmul": lambda a: a @ a.T,
    "gather": lambda a: a[[0, 1, 0]],
    "gather last": lambda a: a[..., [0, 1, 0]],
    "gather 2-D": lambda a: a[np.array([[0, 1], [1, 0]])],
    "take": lambda a: np.take(a, [0, 1], axis=-1),
    "roll": lambda a: np.roll(a, 1, axis=0),
    "flip": lambda a: np.flip(a) * 1.0,
    "tile": lambda a: np.tile(a, 2),
    "repeat": lambda a: np.repeat(a, 2, axis=0),
    "sort": lambda a: np.sort(a, axis=0),
    "diff": lambda a: np.diff(a, axis=0),
    "pad": lambda a: np.pad(a, 1),
    "einsum": lambda a: np.einsum("...i->...i", a) * 1.0,
    "tril": lambda a: np.tril(a),
    "transpose": lambda a: np.transpose(a),
    "moveaxis": lambda a: np.moveaxis(a, 0, -1),
    "rot90": lambda a: np.rot90(a),
    "gradient": lambda a: np.gradient(a, axis=0),
    "nan_to_num": lambda a: np.nan_to_num(a),
    "maximum": lambda a: np.maximum(a, 0.5),
    "list": lambda a: np.array([a, a]),
    "broadcast": lambda a: np.broadcast_to(a, (2, *a.shape)) * 1.0,
    "broadcast column": lambda a: a[..., :1] + np.zeros(a.shape[-1]),
    "norm": lambda a: a / np.linalg.norm(a, axis=-1, keepdims=True),
    "softplus": lambda a: np.logaddexp(a, 0.0),
    "median": lambda a: np.median(a, axis=0),
    "squeeze": lambda a: np.squeeze(a) * 1.0,
    "apply twice": lambda a: (a.T + 1.0).T * a,
}


def same_strides(a: Array) -> Array:
    """A copy with the strides and flags of `a`, and elements of its own; one that overlaps itself as `a` does."""
    spans = [stride * (extent - 1) for stride, extent in zip(a.strides, a.shape, strict=True)] if a.size else []
    low, high = sum(min(0, span) for span in spans), sum(max(0, span) for span in spans)
    start = a.ctypes.data % a.itemsize - low
    made: Array = np.ndarray(a.shape, a.dtype, np.zeros(start + high + a.itemsize, np.uint8), start, a.strides)
    made[...] = a
    made.flags.writeable = a.flags.writeable
    return made


def weighted(z: Array) -> Any:
    """A sum that tells elements apart by their place."""
    return np.sum(z * np.cos(np.arange(z.size)).reshape(z.shape))


def stored(how: How) -> dict[str, Callable[[Array], Any]]:
    """Programs that store through how(x), into x before and after it is made, both, or nowhere."""

    def through(x: Array) -> Any:
        z = how(x)
        z[...] = z * 0.5 + 1.0
        return weighted(np.tanh(x)) + weighted(z * z)

    def before(x: Array) -> Any:
        x[0] = x[0] * 2.0
        z = how(x)
        return weighted(np.tanh(x)) + weighted(z * z)

    def after(x: Array) -> Any:
        z = how(x)
        x[0] = x[0] * 2.0
        return weighted(np.tanh(x)) + weighted(z * z)

    def both(x: Array) -> Any:
        z = how(x)
        x[0] = x[0] * 2.0
        z[...] = z * z
        x[-1] = 0.3 * x[-1] + z.ravel()[0]
        return weighted(np.tanh(x)) + weighted(z * z)

    def nowhere(x: Array) -> Any:
        z = how(x)
        return weighted(np.tanh(x)) + weighted(z * z)

    return {each.__name__: each for each in (through, before, after, both, nowhere)}


def computed(make: How, how: How) -> Callable[[Array], Any]:
    """A program that stores into a computed array, and through how(it)."""

    def program(x: Array) -> Any:
        y = make(x)
        z = how(y)
        z[...] = z * 0.5 + 1.0
        y[0] = y[0] * 0.7
        return weighted(np.tanh(y)) + weighted(z * z)

    return program
