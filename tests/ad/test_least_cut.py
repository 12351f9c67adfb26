"""The least cut: fewer floats are saved, and the gradients stay what they are."""

import math
import re
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from adcompile import testing
from adcompile.ad.least_cut import _minimum_cut
from adcompile.ad.reverse import IMPROVEMENTS
from adcompile.ir.nodes import Value
from adcompile.ir.types import FLOAT
from tests.emitted import emit

x6 = np.array([0.7, -0.3, 0.9, 0.45, 0.2, -0.8])


def sum_of_two(x):
    a, b, s = 0.3, 0.4, 0.0
    for v in x:
        z = a + b
        s = s + math.sin(z)
        a = a * 0.9 + v
        b = b * 0.5 - v * v
    return s + a


def condition_of_three(x):
    a, b, c, s = x[0], 0.4, 0.1, 0.0
    for v in x:
        if a * b > c:
            s += v * v
        a = a * 0.9 + v
        b = b * 0.5 - v
        c = c + v
    return s + a


def two_from_three(x):
    a, b, c, s = 0.3, 0.4, 0.5, 0.0
    for v in x:
        p = a * 2.0 + b - c
        s = s + math.sin(p) * math.exp(p * 0.1)
        a, b, c = b + v, c * 0.5 - v, a + 0.1 * v
    return s


def nothing_to_gain(x):
    a, s = 0.3, 0.0
    for v in x:
        s = s + math.sin(a * 2.0) + a * a
        a = a * 0.9 + v
    return s


def nearest(x):
    a, s = 0.3, 0.0
    for v in x:
        z = a * 2.0 - 0.1
        s = s + math.sin(z)
        a = a * 0.9 + v
    return s


def pair(x):
    a, s = 0.3, 0.0
    for v in x:
        s = s + math.sin(a) * v - math.cos(a)
        a = a * 0.9 + v
    return s


def pair_in_branches(x):
    a, s = 0.3, 0.0
    for v in x:
        if v > 0.0:
            s = s + math.sin(a)
        else:
            s = s - v * math.cos(a)
        a = a * 0.9 + math.exp(v) * v
    return s


def newton(x):
    s = 0.0
    for v in x:
        angle, step = v, 1.0
        while abs(step) > 1e-13:
            step = (angle - v * math.sin(angle) - 0.5) / (1.0 - v * math.cos(angle))
            angle = angle - step
        s = s + angle
    return s


EVERY = (sum_of_two, condition_of_three, two_from_three, nothing_to_gain, nearest, pair, pair_in_branches, newton)


def saved(function, *disabled):
    """The dtypes of the buffers of the emitted text."""
    text = emit(function, (x6,), disabled=frozenset(disabled)).build.text
    return sorted(re.findall(r"saved\w* = np\.empty\([^)]*?(?:dtype=np\.(\w+))?\)", text))


@pytest.mark.parametrize(
    ("function", "buffers", "without"),
    [
        (sum_of_two, [""], ["", ""]),
        (condition_of_three, ["bool_"], ["", "", ""]),
        (two_from_three, [""], ["", "", ""]),
        (nothing_to_gain, [""], [""]),
    ],
)
def test_the_fewest_bytes_are_saved(function, buffers, without):
    assert saved(function) == buffers
    assert saved(function, "least_cut") == without


def test_of_equal_cuts_the_one_that_leaves_less_to_compute():
    assert "z_saved[" in emit(nearest, (x6,)).build.text
    assert "a_saved[" in emit(nearest, (x6,), disabled=frozenset(("least_cut",))).build.text


def test_what_the_function_computes_is_a_derivative_too():
    """The steps of Newton's method keep sin and cos of the angle: either one is the derivative of the other."""
    text = emit(newton, (x6,)).build.text
    assert text.count("np.sin(") == text.count("np.cos(") == 1


@pytest.mark.parametrize("function", EVERY)
def test_the_gradient_is_the_same_with_any_improvements_left_out(function):
    (expected,) = testing.difference_gradient(function, (x6,), [1.0])
    for count in range(len(IMPROVEMENTS) + 1):
        for disabled in combinations(IMPROVEMENTS, count):
            _, (gradient,) = emit(function, (x6,), disabled=frozenset(disabled)).call(x6)
            np.testing.assert_allclose(gradient, expected, rtol=1e-7, atol=1e-9)


def test_nothing_is_cut_where_nothing_is_asked_for():
    value = Value(FLOAT, "v")
    home = SimpleNamespace(index=0)
    residuals = SimpleNamespace(layout=SimpleNamespace(homes={value: home}), saved={value: None}, repeated={})
    assert _minimum_cut(residuals, {value}, set()) == set()
    assert _minimum_cut(residuals, {value}, {value}) == {value}
