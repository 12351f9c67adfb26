"""tanh in instructions of its own: against mpmath, where its formulas meet, and where there is nothing to compute."""

from __future__ import annotations

import functools
import math
from typing import Any

import mpmath
import numba
import numpy as np
import pytest

from adcompile.runtime import hyperbolic

mpmath.mp.prec = 160
# In units in the last place; libmvec's is held to 4.
LIMIT = 2.0
DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])


@functools.cache
def inline() -> Any:
    from numba.extending import intrinsic

    def typed(_: Any, x: Any) -> Any:
        return x(x), functools.partial(hyperbolic.tanh, {"float64": "", "float32": "f"}[str(x)])

    return intrinsic(typed)


@functools.cache
def tanh(fastmath: bool = False) -> Any:
    """Of the elements of an array."""
    one = inline()

    def loop(x: Any) -> Any:
        y = np.empty_like(x)
        for i in range(x.shape[0]):
            y[i] = one(x[i])
        return y

    return numba.njit(error_model="numpy", fastmath=fastmath)(loop)


def units(found: Any, x: Any) -> float:
    """The largest distance from the exact values, in units in their last places."""

    def distance(y: Any, each: Any) -> float:
        exact = mpmath.tanh(mpmath.mpf(float(each)))
        return float(abs(mpmath.mpf(float(y)) - exact) / mpmath.mpf(float(np.spacing(abs(x.dtype.type(float(exact)))))))

    return max(map(distance, found, x))


def everywhere(dtype: Any) -> Any:
    """Sizes of all orders; both sides of 0.55 and of the places where the power of 2 changes."""
    rng = np.random.default_rng(7)
    bounds = np.concatenate([[hyperbolic.SMALL, 10.0, 20.0], (np.arange(60) + 0.5) * math.log(2) / 2]).astype(dtype)
    near_bounds = [np.nextafter(bounds, dtype(to)) for to in (0.0, math.inf)]
    random = [np.exp(rng.uniform(-18.0, 3.1, 2000)), rng.uniform(0.0, 1.0, 3000), rng.uniform(0.0, 21.0, 1000)]
    sizes = np.concatenate([bounds, *near_bounds, *(each.astype(dtype) for each in random)])
    return sizes * rng.choice(np.array([-1, 1], dtype), len(sizes))


@DTYPES
@pytest.mark.parametrize("fastmath", [False, True])
def test_within_2_units(dtype: Any, fastmath: bool) -> None:
    x = everywhere(dtype)
    assert units(tanh(fastmath)(x), x) < (3.0 if fastmath else LIMIT)


@DTYPES
def test_what_is_left_over_at_the_end_of_a_loop(dtype: Any) -> None:
    x = everywhere(dtype)[:300]
    assert units(np.concatenate([tanh()(x[i : i + 1]) for i in range(300)]), x) < LIMIT


@DTYPES
def test_ends_and_zeros(dtype: Any) -> None:
    limits = np.finfo(dtype)
    tiny = [0.0, limits.smallest_subnormal, limits.tiny / 3, limits.tiny, limits.eps / 8]
    tiny = np.array([*tiny, *(-each for each in tiny)], dtype)
    found = tanh()(tiny)
    np.testing.assert_array_equal(found, tiny)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(tiny))
    far = np.array([math.inf, limits.max, 1e30, 400.0, 20.5, 19.5], dtype)
    np.testing.assert_array_equal(tanh()(np.concatenate([far, -far])), [1.0] * 6 + [-1.0] * 6)
    assert np.isnan(tanh()(np.full(9, np.nan, dtype))).all()


@DTYPES
def test_a_nan_stays_in_its_lane(dtype: Any) -> None:
    x = np.linspace(-3.0, 3.0, 64).astype(dtype)
    x[::5] = np.nan
    np.testing.assert_array_equal(np.isnan(tanh()(x)), np.isnan(x))


@DTYPES
def test_falls_by_rounding_errors_only_and_never_passes_1(dtype: Any) -> None:
    y = tanh()(np.concatenate([np.linspace(-21.0, 21.0, 1_000_003), np.linspace(0.549, 0.56, 100_000)]).astype(dtype))
    fall = np.maximum(-np.diff(y[:1_000_003]), 0.0)
    assert (fall <= 2 * np.spacing(np.abs(y[1:1_000_003]))).all()
    assert (np.diff(y[1_000_003:]) >= -2 * np.spacing(dtype(0.5))).all()
    assert np.abs(y).max() == 1.0


@DTYPES
def test_no_operation_is_invalid(dtype: Any) -> None:
    """NumPy looks at the processor's flags after a universal function, even for lanes that are not taken."""
    one = inline()
    x = np.array([math.inf, -math.inf, 0.0, 1e30, 0.3, 3.0, -0.0, -1e30] * 8, dtype)
    universal = numba.vectorize(lambda x: one(x))
    with np.errstate(invalid="raise", over="raise", divide="raise"):
        np.testing.assert_array_equal(universal(x), tanh()(x))
