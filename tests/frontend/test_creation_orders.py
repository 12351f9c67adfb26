"""New arrays in C or Fortran order: what `ravel` of them gives is a view or a copy, as it is in NumPy."""

import linecache

import numpy as np
import pytest

import adcompile as ad

MADE = (
    "np.zeros((2, 3), order={o})",
    "np.zeros((2, 3), float, {o})",
    "np.ones((2, 3), order={o})",
    "np.empty((2, 3), order={o})",
    "np.full((2, 3), s, order={o})",
    "np.zeros_like(x, order={o})",
    "np.ones_like(x, order={o})",
    "np.full_like(x, s, order={o})",
)
FLAT = ("a.ravel()", "a.T.ravel()", "a.reshape(-1)", "a.T.reshape(-1)")
TEXT = """
def f(x, s):
    a = {made}
    a[...] = x * s
    flat = {flat}
    flat[1] = s * 7.0
    return np.sum(a * np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]) * s) + np.sum(flat * flat)
"""


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)


@pytest.mark.parametrize("flat", FLAT)
@pytest.mark.parametrize("order", ["'C'", "'F'"])
@pytest.mark.parametrize("made", MADE)
def test_views_of_new_arrays(made, order, flat):
    text, name = TEXT.format(made=made.format(o=order), flat=flat), f"<{made} {order} {flat}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    variables = {"np": np}
    exec(compile(text, name, "exec"), variables)
    f, x = variables["f"], np.random.default_rng(0).normal(size=(2, 3))
    value, (_, gradient) = ad.value_and_grad(f, argnums=(0, 1), cache=False)(x, 0.7)
    np.testing.assert_allclose(value, f(x, 0.7), rtol=1e-14)
    np.testing.assert_allclose(gradient, (f(x, 0.7 + 1e-6) - f(x, 0.7 - 1e-6)) / 2e-6, rtol=1e-6)


def test_other_orders():
    with pytest.raises(ad.UnsupportedError, match="order"):
        ad.grad(lambda x: np.sum(np.zeros_like(x, order="A") + x))(np.ones(3))
    with pytest.raises(ValueError, match="order"):
        ad.grad(lambda x: np.sum(np.zeros(3, order="Q") + x))(np.ones(3))
