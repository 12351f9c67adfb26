"""Dense layers: a network with one layer of tanh, differentiated with respect to its weights."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def tanh_network(w1, b1, w2, b2, x, y):
    h = np.tanh(x @ w1 + b1)
    z = h @ w2 + b2
    return np.mean((z - y) ** 2)


@compiled
def tanh_network_by_hand(w1, b1, w2, b2, x, y):
    h = x @ w1
    n, m = h.shape
    for i in range(n):
        for j in range(m):
            h[i, j] = np.tanh(h[i, j] + b1[j])
    z_bar = h @ w2
    k = z_bar.shape[1]
    total = 0.0
    b2_bar = np.zeros_like(b2)
    scale = 2.0 / (n * k)
    for i in range(n):
        for j in range(k):
            error = z_bar[i, j] + b2[j] - y[i, j]
            total += error * error
            z_bar[i, j] = scale * error
            b2_bar[j] += z_bar[i, j]
    w2_bar = h.T @ z_bar
    h_bar = z_bar @ w2.T
    b1_bar = np.zeros_like(b1)
    for i in range(n):
        for j in range(m):
            h_bar[i, j] *= 1.0 - h[i, j] * h[i, j]
            b1_bar[j] += h_bar[i, j]
    return total / (n * k), (x.T @ h_bar, b1_bar, w2_bar, b2_bar)


def layers(rng, batch, inputs, hidden, outputs):
    return (
        rng.normal(size=(inputs, hidden)) / np.sqrt(inputs),
        rng.normal(size=hidden),
        rng.normal(size=(hidden, outputs)) / np.sqrt(hidden),
        rng.normal(size=outputs),
        rng.normal(size=(batch, inputs)),
        rng.normal(size=(batch, outputs)),
    )


PROGRAMS = (
    Program(
        name="tanh_network",
        family="networks",
        kind="array",
        function=tanh_network,
        sizes={
            "128x32x32x1": lambda rng: layers(rng, 128, 32, 32, 1),
            "256x128x256x10": lambda rng: layers(rng, 256, 128, 256, 10),
        },
        tiny=lambda rng: layers(rng, 4, 3, 2, 2),
        wrt=(0, 1, 2, 3),
        hand=tanh_network_by_hand,
    ),
)
