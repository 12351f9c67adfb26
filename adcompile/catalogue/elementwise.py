"""Elementwise functions: ufuncs of NumPy, `math`, `scipy.special`.

The functions of analysis stand in the table of operations (`ops.scalar`), with what there is to try. Here stand those
that are made of others, and those of which more is tried than the bare call.
"""

from __future__ import annotations

from collections.abc import Iterator

from adcompile.catalogue.entries import Entry, Family, entry
from adcompile.ir.primitive import Primitive
from adcompile.ops.scalar import SCALARS

INF, NAN = float("inf"), float("nan")


def _rows(module: str, arguments: str) -> Iterator[Entry]:
    """The functions of analysis of a module, by its short name, each called with as many arguments as it takes."""
    for primitive in SCALARS.values():
        names = [f"{module}.{name}" for name in _names(primitive, module)]
        if names and primitive.spelling is not None and primitive.spelling.kind == "call":
            public = primitive.public
            case = f"{names[0]}({', '.join(arguments[: primitive.arity])})"
            facts = {"integers": public.integers, "discrete": primitive.flat}
            yield entry(" ".join(names), case, domain=public.samples, edges=public.edges, **facts)


def _names(primitive: Primitive, module: str) -> tuple[str, ...]:
    public = primitive.public
    match module:
        case "np":
            return public.numpy
        case "math":
            return (public.math,) if public.math else ()
        case _:
            return public.special


def _with_rows(title: str, module: str, arguments: str, entries: tuple[Entry, ...]) -> Family:
    """A family of these entries and the rows whose names none of them has."""
    told = {name for each in entries for name in each.names.split()}
    rows = tuple(row for row in _rows(module, arguments) if told.isdisjoint(row.names.split()))
    return Family(title, (*entries, *rows))


FAMILY = _with_rows(
    "elementwise functions of `np`",
    "np",
    "xy",
    (
        entry("np.absolute np.abs np.fabs", "np.absolute(x)", "np.fabs(x)", "abs(x)", edges=(0.0, -0.0, INF)),
        entry("np.add", "np.add(x, y)", "x + y", "x + s"),
        entry("np.subtract", "np.subtract(x, y)", "x - y", "2 - x"),
        entry("np.multiply", "np.multiply(x, y)", "x * y", "x * z[0]"),
        entry("np.divide np.true_divide", "np.divide(x, y)", "x / y", "x / s"),
        entry("np.floor_divide", "np.floor_divide(x, y)", "x // y", domain="positive", discrete=True),
        entry("np.remainder np.mod", "np.remainder(x, y)", "x % y", "-x % 3", domain="positive"),
        entry("np.fmod", "np.fmod(x, y)", "np.fmod(-1.1 * x, y)", domain="positive", integers=False),
        entry("np.power np.pow", "np.power(x, y)", "x ** s", domain="positive", integers=False),
        entry("np.power", "x ** 2", "x ** 3", edges=(0.0,)),
        entry("np.float_power", "np.float_power(x, y)", domain="positive"),
        entry("np.negative", "np.negative(x)", "-x"),
        entry("np.positive", "np.positive(x)", "+x"),
        entry("np.square"),
        entry("np.reciprocal", integers=False),
        entry("np.deg2rad np.radians", "np.deg2rad(x)", "np.radians(x)"),
        entry("np.rad2deg np.degrees", "np.rad2deg(x)", "np.degrees(x)"),
        entry("np.fix", discrete=True),
        entry("np.round np.around .round", "np.round(x)", "np.round(x, 1)", "np.around(x)", "x.round()", discrete=True),
        entry("np.maximum", "np.maximum(x, y)", "np.maximum(x, 0.25)"),
        entry("np.minimum", "np.minimum(x, y)", "np.minimum(x, 0.25)"),
        entry("np.fmax", "np.fmax(x, y)", "np.fmax(x, np.nan)"),
        entry("np.fmin", "np.fmin(x, y)", "np.fmin(np.nan, y)"),
        entry("np.clip .clip", "np.clip(x, -0.5, 0.75)", "x.clip(-0.5, 0.75)", "np.clip(x, None, 0.5)"),
        entry("np.copysign", "np.copysign(x, y)", "np.copysign(x, -1.0)"),
        entry("np.heaviside", "np.heaviside(x, y)", "np.heaviside(x, 0.5)", discrete=True),
        entry("np.nan_to_num", "np.nan_to_num(x)", "np.nan_to_num(x, nan=1.0, posinf=5.0)", edges=(NAN, INF, -INF)),
        entry("np.isclose", "np.isclose(x, y)", "np.isclose(x, x + 1e-9)", discrete=True, integers=False),
        entry("np.allclose", "np.allclose(x, y)", "np.allclose(x, x + 1e-9)", discrete=True, integers=False),
        entry("np.equal", "np.equal(x, y)", "x == y", discrete=True),
        entry("np.not_equal", "np.not_equal(x, y)", "x != y", "x != -1", "70000 == x", discrete=True),
        entry("np.less", "np.less(x, y)", "x < y", "300 < x", "x < -1", discrete=True),
        entry("np.less_equal", "np.less_equal(x, y)", "x <= y", discrete=True),
        entry("np.greater", "np.greater(x, y)", "x > y", discrete=True),
        entry("np.greater_equal", "np.greater_equal(x, y)", "x >= y", "-2 >= x", "x >= -(10**6)", discrete=True),
        entry("np.logical_and", "np.logical_and(x, y)", "np.logical_and(x > 0, y > 0)", discrete=True),
        entry("np.logical_or", "np.logical_or(x > 0, y > 0)", discrete=True),
        entry("np.logical_xor", "np.logical_xor(x > 0, y > 0)", discrete=True),
        entry("np.logical_not", "np.logical_not(x)", discrete=True),
        entry("np.bitwise_and", "np.bitwise_and(i, j)", "i & j", discrete=True),
        entry("np.bitwise_or", "np.bitwise_or(i, j)", "i | j", discrete=True),
        entry("np.bitwise_xor", "np.bitwise_xor(i, j)", "i ^ j", discrete=True),
        entry("np.invert np.bitwise_not", "np.invert(i)", "~i", discrete=True),
        entry("np.left_shift", "np.left_shift(i, 2)", "i << 1", discrete=True),
        entry("np.right_shift", "np.right_shift(i, 1)", "i >> 1", discrete=True),
        entry("np.conjugate np.conj .conj .conjugate", "np.conj(x)", "x.conj()", "x.conjugate()"),
        entry("np.divmod", "np.divmod(x, y)[1]", domain="positive"),
        entry("np.modf", "np.modf(x)[0]", "np.modf(x)[1]", edges=(INF, -0.0), integers=False),
        entry(".tolist", "sum(v.tolist()) * v.tolist()[-1]", "A.reshape(3, 3).tolist()", "np.sum(x).tolist()"),
        entry(".item", "x[:1, 0].item()", "np.sum(x).item()", "x[1, 2].item()"),
        entry(
            "out=",
            "(r := y * 1.0, np.exp(x, out=r), r)[2]",
            "(r := y * 1.0, np.add(r, x, r), r * r)[2]",
            integers=False,
        ),
        entry("np.where", "np.where(x > y, x, y)", "np.where(m, x, 0.0)"),
    ),
)

