"""What may be passed to `grad`, `value_and_grad` and `vjp`, and what is said of the rest."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import adcompile as ad


class Model:
    def __init__(self, weight):
        self.weight = weight

    def __call__(self, x):
        return self.weight * np.sum(x * x)

    def loss(self, x):
        return 2.0 * self(x)

    @ad.grad
    def gradient(self, x):
        return self(x)


def loss(x):
    return np.sum(x * x)


X = np.array([1.0, -2.0])


def test_an_object_that_can_be_called():
    model = Model(3.0)
    gradient = ad.grad(model)
    assert gradient(X).tolist() == [6.0, -12.0]
    assert gradient.primal(X) == model(X)
    model.weight = 5.0
    assert gradient(X).tolist() == [10.0, -20.0]
    assert ad.vjp(model, X)[1](1.0)[0].tolist() == [10.0, -20.0]


@pytest.mark.parametrize(
    "function",
    [
        ad.grad(loss),
        ad.grad(ad.grad(loss).primal),
        functools.partial(ad.grad(loss)),
        Model(1.0).gradient,
        ad.value_and_grad(loss),
    ],
)
@pytest.mark.parametrize("use", [ad.grad, ad.value_and_grad, lambda f: ad.vjp(f, X)], ids=["grad", "value", "vjp"])
def test_gradients_have_no_gradients(function, use):
    with pytest.raises(ad.UnsupportedError, match="gradient already") as caught:
        use(function)
    assert ".primal" in caught.value.advice


def test_a_gradient_called_inside_is_refused():
    gradient = ad.grad(loss)

    @functools.wraps(gradient)
    def wrapper(x):
        return gradient(x)

    with pytest.raises(ad.UnsupportedError, match="is a gradient"):
        ad.grad(wrapper, cache=False).py_func(X)


def test_a_partial_has_a_way_out():
    partial = functools.partial(lambda a, x: a * np.sum(x * x), 3.0)
    with pytest.raises(ad.UnsupportedError, match="partial") as caught:
        ad.grad(partial)
    assert "lambda x: partial(x)" in caught.value.advice
    assert ad.grad(lambda x: partial(x))(X).tolist() == [6.0, -12.0]


@pytest.mark.parametrize("function", [Model, np.sum, np.exp, functools.lru_cache(loss), 3.0])
def test_what_is_no_function_of_the_users(function):
    with pytest.raises((ad.UnsupportedError, TypeError)):
        ad.vjp(function, X)
