"""Rules as expressions: a rule is a plain lambda, traced once into a small tree.

    lambda g, z, x, y: (g / y, -g * z / y)

gives one tree per operand, over the leaves `g` (incoming cotangent), `z` (result) and `x0, x1, ...` (operands).
Which leaves a tree mentions is which primal values its adjoint reads: the residual information of the rule.
Operations are called by the names they have in the table (`ops.scalar`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adcompile.ir.primitive import SCALARS, Primitive


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """A leaf (`name`), a constant (`number`) or an operation over expressions."""

    name: str = ""
    number: float | None = None
    primitive: Primitive | None = None
    args: tuple[Expr, ...] = ()

    def __add__(self, other: Expr | float) -> Expr:
        return apply("add", self, other)

    def __radd__(self, other: Expr | float) -> Expr:
        return apply("add", other, self)

    def __sub__(self, other: Expr | float) -> Expr:
        return apply("sub", self, other)

    def __rsub__(self, other: Expr | float) -> Expr:
        return apply("sub", other, self)

    def __mul__(self, other: Expr | float) -> Expr:
        return apply("mul", self, other)

    def __rmul__(self, other: Expr | float) -> Expr:
        return apply("mul", other, self)

    def __truediv__(self, other: Expr | float) -> Expr:
        return apply("div", self, other)

    def __rtruediv__(self, other: Expr | float) -> Expr:
        return apply("div", other, self)

    def __floordiv__(self, other: Expr | float) -> Expr:
        return apply("floordiv", self, other)

    def __pow__(self, other: Expr | float) -> Expr:
        return apply("pow", self, other)

    def __neg__(self) -> Expr:
        return apply("neg", self)

    def __gt__(self, other: Expr | float) -> Expr:
        return apply("gt", self, other)

    def __lt__(self, other: Expr | float) -> Expr:
        return apply("lt", self, other)


def lift(operand: Expr | float) -> Expr:
    """A number as an expression."""
    return operand if isinstance(operand, Expr) else Expr(number=operand)


def apply(name: str, *args: Expr | float) -> Expr:
    """The operation of this name over expressions and numbers."""
    return Expr(primitive=SCALARS[name], args=tuple(map(lift, args)))


def equals(x: Expr, y: Expr | float) -> Expr:
    """`x == y` (the operator itself is identity)."""
    return apply("eq", x, y)


def either(one: Expr, other: Expr) -> Expr:
    """`one or other`."""
    return apply("or", one, other)


def where(cond: Expr, x: Expr | float, y: Expr | float) -> Expr:
    """x where cond else y."""
    return apply("select", cond, x, y)


def mentions(expr: Expr) -> Iterator[str]:
    """The names of the leaves."""
    if expr.name:
        yield expr.name
    for arg in expr.args:
        yield from mentions(arg)
