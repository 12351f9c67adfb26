"""Rules as statements: the expressions of a rule become operations of the adjoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Const, Operand
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOATS, Scalar, element, is_float
from adcompile.ops import scalar as ops
from adcompile.ops.expression import Expr


@dataclass(frozen=True, slots=True)
class Leaves:
    """What the leaves of an expression stand for.

    `named` is the operand of a leaf; `computed` the value of a primitive of leaves, if the function has computed it.
    """

    named: Callable[[str], Operand]
    computed: Callable[[Primitive, tuple[str, ...]], Operand | None]


def emit(expr: Expr, leaves: Leaves, builder: Builder, type_: Scalar) -> Operand:
    """Append the expression's operations and return its value.

    Numbers take the type of the operand beside them, at last `type_`; constants fold, and of a `where` whose
    condition is known only one side is emitted.
    """
    if expr.name:
        return leaves.named(expr.name)
    if expr.primitive is None:
        return _number(expr, type_)
    if all(arg.name for arg in expr.args):
        found = leaves.computed(expr.primitive, tuple(arg.name for arg in expr.args))
        if found is not None:
            return found
    if expr.primitive is ops.select:
        cond = emit(expr.args[0], leaves, builder, type_)
        if isinstance(cond, Const):
            return emit(expr.args[1] if cond.value else expr.args[2], leaves, builder, type_)
    args = [None if _is_number(a) else emit(a, leaves, builder, type_) for a in expr.args]
    beside = next((element(a.type) for a in args if a is not None and a.type.dtype != "bool"), type_)
    operands = [_number(e, beside) if a is None else a for e, a in zip(expr.args, args, strict=True)]
    return _apply(expr.primitive, operands, builder, type_)


def _apply(primitive: Primitive, operands: list[Operand], builder: Builder, type_: Scalar) -> Operand:
    if primitive is not ops.pow_:
        operands = _same_dtype(operands)
    result = type_ if primitive is ops.cast else ops.result_type(primitive, tuple(o.type for o in operands))
    if all(isinstance(o, Const) for o in operands) and primitive.evaluate is not None:
        with np.errstate(all="ignore"):
            values = (np.dtype(o.type.dtype).type(o.value) for o in operands if isinstance(o, Const))
            folded = primitive.evaluate(*values)
        return Const(folded.item(), result)
    if primitive is ops.or_ and (known := next((o for o in operands if isinstance(o, Const)), None)) is not None:
        return known if known.value else next(o for o in operands if o is not known)
    if primitive is ops.div and (factor := _reciprocal(operands[1])) is not None:
        return builder.apply(ops.mul, operands[0], factor, type=result)
    return builder.apply(primitive, *operands, type=result)


def _reciprocal(divisor: Operand) -> Const | None:
    """What to multiply with instead of dividing by a constant: it rounds twice, and is several times as fast."""
    if not isinstance(divisor, Const) or divisor.type.dtype not in FLOATS or divisor.value == 0:
        return None
    limits = np.finfo(divisor.type.dtype)
    factor = 1.0 / divisor.value
    return Const(factor, divisor.type) if limits.tiny <= abs(factor) <= limits.max else None


def _same_dtype(operands: list[Operand]) -> list[Operand]:
    """An int constant beside a float (the exponent of `x ** 3`) becomes a float."""
    float_type = next((element(o.type) for o in operands if is_float(o.type)), None)
    return [
        Const(float(o.value), float_type) if isinstance(o, Const) and o.type.dtype == "int64" and float_type else o
        for o in operands
    ]


def _is_number(expr: Expr) -> bool:
    return expr.primitive is None and not expr.name


def _number(expr: Expr, type_: Scalar) -> Const:
    assert expr.number is not None
    return Const(float(expr.number) if is_float(type_) else int(expr.number), Scalar(type_.dtype))
