"""The derivative table against mpmath: in units in the last place of the correctly rounded derivative.

Every line is sampled over all orders of magnitude and next to its special points, in float64 and float32, wherever the
value of the function itself is representable. A primitive without a domain here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest

import adcompile as ad
from adcompile.ir.primitive import Primitive
from adcompile.ops import scalar as ops
from adcompile.rules.table import RULES
from tests.catalogue import defined
from tests.emitted import emit

LIMIT = 8.0
PRECISION = 200
# They choose, convert or state a derivative: no partial of theirs is computed.
WITHOUT_ARITHMETIC = {ops.select, ops.cast, ops.attach}

Sample = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """The exact partial derivatives, where to sample each argument, and how far the function's own library is off.

    `near` are points whose neighbourhood is sampled. `rooted` tells that the derivative has roots which are no numbers:
    next to them it is as ill-conditioned as its argument, and is compared with its size a little further off.
    """

    partials: tuple[Callable[..., Any], ...]
    domain: str = "real"
    near: tuple[float, ...] = (0.0,)
    others: str = ""
    rooted: float = 0.0
    limit: float = LIMIT


def sech2(x: Any) -> Any:
    return 1 / mpmath.cosh(x) ** 2


def gaussian(scale: float) -> Callable[[Any], Any]:
    return lambda x: scale * 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)


def sinc_slope(x: Any) -> Any:
    t = mpmath.pi * x
    if abs(t) < 1e-15:
        return -mpmath.pi * t / 3
    return (mpmath.cospi(x) - mpmath.sinpi(x) / t) / x


def power_by_base(x: Any, y: Any) -> Any:
    return mpmath.mpf(0) if y == 0 else y * mpmath.power(x, y - 1)


def share(base: Any) -> tuple[Callable[..., Any], ...]:
    def of(gap: Any) -> Any:
        return 1 / (1 + base ** min(gap, 10**5))

    return (lambda x, y: of(y - x), lambda x, y: of(x - y))


def one(*_: Any) -> Any:
    return mpmath.mpf(1)


def zero(*_: Any) -> Any:
    return mpmath.mpf(0)


def larger(x: Any, y: Any) -> Any:
    return mpmath.mpf(int(x > y)) if x != y else mpmath.mpf(0.5)


def smaller(x: Any, y: Any) -> Any:
    return larger(y, x)


def quotient_floor(x: Any, y: Any) -> Any:
    return -mpmath.floor(x / y)


def quotient_trunc(x: Any, y: Any) -> Any:
    q = x / y
    return -(mpmath.floor(q) if q > 0 else mpmath.ceil(q))


LINES: dict[Primitive, Line] = {
    ops.add: Line((one, one), others="real"),
    ops.sub: Line((one, lambda x, y: mpmath.mpf(-1)), others="real"),
    ops.mul: Line((lambda x, y: y, lambda x, y: x), others="real"),
    ops.div: Line((lambda x, y: 1 / y, lambda x, y: -x / y / y), others="real"),
    ops.mod: Line((one, quotient_floor), "moderate", others="moderate"),
    ops.fmod: Line((one, quotient_trunc), "moderate", others="moderate"),
    ops.pow_: Line(
        (power_by_base, lambda x, y: mpmath.power(x, y) * mpmath.log(x)), "positive", (1.0,), others="exponent"
    ),
    ops.neg: Line((lambda x: mpmath.mpf(-1),)),
    ops.abs_: Line((mpmath.sign,)),
    ops.exp: Line((mpmath.exp,)),
    ops.exp2: Line((lambda x: mpmath.log(2) * mpmath.power(2, x),)),
    ops.expm1: Line((mpmath.exp,)),
    ops.log: Line((lambda x: 1 / x,), "positive", (1.0,)),
    ops.log2: Line((lambda x: 1 / (x * mpmath.log(2)),), "positive", (1.0,)),
    ops.log10: Line((lambda x: 1 / (x * mpmath.log(10)),), "positive", (1.0,)),
    ops.log1p: Line((lambda x: 1 / (1 + x),), "above -1", (0.0, -1.0)),
    ops.sqrt: Line((lambda x: 1 / (2 * mpmath.sqrt(x)),), "positive"),
    ops.cbrt: Line((lambda x: 1 / (3 * mpmath.cbrt(abs(x)) ** 2),)),
    ops.sin: Line((mpmath.cos,), near=(0.0, np.pi / 2, np.pi)),
    ops.cos: Line((lambda x: -mpmath.sin(x),), near=(0.0, np.pi / 2, np.pi)),
    ops.tan: Line((lambda x: 1 + mpmath.tan(x) ** 2,), near=(0.0, np.pi / 2, np.pi)),
    ops.arcsin: Line((lambda x: 1 / mpmath.sqrt((1 - x) * (1 + x)),), "unit", (0.0, 1.0, -1.0)),
    ops.arccos: Line((lambda x: -1 / mpmath.sqrt((1 - x) * (1 + x)),), "unit", (0.0, 1.0, -1.0)),
    ops.arctan: Line((lambda x: 1 / (1 + x * x),)),
    ops.arctan2: Line((lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)), others="real"),
    ops.hypot: Line((lambda x, y: x / mpmath.hypot(x, y), lambda x, y: y / mpmath.hypot(x, y)), others="real"),
    ops.sinh: Line((mpmath.cosh,)),
    ops.cosh: Line((mpmath.sinh,)),
    ops.tanh: Line((sech2,), near=(0.0, 1.0, 9.0, 19.0)),
    ops.arcsinh: Line((lambda x: 1 / mpmath.sqrt(x * x + 1),)),
    ops.arccosh: Line((lambda x: 1 / mpmath.sqrt((x - 1) * (x + 1)),), "above 1", (1.0,)),
    ops.arctanh: Line((lambda x: 1 / ((1 - x) * (1 + x)),), "unit", (0.0, 1.0, -1.0)),
    ops.deg2rad: Line((lambda x: mpmath.pi / 180,)),
    ops.rad2deg: Line((lambda x: 180 / mpmath.pi,)),
    ops.sinc: Line((sinc_slope,), near=(0.0, 0.01, 0.5, 1.0, 1.43), rooted=np.pi),
    ops.erf: Line((gaussian(1),)),
    ops.erfc: Line((gaussian(-1),)),
    ops.gamma: Line((lambda x: mpmath.gamma(x) * mpmath.digamma(x),), "not whole", (1.0, 1.46), rooted=1.0),
    ops.lgamma: Line((mpmath.digamma,), "not whole", (1.0, 1.46), rooted=1.0),
    ops.digamma: Line((lambda x: mpmath.psi(1, x),), "not whole", (1.0, 1.46)),
    ops.logaddexp: Line(share(mpmath.e), others="real"),
    ops.logaddexp2: Line(share(mpmath.mpf(2)), others="real"),
    ops.copysign: Line((lambda x, y: mpmath.sign(x) * mpmath.sign(y), zero), others="real"),
    ops.maximum: Line((larger, smaller), others="real"),
    ops.minimum: Line((smaller, larger), others="real"),
    ops.fmax: Line((larger, smaller), others="real"),
    ops.fmin: Line((smaller, larger), others="real"),
}


def by_differences(text: str) -> Callable[[Any], Any]:
    """The derivative of an expression of x, by differences with more digits than are asked for."""

    def slope(x: Any) -> Any:
        size = abs(int(mpmath.mag(x))) if x else 0
        with mpmath.workprec(4 * (PRECISION + size)):
            return mpmath.diff(lambda x: eval(text, {"mpmath": mpmath, "x": x}), x, relative=True)

    return slope


# What its row in the table of operations states is enough.
LINES |= {
    primitive: Line((by_differences(primitive.public.exact),), primitive.public.samples)
    for primitive in RULES
    if primitive.public.exact
}


def signed(values: Sample, rng: np.random.Generator) -> Sample:
    return values * rng.choice([-1.0, 1.0], len(values))


def sampled(domain: str, near: tuple[float, ...], dtype: str) -> Sample:
    """Every order of magnitude as often, the usual sizes, and both sides of the special points."""
    rng, limits = np.random.default_rng(7), np.finfo(dtype)
    low, high = (1e-3, 1e4) if domain == "moderate" else (float(limits.tiny), float(limits.max) / 4)
    sizes = np.exp(rng.uniform(np.log(low), np.log(high), 160))
    usual = np.concatenate([rng.uniform(0.0, 2.0, 40), rng.uniform(0.0, 40.0, 60), rng.uniform(40.0, 800.0, 40)])
    steps = 2.0 ** -rng.uniform(0.0, limits.nmant + 2, (len(near), 50))
    close = np.concatenate([point + signed(row, rng) for point, row in zip(near, steps, strict=True)])
    values = np.concatenate([signed(np.concatenate([sizes, usual]), rng), close])
    if domain in ("positive", "above 1", "above -1"):
        values[: len(sizes) + len(usual)] = np.abs(values[: len(sizes) + len(usual)])
    if domain == "exponent":
        values = np.concatenate([signed(usual / 20.0, rng), signed(sizes[:80] ** 0.02, rng), signed(sizes[80:], rng)])
        values = np.concatenate([values, np.arange(-4.0, 5.0), np.arange(-3.5, 4.0)])
    values = values.astype(dtype)
    inside = {
        "positive": values > 0,
        "unit": np.abs(values) < 1,
        "above 1": values > 1,
        "above -1": values > -1,
        "not whole": (values > 0) | (values != np.rint(values)) & (values > -40),
    }
    return values[inside[domain]] if domain in inside else values


def arguments(primitive: Primitive, dtype: str) -> tuple[Sample, ...]:
    """Where the value is a number that is neither infinite nor too small to be normal."""
    line = LINES[primitive]
    given = [sampled(line.domain, line.near, dtype)]
    if line.others:
        rng = np.random.default_rng(8)
        x, y = rng.permutation(np.resize(given[0], 600)), np.resize(sampled(line.others, (0.0, 1.0), dtype), 600)
        with np.errstate(over="ignore", under="ignore"):
            near = (x[:150] * (1.0 + signed(2.0 ** -rng.uniform(0.0, 40.0, 150), rng))).astype(dtype)
            beside = (x[150:300] + rng.uniform(-30.0, 30.0, 150)).astype(dtype)
        if line.domain == "moderate":  # next to multiples
            x[:150] = (np.rint(x[:150]) * y[:150]).astype(dtype)
            x[:75] = np.nextafter(x[:75], np.zeros(75, dtype))
        elif line.domain == line.others:
            y = np.concatenate([y[:300], near, beside])
            x = np.concatenate([x[:300], x[:300]])
        given = [x, y]
    assert primitive.evaluate is not None
    with np.errstate(all="ignore"):
        value = np.array([primitive.evaluate(*row) for row in zip(*given, strict=True)])
    fine = np.isfinite(value) & ((value == 0) | (np.abs(value) >= np.finfo(dtype).tiny))
    for each in given:
        fine &= np.isfinite(each) & ((each == 0) | (np.abs(each) >= np.finfo(dtype).tiny))
    return tuple(each[fine] for each in given)


def spelled(primitive: Primitive, *operands: str) -> str:
    """How a user writes it."""
    spelling = primitive.spelling
    assert spelling is not None
    match spelling.kind:
        case "binary":
            return f" {spelling.text} ".join(operands)
        case "unary":
            return f"{spelling.text}{operands[0]}"
        case _:
            text = spelling.text if "." in spelling.text or spelling.text == "abs" else f"special.{spelling.text}"
            return f"{text}({', '.join(operands)})"


def units(found: Any, exact: Any, dtype: str, scale: float = 0.0) -> float:
    """The distance in units in the last place of the exact number, or of `scale` if that is larger.

    Numbers too large are infinite; numbers too small to be normal may be zero.
    """
    limits = np.finfo(dtype)
    size = max(abs(exact), mpmath.mpf(scale))
    if abs(exact) > float(limits.max):
        return 0.0 if abs(float(found)) >= float(limits.max) * (1 - 1e-6) and found * exact > 0 else np.inf
    if np.isnan(found):
        return np.inf
    if size < float(limits.tiny) and abs(float(found)) <= float(limits.tiny):
        return 0.0
    if np.isinf(found):
        return 1.0 if size > float(limits.max) * (1 - 1e-6) else np.inf
    return float(abs(mpmath.mpf(float(found)) - exact) / mpmath.mpf(float(np.spacing(np.dtype(dtype).type(size)))))


def worst(primitive: Primitive, given: tuple[Sample, ...], found: list[Sample], dtype: str) -> tuple[float, str]:
    """The largest distance, and where."""
    line = LINES[primitive]
    largest, where = 0.0, ""
    with mpmath.workprec(PRECISION):
        for k, partial in enumerate(line.partials):
            for row in zip(found[k], *given, strict=False):
                exact = partial(*(mpmath.mpf(float(each)) for each in row[1:]))
                scale = line.rooted and _further_off(partial, row[1:], line.rooted)
                distance = units(row[0], exact, dtype, scale)
                if not distance <= largest:
                    largest, where = distance, f"{primitive.name}{row[1:]} by x{k}: {row[0]} is not {float(exact)}"
    return largest, where


def _further_off(partial: Callable[..., Any], row: tuple[Any, ...], scale: float) -> float:
    """The change of the derivative when the argument changes by its own size, as far as its curvature says."""
    (x,) = (mpmath.mpf(float(each)) for each in row)
    step = abs(x) * mpmath.mpf(2) ** -60
    return float(abs(partial(x + step) - partial(x - step)) / (2 * step) * abs(x))


def test_every_line_has_a_domain() -> None:
    assert set(RULES) == set(LINES) | WITHOUT_ARITHMETIC


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("primitive", LINES, ids=lambda each: each.name)
def test_as_plain_python(primitive: Primitive, dtype: str) -> None:
    given = arguments(primitive, dtype)
    names = "xy"[: len(given)]
    lines = (
        f"def case({', '.join(names)}):",
        "    z = np.zeros(x.shape[0], x.dtype)",
        "    for i in range(x.shape[0]):",
        f"        z[i] = {spelled(primitive, *(f'{name}[i]' for name in names))}",
        "    return z",
    )
    function = defined("\n".join(lines), f"<derivative of {primitive.name}>")
    cotangent = np.ones(len(given[0]), dtype)
    _, found = emit(function, given, mode="vjp").call(*given, cotangents=(cotangent,))
    distance, where = worst(primitive, given, found, dtype)
    assert distance <= LINES[primitive].limit, f"{where} ({distance:.1f} units)"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_compiled(dtype: str) -> None:
    """All lines in one program."""
    given = {primitive: arguments(primitive, dtype) for primitive in LINES}
    count = max(len(each[0]) for each in given.values())
    x = np.array([np.resize(each[0], count) for each in given.values()])
    y = np.array([np.resize(each[-1], count) for each in given.values()])
    lines = ["def case(x, y):", "    z = np.zeros(x.shape, x.dtype)", "    for i in range(x.shape[1]):"]
    for row, primitive in enumerate(LINES):
        operands = (f"x[{row}, i]", f"y[{row}, i]")[: primitive.arity]
        lines.append(f"        z[{row}, i] = {spelled(primitive, *operands)}")
    function = defined("\n".join([*lines, "    return np.sum(z)"]), "<derivatives>")
    _, found = ad.value_and_grad(function, argnums=(0, 1), cache=False)(x, y)
    for row, (primitive, arrays) in enumerate(given.items()):
        distance, where = worst(primitive, arrays, [each[row] for each in found], dtype)
        assert distance <= LINES[primitive].limit, f"{where} ({distance:.1f} units)"
