"""Promotion: every pair of types gives the dtype and the value that NumPy gives."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

from adcompile.errors import UnsupportedError
from tests.frontend import tracing

NUMBERS = [2.5, 3, True, np.float32(1.5), np.float64(-2.5), np.int32(-3), np.uint8(7), np.bool_(True), np.int64(4)]
ARRAYS = [np.array([1, 0, 3]).astype(t) for t in ("float64", "float32", "int64", "int16", "uint8", "bool")]


def arithmetic(x, y):
    return x + y, x * y


def subtraction(x, y):
    return x - y


def division(x, y):
    return x / y, x // y, x % y


def comparisons(x, y):
    return x < y, x <= y, x > y, x >= y, x == y, x != y


def powers(x):
    return x**2, x**3.0


def extremes(x, y):
    return np.maximum(x, y), np.minimum(x, y), np.where(x > y, x, y)


def reductions(x):
    return x.sum(), np.mean(x), x.max(), x.min()


def literals(x):
    return x + 1, x * 2.5, 1 - x * 1, x / 2, x == 1, x > 0.5


def same(function, *args):
    """Plain Python's values and dtypes, or a refusal where NumPy refuses or computes in float16."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = function(*args)
        except (TypeError, ValueError, OverflowError) as error:
            with pytest.raises((UnsupportedError, type(error))):
                tracing.outputs(function, *args)
            return
        values = expected if isinstance(expected, tuple) else (expected,)
        if any(np.asarray(v).dtype in (np.float16, np.dtype("longdouble")) for v in values):
            with pytest.raises(UnsupportedError, match="float16"):
                tracing.outputs(function, *args)
            return
        tracing.agrees(function, *args)


@pytest.mark.parametrize("function", [arithmetic, subtraction, division, comparisons, extremes])
def test_pairs(function):
    for x, y in itertools.product([*NUMBERS, *ARRAYS], repeat=2):
        if {np.result_type(v).name for v in (x, y)} & {"bool"} and function is division:
            continue
        same(function, x, y)


@pytest.mark.parametrize("function", [powers, literals, reductions])
def test_single(function):
    for x in [*NUMBERS, *ARRAYS] if function is not reductions else ARRAYS:
        same(function, x)
