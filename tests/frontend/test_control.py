"""Loops that are left by `break`, `continue` and `return`: the graph gives what plain Python gives."""

from __future__ import annotations

from collections.abc import Callable
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


@program(x6, 2.0)
@program(x6, 0.5)
@program(x6, 100.0)
@program(none, 1.0)
def for_else(x, limit):
    s = 0.0
    for i in range(len(x)):
        s += abs(x[i])
        if s > limit:
            break
    else:
        s = -s
        i = 17
    return s * i


@program(x6, 1.0)
@program(x6, 5.0)
def while_else(x, limit):
    i, s = 0, 0.0
    while i < len(x):
        if x[i] > limit:
            s += 100.0
            break
        i += 1
        if x[i - 1] < 0:
            continue
        s += x[i - 1]
    else:
        s *= 2
    return s, i


@program(m23, 4.0)
@program(m23, 20.0)
@program(m23, 0.0)
def return_from_inner(m, limit):
    s = 0.0
    for i in range(m.shape[0]):
        for j in range(m.shape[1]):
            s += m[i, j]
            if s > limit:
                return s * (i + 1) + j
        s = s / 2
    return s


@program(m23, 3.0)
@program(m23, 100.0)
@program(m23, 0.0)
def breaks_in_both(m, limit):
    s = 0.0
    for i in range(m.shape[0]):
        for j in range(m.shape[1]):
            if m[i, j] < 0:
                break
            s += m[i, j]
        else:
            s += 0.5
        if s > limit:
            break
    else:
        s *= 3
    return s + i + j


@program(x6)
def continue_in_branch(x):
    s, k = 0.0, 0
    for v in x:
        if v > 0:
            k += 1
            if v > 1:
                continue
            s += v
        s = s * 0.5 + k
    return s


@program(x6, 3)
@program(x6, 0)
@program(x6, 50)
def several_exits(x, n):
    s = 0.0
    while True:
        if s > 4:
            return s
        s += 0.75
        for v in x:
            if v < -1:
                break
            if s * v > 3:
                return s * v
            s += v * v
        n -= 1
        if n <= 0:
            break
        if n == 2:
            continue
        s += 0.1
    return -s


@program(x3, 1.5)
@program(x3, 9.5)
def returned_array(x, limit):
    for i in range(len(x)):
        y = x * (i + 1)
        if np.sum(y) > limit:
            return y
    return x - 1.0


@program(x6, 1, 1.0)
@program(x6, 3, -1.0)
@program(x6, 2, 9.0)
def returned_slice(x, k, limit):
    for i in range(len(x)):
        if x[i] > limit:
            return x[k : k + 3] * 2.0
        if x[i] * i < -limit * 10:
            return np.sin(x[k : k + 3]) + i
    return x[k : k + 3]


@program(x3, 1.5)
@program(x3, 9.5)
def returned_tuple(x, limit):
    for i in range(len(x)):
        if x[i] > limit:
            return x[i], i
        for j in range(i):
            if x[i] * x[j] < 0:
                return x[j], 10 * i + j
    return 0.0, -1


@program(x3, 3)
@program(x3, -3)
def always_leaves(x, n):
    for i in range(n):
        return x[i]
    while n < 0:
        n += 1
        break
    return x[1] * n


@program(7)
@program(27)
def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


@program(x6)
def state_machine(x):
    state, s = 0, 0.0
    for v in x:
        if state == 0:
            if v < 0:
                state = 1
                continue
            s += v
        elif state == 1:
            s += v * v
            if v > 1:
                state = 2
        else:
            s -= v
            if v < -1:
                break
    return s, state


@program(x3, 2)
def helper_returns_early(x, n):
    def first(limit):
        for v in x:
            if v > limit:
                return v
        return limit

    s = 0.0
    for k in range(n):
        s += first(k * 0.7)
    while first(s) > s:
        s += 0.3
    return s


@pytest.mark.parametrize(
    ("function", "args"), programs, ids=[f"{function.__name__}-{k}" for k, (function, _) in enumerate(programs)]
)
def test_agrees_with_python(function, args):
    tracing.agrees(function, *args)
