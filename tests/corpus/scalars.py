"""Scalar expressions: `math` and `np` functions, operators, integers among floats."""

import math
from math import atan2, exp
from math import sqrt as root

import numpy as np

from tests.corpus.registry import Result, program

GRAVITY = 9.81
DEGREES = 3


@program(args=lambda rng: (0.7, -1.3))
def shared_subexpression(x: float, y: float) -> Result:
    t = x * y
    u = math.sin(t) + t
    return u * u + t / (1.0 + u * u)


@program(args=lambda rng: (0.4, 1.7))
def math_functions(x: float, y: float) -> Result:
    a = math.exp(-x) * math.cos(y) + math.tan(x) / math.log(y)
    b = math.asin(x) + math.acos(x * x) * math.atan(y)
    c = math.sinh(x) - math.cosh(y) * math.tanh(x * y)
    d = math.log1p(y) * math.expm1(x) + math.fabs(x - y)
    return a * b + c * d + math.sqrt(x + y) + math.atan2(y, x)


@program(args=lambda rng: (0.4, 1.7))
def numpy_functions_on_scalars(x: float, y: float) -> Result:
    a = np.exp(-x) * np.cos(y) + np.tan(x) / np.log(y)
    b = np.arcsin(x) + np.arccos(x * x) * np.arctan(y)
    c = np.sinh(x) - np.cosh(y) * np.tanh(x * y)
    d = np.log1p(y) * np.expm1(x) + np.abs(x - y)
    return a * b + c * d + np.sqrt(x + y) + np.arctan2(x, y)


@program(args=lambda rng: (1.3, 0.6))
def names_imported_from_math(x: float, y: float) -> Result:
    r = root(x * x + y * y)
    return r * exp(-r) + atan2(y, x)


@program(args=lambda rng: (1.7, -0.6, 3), compiled=True)
def powers(x: float, y: float, n: int) -> Result:
    a = x**2 + y**3 - x**-1
    b = x**0.5 * x**-1.5
    c = x**y + 2.0**x + x**n + y**n
    return a * b + c + (x * x) ** (y * y)


@program(args=lambda rng: (7.3, 2.1, 5))
def floor_and_remainder(x: float, y: float, n: int) -> Result:
    q = x // y
    r = x % y
    m = n // 2 + n % 3
    return q * x + r * r + (-x) % y * m + x // 2 + (n * x) % 4.0


@program(args=lambda rng: (0.9, 4, True, False))
def integers_and_booleans(x: float, n: int, flag: bool, other: bool) -> Result:
    scale = n * flag + other
    half = n / 8
    return scale * x * x + half * math.sin(x) + (n > 3) * x


@program(args=lambda rng: (0.3, -0.8))
def unary_operators(x: float, y: float) -> Result:
    a = -x
    b = +y
    a -= -b * a
    b *= -(a - x)
    a /= 1.0 + b**2
    return -(-a * 2.0) + abs(b) + abs(-x * y)


@program(args=lambda rng: (0.3, -0.8))
def augmented_chain(x: float, y: float) -> Result:
    s = x
    s += y * s
    s *= s
    s -= x / (2 + s)
    s **= 2
    s /= 1.5
    return s


@program(args=lambda rng: (2.0, -3.0))
def swapped(x: float, y: float) -> Result:
    x, y = y, x * y
    (x, z), y = (y + x, x), x - y
    return x * y + z**3


@program(args=lambda rng: (1.1,))
def captured_globals(t: float) -> Result:
    fall = 0.5 * GRAVITY * t**2
    return fall / DEGREES + t**DEGREES


@program(args=lambda rng: (0.2, 0.9, -0.4))
def extremes_of_scalars(x: float, y: float, z: float) -> Result:
    low = min(x, y, z)
    high = max(x * y, z)
    return low * high + max(low, 0.1) + np.maximum(x, y) * np.minimum(y, z)


@program(args=lambda rng: (1.4,))
def dead_and_unused(x: float) -> Result:
    ignored = math.sqrt(x - 1.4)
    other = x * ignored
    other = 2.0
    return x * x * other


@program(args=lambda rng: (1.4, 3.0))
def overwritten_names(x: float, y: float) -> Result:
    x = x * y
    keep = x
    x = math.sin(x)
    y = x * keep
    x = y + x
    return x * keep


@program(args=lambda rng: (np.float64(0.6), np.float64(2.5)))
def numpy_scalar_arguments(x: float, y: float) -> Result:
    return np.exp(x) / y - y**x
