"""Stores that need not be undone: recurrences with and without the proof, and what the proof must see."""

from __future__ import annotations

import numpy as np
import pytest

from adcompile.ad.reverse import Plan, reverse
from adcompile.ir.interpreter import run
from adcompile.ir.verify import verify
from tests.ad.programs import arguments, differences
from tests.ad.recurrences import RecurrenceGenerator

CHUNK = 40
BASE = frozenset(("final_elements",))


def restored(function, disabled: frozenset[str] = frozenset()) -> int:  # type: ignore[no-untyped-def]
    """How many statements the adjoint has: fewer where less is saved."""
    from adcompile.ir.walk import statements

    return sum(1 for _ in statements(reverse(function, Plan((0, 1), 1, disabled=disabled)).region))


def compare(first: int, stop: int) -> int:
    """Gradients with the proof and without it are the same; in how many programs the proof saved something."""
    fewer = 0
    for seed in range(first, stop):
        function = RecurrenceGenerator(seed).generate()
        assert verify(function) == [], seed
        x, a = arguments(seed)
        base, proved = (reverse(function, Plan((0, 1), 1, disabled=d)) for d in (BASE, frozenset[str]()))
        assert verify(proved) == [], seed
        for expected, found in zip(run(base, (x, a)), run(proved, (x, a)), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13, err_msg=f"seed {seed}")
        fewer += restored(function) < restored(function, BASE)
    return fewer


@pytest.mark.parametrize("first", range(0, 160, CHUNK))
def test_recurrences_with_and_without_the_proof(first: int) -> None:
    assert compare(first, first + CHUNK) > 5


def test_recurrences_against_differences() -> None:
    compared = 0
    for seed in range(1000, 1025):
        function = RecurrenceGenerator(seed).generate()
        x, a = arguments(seed)
        expected = differences(function, x, a)
        if expected is not None:
            _, x_bar, a_bar = run(reverse(function, Plan((0, 1), 1)), (x, a))
            np.testing.assert_allclose(x_bar, expected[0], rtol=1e-6, atol=1e-6, err_msg=f"seed {seed}")
            np.testing.assert_allclose(a_bar, expected[1], rtol=1e-6, atol=1e-6, err_msg=f"seed {seed}")
            compared += 1
    assert compared > 12
