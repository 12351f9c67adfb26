"""`break`, `continue` and `else` of `for` loops; names that only some paths bind."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.uniform(0.1, 1.0, size=8), 1.7), compiled=True)
@program(args=lambda rng: (rng.uniform(0.1, 1.0, size=8), 0.0), label="first_trip")
@program(args=lambda rng: (np.full(4, 0.5), 1.9), label="last_trip")
@program(args=lambda rng: (rng.uniform(0.1, 1.0, size=8), 99.0), label="never")
@program(args=lambda rng: (np.zeros(0), 1.0), label="zero_trips")
def sum_until(x: Array, limit: float) -> Result:
    s = 0.0
    for i in range(len(x)):
        s += x[i] * (1.0 + 0.1 * s)
        if s > limit:
            break
    return s * s


@program(args=lambda rng: (rng.normal(size=(4, 5)), 1.2))
@program(args=lambda rng: (rng.normal(size=(4, 5)), -9.0), label="first_trip")
@program(args=lambda rng: (rng.normal(size=(4, 5)), 99.0), label="never")
def breaks_inside_and_outside(m: Array, limit: float) -> Result:
    s = 0.5
    for i in range(m.shape[0]):
        row = 0.0
        for j in range(m.shape[1]):
            if m[i, j] > limit:
                row = row * 2.0
                break
            row += m[i, j] * s
        s = s + row * row * 0.1
        if s > 2.0 * limit:
            break
    return s


@program(args=lambda rng: (rng.normal(size=7), 0.9))
@program(args=lambda rng: (rng.normal(size=7), 99.0), label="not_found")
def search_with_else(x: Array, limit: float) -> Result:
    found = 0
    for i in range(len(x)):
        if abs(x[i]) > limit:
            found = i
            break
    else:
        return np.sum(x * x)
    return x[found] * x[found - 1]


@program(
    args=lambda rng: (np.array([0.2, 0.7, 1.1, 2.0, 3.5]), np.array([1.0, -1.0, 2.0, 0.5, 1.5]), 1.6), compiled=True
)
@program(
    args=lambda rng: (np.array([0.2, 0.7, 1.1, 2.0, 3.5]), np.array([1.0, -1.0, 2.0, 0.5, 1.5]), 9.0), label="beyond"
)
def interpolation_table(knots: Array, values: Array, at: float) -> Result:
    for i in range(len(knots) - 1):
        if knots[i + 1] >= at:
            break
    w = (at - knots[i]) / (knots[i + 1] - knots[i])
    return (1.0 - w) * values[i] + w * values[i + 1]


@program(args=lambda rng: (rng.normal(size=10),))
def continue_with_state(x: Array) -> Result:
    s, last = 0.0, 1.0
    for i in range(len(x)):
        if x[i] < -0.5:
            last = last * 0.5
            continue
        if x[i] > 1.0:
            s += last * x[i]
            continue
        last = math.tanh(last + x[i])
        s = s * 0.8 + last
    return s * last


@program(args=lambda rng: (rng.normal(size=(6, 6)),))
def triangle_with_exits(m: Array) -> Result:
    s = 1.0
    for i in range(m.shape[0]):
        if i == 3:
            continue
        for j in range(i, -1, -1):
            if m[i, j] * s > 1.5:
                break
            if m[i, j] < -1.0:
                continue
            for k in range(j, m.shape[1], 2):
                s += 0.1 * m[i, k] * m[k, j]
                if s > 4.0:
                    s = 1.0
                    break
        else:
            s *= 0.9
    return s


@program(args=lambda rng: (rng.normal(size=12) * 0.4, 30))
def stencil_until_quiet(x: Array, steps: int) -> Result:
    u = x.copy()
    v = np.zeros_like(u)
    for _ in range(steps):
        v[0], v[-1] = u[0], u[-1]
        for i in range(1, len(u) - 1):
            v[i] = u[i] + 0.25 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) - 0.01 * u[i] ** 3
        largest = 0.0
        for i in range(len(u)):
            largest = max(largest, abs(v[i] - u[i]))
        for i in range(len(u)):
            u[i] = v[i]
        if largest < 0.05:
            break
    return np.sum(u * u)


@program(args=lambda rng: (rng.normal(size=12) * 0.4, 30))
def buffers_swapped_until_quiet(x: Array, steps: int) -> Result:
    u = x.copy()
    v = x.copy()
    for t in range(steps):
        v[1:-1] = u[1:-1] + 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:]) * np.cos(u[1:-1])
        u, v = v, u
        if np.sum(np.abs(u - v)) < 0.4:
            break
    return np.sum(u * u) + t


@program(args=lambda rng: (rng.normal(size=6),))
def array_written_before_break(x: Array) -> Result:
    y = np.zeros(6)
    for i in range(6):
        y[i] = x[i] * x[i]
        if i > 0:
            y[i] += y[i - 1] * x[i]
        if y[i] > 1.0:
            y[i] = 1.0
            continue
        if x[i] < -1.2:
            break
        y[i - 1] = y[i] * 0.5
    return y


@program(args=lambda rng: (rng.normal(size=6), 2))
@program(args=lambda rng: (rng.normal(size=6), 5), label="last_trip")
def bound_in_the_loop_only(x: Array, n: int) -> Result:
    for i in range(len(x)):
        y = x[i] * x[i]
        if i == n:
            found = y * 3.0
            break
        z = y + 1.0
    return found * y * z + i


@program(args=lambda rng: (rng.normal(size=5), 3))
def bound_in_branches(x: Array, n: int) -> Result:
    if n > 2:
        a = x[0] * x[1]
    else:
        b = x[2]
    if n > 5:
        c = a
    elif n > 2:
        c = a * x[3]
    else:
        c = b
    return c * c


@program(args=lambda rng: (rng.normal(size=(5, 3)), rng.normal(size=5)))
def rows_and_streams(m: Array, x: Array) -> Result:
    s = 0.0
    for k, (row, v) in enumerate(zip(reversed(m), x)):
        if v < -1.0:
            continue
        s += row[0] * v + k * row[1]
        if s > 3.0:
            break
        for w in row:
            if w > s:
                break
            s = s * 0.5 + w
    return s


@program(args=lambda rng: (rng.normal(size=(4, 3)),))
def rows_written_until_break(m: Array) -> Result:
    a = m * 1.0
    for i, row in enumerate(a):
        row[0] = row[1] * row[2]
        if row[0] > 1.0 and i > 1:
            break
        row *= 0.5 + row[0]
    return a


@program(args=lambda rng: (rng.normal(size=9), 3))
@program(args=lambda rng: (rng.normal(size=9), -2), label="backwards")
def variable_steps(x: Array, step: int) -> Result:
    s = 1.0
    start, stop = (0, 9) if step > 0 else (8, -1)
    for i in range(start, stop, step):
        s = s * x[i] + 0.3
        if s > 2.0:
            break
    for i in reversed(range(start, stop, step)):
        s = s * 0.7 + x[i] * i
        for j in range(i, i + 2 * step, step):
            if j < 0 or j > 8:
                continue
            s += x[j] * x[i]
    return s


@program(args=lambda rng: (rng.normal(size=4),))
def static_loop_with_exits(x: Array) -> Result:
    s = 0.0
    for k, (scale, f) in enumerate([(1.0, math.sin), (2.0, math.cos), (0.5, math.exp), (3.0, math.tanh)]):
        if x[k] > 0.8:
            s += 1.0
            continue
        s += f(x[k] * scale)
        if s < -0.5:
            s = s * x[0]
            break
    else:
        s += x[1] * x[2]
    return s


@program(args=lambda rng: (rng.uniform(0.5, 1.5, size=6),))
def asserted(x: Array) -> Result:
    s = 0.0
    assert len(x) > 2, "too short"
    for i in range(len(x)):
        assert x[i] > 0.0, f"x[{i}] is {x[i]}"
        s += math.log(x[i])
        if s > 0.3:
            break
    assert s < 10.0
    return s * s


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def exits_in_branches_in_loops(m: Array) -> Result:
    s = 0.0
    for i in range(m.shape[0]):
        if m[i, 0] > 0:
            for j in range(m.shape[1]):
                if m[i, j] < 0:
                    break
                s += m[i, j]
            else:
                continue
            s = s * 2.0
        else:
            if m[i, 1] > 0:
                continue
            s -= m[i, 2] ** 2
        s = s + m[i, 3] * s
    return s


@program(args=lambda rng: (rng.normal(size=8), 200_000))
def many_trips_asked_for(x: Array, n: int) -> Result:
    s = 0.1
    for it in range(n):
        s = math.cos(s * x[it % 8])
        if it > 11:
            break
    return s


@program(args=lambda rng: (rng.normal(size=5), 2))
def loop_variable_afterwards(x: Array, n: int) -> Result:
    i = 1
    for i in range(n, 2 * n):
        pass
    for v in x:
        if v > 2.0:
            break
    s = v * i
    for i in range(3, n):
        s += 100.0
    for k in range(n + 3):
        k = k * 2
    return s * x[i] + k
