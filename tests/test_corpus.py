"""Every corpus program against every oracle: plain Python, dual numbers, the reference interpreter, Numba."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adcompile as ad
from adcompile import pipeline, testing
from adcompile.ad.reverse import IMPROVEMENTS
from adcompile.codegen import repeated
from adcompile.ir.interpreter import run
from adcompile.passes import sequence
from tests.corpus import PROGRAMS, Program
from tests.emitted import Emitted, emit, negative_indices, numbers_of
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
    return {"rtol": 1e-4, "atol": 1e-5} if program.single else {"rtol": 1e-9, "atol": 1e-10}


def _check_against_oracles(program: Program, emitted: Emitted) -> None:
    """The value against plain Python, each gradient against dual numbers; shapes and dtypes too."""
    args = program.args()
    values, gradients = emitted.call(*args, cotangents=_cotangents(program))
    for computed, plain in zip(values, numbers_of([_value(program)]), strict=True):
        np.testing.assert_allclose(computed, plain, **_tolerance(program))
        assert np.asarray(computed).dtype == np.asarray(plain).dtype
    weights = testing.fixed_cotangents(_value(program))
    exact = oracle_gradient(program.function, args, has_aux=program.has_aux, cotangents=weights)
    for gradient, reference, place in zip(gradients, exact, testing.float_places(args), strict=True):
        assert np.shape(gradient) == np.shape(place.value)
        assert np.asarray(gradient).dtype == np.asarray(place.value).dtype
        np.testing.assert_allclose(gradient, reference, **_tolerance(program))


@every_program
def test_emitted_python(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """One build, verified after every pass, serves all that is asked of it: most of the time goes into building."""
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "VERIFY", "1")
        emitted = _emit(program)
    _check_against_oracles(program, emitted)
    _check_unmodified(program, emitted)
    _check_against_interpreter(program, emitted)
    assert negative_indices(emitted, program.args(), _cotangents(program)) == set(), "promised to be none"
    assert _emit(program).build.text == emitted.build.text, "the text is not deterministic"


def _check_unmodified(program: Program, emitted: Emitted) -> None:
    args, untouched = program.args(), program.args()
    emitted.call(*args, cotangents=_cotangents(program))
    for after, before in zip(testing.leaves(args), testing.leaves(untouched), strict=True):
        np.testing.assert_array_equal(after, before)


def _check_against_interpreter(program: Program, emitted: Emitted) -> None:
    """The reference interpreter computes the same values from the graph."""
    graph = emitted.build.graph
    assert graph is not None
    outputs = run(graph, emitted.numbers(*program.args()))
    expected = numbers_of([_value(program)])
    for computed, plain in zip(outputs[: len(expected)], expected, strict=True):
        np.testing.assert_allclose(computed, plain, **_tolerance(program))
        assert np.asarray(computed).dtype == np.asarray(plain).dtype


@every_program
def test_passes_may_be_left_out(program: Program) -> None:
    optional = sequence.OPTIONAL.union(IMPROVEMENTS)
    _check_against_oracles(program, _emit(program, disabled=optional))


@every_program
def test_what_repeats_may_stand_in_functions(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    thresholds = {"LONG": 0, "SHORTEST": 1, "FEWEST_PLACES": 2, "FEWEST_LOOPS": 0, "WORTHWHILE": -40, "MOST_PARTS": 4}
    for name, value in thresholds.items():
        monkeypatch.setattr(repeated, name, value)
    _check_against_oracles(program, _emit(program))


@every_compiled_program
def test_numba_agrees(program: Program) -> None:
    args = program.args()
    active = tuple(sorted({place.argument for place in testing.float_places(args)}))
    value, gradient = ad.value_and_grad(program.function, argnums=active, has_aux=program.has_aux)(*args)
    if program.has_aux:
        value, auxiliary = value
        for computed, plain in zip(testing.leaves(auxiliary), testing.leaves(program.function(*args)[1]), strict=True):
            np.testing.assert_allclose(computed, plain, **_tolerance(program))
    np.testing.assert_allclose(value, _value(program), **_tolerance(program))
    exact = oracle_gradient(program.function, args, has_aux=program.has_aux)
    for computed, reference in zip(numbers_of(gradient), exact, strict=True):
        np.testing.assert_allclose(computed, reference, **_tolerance(program))


SLICE = {
    "np": """abs exp log log1p expm1 sqrt sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh maximum minimum where
        sum mean max min dot zeros ones empty full eye zeros_like ones_like empty_like full_like arange linspace reshape
        transpose flip concatenate stack outer diag clip""",
    "math": "exp log log1p expm1 sqrt sin cos tan asin acos atan atan2 sinh cosh tanh fabs",
    "method": "sum mean max min dot reshape transpose clip shape T size ndim",
    "builtin": "abs len max min range",
    "operator": """Add Sub Mult Div FloorDiv Mod Pow MatMult USub UAdd Not And Or Lt LtE Gt GtE Eq NotEq If IfExp For
        AugAssign AnnAssign Return Slice Tuple Lambda FunctionDef""",
}


def _names_used() -> dict[str, set[str]]:
    """What the corpus mentions, sorted as `SLICE` is."""
    used: dict[str, set[str]] = {kind: set() for kind in SLICE}
    for path in sorted((Path(__file__).parent / "corpus").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            used["operator"].add(type(node).__name__)
            if isinstance(node, ast.Attribute):
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                used[owner if owner in ("np", "math") else "method"].add(node.attr)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                used["builtin"].add(node.func.id)
    return used


@pytest.mark.parametrize("kind", SLICE)
def test_every_name_of_the_language_is_exercised(kind: str) -> None:
    assert set(SLICE[kind].split()) - _names_used()[kind] == set()
