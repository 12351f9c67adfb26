"""Buffers of one length grow under one condition, and hold what they held."""

from __future__ import annotations

import math

import numpy as np
import pytest

from adcompile import testing
from tests.emitted import emit


def kepler(e, m):
    total = 0.0
    for i in range(len(m)):
        angle, step = m[i], 1.0
        while abs(step) > 1e-13:
            step = (angle - e * math.sin(angle) - m[i]) / (1.0 - e * math.cos(angle))
            angle = angle - step
        total += angle
    return total


def long(x, n):
    """More trips than a buffer has room for at first, in two loops of different lengths."""
    s, t, k = 0.1, 0.2, 0
    while k < n:
        s, t = math.sin(s * x) + 0.1 * t, math.cos(t * x) * s
        k += 1
    while t * t < 1e6 and k < n + 3:
        t = t * math.exp(x) + s * t
        s = s * t
        k += 1
    return s + t


def nested(x, n):
    total = 0.0
    for i in range(3):
        s, t, k = x, 0.3 * i, 0
        while s < 1e3 and k < n:
            s, t = s * 1.02 + t * t * 0.01, math.sin(t * x)
            k += 1
        total = total + s * t
    return total


def in_a_branch(x, n):
    """One of the values is kept in some trips only."""
    s, t, k = 0.1, 0.2, 0
    while k < n:
        if k % 3 == 0:
            t = math.sin(t * x)
        s = s * x + math.cos(s) * t
        k += 1
    return s


PROGRAMS = [
    (kepler, (0.4, np.array([1.2, 0.3]))),
    (long, (0.9, 150)),
    (long, (0.9, 0)),
    (nested, (1.1, 200)),
    (in_a_branch, (0.7, 200)),
]


@pytest.mark.parametrize(("function", "args"), PROGRAMS)
def test_the_gradient_is_what_it_was(function, args):
    joined, alone = emit(function, args), emit(function, args, disabled=frozenset(("grow_together",)))
    assert joined.build.text.count("np.concatenate(") == alone.build.text.count("np.concatenate(")
    (value,), gradients = joined.call(*args)
    assert value == function(*args)
    differences = testing.difference_gradient(function, args, [1.0])
    for gradient, other, reference in zip(gradients, alone.call(*args)[1], differences, strict=True):
        np.testing.assert_array_equal(gradient, other)
        np.testing.assert_allclose(gradient, reference, rtol=1e-6)


@pytest.mark.parametrize(("function", "conditions"), [(kepler, 1), (long, 2)])
def test_one_condition_for_all_buffers_of_a_loop(function, conditions):
    text = emit(function, (0.4, np.ones(2) if function is kepler else 3)).build.text
    assert text.count("np.concatenate(") > conditions == text.count(">= len(")
