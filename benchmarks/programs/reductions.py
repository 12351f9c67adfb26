"""Sums over many elements: logsumexp (as in GradBench), and go_fast in the NumPy form of NPBench."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def logsumexp(x):
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


@compiled
def total_of(x):
    """The sum in eight parts, so that an addition does not wait for the one before."""
    whole = x.shape[0] // 8
    a = b = c = d = e = f = g = h = 0.0
    for i in range(whole):
        block = x[8 * i : 8 * i + 8]
        a, b, c, d = a + block[0], b + block[1], c + block[2], d + block[3]
        e, f, g, h = e + block[4], f + block[5], g + block[6], h + block[7]
    rest = 0.0
    for i in range(8 * whole, x.shape[0]):
        rest += x[i]
    return ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest


@compiled
def maximum(x):
    largest = x[0]
    for i in range(x.shape[0]):
        largest = x[i] if x[i] > largest else largest
    return largest


@compiled
def logsumexp_fused(x):
    largest = maximum(x)
    terms = np.empty_like(x)
    for i in range(x.shape[0]):
        terms[i] = np.exp(x[i] - largest)
    return largest + np.log(total_of(terms))


@compiled
def logsumexp_by_hand(x):
    # The derivative through the largest element cancels.
    largest = maximum(x)
    x_bar = np.empty_like(x)
    for i in range(x.shape[0]):
        x_bar[i] = np.exp(x[i] - largest)
    total = total_of(x_bar)
    scale = 1.0 / total
    for i in range(x.shape[0]):
        x_bar[i] *= scale
    return largest + np.log(total), (x_bar,)


def go_fast(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return np.sum(a + trace)


@compiled
def go_fast_fused(a):
    n, m = a.shape
    trace = 0.0
    for i in range(n):
        trace += np.tanh(a[i, i])
    total = 0.0
    for i in range(n):
        row = 0.0
        for j in range(m):
            row += a[i, j] + trace
        total += row
    return total


@compiled
def go_fast_by_hand(a):
    n, m = a.shape
    slopes = np.empty(n)
    trace = 0.0
    for i in range(n):
        slopes[i] = np.tanh(a[i, i])
        trace += slopes[i]
        slopes[i] = 1.0 - slopes[i] * slopes[i]
    a_bar = np.empty_like(a)
    total = 0.0
    for i in range(n):
        row = 0.0
        for j in range(m):
            row += a[i, j] + trace
            a_bar[i, j] = 1.0
        total += row
        a_bar[i, i] += n * m * slopes[i]
    return total, (a_bar,)


def go_fast_jax(jax, a):
    return jax.numpy.sum(a + jax.numpy.sum(jax.numpy.tanh(jax.numpy.diagonal(a))))


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
        name="go_fast",
        family="reductions",
        kind="array",
        function=go_fast,
        sizes={
            "N=100": lambda rng: (rng.normal(size=(100, 100)),),
            "N=2000": lambda rng: (rng.normal(size=(2000, 2000)),),
        },
        tiny=lambda rng: (rng.normal(size=(4, 4)),),
        wrt=(0,),
        hand=go_fast_by_hand,
        fused=go_fast_fused,
        expected=1.5,
        expected_at="N=2000",
        peers={"jax": go_fast_jax},
    ),
)
