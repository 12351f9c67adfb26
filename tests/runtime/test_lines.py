"""What a program raises is told with the user's line, compiled or not, and reads as a sentence."""

from __future__ import annotations

import numpy as np
import pytest

import adcompile as ad

A, B = np.ones((2, 3)), np.ones((4, 2))


def shapes(x, y):
    return np.sum(x + y)


def products(x, y):
    return np.sum(x @ y)


def joined(x, y):
    return np.sum(np.concatenate((x, y)))


def reshaped(x, y):
    return np.sum(x.reshape(y.shape[0], 2))


def stored(x, y):
    y[0] = x[0]
    return np.sum(y)


def outside(x, y):
    return x[0, y.shape[0]]


def nothing(x, y):
    return np.max(x[y.shape[0] :])


def own(x, y):
    if x.shape[0] < y.shape[0]:
        raise ValueError("too few rows")
    return np.sum(x)


ERRORS = (shapes, products, joined, reshaped, stored, outside, nothing)


@pytest.mark.parametrize("function", ERRORS, ids=lambda f: f.__name__)
def test_the_line_is_named(function) -> None:
    line = function.__code__.co_firstlineno + 1
    g = ad.grad(function)
    with pytest.raises((ValueError, IndexError), match=rf"\(test_lines.py:{line}\)$") as caught:
        g.py_func(A, B)(A, B)
    assert len(caught.value.args) == 1
    assert "{" not in str(caught.value)


def test_a_message_of_the_users_is_left_as_it_is() -> None:
    with pytest.raises(ValueError, match=r"^too few rows$"):
        ad.grad(own)(A, B)


def singular(x):
    return np.sum(np.linalg.inv(x))


def one_of_two(x):
    a = np.linalg.inv(x)
    return np.sum(a) + np.linalg.det(np.linalg.cholesky(x))


@pytest.mark.parametrize(("function", "lines"), [(singular, (1,)), (one_of_two, (1, 2))])
def test_linear_algebra_names_the_lines_that_it_may_be(function, lines) -> None:
    with pytest.raises(np.linalg.LinAlgError) as caught:
        ad.grad(function)(np.zeros((2, 2)))
    for line in lines:
        assert f"test_lines.py:{function.__code__.co_firstlineno + line}" in str(caught.value)
