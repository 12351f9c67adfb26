"""Stores that need not be undone: recurrences with and without the proof, and what the proof must see."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from adcompile.ad.reverse import IMPROVEMENTS, Plan, reverse
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Function, Value
from adcompile.ir.types import INT
from adcompile.ir.verify import verify
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar
from adcompile.passes.check_ranges import check_ranges
from adcompile.passes.cse import merge_common
from adcompile.passes.dce import remove_dead
from adcompile.passes.decide import decide
from adcompile.passes.hoist import hoist
from adcompile.passes.promote import promote
from adcompile.passes.simplify import simplify
from tests.ad.programs import arguments, differences
from tests.ad.recurrences import RecurrenceGenerator
from tests.ir.programs import copy_function
from tests.ir.sketch import VECTOR, Given, Sketch

CHUNK = 40


def size(function: Function) -> int:
    """The number of statements: an adjoint that saves less has fewer."""
    return sum(1 for _ in statements(function.region))


def prepared(function: Function) -> Function:
    """What the pipeline makes of the program before differentiation."""
    for transform in (simplify, decide, merge_common, hoist, check_ranges, promote, merge_common, remove_dead):
        function = transform(function)
    return function


def compare(first: int, stop: int) -> int:
    """Gradients with the proof, without it, and with the passes before: the same. In how many programs it helped."""
    fewer = 0
    for seed in range(first, stop):
        function = RecurrenceGenerator(seed).generate()
        assert verify(function) == [], seed
        base = reverse(function, Plan((0, 1), 1, disabled=frozenset(IMPROVEMENTS)))
        proved = reverse(function, Plan((0, 1), 1))
        passed = reverse(prepared(copy_function(function)), Plan((0, 1), 1))
        x, a = arguments(seed)
        results = run(base, (x, a))
        for other in (proved, passed):
            assert verify(other) == [], seed
            for expected, found in zip(results, run(other, (x, a)), strict=True):
                np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11, err_msg=f"seed {seed}")
        fewer += size(proved) < size(base)
    return fewer


@pytest.mark.parametrize("first", range(0, 80, CHUNK))
def test_recurrences_with_and_without_the_proof(first: int) -> None:
    assert compare(first, first + CHUNK) > 5


def test_recurrences_against_differences() -> None:
    compared = 0
    for seed in range(1000, 1025):
        function = RecurrenceGenerator(seed).generate()
        x, a = arguments(seed)
        expected = differences(function, x, a)
        if expected is not None:
            _, x_bar, a_bar = run(reverse(function, Plan((0, 1), 1)), (x, a))
            np.testing.assert_allclose(x_bar, expected[0], rtol=1e-6, atol=1e-6, err_msg=f"seed {seed}")
            np.testing.assert_allclose(a_bar, expected[1], rtol=1e-6, atol=1e-6, err_msg=f"seed {seed}")
            compared += 1
    assert compared > 12


def saves(function: Function) -> bool:
    """Does the adjoint put anything back, or keep anything for later?"""
    allocs = [s for s in statements(function.region) if getattr(s, "primitive", None) is memory.alloc]
    made = [
        s for s in statements(reverse(function, Plan((0,), 1)).region) if getattr(s, "primitive", None) is memory.alloc
    ]
    return len(made) > len(allocs)


def recurrence(
    start: Given, place: Callable[[Sketch, Value], Given], read: Callable[[Sketch, Value], Given], step: int = 1
) -> Function:
    """for i in range(start, n, step): y[place(i)] = sin(y[read(i)]) + x[0]"""
    sketch = Sketch()
    x, n = sketch.param(VECTOR, "x"), sketch.param(INT, "n")
    y = sketch.alloc(n)
    bounds = (start, n, step) if step > 0 else (sketch.op(scalar.sub, n, 1), start, step)
    with sketch.loop(*bounds) as loop:
        i = loop.params[0]
        old = sketch.op(scalar.sin, sketch.load(y, read(sketch, i)))
        sketch.store(y, place(sketch, i), sketch.op(scalar.add, old, sketch.load(x, 0)))
    return sketch.function(sketch.load(y, 0))


def plus(shift: int) -> Callable[[Sketch, Value], Given]:
    return lambda sketch, i: sketch.op(scalar.add, i, shift)


def times(factor: int) -> Callable[[Sketch, Value], Given]:
    return lambda sketch, i: sketch.op(scalar.mul, i, factor)


@pytest.mark.parametrize(
    ("function", "saved"),
    [
        (recurrence(1, plus(0), plus(-1)), False),
        (recurrence(1, plus(-1), plus(0)), True),  # y[i - 1] = sin(y[i]): trip i + 1 overwrites y[i]
        (recurrence(0, plus(0), plus(0)), True),  # the trip itself does
        (recurrence(0, plus(0), plus(-1)), True),  # y[-1] is the last, stored later
        (recurrence(0, plus(1), plus(0), step=-1), True),
        (recurrence(0, plus(0), plus(1), step=-1), False),
        (recurrence(1, plus(0), plus(-2), step=2), True),  # y[-1] again
        (recurrence(2, plus(0), plus(-2), step=2), False),
        (recurrence(2, plus(0), plus(1), step=2), False),  # odd ones are never stored
        (recurrence(1, times(2), plus(0)), False),  # y[2 i'] is y[i] for no later i'
        (recurrence(1, plus(0), times(2)), True),
    ],
)
def test_what_is_overwritten_and_read_again_is_saved(function: Function, saved: bool) -> None:
    assert saves(function) is saved
