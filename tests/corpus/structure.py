"""Tuples as arguments and results, auxiliary results, several results."""

import numpy as np

from tests.corpus.registry import Array, Result, program

Layer = tuple[Array, Array]


@program(args=lambda rng: ((rng.normal(size=(3, 2)), rng.normal(size=2)), rng.normal(size=(4, 3))))
def tuple_argument(layer: Layer, x: Array) -> Result:
    w, b = layer
    return np.sum(np.tanh(x @ w + b)) + layer[1][0] * len(layer)


@program(args=lambda rng: (((1.5, rng.normal(size=3)), (2, (0.5, -0.25)))))
def nested_tuples(first: tuple[float, Array], second: tuple[int, tuple[float, float]]) -> Result:
    scale, x = first
    n, (a, b) = second
    return scale * np.sum(x**n) + a * b * scale + second[1][0] * x[1]


@program(args=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=3)), has_aux=True, compiled=True)
def auxiliary_array(x: Array, w: Array) -> Result:
    y = x @ w
    return np.sum(y * y), y


@program(args=lambda rng: (rng.normal(size=4), 3), has_aux=True)
def auxiliary_tuple(x: Array, n: int) -> Result:
    total = 0.0
    count = 0
    for i in range(n):
        if x[i] > 0:
            count += 1
        total += x[i] * x[i + 1]
    return total, (count, total * 2.0, x * total)


@program(args=lambda rng: (rng.normal(size=3), 0.5))
def tuple_result(x: Array, s: float) -> Result:
    return x * s, (s * s, np.sum(x) * x[0])


@program(args=lambda rng: (0.5, 1.5))
def scalar_results(x: float, y: float) -> Result:
    return x * y, x / y, y


@program(args=lambda rng: (rng.normal(size=(2, 3)),))
def argument_returned(x: Array) -> Result:
    return x, x.T * 2.0


@program(args=lambda rng: (rng.normal(size=4), 2, rng.normal(size=4)))
def inactive_between_active(x: Array, n: int, y: Array) -> Result:
    packed = (x * n, y)
    a, b = packed
    return np.sum(a * b) / n


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def unused_argument(x: Array, y: Array) -> Result:
    return np.sum(x**2) + y.size


@program(args=lambda rng: (rng.normal(size=3),))
def constant_result(x: Array) -> Result:
    y = x * 2.0
    return float(y.shape[0]) * 1.5
