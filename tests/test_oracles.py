"""The oracles agree with each other on the corpus, so that a disagreement with the compiler is the compiler's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from adcompile import testing
from tests.corpus import PROGRAMS, Program
from tests.oracles import difference_gradient, dot_product_gap, dual_gradient

# Programs whose arguments stand at a kink or a pole, where differences do not converge to the convention.
AT_KINKS = {
    "branches.where_with_singular_value_not_taken",
    "containers.numbers_in_tuples_and_lists",
    "reductions.extremes_with_ties",
    "reductions.maximum_with_ties",
    "scalars.dead_and_unused",
    "whiles.newton_square_root-zero_trips",
}

# Programs that ask for the type of a number, or round it: dual numbers have no answer, and differences serve there.
NOT_FOLLOWED = {
    "aliases.copies_stay_copies",
    "analysis.grouped",
    "analysis.interpolated_until_it_leaves",
    "analysis.likelihoods",
    "mutation.casts_on_store",
    "surface.builtins_on_numbers",
    "surface.dataclass_argument",
    "surface.arrays_without_axes_are_numbers",
    "surface.isinstance_dispatch",
    "surface.lists_beside_arrays",
    "surface.lists_where_numpy_takes_arrays",
    "surface.list_of_dataclasses",
    "surface.named_tuples",
}


# LAPACK takes no object arrays; these programs ask for no more than systems and determinants.
ELIMINATED = {
    "linear_algebra.results_changed_in_place",
    "linear_algebra.solve_in_loop",
    "linear_algebra.sum_and_difference_solved",
    "linear_algebra.transposed_operands",
}


def _value(program: Program) -> object:
    result = program.function(*program.args())
    return result[0] if program.has_aux else result


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_programs_run_as_plain_python(program: Program) -> None:
    value = _value(program)
    floats = [leaf for leaf in testing.leaves(value) if testing.is_float(leaf)]
    assert floats, "the result has no float to differentiate"
    assert all(np.all(np.isfinite(leaf)) for leaf in floats)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_dual_numbers_agree_with_differences(program: Program) -> None:
    if program.name in AT_KINKS:
        pytest.skip("differences do not converge at a kink")
    args = program.args()
    cotangents = testing.fixed_cotangents(_value(program))
    if program.name in NOT_FOLLOWED or (program.name.startswith("linear_algebra.") and program.name not in ELIMINATED):
        with pytest.raises((TypeError, AttributeError)):
            dual_gradient(program.function, args, has_aux=program.has_aux, cotangents=cotangents)
        return
    exact = dual_gradient(program.function, args, has_aux=program.has_aux, cotangents=cotangents)
    approximate = difference_gradient(program.function, args, has_aux=program.has_aux, cotangents=cotangents)
    tolerance = 2e-3 if program.single else 1e-6
    for one, two in zip(exact, approximate, strict=True):
        np.testing.assert_allclose(one, two, rtol=tolerance, atol=tolerance)


def test_corpus_is_large() -> None:
    assert len(PROGRAMS) >= 90
    assert sum(program.compiled for program in PROGRAMS) >= 20


def test_dual_numbers_are_exact() -> None:
    gradient = dual_gradient(lambda x, y: np.sum(x * np.exp(y)), (np.array([1.0, 2.0]), 0.5))
    np.testing.assert_allclose(gradient[0], [math.exp(0.5)] * 2, rtol=1e-15)
    np.testing.assert_allclose(gradient[1], 3.0 * math.exp(0.5), rtol=1e-15)


def test_dual_numbers_refuse_what_would_drop_a_derivative() -> None:
    table = np.zeros(3)

    def stores_into_integers(x: np.ndarray) -> float:
        k = np.zeros(3, dtype=np.int64)
        k[0] = x[0]
        return k[0] * x[1]

    with pytest.raises(TypeError):
        dual_gradient(stores_into_integers, (table,))


def test_dot_product_gap_sees_a_wrong_gradient() -> None:
    x = np.array([0.3, 0.8, -0.4])
    right = [np.cos(x)]
    assert abs(dot_product_gap(np.sin, (x,), right, [np.ones(3)])) < 1e-9
    assert abs(dot_product_gap(np.sin, (x,), [right[0] * [1.0, 1.001, 1.0]], [np.ones(3)])) > 1e-5


FUNCTIONS = {
    "nan left out": lambda x: np.nansum(np.where(x > 0.5, x * np.nan, x * x)) + np.nanmax(np.sin(x)),
    "nan replaced": lambda x: np.sum(np.nan_to_num(x * 2.0) * np.fmax(x, 0.1)),
    "only some": lambda x: np.sum(x * x, where=~np.isnan(x)),
    "sorted": lambda x: np.sort(np.sin(x))[0] * np.std(x),
    "linear system": lambda x: np.sum(np.linalg.solve(np.outer(x, x) + 2.0 * np.eye(4), np.cos(x))),
    "inverse and determinant": lambda x: np.linalg.det(np.linalg.inv(np.outer(x, x) + np.eye(4))) + np.linalg.norm(x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_dual_arrays(name):
    x = np.array([0.3, -1.2, 0.4, 0.2])
    (exact,) = dual_gradient(FUNCTIONS[name], (x,))
    (near,) = difference_gradient(FUNCTIONS[name], (x,))
    np.testing.assert_allclose(exact, near, rtol=1e-6, atol=1e-8)
