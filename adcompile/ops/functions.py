"""Functions of analysis, a row each; `ops.scalar` says what a row is."""

from __future__ import annotations

import math

from adcompile.ir.primitive import Complex, Cost, Dtypes, Public, Total
from adcompile.ops import special
from adcompile.ops.expression import apply, equals, where
from adcompile.ops.rows import always, classifying, function, of_first, power_of, rounding, sum_of, written
from adcompile.ops.slopes import arctan2_slopes, exprel_slope, far, gaussian, root, sech2, share, sinc_slope

INF = math.inf

exp = function(
    "exp",
    lambda g, z, x: g * z,
    Public(("exp",), math="exp", edges=(-INF, 0.0)),
    kept=True,
    bound=power_of(math.e),
    square=always,
    noun="exponential",
)
exp2 = function(
    "exp2",
    lambda g, z, x: g * z * math.log(2.0),
    Public(("exp2",), ("exp2",), "exp2", edges=(-INF, 0.0)),
    kept=True,
    bound=power_of(2.0),
    square=always,
)
expm1 = function(
    "expm1",
    lambda g, z, x: g * apply("exp", x),
    Public(("expm1",), ("expm1",), "expm1", edges=(0.0,)),
    kept=True,
)
log = function(
    "log",
    lambda g, z, x: g / x,
    Public(("log",), math="log", samples="positive", edges=(1.0,)),
    singular=True,
    noun="logarithm",
)
log2 = function(
    "log2",
    lambda g, z, x: g / (x * math.log(2.0)),
    Public(("log2",), math="log2", samples="positive", edges=(8.0,)),
    singular=True,
    complex=Complex.NONE,
)
log10 = function(
    "log10",
    lambda g, z, x: g / (x * math.log(10.0)),
    Public(("log10",), math="log10", samples="positive", edges=(100.0,)),
    singular=True,
)
log1p = function(
    "log1p",
    lambda g, z, x: g / (1.0 + x),
    Public(("log1p",), ("log1p",), "log1p", samples="positive", edges=(0.0,)),
    singular=True,
)
sqrt = function(
    "sqrt",
    lambda g, z, x: 0.5 * g / z,
    Public(("sqrt",), math="sqrt", samples="positive", edges=(INF,)),
    singular=True,
    cost=Cost.MODERATE,
    noun="root",
)
cbrt = function(
    "cbrt",
    lambda g, z, x: g / (3.0 * z * z),
    Public(("cbrt",), ("cbrt",), "cbrt", edges=(8.0, -8.0)),
    singular=True,
    kept=True,
    complex=Complex.NONE,
)
sin = function("sin", lambda g, z, x: g * apply("cos", x), Public(("sin",), math="sin"), bound=lambda x: 1.0)
cos = function("cos", lambda g, z, x: -g * apply("sin", x), Public(("cos",), math="cos"), bound=lambda x: 1.0)
tan = function("tan", lambda g, z, x: g * (1.0 + z * z), Public(("tan",), math="tan"), kept=True)
arcsin = function(
    "arcsin",
    lambda g, z, x: g / root((1.0 - x) * (1.0 + x)),
    Public(("arcsin", "asin"), math="asin", samples="unit", integers=False),
    singular=True,
)
arccos = function(
    "arccos",
    lambda g, z, x: -g / root((1.0 - x) * (1.0 + x)),
    Public(("arccos", "acos"), math="acos", samples="unit", integers=False),
    singular=True,
)
arctan = function(
    "arctan",
    lambda g, z, x: g / (1.0 + x * x),
    Public(("arctan", "atan"), math="atan", edges=(INF,)),
    bound=lambda x: 2.0,
)
arctan2 = function(
    "arctan2",
    lambda g, z, y, x: tuple(g * slope for slope in arctan2_slopes(y, x)),
    Public(("arctan2", "atan2"), math="atan2"),
    arity=2,
    singular=True,
    complex=Complex.NONE,
)
sinh = function("sinh", lambda g, z, x: g * apply("cosh", x), Public(("sinh",), math="sinh"), bound=power_of(math.e))
cosh = function("cosh", lambda g, z, x: g * apply("sinh", x), Public(("cosh",), math="cosh"), bound=power_of(math.e))
tanh = function(
    "tanh",
    lambda g, z, x: g * sech2(x),
    Public(("tanh",), math="tanh", edges=(INF, -INF, 0.0)),
    kept=True,
    bound=lambda x: 1.0,
)
arcsinh = function(
    "arcsinh", lambda g, z, x: g / far(x, root(x * x + 1.0)), Public(("arcsinh", "asinh"), math="asinh"), bound=of_first
)
arccosh = function(
    "arccosh",
    lambda g, z, x: g / far(x, root((x - 1.0) * (x + 1.0))),
    Public(("arccosh", "acosh"), math="acosh", samples="above 1"),
    singular=True,
)
arctanh = function(
    "arctanh",
    lambda g, z, x: g / ((1.0 - x) * (1.0 + x)),
    Public(("arctanh", "atanh"), math="atanh", samples="unit", integers=False),
    singular=True,
)
deg2rad = function(
    "deg2rad",
    lambda g, z, x: g * (math.pi / 180.0),
    Public(("deg2rad", "radians"), math="radians"),
    cost=Cost.CHEAP,
    bound=of_first,
    complex=Complex.NONE,
)
rad2deg = function(
    "rad2deg",
    lambda g, z, x: g * (180.0 / math.pi),
    Public(("rad2deg", "degrees"), math="degrees"),
    cost=Cost.CHEAP,
    complex=Complex.NONE,
)
sinc = function(
    "sinc",
    lambda g, z, x: g * sinc_slope(x),
    Public(("sinc",), edges=(0.0, 1e-9, 0.0099, 0.0101)),
    bound=lambda x: 1.0,
)
hypot = function(
    "hypot",
    lambda g, z, x, y: (where(equals(z, 0.0), 0.0, g * (x / z)), where(equals(z, 0.0), 0.0, g * (y / z))),
    Public(("hypot",)),
    arity=2,
    complex=Complex.NONE,
    bound=sum_of,
    square=always,
)
logaddexp = function(
    "logaddexp",
    lambda g, z, x, y: (g * share(x, y, "exp", 1.0), g * share(y, x, "exp", 1.0)),
    Public(("logaddexp",)),
    arity=2,
    complex=Complex.NONE,
)
logaddexp2 = function(
    "logaddexp2",
    lambda g, z, x, y: (g * share(x, y, "exp2", math.log(2.0)), g * share(y, x, "exp2", math.log(2.0))),
    Public(("logaddexp2",)),
    arity=2,
    complex=Complex.NONE,
)

