"""Products of matrices and vectors in compiled code: loops for few elements, BLAS for many, the same numbers."""

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


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("orders", ["CC", "CF", "FC", "FF"])
@pytest.mark.parametrize(
    "shape", [(4, 4, 4), (1, 3, 2), (2, 1, 7), (0, 3, 2), (3, 0, 2), (3, 2, 0), (5, 7, 6), (30, 20, 40)]
)
def test_two_matrices(shape: tuple[int, int, int], orders: str, dtype: type) -> None:
    rng, (n, k, m) = np.random.default_rng(0), shape
    x = np.asarray(rng.normal(size=(n, k)).astype(dtype), order=orders[0])
    y = np.asarray(rng.normal(size=(k, m)).astype(dtype), order=orders[1])
    for computed in (multiply(x, y), multiply_into(x, y, np.full((n, m), np.nan, dtype))):
        assert computed.dtype == dtype
        eps = 64 * np.finfo(dtype).eps
        np.testing.assert_allclose(computed, x @ y, rtol=eps, atol=eps)


@pytest.mark.parametrize("wrong", [(3, 4, 5, 3, 4), (3, 4, 4, 2, 4), (3, 4, 4, 3, 5)])
def test_matrices_that_do_not_fit_raise(wrong: tuple[int, ...]) -> None:
    n, k, inner, rows, columns = wrong
    with pytest.raises(ValueError, match="not aligned"):
        multiply_into(np.ones((n, k)), np.ones((inner, 4)), np.ones((rows, columns)))


@pytest.mark.filterwarnings("ignore:np.*is faster on contiguous arrays")
def test_other_products_are_numbas() -> None:
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(multiply(x[0], x[1]), x[0] @ x[1])
    wide = np.arange(24.0).reshape(2, 12)[:, ::4]
    np.testing.assert_array_equal(multiply(wide, x.T), wide @ x.T)
    np.testing.assert_array_equal(multiply_into(wide, x.T, np.empty((2, 2))), wide @ x.T)


def test_gradient_of_a_chain_of_products() -> None:
    def chain(w, x):  # type: ignore[no-untyped-def]
        for _ in range(3):
            x = np.tanh(w @ x)
        return np.sum(x @ w)

    rng = np.random.default_rng(1)
    ad.check_grads(chain, (rng.normal(size=(4, 4)), rng.normal(size=4)))
