"""The derivative table: one line per scalar operation.

    elementwise(op, lambda g, z, x, y: (cotangent of x, cotangent of y))

`g` is the cotangent of the result `z = op(x, y)`. No broadcasting, accumulation or masks: those follow from loads
and stores. `None` stands for an operand that carries no derivative. A line marked `singular` has a partial
derivative that can be infinite; the adjoint then keeps a zero cotangent zero.

Conventions at the edges: abs at 0 -> 0; sqrt at 0 -> inf; maximum and minimum at a tie -> half each;
x ** 0.0 at 0 -> 0; 0.0 ** x -> 0; hypot at (0, 0) -> 0; copysign of 0 -> 0; floor, sign and // -> 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from adcompile.ops import library
from adcompile.ops import scalar as ops
from adcompile.ops.primitive import Primitive
from adcompile.rules.expression import Expr, apply, either, equals, where


@dataclass(frozen=True, slots=True)
class Rule:
    """One cotangent expression per operand; `singular` as in the table."""

    cotangents: tuple[Expr | None, ...]
    singular: bool = False


RULES: dict[Primitive, Rule] = {}
NONDIFFERENTIABLE: set[Primitive] = set()


def elementwise(primitive: Primitive, rule: Callable[..., object], *, singular: bool = False) -> None:
    """Enter a rule: the lambda is traced into expressions."""
    leaves = [Expr(name=f"x{k}") for k in range(primitive.arity)]
    traced = rule(Expr(name="g"), Expr(name="z"), *leaves)
    cotangents = traced if isinstance(traced, tuple) else (traced,)
    assert len(cotangents) == primitive.arity, primitive
    RULES[primitive] = Rule(cotangents, singular)


def nondifferentiable(*primitives: Primitive) -> None:
    """Mark operations whose derivative is zero wherever it exists."""
    NONDIFFERENTIABLE.update(primitives)


def _sqrt(x: Expr) -> Expr:
    return apply(ops.sqrt, x)


def _larger(g: Expr, one: Expr, other: Expr) -> Expr:
    """g if `one` is larger, half of it at a tie: the cotangent of `one` in a maximum, of `other` in a minimum."""
    return where(one > other, g, where(equals(one, other), 0.5 * g, 0.0))


def _unless_nan(g: Expr, one: Expr, other: Expr, cotangent: Expr) -> Expr:
    """The cotangent of `one` where a nan gives way to the other one."""
    return where(apply(ops.isnan, other), g, where(apply(ops.isnan, one), 0.0, cotangent))


def _far(x: Expr, root: Expr) -> Expr:
    """`root`, a square root of x * x and a number; far out, where squares overflow and the number is lost, abs(x)."""
    size = apply(ops.abs_, x)
    return where(size > 1e9, size, root)


def _sech2(x: Expr) -> Expr:
    """1 / cosh(x)**2. `1 - tanh(x)**2` would cancel: tanh(10) has lost half of the digits of its distance from 1."""
    e = apply(ops.exp, -2.0 * apply(ops.abs_, x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def _power_slope(x: Expr, y: Expr) -> Expr:
    """y * x**(y - 1); where y - 1 is rounded, y * x**y / x, for a power takes the error times log(x)."""
    lower = y - 1
    direct = either(equals(lower + 1, y), equals(x, 0.0))
    return y * x ** where(direct, lower, y) / where(direct, 1.0, x)


def _arctan2_slopes(y: Expr, x: Expr) -> tuple[Expr, Expr]:
    """x and -y over x*x + y*y, by the ratio of the two, so that nothing is squared but what is at most 1."""
    flat = apply(ops.abs_, x) > apply(ops.abs_, y)
    large, small = where(flat, x, y), where(flat, y, x)
    large = where(equals(large, 0.0), math.inf, large)
    ratio = small / large
    slope = 1.0 / (large * (1.0 + ratio * ratio))
    return where(flat, slope, ratio * slope), -where(flat, ratio * slope, slope)


def _gaussian(x: Expr) -> Expr:
    """exp(-x * x) in two factors: the square of x rounded to 6 binary places is exact (Cody 1969)."""
    size = apply(ops.minimum, apply(ops.abs_, x), 30.0)
    near = apply(ops.rint, size * 64.0) / 64.0
    return apply(ops.exp, -(near * near)) * apply(ops.exp, (near - size) * (near + size))


def _share(one: Expr, other: Expr, exp: Primitive, log: float) -> Expr:
    """exp(one) / (exp(one) + exp(other)), where infinities are equal too.

    It depends on the difference, whose rounding error (Knuth's two-sum) counts: exp makes it a relative one.
    """
    gap = one - other
    part = gap - one
    lost = (one - (gap - part)) - (other + part)
    lost = where(apply(ops.abs_, lost) < 1.0, lost * log, 0.0)
    below = gap < 0.0
    e = apply(exp, -apply(ops.abs_, gap)) * (1.0 + where(below, lost, -lost))
    return where(equals(one, other), 0.5, where(below, e, 1.0) / (1.0 + e))


def _sinc_slope(x: Expr) -> Expr:
    """(cos(pi x) - sin(pi x) / (pi x)) / x; near 0, where that cancels, its series in pi x."""
    t = math.pi * x
    series: Expr | float = 0.0
    for k in range(11, 0, -1):
        series = series * (t * t) + (-1) ** k * 2 * k / math.factorial(2 * k + 1)
    turn = math.pi * (x - 2.0 * apply(ops.rint, 0.5 * x))
    direct = (apply(ops.cos, turn) - apply(ops.sin, turn) / t) / x
    return where(apply(ops.abs_, x) < 0.5, math.pi * t * series, direct)


elementwise(ops.add, lambda g, z, x, y: (g, g))
elementwise(ops.sub, lambda g, z, x, y: (g, -g))
elementwise(ops.mul, lambda g, z, x, y: (g * y, g * x))
elementwise(ops.div, lambda g, z, x, y: (g / y, -(g / y) * z))
elementwise(ops.mod, lambda g, z, x, y: (g, -g * (x // y)))
elementwise(
    ops.pow_,
    lambda g, z, x, y: (
        where(equals(y, 0), 0.0, g * _power_slope(x, y)),
        where(equals(x, 0.0), 0.0, g * z * apply(ops.log, x)),
    ),
    singular=True,
)
elementwise(ops.neg, lambda g, z, x: -g)
elementwise(ops.abs_, lambda g, z, x: g * apply(ops.sign, x))
elementwise(ops.exp, lambda g, z, x: g * z)
elementwise(ops.expm1, lambda g, z, x: g * apply(ops.exp, x))
elementwise(ops.log, lambda g, z, x: g / x, singular=True)
elementwise(ops.log1p, lambda g, z, x: g / (1.0 + x), singular=True)
elementwise(ops.sqrt, lambda g, z, x: 0.5 * g / z, singular=True)
elementwise(ops.sin, lambda g, z, x: g * apply(ops.cos, x))
elementwise(ops.cos, lambda g, z, x: -g * apply(ops.sin, x))
elementwise(ops.tan, lambda g, z, x: g * (1.0 + z * z))
elementwise(ops.arcsin, lambda g, z, x: g / _sqrt((1.0 - x) * (1.0 + x)), singular=True)
elementwise(ops.arccos, lambda g, z, x: -g / _sqrt((1.0 - x) * (1.0 + x)), singular=True)
elementwise(ops.arctan, lambda g, z, x: g / (1.0 + x * x))
elementwise(ops.arctan2, lambda g, z, y, x: tuple(g * slope for slope in _arctan2_slopes(y, x)), singular=True)
elementwise(ops.sinh, lambda g, z, x: g * apply(ops.cosh, x))
elementwise(ops.cosh, lambda g, z, x: g * apply(ops.sinh, x))
elementwise(ops.tanh, lambda g, z, x: g * _sech2(x))
elementwise(ops.exp2, lambda g, z, x: g * z * math.log(2.0))
elementwise(ops.log2, lambda g, z, x: g / (x * math.log(2.0)), singular=True)
elementwise(ops.log10, lambda g, z, x: g / (x * math.log(10.0)), singular=True)
elementwise(ops.cbrt, lambda g, z, x: g / (3.0 * z * z), singular=True)
elementwise(ops.arcsinh, lambda g, z, x: g / _far(x, _sqrt(x * x + 1.0)))
elementwise(ops.arccosh, lambda g, z, x: g / _far(x, _sqrt((x - 1.0) * (x + 1.0))), singular=True)
elementwise(ops.arctanh, lambda g, z, x: g / ((1.0 - x) * (1.0 + x)), singular=True)
elementwise(ops.deg2rad, lambda g, z, x: g * (math.pi / 180.0))
elementwise(ops.rad2deg, lambda g, z, x: g * (180.0 / math.pi))
elementwise(ops.sinc, lambda g, z, x: g * _sinc_slope(x))
elementwise(ops.erf, lambda g, z, x: g * (2.0 / math.sqrt(math.pi)) * _gaussian(x))
elementwise(ops.erfc, lambda g, z, x: g * (-2.0 / math.sqrt(math.pi)) * _gaussian(x))
elementwise(ops.lgamma, lambda g, z, x: g * apply(ops.digamma, x))
elementwise(ops.gamma, lambda g, z, x: g * z * apply(ops.digamma, x))
elementwise(ops.digamma, lambda g, z, x: g * apply(ops.trigamma, x))
elementwise(
    ops.hypot, lambda g, z, x, y: (where(equals(z, 0.0), 0.0, g * (x / z)), where(equals(z, 0.0), 0.0, g * (y / z)))
)
elementwise(ops.logaddexp, lambda g, z, x, y: (g * _share(x, y, ops.exp, 1.0), g * _share(y, x, ops.exp, 1.0)))
elementwise(
    ops.logaddexp2,
    lambda g, z, x, y: (g * _share(x, y, ops.exp2, math.log(2.0)), g * _share(y, x, ops.exp2, math.log(2.0))),
)
elementwise(ops.copysign, lambda g, z, x, y: (g * apply(ops.sign, x) * apply(ops.copysign, 1.0, y), None))
elementwise(ops.fmod, lambda g, z, x, y: (g, -g * apply(ops.rint, (x - z) / y)))
elementwise(ops.maximum, lambda g, z, x, y: (_larger(g, x, y), _larger(g, y, x)))
elementwise(ops.minimum, lambda g, z, x, y: (_larger(g, y, x), _larger(g, x, y)))
elementwise(
    ops.fmax, lambda g, z, x, y: (_unless_nan(g, x, y, _larger(g, x, y)), _unless_nan(g, y, x, _larger(g, y, x)))
)
elementwise(
    ops.fmin, lambda g, z, x, y: (_unless_nan(g, x, y, _larger(g, y, x)), _unless_nan(g, y, x, _larger(g, x, y)))
)
elementwise(ops.select, lambda g, z, c, x, y: (None, where(c, g, 0.0), where(c, 0.0, g)))
elementwise(ops.cast, lambda g, z, x: apply(ops.cast, g))
elementwise(ops.attach, lambda g, z, r, x, w: (g, g * w, None))

nondifferentiable(ops.floordiv, ops.floor, ops.ceil, ops.trunc, ops.rint, ops.sign, ops.stop, ops.invert)
nondifferentiable(ops.bitand, ops.bitor, ops.bitxor, ops.lshift, ops.rshift)
nondifferentiable(*ops.COMPARISONS, *ops.LOGICAL, *ops.CLASSIFYING, library.argsort)
