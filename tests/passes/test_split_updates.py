"""Loops that add to neighbouring elements: split where that is allowed, and the meaning stays, for all sizes."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from adcompile.ir.builder import Builder
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import For, Function, Operand, Region, Value, integer, real
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOAT, INT, Array
from adcompile.ir.verify import verify
from adcompile.ir.walk import clone_region, statements
from adcompile.ops import memory, scalar
from adcompile.passes.cse import merge_common
from adcompile.passes.dce import remove_dead
from adcompile.passes.hoist_arrays import hoist_arrays
from adcompile.passes.split_updates import split_updates

VECTOR, MATRIX = Array("float64", 1), Array("float64", 2)


class Scatter:
    """`for k in range(n): g = x[k]; y[j, c + k] += ...; ...` inside a loop over j; y is 5 x (n + 4)."""

    def __init__(self, *, order_free: bool, backward: bool = False) -> None:
        self.order_free, self.backward = order_free, backward
        self.builder = Builder()
        self.x, self.y = Value(VECTOR, "x"), Value(MATRIX, "y")
        self.n = self.builder.apply(memory.dim, self.x, type=INT, axis=0)
        self.outer, self.inner = Region((Value(INT, "j"),)), Region((Value(INT, "k"),))

    def shifted(self, operand: Operand, by: int) -> Operand:
        return self.builder.apply(scalar.add, operand, integer(by), type=INT) if by else operand

    def update(self, row: int, index: Operand, addend: Operand, *, minus: bool = False) -> None:
        b, j = self.builder, self.outer.params[0]
        at = (self.shifted(j, row), index)
        before = b.apply(memory.load, self.y, *at, type=FLOAT)
        operation = scalar.sub if minus else scalar.add
        b.effect(memory.store, self.y, *at, b.apply(operation, before, addend, type=FLOAT))

    def function(self, body: object) -> Function:
        b = self.builder
        assert callable(body)
        with b.into(self.outer):
            last = self.shifted(self.n, -1)
            with b.into(self.inner):
                body(self.inner.params[0])
            bounds = (last, integer(-1), integer(-1)) if self.backward else (integer(0), self.n, integer(1))
            b.for_(bounds, (), self.inner, order_free=self.order_free)
        b.for_((integer(0), integer(3), integer(1)), (), self.outer)
        b.region.params = (self.x, self.y)
        return Function("scatter", b.region)

    def element(self, index: Operand) -> Value:
        return self.builder.apply(memory.load, self.x, index, type=FLOAT)

    def invariant(self) -> Value:
        """A number known before the loops."""
        return self.builder.apply(scalar.cast, self.shifted(self.n, 2), type=FLOAT)

    def times(self, one: Operand, other: Operand) -> Value:
        return self.builder.apply(scalar.mul, one, other, type=FLOAT)


def innermost(function: Function) -> int:
    loops = (stmt for stmt in statements(function.region) if isinstance(stmt, For))
    return sum(not any(isinstance(inner, For) for inner in loop.body.body) for loop in loops)


def contents(function: Function, n: int) -> np.ndarray:
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=n), rng.normal(size=(5, n + 4))
    run(function, [x, y])
    return y


def agree(function: Function) -> Function:
    """The function split, its arrays hoisted, after it was compared with what it was for sizes from none on."""
    before = Function("before", clone_region(function.region, {}))
    after = remove_dead(merge_common(hoist_arrays(split_updates(function))))
    assert verify(after) == []
    for n in (0, 1, 2, 3, 4, 9):
        np.testing.assert_allclose(contents(after, n), contents(before, n), rtol=1e-13)
    return after


def stencil(scatter: Scatter) -> Function:
    def body(k: Value) -> None:
        g = scatter.times(scatter.element(k), real(0.3))
        scatter.update(1, scatter.shifted(k, 2), g)
        scatter.update(0, scatter.shifted(k, 1), g)
        scatter.update(1, k, g, minus=True)
        scatter.update(2, scatter.shifted(k, 1), scatter.times(g, real(-2.0)))

    return scatter.function(body)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("order_free", [False, True])
def test_a_stencil_has_a_loop_for_each_row(order_free: bool, backward: bool) -> None:
    after = agree(stencil(Scatter(order_free=order_free, backward=backward)))
    assert innermost(after) == 4  # what is added, then three rows


def test_updates_in_opposite_directions() -> None:
    scatter = Scatter(order_free=True)

    def body(k: Value) -> None:
        g = scatter.element(k)
        last = scatter.shifted(scatter.n, -1)
        scatter.update(0, k, g)
        scatter.update(0, scatter.builder.apply(scalar.sub, last, k, type=INT), g, minus=True)

    # An element of an array that stays as it is needs no row.
    after = agree(scatter.function(body))
    assert innermost(after) == 2
    assert not any(getattr(s, "primitive", None) is memory.alloc for s in statements(after.region))


def test_an_array_that_is_read_otherwise_is_left_alone() -> None:
    scatter = Scatter(order_free=True)

    def body(k: Value) -> None:
        seen = scatter.builder.apply(memory.load, scatter.y, integer(4), k, type=FLOAT)
        scatter.update(0, k, scatter.times(seen, scatter.element(k)))
        scatter.update(0, scatter.shifted(k, 1), seen)

    assert innermost(agree(scatter.function(body))) == 1


def test_a_recurrence_is_left_alone() -> None:
    """The second trip adds what the first one has added: not order free."""
    scatter = Scatter(order_free=False)

    def body(k: Value) -> None:
        j = scatter.outer.params[0]
        left = scatter.builder.apply(memory.load, scatter.y, j, k, type=FLOAT)
        scatter.update(0, scatter.shifted(k, 1), left)
        scatter.update(0, scatter.shifted(k, 2), left)

    assert innermost(agree(scatter.function(body))) == 1


@pytest.mark.parametrize("operation", [scalar.add, scalar.sub, scalar.mul], ids=lambda operation: operation.name)
@pytest.mark.parametrize("known", [real(3.0), None, real(math.inf)], ids=["constant", "invariant", "infinite"])
def test_the_zeros_at_the_ends_of_a_row_add_nothing(operation: Primitive, known: Operand | None) -> None:
    """What is added there must be zero, whatever is computed from the elements between."""
    scatter = Scatter(order_free=True)
    other = scatter.invariant() if known is None else known

    def body(k: Value) -> None:
        element = scatter.element(k)
        scatter.update(0, k, scatter.builder.apply(operation, element, other, type=FLOAT))
        scatter.update(0, scatter.shifted(k, 2), element)

    agree(scatter.function(body))


@pytest.mark.parametrize("seed", range(60))
def test_random_updates(seed: int) -> None:
    rng = random.Random(seed)
    scatter = Scatter(order_free=rng.random() < 0.5, backward=rng.random() < 0.5)

    def body(k: Value) -> None:
        sources = [scatter.element(k), scatter.times(scatter.element(k), scatter.element(integer(0)))]
        sources.append(scatter.builder.apply(scalar.sin, sources[1], type=FLOAT))
        for _ in range(rng.randint(2, 6)):
            addend = rng.choice(sources)
            if rng.random() < 0.4:
                addend = scatter.times(addend, real(rng.choice((0.5, -2.0))))
            if rng.random() < 0.15:
                addend = scatter.builder.apply(scalar.neg, addend, type=FLOAT)
            index = scatter.shifted(k, rng.randint(0, 4))
            scatter.update(rng.randint(0, 2), index, addend, minus=rng.random() < 0.3)

    agree(scatter.function(body))
