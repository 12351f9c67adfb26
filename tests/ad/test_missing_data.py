"""Data with missing entries, as people work with them: the gradients are those of what is there.

The gradient with respect to the parameters is held against extrapolated differences; entries that are missing get the
derivative 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompile as ad
from tests.emitted import emit

Array = np.ndarray[Any, Any]

T = np.array([[1.0, np.nan, 3.0], [2.0, 1.5, np.nan], [0.5, 1.0, 2.0], [np.nan, 2.5, 1.0]])
W = np.array([0.5, -1.0, 0.3])


def means_of_columns(w: Array, t: Array) -> Any:
    return np.sum(np.nanmean(t * w, axis=0) ** 2)


def deviations_of_rows(w: Array, t: Array) -> Any:
    return np.sum(np.nanstd(t * w, axis=1))


def largest_and_smallest(w: Array, t: Array) -> Any:
    return np.sum(np.nanmax(t * w, axis=0)) + np.sum(np.nanmin(t * w, axis=1))


def standardised(w: Array, t: Array) -> Any:
    y = t * w
    z = (y - np.nanmean(y, axis=0)) / np.nanstd(y, axis=0)
    return np.nansum(z[0] ** 3)


def imputed_by_means(w: Array, t: Array) -> Any:
    x = np.where(np.isnan(t), np.nanmean(t, axis=0) * w, t)
    return np.sum((x @ w) ** 2)


def imputed_one_by_one(w: Array, t: Array) -> Any:
    x = t.copy()
    for j in range(x.shape[1]):
        mean = np.nanmean(x[:, j])
        for i in range(x.shape[0]):
            if np.isnan(x[i, j]):
                x[i, j] = mean * w[j]
    return np.sum(np.tanh(x @ w))


def filled_backwards(w: Array, t: Array) -> Any:
    y = t[:3, 1] * w[1]
    for i in range(y.shape[0]):
        if np.isnan(y[i]):
            y[i] = y[i + 1]
    return np.sum(y**2)


def complete_rows(w: Array, t: Array) -> Any:
    complete = ~np.isnan(t).any(axis=1)
    return np.sum(((t @ w)[complete] - 1.0) ** 2)


def complete_rows_in_a_loop(w: Array, t: Array) -> Any:
    s = 0.0
    for row in t:
        if not np.isnan(row).any():
            s += (np.dot(row, w) - 1.0) ** 2
    return s


def log_likelihood(w: Array, t: Array) -> Any:
    s = 0.0
    for row in t:
        for j in range(3):
            r = (row[j] - w[j]) / np.exp(w[0])
            if np.isnan(row[j]):
                continue
            s += -0.5 * r * r - w[0]
    return s


def filter_of_a_series(w: Array, t: Array) -> Any:
    y = t.ravel()
    state, variance, total = 0.0, 1.0, 0.0
    for k in range(y.shape[0]):
        variance = variance + np.exp(w[0])
        error, spread = y[k] - state * w[1], variance + np.exp(w[2])
        gain = variance / spread
        if not np.isnan(y[k]):
            state = state + gain * error
            variance = (1.0 - gain) * variance
            total += -0.5 * (np.log(spread) + error * error / spread)
    return total


def filter_by_conditional_expressions(w: Array, t: Array) -> Any:
    y = t.ravel()
    state, total = 0.0, 0.0
    for k in range(y.shape[0]):
        missing = np.isnan(y[k])
        error = y[k] - state * w[1]
        state = state if missing else state + w[0] * error
        total += 0.0 if missing else error * error
    return total


def distances(w: Array, t: Array) -> Any:
    s = 0.0
    for i in range(t.shape[0]):
        for j in range(i):
            d = (t[i] - t[j]) * w
            s += np.sqrt(np.nansum(d * d) + 1.0)
    return s


def products(w: Array, t: Array) -> Any:
    return np.sum(np.nanprod(t * w, axis=0) ** 2) + np.nanprod(t + w)


def running(w: Array, t: Array) -> Any:
    return np.sum(np.nancumsum(t * w, axis=0) ** 2) + np.sum(np.nancumprod(np.sin(t * w), axis=1) * t[2])


def medians(w: Array, t: Array) -> Any:
    return np.sum(np.nanmedian(t * w, axis=0) ** 2) + np.nanmedian(t * w * w)


def quantiles(w: Array, t: Array) -> Any:
    middle = np.nanquantile(t * w, [0.25, 0.6], axis=1)
    return np.sum(middle[1] * middle[0]) + np.nanpercentile(t * w, 30.0)


def deleted(w: Array, t: Array) -> Any:
    return np.sum(np.delete(t * w, [0, 1, 3], axis=0) ** 2)


def masked_in_place(w: Array, t: Array) -> Any:
    y, z = t * w, t * w
    np.putmask(y, np.isnan(t), 0.5)
    np.copyto(z, w, where=np.isnan(t))
    return np.sum(y * y) + np.sum(z * z * z)


def largest(w: Array, t: Array) -> Any:
    y = (t * w).ravel()
    return y[np.nanargmax(y)] ** 2 + y[np.nanargmin(y)]


def pairs(w: Array, t: Array) -> Any:
    a, b = t[:, 0] * w[0], t[:, 1] * w[1]
    both = ~(np.isnan(a) | np.isnan(b))
    return np.sum(a[both] * b[both])


def masked_softmax(w: Array, t: Array) -> Any:
    z = np.where(np.isnan(t), -np.inf, t * w)
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return np.sum((e / np.sum(e, axis=1, keepdims=True))[:, 0] ** 2)


def robust_loss(w: Array, t: Array) -> Any:
    r = t * w - 1.0
    return np.nansum(np.where(np.abs(r) < 1.0, 0.5 * r * r, np.abs(r) - 0.5))


def products_with_missing_rows(w: Array, t: Array) -> Any:
    return np.nansum(np.einsum("ij,j->i", t, w) ** 2) + np.nansum(np.outer(t[:, 0], w) ** 2)


def collected(w: Array, t: Array) -> Any:
    ys = []
    for i in range(t.shape[0]):
        v = t[i, 0] * w[0]
        if not np.isnan(v):
            ys.append(v * v)
    return sum(ys)


PROGRAMS = (
    *(means_of_columns, deviations_of_rows, largest_and_smallest, standardised),
    *(imputed_by_means, imputed_one_by_one, filled_backwards, complete_rows, complete_rows_in_a_loop),
    *(log_likelihood, filter_of_a_series, filter_by_conditional_expressions, distances, pairs),
    *(masked_softmax, robust_loss, products_with_missing_rows, collected),
    *(products, running, medians, quantiles, deleted, masked_in_place, largest),
)


def differences(function: Callable[..., Any]) -> Array:
    """The gradient with respect to the parameters, by central differences extrapolated once."""
    found = np.zeros_like(W)
    for k in range(len(W)):

        def at(step: float, k: int = k) -> Any:
            moved = W.copy()
            moved[k] += step
            return function(moved, T.copy())

        found[k] = (8.0 * (at(1e-4) - at(-1e-4)) - (at(2e-4) - at(-2e-4))) / 12e-4
    return found


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_missing_entries_do_not_contribute(function: Callable[..., Any]) -> None:
    emitted = emit(function, (W, T))
    _, (w_bar, t_bar) = emitted.call(W, T)
    np.testing.assert_allclose(w_bar, differences(function), rtol=1e-7, atol=1e-8, err_msg=emitted.build.text)
    assert np.all(t_bar[np.isnan(T)] == 0.0), emitted.build.text
    assert np.all(np.isfinite(t_bar)), emitted.build.text


def test_compiled() -> None:
    for function in (complete_rows, filter_of_a_series):
        found = ad.grad(function, cache=False)(W, T)
        np.testing.assert_allclose(found, differences(function), rtol=1e-7, atol=1e-8)
