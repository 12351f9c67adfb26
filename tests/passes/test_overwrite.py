"""Arrays that take the place of those they are computed from: only where nothing reads these any more."""

from __future__ import annotations

import numpy as np
import pytest

from adcompile.testing import difference_gradient
from tests.emitted import emit
from tests.oracles import oracle_gradient


def network(x, w):
    """The derivative of exp reads its result only."""
    h = np.exp(x @ w)
    return np.sum(h * h * x)


def product_read_again(x, w):
    p = x @ w
    h = np.tanh(p)
    return np.sum(h * p)


def turned(x, w):
    """The nest reads another element than it stores."""
    p = np.exp(x @ w)
    h = np.empty(p.shape)
    for i in range(p.shape[0]):
        for j in range(p.shape[1]):
            h[i, j] = p[j, i] * 0.5
    return np.sum(h * h)


def late(x, w):
    """The nest reads the element once more after it has stored."""
    p = x @ w
    h = np.empty(p.shape)
    s = 0.0
    for i in range(p.shape[0]):
        for j in range(p.shape[1]):
            h[i, j] = p[i, j] * p[i, j]
            s += p[i, j]
    return np.sum(h * h) + s


def partly(x, w):
    """The nest leaves the last row as it is."""
    p = x @ w
    h = np.ones(p.shape)
    for i in range(p.shape[0] - 1):
        for j in range(p.shape[1]):
            h[i, j] = p[i, j] * p[i, j]
    return np.sum(h * h)


def twice(x, w):
    """In the adjoint two arrays are copies of a third one; only one of them is that array."""
    p = x @ w
    q = w @ p
    return np.sum(np.linalg.solve(p - q, p + q))


def rows(x, w):
    """The other array has another name as well."""
    p = x @ w
    q = p.reshape(-1)
    h = np.tanh(p)
    return np.sum(h * h) + np.sum(q)


def of_an_argument(x, w):
    h = np.tanh(x)
    return np.sum(h * (w @ h))


def chain(x, w):
    a = x @ w
    b = np.exp(a)
    c = b @ x
    d = np.exp(-c)
    return np.sum(np.log1p(d))


EVERY = (network, product_read_again, turned, late, partly, twice, rows, of_an_argument, chain)


@pytest.mark.parametrize("function", EVERY)
@pytest.mark.parametrize("options", [{}, {"workspace": True}, {"out": True}])
def test_values_and_gradients_stay(function, options) -> None:
    x, w = np.random.default_rng(0).normal(size=(2, 3, 3)) * 0.5
    with_, without = emit(function, (x, w)), emit(function, (x, w), disabled=frozenset(("overwrite",)))
    assert with_.build.text.count("np.empty") <= without.build.text.count("np.empty")
    (value,), gradients = with_.call(x, w)
    assert value == without.call(x, w)[0][0]
    for gradient, other, reference in zip(
        gradients, without.call(x, w)[1], difference_gradient(function, (x, w), [1.0]), strict=True
    ):
        np.testing.assert_array_equal(gradient, other)
        np.testing.assert_allclose(gradient, reference, rtol=1e-7, atol=1e-9)
    assert emit(function, (x, w), **options).build.text


@pytest.mark.parametrize(
    ("function", "line", "overwritten"),
    [
        (network, "h = x @ w", True),
        (product_read_again, "p = x @ w", True),
        (chain, "b = x @ w", True),
        (partly, "h = x @ w", False),
        (late, "h = x @ w", False),
        (rows, "h = x @ w", False),
        (of_an_argument, "h = x", False),
    ],
)
def test_which_arrays_give_way(function, line, overwritten) -> None:
    x, w = np.random.default_rng(0).normal(size=(2, 3, 3))
    assert (f"    {line}\n" in emit(function, (x, w)).build.text) == overwritten


def log_softmax(x):
    z = x - np.max(x, axis=1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    s = 0.0
    for i in range(x.shape[0]):
        s -= logp[i, i % x.shape[1]]
    return s


def row_read_again(x):
    y = np.zeros(x.shape)
    s = 0.0
    for i in range(x.shape[0]):
        t = x[i] * x[i]
        y[i] = np.sin(t)
        s += np.sum(t) * np.sum(y[i])
    return s + np.sum(y[::-1] * y)


@pytest.mark.parametrize("function", [log_softmax, row_read_again])
@pytest.mark.parametrize("disabled", [frozenset(), frozenset(("overwrite",))], ids=["on", "off"])
def test_rows_take_the_place_of_rows(function, disabled):
    x = np.random.default_rng(0).normal(size=(4, 5))
    emitted = emit(function, (x,), disabled=disabled)
    (value,), (gradient,) = emitted.call(x)
    np.testing.assert_allclose(value, function(x), rtol=1e-13)
    np.testing.assert_allclose(gradient, oracle_gradient(function, (x,))[0], rtol=1e-11)


def test_a_cotangent_is_not_copied_row_by_row():
    text = emit(log_softmax, (np.ones((4, 5)),)).build.text
    assert text.count("_bar = np.") < emit(
        log_softmax, (np.ones((4, 5)),), disabled=frozenset(("overwrite",))
    ).build.text.count("_bar = np.")
    assert "z_bar" not in text
