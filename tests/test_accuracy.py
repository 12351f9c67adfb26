"""Elementwise functions against mpmath: in units in the last place of the correctly rounded value.

Left out are those whose own library is further off: `sinc` and `logaddexp2` compute as NumPy does, `ndtr` loses
digits far out, `lgamma` and `digamma` close to their negative roots. The functions of libmvec have tests of their own.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

import adcompile as ad
from adcompile.ops.scalar import SCALARS
from tests.catalogue import defined
from tests.emitted import emit

mpmath.mp.prec = 160
LIMIT = 4.0
LIMITS = {"math.gamma": 10.0}

RNG = np.random.default_rng(20)


def even(low: float, high: float) -> np.ndarray[Any, Any]:
    return RNG.uniform(low, high, 150)


def sizes(low: float, high: float) -> np.ndarray[Any, Any]:
    """Every order of magnitude as often."""
    return np.exp(RNG.uniform(np.log(low), np.log(high), 150))


def both(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return values * RNG.choice([-1.0, 1.0], len(values))


NEAR_ZERO = both(sizes(1e-12, 1.0))
POSITIVE = np.concatenate([sizes(1e-300, 1e300), even(0.5, 2.0)])
REAL = np.concatenate([NEAR_ZERO, even(-10.0, 10.0), both(sizes(1e-3, 1e5))])
UNIT = np.concatenate([NEAR_ZERO, even(-1.0, 1.0)])
ANY = both(sizes(1e-300, 1e300))
GAMMA = np.concatenate([sizes(1e-8, 170.0), even(1.0, 3.0)])


def exact_logit(x: Any) -> Any:
    return mpmath.log(x / (1 - x))


FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "np.exp": (mpmath.exp, np.concatenate([NEAR_ZERO, even(-700, 700)])),
    "np.exp2": (lambda x: mpmath.power(2, x), np.concatenate([NEAR_ZERO, even(-1000, 1000)])),
    "np.expm1": (mpmath.expm1, np.concatenate([NEAR_ZERO, even(-30, 700)])),
    "np.log": (mpmath.log, POSITIVE),
    "np.log2": (lambda x: mpmath.log(x) / mpmath.log(2), POSITIVE),
    "np.log10": (mpmath.log10, POSITIVE),
    "np.log1p": (mpmath.log1p, np.concatenate([sizes(1e-12, 1e10), -sizes(1e-12, 0.99)])),
    "np.sqrt": (mpmath.sqrt, POSITIVE),
    "np.cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), ANY),
    "np.reciprocal": (lambda x: 1 / x, ANY),
    "np.sin": (mpmath.sin, REAL),
    "np.cos": (mpmath.cos, REAL),
    "np.tan": (mpmath.tan, REAL),
    "np.arcsin": (mpmath.asin, UNIT),
    "np.arccos": (mpmath.acos, np.concatenate([UNIT, 1.0 - sizes(1e-10, 1.0)])),
    "np.arctan": (mpmath.atan, ANY),
    "np.sinh": (mpmath.sinh, both(sizes(1e-8, 700.0))),
    "np.cosh": (mpmath.cosh, both(sizes(1e-8, 700.0))),
    "np.tanh": (mpmath.tanh, both(sizes(1e-8, 30.0))),
    "np.arcsinh": (mpmath.asinh, ANY),
    "np.arccosh": (mpmath.acosh, 1.0 + sizes(1e-10, 1e100)),
    "np.arctanh": (mpmath.atanh, UNIT),
    "np.deg2rad": (mpmath.radians, ANY),
    "np.rad2deg": (mpmath.degrees, ANY),
    "math.erf": (mpmath.erf, both(sizes(1e-8, 7.0))),
    "math.erfc": (mpmath.erfc, np.concatenate([NEAR_ZERO, even(-6.0, 26.0)])),
    "math.gamma": (mpmath.gamma, np.concatenate([GAMMA, even(-20.0, 0.0)])),
    "math.lgamma": (mpmath.loggamma, np.concatenate([GAMMA, sizes(10.0, 1e10)])),
    "special.digamma": (mpmath.digamma, np.concatenate([GAMMA, even(1.4, 1.5), sizes(10.0, 1e10)])),
    "special.expit": (lambda x: 1 / (1 + mpmath.exp(-x)), np.concatenate([NEAR_ZERO, even(-700, 40)])),
    "special.log_expit": (lambda x: -mpmath.log1p(mpmath.exp(-x)), np.concatenate([NEAR_ZERO, even(-700, 700)])),
    "special.logit": (exact_logit, np.concatenate([sizes(1e-12, 1.0), even(0.0, 1.0), 0.5 + 0.1 * NEAR_ZERO])),
    "special.entr": (lambda x: -x * mpmath.log(x), POSITIVE),
    "np.power": (mpmath.power, np.concatenate([sizes(1e-3, 1e3), sizes(0.9, 1.1)]), both(sizes(1e-2, 90.0)).repeat(2)),
    "np.logaddexp": (lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)), even(-50, 50), even(-50, 50)),
    "np.arctan2": (mpmath.atan2, both(sizes(1e-8, 1e8)), both(sizes(1e-8, 1e8))),
    "np.hypot": (mpmath.hypot, sizes(1e-3, 1e3), sizes(1e-3, 1e3)),
    "np.fmod": (lambda x, y: mpmath.sign(x) * mpmath.fmod(abs(x), abs(y)), both(sizes(0.01, 1e6)), sizes(0.01, 1e6)),
    "np.remainder": (lambda x, y: x - y * mpmath.floor(x / y), both(sizes(0.01, 1e6)), sizes(0.01, 1e6)),
    "special.xlogy": (lambda x, y: x * mpmath.log(y), both(sizes(1e-8, 1e8)), sizes(1e-8, 1e8)),
    "special.xlog1py": (lambda x, y: x * mpmath.log1p(y), both(sizes(1e-8, 1e8)), sizes(1e-8, 1e8)),
}

SAMPLES = {"real": np.concatenate([NEAR_ZERO, even(-700.0, 700.0)]), "positive": POSITIVE, "unit": UNIT}


def value_of(text: str) -> Any:
    """The value of an expression of x."""
    return lambda x: eval(text, {"mpmath": mpmath, "x": x})


# What its row in the table of operations states is enough.
for primitive in SCALARS.values():
    public = primitive.public
    names = (*(f"np.{name}" for name in public.numpy), *(f"special.{name}" for name in public.special))
    if public.exact:
        FUNCTIONS |= {name: (value_of(public.exact), SAMPLES[public.samples]) for name in names}


def units(found: Any, exact: Any) -> float:
    """The distance in units in the last place of the exact value; zero where that is no normal number."""
    size = abs(float(exact))
    if size < 1e-305 or size > 1e305:
        return 0.0
    return float(abs(mpmath.mpf(float(found)) - exact) / mpmath.mpf(float(np.spacing(size))))


def check(name: str, found: Any) -> None:
    """The values at the arguments, again from the beginning if there are more, are within the limit."""
    reference, *arguments = FUNCTIONS[name]
    for one, row in zip(found, zip(*(map(float, each) for each in arguments), strict=True), strict=False):
        distance = units(one, reference(*map(mpmath.mpf, row)))
        assert distance <= LIMITS.get(name, LIMIT), f"{name}{row} is {distance:.1f} units off"


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if not name.startswith("math.")])
def test_as_plain_python(name: str) -> None:
    """NumPy's functions, and ours; those of `math` are Python's own there, `lgamma` up to 25 units off."""
    _, *arguments = FUNCTIONS[name]
    parameters = ", ".join("xy"[: len(arguments)])
    lines = (
        f"def case({parameters}):",
        "    z = np.zeros(x.shape[0])",
        "    for i in range(x.shape[0]):",
        f"        z[i] = {name}({parameters.replace('x', 'x[i]').replace('y', 'y[i]')})",
        "    return z",
    )
    function = defined("\n".join(lines), f"<accuracy of {name}>")
    (found,), _ = emit(function, tuple(arguments), mode="vjp").call(
        *arguments, cotangents=(np.ones(len(arguments[0])),)
    )
    check(name, found)


def test_compiled() -> None:
    """All of them in one program: Numba's own functions, and ours as it compiles them."""
    count = max(len(arguments[0]) for _, *arguments in FUNCTIONS.values())
    x = np.array([np.resize(arguments[0], count) for _, *arguments in FUNCTIONS.values()])
    y = np.array([np.resize(arguments[-1], count) for _, *arguments in FUNCTIONS.values()])
    lines = ["def case(x, y):", "    z = np.zeros(x.shape)", "    for i in range(x.shape[1]):"]
    for row, (name, (_, *arguments)) in enumerate(FUNCTIONS.items()):
        given = f"x[{row}, i]" + (f", y[{row}, i]" if len(arguments) == 2 else "")
        lines.append(f"        z[{row}, i] = {name}({given})")
    function = defined("\n".join([*lines, "    return np.sum(x), z"]), "<accuracy>")
    (_, found), _ = ad.value_and_grad(function, has_aux=True, cache=False)(x, y)
    for name, row in zip(FUNCTIONS, found, strict=True):
        check(name, row)
