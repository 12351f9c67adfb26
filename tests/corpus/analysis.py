"""NumPy functions of data analysis, in loops, branches and beside stores."""

import math

import numpy as np
from scipy import special

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=(6, 3)), rng.normal(size=3)), compiled=True)
def standardised_attention(x: Array, w: Array) -> Result:
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    for k in range(3):
        weights = special.softmax(z @ w + 0.1 * k)
        w = w + 0.5 * (weights @ z)
        z[k] *= np.cumsum(weights)[k + 1]
    return np.sum(z**2) + special.logsumexp(w)


@program(args=lambda rng: (rng.normal(size=9), 0.3))
def trimmed_in_a_loop(x: Array, rate: float) -> Result:
    total = 0.0
    for _ in range(4):
        ordered = np.sort(x)
        low, high = np.quantile(x, 0.25), np.median(x)
        x = np.where(x < low, x + rate * (low - x), x)
        total += np.sum(np.diff(ordered) ** 2) * high
        if np.ptp(x) < 1.0:
            break
    return total + np.prod(1.0 + 0.1 * x)


@program(args=lambda rng: (np.cumsum(rng.random(6)), rng.normal(size=6), 0.9))
def interpolated_until_it_leaves(p: Array, f: Array, x: float) -> Result:
    steps = 0
    while p[0] < x < p[-1] and steps < 20:
        x = x + 0.1 + 0.05 * np.interp(x, p, f)
        steps += 1
    return x * x + np.trapezoid(f, p)


@program(args=lambda rng: (rng.normal(size=(4, 4)), rng.normal(size=3)))
def padded_stencil(a: Array, kernel: Array) -> Result:
    for t in range(3):
        edges = np.pad(a, 1, mode="wrap") if t == 1 else np.pad(a, 1, mode="reflect")
        a[1:, :] = 0.5 * edges[:-3, 1:-1] + np.roll(a, 1, axis=1)[1:] * kernel[t]
        a[0] += np.convolve(a[0], kernel, "same") + np.flip(a[-1])
    return np.sum(np.triu(a) ** 2) + np.sum(np.tril(a, -1))


@program(args=lambda rng: (rng.normal(size=8), np.array([0, 2, 1, 2, 0, 3, 3, 1])))
def grouped(x: Array, group: Array) -> Result:
    sums = np.bincount(group, weights=x)
    np.add.at(sums, group[::2], x[1::2] ** 2)
    best = np.argmax(sums)
    chosen = np.take_along_axis(x, np.argsort(x)[::-1], axis=0)
    return sums[best] * chosen[0] + np.sum(np.repeat(sums, 2) * x) + math.hypot(chosen[0], chosen[1], chosen[2])


@program(args=lambda rng: (rng.random(5) + 0.5, 1.7))
def likelihoods(rates: Array, shape: float) -> Result:
    s = 0.0
    for rate in rates:
        s += shape * math.log(rate) - math.lgamma(shape) - rate + special.digamma(rate * shape)
    return s + np.sum(special.xlogy(rates, rates + 1.0) + special.ndtr(rates) * special.expit(-rates)) + math.erf(s)
