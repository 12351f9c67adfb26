"""Arrays made by the function and then filled, element by element and slice by slice."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=6),), compiled=True)
def recurrence(x: Array) -> Result:
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * 0.5 + x[i]
    return np.sum(y * y)


@program(args=lambda rng: (rng.normal(size=7), 0.3))
def recurrence_of_second_order(x: Array, a: float) -> Result:
    y = np.empty_like(x)
    y[0] = x[0]
    y[1] = x[1] * a
    for i in range(2, x.size):
        y[i] = a * y[i - 1] * y[i - 2] + math.sin(x[i])
    return y[-1] + y[3]


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=(4, 2))))
def matrix_product_by_hand(a: Array, b: Array) -> Result:
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return np.sum(np.tanh(c))


@program(args=lambda rng: (rng.normal(size=(5, 6)),), compiled=True)
def stencil(u: Array) -> Result:
    v = np.zeros_like(u)
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            v[i, j] = u[i, j] ** 2 + 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
    return np.sum(v * v)


@program(args=lambda rng: (rng.normal(size=(5, 6)),))
def stencil_in_slices(u: Array) -> Result:
    v = np.zeros(u.shape)
    v[1:-1, 1:-1] = u[:-2, 1:-1] * u[2:, 1:-1] + u[1:-1, :-2] - u[1:-1, 2:]
    v[0] = u[0] * 2.0
    v[:, -1] = u[:, 0]
    return np.sum(v**2 * u)


@program(args=lambda rng: (rng.normal(size=8),))
def slice_overwrites_its_own_source(x: Array) -> Result:
    y = x * x
    y[1:] = y[:-1] * 2.0
    y[::2] = y[1::2] + y[::2]
    y[1:-1] += y[2:]
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=5),))
def element_overwritten(x: Array) -> Result:
    y = np.zeros(5)
    s = 0.0
    for i in range(5):
        y[0] = x[i] * x[i]
        s += y[0] * x[0]
        y[0] = math.sin(y[0])
        s *= y[0] + 1.0
    return s + y[0]


@program(args=lambda rng: (rng.normal(size=6), np.array([0, 1, 1, 2, 0, 1])), compiled=True)
def histogram_by_index(x: Array, bins: Array) -> Result:
    h = np.zeros(3)
    for i in range(len(x)):
        h[bins[i]] += x[i] ** 2
    return h[0] * h[1] * h[2]


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def filled_by_rows(a: Array) -> Result:
    y = np.ones((3, 4))
    for i in range(3):
        y[i] = a[i] * i + y[i - 1]
        y[i, :2] *= a[i, 2:]
    y[:] = y * 2.0
    y[...] += 1.0
    return np.sum(y * a)


@program(args=lambda rng: (rng.normal(size=4), 1.5))
def scalar_into_slice(x: Array, s: float) -> Result:
    y = np.empty((3, 4))
    y[:] = s
    y[1] = x[2] * s
    y[2, 1:] = x[1:]
    y[:, 0] -= x[0] * y[:, 1]
    return np.sum(y * y)


@program(args=lambda rng: (rng.normal(size=5),))
def ping_pong_between_two_arrays(x: Array) -> Result:
    u = x * 1.0
    v = np.zeros(5)
    for _ in range(3):
        for i in range(1, 4):
            v[i] = 0.5 * (u[i - 1] + u[i + 1]) * u[i]
        for i in range(1, 4):
            u[i] = math.tanh(v[i])
    return np.sum(u * v)


@program(args=lambda rng: (rng.normal(size=(4, 4)) * 0.1 + 2.0 * np.eye(4),))
def cholesky(a: Array) -> Result:
    n = a.shape[0]
    low = np.zeros((n, n))
    for j in range(n):
        s = a[j, j]
        for k in range(j):
            s -= low[j, k] ** 2
        low[j, j] = math.sqrt(s)
        for i in range(j + 1, n):
            t = a[i, j]
            for k in range(j):
                t -= low[i, k] * low[j, k]
            low[i, j] = t / low[j, j]
    return np.sum(low * low) + low[-1, 0]


@program(args=lambda rng: (rng.normal(size=5),))
def stores_under_conditions(x: Array) -> Result:
    y = np.zeros(5)
    for i in range(5):
        if x[i] > 0:
            y[i] = x[i] ** 2
        else:
            y[-1] = y[i - 1] - x[i]
        if y[i] > 0.5:
            y[i] *= x[0]
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=3)))
def convolution(x: Array, w: Array) -> Result:
    y = np.zeros(len(x) + len(w) - 1)
    for i in range(len(x)):
        for j in range(len(w)):
            y[i + j] += x[i] * w[j]
    return y * y


@program(args=lambda rng: (rng.normal(size=(3, 3)),))
def array_made_in_every_trip(a: Array) -> Result:
    s = 0.0
    for i in range(3):
        t = np.zeros(3)
        for j in range(3):
            t[j] = a[i, j] * a[j, i] + (t[j - 1] if j > 0 else s)
        s += np.sum(t * t) * t[1]
    return s


@program(args=lambda rng: (rng.normal(size=(3, 2)), rng.normal(size=2)))
def expression_array_in_loop(a: Array, w: Array) -> Result:
    s = 0.0
    for i in range(3):
        z = np.exp(a[i] * w)
        s += np.sum(z * z) / z[0]
    return s


@program(args=lambda rng: (rng.normal(size=6),))
def integer_array_filled(x: Array) -> Result:
    order = np.zeros(6, dtype=np.int64)
    for i in range(6):
        order[i] = (i * i + 1) % 6
    s = 0.0
    for i in range(6):
        s += x[order[i]] * x[order[-i]]
    return s


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def linear_stores(x: Array, y: Array) -> Result:
    z = np.zeros((2, 4))
    z[0] = 2.0 * x
    z[1] = z[0] - 3.0 * y
    z[0] += z[1]
    return z


@program(args=lambda rng: (rng.normal(size=(2, 3)),))
def three_dimensional_target(a: Array) -> Result:
    c = np.zeros((2, 3, 2))
    c[:, :, 0] = a
    c[..., 1] = a * a
    c[1, :, :] += c[0, ::-1, :]
    return np.sum(c[:, 0] * c[:, 1] * c[:, 2])
