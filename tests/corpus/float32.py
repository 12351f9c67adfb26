"""Single precision throughout, and mixed with double precision and integers."""

import numpy as np

from tests.corpus.registry import Array, Result, Rng, program


def single(rng: Rng, *shape: int) -> Array:
    """Normal numbers in single precision."""
    return rng.normal(size=shape).astype(np.float32)


@program(args=lambda rng: (single(rng, 3, 4), single(rng, 4)))
def stays_single(x: Array, w: Array) -> Result:
    return np.sum(np.tanh(2.0 * x * w + 1) ** 2)


@program(args=lambda rng: (single(rng, 4), rng.normal(size=4), 0.5))
def mixed_precision(x: Array, y: Array, s: float) -> Result:
    return np.sum(x * y + s * x) + np.sum(x * s) * y[0]


@program(args=lambda rng: (np.float32(0.7), np.float32(1.3), 2.0))
def single_scalars(x: float, y: float, s: float) -> Result:
    return x * y * s + np.sin(x) / y


@program(args=lambda rng: (single(rng, 3, 4), single(rng, 4, 2), single(rng, 2)))
def single_network(x: Array, w: Array, b: Array) -> Result:
    h = np.maximum(x @ w + b, 0)
    return np.mean(h * h) + np.max(h)


@program(args=lambda rng: (single(rng, 5),), compiled=True)
def single_loop(x: Array) -> Result:
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = 0.5 * y[i - 1] + x[i] * x[i]
    return np.sum(y)


@program(args=lambda rng: (single(rng, 5),))
def single_through_double_buffer(x: Array) -> Result:
    y = np.zeros(5)
    for i in range(5):
        y[i] = x[i] * x[i]
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=4),))
def double_through_single_buffer(x: Array) -> Result:
    y = np.zeros(4, dtype=np.float32)
    y[:] = x * x
    y[1] += x[0]
    return np.sum(y * 2.0)


@program(args=lambda rng: (single(rng, 4), np.arange(4, dtype=np.int32), np.arange(4, dtype=np.int8)))
def single_with_integers(x: Array, k: Array, small: Array) -> Result:
    return np.sum(x * small) + np.sum(x * k) + np.sum(x / (k + 1))


@program(args=lambda rng: (single(rng, 6, 4)[::2, ::-1],))
def single_strided_result(x: Array) -> Result:
    return np.exp(-x.T) * x.T
