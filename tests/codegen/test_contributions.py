"""Where a cotangent gets several contributions, each has a line of its own; a loop has one counter of its trips."""

from __future__ import annotations

from tests.corpus.registry import Result
from tests.emitted import emit


def cubic(a: float, b: float) -> Result:
    x = 1.0
    r = x**3 + b * x - a
    while abs(r) > 1e-10:
        x = x - r / (3.0 * x * x + b)
        r = x**3 + b * x - a
    return x


def halved(x: float) -> Result:
    steps = 0
    while x > 1.0:
        x = 0.5 * x
        steps += 1
    return x * steps


def test_a_contribution_has_a_line() -> None:
    lines = [line.strip() for line in emit(cubic, (3.0, 2.0)).build.text.splitlines()]
    updates = [line for line in lines if line.startswith("x_bar ")]
    assert len(updates) == 5
    assert all(line.startswith("x_bar += ") for line in updates[1:])


def test_a_loop_counts_its_trips_once() -> None:
    for function, args in ((cubic, (3.0, 2.0)), (halved, (9.0,))):
        emitted = emit(function, args)
        assert emitted.build.text.count(" += 1\n") == 1
        (value,), _ = emitted.call(*args)
        assert value == function(*args)
