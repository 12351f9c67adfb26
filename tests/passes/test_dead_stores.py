"""Dead stores on programs written by hand; random programs go through the whole sequence."""

from __future__ import annotations

import numpy as np
import pytest

from adcompile.ir.builder import Builder
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Apply, Function, Region, Value, integer, real
from adcompile.ir.types import FLOAT, INT, Array
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar
from adcompile.passes.dead_stores import remove_dead_stores
from tests.ad.programs import ProgramGenerator, arguments

VECTOR = Array("float64", 1)


def stores(function: Function) -> int:
    return sum(isinstance(s, Apply) and s.primitive is memory.store for s in statements(function.region))


def zeroing(start: int, *, read_later: bool = False, index: int = 0) -> Function:
    """s += a[i]; a[i] = 0 for every i of a local copy of x, from `start` on."""
    b = Builder()
    x = Value(VECTOR, "x")
    n = b.apply(memory.dim, x, type=INT, axis=0)
    a = b.apply(memory.alloc, n, type=VECTOR, fill="empty")
    fill = Region((Value(INT),))
    with b.into(fill):
        b.effect(memory.store, a, fill.params[0], b.apply(memory.load, x, fill.params[0], type=FLOAT))
    b.for_((integer(0), n, integer(1)), (), fill)
    body = Region((Value(INT), Value(FLOAT)))
    i, s = body.params
    with b.into(body):
        v = b.apply(memory.load, a, i, type=FLOAT)
        b.effect(memory.store, a, i, real(0.0))
        body.yields = (b.apply(scalar.add, s, v, type=FLOAT),)
    (total,) = b.for_((integer(start), n, integer(1)), (real(0.0),), body)
    last = b.apply(memory.load, a, integer(index), type=FLOAT) if read_later else real(0.0)
    b.region.params = (x,)
    b.region.yields = (total, last)
    return Function("f", b.region)


@pytest.mark.parametrize(("start", "read_later", "left"), [(0, False, 1), (0, True, 2), (-2, False, 2)])
def test_unread(start: int, read_later: bool, left: int) -> None:
    function = zeroing(start, read_later=read_later)
    x = np.array([1.0, 2.0, 4.0])
    expected = run(function, (x,))
    remove_dead_stores(function)
    assert stores(function) == left
    assert run(function, (x,)) == expected


def test_overwritten() -> None:
    b = Builder()
    a = b.apply(memory.alloc, integer(2), type=VECTOR, fill="zeros")
    b.effect(memory.store, a, integer(0), real(1.0))
    b.effect(memory.store, a, integer(1), real(2.0))
    b.effect(memory.store, a, integer(0), real(3.0))
    first = b.apply(memory.load, a, integer(0), type=FLOAT)
    b.effect(memory.store, a, integer(0), real(4.0))
    b.region.yields = (first, b.apply(memory.load, a, integer(0), type=FLOAT))
    function = remove_dead_stores(Function("f", b.region))
    assert stores(function) == 2  # the last one to each element that is loaded
    assert run(function, ()) == (3.0, 4.0)


def test_an_element_that_is_loaded_later_by_another_index() -> None:
    """a[i] = 0 for i > 0, then a[0] is loaded; a[j] for any j needs the zeros."""
    for index, left in ((0, 1), (1, 2)):
        function = zeroing(1, read_later=True, index=index)
        expected = run(function, (np.array([1.0, 2.0, 4.0]),))
        remove_dead_stores(function)
        assert stores(function) == left
        assert run(function, (np.array([1.0, 2.0, 4.0]),)) == expected


@pytest.mark.parametrize("first", [0, 100])
def test_random_programs_keep_their_meaning(first: int) -> None:
    removed = 0
    for seed in range(first, first + 100):
        function = ProgramGenerator(seed).generate()
        expected, before = run(function, arguments(seed)), stores(function)
        remove_dead_stores(function)
        assert run(function, arguments(seed)) == expected, seed
        removed += before - stores(function)
    assert removed > 0
