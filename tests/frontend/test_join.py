"""Names that are a Python float on one path and an np.float32 on another: nothing is rounded that Python keeps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.frontend import tracing

x32 = np.array([0.3, -0.7, 1.1], np.float32)


def either(x, y):
    r = 0.1 if y > 0 else x
    return r * y


def sines(x, n):
    y = x[0]
    for _ in range(n):
        y = math.sin(y)
    return y


def accumulated(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i]
    return s


def restarted(x):
    s = 0
    for i in range(len(x)):
        if x[i] > 0:
            s += x[i]
        else:
            s = 1.0
    return s


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (either, (np.float32(1.5), 0.5)),
        (sines, (x32, 3)),
        (accumulated, (x32,)),
        (restarted, (x32,)),
    ],
)
def test_agrees_with_python(function, args):
    tracing.agrees(function, *args)


def test_a_python_float_is_not_rounded():
    assert tracing.outputs(either, np.float32(1.5), 0.5) == [0.1 * 0.5]
