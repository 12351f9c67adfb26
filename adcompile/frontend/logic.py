"""`and`, `or`, `not` of truth values, some of which are known now."""

from __future__ import annotations

from adcompile.frontend.emitter import Emitter
from adcompile.frontend.exits import Truth
from adcompile.frontend.values import Number, Static
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import BOOL
from adcompile.ops import scalar


def logical(e: Emitter, primitive: Primitive, left: Truth, right: Truth) -> Truth:
    """left and right, left or right; both are evaluated already."""
    for known, other in ((left, right), (right, left)):
        if isinstance(known, Static):
            decides = primitive is scalar.or_
            return Static(decides) if bool(known.value) is decides else other
    operand = e.builder.apply(primitive, e.operand(left), e.operand(right), type=BOOL)
    return Number(operand, weak=True)


def negate(e: Emitter, value: Truth) -> Truth:
    """not value."""
    if isinstance(value, Static):
        return Static(not value.value)
    return Number(e.builder.apply(scalar.not_, e.operand(value), type=BOOL), weak=True)


def either(e: Emitter, *truths: Truth) -> Truth:
    """Is one of them true?"""
    first, *rest = truths
    for each in rest:
        first = logical(e, scalar.or_, first, each)
    return first
