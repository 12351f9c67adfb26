"""Every corpus program against every oracle: plain Python, dual numbers, the reference interpreter, Numba."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adcompile import testing
from tests.corpus import PROGRAMS, Program
from tests.emitted import Emitted, emit, numbers_of
from tests.oracles import oracle_gradient

COMPILED = [program for program in PROGRAMS if program.compiled]

every_program = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
every_compiled_program = pytest.mark.parametrize("program", COMPILED, ids=lambda program: program.name)


def _value(program: Program) -> Any:
    with np.errstate(all="ignore"):
        result = program.function(*program.args())
    return result[0] if program.has_aux else result


def _emit(program: Program, **options: Any) -> Emitted:
    mode = "grad" if testing.is_scalar(_value(program)) else "vjp"
    return emit(program.function, program.args(), mode=mode, has_aux=program.has_aux, **options)


def _cotangents(program: Program) -> list[Any]:
    """What the entry takes after the arguments: nothing for a scalar result."""
    value = _value(program)
    return [] if testing.is_scalar(value) else testing.fixed_cotangents(value)


def _tolerance(program: Program) -> dict[str, float]:
    single = program.name.startswith("float32.")
    return {"rtol": 1e-4, "atol": 1e-5} if single else {"rtol": 1e-9, "atol": 1e-10}


@every_program
def test_value_and_gradient_of_emitted_python(program: Program) -> None:
    args = program.args()
    values, gradients = _emit(program).call(*args, cotangents=_cotangents(program))
    expected = numbers_of([_value(program)])
    for computed, plain in zip(values, expected, strict=True):
        np.testing.assert_allclose(computed, plain, **_tolerance(program))
        assert np.asarray(computed).dtype == np.asarray(plain).dtype
    exact = oracle_gradient(
        program.function,
        args,
        has_aux=program.has_aux,
        cotangents=testing.fixed_cotangents(_value(program)),
    )
    places = testing.float_places(args)
    for gradient, reference, place in zip(gradients, exact, places, strict=True):
        assert np.shape(gradient) == np.shape(place.value)
        assert np.asarray(gradient).dtype == np.asarray(place.value).dtype
        np.testing.assert_allclose(gradient, reference, **_tolerance(program))


@every_program
def test_arguments_are_unmodified(program: Program) -> None:
    args, untouched = program.args(), program.args()
    _emit(program).call(*args, cotangents=_cotangents(program))
    for after, before in zip(testing.leaves(args), testing.leaves(untouched), strict=True):
        np.testing.assert_array_equal(after, before)


@every_program
def test_text_is_deterministic(program: Program) -> None:
    assert _emit(program).build.text == _emit(program).build.text