sign = rounding("sign", Public(("sign",)), bound=lambda x: 1.0, complex=Complex.PARTS)
floor = rounding("floor", Public(("floor",)))
ceil = rounding("ceil", Public(("ceil",)))
trunc = rounding("trunc", Public(("trunc",)), bound=of_first)
rint = rounding("rint", Public(("rint",), edges=(0.5, 1.5, 2.5)), complex=Complex.PARTS)
isnan, isinf, isfinite, signbit = map(classifying, ("isnan", "isinf", "isfinite", "signbit"))
copysign = function(
    "copysign",
    lambda g, z, x, y: (g * apply("sign", x) * apply("copysign", 1.0, y), None),
    Public(("copysign",), math="copysign"),
    arity=2,
    cost=Cost.MODERATE,
    complex=Complex.NONE,
)
fmod = function(
    "fmod",
    lambda g, z, x, y: (g, -g * apply("rint", (x - z) / y)),
    Public(("fmod",), math="fmod", samples="positive", integers=False),
    arity=2,
    dtypes=Dtypes.SAME,
    total=Total.DIVISOR,
    complex=Complex.NONE,
)
erf = written(
    "erf",
    lambda g, z, x: g * (2.0 / math.sqrt(math.pi)) * gaussian(x),
    Public((), ("erf",), "erf"),
    math.erf,
    bound=lambda x: 1.0,
)
erfc = written(
    "erfc",
    lambda g, z, x: g * (-2.0 / math.sqrt(math.pi)) * gaussian(x),
    Public((), ("erfc",), "erfc"),
    math.erfc,
    bound=lambda x: 2.0,
)
gamma = written(
    "gamma",
    lambda g, z, x: g * z * apply("digamma", x),
    Public((), ("gamma",), "gamma", samples="positive"),
    math.gamma,
    kept=True,
)
lgamma = written(
    "lgamma",
    lambda g, z, x: g * apply("digamma", x),
    Public((), ("gammaln",), "lgamma", samples="positive"),
    math.lgamma,
)
digamma = written(
    "digamma",
    lambda g, z, x: g * apply("trigamma", x),
    Public((), ("digamma", "psi"), samples="positive"),
    special.digamma,
)
exprel = written(
    "exprel",
    lambda g, z, x: g * exprel_slope(x, z),
    Public((), ("exprel",), edges=(0.0, 1e-9, -40.0), exact="mpmath.expm1(x) / x"),
    special.exprel,
)
trigamma = written("trigamma", None, Public(), special.trigamma)  # in adjoints only: its derivative is not known
