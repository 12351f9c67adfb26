"""Stores, aliases and joins: what NumPy gives, whichever name the memory is written through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adcompile.errors import UnsupportedError
from tests.frontend import tracing

x3 = np.array([0.5, -1.0, 2.0])
programs: list[Any] = []


def program(*args: Any, refused: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a program with its arguments."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        programs.append(pytest.param(function, args, refused, id=function.__name__))
        return function

    return register


@program(x3)
def carried_then_stored(x):
    v = x * 1.0
    u = v
    for t in range(2):
        u = u * 1.5
        u[0] = v[1]
    return u, v


@program(x3)
def swapped_through_a_third(x):
    u = x * 1.0
    v = x * 2.0
    for t in range(3):
        w = u
        u = v
        v = w
        u[0] += 1.0
    return u, v


@program(x3, True)
def source_of_a_join_stored(x, c):
    a = x * 1.0
    b = x * 2.0
    y = a if c else b
    a[0] = 7.0
    return y


@program(x3, True)
def join_stored(x, c):
    a = x * 1.0
    b = x * 2.0
    y = a if c else b
    y[0] = 7.0
    return a, b


@program(x3)
def held_by_a_list(x):
    y = np.zeros(3)
    rows = [y, y * 2]
    y[0] = 1.0
    return rows[0]


@program(x3)
def rows_stored(x):
    y = np.zeros((2, 3))
    for r in y:
        r[0] = 1.0
    return y


@program(x3)
def transpose_stored(x):
    y = x.copy()
    z = y.T
    z[0] = 3.0
    return y


@program(x3)
def read_by_a_closure(x):
    y = np.zeros(3)

    def g():
        return y[0]

    y[0] = x[0]
    s = g()
    y = y * 2
    return s + g()


@program(x3)
def flat_views_read(x):
    y = np.zeros((3, 3))
    d = y.reshape(-1)
    e = y.ravel()
    y[1, 1] = x[0]
    return d.sum() + e.sum()


@program(x3)
def copied_each_trip(x):
    u = x.copy()
    for t in range(3):
        new = u.copy()
        new[0] = u[1] * 2
        u = new
    u[2] = 0.0
    return u


@program(x3)
def argument_carried(x):
    acc = 0.0
    prev = x
    for t in range(3):
        cur = prev * 0.5
        acc += np.sum(prev - cur)
        prev = cur
    return acc


@program(x3, 2)
def made_each_trip(x, n):
    y = np.zeros(3)
    for i in range(n):
        y = np.zeros(3)
        y[i] = x[i]
    return y


@program(x3)
def list_of_numbers(x):
    a = [0.0, 1.0]
    for i in range(3):
        a[0] += x[i]
    b = a
    b[1] = 5.0
    return a[0] * a[1]


@program(x3, True)
def list_changed_in_a_branch(x, c):
    a = [x[0]]
    if c:
        a.append(x[1])
    return a[0]


@program(x3)
def int_that_may_become_float(x):
    s = 0
    for i in range(3):
        for j in range(i):
            if x[j] > 0:
                s = s + 1
            else:
                s = s * 0.5
    return s


@program(x3)
def transpose_read_after_store(x):
    d = np.diagonal(np.outer(x, x))
    y = np.eye(3)
    e = y.T
    y[0, 1] = 5.0
    return e[1, 0] + d[0]


@program(x3)
def swapped_elements(x):
    y = np.full(3, x[0])
    y[1:], y[0] = x[:-1], x[2]
    y[0], y[1] = y[1], y[0]
    return y


@program(x3, 3)
def bound_by_the_first_trip(x, n):
    k = 0
    for i in range(n):
        if k == 0:
            k = 2
            s = x[i]
        else:
            s = x[i] * k
    return s * k


@program(x3, True)
def made_by_a_helper(x, c):
    def mk(v):
        if c:
            return v * 2
        return np.sin(v)

    y = mk(x)
    y[0] = 3.0
    return y


@program(x3, True)
def picked_by_a_helper(x, c):
    a = x * 1.0
    b = x * 2.0

    def pick():
        if c:
            return a
        return b

    y = pick()
    y[0] = 3.0
    return a, b


@program(x3, True)
def tuple_joined(x, c):
    a = x * 1.0
    p = (a, 1.0) if c else (x * 2.0, 2.0)
    p[0][0] = 5.0
    return a, p[0]


@program(x3)
def carried_in_a_tuple(x):
    a = x * 1.0
    st = (a, 0)
    for i in range(2):
        st = (st[0] * 2, i)
        st[0][0] = 4.0
    a[1] = 9.0
    return a, st[0]


@program(x3)
def stored_in_a_tuple(x):
    a = x * 1.0
    st = (a, 0)
    for i in range(2):
        st[0][0] = 4.0
        st = (st[0] * 2, i)
    return a, st[0]


@program(x3)
def two_may_be_one(x):
    u = x * 1.0
    v = x * 2
    for i in range(3):
        if x[i] > 0:
            u = v
        else:
            u = u * 2
        u[0] = i
    return u, v


@program(x3)
def rebound_in_a_branch(x):
    u = x * 1.0
    for i in range(3):
        if x[i] > 0:
            u = u * 2
        u[0] = i
    return u


@program(x3)
def view_of_the_first(x):
    u = x * 1.0
    w = u[1:]
    for i in range(3):
        u = u * 2
        u[1] = i
    return u, w


@program(x3)
def view_of_the_first_stored(x):
    u = x * 1.0
    w = u[1:]
    for i in range(3):
        u[1] = i
        u = u * 2
    return u, w


@pytest.mark.parametrize(("function", "args", "refused"), programs)
def test_right_or_refused(function, args, refused):
    if refused:
        with pytest.raises(UnsupportedError):
            tracing.traced(function, *args)
    else:
        tracing.agrees(function, *args)
