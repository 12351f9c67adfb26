"""The derivative table: one line per scalar operation.

    elementwise(op, lambda g, z, x, y: (cotangent of x, cotangent of y))

`g` is the cotangent of the result `z = op(x, y)`. No broadcasting, accumulation or masks: those follow from loads
and stores. `None` stands for an operand that carries no derivative. A line marked `singular` has a partial
derivative that can be infinite; the adjoint then keeps a zero cotangent zero.

Conventions at the edges: abs at 0 -> 0; sqrt at 0 -> inf; maximum and minimum at a tie -> half each;
x ** 0.0 at 0 -> 0; 0.0 ** x -> 0; floor, sign and // -> 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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


elementwise(ops.add, lambda g, z, x, y: (g, g))
elementwise(ops.sub, lambda g, z, x, y: (g, -g))
elementwise(ops.mul, lambda g, z, x, y: (g * y, g * x))
elementwise(ops.div, lambda g, z, x, y: (g / y, -g * z / y))
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
elementwise(
    ops.maximum,
    lambda g, z, x, y: (
        where(x > y, g, where(equals(x, y), 0.5 * g, 0.0)),
        where(y > x, g, where(equals(x, y), 0.5 * g, 0.0)),
    ),
)
elementwise(
    ops.minimum,
    lambda g, z, x, y: (
        where(x < y, g, where(equals(x, y), 0.5 * g, 0.0)),
        where(y < x, g, where(equals(x, y), 0.5 * g, 0.0)),
    ),
)
elementwise(ops.select, lambda g, z, c, x, y: (None, where(c, g, 0.0), where(c, 0.0, g)))
elementwise(ops.cast, lambda g, z, x: apply(ops.cast, g))
elementwise(ops.attach, lambda g, z, r, x, w: (g, g * w, None))

nondifferentiable(ops.floordiv, ops.floor, ops.sign, ops.stop, ops.invert)
nondifferentiable(ops.bitand, ops.bitor, ops.bitxor, ops.lshift, ops.rshift)
nondifferentiable(*ops.COMPARISONS, *ops.LOGICAL)
