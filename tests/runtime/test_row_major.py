"""Matrices from `np.linalg` have C order in compiled code too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime import row_major
from tests.emitted import emit

rng = np.random.default_rng(7)
A = rng.normal(size=(3, 3))
A = A @ A.T + 3.0 * np.eye(3)


@pytest.mark.parametrize(
    ("name", "more", "numpys"),
    [
        ("inv", (), np.linalg.inv),
        ("pinv", (1e-15,), np.linalg.pinv),
        ("qr", (), np.linalg.qr),
        ("svd", (False,), np.linalg.svd),
        ("eigh", (), np.linalg.eigh),
    ],
)
def test_results_are_numpys(name: str, more: tuple[Any, ...], numpys: Any) -> None:
    found, expected = row_major.function(name)(A, *more), numpys(A, *more)
    for one, other in zip(*(each if isinstance(each, tuple) else (each,) for each in (found, expected)), strict=True):
        assert one.flags.c_contiguous
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def reshaped(a: Any) -> Any:
    weights = np.arange(9.0)
    s = np.linalg.inv(a).ravel() @ weights + np.sum(np.linalg.pinv(a).reshape(9) * weights)
    w, v = np.linalg.eigh(a)
    q, r = np.linalg.qr(a)
    u, t, vh = np.linalg.svd(a, full_matrices=False)
    s += v.ravel() ** 2 @ weights + q.ravel() @ weights + r.reshape(9) @ weights
    return (
        s + (u[:, :, None] * vh).reshape(27) @ np.arange(27.0) * t[0] * w[1] + np.linalg.solve(a, a.T).ravel() @ weights
    )


def test_reshapes_of_results() -> None:
    value, gradient = ad.value_and_grad(reshaped)(A)
    values, gradients = emit(reshaped, (A,)).call(A)
    np.testing.assert_allclose(value, values[0], rtol=1e-11)
    np.testing.assert_allclose(gradient, gradients[0], rtol=1e-9, atol=1e-9)
