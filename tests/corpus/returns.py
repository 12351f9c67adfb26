"""`return` inside loops: of numbers, tuples and arrays, from inner loops, from helpers, in branches of branches."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.uniform(0.2, 1.0, size=6), 1.4), compiled=True)
@program(args=lambda rng: (rng.uniform(0.2, 1.0, size=6), 0.0), label="first_trip")
@program(args=lambda rng: (rng.uniform(0.2, 1.0, size=6), 99.0), label="never")
@program(args=lambda rng: (np.zeros(0), 1.0), label="zero_trips")
def from_a_loop(x: Array, limit: float) -> Result:
    s = 0.0
    for v in x:
        s = s + v * v
        if s > limit:
            return s * v
    return s - limit


@program(args=lambda rng: (rng.normal(size=(4, 4)), 1.0), compiled=True)
@program(args=lambda rng: (rng.normal(size=(4, 4)), 99.0), label="never")
@program(args=lambda rng: (rng.normal(size=(4, 4)), -99.0), label="first_trip")
def from_the_inner_loop(m: Array, limit: float) -> Result:
    s = 1.0
    for i in range(m.shape[0]):
        for j in range(i + 1):
            s = s + m[i, j] * m[j, i] * s * 0.2
            if s * m[i, j] > limit:
                return s * m[i, j] + i
        s = s * 0.9
        if s < -limit:
            return s
    return s * limit


@program(args=lambda rng: (rng.normal(size=(3, 3, 3)), 2.0))
@program(args=lambda rng: (rng.normal(size=(3, 3, 3)), 99.0), label="never")
def from_three_deep(m: Array, limit: float) -> Result:
    s = 0.1
    for plane in m:
        k = 0
        while k < 3:
            for v in plane[k]:
                s = s * 0.9 + v * v
                if s > limit:
                    return s * plane[0, k]
                if v < -1.5:
                    break
            else:
                s += 0.01
            k += 1
    return s


@program(args=lambda rng: (rng.normal(size=6),))
def helpers_that_return_early(x: Array) -> Result:
    def first_above(limit: float) -> float:
        for v in x:
            if v * v > limit:
                return v * limit
        return limit * 0.5

    s = 0.0
    for k in range(4):
        s = s + first_above(0.2 * k + 0.1 * s)
        if s > 3.0:
            return s * s
    return s


@program(args=lambda rng: (rng.normal(size=5), 0.3))
@program(args=lambda rng: (rng.normal(size=5), 99.0), label="never")
def an_array(x: Array, limit: float) -> Result:
    for i in range(len(x)):
        y = x * (1.0 + i)
        if np.sum(y * y) * 0.1 > limit:
            return np.sin(y)
    return x * x


@program(args=lambda rng: (rng.normal(size=5), 0.3))
@program(args=lambda rng: (rng.normal(size=5), 99.0), label="never")
def the_array_being_filled(x: Array, limit: float) -> Result:
    y = np.zeros(5)
    for i in range(len(x)):
        y[i] = x[i] * x[i - 1]
        if y[i] > limit:
            return y
        y[i] += 1.0
    y[0] = x[0]
    return y * 2.0


@program(args=lambda rng: (rng.normal(size=6), 0.5))
def a_pair(x: Array, limit: float) -> Result:
    a, b = 0.0, 1.0
    for i in range(len(x)):
        a, b = b + x[i], a * x[i]
        if a > 2.0:
            return a, b * limit
        if b > limit:
            return b, a
    return a * b, limit


@program(args=lambda rng: (rng.normal(size=6), 3))
@program(args=lambda rng: (rng.normal(size=6), 0), label="zero")
@program(args=lambda rng: (rng.normal(size=6), 7), label="seven")
def in_branches_and_loops(x: Array, n: int) -> Result:
    if n == 0:
        return x[0] * 2.0
    s = 0.0
    if n > 5:
        for v in x:
            if v > 0.0:
                return v * n
        s = 1.0
    elif n > 2:
        for i in range(n):
            if x[i] > 1.0:
                s += 5.0 * x[i]
                break
            s += x[i]
        if s < 0.0:
            return s * s
    for i in range(n):
        s = s * 0.5 + math.exp(x[i % 6])
        if s > 4.0:
            return math.log(s)
    return s


@program(args=lambda rng: (0.8, 20), compiled=True)
def while_true_with_returns(a: float, n: int) -> Result:
    x, k = a, 0
    while True:
        x = x * 1.3 - 0.1 * a
        k += 1
        if x > 5.0:
            return x * a
        if k == n:
            return x + a
        if k % 2:
            continue
        x = x + 0.2


@program(args=lambda rng: (rng.normal(size=4), 1))
@program(args=lambda rng: (rng.normal(size=4), 0), label="dynamic")
def from_an_unrolled_loop(x: Array, k: int) -> Result:
    scale = 1.0
    for name, weight in {"a": 1.0, "b": 2.0, "c": 3.0}.items():
        scale = scale * weight * x[0]
        if name == "c":
            return scale
        if x[k] * weight > 0.7:
            return scale * x[k]
        for j in range(3):
            if x[j] > 1.5:
                return x[j] * scale
            scale += 0.1 * x[j]
    return 0.0


@program(args=lambda rng: (np.array([4.0, -2.0, 0.3]),))
def quadratic_or_linear(c: Array) -> Result:
    a, b, d = c[0], c[1], c[2]
    if a == 0.0:
        if b == 0.0:
            return 0.0
        return -d / b
    if (disc := b * b - 4.0 * a * d) < 0.0:
        for k in range(3):
            disc = disc + 0.5 * k * a
            if disc > 0.0:
                return math.sqrt(disc) * a
        return disc
    return (-b + math.sqrt(disc)) / (2.0 * a)


@program(args=lambda rng: (rng.uniform(0.5, 1.5, size=(3, 3)) + 3.0 * np.eye(3), rng.normal(size=3)))
@program(
    args=lambda rng: (np.zeros((3, 3)) + np.eye(3) * np.array([1.0, 0.0, 2.0]), rng.normal(size=3)), label="singular"
)
def elimination_that_gives_up(m: Array, b: Array) -> Result:
    a, x = m.copy(), b.copy()
    n = len(b)
    for k in range(n):
        if abs(a[k, k]) < 1e-6:
            return np.sum(x)
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            for j in range(k, n):
                a[i, j] -= factor * a[k, j]
            x[i] -= factor * x[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= a[i, j] * x[j]
        x[i] /= a[i, i]
    return np.sum(x * x)


@program(args=lambda rng: (rng.normal(size=6), 4))
@program(args=lambda rng: (rng.normal(size=6), 0), label="zero_trips")
def always_at_the_first_trip(x: Array, n: int) -> Result:
    for i in range(n):
        for j in range(i, n):
            return x[i] * x[j + 1]
    for i in range(3):
        while True:
            n += 1
            if n > 9:
                return x[5] * n
        never_bound = x[i]
    return never_bound
