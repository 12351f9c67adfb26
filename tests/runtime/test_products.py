"""Products of a matrix and a vector in compiled code: loops for few elements, BLAS for many, the same numbers."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime import products
from adcompile.runtime.products import FEW

PRODUCT = products.product()


@numba.njit(error_model="numpy")
def multiply(x, y):  # type: ignore[no-untyped-def]
    return PRODUCT(x, y)


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


def test_other_products_are_numbas() -> None:
    x, y = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(multiply(x, y), x @ y)
    np.testing.assert_array_equal(multiply(x[0], x[1]), x[0] @ x[1])


def test_gradient_of_a_chain_of_products() -> None:
    def chain(w, x):  # type: ignore[no-untyped-def]
        for _ in range(3):
            x = np.tanh(w @ x)
        return np.sum(x @ w)

    rng = np.random.default_rng(1)
    ad.check_grads(chain, (rng.normal(size=(4, 4)), rng.normal(size=4)))
