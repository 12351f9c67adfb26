"""Backward loops through which only zeros would run are not run; others are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import adcompile as ad
from adcompile import testing


def paid(x, z, limit):
    total = 0.0
    for i in range(z.shape[0]):
        price = x[i]
        for t in range(z.shape[1]):
            price = price * np.exp(x[0] * z[i, t])
        if price > limit:
            total += price
    return total


def scattered(x, z, limit):
    price = 1.0
    for t in range(z.shape[0]):
        price = price * np.sin(x[t] + z[t, 0])
    return 0.0 if price > limit else price


def nested(x, z, limit):
    price = x[0]
    for t in range(z.shape[0]):
        for k in range(z.shape[1]):
            price = price * np.cos(z[t, k] * x[k])
        price = price + x[1]
    return price if price > limit else 3.0


def restored(x, z, limit):
    w = x * 1.0
    price = x[0]
    for t in range(z.shape[0]):
        price = price * np.sin(w[t])
        w[t] = w[t] * w[0]
    for t in range(z.shape[0]):
        w[t] = np.sin(w[t])
    return (price if price > limit else 0.0) + w[0] * w[1]


ARGS = (np.array([0.7, 0.9, 0.4, 0.6]), np.linspace(0.2, 0.8, 12).reshape(3, 4))


@pytest.mark.parametrize("function", [paid, scattered, nested, restored])
@pytest.mark.parametrize("limit", [-10.0, 0.85, 10.0])
def test_the_gradient_is_right(function, limit):
    args = (*ARGS, limit)
    gradient = ad.value_and_grad(function, cache=False)
    found = gradient.py_func(*args)(*args)
    assert found[0] == function(*args)
    (expected,) = testing.difference_gradient(lambda x: function(x, *args[1:]), args[:1], (1.0,))
    np.testing.assert_allclose(found[1], expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("function", [paid, scattered, nested])
def test_there_is_a_test_before_the_loop(function):
    lines = ad.value_and_grad(function, cache=False).adjoint_source(*ARGS, 0.5).splitlines()
    test = next(k for k, line in enumerate(lines) if line.strip().startswith("if ") and "!= 0.0:" in line)
    inside = itertools.takewhile(lambda line: indent(line) > indent(lines[test]), lines[test + 1 :])
    assert any(line.strip().startswith("for ") for line in inside)


def indent(line):
    return len(line) - len(line.lstrip())


def test_an_infinite_factor_does_not_meet_a_zero_cotangent():
    z = np.array([[1.0, np.inf], [1.0, 1.0]])

    def loss(x):
        total = 0.0
        for i in range(2):
            price = x
            for t in range(2):
                price = price * z[i, t]
            if price < 100.0:
                total += price
        return total

    assert ad.grad(loss, cache=False)(2.0) == 1.0
