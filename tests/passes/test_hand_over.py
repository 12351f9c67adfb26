"""Arrays that are handed over: corpus programs give the same results in memory full of rubbish, and again in what they
left there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adcompile import testing
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, Function, Region, Value, integer, real
from adcompile.ir.types import FLOAT, INT, Array
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar
from adcompile.passes.hand_over import take_buffers, take_results
from tests.corpus import PROGRAMS, Program
from tests.emitted import Emitted, emit

VECTOR = Array("float64", 1)
MATRIX = Array("float64", 2)


def rubbish(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Fill the array with what no program may use."""
    array[...] = np.nan if array.dtype.kind == "f" else True if array.dtype.kind == "b" else 99
    return array


def given(emitted: Emitted, numbers: list[Any]) -> list[Any]:
    """The arrays that a program takes after its other arguments."""
    build = emitted.build
    gradients = [rubbish(np.empty(numbers[k].shape, numbers[k].dtype)) for k in build.filled]
    if build.buffers is None:
        return gradients
    maker = emitted.entry.__globals__[build.buffers.maker]
    buffers = maker(*[[*numbers, *gradients][k] for k in build.buffers.takes])
    assert [(each.dtype.name, each.ndim) for each in buffers] == [(t.dtype, t.ndim) for t in build.buffers.types]
    return [*gradients, *map(rubbish, buffers)]


@pytest.mark.parametrize("program", PROGRAMS[::3], ids=lambda program: program.name)
def test_results_do_not_depend_on_what_memory_held(program: Program) -> None:
    with np.errstate(all="ignore"):
        value = program.function(*program.args())
        value = value[0] if program.has_aux else value
        cotangents = [] if testing.is_scalar(value) else testing.fixed_cotangents(value)
        mode = "grad" if testing.is_scalar(value) else "vjp"
        fresh = emit(program.function, program.args(), mode=mode, has_aux=program.has_aux)
        expected = fresh.entry(*fresh.numbers(*program.args()), *cotangents)
        emitted = emit(program.function, program.args(), mode=mode, has_aux=program.has_aux, workspace=True, out=True)
        arrays = given(emitted, [*emitted.numbers(*program.args()), *cotangents])
        for _ in range(2):
            results = emitted.entry(*emitted.numbers(*program.args()), *cotangents, *arrays)
            for one, other in zip(results, expected, strict=True):
                np.testing.assert_array_equal(one, other)
        filled = arrays[: len(emitted.build.filled)]
        assert [id(each) for each in results if any(each is array for array in arrays)] == [id(each) for each in filled]


def allocations(function: Function) -> list[str]:
    return [s.results[0].hint for s in statements(function.region) if isinstance(s, Apply) and s.attrs.fill]


def working(*, size: Any = None) -> tuple[Builder, Function]:
    """Arrays `a` of the size of x, `b` like it, `c` of size k // 2 and `r`, which is returned."""
    b = Builder()
    x, k = Value(VECTOR, "x"), Value(INT, "k")
    n = b.apply(memory.dim, x, type=INT, axis=0)
    a = b.apply(memory.alloc, n, n, type=MATRIX, hint="a", fill="zeros")
    b.apply(memory.alloc_like, a, type=MATRIX, hint="b", fill="empty")
    half = b.apply(scalar.floordiv, k, integer(2) if size is None else size(b, x, k), type=INT)
    b.apply(memory.alloc, half, type=VECTOR, hint="c", fill="empty")
    r = b.apply(memory.alloc_like, x, type=VECTOR, hint="r", fill="zeros")
    function = Function("f", Region((x, k), b.region.body, (r, a_element(b, a))))
    return b, function


def a_element(b: Builder, a: Value) -> Value:
    return b.apply(memory.load, a, integer(0), integer(0), type=FLOAT)


def test_buffers_are_what_is_not_returned() -> None:
    _, function = working()
    changed, workspace = take_buffers(function)
    assert workspace is not None
    assert allocations(changed) == ["r"]
    assert allocations(workspace.maker) == ["a", "b", "c"]
    assert [p.hint for p in changed.region.params] == ["x", "k", "a", "b", "c"]
    assert workspace.takes == (0, 1)


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(lambda b, x, k: k, id="a divisor that may be 0"),
        pytest.param(
            lambda b, x, k: b.apply(scalar.cast, b.apply(memory.load, x, k, type=FLOAT), type=INT), id="an element"
        ),
    ],
)
def test_sizes_that_only_the_program_can_compute_are_left_to_it(size: Any) -> None:
    _, function = working(size=size)
    changed, workspace = take_buffers(function)
    assert workspace is not None
    assert allocations(changed) == ["c", "r"]
    assert workspace.takes == (0,)


def test_what_grows_is_not_handed_over() -> None:
    b = Builder()
    x = Value(VECTOR, "x")
    a = b.apply(memory.alloc, integer(4), type=VECTOR, hint="a", fill="empty")
    b.effect(memory.grow, a, integer(9))
    b.effect(memory.store, a, integer(9), real(1.0))
    function = Function("f", Region((x,), b.region.body, (b.apply(memory.load, a, integer(9), type=FLOAT),)))
    assert take_buffers(function) == (function, None)


def test_a_result_with_two_places_is_copied() -> None:
    b = Builder()
    x = Value(VECTOR, "x")
    r = b.apply(memory.alloc_like, x, type=VECTOR, hint="r", fill="zeros")
    changed = take_results(Function("f", Region((x,), b.region.body, (r, r))), [1])
    first, second = changed.region.yields
    assert first is r
    assert second is changed.region.params[1] is not r
    assert allocations(changed) == ["r"]
