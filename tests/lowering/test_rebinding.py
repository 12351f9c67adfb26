"""Arrays that a loop carries without storing into them: two slots, or one a trip where they are read backward."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.corpus.registry import Array
from tests.emitted import emit
from tests.oracles import oracle_gradient


def nonlinear(x: Array, steps: int) -> float:
    y = x * 1.0
    for _ in range(steps):
        y = y + np.sin(y) * x
    return np.sum(y)


def by_threes(x: Array, steps: int) -> float:
    y = x
    for t in range(2, steps, 3):
        y = y * y * t
    return np.sum(y)


def product_of_rows(x: Array, steps: int) -> float:
    y, w = x[0], x[1:]
    for _ in range(steps):
        y = np.tanh(y @ w)
    return np.sum(y)


def linear(x: Array, steps: int) -> float:
    y = x
    for _ in range(steps):
        y = 0.5 * (y[::-1] + x)
    return np.sum(y)


def inside_a_loop(x: Array, steps: int) -> float:
    total = 0.0
    for k in range(2):
        y = x * k
        for _ in range(steps):
            y = y + np.sin(y) * x
        total += np.sum(y)
    return total


PROGRAMS = [nonlinear, by_threes, product_of_rows, linear, inside_a_loop]


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
@pytest.mark.parametrize("function", PROGRAMS)
def test_gradient(function, steps: int) -> None:  # type: ignore[no-untyped-def]
    x = np.random.default_rng(steps).normal(size=(4, 3) if function is product_of_rows else 3)
    for disabled in (frozenset[str](), frozenset({"every_trip"})):
        emitted = emit(function, (x, steps), mode="grad", disabled=disabled)
        _, (gradient,) = emitted.call(x, steps)
        (reference,) = oracle_gradient(function, (x, steps))
        np.testing.assert_allclose(gradient, reference, rtol=1e-10, atol=1e-12)


def test_slots() -> None:
    """Where the sweep reads nothing of the arrays, two slots do; else nothing is copied out of the slots."""
    texts = {
        f.__name__: emit(f, (np.ones((4, 3)) if f is product_of_rows else np.ones(3), 3)).build.text for f in PROGRAMS
    }
    assert re.search(r"y_1 = np\.empty\(\(\w+ \+ 1, n\)\)", texts["nonlinear"])
    assert re.search(r"y = np\.empty\(\(\w+ \+ 1, m\)\)", texts["product_of_rows"])
    assert "y = np.empty((2, n))" in texts["linear"]
    # For each trip of the outer loop two slots.
    assert re.search(r"y\w* = np\.empty\(\(2, 2, n\)\)", texts["inside_a_loop"])
    for name in ("nonlinear", "product_of_rows", "linear"):
        assert "y_old_saved" not in texts[name]
        assert "y_bar = np.zeros((2, " in texts[name] or name == "linear"
