"""The number of trips, and of a trip, against Python's `range`."""

from __future__ import annotations

import itertools

import pytest

from adcompile.ir.builder import Builder
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Function, Operand, Region, Value, integer
from adcompile.ir.types import INT
from adcompile.ops.trips import trip_count, trip_number

ENDS = (-7, -2, 0, 1, 2, 8)
STEPS = (-5, -2, -1, 1, 2, 3)


def program(constant: frozenset[int], values: tuple[int, ...], count: bool) -> Function:
    """Bounds and index as arguments, but for those that are constant."""
    params = tuple(Value(INT) for _ in values)
    given: list[Operand] = [integer(v) if k in constant else params[k] for k, v in enumerate(values)]
    builder = Builder(Region(params))
    start, stop, step, index = given
    found = trip_count(builder, start, stop, step) if count else trip_number(builder, index, start, step)
    builder.region.yields = (found,)
    return Function("f", builder.region)


@pytest.mark.parametrize("constant", [(), (0,), (2,), (0, 2), (1,), (0, 1, 2)])
@pytest.mark.parametrize("step", STEPS)
def test_as_python_counts(step: int, constant: tuple[int, ...]) -> None:
    for start, stop in itertools.product(ENDS, ENDS):
        trips = range(start, stop, step)
        for count, index in [(True, 0), *((False, each) for each in trips)]:
            values = (start, stop, step, index)
            (found,) = run(program(frozenset(constant), values, count), values)
            assert found == (len(trips) if count else trips.index(index)), values
