"""Loops whose names mean something else after every trip: refused, instead of being interpreted for ever."""

import numpy as np
import pytest

from adcompile.errors import UnsupportedError
from tests.emitted import emit


def exchanged_until_the_end(x, s):
    y = x[::1]
    found = None
    for _ in range(1):
        found = y[np.array([-2, -2, 1, -2])] * s
    for _ in range(y.shape[0] - 1):
        x[0] += s
        x, found = found, x
    return x.sum() * s


def test_a_loop_that_does_not_settle_is_refused():
    with pytest.raises(UnsupportedError, match="does not settle"):
        emit(exchanged_until_the_end, (np.ones(8)[::2], 0.7))
