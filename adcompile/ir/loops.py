"""The parts of a loop by name. Only `ir` knows where they stand among inits, params, yields and results.

    trips, s3 = for i in range(0, n, 1), s1 = 0.0:       index_of: i, trips_of: trips
        ...
        yield leave, s2                                   exit_of: leave

    carried(loop)      (Carried(init=0.0, param=s1, yielded=s2, result=s3),)

A `For` has its index in front of the params; if it may be left, the exit stands in front of the yields and the number
of trips in front of the results. A `While` has the number of trips there too, and its test has params of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple, TypeVar, overload

from adcompile.ir.nodes import Const, For, Operand, Region, Value, While

T = TypeVar("T")


class Carried(NamedTuple):
    """One carried value: what it starts from, what a trip starts with and hands on, what it is after the loop.

    `tested` is the param of a `While`'s test, None for a `For`.
    """

    init: Operand
    param: Value
    yielded: Operand
    result: Value
    tested: Value | None = None

    @property
    def head(self) -> Value:
        """What holds it where a trip is about to begin: the test's param if there is a test."""
        return self.tested or self.param

    @property
    def names(self) -> tuple[Value, ...]:
        """The values that it is, in their order: of the test, of the body, after the loop."""
        return (self.param, self.result) if self.tested is None else (self.tested, self.param, self.result)


def carried(loop: For | While) -> tuple[Carried, ...]:
    """The carried values of a loop, in their order."""
    columns = (loop.inits, params_of(loop), yields_of(loop), results_of(loop))
    if isinstance(loop, While):
        return tuple(Carried(*each) for each in zip(*columns, loop.test.params, strict=True))
    return tuple(Carried(*each) for each in zip(*columns, strict=True))


def carried_as(loop: For | While, value: Operand) -> Carried | None:
    """The carried value that a param, a param of the test or a result stands for, if it does."""
    return next((each for each in carried(loop) if any(value is name for name in each.names)), None)


# -- one column


def params_of(loop: For | While) -> tuple[Value, ...]:
    """What the body calls the carried values."""
    return loop.body.params[1:] if isinstance(loop, For) else loop.body.params


def heads_of(loop: For | While) -> tuple[Value, ...]:
    """What holds them where a trip is about to begin (`Carried.head`)."""
    return params_of(loop) if isinstance(loop, For) else loop.test.params


def yields_of(loop: For | While) -> tuple[Operand, ...]:
    """What a trip hands on of the carried values."""
    return loop.body.yields[1:] if isinstance(loop, For) and loop.exits else loop.body.yields


def results_of(loop: For | While) -> tuple[Value, ...]:
    """The carried values after the loop."""
    return loop.results if isinstance(loop, For) and not loop.exits else loop.results[1:]


def sums_of(loop: For) -> tuple[bool, ...]:
    """Of each carried value: is it known to be a sum of open order (`For.sums`)?"""
    return loop.sums or (False,) * len(loop.inits)


def taken_by(loop: For | While, region: Region, number: int) -> Value | None:
    """The param of the next trip that takes yield `number` of a region of the loop; None for what ends the loop."""
    if region is not loop.body:
        return None
    number -= len(loop.body.yields) - len(loop.inits)
    return None if number < 0 else params_of(loop)[number]


# -- what else a loop has


def index_of(loop: For) -> Value:
    """The index of a trip."""
    return loop.body.params[0]


def exit_of(loop: For) -> Operand | None:
    """What says that the loop ends after this trip, if it may be left."""
    return loop.body.yields[0] if loop.exits else None


@overload
def trips_of(loop: While) -> Value: ...
@overload
def trips_of(loop: For | While) -> Value | None: ...
def trips_of(loop: For | While) -> Value | None:
    """The number of trips that it ran, where that is a result: of a `While` and of a `For` that may be left."""
    return loop.results[0] if isinstance(loop, While) or loop.exits else None


def goes_on(loop: While) -> Operand:
    """What says, in the test, that there is one more trip."""
    return loop.test.yields[0]


def bounds_of(loop: For) -> tuple[Operand, Operand, Operand]:
    """Start, stop and step."""
    return loop.start, loop.stop, loop.step


def decides_of(loop: For | While) -> tuple[Operand, ...]:
    """What decides how many trips there are: the bounds and the exit, or the test."""
    if isinstance(loop, While):
        return (goes_on(loop),)
    leave = exit_of(loop)
    return bounds_of(loop) if leave is None else (*bounds_of(loop), leave)


def known_trips(loop: For) -> int | None:
    """How many trips the bounds allow, if they are constants or the same operand."""
    start, stop, step = bounds_of(loop)
    if start == stop:
        return 0
    if isinstance(start, Const) and isinstance(stop, Const) and isinstance(step, Const):
        return len(range(int(start.value), int(stop.value), int(step.value)))
    return None


# -- making and changing loops


def trip_region(index: Value, params: Sequence[Value] = ()) -> Region:
    """The region of a `For`, still without statements."""
    return Region((index, *params))


def hand_on(body: Region, yields: Sequence[Operand], leave: Operand | None = None) -> None:
    """Say what a trip hands on of the carried values and, for a loop that may be left, what ends it."""
    body.yields = tuple(yields) if leave is None else (leave, *yields)


def give_results(loop: For | While, results: Sequence[Value], trips: Value | None = None) -> None:
    """Say what the carried values are called after the loop and, where that is a result, the number of trips."""
    loop.results = tuple(results) if trips is None else (trips, *results)


def carry(loop: For | While, value: Carried) -> None:
    """Give the loop one more carried value, which is no sum of open order."""
    loop.inits += (value.init,)
    loop.body.params += (value.param,)
    loop.body.yields += (value.yielded,)
    loop.results += (value.result,)
    if isinstance(loop, While):
        assert value.tested is not None
        loop.test.params += (value.tested,)
    elif loop.sums:
        loop.sums += (False,)


def keep_carried(loop: For | While, kept: Sequence[bool]) -> None:
    """Drop the carried values that are not kept."""
    index = () if isinstance(loop, While) else (index_of(loop),)
    leave = None if isinstance(loop, While) else exit_of(loop)
    trips = trips_of(loop)
    hand_on(loop.body, keep(yields_of(loop), kept), leave)
    give_results(loop, keep(results_of(loop), kept), trips)
    loop.body.params = (*index, *keep(params_of(loop), kept))
    loop.inits = keep(loop.inits, kept)
    if isinstance(loop, While):
        loop.test.params = keep(loop.test.params, kept)
    elif loop.sums:
        loop.sums = keep(loop.sums, kept)


def keep(items: Sequence[T], kept: Sequence[bool]) -> tuple[T, ...]:
    """The items that are kept."""
    return tuple(compress(items, kept))
