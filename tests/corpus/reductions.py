"""Sums, means and extremes over every kind of axis, as functions and as methods."""

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def sums_over_axes(x: Array) -> Result:
    a = np.sum(x, axis=0)
    b = x.sum(axis=-1, keepdims=True)
    return np.sum(a * x * b) + x.sum() ** 2


@program(args=lambda rng: (rng.normal(size=(2, 3, 4)),))
def sums_over_tuples(x: Array) -> Result:
    a = x.sum(axis=(0, 2))
    b = np.sum(x * x, axis=(-1, 1), keepdims=True)
    c = x.mean((0, 1))
    return np.sum(a * a) + np.sum(b * x) + np.sum(c**3)


@program(args=lambda rng: (rng.normal(size=(2, 3, 4)),))
def means(x: Array) -> Result:
    centred = x - np.mean(x, axis=1, keepdims=True)
    return np.mean(centred**2) + np.mean(x, 0)[1, 2] * x.mean() + x.mean(axis=(0, 1, 2))


@program(args=lambda rng: (rng.normal(size=(3, 4)),), compiled=True)
def extremes_over_axes(x: Array) -> Result:
    a = x.max(axis=0) * x.min(axis=0)
    b = np.max(x, axis=1, keepdims=True) - np.min(x, axis=-1, keepdims=True)
    return np.sum(a) + np.sum(b * x) + np.max(x) * np.min(x * x)


@program(args=lambda rng: (rng.normal(size=(2, 3, 2)),))
def extremes_over_tuples(x: Array) -> Result:
    return np.sum(x.max(axis=(0, 2)) ** 2) + np.sum(np.min(x, axis=(1, -1), keepdims=True) * x)


@program(args=lambda rng: (np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]),), compiled=True)
def extremes_with_ties(x: Array) -> Result:
    return np.sum(np.max(x, axis=1) * np.array([1.0, 10.0])) + 100.0 * x.max() + 0.1 * np.sum(x.min(axis=0))


@program(args=lambda rng: (np.array([1.0, 2.0, -1.0]), np.array([1.0, -2.0, -1.0])))
def maximum_with_ties(x: Array, y: Array) -> Result:
    return np.sum(np.maximum(x, y) * np.array([1.0, 2.0, 3.0])) + np.sum(np.minimum(x, 2.0) ** 2)


@program(args=lambda rng: (rng.normal(size=(3, 1)), rng.normal(size=(1, 4))))
def sum_of_broadcast(x: Array, y: Array) -> Result:
    return np.sum((x * y).sum(axis=0) * np.sum(x - y, axis=0)) / np.mean((x + y) ** 2, axis=None)


@program(args=lambda rng: (rng.normal(size=(4, 6))[:, ::-2],))
def sum_of_strided(x: Array) -> Result:
    return np.sum(np.sum(x, axis=0) ** 2) + np.sum(x[1:, 0].sum() * x)


@program(args=lambda rng: (rng.normal(size=300),))
def long_sum(x: Array) -> Result:
    return np.sum(x * x) * np.mean(np.sin(x))


@program(args=lambda rng: (rng.normal(size=5),))
def reduction_in_loop(x: Array) -> Result:
    s = 0.0
    for i in range(5):
        s += x[: i + 1].sum() * x[i:].max()
    return s


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.integers(0, 5, (3, 4))))
def integer_reductions(x: Array, k: Array) -> Result:
    return np.sum(x * k.sum(axis=0)) + k.max() * x.mean() + np.mean(k, axis=1)[0] * x[0, 0]


@program(args=lambda rng: (rng.normal(size=(0, 3)), rng.normal(size=3)))
def empty_sums(x: Array, y: Array) -> Result:
    return np.sum(np.sum(x, axis=0) * y + y**2) + np.sum(x)


@program(args=lambda rng: (rng.normal(size=(4, 3)), 0.5))
def soft_maximum(x: Array, t: float) -> Result:
    top = np.max(x, axis=1, keepdims=True)
    return np.sum(top[:, 0] + t * np.log(np.sum(np.exp((x - top) / t), axis=1)))


@program(args=lambda rng: (rng.normal(size=6), rng.normal(size=6)))
def dot_forms(x: Array, y: Array) -> Result:
    return np.dot(x, y) * x.dot(x) + x[::2].dot(y[1::2]) + np.dot(x, 2.0).sum()


@program(args=lambda rng: (rng.normal(size=6), rng.normal(size=6)))
def correlation(x: Array, y: Array) -> Result:
    u = x - x.mean()
    v = y - y.mean()
    return (u * v).sum() / np.sqrt((u**2).sum() * (v**2).sum())


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def reductions_as_result(x: Array) -> Result:
    return x.sum(axis=0), x.max(axis=1), x.mean()
