"""Partial derivatives that need more than a line, as expressions. `ops.scalar` says which operation has which."""

from __future__ import annotations

import math

from adcompile.ops.expression import Expr, apply, either, equals, where


def root(x: Expr) -> Expr:
    return apply("sqrt", x)


def larger(g: Expr, one: Expr, other: Expr) -> Expr:
    """g if `one` is larger, half of it at a tie: the cotangent of `one` in a maximum, of `other` in a minimum."""
    return where(one > other, g, where(equals(one, other), 0.5 * g, 0.0))


def unless_nan(g: Expr, one: Expr, other: Expr, cotangent: Expr) -> Expr:
    """The cotangent of `one` where a nan gives way to the other one."""
    return where(apply("isnan", other), g, where(apply("isnan", one), 0.0, cotangent))


def far(x: Expr, root: Expr) -> Expr:
    """`root`, a square root of x * x and a number; far out, where squares overflow and the number is lost, abs(x)."""
    size = apply("abs", x)
    return where(size > 1e9, size, root)


def sech2(x: Expr) -> Expr:
    """1 / cosh(x)**2. `1 - tanh(x)**2` would cancel: tanh(10) has lost half of the digits of its distance from 1."""
    e = apply("exp", -2.0 * apply("abs", x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def power_slope(x: Expr, y: Expr) -> Expr:
    """y * x**(y - 1); where y - 1 is rounded, y * x**y / x, for a power takes the error times log(x)."""
    lower = y - 1
    direct = either(equals(lower + 1, y), equals(x, 0.0))
    return y * x ** where(direct, lower, y) / where(direct, 1.0, x)


def arctan2_slopes(y: Expr, x: Expr) -> tuple[Expr, Expr]:
    """x and -y over x*x + y*y, by the ratio of the two, so that nothing is squared but what is at most 1."""
    flat = apply("abs", x) > apply("abs", y)
    large, small = where(flat, x, y), where(flat, y, x)
    large = where(equals(large, 0.0), math.inf, large)
    ratio = small / large
    slope = 1.0 / (large * (1.0 + ratio * ratio))
    return where(flat, slope, ratio * slope), -where(flat, ratio * slope, slope)


def gaussian(x: Expr) -> Expr:
    """exp(-x * x) in two factors: the square of x rounded to 6 binary places is exact (Cody 1969)."""
    size = apply("minimum", apply("abs", x), 30.0)
    near = apply("rint", size * 64.0) / 64.0
    return apply("exp", -(near * near)) * apply("exp", (near - size) * (near + size))


def share(one: Expr, other: Expr, exp: str, log: float) -> Expr:
    """exp(one) / (exp(one) + exp(other)), where infinities are equal too.

    It depends on the difference, whose rounding error (Knuth's two-sum) counts: exp makes it a relative one.
    """
    gap = one - other
    part = gap - one
    lost = (one - (gap - part)) - (other + part)
    lost = where(apply("abs", lost) < 1.0, lost * log, 0.0)
    below = gap < 0.0
    e = apply(exp, -apply("abs", gap)) * (1.0 + where(below, lost, -lost))
    return where(equals(one, other), 0.5, where(below, e, 1.0) / (1.0 + e))


def sinc_slope(x: Expr) -> Expr:
    """(cos(pi x) - sin(pi x) / (pi x)) / x; near 0, where that cancels, its series in pi x."""
    t = math.pi * x
    series: Expr | float = 0.0
    for k in range(11, 0, -1):
        series = series * (t * t) + (-1) ** k * 2 * k / math.factorial(2 * k + 1)
    turn = math.pi * (x - 2.0 * apply("rint", 0.5 * x))
    direct = (apply("cos", turn) - apply("sin", turn) / t) / x
    return where(apply("abs", x) < 0.5, math.pi * t * series, direct)


def exprel_slope(x: Expr, z: Expr) -> Expr:
    """(exp(x) - z) / x for z = (exp(x) - 1) / x, in a form for each side; near 0, where they cancel, its series."""
    series: Expr | float = 0.0
    for k in range(18, 0, -1):
        series = series * x + k / math.factorial(k + 1)
    above = z - (z - 1.0) / x
    below = (1.0 + apply("exp", x) * (x - 1.0)) / x / x
    return where(apply("abs", x) < 1.0, series, where(x > 0.0, above, below))
