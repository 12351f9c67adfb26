"""What Numba decorators declare: followed where it is Python's own types, else refused."""

from __future__ import annotations

import numpy as np
import pytest
from numba import float32, float64, int64, njit, vectorize

import adcompile as ad
from adcompile.declared import declaration


@njit("float32(float32)")
def single(x):
    return x * x / 3.0


@njit(locals={"s": float32})
def local(x):
    s = x * x / 3.0
    return s


@njit("float64(float64)")
def double(x):
    return x * x / 3.0


@njit(["int64(int64)", "float64(float64)"])
def either(x):
    return x * x


@njit("int64(int64)")
def whole(x):
    return x * x


@njit("float32(float64)")
def rounded(x):
    return x / 3.0


@njit(float64(float64[:], int64))
def summed(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * x[i]
    return s


@njit(fastmath=True, error_model="numpy", boundscheck=True, inline="always", nogil=True)
def harmless(x):
    return x * x / 3.0


@vectorize
def elementwise(x):
    return x * x


FOLLOWED = {
    "the type declared": lambda x: double(x) + x,
    "an int for a float": lambda x: double(3) * x + double(2),
    "by name": lambda x: double(x=x),
    "of several, the exact one": lambda x: either(x) + either(3) * x,
    "arrays": lambda x: summed(np.array([x, 2.0]), 2) + x,
    "an int by name": lambda x: summed(np.array([x, 2.0]), n=2) + x,
    "options": lambda x: harmless(x) + x,
}
REFUSED = {
    "float32": lambda x: single(x) + x,
    "locals": lambda x: local(x) + x,
    "a float for an int": lambda x: whole(x) + x,
    "a result that is rounded": lambda x: rounded(x) + x,
    "an array of another dtype": lambda x: summed(np.array([x, 2.0], np.float32), 2) + x,
    "an array of more axes": lambda x: summed(np.array([[x, 2.0]]), 1) + x,
    "elementwise": lambda x: elementwise(x) + x,
}


@pytest.mark.parametrize("function", FOLLOWED.values(), ids=FOLLOWED)
def test_followed(function):
    value, slope = ad.value_and_grad(function, cache=False).py_func(1.7)(1.7)
    assert np.isclose(value, function(1.7), rtol=1e-14)
    assert np.isclose(slope, (function(1.7 + 1e-6) - function(1.7 - 1e-6)) / 2e-6, rtol=1e-8)


@pytest.mark.parametrize("function", REFUSED.values(), ids=REFUSED)
def test_refused(function):
    with pytest.raises((ad.UnsupportedError, ad.MissingRuleError)) as caught:
        ad.grad(function, cache=False).py_func(1.7)
    assert caught.value.location is not None
    assert caught.value.advice


@pytest.mark.parametrize("function", [single, local, rounded, elementwise])
def test_refused_when_decorated(function):
    for use in (ad.grad, ad.value_and_grad, lambda f: ad.vjp(f, 1.7)):
        with pytest.raises(ad.UnsupportedError):
            use(function)


def test_the_arguments_are_compared_at_every_call():
    gradient = ad.grad(summed, cache=False)
    x = np.arange(3.0)
    assert gradient.py_func(x, 2)(x, 2)[-1].tolist() == [0.0, 2.0, 0.0]
    for args in ((x, 2.0), (x.astype(np.float32), 2), (x.reshape(1, 3), 1)):
        with pytest.raises(ad.UnsupportedError, match="declared for"):
            gradient.py_func(*args)
    with pytest.raises(ad.UnsupportedError, match="declared for"):
        ad.grad(double).py_func(3)


def test_nothing_is_declared_by_options():
    assert declaration(harmless) is None
    harmless(2.0)
    assert declaration(harmless) is None
    assert declaration(abs) is None


def test_another_declaration_is_another_function():
    """The guard sees it, though the Python function is the same."""
    python = double.py_func
    held = {"f": double}

    def loss(x):
        return held["f"](x) + x

    gradient = ad.grad(loss)
    assert np.isclose(gradient(1.5), 2.0)
    held["f"] = njit("float32(float32)")(python)
    with pytest.raises(ad.UnsupportedError, match="declared for"):
        gradient(1.5)
