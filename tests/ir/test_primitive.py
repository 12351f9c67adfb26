"""The facts of the primitives: every one is classified, and what is declared is true of what they compute."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np
import pytest

from adcompile.frontend import elementary as _elementary
from adcompile.ir.primitive import Complex, Cost, Dtypes, Effect, Primitive, Total
from adcompile.ops import array, library, memory, scalar, special
from adcompile.ops.expression import mentions
from adcompile.ops.scalar import SCALARS
from adcompile.rules.table import RULES

REGISTERED = _elementary
EVERY = (*SCALARS.values(), *memory.MEMORY, *array.ARRAYS, *library.LIBRARY, library.multiply)
SAMPLES = (0.0, -0.0, 0.25, -0.25, 1.0, -1.0, 1.5, -2.5, 8.0, 100.0)
WHOLE = (0, 1, -1, 2, -2, 3, 7, -8, 63)
# In adjoints only, and no derivative of theirs is wanted.
UNDERIVED = {"trigamma"}

every = pytest.mark.parametrize("primitive", EVERY, ids=repr)
every_scalar = pytest.mark.parametrize("primitive", SCALARS.values(), ids=repr)


def _operands(primitive: Primitive, samples: tuple[Any, ...], dtype: str) -> list[tuple[Any, ...]]:
    """All combinations of samples; the first operand of `select` is a bool."""
    numbers = [np.dtype(dtype).type(x) for x in samples]
    axes: list[list[Any]] = [numbers] * primitive.arity
    if primitive.dtypes is Dtypes.CHOSEN:
        axes = [[np.True_, np.False_], *axes[1:]]
    if primitive.dtypes is Dtypes.LOGICAL:
        axes = [[np.True_, np.False_]] * primitive.arity
    return list(itertools.product(*axes))


def _value(primitive: Primitive, given: tuple[Any, ...]) -> Any:
    assert primitive.evaluate is not None
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return primitive.evaluate(*given)


def _takes_floats(primitive: Primitive) -> bool:
    try:
        _value(primitive, _operands(primitive, (1.5,), "float64")[0])
    except TypeError:
        return False
    return True


@every
def test_it_is_classified(primitive: Primitive) -> None:
    assert isinstance(primitive.cost, Cost) and isinstance(primitive.total, Total)
    assert isinstance(primitive.effect, Effect)
    assert primitive.elementwise == (primitive in SCALARS.values())
    if primitive.elementwise:
        assert primitive.dtypes is not None and primitive.evaluate is not None and primitive.spelling is not None
        assert (primitive.rule is not None) + primitive.flat == (primitive.name not in UNDERIVED)
        assert primitive.effect is Effect.PURE and primitive.cost is not Cost.ARRAYS and primitive.level is None
        assert primitive.bound is not None or not primitive.chooses
    else:
        everywhere = (memory.dim, memory.stride, memory.require, library.multiply)
        assert (primitive.level is None) == (primitive.routine is not None or primitive in everywhere)
    assert not primitive.drops_nan or primitive.chooses


def test_names_are_its_own() -> None:
    assert len({p.name for p in EVERY}) == len(EVERY)
    assert all(SCALARS[name].name == name for name in SCALARS)
    assert [p for p in vars(scalar).values() if isinstance(p, Primitive) and p.elementwise] == list(SCALARS.values())


@every
def test_what_names_an_array_reads_no_element_of_it(primitive: Primitive) -> None:
    if primitive.shares is not None:
        assert not primitive.touches(primitive.shares)
        assert primitive.effect in (Effect.PURE, Effect.READ)
    if primitive.effect is Effect.WRITE:
        assert primitive.touches(0)
    if primitive.asks_shapes:
        assert not any(map(primitive.touches, range(max(primitive.arity, 1)))) and primitive.shares is None
    assert primitive.accesses == (primitive in (memory.load, memory.store))
    if primitive.grows:
        assert primitive.reads(0) and primitive.effect is Effect.WRITE


@every_scalar
def test_commutative(primitive: Primitive) -> None:
    if not primitive.commutative:
        return
    dtype, samples = ("float64", SAMPLES) if _takes_floats(primitive) else ("int64", WHOLE)
    for x, y in _operands(primitive, samples, dtype):
        one, other = _value(primitive, (x, y)), _value(primitive, (y, x))
        assert np.array_equal(one, other) and np.signbit(one) == np.signbit(other)


@every_scalar
def test_result_has_the_declared_dtype(primitive: Primitive) -> None:
    if primitive.dtypes is Dtypes.CONVERTED or not _takes_floats(primitive):
        return
    for dtype in ("float64", "float32"):
        given = _operands(primitive, (0.75,), dtype)[0]
        found = np.asarray(_value(primitive, given)).dtype
        assert found == ("bool" if primitive.gives_bool else dtype)
    if primitive.dtypes is Dtypes.REAL:
        whole = _operands(primitive, (1,), "int64")[0]
        assert (
            np.asarray(_value(primitive, whole)).dtype.kind == "f"
            or primitive.name in special.FUNCTIONS
            or (not primitive.native_float32)
        )


@every_scalar
def test_bound(primitive: Primitive) -> None:
    if primitive.bound is None or not _takes_floats(primitive):
        return
    for given in _operands(primitive, SAMPLES, "float64"):
        value = abs(float(_value(primitive, given)))
        bound = primitive.bound(*(abs(float(x)) for x in given))
        assert math.isnan(value) or value <= bound * (1 + 1e-12)


@every_scalar
def test_total(primitive: Primitive) -> None:
    """Python's operator, on integers, has a result where it is declared to have one, and none elsewhere."""
    if primitive.exact is None:
        assert primitive.total in (Total.ALWAYS, Total.FINITE) or primitive in (scalar.div, scalar.fmod)
        return
    for given in itertools.product(WHOLE, repeat=primitive.arity):
        try:
            ok = isinstance(primitive.exact(*given), int)
        except (ZeroDivisionError, ValueError):
            ok = False
        assert primitive.total.holds_for(given[-1]) == ok


