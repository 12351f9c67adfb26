"""Slices, broadcasting and indices against NumPy, over a grid of shapes and at random."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from adcompile.errors import UnsupportedError
from adcompile.frontend.trace import trace
from adcompile.ir.interpreter import run
from tests.frontend import tracing

BOUNDS = (None, -9, -4, -3, -1, 0, 1, 2, 4, 9)
STEPS = (None, 1, 2, 3, -1, -2)


def constant_slice(start: int | None, stop: int | None, step: int | None):
    """A function with the slice written out, so that its parts are known."""
    scope = {"np": np}
    key = "constant_slice", start, stop, step
    return _compiled(f"def f(x):\n    y = x[{start}:{stop}:{step}]\n    return y, y.shape\n", repr(key), scope)


def _compiled(text: str, name: str, scope: dict[str, object]):
    import linecache

    file = f"<{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), scope)
    return scope["f"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("start", BOUNDS)
def test_constant_slices(start, step):
    for stop in BOUNDS:
        single = step in (None, 1) and (start, stop) in ((None, 1), (0, 1), (1, 2), (-1, None), (-4, -3))
        graph = tracing.traced(constant_slice(start, stop, step), np.arange(4.0)).graph
        for size in range(7):
            x = np.arange(float(size))
            if single and len(x[start:stop:step]) != 1:
                with pytest.raises(UnsupportedError, match="a slice of one element"):
                    run(graph, [x])
                continue
            sliced, extent = run(graph, [x])
            np.testing.assert_array_equal(sliced, x[start:stop:step])
            assert extent == len(x[start:stop:step])


def rising(x, a, b):
    return x[a:b], x[a:], x[:b], x[a::2], x[:b:3]


def falling(x, a, b):
    return x[a:b:-1], x[a::-1], x[:b:-1], x[a:b:-2]


def in_a_loop(x):
    s = np.zeros(3 * len(x))
    for i in range(len(x)):
        s[i] += x[i:].sum() + 2 * x[:i].sum() + 3 * x[: i + 1].sum() + 5 * x[i : i + 2].sum() + 7 * x[i - 2 :].sum()
    return s


@pytest.mark.parametrize("function", [rising, falling])
def test_slices_with_bounds_of_the_program(function):
    graph = tracing.traced(function, np.arange(4.0), 1, 2).graph
    for size, a, b in itertools.product(range(5), range(-6, 7), range(-6, 7)):
        x = np.arange(float(size))
        for got, want in zip(run(graph, [x, a, b]), function(x, a, b), strict=True):
            np.testing.assert_array_equal(got, want)


def test_slices_from_a_loop_index():
    for size in range(6):
        tracing.agrees(in_a_loop, np.arange(1.0, size + 1))


def outer_sum(x, y, z):
    return x + y * z


@pytest.mark.parametrize("seed", range(40))
def test_broadcasting_at_random(seed):
    rng = random.Random(seed)
    full = [rng.choice((1, 2, 3, 4)) for _ in range(rng.randint(1, 4))]
    shapes = []
    for _ in range(3):
        shape = [1 if rng.random() < 0.3 else extent for extent in full]
        shapes.append(tuple(shape[rng.randint(0, len(full)) :]))
    arrays = [np.random.default_rng(seed + k).normal(size=shape) for k, shape in enumerate(shapes)]
    tracing.agrees(outer_sum, *arrays)


def test_extents_that_differ_are_named_when_the_program_runs():
    graph = trace(outer_sum, tracing.structures(outer_sum, (np.ones(3), np.ones((2, 3)), 1.0))).graph
    told = r"^operands could not be broadcast together with shapes \(4,\) \(2,3\) \(test_indexing.py:\d+\)$"
    with pytest.raises(ValueError, match=told):
        run(graph, [np.ones(4), np.ones((2, 3)), 1.0])


def pick(x, i, j):
    return x[i, j], x[i], x[:, j], x[..., i, j], x[None, i], x[-1, -2]


def test_index_out_of_range_names_index_axis_size_and_line():
    graph = tracing.traced(pick, np.ones((2, 3)), 0, 0).graph
    line = pick.__code__.co_firstlineno + 1
    for i, j in itertools.product(range(-2, 2), range(-3, 3)):
        x = np.arange(6.0).reshape(2, 3)
        for got, want in zip(run(graph, [x, i, j]), pick(x, i, j), strict=True):
            np.testing.assert_array_equal(got, want)
    message = rf"^index -4 is out of bounds for axis 1 with size 3 \(test_indexing.py:{line}\)$"
    with pytest.raises(IndexError, match=message):
        run(graph, [np.ones((2, 3)), 0, -4])


def test_without_boundscheck_nothing_is_required():
    graph = tracing.traced(pick, np.ones((2, 3)), 0, 0, boundscheck=False).graph
    assert "IndexError" not in repr([s.attrs for s in graph.region.body if hasattr(s, "attrs")])


def gathers(x, i, j):
    return x[i], x[i, j], x[:, j], x[i[:, None], j], x[i, None, j], x[0, j], x[i, 1]


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_integer_arrays(dtype):
    i, j = np.array([0, 1, 1], dtype), np.array([2, 0, 2], dtype)
    tracing.agrees(gathers, np.arange(6.0).reshape(2, 3), i, j)


def same_extent(x):
    return (x[2:] - 2 * x[1:-1] + x[:-2]) * x[1:-1]


def test_a_stencil_needs_no_check():
    graph = tracing.traced(same_extent, np.ones(5)).graph
    assert not [s for s in graph.region.body if getattr(getattr(s, "primitive", None), "name", "") == "require"]
