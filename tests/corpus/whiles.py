"""`while` loops: conditions on data, two exits, nothing but a `break`, zero trips, nesting."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (2.5,), compiled=True)
@program(args=lambda rng: (1.0,), label="zero_trips")
def newton_square_root(a: float) -> Result:
    x = a
    while abs(x * x - a) > 1e-13 * a:
        x = 0.5 * (x + a / x)
    return x * x * x


@program(args=lambda rng: (1.3, 0.4))
def newton_in_a_helper(a: float, b: float) -> Result:
    def solve(c: float) -> float:
        x = 1.0
        while True:
            step = (x - math.cos(c * x)) / (1.0 + c * math.sin(c * x))
            x -= step
            if abs(step) < 1e-14:
                return x

    return solve(a) * solve(b) + solve(a + b)


@program(args=lambda rng: (0.7,), compiled=True)
def bisection(a: float) -> Result:
    low, high = 0.0, 3.0
    trips = 0
    while high - low > 1e-3 and trips < 60:
        middle = 0.5 * (low + high)
        if middle**3 + a * middle > 4.0:
            high = middle
        else:
            low = middle
        trips += 1
    return (low * a + high) * trips


@program(
    args=lambda rng: (np.array([[2.0, 0.4, 0.1], [0.4, 1.0, 0.3], [0.1, 0.3, 0.5]]) + 0.01 * rng.normal(size=(3, 3)),)
)
def power_iteration(m: Array) -> Result:
    v = np.ones(3)
    size, before = 1.0, 0.0
    while abs(size - before) > 1e-6:
        before = size
        w = m @ v
        size = np.sqrt(np.sum(w * w))
        v = w / size
    return size + v[0] * v[1]


@program(args=lambda rng: (0.6, 27))
@program(args=lambda rng: (0.6, 1), label="zero_trips")
def collatz_payload(x: float, n: int) -> Result:
    s = x
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            s = s * 0.9 + x
        else:
            n = 3 * n + 1
            s = math.sin(s) + 0.1 * n * x / (n + 1)
    return s


@program(args=lambda rng: (rng.uniform(0.1, 1.0, size=7), 1.5))
@program(args=lambda rng: (rng.uniform(0.1, 1.0, size=7), 50.0), label="never_breaks")
@program(args=lambda rng: (rng.uniform(0.1, 1.0, size=7), 0.0), label="first_trip")
@program(args=lambda rng: (rng.uniform(0.1, 1.0, size=0), 1.0), label="zero_trips")
def two_breaks(x: Array, limit: float) -> Result:
    i = 0
    s = 0.0
    while True:
        if i >= len(x):
            break
        s += x[i] * x[i] + 0.3 * s
        if s > limit:
            s *= x[i]
            break
        i += 1
    return s * limit + i


@program(args=lambda rng: (rng.normal(size=8),))
def continue_in_while(x: Array) -> Result:
    i, s, held = -1, 1.0, 0.5
    while i < len(x) - 1:
        i += 1
        if x[i] < 0.0:
            held = held * x[i]
            continue
        s = s * x[i] + held
        if i % 3 == 2:
            continue
        held = s * 0.3
    return s + held


@program(args=lambda rng: (2.0, 0.3))
@program(args=lambda rng: (0.5, 0.3), label="else_at_once")
@program(args=lambda rng: (9.0, 0.3), label="breaks")
def while_else(a: float, b: float) -> Result:
    k = 0
    while a > 1.0:
        a = a * (1.0 - b)
        k += 1
        if k == 4:
            a = a * a
            break
    else:
        a = a + b * k
    return a * b


@program(args=lambda rng: (rng.uniform(0.5, 2.0, size=4), 1.2))
def nested_whiles(x: Array, a: float) -> Result:
    total = 0.0
    i = 0
    while i < len(x):
        y = x[i]
        while y > 0.4:
            z = y
            while z > a:
                z = z * 0.6
            total += z * y
            y = y * y * 0.4 - 0.05
        i += 1
    return total


@program(args=lambda rng: (rng.normal(size=6), 3))
@program(args=lambda rng: (rng.normal(size=6), 0), label="zero_trips")
def array_rebound_in_while(x: Array, n: int) -> Result:
    u = x
    k = 0
    while k < n:
        u = u + np.sin(u) * 0.5
        if np.sum(u * u) > 40.0:
            break
        k += 1
    return np.sum(u * x)


@program(args=lambda rng: (rng.normal(size=6) * 0.3,))
def relaxation_in_place(x: Array) -> Result:
    u = x.copy()
    change = 1.0
    sweeps = 0
    while change > 0.05 and sweeps < 40:
        change = 0.0
        for i in range(1, len(u) - 1):
            new = 0.5 * (u[i - 1] + u[i + 1]) + 0.1 * u[i] * u[i]
            change += abs(new - u[i])
            u[i] = new
        sweeps += 1
    return np.sum(u * u)


@program(args=lambda rng: (rng.uniform(0.5, 1.5, size=5),))
def walrus(x: Array) -> Result:
    i, s = 0, 0.0
    while i < len(x) and (y := x[i] * x[i]) < 2.0:
        s += (z := y * s + 1.0) * y
        i += 1
        s = s * 0.5 + z
    return s


@program(args=lambda rng: (1.7, 6))
def while_in_branch_in_loop(a: float, n: int) -> Result:
    s = 0.0
    for i in range(n):
        if i % 2 == 0:
            b = a + 0.1 * i
            while b > 0.5:
                if b > 1.6:
                    b = b - 0.8
                    continue
                s += b * b
                b = b * 0.5
            s += b
        else:
            s = s * 0.9
    return s


@program(args=lambda rng: (rng.normal(size=9),))
def state_machine(x: Array) -> Result:
    state, k, s, peak = 0, 0, 0.0, 1.0
    while state != 3 and k < len(x):
        v = x[k]
        k += 1
        if state == 0:
            s += v * v
            state = 1 if v > 0 else 2
        elif state == 1:
            peak = peak * (1.0 + 0.1 * v)
            if v < 0:
                state = 2
        elif s > 2.5:
            state = 3
        else:
            s += abs(v) * peak
            state = 0
    return s * peak


@program(args=lambda rng: (0.37,), compiled=True)
def chained_condition(a: float) -> Result:
    x, y = a, 1.0
    while 0.1 < x <= 0.9 and not y > 5.0:
        x = 3.2 * x * (1.0 - x)
        y = y + x * a
        if x > 0.79:
            y *= 1.01
    return x + y


@program(args=lambda rng: (0.9, 4))
def euclid_and_remainder(x: float, n: int) -> Result:
    a, b = 12 * n, 18
    s = x
    while b:
        a, b = b, a % b
        s = s * x + a
    return s / a


@program(args=lambda rng: (np.array([3.0, 2.0]), 1.0), compiled=True)
def line_search(x: Array, step: float) -> Result:
    def cost(p: Array) -> float:
        return p[0] ** 2 + 3.0 * p[1] ** 2 + 0.5 * p[0] * p[1]

    for _ in range(3):
        gx, gy = 2.0 * x[0] + 0.5 * x[1], 6.0 * x[1] + 0.5 * x[0]
        rate = step
        while cost(np.array([x[0] - rate * gx, x[1] - rate * gy])) > cost(x) - 0.1 * rate * (gx * gx + gy * gy):
            rate *= 0.5
        x = np.array([x[0] - rate * gx, x[1] - rate * gy])
    return cost(x)


@program(args=lambda rng: (rng.normal(size=4),))
def else_behind_a_test_that_binds_a_name(x: Array) -> Result:
    s = x[0]
    k = 0
    while (t := x[k] * x[k]) < 4.0 and k < 3:
        s = s * 0.5 + t
        k += 1
    else:
        s = math.tanh(s) + t
    for v in x:
        while (t := v - 5.0) > 0.0:
            break
        else:
            s = math.sin(s) * t
    return s
