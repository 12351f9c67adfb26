"""Loops over ranges and arrays, with carried scalars, nesting and zero trips."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=6),), compiled=True)
@program(args=lambda rng: (rng.normal(size=0),), label="zero_trips")
def integer_start(x: Array) -> Result:
    s = 0
    for i in range(len(x)):
        s += x[i] * x[i]
    return s * 1.0


@program(args=lambda rng: (rng.normal(size=5), 3.0))
@program(args=lambda rng: (rng.normal(size=0), 3.0), label="zero_trips")
def value_before_loop(x: Array, s: float) -> Result:
    last = s * s
    for v in x:
        last = v * s
        s = s + last
    return last * s


@program(args=lambda rng: (0.7, 6))
def carried_pair_swapped(x: float, n: int) -> Result:
    a, b = x, 1.0
    for k in range(n):
        a, b = b + 0.1 * k, a * b + x
    return a * b


@program(args=lambda rng: (rng.normal(size=(5, 5)),), compiled=True)
def inner_bound_depends_on_outer(a: Array) -> Result:
    total = 0.0
    for i in range(a.shape[0]):
        row = 1.0
        for j in range(i):
            row *= a[i, j] + a[j, i]
        for j in range(i, a.shape[1]):
            total += row * a[i, j] ** 2
    return total


@program(args=lambda rng: (rng.normal(size=9),))
def steps_and_backwards(x: Array) -> Result:
    s = 1.0
    for i in range(8, -1, -2):
        s = s * 0.5 + x[i]
    for i in range(1, 9, 3):
        s += s * x[i]
    for i in range(5, 5):
        s = x[i]
    for i in range(3, 0):
        s = 0.0
    return s


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def over_rows(a: Array) -> Result:
    s = 0.0
    for row in a:
        for v in row:
            s = math.sin(s) + v * v
        s += row[0] * row[-1]
    return s


@program(args=lambda rng: (rng.normal(size=(4, 3)).T, rng.normal(size=4)))
def over_rows_of_transpose(a: Array, w: Array) -> Result:
    s = 0.0
    for row in a:
        s += (row * w).sum() ** 2
    return s


@program(args=lambda rng: (1.8, 5))
@program(args=lambda rng: (1.8, 0), label="zero_trips")
def newton_square_root(a: float, n: int) -> Result:
    x = a
    for _ in range(n):
        x = 0.5 * (x + a / x)
    return x * a


@program(args=lambda rng: (rng.normal(size=6), 0.3))
def horner(c: Array, t: float) -> Result:
    p = 0.0
    for k in range(len(c)):
        p = p * t + c[len(c) - 1 - k]
    return p


@program(args=lambda rng: (rng.normal(size=5),))
def loop_index_as_number(x: Array) -> Result:
    s = 0.0
    for i in range(x.size):
        s += i * x[i] ** i + x[i] / (i + 1) + math.sin(i * x[i])
    return s


@program(args=lambda rng: (rng.normal(size=4),))
def variable_left_by_loop(x: Array) -> Result:
    t = 0.0
    for i in range(3):
        t = x[i] * (i + 1)
    return t * i + x[i + 1]


@program(args=lambda rng: (rng.normal(size=(3, 3)), 4), compiled=True)
def three_levels(a: Array, n: int) -> Result:
    s = 0.1
    for t in range(n):
        for i in range(3):
            u = s
            for j in range(3):
                u = u * a[i, j] + t
            s = math.tanh(u) + s * 0.5
    return s


@program(args=lambda rng: (rng.normal(size=(4, 4)), 2))
def zero_trips_for_some(a: Array, n: int) -> Result:
    s = 0.0
    for i in range(4):
        last = a[i, 0]
        for j in range(n - i):
            last = last * a[i, j]
        s += last
    return s


@program(args=lambda rng: (0.3, 0.2))
def integers_carried(x: float, y: float) -> Result:
    n, m = 1, 1
    s = 0.0
    for _ in range(7):
        n, m = m, n + m
        s += x**n * m + y
    return s


@program(args=lambda rng: (rng.normal(size=6), rng.normal(size=6)))
def consecutive_loops_share_state(x: Array, y: Array) -> Result:
    mean = 0.0
    for v in x:
        mean += v / len(x)
    spread = 0.0
    for v in x:
        spread += (v - mean) ** 2
    cross = 0.0
    for i in range(len(y)):
        cross += (x[i] - mean) * y[i] / math.sqrt(spread)
    return cross + mean


@program(args=lambda rng: (3.7,))
def logistic_map(r: float) -> Result:
    x = 0.4
    s = 0.0
    for _ in range(6):
        x = r * x * (1 - x)
        s += x if x > 0.5 else 1 - x
    return s


@program(args=lambda rng: (rng.normal(size=140), 0.3), compiled=True)
@program(args=lambda rng: (rng.normal(size=0), 0.3), label="zero_trips")
def expensive_terms_of_a_chain(x: Array, a: float) -> Result:
    s, decayed = 0.0, 1.0
    kept = np.zeros(len(x))
    for i in range(len(x)):
        t = math.exp(a * x[i])
        kept[i] = t * x[i]
        s += t * i
        decayed = 0.5 * decayed + math.tanh(x[i]) * x[i - 1]
    return s * 1e-3 + decayed * np.sum(kept)


@program(args=lambda rng: (rng.normal(size=(3, 20)),), compiled=True)
def chain_that_reads_what_it_stores(x: Array) -> Result:
    u = np.zeros(x.shape)
    s = 0.0
    for i in range(x.shape[0]):
        for j in range(1, x.shape[1]):
            s = 0.9 * s + math.sin(x[i, j]) * u[i, j - 1]
            u[i, j] = s + x[i, j]
    return s + np.sum(u * u)


def slope(x: Array, y: Array) -> Array:
    z = np.empty_like(x)
    z[0] = x[0]
    z[1:] = x[1:] * y[:-1]
    return z


@program(args=lambda rng: (rng.normal(size=5), 4), compiled=True)
@program(args=lambda rng: (rng.normal(size=1), 3), label="one_element")
@program(args=lambda rng: (rng.normal(size=5), 0), label="zero_trips")
def steps_whose_stages_are_made_from_each_other(x: Array, steps: int) -> Result:
    y = np.zeros_like(x)
    for _ in range(steps):
        k1 = slope(x, y)
        k2 = slope(x, y + 0.5 * k1)
        k3 = slope(x, y + 0.5 * k2)
        y = y + 0.3 * (k1 + 2.0 * k2 + k3) + k3 * k2
    return np.sum(y * y)


@program(args=lambda rng: (rng.normal(size=5), rng.normal(size=4)))
def array_filled_twice_in_places(x: Array, c: Array) -> Result:
    s = 0.0
    for k in range(len(c)):
        z = np.zeros(5)
        z[0] = c[k] * x[0]
        z[1] = x[1] * x[1]
        for i in range(4):
            z[i + 1] = c[k] * x[i]
        w = np.zeros(5)
        w[4] = c[k]
        for i in range(4):
            w[i] = z[i + 1] * z[i]
        s += np.sum(np.sin(w) * w) * np.sum(z * z)
    return s


@program(args=lambda rng: (rng.normal(size=5), rng.normal(size=4)))
def array_read_before_it_is_filled(x: Array, c: Array) -> Result:
    s = 0.0
    for k in range(len(c)):
        z = np.zeros(5)
        z[0] = c[k] * x[0]
        early = np.sin(z[0] * x[1]) + np.sum(z * z)
        for i in range(4):
            z[i + 1] = c[k] * x[i] * early
        s += np.sum(np.sin(z) * z)
    return s


@program(args=lambda rng: (rng.normal(size=5), rng.normal(size=4)))
def source_of_an_array_stored_into_later(x: Array, c: Array) -> Result:
    s = 0.0
    y = x * 1.0
    for k in range(len(c)):
        z = np.empty(5)
        z[0] = c[k] * y[0]
        z[1:] = y[:-1] * y[1:]
        w = np.empty(5)
        w[0] = z[4]
        w[1:] = z[:-1] * c[k]
        y[2] = s * 0.1
        s += np.sum(np.sin(w) * w) + np.sum(z * z)
    return s + np.sum(y)


@program(args=lambda rng: (rng.normal(size=3), 4), compiled=True)
def a_number_that_arrays_are_added_to(x: Array, n: int) -> Result:
    s, t = 0.0, 0
    for i in range(n):
        s = s + x * i
        t += x**i
    return np.sum(s * t) + np.sum(sum(x * k for k in range(3)) ** 2) + np.sum(sum([x, x * x]) * x)


@program(args=lambda rng: (rng.normal(size=(3, 2)), 3))
def a_number_that_rows_are_added_to(x: Array, n: int) -> Result:
    """It is a number in the first trip: `t` adds nothing there, and the sum of an array later."""
    s, t = 1.0, 0.0
    for row in x:
        t = t + np.sum(s) * row[0]
        s = s * row
    total = 0.0
    for i in range(n):
        for j in range(n):
            if j == 2:
                continue
            total = total + x[i] * (i + j)
        if total[0] > 40.0:
            break
    else:
        total = total * 2.0
    return t + np.sum(s) + np.sum(total**2)


@program(args=lambda rng: (rng.normal(size=3), 3))
def a_product_of_arrays_in_a_while(x: Array, n: int) -> Result:
    p, k = 1, 0
    while k < n:
        p = p * (x + k)
        k += 1
    return np.sum(p)


@program(args=lambda rng: (rng.normal(size=3),))
def longer_in_every_trip(x: Array) -> Result:
    y, z = x, np.zeros(0)
    for _ in range(2):
        y = np.concatenate([y, x])
        for k in range(2):
            z = np.append(z, y * (k + 1.0))
    return np.sum(y * np.arange(y.size)) + np.sum(z * z * np.arange(z.size))


@program(args=lambda rng: (rng.normal(size=8),))
def half_as_long_in_every_trip(x: Array) -> Result:
    halved = x
    for _ in range(3):
        halved = halved[::2] * halved[1::2] + halved[0]
    y = x[:4]
    for _ in range(2):
        y = np.tile(y, 2) * np.tanh(y[0])
    return np.sum(halved) + np.sum(y * np.arange(y.size))
