"""Arrays that every trip makes anew are made once: of one size, or as long as the longest."""

from __future__ import annotations

import numpy as np
import pytest

from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Apply, Const, For, Function, Operand
from adcompile.ir.types import INT
from adcompile.ir.verify import verify
from adcompile.ops import memory, scalar
from adcompile.passes.hoist_arrays import hoist_arrays
from adcompile.testing import difference_gradient
from tests.emitted import emit
from tests.ir.sketch import VECTOR, Sketch


def sums(
    start: int, stop: int | str, step: int, *, shrinking: bool = False, at: str = "index", fill: str = "empty"
) -> Function:
    """For k in a range, an array of k (or n - k) elements x[j] + 1.5, and the sum of it, element by element.

    `at`: elements are loaded at their index, from the end ("negative"), or the array is looked at as a whole ("dim").
    """
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    n = sketch.dim(x)
    bounds: list[Operand | int] = [start, n if stop == "n" else stop, step]
    with sketch.loop(*bounds, inits=(0.0,)) as loop:
        k, total = loop.params
        extent = sketch.op(scalar.sub, n, k, type=INT) if shrinking else k
        made = sketch.builder.apply(memory.alloc, extent, type=VECTOR, hint="made", fill=fill)
        with sketch.loop(0, extent) as filling:
            (j,) = filling.params
            sketch.store(made, j, sketch.op(scalar.add, sketch.load(x, j), 1.5))
        length = sketch.dim(made) if at == "dim" else extent
        with sketch.loop(0, length, inits=(total,)) as adding:
            j, s = adding.params
            place = sketch.op(scalar.sub, -1, j, type=INT) if at == "negative" else j
            adding.yields = (sketch.op(scalar.add, s, sketch.load(made, place)),)
        loop.yields = adding.results
    return sketch.function(*loop.results)


def first_loop(function: Function) -> For:
    return next(s for s in function.region.body if isinstance(s, For))


def makes(loop: For) -> bool:
    return any(isinstance(s, Apply) and s.primitive is memory.alloc for s in loop.body.body)


@pytest.mark.parametrize(
    ("function", "hoisted"),
    [
        (sums(0, "n", 1), True),
        (sums(2, "n", 2), True),
        (sums(5, 0, -1), True),
        (sums(5, 0, -2, shrinking=True), True),
        (sums(0, "n", 1, shrinking=True), True),
        (sums(0, 0, 1), True),
        (sums(0, "n", 1, at="negative"), False),
        (sums(0, "n", 1, at="dim"), False),
        (sums(0, "n", 1, fill="zeros"), False),
    ],
)
def test_arrays_that_grow_with_the_index(function: Function, hoisted: bool) -> None:
    x = np.arange(6.0)
    expected = run(function, (x,))
    assert makes(first_loop(function))
    hoist_arrays(function)
    assert verify(function) == []
    assert makes(first_loop(function)) != hoisted
    assert run(function, (x,)) == expected


def test_the_longest_is_not_shorter_than_nothing() -> None:
    """range(0, n - 9) has no trips for fewer than ten elements."""
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    stop = sketch.op(scalar.sub, sketch.dim(x), 9, type=INT)
    with sketch.loop(0, stop) as loop:
        (k,) = loop.params
        made = sketch.builder.apply(memory.alloc, k, type=VECTOR, fill="empty")
        with sketch.loop(0, k) as filling:
            sketch.store(made, filling.params[0], 1.0)
    function = hoist_arrays(sketch.function(x))
    (alloc,) = (s for s in function.region.body if isinstance(s, Apply) and s.primitive is memory.alloc)
    assert not isinstance(alloc.operands[0], Const)
    run(function, (np.ones(2),))
    run(function, (np.ones(12),))


def left_early(x):
    """The trips have arrays of up to a terabyte; the loop is left in the fourth one."""
    s = 0.0
    for k in range(1, 10**11):
        y = np.empty(k)
        for j in range(k):
            y[j] = np.sin(x * j)
        for j in range(k):
            s = s + y[k - 1 - j] * y[j]
        if s > 2.0 or k > 3:
            break
    return s


def test_a_loop_that_is_left_makes_no_more_than_it_needs() -> None:
    (value,), (gradient,) = emit(left_early, (0.3,)).call(0.3)
    np.testing.assert_allclose(value, left_early(0.3), rtol=1e-15)
    np.testing.assert_allclose(gradient, difference_gradient(left_early, (0.3,), [1.0])[0], rtol=1e-7)


def triangle(r):
    y = np.zeros_like(r)
    y[0] = r[0]
    for k in range(1, r.shape[0]):
        a = np.dot(np.flip(r[:k]), y[:k])
        y[:k] += a * np.flip(y[:k]) * np.sin(y[:k])
        y[k] = a + r[k]
    return np.sum(y * y)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_gradients_of_triangular_loops(size: int) -> None:
    r = np.random.default_rng(size).normal(size=size) * 0.5
    emitted = emit(triangle, (r,))
    (value,), (gradient,) = emitted.call(r)
    np.testing.assert_allclose(value, triangle(r), rtol=1e-14)
    np.testing.assert_allclose(gradient, difference_gradient(triangle, (r,), [1.0])[0], rtol=1e-7, atol=1e-9)