MATH = _with_rows(
    "`math`",
    "math",
    "st",
    (
        entry("math.log", "math.log(s)", "math.log(s, t)", domain="positive"),
        entry("math.pow", "math.pow(s, t)", domain="positive"),
        entry("math.asin", "math.asin(s)", domain="unit"),
        entry("math.acos", "math.acos(s)", domain="unit"),
        entry("math.atanh", "math.atanh(s)", domain="unit"),
        entry("math.hypot", "math.hypot(s, t)", "math.hypot(s, t, 2.0)", "math.hypot(s)"),
        entry("math.dist", "math.dist((s, 1.0), (t, 3.0))"),
        entry("math.fmod", "math.fmod(s, t)"),
        entry("math.modf", "math.modf(s)[0]"),
        entry("math.ldexp", "math.ldexp(s, 3)"),
        entry("math.gamma", "math.gamma(s)", "math.gamma(-0.5 * s)", domain="positive"),
        entry("math.lgamma", "math.lgamma(s)", "math.lgamma(-0.5 * s)", domain="positive"),
        entry("math.prod", "math.prod([s, t, 2.0])", "math.prod(v) * 1.0", "math.prod((s, t), start=s)"),
        entry("math.floor", "math.floor(s)", discrete=True),
        entry("math.ceil", "math.ceil(s)", discrete=True),
        entry("math.trunc", "math.trunc(s)", discrete=True),
        entry("math.isnan", "math.isnan(s)", discrete=True),
        entry("math.isinf", "math.isinf(s)", discrete=True),
        entry("math.isfinite", "math.isfinite(s)", discrete=True),
        entry("math.isclose", "math.isclose(s, s + 1e-12)", "math.isclose(s, t)", discrete=True),
        entry("math.gcd", "math.gcd(12 * n, 18)", discrete=True),
        entry("math.lcm", "math.lcm(4 * n, 6)", discrete=True),
        entry("math.isqrt", "math.isqrt(n + 15)", discrete=True),
        entry("math.perm", "math.perm(n + 5, n)", discrete=True),
        entry("math.factorial", "math.factorial(n + 3)", discrete=True),
        entry("math.comb", "math.comb(n + 5, n)", discrete=True),
    ),
)

SPECIAL = _with_rows(
    "`scipy.special`",
    "special",
    "xy",
    (
        entry("special.erf", "special.erf(x)", "special.erf(s)"),
        entry("special.digamma special.psi", "special.digamma(x)", "special.digamma(-x * 0.3)", domain="positive"),
        entry("special.expit", "special.expit(x)", "special.expit(400 * s)", edges=(0.0, 800.0, -800.0)),
        entry("special.log_expit", "special.log_expit(x)", edges=(0.0, 800.0, -800.0)),
        entry("special.logit", "special.logit(x * x)", domain="unit", integers=False),
        entry("special.xlogy", "special.xlogy(x, y)", "special.xlogy(0.0 * x, y)", domain="positive"),
        entry("special.xlog1py", "special.xlog1py(x, y)", "special.xlog1py(0.0 * x, y)", domain="positive"),
        entry("special.entr", domain="positive", integers=False),
        entry("special.ndtr", "special.ndtr(x)", "special.ndtr(4 * x)"),
        entry(
            "special.logsumexp",
            "special.logsumexp(x)",
            "special.logsumexp(x, axis=0)",
            "special.logsumexp(x, axis=1, keepdims=True)",
            "special.logsumexp(x, b=y * y, axis=-1)",
            "special.logsumexp(900 * x, axis=1)",
        ),
        entry("special.softmax", "special.softmax(x)", "special.softmax(x, axis=1)", "special.softmax(v)"),
        entry("special.log_softmax", "special.log_softmax(x)", "special.log_softmax(x, axis=0)"),
    ),
)
