"""Which arguments a function stores into: by name, through views, and through names that may mean several arrays."""

import numpy as np
import pytest

from adcompile.lowering.arguments import stored_arguments
from tests.frontend.tracing import traced


def reads(x, y, n):
    return np.sum(x * y)


def directly(x, y, n):
    y[0] = x[1]
    return np.sum(y)


def through_a_view(x, y, n):
    column = x[1:]
    column[::2] += y[0]
    return np.sum(x)


def one_of_two(x, y, n):
    chosen = x if n > 2 else y
    chosen[0] = 3.0
    return np.sum(chosen)


def swapped(x, y, n):
    u, v = x, y
    for _ in range(n):
        v[1:-1] = u[1:-1]
        u, v = v, u
    return np.sum(u)


def replaced(x, y, n):
    u = x
    for _ in range(n):
        v = np.zeros(4)
        v[:] = u * y
        u = v
    return np.sum(u)


@pytest.mark.parametrize(
    ("function", "expected"),
    [(reads, ()), (directly, (1,)), (through_a_view, (0,)), (one_of_two, (0, 1)), (swapped, (0, 1)), (replaced, ())],
)
def test_stored_arguments(function, expected):
    assert stored_arguments(traced(function, np.ones(4), np.ones(4), 3).graph.region) == expected
