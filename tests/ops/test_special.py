"""The special functions that are written into programs, against SciPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special as reference

from adcompile.ops import special

POINTS = np.concatenate([np.linspace(0.03, 12.0, 400), np.geomspace(12.0, 1e8, 50), np.linspace(-7.97, -0.03, 200)])


def test_digamma() -> None:
    found = [special.digamma(float(x)) for x in POINTS]
    np.testing.assert_allclose(found, reference.digamma(POINTS), rtol=2e-14, atol=2e-14)


def test_trigamma() -> None:
    found = [special.trigamma(float(x)) for x in POINTS]
    np.testing.assert_allclose(found, reference.polygamma(1, POINTS), rtol=1e-13)


@pytest.mark.parametrize("x", [0.0, -1.0, -2.0])
def test_at_the_poles(x: float) -> None:
    assert np.isnan(special.digamma(x))
    assert special.trigamma(x) == np.inf


def test_infinities_and_nan() -> None:
    assert special.digamma(np.inf) == np.inf
    assert special.trigamma(np.inf) == 0.0
    assert np.isnan(special.digamma(np.nan)) and np.isnan(special.trigamma(np.nan))


def test_over_gives_what_compiled_code_gives_where_math_raises() -> None:
    gamma = special.over(math.gamma)
    found = gamma(np.array([200.0, -1.0, 0.5], np.float32))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.float32([np.inf, np.nan, math.gamma(0.5)]))
