"""What loops run over and leave bound, unrolled loops, asserts: the graph gives, or raises, what Python does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.frontend import tracing

x3 = np.array([0.5, -1.0, 2.0])
x6 = np.array([0.3, 0.8, -0.4, 1.5, 0.2, -2.0])
none = np.zeros(0)
m23 = np.array([[1.0, 2.0, 3.0], [4.0, -5.0, 7.0]])
programs: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []


def program(*args):
    """Register a program with its arguments; a function may have several."""

    def register(function):
        programs.append((function, args))
        return function

    return register


@program(x3, 4)
def bound_in_branch(x, n):
    if n > 2:
        y = x[0]
    return y * 2


@program(x3, 1)
def bound_in_loop(x, n):
    for i in range(n + 1):
        if i == n:
            found = x[i] * 3
    return found + i


@program(x3, 3)
def array_bound_in_loop(x, n):
    for i in range(n):
        y = x * (i + 1)
    return y


@program(x3, 3)
def array_bound_in_branch(x, n):
    if n > 2:
        y = x * n
    if n > 1:
        return np.sum(y)
    return x[0]


@program(x6, 2, 1.0)
@program(x6, 2, 9.0)
def slice_bound_in_loop(x, k, limit):
    n = 0
    while n < 4:
        n += 1
        z = x[: 2 * k] * n
        if np.sum(z) > limit:
            break
    return z


@program(x6)
def walrus(x):
    i, s = 0, 0.0
    while (v := x[i]) > 0 and (w := v * v) < 2:
        s += v + w
        i += 1
    if (q := s * 2) > 1:
        s += q
    return s + v


@program(2.0, 3)
@program(2.0, 0)
def walrus_else(a, n):
    while (n := n - 1) > 0:
        a *= 1.5
        if a > 4:
            break
    else:
        a += 100
    return a + n


@program(x6, 2)
@program(x6, -2)
def variable_step(x, step):
    s = 0.0
    first, last = (0, 6) if step > 0 else (5, -1)
    for i in range(first, last, step):
        s = s * 0.5 + x[i] * i
    for k, i in enumerate(range(first, last, step)):
        s += k * x[i]
    for i in reversed(range(first, last, step)):
        s = s * 0.9 + x[i]
    for i, v in zip(range(first, last, step), x):
        s = s * 0.9 + x[i] * v
    return s


@program(m23, 2)
def streams(m, n):
    s = 0.0
    for row in reversed(m):
        s = s * 0.5 + row[0] * row[1]
    for i, (row, other) in enumerate(zip(m, m[:, 1:]), 3):
        s = s * 0.5 + row[0] * other[0] + i
    for i, row in zip(range(n - 1), m):
        s = s * 0.5 + row[0] * i
    for a, b in zip(m[0], reversed(m[1])):
        s = s * 0.5 + a * b
        if s > 3:
            break
    return s


@program(m23)
def rows_are_views(m):
    a = m * 1.0
    for row in a:
        row[1] += row[0]
        row *= 2.0
    for k, row in enumerate(a):
        if row[0] > 5:
            break
        row[2] = k
    return a


@program(x3)
def rebinds_the_target(x):
    s = 0.0
    for i in range(3):
        s += x[i]
        i = i * 2
        s += i
    for v in x:
        v = v * 2
        if v < 0:
            v = -v
            continue
        s += v
    return s + i * v


@program(x3, 2.0)
@program(x3, -2.0)
def static_trips(x, a):
    s = 0.0
    for k in (1, 2, 3):
        if x[k - 1] < a:
            s += k
            if a > 0:
                continue
            break
        s += x[k - 1] * k
    else:
        s += 1000
    return s


@program(x3, 1)
@program(x3, 5)
def static_return(x, n):
    for k, f in enumerate([lambda v: v * 2, lambda v: v + 1]):
        if k == n:
            return f(x[0])
    for name in ("a", "b"):
        if name == "b":
            return x[1]
    return x[2]


@program(x3)
def dynamic_return_from_static(x):
    for k, scale in enumerate((1.0, 2.0, 3.0)):
        if x[k] < 0:
            return x * scale
        x = x + 1.0
    return x


@program(x3)
def while_over_list(x):
    stack = [x[0], x[1], x[2]]
    s = 1.0
    while stack:
        s = s * 0.5 + stack.pop()
    k = 0
    table = (1.0, 2.0, 4.0)
    while k < len(table):
        s += table[k]
        k += 1
    return s


@program(x6, 3)
def asserts(x, n):
    assert n > 0
    assert len(x) == 6, "six"
    for i in range(n):
        assert x[i] < 10, f"x[{i}] is {x[i]}"
    return x[n]


@program(x3, 3)
@program(x3, 5)
def raise_in_else(x, n):
    s = 0.0
    if n > 2:
        s += x[0]
    elif n > 1:
        s -= x[1]
    else:
        s += 1
        raise ValueError("small")
    for v in x:
        if v < 0:
            break
    else:
        raise ValueError("none")
    return s * v


@program(0.3)
def zero_trip_while(a):
    while a > 1:
        a = a / 2
    while False:
        a = 0.0
    return a


@pytest.mark.parametrize(
    ("function", "args"), programs, ids=[f"{function.__name__}-{k}" for k, (function, _) in enumerate(programs)]
)
def test_agrees_with_python(function, args):
    tracing.agrees(function, *args)


def raises_alike(function, *args):
    with pytest.raises(Exception) as expected:
        function(*args)
    with pytest.raises(type(expected.value)) as caught:
        tracing.outputs(function, *args)
    # What the compiler checks names the user's line.
    return re.sub(rf" \({Path(__file__).name}:\d+\)$", "", str(caught.value)), str(expected.value)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (bound_in_branch, (x3, 1)),
        (bound_in_loop, (x3, -1)),
        (array_bound_in_loop, (x3, 0)),
        (array_bound_in_branch, (x3, 2)),
        (walrus, (np.array([1.0, 0.5]),)),
        (asserts, (x6, 0)),
        (asserts, (x3, 1)),
        (asserts, (np.array([1.0, 2.0, 30.0, 0.0, 0.0, 0.0]), 4)),
        (variable_step, (x6, 0)),
        (raise_in_else, (x3, 0)),
        (raise_in_else, (x3 * x3, 4)),
    ],
)
def test_raises_what_python_raises(function, args):
    caught, expected = raises_alike(function, *args)
    if "index" not in expected:
        assert expected.startswith(caught)


def test_a_zero_step_is_refused():
    def loop(x, step):
        s = 0.0
        for i in range(0, 3, step):
            s += x[i]
        return s

    assert raises_alike(loop, x3, 0) == ("range() arg 3 must not be zero",) * 2
