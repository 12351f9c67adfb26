"""Special functions that neither NumPy nor `math` has, as they are written into the programs that need them.

Their text is that of this file: they are plain Python, compiled with the program.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def digamma(x: float) -> float:
    """The derivative of lgamma: to 4 units in the last place for positive x, absolutely next to its negative roots.

    From 10 on the series of Abramowitz and Stegun 6.3.18, below the recurrence into [1, 2], where the function over its
    distance from the positive root is a rational function, interpolated at Chebyshev nodes (relative error 6e-18).
    """
    total = 0.0
    if x <= 0.0:
        if x == np.floor(x):
            return np.nan
        total = -np.pi / math.tan(np.pi * (x - np.rint(x)))
        x = 1.0 - x
    if x >= 10.0:
        y = 1.0 / (x * x)
        tail = 1.0 / 240.0 - y * (1.0 / 132.0 - y * (691.0 / 32760.0 - y / 12.0))
        return total + math.log(x) - 0.5 / x - y * (1.0 / 12.0 - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y * tail)))
    while x > 2.0:
        x -= 1.0
        total += 1.0 / x
    if x < 1.0:
        total -= 1.0 / x
        x += 1.0
    t = x - 1.5
    p = 0.14632148777868043 + t * (0.019333388702821964 + t * (0.0007982594433091409 + t * 2.1371909144303333e-07))
    p = 0.0020691239681671215 + t * (0.4268957809753449 + t * (0.4304569550379696 + t * p))
    q = 0.22226135682897646 + t * (0.023995076433558565 + t * 0.000857691360255349)
    q = 1.0 + t * (1.5795862133768737 + t * (0.8909108601153678 + t * q))
    return total + (x - 1.4616321449683622 - 9.549995429965697e-17) * (0.953125 - p / q)  # the root in two parts


def trigamma(x: float) -> float:
    """The derivative of digamma: recurrence up to 10, then the series of Abramowitz and Stegun 6.4.12."""
    total, sign = 0.0, 1.0
    if x <= 0.0:
        if x == np.floor(x):
            return np.inf
        total, sign = np.pi / math.sin(np.pi * (x - np.rint(x))), -1.0
        total *= total
        x = 1.0 - x
    while x < 10.0:
        total += sign / (x * x)
        x += 1.0
    y = 1.0 / (x * x)
    tail = 1.0 / 30.0 - y * (5.0 / 66.0 - y * (691.0 / 2730.0 - y * 7.0 / 6.0))
    return total + sign * (1.0 + 0.5 / x + y * (1.0 / 6.0 - y * (1.0 / 30.0 - y * (1.0 / 42.0 - y * tail)))) / x


def exprel(x: float) -> float:
    """(exp(x) - 1) / x, 1 at zero."""
    return np.expm1(x) / x if x != 0.0 else 1.0


FUNCTIONS: dict[str, Callable[[float], float]] = {"digamma": digamma, "trigamma": trigamma, "exprel": exprel}


def over(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """The function on NumPy scalars and arrays, in their dtype; nan or inf where `math` raises."""

    def quiet(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    def apply(x: Any) -> Any:
        given = np.asarray(x)
        flat = [quiet(float(each)) for each in given.ravel()]
        return np.array(flat, given.dtype).reshape(given.shape)[()]

    return apply
