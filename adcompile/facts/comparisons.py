"""Comparisons of integers as linear forms that are >= 0.

a < b                     b - a - 1 >= 0
a != b                    b - a - 1 >= 0  or  a - b - 1 >= 0
"""

from __future__ import annotations

from typing import Literal

from adcompile.facts.linear import Linear
from adcompile.ir.nodes import Apply
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import SIGNED, UNSIGNED
from adcompile.ops import scalar

Comparison = Literal["<", "<=", ">", ">=", "==", "!="]

INTEGERS = (*SIGNED, *UNSIGNED)

NEGATIONS: dict[Comparison, Comparison] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def less(a: Linear, b: Linear) -> Linear:
    """The form that is >= 0 where a < b."""
    return Linear((), -1).plus(b).plus(a, -1)


def claims(a: Linear, comparison: str, b: Linear) -> list[list[Linear]]:
    """The comparison as alternatives; all forms of one of them are >= 0."""
    match comparison:
        case "<":
            return [[less(a, b)]]
        case "<=":
            return [[b.plus(a, -1)]]
        case ">":
            return [[less(b, a)]]
        case ">=":
            return [[a.plus(b, -1)]]
        case "==":
            return [[a.plus(b, -1), b.plus(a, -1)]]
        case _:
            return [[less(a, b)], [less(b, a)]]


def compared(a: float, comparison: str, b: float) -> bool:
    """What the comparison of two numbers comes to."""
    match comparison:
        case "<":
            return a < b
        case "<=":
            return a <= b
        case ">":
            return a > b
        case ">=":
            return a >= b
        case "==":
            return a == b
        case _:
            return a != b


COMPARISONS: dict[Primitive, Comparison] = {
    scalar.lt: "<",
    scalar.le: "<=",
    scalar.gt: ">",
    scalar.ge: ">=",
    scalar.eq: "==",
    scalar.ne: "!=",
}


def comparison_of(stmt: Apply) -> Comparison | None:
    """How a statement compares, if it compares integers."""
    integers = all(o.type.dtype in INTEGERS for o in stmt.operands)
    return COMPARISONS.get(stmt.primitive) if integers else None
