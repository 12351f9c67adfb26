"""Scalar operations: one line each gives name, spelling and meaning. Applied to arrays they are elementwise.

In the loop IR the operands of an arithmetic operation have the dtype it computes in; `cast` converts.
`SCALARS` maps names to primitives; `rules` must hold a rule or a mark for each.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompile.ir.types import Scalar, Type, element
from adcompile.ops import special
from adcompile.ops.primitive import Effect, Primitive, Spelling

SCALARS: dict[str, Primitive] = {}


def _scalar(
    name: str, arity: int, kind: str, text: str, evaluate: Callable[..., Any], exact: Callable[..., int] | None = None
) -> Primitive:
    primitive = Primitive(name, arity, Effect.PURE, Spelling(kind, text), evaluate, elementwise=True, exact=exact)
    SCALARS[name] = primitive
    return primitive


def _call(name: str, arity: int = 1) -> Primitive:
    return _scalar(name, arity, "call", f"np.{name}", getattr(np, name))


def _math(name: str) -> Primitive:
    return _scalar(name, 1, "call", f"math.{name}", special.over(getattr(math, name)))


add = _scalar("add", 2, "binary", "+", np.add, operator.add)
sub = _scalar("sub", 2, "binary", "-", np.subtract, operator.sub)
mul = _scalar("mul", 2, "binary", "*", np.multiply, operator.mul)
div = _scalar("div", 2, "binary", "/", np.true_divide)
floordiv = _scalar("floordiv", 2, "binary", "//", np.floor_divide, operator.floordiv)
mod = _scalar("mod", 2, "binary", "%", np.remainder, operator.mod)
pow_ = _scalar(
    "pow", 2, "binary", "**", lambda x, y: np.power(x, y if x.dtype.kind == "i" else x.dtype.type(y)), operator.pow
)
bitand = _scalar("bitand", 2, "binary", "&", np.bitwise_and)
bitor = _scalar("bitor", 2, "binary", "|", np.bitwise_or)
bitxor = _scalar("bitxor", 2, "binary", "^", np.bitwise_xor)
lshift = _scalar("lshift", 2, "binary", "<<", np.left_shift, operator.lshift)
rshift = _scalar("rshift", 2, "binary", ">>", np.right_shift, operator.rshift)
neg = _scalar("neg", 1, "unary", "-", np.negative, operator.neg)
invert = _scalar("invert", 1, "unary", "~", np.invert)

lt = _scalar("lt", 2, "compare", "<", np.less)
le = _scalar("le", 2, "compare", "<=", np.less_equal)
gt = _scalar("gt", 2, "compare", ">", np.greater)
ge = _scalar("ge", 2, "compare", ">=", np.greater_equal)
eq = _scalar("eq", 2, "compare", "==", np.equal)
ne = _scalar("ne", 2, "compare", "!=", np.not_equal)
and_ = _scalar("and", 2, "bool", "and", np.logical_and)
or_ = _scalar("or", 2, "bool", "or", np.logical_or)
not_ = _scalar("not", 1, "unary", "not", np.logical_not)

abs_ = _scalar("abs", 1, "call", "abs", np.abs, operator.abs)
exp, expm1, log, log1p, sqrt = map(_call, ("exp", "expm1", "log", "log1p", "sqrt"))
sin, cos, tan = map(_call, ("sin", "cos", "tan"))
arcsin, arccos, arctan = map(_call, ("arcsin", "arccos", "arctan"))
sinh, cosh, tanh = map(_call, ("sinh", "cosh", "tanh"))
exp2, log2, log10, cbrt = map(_call, ("exp2", "log2", "log10", "cbrt"))
arcsinh, arccosh, arctanh = map(_call, ("arcsinh", "arccosh", "arctanh"))
deg2rad, rad2deg, sinc = map(_call, ("deg2rad", "rad2deg", "sinc"))
sign, floor, ceil, trunc, rint = map(_call, ("sign", "floor", "ceil", "trunc", "rint"))
isnan, isinf, isfinite, signbit = map(_call, ("isnan", "isinf", "isfinite", "signbit"))
arctan2, hypot = _call("arctan2", 2), _call("hypot", 2)
logaddexp, logaddexp2 = _call("logaddexp", 2), _call("logaddexp2", 2)
copysign, fmod = _call("copysign", 2), _call("fmod", 2)
fmax, fmin = _call("fmax", 2), _call("fmin", 2)
maximum, minimum = _call("maximum", 2), _call("minimum", 2)
erf, erfc, gamma, lgamma = map(_math, ("erf", "erfc", "gamma", "lgamma"))
# No library has these: their text goes into the program. The last one occurs in adjoints only.
digamma = _scalar("digamma", 1, "call", "digamma", special.over(special.digamma))
trigamma = Primitive(
    "trigamma", 1, Effect.PURE, Spelling("call", "trigamma"), special.over(special.trigamma), elementwise=True
)

# select(c, x, y) is x where c else y; both operands are plain values, so nothing is evaluated in vain.
select = _scalar("select", 3, "special", "select", lambda c, x, y: x if c else y)
# cast(x) converts to the result's dtype.
cast = _scalar("cast", 1, "special", "cast", lambda x: x)
# attach(r, x, w) is r, with the further partial derivative w with respect to x. It is how a reduction such as
# `np.max` computes its value in one way and its derivative in another (ties shared evenly).
attach = _scalar("attach", 3, "special", "attach", lambda r, x, w: r)
# stop(x) is x, with derivative zero.
stop = _scalar("stop", 1, "special", "stop", lambda x: x)

# Expensive, and derivatives, their own or of what is made of them, read the result: better kept than computed twice.
REUSED = (exp, expm1, exp2, cbrt, gamma, tan, tanh, pow_)
COMPARISONS = (lt, le, gt, ge, eq, ne)
CLASSIFYING = (isnan, isinf, isfinite, signbit)
LOGICAL = (and_, or_, not_)
# In plain Python these compute in float64 whatever they are given.
DOUBLE = (erf, erfc, gamma, lgamma, digamma, trigamma)


def numpy_overflow(result: Type) -> dict[str, Any]:
    """The attributes of arithmetic on NumPy's integers with such a result."""
    return {"overflow": "wraps"} if result.dtype == "int64" else {}


def result_type(primitive: Primitive, operands: tuple[Type, ...]) -> Scalar:
    """The result type of a scalar operation whose operands already have the dtype it computes in.

    `cast` is not covered: its result type is chosen by whoever applies it.
    """
    if primitive in COMPARISONS or primitive in LOGICAL or primitive in CLASSIFYING:
        return Scalar("bool")
    if primitive is select:
        return element(operands[1])
    first = element(operands[0])
    return Scalar(first.dtype)
