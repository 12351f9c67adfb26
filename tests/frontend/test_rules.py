"""NumPy's rules at the edges: the graph gives what plain Python gives, or refuses what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adcompile.errors import AdcompileError
from tests.frontend import tracing

x3 = np.array([0.5, -1.0, 2.0])
m23 = np.array([[1.0, 2.0, 3.0], [4.0, -5.0, 7.0]])
m44 = np.array([[0.0, 3.0, 8.0, 9.0], [1.0, 0.0, 2.5, 7.0], [4.0, 6.0, 0.0, 1.5], [9.0, 2.0, 5.0, 0.0]])
programs: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
failures: list[tuple[Callable[..., Any], tuple[Any, ...], type[Exception], str]] = []


def program(*args):
    """Register a program with its arguments; a function may have several."""

    def register(function):
        programs.append((function, args))
        return function

    return register


def fails(*args, error=ValueError, match=""):
    """Register a program that plain Python refuses too; the text is that of ours."""

    def register(function):
        failures.append((function, args, error, match))
        return function

    return register


@program(m44)
def floyd_warshall(d):
    for k in range(len(d)):
        d = np.minimum(d, d[:, k : k + 1] + d[k])
    return d


@program(m44, 1)
@program(m44, -2)
def moving_slice(d, k):
    return d[:, k : k + 1] + d[k]


@program(m44)
def slice_before(d):
    s = 0.0
    for k in range(1, len(d)):
        s += np.sum(d[k - 1 : k] * d)
    return s


@fails(m44, 4, match="the slice 4:5 needs one element, but the axis has 4")
@fails(m44, -1, match="the slice -1:0 needs one element, but the axis has 4")
@fails(m44, -5, match="the slice -5:-4 needs one element, but the axis has 4")
def moving_slice_outside(d, k):
    return d[:, k : k + 1] + d[1:]


@fails(m44, np.array([0, 1]), np.array([1, 2, 0]), error=IndexError, match=r"indexing arrays could .* \(2,\) \(3,\)")
def indices_of_two_shapes(d, i, j):
    return d[i, j]


@pytest.mark.parametrize(("function", "args"), programs)
def test_agrees_with_python(function, args):
    tracing.agrees(function, *args)


@pytest.mark.parametrize(("function", "args", "error", "match"), failures)
def test_fails_as_python_does(function, args, error, match):
    with pytest.raises((error, AdcompileError), match=match):
        tracing.outputs(function, *args)
    with pytest.raises(error):
        function(*args)
