"""NumPy's rules at the edges: the graph gives what plain Python gives, or refuses what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adcompile.errors import AdcompileError, UnsupportedError
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


@program(m23, x3)
def array_of_arrays(x, y):
    return np.array([x[0], y]), np.array([[1.0, 2], [y[0], 4]])


@fails(x3, match="inhomogeneous")
def array_of_an_array_and_a_number(x):
    return np.array([x, 1.0])


@fails(x3, np.ones(1), match=r"inhomogeneous shape. \(3,\) \(1,\)")
def array_of_two_lengths(x, y):
    return np.array([x, y])


@fails(x3, error=TypeError, match="ufunc 'positive' did not contain a loop")
def plus_bool(x):
    return +(x > 0)


@program(np.float32(1.5), 2, True)
def plus(x, n, b):
    return +x, +n, +b


@fails(x3, error=TypeError, match="`np.sum` does not take a generator")
def sum_of_a_generator(x):
    return np.sum(y[0] for y in [x, x])


@fails(x3, error=AttributeError, match=r"`np.summ` is not supported(.|\n)*nearest supported function is `np.sum`")
def misspelt(x):
    return np.summ(x)


@fails(x3, m23, match=r"all input arrays must have the same shape, not \(\?,\) \(\?,\?\)")
def stack_of_two_ranks(x, y):
    return np.stack([x, y])


@fails(x3, np.ones(4), match=r"all input arrays must have the same shape, not \(3,\) \(4,\)")
def stack_of_two_shapes(x, y):
    return np.stack([x, y])


@fails(x3, m23, match=r"index 0 has 1 dimension\(s\) and the array at index 1 has 2 dimension\(s\)")
def concatenate_of_two_ranks(x, y):
    return np.concatenate([x, y])


@fails(m23, m44, match=r"along dimension 1 there are 3 and 4: shapes \(2,3\) \(4,4\)")
def concatenate_of_two_shapes(x, y):
    return np.concatenate([x, y])


@program(m23)
@program(np.arange(24.0).reshape(2, 3, 4))
def rows_of_one_array(x):
    y = np.stack(x)
    y[0] = 1.0
    return y, np.stack(x, axis=1), np.stack(x, axis=-1), np.concatenate(x), np.concatenate(x, axis=-1), x


@fails(np.zeros((0, 3)), match="need at least one array to stack")
def rows_of_nothing(x):
    return np.stack(x)


cube, deep = np.arange(24.0).reshape(2, 3, 4) / 7, np.arange(40.0).reshape(5, 4, 2) / 9


@program(cube, np.arange(4.0))
@program(cube, np.arange(8.0).reshape(4, 2))
@program(cube, deep)
@program(np.arange(4.0), deep)
@program(np.arange(8.0).reshape(2, 4), deep)
def dot_of_many_axes(x, y):
    return np.dot(x, y), x.dot(y)


@fails(cube, m23, match=r"not aligned: 4 != 2")
def dot_not_aligned(x, y):
    return np.dot(x, y)


@fails(x3, error=IndexError, match=r"too many indices .* \(test_rules.py:\d+\)$")
def too_many_indices(x):
    return x[0, 0]


@fails(x3, error=AttributeError, match=r"no attribute 'foo' \(test_rules.py:\d+\)$")
def no_such_attribute(x):
    return np.sum(x) if x[0] > 5 else x.foo


@fails(x3, error=np.exceptions.AxisError, match=r"axis 1 is out of bounds .* dimension 1 \(test_rules.py:\d+\)$")
def no_such_axis(x):
    return (lambda y: np.sum(y, axis=1))(x)


@fails(x3, error=ValueError, match="^mine$")
def raised_by_the_user(x):
    def check(n):
        if n > 2:
            raise ValueError("mine")
        return n

    return x[check(3)]


@program(x3)
@program(np.array([0.5, 1.5, -7.7], np.float32))
def rounded(x):
    return x[0] * round(x[0]), x[1] * round(x[1]), x[2] * round(x[2])


@program(x3)
@program(np.array([0.5, 1.5, -7.7], np.float32))
def evenly_spaced(x):
    return np.linspace(x[0], x[1], 5), np.linspace(0.0, x[2], 4), np.linspace(0, 1, 3)


@program(x3, 2)
@program(np.array([0.5, 1.5, -7.7], np.float32), 3)
def clipped(x, n):
    mixed = np.clip(0.3, x[2], x[1]), np.clip(0.3, x, x + 1), np.clip(n, x, x + 1)
    return mixed, np.clip(x, 0.1, 0.6), np.clip(n, 0, 1)


@program(np.arange(6.0))
def shrinks_in_a_loop(x):
    for _ in range(2):
        x = x[1:] * x[0]
        x = np.concatenate([x, x[:1], x[:1]])
        x = x[2:]
    return x


@program(np.arange(6.0))
def loses_one_in_every_trip(x):
    for _ in range(3):
        x = x[1:] - x[:-1]
    return x


def shrinks_while(x, n):
    for _ in range(n):
        x = x[1:]
    return x


def test_a_shape_that_changes_in_a_loop_of_unknown_length():
    with pytest.raises(UnsupportedError, match=r"changes the shape of `x` must be known(.|\n)* for _ in range\(n\)"):
        tracing.outputs(shrinks_while, np.arange(6.0), 3)


@pytest.mark.parametrize(("function", "args"), programs)
def test_agrees_with_python(function, args):
    tracing.agrees(function, *args)


@pytest.mark.parametrize(("function", "args", "error", "match"), failures)
def test_fails_as_python_does(function, args, error, match):
    with pytest.raises((error, AdcompileError), match=match):
        tracing.outputs(function, *args)
    with pytest.raises(error):
        function(*args)
