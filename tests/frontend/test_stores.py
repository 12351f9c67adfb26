"""Stores into arrays, views and copies: what NumPy gives, in the graph and lowered."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend import tracing

x3 = np.array([0.5, -1.0, 2.0])
x6 = np.arange(6.0) - 2.5
m34 = np.arange(12.0).reshape(3, 4) * 0.3 - 1.0
ints = np.array([1, 2, 3])
idx = np.array([0, 2, 2, 1])
mask = np.array([True, False, True])
programs: list[Any] = []


def program(*args: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a program with its arguments."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        programs.append(pytest.param(function, args, id=function.__name__))
        return function

    return register


@program(x3)
def argument_written(x):
    x[0] = 3.0
    x += 1
    return x


@program(x3, mask)
def under_a_mask(x, k):
    y = x * 1.0
    y[k] = 7.0
    y[~k] *= x[1]
    return y


@program(x3)
def under_the_same_mask(x):
    y = np.zeros(3)
    y[x > 0] = x[x > 0] ** 2
    y[x <= 0] += 1.5
    return y


@program(m34, mask)
def masks_of_rows(x, k):
    y = x.copy()
    y[k] = np.array([1.0, 2.0, 3.0, 4.0])
    y[k, 0] = 5.0
    y[:, 1][k] = x[0, 0]
    y[x > 1] = -1
    return y


@program(m34, mask)
def packed_values(x, k):
    y = np.zeros((3, 4))
    y[k] = x[1:]
    y[k] = x[:1]
    y[:, np.array([True, False, False, True])] = x[0, 0]
    return y


@program(x3)
def reductions_under_a_mask(x):
    return x[x > 0].sum(), np.mean(x[x > 0] * 2), len(x[x > 0]), x[x > 9].sum()


@program(m34)
def reductions_of_rows_under_a_mask(x):
    k = x[:, 0] < 0
    return x[k].sum(axis=0), np.mean(x[k], axis=0), x[k].size, np.sum(-x[k])


@program(x3, idx)
def repeated_indices(x, i):
    y = np.zeros(3)
    y[i] = np.arange(4.0) * x[0]
    y[i] += 1.0
    y[i] *= x[i]
    return y


@program(m34, idx)
def indices_beside_others(x, i):
    y = x * 1.0
    y[i] = x[0]
    y[:, i] = x[:, :1]
    y[i, 1] = 2.0
    y[1:, i] *= 2
    y[[0, 1]] = y[[1, 0]]
    y[i[:, None], [0, 3]] = 1.0
    return y


@program(x6)
def overlapping(x):
    y = x
    y[1:] = y[:-1]
    y[:-1] = y[1:] * 2
    y[...] = y[::-1]
    y[::2] += y[1::2]
    return y


@program(x3)
def lists_stored(x):
    y = np.zeros(3)
    y[:] = [x[2], x[1], x[0]]
    y[:2] = [4.0]
    y.fill(x[0])
    np.copyto(y, x * 2)
    return y


@program(m34)
def lists_of_rows_are_read_as_they_are_stored(x):
    x[:2] = [x[1], x[0]]
    x[0], x[1] = x[1], x[0]
    x[[0, 2]] = x[[2, 0]]
    return x


@program(ints, x3)
def cast_on_store(n, x):
    n[0] = x[0] * 5
    n[1:] += 2
    n[2] = True
    return n, x


@program(m34)
def transposes_reshaped(x):
    y = np.zeros((2, 3))
    z = y.T.reshape(-1)
    z[0] = 5.0
    y[1] = x[0, 0]
    w = x.T.ravel()
    x[0] = 1.0
    return y, z, w


@program(x3)
def strided_reshaped(x):
    y = np.zeros(6)
    z = y[::2].ravel()
    z[0] = 1.0
    column = y[::2].reshape(3, 1)
    column[0, 0] = 2.0
    return y, z, column


@program(m34)
def made_contiguous(x):
    y = x * 1.0
    z = np.ascontiguousarray(y.T)
    z[0] = 3.0
    w = np.ascontiguousarray(y)
    w[0] = 1.0
    return y, z


@program(m34)
def copies_and_views(x):
    a, b, c = +x, x.flatten(), np.array(x)
    d, e = np.squeeze(x[:, None]), np.atleast_1d(x)
    x[0, 0] = 9.0
    a[0, 1] = b[0] = c[0, 2] = -1.0
    d[1, 1] = 5.0
    e[2, 2] = 6.0
    return x, a, b, c


@program(m34)
def diagonals_follow(x):
    y = x[:, :3].copy()
    d, e = np.diag(y), y.diagonal(1)
    y[0, 0] = 7.0
    y[1, 2] = 8.0
    return d, e


@pytest.mark.parametrize(("function", "args"), programs)
def test_agrees_with_numpy(function, args):
    computed = tracing.outputs(function, *copy.deepcopy(args))
    expected = list(tracing.leaves(function(*copy.deepcopy(args))))
    assert len(computed) == len(expected)
    for got, want in zip(computed, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12)
        assert np.asarray(got).dtype == np.asarray(want).dtype


def broadcast_written(x):
    y = np.broadcast_to(x, (2, 3))
    y[0, 0] = 1.0
    return y


def diagonal_written(x):
    y = np.outer(x, x)
    d = np.diagonal(y)
    d[0] = 1.0
    return y


def diagonals_written(x):
    y = x * np.ones((2, 3, 3))
    d = np.diagonal(y, axis1=1, axis2=2)
    d[0] = 1.0
    return y


@pytest.mark.parametrize("function", [broadcast_written, diagonal_written, diagonals_written])
def test_readonly_views(function):
    with pytest.raises(ValueError, match="assignment destination is read-only"):
        tracing.traced(function, x3)
