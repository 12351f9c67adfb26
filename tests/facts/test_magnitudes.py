"""Bounds of numbers: what a program computes lies within them, and data may be anything."""

from __future__ import annotations

import math

import pytest

from adcompile.facts.magnitudes import Magnitudes
from adcompile.ir.types import FLOAT, INT
from adcompile.ops import memory, scalar
from tests.ir.sketch import VECTOR, Sketch


def test_integers_and_bounded_functions_of_them_are_finite() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    number = sketch.op(scalar.cast, n, type=FLOAT)
    sine = sketch.op(scalar.sin, number)
    scaled = sketch.op(scalar.mul, sine, 3.0)
    halved = sketch.op(scalar.div, scaled, -2.0)
    bounds = Magnitudes(sketch.function(halved).region, {})
    assert bounds.of(number) == 2.0**64
    assert bounds.of(scaled) == 3.0
    assert bounds.of(halved) == 1.5


@pytest.mark.parametrize("primitive", [scalar.sin, scalar.tanh, scalar.abs_, scalar.exp], ids=str)
def test_data_may_be_nan(primitive: scalar.Primitive) -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    result = sketch.op(primitive, sketch.load(x, 0))
    assert Magnitudes(sketch.function(result).region, {}).of(result) == math.inf


def test_quotients_and_large_exponentials_may_be_infinite() -> None:
    sketch = Sketch()
    n = sketch.op(scalar.cast, sketch.param(INT, "n"), type=FLOAT)
    results = [sketch.op(scalar.div, 1.0, n), sketch.op(scalar.exp, n), sketch.op(scalar.log, n)]
    bounds = Magnitudes(sketch.function(*results).region, {})
    assert all(bounds.of(result) == math.inf for result in results)


def test_what_grows_from_trip_to_trip_is_not_bounded() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    with sketch.loop(0, n, 1, inits=(1.0, 1.0), hints=("s", "t")) as loop:
        _, s, t = loop.params
        loop.yields = (sketch.op(scalar.mul, s, 2.0), sketch.op(scalar.sin, t))
    bounds = Magnitudes(sketch.function(*loop.results).region, {})
    assert [bounds.of(result) for result in loop.results] == [math.inf, 1.0]


def test_an_array_is_as_large_as_what_is_stored() -> None:
    sketch = Sketch()
    y = sketch.alloc(4)
    row = sketch.op(memory.reshape, y, 4, type=VECTOR)
    sketch.store(y, 0, -7.0)
    loaded = sketch.load(row, 1)
    assert Magnitudes(sketch.function(loaded).region, {row: y}).of(loaded) == 7.0
