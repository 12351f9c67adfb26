"""Arithmetic, comparisons and choices, a row each; `ops.scalar` says what a row is."""

from __future__ import annotations

import operator

import numpy as np

from adcompile.ir.primitive import Complex, Cost, Dtypes, Public, Total
from adcompile.ops.expression import apply, equals, where
from adcompile.ops.rows import (
    always,
    bits,
    choosing,
    comparison,
    every,
    first,
    logical,
    marked,
    of_first,
    operation,
    product_of,
    sum_of,
)
from adcompile.ops.slopes import larger, power_slope, unless_nan

HOLOMORPHIC, PARTS = Complex.HOLOMORPHIC, Complex.PARTS

add = operation(
    "add",
    2,
    "binary",
    "+",
    np.add,
    rule=lambda g, z, x, y: (g, g),
    exact=operator.add,
    commutative=True,
    polynomial=True,
    complex=HOLOMORPHIC,
    bound=sum_of,
    square=every,
)
sub = operation(
    "sub",
    2,
    "binary",
    "-",
    np.subtract,
    rule=lambda g, z, x, y: (g, -g),
    exact=operator.sub,
    polynomial=True,
    complex=HOLOMORPHIC,
    bound=sum_of,
    noun="difference",
)
mul = operation(
    "mul",
    2,
    "binary",
    "*",
    np.multiply,
    rule=lambda g, z, x, y: (g * y, g * x),
    exact=operator.mul,
    commutative=True,
    polynomial=True,
    complex=HOLOMORPHIC,
    bound=product_of,
    square=every,
    noun="product",
    noun_of_ints="offset",
)
div = operation(
    "div",
    2,
    "binary",
    "/",
    np.true_divide,
    rule=lambda g, z, x, y: (g / y, -(g / y) * z),
    # A root of the quotient exists if the divisor is positive.
    dtypes=Dtypes.REAL,
    total=Total.DIVISOR,
    complex=HOLOMORPHIC,
    square=first,
    noun="ratio",
)
floordiv = operation(
    "floordiv",
    2,
    "binary",
    "//",
    np.floor_divide,
    Cost.MODERATE,
    exact=operator.floordiv,
    flat=True,
    total=Total.DIVISOR,
    noun_of_ints="quotient",
    defined_by_llvm=False,
)
mod = operation(
    "mod",
    2,
    "binary",
    "%",
    np.remainder,
    Cost.MODERATE,
    rule=lambda g, z, x, y: (g, -g * (x // y)),
    exact=operator.mod,
    total=Total.DIVISOR,
    noun_of_ints="remainder",
)
pow_ = operation(
    "pow",
    2,
    "binary",
    "**",
    lambda x, y: np.power(x, y if x.dtype.kind == "i" else x.dtype.type(y)),
    Cost.FUNCTION,
    rule=lambda g, z, x, y: (
        where(equals(y, 0), 0.0, g * power_slope(x, y)),
        where(equals(x, 0.0), 0.0, g * z * apply("log", x)),
    ),
    exact=operator.pow,
    dtypes=Dtypes.POWER,
    total=Total.EXPONENT,
    complex=HOLOMORPHIC,
    singular=True,
    kept=True,
    public=Public(("power",), math="pow"),
    noun="power",
)
neg = operation(
    "neg",
    1,
    "unary",
    "-",
    np.negative,
    rule=lambda g, z, x: -g,
    exact=operator.neg,
    polynomial=True,
    complex=HOLOMORPHIC,
    bound=of_first,
    noun="negative",
    noun_of_ints="lowest",
)
abs_ = operation(
    "abs",
    1,
    "call",
    "abs",
    np.abs,
    rule=lambda g, z, x: g * apply("sign", x),
    exact=operator.abs,
    complex=PARTS,
    bound=of_first,
    square=always,
    public=Public(("absolute",), math="fabs"),
    noun="magnitude",
)

bitand = bits("bitand", "&", np.bitwise_and, commutative=True)
bitor = bits("bitor", "|", np.bitwise_or, commutative=True)
bitxor = bits("bitxor", "^", np.bitwise_xor, commutative=True)
lshift = bits("lshift", "<<", np.left_shift, total=Total.SHIFT, exact=operator.lshift, defined_by_llvm=False)
rshift = bits("rshift", ">>", np.right_shift, total=Total.SHIFT, exact=operator.rshift, defined_by_llvm=False)
invert = operation("invert", 1, "unary", "~", np.invert, flat=True)

lt = comparison("lt", "<", np.less)
le = comparison("le", "<=", np.less_equal)
gt = comparison("gt", ">", np.greater)
ge = comparison("ge", ">=", np.greater_equal)
eq = comparison("eq", "==", np.equal, commutative=True)
ne = comparison("ne", "!=", np.not_equal, commutative=True)
and_ = logical("and", 2, "bool", np.logical_and, commutative=True)
or_ = logical("or", 2, "bool", np.logical_or, commutative=True)
not_ = logical("not", 1, "unary", np.logical_not)

maximum = choosing(
    "maximum",
    lambda g, z, x, y: (larger(g, x, y), larger(g, y, x)),
    cost=Cost.CHEAP,
    complex=PARTS,
    square=every,
    noun_of_ints="length",
)
minimum = choosing(
    "minimum",
    lambda g, z, x, y: (larger(g, y, x), larger(g, x, y)),
    cost=Cost.CHEAP,
    complex=PARTS,
    square=every,
    noun_of_ints="end",
)
fmax = choosing(
    "fmax",
    lambda g, z, x, y: (unless_nan(g, x, y, larger(g, x, y)), unless_nan(g, y, x, larger(g, y, x))),
    drops_nan=True,
    cost=Cost.MODERATE,
    complex=PARTS,
    square=every,
)
fmin = choosing(
    "fmin",
    lambda g, z, x, y: (unless_nan(g, x, y, larger(g, y, x)), unless_nan(g, y, x, larger(g, x, y))),
    drops_nan=True,
    cost=Cost.MODERATE,
    complex=PARTS,
    square=every,
)


# -- What no operator or function of Python's says

# select(c, x, y) is x where c else y; both operands are plain values, so nothing is evaluated in vain.
select = marked(
    "select",
    3,
    lambda c, x, y: x if c else y,
    rule=lambda g, z, c, x, y: (None, where(c, g, 0.0), where(c, 0.0, g)),
    dtypes=Dtypes.CHOSEN,
    complex=HOLOMORPHIC,
    chooses=True,
    drops_nan=True,
    bound=lambda c, x, y: max(x, y),
    square=lambda c, x, y: x and y,
    noun_of_ints="chosen",
)
# cast(x) converts to the result's dtype.
cast = marked(
    "cast",
    1,
    lambda x: x,
    rule=lambda g, z, x: apply("cast", g),
    dtypes=Dtypes.CONVERTED,
    total=Total.FINITE,
    complex=HOLOMORPHIC,
    bound=of_first,
    square=every,
)
# attach(r, x, w) is r, with the further partial derivative w with respect to x. It is how a reduction such as
# `np.max` computes its value in one way and its derivative in another (ties shared evenly).
attach = marked(
    "attach",
    3,
    lambda r, x, w: r,
    rule=lambda g, z, r, x, w: (g, g * w, None),
    alias=True,
    complex=HOLOMORPHIC,
    bound=of_first,
    square=first,
)
# stop(x) is x, with derivative zero.
stop = marked(
    "stop",
    1,
    lambda x: x,
    flat=True,
    alias=True,
    complex=HOLOMORPHIC,
    bound=of_first,
    square=every,
)

# What is true where the comparison is false; of floats where neither number is nan.
OPPOSITE = {lt: ge, le: gt, gt: le, ge: lt, eq: ne, ne: eq}
# The same comparison with its sides changed.
MIRRORED = {lt: gt, le: ge, gt: lt, ge: le, eq: eq, ne: ne}