@every_scalar
def test_polynomial(primitive: Primitive) -> None:
    """Third differences along a line vanish."""
    if not primitive.polynomial:
        return
    line = [primitive.exact(*((3 + 2 * t, 5 - 7 * t)[: primitive.arity])) for t in range(6)]  # type: ignore[misc]
    assert not np.any(np.diff(line, 3))


@every_scalar
def test_chosen_operands_and_nan(primitive: Primitive) -> None:
    if not primitive.chooses:
        return
    for given in _operands(primitive, SAMPLES, "float64"):
        assert _value(primitive, given) in given
    if primitive.drops_nan:
        pairs = [(np.True_, 1.5, np.nan)] if primitive.dtypes is Dtypes.CHOSEN else [(np.float64(1.5), np.nan)]
    else:
        pairs = []
        assert np.isnan(_value(primitive, (np.float64(1.5), np.float64("nan"))))
    for given in pairs:
        assert _value(primitive, given) == 1.5


@every_scalar
def test_squares_are_not_negative(primitive: Primitive) -> None:
    if primitive.square is None:
        return
    nonnegative = tuple(x for x in SAMPLES if not np.signbit(x))
    always = primitive.square(*([False] * primitive.arity))
    for given in _operands(primitive, SAMPLES if always else nonnegative, "float64"):
        value = float(_value(primitive, given))
        assert math.isnan(value) or value >= 0


@every_scalar
def test_kept(primitive: Primitive) -> None:
    """What is declared worth keeping is a function that has a derivative."""
    if primitive.kept:
        assert primitive.is_function and primitive in RULES


@every_scalar
def test_complex(primitive: Primitive) -> None:
    """NumPy takes complex numbers where a meaning is declared; a holomorphic function fulfils Cauchy's equations."""
    function = primitive.evaluate
    if not isinstance(function, np.ufunc) or primitive.dtypes is Dtypes.LOGICAL:
        return
    point = (0.4 + 0.3j, 0.7 - 0.2j)[: primitive.arity]
    takes = any(types.startswith("D") for types in function.types)
    if primitive.complex is Complex.HOLOMORPHIC:
        assert takes
        step = 1e-6
        for k in range(primitive.arity):
            along = []
            for direction in (1.0, 1j):
                moved = [x + step * direction * (place == k) for place, x in enumerate(point)]
                along.append((function(*moved) - function(*point)) / (step * direction))
            np.testing.assert_allclose(*along, rtol=1e-4)
    elif primitive.complex is Complex.PARTS and primitive.dtypes is Dtypes.REAL:
        assert takes


def test_no_rule_reads_more_than_it_says() -> None:
    """The leaves of every rule are the cotangent, the result and the operands."""
    for primitive, rule in RULES.items():
        known = {"g", "z", *(f"x{k}" for k in range(primitive.arity))}
        for expr in rule.cotangents:
            assert expr is None or set(mentions(expr)) <= known
