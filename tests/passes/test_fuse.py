"""Fusion of loops: what may run together does, what may not does not, and the meaning stays."""

from __future__ import annotations

import random

import numpy as np
import pytest

from adcompile.ir.builder import Builder
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import For, Function, Operand, Region, Value, integer, real
from adcompile.ir.types import FLOAT, INT, Array
from adcompile.ir.verify import verify
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar
from adcompile.passes.cse import merge_common
from adcompile.passes.dce import remove_dead
from adcompile.passes.fuse import fuse
from adcompile.testing import difference_gradient
from tests.emitted import emit

MATRIX = Array("float64", 2)


def loops(function: Function) -> int:
    return sum(isinstance(stmt, For) for stmt in statements(function.region))


class Chain:
    """Order-free nests over an n x m matrix, one behind the other, each from the arrays before it to a new one."""

    def __init__(self) -> None:
        self.builder = Builder()
        self.x = Value(MATRIX, "x")
        self.n, self.m = (self.builder.apply(memory.dim, self.x, type=INT, axis=axis) for axis in range(2))

    def nest(self, reads: list[tuple[Value, str]], scale: float) -> Value:
        """out[i, j] = sin(scale * sum of elements); a read is in place, at "row" 0, "column" 0, or "turned"."""
        b = self.builder
        out = b.apply(memory.alloc, self.n, self.m, type=MATRIX, fill="zeros")
        outer, inner = Region((Value(INT),)), Region((Value(INT),))
        with b.into(outer):
            with b.into(inner):
                i, j = outer.params[0], inner.params[0]
                total: Operand = real(scale)
                for array, how in reads:
                    value = b.apply(memory.load, array, *self.place(i, j, how), type=FLOAT)
                    total = b.apply(scalar.add, total, value, type=FLOAT)
                b.effect(memory.store, out, i, j, b.apply(scalar.sin, total, type=FLOAT))
            b.for_((integer(0), self.m, integer(1)), (), inner, order_free=True)
        b.for_((integer(0), self.n, integer(1)), (), outer, order_free=True)
        return out

    def place(self, i: Value, j: Value, how: str) -> tuple[Operand, Operand]:
        if how == "row":
            return integer(0), j
        if how == "column":
            return i, integer(0)
        if how == "turned":
            last = self.builder.apply(scalar.sub, self.n, integer(1), type=INT)
            return self.builder.apply(scalar.sub, last, i, type=INT), j
        return i, j

    def function(self, *results: Value) -> Function:
        self.builder.region.params = (self.x,)
        self.builder.region.yields = results
        return Function("chain", self.builder.region)


def test_the_array_between_goes_away() -> None:
    chain = Chain()
    first = chain.nest([(chain.x, "same")], 0.5)
    second = chain.nest([(first, "same"), (chain.x, "row")], 0.25)
    function = chain.function(second)
    x = np.arange(6.0).reshape(2, 3)
    (expected,) = run(function, (x,))
    remove_dead(merge_common(fuse(function)))
    assert verify(function) == []
    assert loops(function) == 2
    assert sum(getattr(s, "primitive", None) is memory.alloc for s in function.region.body) == 1
    np.testing.assert_array_equal(run(function, (x,))[0], expected)


@pytest.mark.parametrize(("how", "left"), [("turned", 4), ("row", 4), ("column", 3)])
def test_what_another_trip_has_stored_keeps_the_loops_apart(how: str, left: int) -> None:
    chain = Chain()
    first = chain.nest([(chain.x, "same")], 0.5)
    function = chain.function(chain.nest([(first, how)], 0.25))
    assert loops(fuse(function)) == left


def test_a_returned_array_is_no_reason_to_fuse() -> None:
    chain = Chain()
    first = chain.nest([(chain.x, "same")], 0.5)
    function = chain.function(chain.nest([(first, "same")], 0.25), first)
    assert loops(fuse(function)) == 4


def test_random_chains_keep_their_meaning() -> None:
    fused = 0
    for seed in range(300):
        rng, chain = random.Random(seed), Chain()
        arrays = [chain.x]
        for _ in range(rng.randint(2, 5)):
            ways = [rng.choice(("same", "same", "same", "row", "column", "turned")) for _ in range(rng.randint(1, 3))]
            reads = [(rng.choice(arrays[-2:]), how) for how in ways]
            arrays.append(chain.nest(reads, rng.uniform(-1, 1)))
        function = chain.function(arrays[-1], *([arrays[1]] if rng.random() < 0.2 else []))
        x = np.random.default_rng(seed).normal(size=(rng.randint(1, 3), rng.randint(1, 3)))
        expected, before = run(function, (x,)), loops(function)
        remove_dead(merge_common(fuse(function)))
        assert verify(function) == [], seed
        for got, wanted in zip(run(function, (x,)), expected, strict=True):
            np.testing.assert_array_equal(got, wanted, err_msg=f"seed {seed}")
        fused += before - loops(function)
    assert fused > 50


def ahead(x):
    x = x.copy()
    for _ in range(3):
        x[0, 1:-1] += np.sin(x[0, 2:]) * x[0, 1:-1]
    return np.sum(x)


def behind(x):
    x = x.copy()
    for _ in range(3):
        x[0, 1:-1] += np.sin(x[0, :-2])
    return np.sum(x)


def both_sides(x):
    x = x.copy()
    for _ in range(3):
        x[0, 1:-1] = 0.5 * np.sin(x[0, :-2]) + x[0, 2:]
    return np.sum(x)


def rows(x):
    x = x.copy()
    for i in range(1, x.shape[0] - 1):
        x[i, 1:-1] += np.sin(x[i - 1, :-2]) + x[i + 1, :-2] * x[i, 2:]
    return np.sum(x)


def rows_that_may_be_one(x):
    """Row 1 - i is row i in none of the trips, which is more than is seen."""
    x = x.copy()
    for i in range(2):
        x[i, 1:-1] += np.sin(x[1 - i, :-2])
    return np.sum(x)


def wrapping(x):
    """Row i - 1 of a matrix of one row is row i."""
    x = x.copy()
    for i in range(x.shape[0]):
        x[i, 1:-1] += np.sin(x[i - 1, :-2])
    return np.sum(x)


def backwards(x):
    x = x.copy()
    x[0, -2:0:-1] += np.sin(x[0, :1:-1])
    return np.sum(x)


COPIES = {ahead: 0, behind: 1, both_sides: 1, rows: 0, rows_that_may_be_one: 1, wrapping: 1, backwards: 1}
SHAPES = [(3, 6), (1, 5), (2, 2)]
HAVE_SEVERAL_ROWS = (rows, rows_that_may_be_one)


@pytest.mark.parametrize(
    ("function", "copies", "shape"),
    [(f, count, s) for f, count in COPIES.items() for s in SHAPES if s[0] > 1 or f not in HAVE_SEVERAL_ROWS],
)
def test_what_is_read_ahead_needs_no_copy(function, copies, shape) -> None:
    x = np.random.default_rng(3).normal(size=shape)
    fused, apart = emit(function, (x,)), emit(function, (x,), disabled=frozenset(("fuse",)))
    assert fused.build.text.count("temp = np.empty(") == copies
    assert "temp = np.empty(" in apart.build.text
    (value,), (gradient,) = fused.call(x)
    np.testing.assert_allclose(value, function(x), rtol=1e-15)
    np.testing.assert_array_equal(gradient, apart.call(x)[1][0])
    np.testing.assert_allclose(gradient, difference_gradient(function, (x,), [1.0])[0], rtol=1e-7, atol=1e-8)
