"""Backward trips that run right behind their forward trips: where that is allowed, where not, and the same numbers."""

import ast

import numpy as np
import pytest

from tests.emitted import emit
from tests.oracles import dual_gradient

RNG = np.random.default_rng(5)


def squares(x, w):
    """A recurrence in each trip of a sum."""
    total = 0.0
    for i in range(x.shape[0]):
        s = 0.1
        for j in range(w.shape[0]):
            s = np.sin(s) * w[j] + x[i]
        total += s * s
    return 3.0 * total


def newton(a, b):
    total = 0.0
    for i in range(a.shape[0]):
        r = b[i]
        while abs(r * r - a[i]) > 1e-9:
            r = 0.5 * (r + a[i] / r)
        total = total + r
    return total / 2.0


def leaving(x, w):
    total = 0.0
    for i in range(x.shape[0]):
        p = 1.0
        for j in range(w.shape[0]):
            p = p * np.exp(0.3 * w[j] * x[i])
            if p > 1.2:
                break
        if p < 1.5:
            total += p
    return total


def triangle(x, w):
    total = 0.0
    for i in range(x.shape[0]):
        s = 1.0
        for j in range(i):
            s = s * np.sin(x[j] + w[0])
        total += s
    return total


def normalised(x, w):
    """The cotangent of a trip needs the sum of all trips."""
    total = 0.0
    for i in range(x.shape[0]):
        s = 0.1
        for j in range(w.shape[0]):
            s = np.sin(s) * w[j] + x[i]
        total += s * s
    return np.log(total)


def carried(x, w):
    """A trip goes on from the trip before."""
    s = 0.1
    for i in range(x.shape[0]):
        for j in range(w.shape[0]):
            s = np.sin(s) * w[j] + x[i]
    return s


def written(x, w):
    """A trip changes what the next one reads."""
    y = w.copy()
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(1, y.shape[0]):
            y[j] = np.sin(y[j - 1]) * x[i]
        total += y[2] * y[1]
    return total


def scattered(x, w):
    """Results of trips are written to places of their own, which are read afterwards."""
    y = np.zeros(x.shape[0])
    total = 0.0
    for i in range(x.shape[0]):
        s = 0.1
        for j in range(w.shape[0]):
            s = np.sin(s) * w[j] + x[i]
        y[i] = s
        total += s
    return total + y[0] * y[1]


ARGS = (RNG.uniform(0.5, 2.0, 5), RNG.uniform(0.5, 2.0, 4))
NEWTON = (RNG.uniform(0.5, 2.0, 5), RNG.uniform(0.5, 2.0, 5))
TOGETHER = [(squares, ARGS), (newton, NEWTON), (leaving, ARGS), (triangle, ARGS)]
APART = [(normalised, ARGS), (carried, ARGS), (written, ARGS), (scattered, ARGS)]


def loops(emitted):
    """How many loops over `i` stand in the function itself."""
    (function,) = ast.parse(emitted.build.text).body[-1:]
    return sum(isinstance(stmt, ast.For) and ast.unparse(stmt.target) == "i" for stmt in function.body)


@pytest.mark.parametrize(("function", "args"), TOGETHER + APART, ids=lambda p: getattr(p, "__name__", ""))
def test_numbers_are_those_of_separate_sweeps_and_of_dual_numbers(function, args):
    together, apart = emit(function, args), emit(function, args, disabled=frozenset(("interleave",)))
    values, gradients = together.call(*args)
    others, separate = apart.call(*args)
    np.testing.assert_allclose(values, others, rtol=1e-14)
    for one, other, exact in zip(gradients, separate, dual_gradient(function, args), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
        np.testing.assert_allclose(one, exact, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("function", "args"), TOGETHER, ids=lambda p: getattr(p, "__name__", ""))
def test_two_loops_become_one(function, args):
    apart = loops(emit(function, args, disabled=frozenset(("interleave",))))
    assert loops(emit(function, args)) == apart - 1


@pytest.mark.parametrize(("function", "args"), APART, ids=lambda p: getattr(p, "__name__", ""))
def test_dependent_trips_stay_apart(function, args):
    assert loops(emit(function, args)) == loops(emit(function, args, disabled=frozenset(("interleave",)))) >= 2


def test_the_buffer_of_all_trips_becomes_that_of_one():
    text = emit(squares, ARGS).build.text
    assert "s_saved[j]" in text and "s_saved[i, j]" not in text
    assert "s_saved[i, j]" in emit(squares, ARGS, disabled=frozenset(("contract",))).build.text


def test_counters_are_indices():
    """A loop that may be left runs over the places of its buffers."""
    text = emit(leaving, ARGS).build.text
    assert "p_saved[j] = p" in text
    assert "p_saved[trip]" in emit(leaving, ARGS, disabled=frozenset(("close_sums",))).build.text


def constant(x, y):
    """Every element of the second array gets the same cotangent from every element of the first one."""
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(y.shape[0]):
            total += x[i] + y[0]
    return total


def test_a_cotangent_that_grows_evenly_is_a_product():
    args = (np.ones(7), np.ones(3))
    emitted = emit(constant, args)
    values, (x_bar, y_bar) = emitted.call(*args)
    np.testing.assert_array_equal(x_bar, np.full(7, 3.0))
    np.testing.assert_array_equal(y_bar, [21.0, 0.0, 0.0])
    assert values == [42.0]


def stepping(x, dt):
    """What the function itself adds up is rounded as it is in Python."""
    t = 0.0
    for _ in range(1000):
        t += dt
    return t * x


def test_sums_of_the_function_keep_their_rounding():
    (value,), _ = emit(stepping, (1.0, 0.1)).call(1.0, 0.1)
    assert value == stepping(1.0, 0.1) != 1000 * 0.1


def infinite(a, w, x):
    """No trip multiplies by the infinite weight: the array is empty."""
    total = a
    for j in range(x.shape[0]):
        total += (a + x[j]) * w
    return total


def test_no_trips_of_an_infinite_derivative_are_zero():
    args = (1.0, np.inf, np.zeros(0))
    values, (a_bar, w_bar, x_bar) = emit(infinite, args).call(*args)
    assert (values, a_bar, w_bar, x_bar.shape) == ([1.0], 1.0, 0.0, (0,))
