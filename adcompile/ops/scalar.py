"""Scalar operations, a row each: spelling, meaning, facts, derivative, where to try it. On arrays they go by element.

    exp = function("exp", lambda g, z, x: g * z, Public(("exp",), math="exp"), kept=True, bound=..., square=always)

A new one is a new row: the front end finds it by its names, rules and passes by its facts, the catalogue and the tests
of values, derivatives, dtypes and accuracy by all of these. `ir.primitive` says what the fields mean.

In the loop IR the operands of an arithmetic operation have the dtype it computes in; `cast` converts. In the rules `g`
is the cotangent of the result `z = op(x, y)`. No broadcasting, accumulation or masks: those follow from loads and
stores. `None` stands for an operand that carries no derivative.

Conventions at the edges: abs at 0 -> 0; sqrt at 0 -> inf; maximum and minimum at a tie -> half each;
x ** 0.0 at 0 -> 0; 0.0 ** x -> 0; hypot at (0, 0) -> 0; copysign of 0 -> 0; floor, sign and // -> 0.
"""

from __future__ import annotations

from typing import Any

from adcompile.ir.primitive import SCALARS as SCALARS
from adcompile.ir.primitive import Dtypes, Primitive
from adcompile.ir.types import Scalar, Type, element

# By its name every row, so that a new one is told in one place.
from adcompile.ops.arithmetic import *  # noqa: F403
from adcompile.ops.functions import *  # noqa: F403


def numpy_overflow(result: Type) -> dict[str, Any]:
    """The attributes of arithmetic on NumPy's integers with such a result."""
    return {"overflow": "wraps"} if result.dtype == "int64" else {}


def result_type(primitive: Primitive, operands: tuple[Type, ...]) -> Scalar:
    """The result type of a scalar operation whose operands already have the dtype it computes in.

    `cast` is not covered: its result type is chosen by whoever applies it.
    """
    if primitive.gives_bool:
        return Scalar("bool")
    return Scalar(element(operands[1 if primitive.dtypes is Dtypes.CHOSEN else 0]).dtype)
