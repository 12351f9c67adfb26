"""Other spellings: keywords, positional axes, chained indexing, shapes taken apart, ways to write an assignment."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=(3, 4)), 0.5))
def creation_by_keyword(x: Array, s: float) -> Result:
    a = np.zeros(shape=(3, 4)) + np.full(shape=4, fill_value=s)
    b = np.linspace(0, 1, num=4, endpoint=False)
    c = np.ones((4,), dtype=float) * np.arange(4, 0, -1)
    d = np.full((3, 1), 2, dtype=np.float64) + np.eye(3, 4, -1)
    return np.sum(a * x + b * x * x) + np.sum(c * d * x)


@program(args=lambda rng: (rng.normal(size=(2, 3, 4)),))
def axes_by_position(x: Array) -> Result:
    a = np.sum(x, 1) * x.max(1)
    b = np.mean(x, (0, 1)) + x.sum(0)[1] * np.min(x, -1)[0, 2]
    c = np.mean(x, keepdims=True) * x.sum(keepdims=True)
    return np.sum(a) + np.sum(b) + c[0, 0, 0]


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def shape_taken_apart(x: Array) -> Result:
    rows, columns = x.shape
    s = 0.0
    for i in range(rows):
        for j in range(i + 1, columns):
            s += x[i, j] * x[i, -j]
    return s / (rows * columns) + x.shape[-1] * x[0, 0] + len(x) * x.size * np.mean(x) * x.ndim


@program(args=lambda rng: (rng.normal(size=(3, 4)), 2))
def chained_indexing(x: Array, k: int) -> Result:
    s = x[1][2] * x.T[k][0] + (x * x)[1:][0][-1]
    for i in range(3):
        s += x[i][i] * x[::-1][i, k] + x.sum(axis=0)[i]
    return s * x.shape[1]


@program(args=lambda rng: (0.4, 1.1))
def ways_to_assign(x: float, y: float) -> Result:
    """A docstring is no statement."""
    a = b = x * y
    c: float = a + 1.0
    (d, e), [f, g] = (a, c), (b, y)
    a, b = b, a + d
    if x > 5:
        pass
    else:
        e, f = f, e
    return a * b + c * d - e / f + g


@program(args=lambda rng: (rng.normal(size=5),))
def constants_of_modules(x: Array) -> Result:
    best = -np.inf
    for v in x:
        best = max(best, v)
    return best * np.pi + np.sum(np.cos(math.pi * x)) * math.e + (best if best < math.inf else 0.0)


@program(args=lambda rng: (rng.normal(size=9), 8, 3))
def range_bounds_from_arguments(x: Array, n: int, k: int) -> Result:
    s = 0.0
    for i in range(n, 0, -k):
        s = s * x[i] + x[i - 1]
    for i in range(k, n, k):
        s += x[i] ** 2
    return s


@program(args=lambda rng: (rng.normal(size=8),))
def slices_with_moving_bounds(x: Array) -> Result:
    s = 0.0
    for i in range(1, 5):
        s += np.sum(x[i : 2 * i] * x[i - 1 : 2 * i - 1]) + np.sum(x[-i:]) * x[i]
        s += np.sum(x[i::-1] * x[: i + 1]) + np.sum(x[8 - i : i - 1])
    return s


@program(args=lambda rng: (rng.normal(size=(2, 3)), rng.normal(size=(2, 2))))
def layouts_by_method(x: Array, y: Array) -> Result:
    a = x.transpose() @ y
    b = x.transpose((1, 0)) * a[:, :1]
    c = x.reshape(x.shape[0], -1, 1) + np.reshape(y, -1)
    d = np.transpose(c)[::2].reshape(-1)
    return np.sum(b * a) + np.sum(c**2) + d @ d


@program(args=lambda rng: (rng.normal(size=(2, 3)), rng.normal(size=3)))
def arguments_by_keyword(x: Array, v: Array) -> Result:
    a = np.clip(x, a_min=-0.5, a_max=v)
    b = np.concatenate((x, a), axis=0) + np.stack(arrays=(v, v * v), axis=0)[1]
    c = np.diag(v, k=1) + np.diag(v[:2], -2).sum()
    return np.sum(b * b) + np.sum(c) * np.sum(np.flip(x, axis=(0, 1)) * x)


@program(args=lambda rng: (rng.normal(size=(2, 3)), rng.normal(size=3), 0.7))
def products_of_every_rank(a: Array, v: Array, s: float) -> Result:
    u = np.dot(a, v) + a.dot(v) * s
    w = np.dot(s, v) + np.dot(u, a)
    m = np.outer(a, v)
    return np.dot(u, u) * np.sum(w * v) + np.sum(m[1:5] ** 2)


@program(args=lambda rng: (rng.normal(size=6), 2.0))
def return_after_loop_in_branch(x: Array, t: float) -> Result:
    s = 0.0
    if t > 1:
        for v in x:
            s += v * t
        if s > 100:
            return s
        s = s * s
    else:
        return t * x[0]
    for i in range(2):
        s += x[i] / t
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, (3, 3)),))
def augmented_elements(x: Array) -> Result:
    y = np.ones((3, 3))
    for i in range(3):
        for j in range(3):
            y[i, j] *= x[i, j]
            y[i, j] **= 2
            y[i, -j] -= 0.1 * x[j, i]
        y[i] /= x[0]
        y[:, i] += y[i, i]
    y[1:, None] += x[:2, None]
    return np.sum(y)


@program(args=lambda rng: (rng.normal(size=(3, 3)),))
def three_dimensional_loops_over_arrays(x: Array) -> Result:
    cube = np.zeros((3, 3, 3))
    for i in range(3):
        cube[i] = x * x[i]
    s = 0.0
    for plane in cube:
        for row in plane:
            s += row @ row * row[0]
    return s


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def element_compared_with_element(x: Array, y: Array) -> Result:
    s = 0.0
    for i in range(4):
        for j in range(4):
            if (x[i] < y[j] and i != j) or x[j] >= y[i]:
                s += x[i] * y[j] if i <= j else x[j]
            elif not (i == j):
                s -= y[j] ** 2
    return s
