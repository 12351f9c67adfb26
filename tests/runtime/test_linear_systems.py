"""`solve` in compiled code: NumPy's results and errors for every layout."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from adcompile.runtime import linear_systems

compiled = linear_systems.solve()


@numba.njit
def solve(a: Any, b: Any) -> Any:
    return compiled(a, b)


rng = np.random.default_rng(3)
A = rng.normal(size=(4, 4))
VECTOR, MATRIX = rng.normal(size=4), rng.normal(size=(4, 3))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("b", [VECTOR, MATRIX], ids=["vector", "matrix"])
@pytest.mark.parametrize("a", [A, A.T, A[::-1]], ids=["C", "F", "strided"])
def test_values_are_numpys(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], dtype: str) -> None:
    a, b = a.astype(dtype, order="K"), b.astype(dtype)
    result = solve(a, b)
    assert result.dtype == dtype
    assert result.flags.c_contiguous
    np.testing.assert_allclose(result, np.linalg.solve(a, b), rtol=1e-12 if dtype == "float64" else 1e-4)


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_nothing_to_solve(shape: tuple[int, ...]) -> None:
    assert solve(np.empty((0, 0)), np.empty(shape)).shape == shape


def test_errors_are_numpys() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        solve(np.ones((2, 2)), np.ones(2))
    with pytest.raises(np.linalg.LinAlgError, match="must be square"):
        solve(np.ones((2, 3)), np.ones(2))
    with pytest.raises(ValueError, match="first extents"):
        solve(np.eye(3), np.ones(2))


def test_nan_is_handed_through() -> None:
    assert np.isnan(solve(np.diag((1.0, np.nan)), np.ones(2))[1])
