"""The parts of a loop by name, for the three forms: `For`, `For` that may be left, `While`.

What each form looks like is written out here by hand, by position.
"""

from __future__ import annotations

import pytest

from adcompile.ir import loops
from adcompile.ir.loops import Carried
from adcompile.ir.nodes import Apply, For, Function, Operand, Region, Value, While, boolean, integer, real
from adcompile.ir.types import BOOL, FLOAT, INT
from adcompile.ir.verify import verify
from adcompile.ops import scalar

A, B = Value(FLOAT, "a"), Value(INT, "b")
SPARE, NUMBER = Value(FLOAT, "spare"), Value(INT, "number")
START, STOP, STEP = Value(INT, "start"), Value(INT, "stop"), integer(2)


def values() -> tuple[Value, Value]:
    return Value(FLOAT, "x"), Value(INT, "k")


def made(kind: str) -> tuple[For | While, tuple[Carried, Carried]]:
    """A loop that carries a float and an int, and what `carried` has to say of it."""
    index, leave, trips = Value(INT, "i"), Value(BOOL, "leave"), Value(INT, "trips")
    params, results, tested = values(), values(), values()
    yields: tuple[Operand, Operand] = (params[0], real(1.0)) if kind == "plain" else (SPARE, NUMBER)
    body = [Apply(scalar.lt, (SPARE, real(0.0)), (leave,))] if kind == "left" else []
    slots = [(A, params[0], yields[0], results[0]), (B, params[1], integer(3), results[1])]
    yields = (yields[0], integer(3))
    if kind == "while":
        test = Region(tested, [Apply(scalar.lt, (SPARE, real(0.0)), (leave,))], (leave,))
        loop: For | While = While((A, B), test, Region(params, [], yields), (trips, *results))
        return loop, tuple(Carried(*slot, t) for slot, t in zip(slots, tested, strict=True))  # type: ignore[return-value]
    exits = kind == "left"
    region = Region((index, *params), list(body), (leave, *yields) if exits else yields)
    left = (trips, *results) if exits else results
    return For(START, STOP, STEP, (A, B), region, left, sums=(True, False), exits=exits), (
        Carried(*slots[0]),
        Carried(*slots[1]),
    )


KINDS = ("plain", "left", "while")


def problems(loop: For | While) -> list[str]:
    region = Region((A, B, SPARE, NUMBER, START, STOP), [loop], ())
    return verify(Function("f", region), level="loops")


