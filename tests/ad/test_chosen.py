"""Which products are guarded, as the emitted text shows: where everything is read, none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.emitted import emit

X, W = np.linspace(0.5, 1.5, 6), np.linspace(1.0, 2.0, 6)
A, B = np.outer(X, W), np.outer(W, X) + np.eye(6)


def read_at_once(x, w):  # type: ignore[no-untyped-def]
    y = np.exp(x) * w
    return np.sum(y * y)


def read_in_parts(x, w):  # type: ignore[no-untyped-def]
    y = np.exp(x) * w
    return np.sum(y[1:] * w[1:]) + np.sum(y[:-1] ** 2)


def read_at_the_end_and_before(x, w):  # type: ignore[no-untyped-def]
    y = np.exp(x) * w
    return y[0] * y[0] + np.sum(y[1:])


def recurrence(x, w):  # type: ignore[no-untyped-def]
    y = np.empty(x.shape[0])
    y[0] = x[0]
    for i in range(1, x.shape[0]):
        y[i] = y[i - 1] * x[i] * w[i]
    return y[-1]


def state_that_is_replaced(x, w):  # type: ignore[no-untyped-def]
    for _ in range(5):
        x = np.sin(x) * w * x
    return np.sum(x)


def state_in_place(x, w):  # type: ignore[no-untyped-def]
    y = x.copy()
    for _ in range(5):
        y *= w * y
    return np.sum(y)


def triangle(a, b):  # type: ignore[no-untyped-def]
    c = a.copy()
    for i in range(1, c.shape[0]):
        for j in range(i):
            c[i, j] = c[i, j] * b[i, j]
            c[i, j] = c[i, j] * c[j, j]
        c[i, i] = c[i, i] * b[i, i]
    return np.sum(c)


def network(a, b):  # type: ignore[no-untyped-def]
    return np.sum((np.tanh(a @ b) @ b) ** 2)


def rectified(a, b):  # type: ignore[no-untyped-def]
    return np.sum(np.maximum(a @ b, 0.0) @ b)


def both_branches(x, w):  # type: ignore[no-untyped-def]
    s = 0.0
    for i in range(x.shape[0]):
        y = x[i] * w[i]
        if x[i] > 1.0:
            s += y
        else:
            s -= 2.0 * y
    return s


def finite_partials(x, w):  # type: ignore[no-untyped-def]
    y = 2.0 * x + np.arange(6.0)
    return np.sum(np.where(w > 1.5, 3.0 * y * np.sin(np.arange(6.0)), 0.0))


WITHOUT = (
    *(read_at_once, read_in_parts, read_at_the_end_and_before, recurrence, state_that_is_replaced, state_in_place),
    *(triangle, network, rectified, both_branches, finite_partials),
)


def last_not_read(x, w):  # type: ignore[no-untyped-def]
    y = np.exp(x) * w
    return np.sum(y[:-1])


def read_by_one_branch(x, w):  # type: ignore[no-untyped-def]
    s = 0.0
    for i in range(x.shape[0]):
        y = x[i] * w[i]
        if x[i] > 1.0:
            s += y
    return s


def last_state_not_read(x, w):  # type: ignore[no-untyped-def]
    y, s = x.copy(), 0.0
    for _ in range(5):
        s += np.sum(y)
        y = y * w * y
    return s


def dropped_row_of_a_product(a, b):  # type: ignore[no-untyped-def]
    return np.sum((a @ b)[1:])


WITH = (last_not_read, read_by_one_branch, last_state_not_read, dropped_row_of_a_product)


def text(function: Callable[..., Any]) -> str:
    """The emitted adjoint."""
    names = function.__code__.co_varnames
    return emit(function, (A, B) if names[0] == "a" else (X, W)).build.text


def is_guarded(function: Callable[..., Any]) -> bool:
    """Does the text compare a cotangent with zero, or look whether a product is finite?"""
    found = text(function)
    return "!= 0.0" in found or "isfinite" in found


@pytest.mark.parametrize("function", WITHOUT, ids=lambda function: function.__name__)
def test_nothing_is_guarded_where_everything_is_chosen(function: Callable[..., Any]) -> None:
    assert not is_guarded(function), text(function)


@pytest.mark.parametrize("function", WITH, ids=lambda function: function.__name__)
def test_what_may_be_left_out_is_guarded(function: Callable[..., Any]) -> None:
    assert is_guarded(function), text(function)


def test_the_condition_of_the_choice_guards_a_chain_once() -> None:
    def residuals(x, w):  # type: ignore[no-untyped-def]
        return np.sum(np.where(w > 1.5, (x * w - w) ** 2, 0.0))

    found = text(residuals)
    assert "!= 0.0" not in found
    assert found.count(" else 0.0") <= 3, found


def test_a_chosen_nan_stays() -> None:
    def chosen(x, w):  # type: ignore[no-untyped-def]
        return np.sum(np.where(x > 0.0, x * w, 0.0)) + np.sum((x * w)[x > 0.0] ** 2)

    broken = W.copy()
    broken[2] = np.nan
    _, (x_bar, _) = emit(chosen, (X, broken)).call(X, broken)
    assert np.isnan(x_bar).tolist() == [False, False, True, False, False, False]


def test_an_extent_that_a_check_makes_half_of_itself_ends() -> None:
    def spread(x, w):  # type: ignore[no-untyped-def]
        y = np.exp(x) * w
        y[2:] = y[::2] * 2.0
        return np.sum(y)

    _, (x_bar, _) = emit(spread, (X[:4], W[:4])).call(X[:4], W[:4])
    assert np.all(np.isfinite(x_bar))
