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
from adcompile.rules.expression import Expr, apply, equals, where


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


def _share(g: Expr, z: Expr, one: Expr, other: Expr, exp: Primitive) -> Expr:
    """g * exp(one - z), where infinities are equal too."""
    return where(equals(one, other), 0.5 * g, where(equals(one, z), g, g * apply(exp, one - z)))


def _sinc_slope(z: Expr, x: Expr) -> Expr:
    """(cos(pi x) - sinc(x)) / x; near 0, where that cancels, its series in t = pi x."""
    t = math.pi * x
    series = -math.pi * t / 3.0 * (1.0 - t * t / 10.0 * (1.0 - t * t / 28.0))
    return where(apply(ops.abs_, x) < 0.01, series, (apply(ops.cos, t) - z) / x)


elementwise(ops.add, lambda g, z, x, y: (g, g))
elementwise(ops.sub, lambda g, z, x, y: (g, -g))
elementwise(ops.mul, lambda g, z, x, y: (g * y, g * x))
elementwise(ops.div, lambda g, z, x, y: (g / y, -(g / y) * z))
elementwise(ops.mod, lambda g, z, x, y: (g, -g * (x // y)))
elementwise(
    ops.pow_,
    lambda g, z, x, y: (
        where(equals(y, 0), 0.0, g * y * x ** (y - 1)),
        where(equals(x, 0.0), 0.0, g * z * apply(ops.log, x)),
    ),
    singular=True,
)
elementwise(ops.neg, lambda g, z, x: -g)
elementwise(ops.abs_, lambda g, z, x: g * apply(ops.sign, x))
elementwise(ops.exp, lambda g, z, x: g * z)
elementwise(ops.expm1, lambda g, z, x: g * (z + 1.0))
elementwise(ops.log, lambda g, z, x: g / x, singular=True)
elementwise(ops.log1p, lambda g, z, x: g / (1.0 + x), singular=True)
elementwise(ops.sqrt, lambda g, z, x: 0.5 * g / z, singular=True)
elementwise(ops.sin, lambda g, z, x: g * apply(ops.cos, x))
elementwise(ops.cos, lambda g, z, x: -g * apply(ops.sin, x))
elementwise(ops.tan, lambda g, z, x: g * (1.0 + z * z))
elementwise(ops.arcsin, lambda g, z, x: g / _sqrt(1.0 - x * x), singular=True)
elementwise(ops.arccos, lambda g, z, x: -g / _sqrt(1.0 - x * x), singular=True)
elementwise(ops.arctan, lambda g, z, x: g / (1.0 + x * x))
elementwise(ops.arctan2, lambda g, z, y, x: (g * x / (x * x + y * y), -g * y / (x * x + y * y)), singular=True)
elementwise(ops.sinh, lambda g, z, x: g * apply(ops.cosh, x))
elementwise(ops.cosh, lambda g, z, x: g * apply(ops.sinh, x))
elementwise(ops.tanh, lambda g, z, x: g * (1.0 - z * z))
elementwise(ops.exp2, lambda g, z, x: g * z * math.log(2.0))
elementwise(ops.log2, lambda g, z, x: g / (x * math.log(2.0)), singular=True)
elementwise(ops.log10, lambda g, z, x: g / (x * math.log(10.0)), singular=True)
elementwise(ops.cbrt, lambda g, z, x: g / (3.0 * z * z), singular=True)
elementwise(ops.arcsinh, lambda g, z, x: g / _sqrt(x * x + 1.0))
elementwise(ops.arccosh, lambda g, z, x: g / _sqrt(x * x - 1.0), singular=True)
elementwise(ops.arctanh, lambda g, z, x: g / (1.0 - x * x), singular=True)
elementwise(ops.deg2rad, lambda g, z, x: g * (math.pi / 180.0))
elementwise(ops.rad2deg, lambda g, z, x: g * (180.0 / math.pi))
elementwise(ops.sinc, lambda g, z, x: g * _sinc_slope(z, x))
elementwise(ops.erf, lambda g, z, x: g * (2.0 / math.sqrt(math.pi)) * apply(ops.exp, -(x * x)))
elementwise(ops.erfc, lambda g, z, x: g * (-2.0 / math.sqrt(math.pi)) * apply(ops.exp, -(x * x)))
elementwise(ops.lgamma, lambda g, z, x: g * apply(ops.digamma, x))
elementwise(ops.gamma, lambda g, z, x: g * z * apply(ops.digamma, x))
elementwise(ops.digamma, lambda g, z, x: g * apply(ops.trigamma, x))
elementwise(
    ops.hypot, lambda g, z, x, y: (where(equals(z, 0.0), 0.0, g * x / z), where(equals(z, 0.0), 0.0, g * y / z))
)
elementwise(ops.logaddexp, lambda g, z, x, y: (_share(g, z, x, y, ops.exp), _share(g, z, y, x, ops.exp)))
elementwise(ops.logaddexp2, lambda g, z, x, y: (_share(g, z, x, y, ops.exp2), _share(g, z, y, x, ops.exp2)))
elementwise(ops.copysign, lambda g, z, x, y: (g * apply(ops.sign, x) * apply(ops.copysign, 1.0, y), None))
elementwise(ops.fmod, lambda g, z, x, y: (g, -g * apply(ops.trunc, x / y)))
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
