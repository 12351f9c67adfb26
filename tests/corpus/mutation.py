"""Algorithms in place: factorisations, solvers, sorting, scans; arguments overwritten and then read."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, Rng, program


def _dominant(rng: Rng, n: int) -> Array:
    return rng.normal(size=(n, n)) + n * np.eye(n)


def _definite(rng: Rng, n: int) -> Array:
    a = rng.normal(size=(n, n))
    return a @ a.T + n * np.eye(n)


@program(args=lambda rng: (_definite(rng, 4),), compiled=True)
def cholesky_in_place(a: Array) -> Result:
    n = a.shape[0]
    for j in range(n):
        for k in range(j):
            a[j, j] -= a[j, k] ** 2
        a[j, j] = math.sqrt(a[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
    s = 0.0
    for i in range(n):
        s += math.log(a[i, i]) + a[i, 0] * a[n - 1, i]
    return s


@program(args=lambda rng: (_definite(rng, 4),))
def cholesky_in_slices(a: Array) -> Result:
    n = len(a)
    for j in range(n):
        a[j, j] = np.sqrt(a[j, j] - np.sum(a[j, :j] ** 2))
        a[j + 1 :, j] = (a[j + 1 :, j] - a[j + 1 :, :j] @ a[j, :j]) / a[j, j]
        a[j, j + 1 :] = 0.0
    return np.sum(a * a[0, 0]) + np.sum(a[:, 1])


@program(args=lambda rng: (_dominant(rng, 4), rng.normal(size=4)), compiled=True)
def lu_and_solve(a: Array, b: Array) -> Result:
    n = len(b)
    for k in range(n - 1):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    for i in range(1, n):
        b[i] -= a[i, :i] @ b[:i]
    for i in range(n - 1, -1, -1):
        b[i] = (b[i] - np.sum(a[i, i + 1 :] * b[i + 1 :])) / a[i, i]
    return np.sum(b * b)


@program(args=lambda rng: (_dominant(rng, 3), rng.normal(size=(3, 2))))
def triangular_solve_with_rows(low: Array, b: Array) -> Result:
    for i in range(len(low)):
        for j in range(i):
            b[i] -= low[i, j] * b[j]
        b[i] /= low[i, i]
    return np.sum(np.tanh(b))


@program(args=lambda rng: (_dominant(rng, 4), rng.normal(size=4), 3))
def gauss_seidel(a: Array, b: Array, sweeps: int) -> Result:
    x = np.zeros(len(b))
    for _ in range(sweeps):
        for i in range(len(b)):
            x[i] = 0.0
            x[i] = (b[i] - a[i] @ x) / a[i, i]
    return np.sum(x**3)


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=5) + 6.0, rng.normal(size=4), rng.normal(size=5)))
def thomas_algorithm(low: Array, diag: Array, up: Array, d: Array) -> Result:
    n = len(diag)
    for i in range(1, n):
        w = low[i - 1] / diag[i - 1]
        diag[i] -= w * up[i - 1]
        d[i] -= w * d[i - 1]
    d[-1] /= diag[-1]
    for i in range(n - 2, -1, -1):
        d[i] = (d[i] - up[i] * d[i + 1]) / diag[i]
    return np.sum(d * d) + diag[2]


@program(args=lambda rng: (rng.normal(size=8), 0.3))
def butterflies(x: Array, w: float) -> Result:
    half = 1
    for _ in range(3):
        for start in range(0, 8, 2 * half):
            for k in range(start, start + half):
                x[k], x[k + half] = x[k] + w * x[k + half], x[k] - w * x[k + half] ** 2
        half *= 2
    return x[0] * x[3] + np.sum(x[4:])


@program(args=lambda rng: (rng.normal(size=6),), compiled=True)
def bubble_sort(x: Array) -> Result:
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return np.sum(x * np.arange(1, n + 1) ** 2)


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def sorting_network(x: Array, w: Array) -> Result:
    for i, j in ((0, 1), (2, 3), (0, 2), (1, 3), (1, 2)):
        low, high = min(x[i], x[j]), max(x[i], x[j])
        x[i], x[j] = low, high
    return x @ w


@program(args=lambda rng: (rng.normal(size=7),))
def prefix_sums(x: Array) -> Result:
    for i in range(1, len(x)):
        x[i] += x[i - 1] * 0.9
    for i in range(len(x) - 2, -1, -1):
        x[i] *= x[i + 1]
    return np.sum(x)


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def prefix_sums_of_rows(x: Array) -> Result:
    for i in range(1, 3):
        x[i] += x[i - 1] * x[i - 1]
    x[:, 1:] -= x[:, :-1]
    return np.sum(x * x[0])


@program(args=lambda rng: (rng.normal(size=5),), compiled=True)
def argument_overwritten_then_read(x: Array) -> Result:
    s = np.sum(x * x)
    x[1] = x[0] * x[1]
    s += x[1] * x[2]
    x[:] = np.sin(x)
    s *= x[1]
    x[3] = 2.0
    return s + np.sum(x)


@program(args=lambda rng: (rng.uniform(1.0, 2.0, size=4), 1.7))
def division_in_place(x: Array, d: float) -> Result:
    x /= d
    x[1:] /= x[:-1]
    x[0] /= x[3]
    d /= x[2]
    x /= np.sqrt(x)
    return np.sum(x) * d


@program(args=lambda rng: (rng.uniform(0.5, 1.5, size=5),))
def every_operator_in_place(x: Array) -> Result:
    y = x.copy()
    y += x
    y -= 0.3
    y *= y
    y /= x + 1.0
    y **= 2
    y[1:4] **= x[2]
    y[::2] //= 0.25
    y[1::2] %= 0.4
    z = np.ones((5, 5))
    z @= np.outer(y, x)
    return np.sum(y * x) + np.sum(z * z)


@program(args=lambda rng: (rng.normal(size=8),))
def overlaps_in_both_directions(x: Array) -> Result:
    y = x * 1.0
    y[2:] = y[:-2] * 2.0
    y[:-1] = y[1:] + y[:-1]
    y[1:] += y[:-1]
    y[:-3] *= y[3:]
    y[...] = y[::-1] - y
    y[1::2], y[::2] = y[::2], y[1::2] * 3.0
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=(4, 4)),))
def overlaps_in_two_dimensions(x: Array) -> Result:
    x[1:, 1:] = x[:-1, :-1] * 1.5
    x[:, 1:-1] += x[:, 2:] * x[:, :-2]
    x[1:-1, 1:-1] = 0.25 * (x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:])
    x += x.T
    x[:2] = x[2:] * x[:2]
    return np.sum(x * x)


@program(args=lambda rng: (rng.normal(size=(5, 5)), 3), compiled=True)
def seidel_sweeps(u: Array, steps: int) -> Result:
    for _ in range(steps):
        for i in range(1, 4):
            for j in range(1, 4):
                u[i, j] = 0.2 * (u[i, j] + u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] ** 2)
    return np.sum(u * u)


@program(args=lambda rng: (rng.normal(size=6), rng.normal(size=6), 4, 0.05))
def leapfrog(x: Array, v: Array, steps: int, h: float) -> Result:
    for _ in range(steps):
        force = -np.sin(x)
        force[1:] += x[:-1] - x[1:]
        force[:-1] += x[1:] - x[:-1]
        v += h * force
        x += h * v
    return 0.5 * np.sum(v * v) + np.sum(np.cos(x))


@program(args=lambda rng: (rng.normal(size=5), np.array([1, 5, -3])))
def casts_on_store(x: Array, n: Array) -> Result:
    whole = np.zeros(5, dtype=np.int64)
    whole[:] = x * 4.0
    whole[0] = 2.9
    n[1] = x[0] * 10.0
    y = np.zeros(5)
    y[:] = whole
    y[2:] = n
    single = np.zeros(5, np.float32)
    single[:] = x
    single *= 2.0
    return np.sum(y * x) + np.sum(single * x[0]) + n[1]


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=4), 0.6))
def broadcasting_stores(x: Array, row: Array, a: float) -> Result:
    y = np.empty((2, 3, 4))
    y[...] = row
    y[0] *= x
    y[1, :, :] = x[:, :1]
    y[:, 2] = a * a
    y[:, :2] += row * y[0, 2]
    y[1, 1] = [a, row[0], x[0, 0], 2.0]
    y[0, 0, 1:3] = (x[2, 2], a)
    return np.sum(y**2)


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def swaps_through_tuples(x: Array, y: Array) -> Result:
    x[0], x[3] = x[3] * 2.0, x[0]
    x, y = y, x
    x[1], y[1], s = y[1], x[1], x[0] * y[0]
    i, x[i] = 2, s
    (x[0], *rest), y[3] = (y[0], y[2], s), x[3]
    return np.sum(x * y) + rest[0] * rest[1]


@program(args=lambda rng: (rng.normal(size=3), 0.8))
def filled_and_copied_over(x: Array, a: float) -> Result:
    y = np.empty(3)
    y.fill(a * x[0])
    z = np.full(3, a)
    np.copyto(z, x * y)
    z[1:].fill(z[0])
    return np.sum(y * z * x)


@program(args=lambda rng: (rng.normal(size=5), 3))
def scratch_space_reused(x: Array, n: int) -> Result:
    scratch = np.zeros(5)
    s = 0.0
    for k in range(n):
        scratch[:] = 0.0
        for i in range(k, 5):
            scratch[i - k] = x[i] * x[i - k]
        s += np.sum(scratch * scratch)
    return s + scratch[4]


@program(args=lambda rng: (rng.normal(size=4), 4))
def shape_fixed_per_trip(x: Array, n: int) -> Result:
    s = 0.0
    for k in range(1, n + 1):
        part = np.zeros(k)
        part[-1] = x[k - 1]
        part[: k - 1] = x[: k - 1] * part[-1]
        part += part[::-1]
        s += np.sum(part * part)
    return s


@program(args=lambda rng: (rng.normal(size=(3, 3)),))
def gauss_jordan(a: Array) -> Result:
    n = len(a)
    inverse = np.eye(n)
    a += 4.0 * np.eye(n)
    for k in range(n):
        pivot = a[k, k]
        a[k] /= pivot
        inverse[k] /= pivot
        for i in range(n):
            if i != k:
                factor = a[i, k]
                a[i] -= factor * a[k]
                inverse[i] -= factor * inverse[k]
    return np.sum(inverse * inverse)