@pytest.mark.parametrize("kind", KINDS)
def test_the_loops_of_these_tests_are_right(kind: str) -> None:
    assert not problems(made(kind)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_carried(kind: str) -> None:
    loop, expected = made(kind)
    assert loops.carried(loop) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_one_column(kind: str) -> None:
    loop, slots = made(kind)
    assert loops.params_of(loop) == tuple(each.param for each in slots)
    assert loops.yields_of(loop) == tuple(each.yielded for each in slots)
    assert loops.results_of(loop) == tuple(each.result for each in slots)
    assert loops.heads_of(loop) == tuple(each.head for each in slots)


@pytest.mark.parametrize("kind", KINDS)
def test_what_carries_nothing(kind: str) -> None:
    loop, _ = made(kind)
    loops.keep_carried(loop, (False, False))
    assert loops.carried(loop) == loops.params_of(loop) == loops.yields_of(loop) == loops.results_of(loop) == ()
    assert not problems(loop)


@pytest.mark.parametrize("kind", KINDS)
def test_names_lead_back(kind: str) -> None:
    loop, slots = made(kind)
    for each in slots:
        assert len(each.names) == (3 if kind == "while" else 2)
        assert all(loops.carried_as(loop, name) == each for name in each.names)
    others = [A, loops.trips_of(loop), loops.index_of(loop) if isinstance(loop, For) else None]
    assert not any(loops.carried_as(loop, other) for other in others if other is not None)


def test_index_exit_and_trips() -> None:
    plain, left, repeated = (made(kind)[0] for kind in KINDS)
    assert isinstance(plain, For) and isinstance(left, For) and isinstance(repeated, While)
    assert loops.index_of(plain).hint == loops.index_of(left).hint == "i"
    assert loops.exit_of(plain) is loops.trips_of(plain) is None
    assert loops.exit_of(left) is left.body.body[0].results[0]
    assert [value and value.hint for value in map(loops.trips_of, (left, repeated))] == ["trips", "trips"]
    assert loops.goes_on(repeated) is repeated.test.body[0].results[0]
    assert loops.bounds_of(plain) == loops.decides_of(plain) == (START, STOP, STEP)
    assert loops.decides_of(left) == (START, STOP, STEP, loops.exit_of(left))
    assert loops.decides_of(repeated) == (loops.goes_on(repeated),)


@pytest.mark.parametrize("kind", KINDS)
def test_what_takes_a_yield(kind: str) -> None:
    loop, slots = made(kind)
    found = [loops.taken_by(loop, loop.body, number) for number in range(len(loop.body.yields))]
    params: list[Value | None] = [each.param for each in slots]
    assert found == ([None, *params] if kind == "left" else params)
    if isinstance(loop, While):
        assert loops.taken_by(loop, loop.test, 0) is None


@pytest.mark.parametrize("kept", [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("kind", KINDS)
def test_keep_carried(kind: str, kept: tuple[bool, bool]) -> None:
    loop, slots = made(kind)
    trips, leave = loops.trips_of(loop), loops.exit_of(loop) if isinstance(loop, For) else None
    loops.keep_carried(loop, kept)
    assert loops.carried(loop) == tuple(each for each, stays in zip(slots, kept, strict=True) if stays)
    assert loops.trips_of(loop) is trips
    assert not isinstance(loop, For) or loops.exit_of(loop) is leave
    assert not isinstance(loop, For) or loops.sums_of(loop) == tuple(s for s, k in zip((True, False), kept) if k)
    assert not problems(loop)


@pytest.mark.parametrize("kind", KINDS)
def test_carry(kind: str) -> None:
    loop, slots = made(kind)
    tested = Value(FLOAT) if kind == "while" else None
    more = Carried(SPARE, Value(FLOAT), real(2.0), Value(FLOAT), tested)
    loops.carry(loop, more)
    assert loops.carried(loop) == (*slots, more)
    assert not isinstance(loop, For) or loops.sums_of(loop) == (True, False, False)
    assert not problems(loop)


def test_sums_where_nothing_is_said() -> None:
    loop, _ = made("plain")
    assert isinstance(loop, For)
    loop.sums = ()
    assert loops.sums_of(loop) == (False, False)


def test_hand_on_and_results_put_the_others_in_front() -> None:
    loop, (first, second) = made("left")
    assert isinstance(loop, For)
    region = loops.trip_region(loops.index_of(loop), (first.param, second.param))
    assert region.params == loop.body.params
    loops.hand_on(region, (first.yielded, second.yielded), loops.exit_of(loop))
    assert region.yields == loop.body.yields
    before, trips = loop.results, loops.trips_of(loop)
    loops.give_results(loop, (first.result, second.result), trips)
    assert loop.results == before


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((0, 5, 1), 5),
        ((5, 0, 1), 0),
        ((5, 0, -2), 3),
        ((-3, 4, 3), 3),
        ((2, 2, -1), 0),
    ],
)
def test_known_trips(bounds: tuple[int, int, int], expected: int) -> None:
    loop, _ = made("plain")
    assert isinstance(loop, For)
    assert loops.known_trips(loop) is None
    loop.start, loop.stop, loop.step = map(integer, bounds)
    assert loops.known_trips(loop) == expected


def test_no_trips_between_a_value_and_itself() -> None:
    loop, _ = made("plain")
    assert isinstance(loop, For)
    loop.stop = loop.start
    assert loops.known_trips(loop) == 0
    loop.start, loop.stop = integer(1), boolean(True)
    assert loops.known_trips(loop) == 0
