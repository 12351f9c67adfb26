"""Products of a matrix and a vector in compiled code: loops for few elements, BLAS for many, the same numbers."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime import products
from adcompile.runtime.products import FEW

PRODUCT = products.product()
PRODUCT_INTO = products.product_into()


@numba.njit(error_model="numpy")
def multiply(x, y):  # type: ignore[no-untyped-def]
    return PRODUCT(x, y)


@numba.njit(error_model="numpy")
def multiply_into(x, y, z):  # type: ignore[no-untyped-def]
    PRODUCT_INTO(x, y, z)
    return z


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(3, 5), (1, 1), (0, 4), (4, 0), (FEW // 8, 8), (FEW // 8 + 1, 8)])
def test_matrix_and_vector(shape: tuple[int, int], order: str, dtype: type) -> None:
    rng = np.random.default_rng(0)
    w = np.asarray(rng.normal(size=shape).astype(dtype), order=order)
    v, u = rng.normal(size=shape[1]).astype(dtype), rng.normal(size=shape[0]).astype(dtype)
    for computed, expected in ((multiply(w, v), w @ v), (multiply(u, w), u @ w)):
        assert computed.dtype == dtype
        np.testing.assert_allclose(computed, expected, rtol=64 * np.finfo(dtype).eps, atol=64 * np.finfo(dtype).eps)
    for x, y in ((w, v), (u, w)):
        np.testing.assert_array_equal(multiply_into(x, y, np.full(len(x @ y), np.nan, dtype)), multiply(x, y))


@pytest.mark.parametrize(("columns", "length"), [(4, 2), (5, 3)])
def test_extents_that_do_not_fit_raise(columns: int, length: int) -> None:
    with pytest.raises(ValueError, match="not aligned"):
        multiply_into(np.ones((3, columns)), np.ones(4), np.ones(length))


def test_other_products_are_numbas() -> None:
    x, y = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(multiply(x, y), x @ y)
    np.testing.assert_array_equal(multiply(x[0], x[1]), x[0] @ x[1])
    np.testing.assert_array_equal(multiply_into(x, y, np.empty((2, 4))), x @ y)


def test_gradient_of_a_chain_of_products() -> None:
    def chain(w, x):  # type: ignore[no-untyped-def]
        for _ in range(3):
            x = np.tanh(w @ x)
        return np.sum(x @ w)

    rng = np.random.default_rng(1)
    ad.check_grads(chain, (rng.normal(size=(4, 4)), rng.normal(size=4)))
