"""Fits to data: logistic regression, and polynomial least squares (as in GradBench)."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def logistic(w, b, x, y):
    z = y * (x @ w + b)
    return np.mean(np.log1p(np.exp(-z))) + 1e-3 * np.sum(w * w)


@compiled
def logistic_by_hand(w, b, x, y):
    n = x.shape[0]
    z_bar = np.dot(x, w)
    smalls, logs = np.empty(n), np.empty(n)
    for i in range(n):
        smalls[i] = np.exp(-(y[i] * (z_bar[i] + b)))
    for i in range(n):
        logs[i] = np.log1p(smalls[i])
    scale = 1.0 / n
    for i in range(n):
        z_bar[i] = -scale * y[i] * smalls[i] / (1.0 + smalls[i])
    total, b_bar = 0.0, 0.0
    for i in range(n):
        total += logs[i]
        b_bar += z_bar[i]
    w_bar = np.dot(x.T, z_bar)
    squares = 0.0
    for j in range(w.shape[0]):
        squares += w[j] * w[j]
        w_bar[j] += 2e-3 * w[j]
    return total / n + 1e-3 * squares, (w_bar, b_bar)


def llsq(x, n):
    total = 0.0
    for i in range(n):
        t = -1.0 + 2.0 * i / (n - 1)
        residual = np.sign(t)
        power = 1.0
        for j in range(x.shape[0]):
            residual -= x[j] * power
            power *= t
        total += residual * residual
    return 0.5 * total


@compiled
def llsq_fused(x, n):
    total = 0.0
    for i in range(n):
        t = -1.0 + 2.0 * i / (n - 1)
        residual = np.sign(t)
        power = 1.0
        for j in range(x.shape[0]):
            residual -= x[j] * power
            power *= t
        total += residual * residual
    return 0.5 * total


@compiled
def llsq_by_hand(x, n):
    # Every point runs forward and backward at once; its powers are the only thing kept.
    m = x.shape[0]
    x_bar = np.zeros_like(x)
    powers = np.empty(m)
    total = 0.0
    for i in range(n):
        t = -1.0 + 2.0 * i / (n - 1)
        residual = np.sign(t)
        power = 1.0
        for j in range(m):
            powers[j] = power
            residual -= x[j] * power
            power *= t
        total += residual * residual
        for j in range(m):
            x_bar[j] -= residual * powers[j]
    return 0.5 * total, (x_bar,)


def llsq_torch(torch, x, n):
    total = 0.0
    for i in range(n):
        t = -1.0 + 2.0 * i / (n - 1)
        residual = np.sign(t)
        power = 1.0
        for j in range(x.shape[0]):
            residual = residual - x[j] * power
            power *= t
        total = total + residual * residual
    return 0.5 * total


def llsq_jax(jax, x, n):
    def point(total, i):
        t = -1.0 + 2.0 * i / (n - 1)

        def term(carried, coefficient):
            residual, power = carried
            return (residual - coefficient * power, power * t), None

        (residual, _), _ = jax.lax.scan(term, (jax.numpy.sign(t), 1.0), x)
        return total + residual * residual, None

    total, _ = jax.lax.scan(point, 0.0, jax.numpy.arange(n, dtype=float))
    return 0.5 * total


def points(rng, n, p):
    x = rng.normal(size=(n, p))
    return (rng.normal(size=p) / np.sqrt(p), 0.1, x, np.sign(x @ rng.normal(size=p) + rng.normal(size=n)))


PROGRAMS = (
    Program(
        name="logistic",
        family="regressions",
        kind="array",
        function=logistic,
        sizes={"n=1000 p=20": lambda rng: points(rng, 1000, 20), "n=10000 p=100": lambda rng: points(rng, 10_000, 100)},
        tiny=lambda rng: points(rng, 6, 3),
        wrt=(0, 1),
        hand=logistic_by_hand,
    ),
    Program(
        name="llsq",
        family="regressions",
        kind="loop",
        function=llsq,
        sizes={
            "n=1024 m=32": lambda rng: (rng.normal(size=32), 1024),
            "n=16392 m=128": lambda rng: (rng.normal(size=128), 16392),
        },
        tiny=lambda rng: (rng.normal(size=4), 9),
        wrt=(0,),
        hand=llsq_by_hand,
        fused=llsq_fused,
        expected=1.26,
        expected_at="n=16392 m=128",
        peers={"torch": llsq_torch, "jax": llsq_jax},
    ),
)
