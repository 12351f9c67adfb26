"""Compositions: NumPy functions written in NumPy stand at the user's line, and mean in Python what is built of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special

import adcompile as ad
from adcompile import compositions
from adcompile.compositions import norms, selection, solvers, sorting, special
from adcompile.errors import UnsupportedError


def chosen(x: Any) -> Any:
    y = x * x
    return y[np.argmax(y)] + np.median(y)


def spread(x: Any) -> Any:
    return np.var(x, mean=0.0)


def repeated(x: Any) -> Any:
    _, v = np.linalg.eigh(x)
    return np.sum(v * v * np.arange(3.0))


def test_everything_stands_in_the_users_file() -> None:
    files = {file for file, _ in ad.grad(chosen).source_map(np.ones(3)).values()}
    assert files == {__file__}
    assert "np.median(y)" in ad.grad(chosen).adjoint_source(np.ones(3))


@pytest.mark.parametrize("compiled", [True, False])
def test_what_a_composition_raises_names_the_users_line(compiled: bool) -> None:
    gradient = ad.grad(chosen)
    call = gradient if compiled else gradient.py_func(np.ones(3))
    line = chosen.__code__.co_firstlineno + 2
    with pytest.raises(ValueError, match=rf"attempt to get argmax of an empty sequence \(test_composed.py:{line}\)"):
        call(np.ones(0))


def test_what_a_rule_raises_names_the_users_line() -> None:
    line = repeated.__code__.co_firstlineno + 1
    with pytest.raises(np.linalg.LinAlgError, match=rf"no derivative \(test_composed.py:{line}\)"):
        ad.grad(repeated)(np.eye(3))


@pytest.mark.parametrize("reduction", [np.sum, np.max, np.min, np.prod])
def test_reductions_begin_with_a_number(reduction):
    def begun(x):
        return np.sum(reduction(x, initial=x))

    with pytest.raises(ValueError, match="`initial` must be a number"):
        ad.grad(begun, cache=False).adjoint_source(np.ones(3))


def test_arguments_that_are_not_supported_are_refused_at_the_call() -> None:
    with pytest.raises(UnsupportedError, match=r"these arguments of `np.var` are not supported") as refused:
        ad.grad(spread)(np.ones(3))
    assert refused.value.location is not None
    assert refused.value.location.line == spread.__code__.co_firstlineno + 1
    assert "Supported are: a, axis, dtype, ddof, keepdims, where." in str(refused.value)


X = np.array([-1.5, 0.25, 2.0])


@pytest.mark.parametrize(
    ("ours", "reference"),
    [
        (special.expit, scipy.special.expit),
        (special.log_expit, scipy.special.log_expit),
        (special.ndtr, scipy.special.ndtr),
        (special.softmax, scipy.special.softmax),
        (special.logsumexp, scipy.special.logsumexp),
        (sorting.sort, np.sort),
        (selection.median, np.median),
        (norms.norm, np.linalg.norm),
        (lambda x: solvers.solve_triangular(np.diag(x), x), lambda x: x / x),
    ],
)
def test_they_run_as_plain_python(ours: Any, reference: Any) -> None:
    np.testing.assert_allclose(ours(X), reference(X), rtol=1e-15)


def test_the_doors_keep_float32() -> None:
    single = X.astype(np.float32)
    assert compositions.floating(single).dtype == compositions.erfc(single).dtype == np.float32
    assert compositions.floating(np.arange(3)).dtype == np.float64
    assert compositions.floating(3) == 3.0
    assert [each.dtype for each in compositions.in_one_type(np.arange(3), single)] == [np.float64, np.float64]
