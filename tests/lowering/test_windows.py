"""Names that mean several views of one array, where that array is a reshaped one: right or refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import adcompile as ad
from tests.emitted import emit
from tests.oracles import dual_gradient


def other_size(x: float, k: int) -> float:
    a = np.zeros((5, 4)) + x
    flat = a.reshape(-1)
    best = flat[:16]
    for i in range(3):
        if k > i:
            best = flat[i : i + 16]
    b = np.zeros((6, 1)) if k > 5 else a
    b *= 18.0
    return np.sum(flat) + np.sum(best * best)


def same_size(x: float, k: int) -> float:
    a = np.zeros((5, 4)) + x
    flat = a.reshape(-1)
    best = flat[:16]
    for i in range(3):
        if k > i:
            best = flat[i : i + 16]
    b = np.zeros((5, 4)) if k > 5 else a
    b *= 18.0
    return np.sum(flat) + np.sum(best * best)


def copied(x: float, k: int) -> float:
    a = np.zeros((5, 4)) + x
    flat = a.reshape(-1).copy()
    best = flat[:16]
    for i in range(3):
        if k > i:
            best = flat[i : i + 16]
    b = np.zeros((6, 1)) if k > 5 else a
    b *= 18.0
    return np.sum(flat) + np.sum(best * best)


def reshaped_when_all_is_stored(x: float, k: int) -> float:
    a = np.zeros((5, 4)) + x
    b = np.zeros((6, 1)) if k > 5 else a
    b *= 18.0
    flat = a.reshape(-1)
    best = flat[:16]
    for i in range(3):
        if k > i:
            best = flat[i : i + 16]
    return np.sum(flat) + np.sum(best * best)


@pytest.mark.parametrize("program", [other_size, same_size])
def test_views_of_a_reshaped_array_that_another_name_may_mean_are_refused(program: Callable[..., float]) -> None:
    with pytest.raises(ad.UnsupportedError, match="views of a reshaped array") as caught:
        emit(program, (1.0, 2))
    assert "Use a copy" in str(caught.value)


@pytest.mark.parametrize("program", [copied, reshaped_when_all_is_stored])
@pytest.mark.parametrize("k", [2, 7])
def test_views_of_a_copy_are_right(program: Callable[..., float], k: int) -> None:
    (value,), (gradient,) = emit(program, (1.3, k)).call(1.3, k)
    np.testing.assert_allclose(value, program(1.3, k))
    np.testing.assert_allclose(gradient, dual_gradient(program, (1.3, k))[0])
