"""Buffers of loops that may be left: the room is made before, and what is computed stays the same."""

from __future__ import annotations

import numpy as np
import pytest

import adcompile as ad
from adcompile import testing


def leaving(x, limit, n):
    s = 0.5
    for _ in range(n):
        s = np.sin(s) * x
        if s > limit:
            break
    return s


def leaving_an_inner_loop(x, limit, n, m):
    a = 0.0
    for i in range(m):
        s = 0.5
        for _ in range(i, n):
            s = np.sin(s) * x
            if s > limit:
                break
        a = a * np.cos(s) + s
    return a


def leaving_late(x, limit):
    s = 0.5
    for _ in range(10**15):
        s = np.sin(s) * x
        if s > limit:
            break
    return s


def appended(x, n):
    found = []
    for i in range(n):
        found.append(x * i)
    s = 1.0
    for v in found:
        s = s * np.cos(v)
    return s


def adjoint(function, *args):
    return ad.value_and_grad(function, cache=False).adjoint_source(*args)


@pytest.mark.parametrize(
    ("function", "args", "room"),
    [
        (leaving, (1.7, 10.0, 5), "s_saved = np.empty(max(n, 0))"),
        (leaving, (1.7, 0.8, 5), "s_saved = np.empty(max(n, 0))"),
        (leaving, (1.7, 0.8, -3), "s_saved = np.empty(max(n, 0))"),
        (leaving_an_inner_loop, (1.7, 0.9, 6, 4), "if trip + n - i > len("),
        (leaving_an_inner_loop, (1.7, 0.9, 2, 4), "if trip + n - i > len("),
        (leaving_an_inner_loop, (1.7, 0.9, -1, 4), "if trip + n - i > len("),
        (leaving_late, (1.7, 0.8), "np.empty_like("),
        (appended, (0.3, 5), "np.empty(max(n, 0))"),
        (appended, (0.3, -2), "np.empty(max(n, 0))"),
    ],
)
def test_room_is_made_before_the_loop(function, args, room):
    text = adjoint(function, *args)
    assert room in text
    assert ("np.empty_like(" in text) == ("np.empty_like(" in room)
    value, gradient = ad.value_and_grad(function, cache=False).py_func(*args)(*args)
    assert value == function(*args)
    (expected,) = testing.difference_gradient(lambda x: function(x, *args[1:]), args[:1], (1.0,))
    assert gradient == pytest.approx(float(expected), rel=1e-7)
