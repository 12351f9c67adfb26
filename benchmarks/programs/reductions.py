"""Sums over many elements: logsumexp and polynomial least squares (as in GradBench)."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.program import Program, compiled


def logsumexp(x):
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


@compiled
def logsumexp_fused(x):
    largest = x[0]
    for i in range(1, x.shape[0]):
        largest = max(largest, x[i])
    total = 0.0
    for i in range(x.shape[0]):
        total += math.exp(x[i] - largest)
    return largest + math.log(total)


@compiled
def logsumexp_by_hand(x):
    # The derivative through the largest element cancels.
    largest = x[0]
    for i in range(1, x.shape[0]):
        largest = max(largest, x[i])
    x_bar = np.empty_like(x)
    total = 0.0
    for i in range(x.shape[0]):
        x_bar[i] = math.exp(x[i] - largest)
        total += x_bar[i]
    scale = 1.0 / total
    for i in range(x.shape[0]):
        x_bar[i] *= scale
    return largest + math.log(total), (x_bar,)


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


PROGRAMS = (
    Program(
        name="logsumexp",
        family="reductions",
        kind="array",
        function=logsumexp,
        sizes={
            "n=1000": lambda rng: (rng.normal(size=1000),),
            "n=80000": lambda rng: (rng.normal(size=80_000),),
        },
        tiny=lambda rng: (rng.normal(size=7),),
        wrt=(0,),
        hand=logsumexp_by_hand,
        fused=logsumexp_fused,
        expected=1.3,
        expected_at="n=80000",
    ),
    Program(
        name="llsq",
        family="reductions",
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
        peers={"jax": llsq_jax},
    ),
)
