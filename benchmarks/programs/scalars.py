"""Calls of a microsecond: a formula of two numbers, and short vectors. What is measured is mostly the way there."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def scalar(x, y):
    return x * y + np.sin(x)


@compiled
def scalar_by_hand(x, y):
    return x * y + np.sin(x), (y + np.cos(x), x)


def polynomial(x):
    value = 0.0
    for k in range(20):
        value = value * x + 1.0 / (k + 1.0)
    return value


@compiled
def polynomial_by_hand(x):
    # The derivative by Horner's scheme, along with the value: nothing is kept.
    value, slope = 0.0, 0.0
    for k in range(20):
        slope = slope * x + value
        value = value * x + 1.0 / (k + 1.0)
    return value, (slope,)


def small_vectors(x, w):
    return np.tanh(np.sum(x * w))


@compiled
def small_vectors_by_hand(x, w):
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i] * w[i]
    value = np.tanh(total)
    scale = 1.0 - value * value
    x_bar, w_bar = np.empty_like(x), np.empty_like(w)
    for i in range(x.shape[0]):
        x_bar[i] = scale * w[i]
        w_bar[i] = scale * x[i]
    return value, (x_bar, w_bar)


PROGRAMS = (
    Program(
        name="scalar",
        family="scalars",
        kind="loop",
        function=scalar,
        sizes={"2 numbers": lambda rng: (0.7, 1.3)},
        tiny=lambda rng: (0.7, 1.3),
        wrt=(0, 1),
        hand=scalar_by_hand,
    ),
    Program(
        name="polynomial",
        family="scalars",
        kind="loop",
        function=polynomial,
        sizes={"20 terms": lambda rng: (0.7,)},
        tiny=lambda rng: (0.7,),
        wrt=(0,),
        hand=polynomial_by_hand,
    ),
    Program(
        name="small_vectors",
        family="scalars",
        kind="array",
        function=small_vectors,
        sizes={
            "n=3": lambda rng: (rng.normal(size=3), rng.normal(size=3)),
            "n=16": lambda rng: (rng.normal(size=16) / 4, rng.normal(size=16) / 4),
        },
        tiny=lambda rng: (rng.normal(size=3), rng.normal(size=3)),
        wrt=(0, 1),
        hand=small_vectors_by_hand,
    ),
)
