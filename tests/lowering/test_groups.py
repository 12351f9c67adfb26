"""Array names that may mean several arrays, where none of windows, pools and arenas will do: refused, not wrong."""

from __future__ import annotations

import numpy as np
import pytest

import adcompile as ad
from tests.emitted import emit


def views_of_a_reshaped_array_that_another_name_may_mean(x: float, k: int) -> float:
    a = np.zeros((5, 4)) + x
    flat = a.reshape(-1)
    best = flat[:16]
    for i in range(3):
        if k > i:
            best = flat[i : i + 16]
    b = np.zeros((6, 1)) if k > 5 else a
    b *= 18.0
    return np.sum(flat) + np.sum(best * best)


def test_views_of_a_reshaped_array_that_another_name_may_mean() -> None:
    with pytest.raises(ad.UnsupportedError, match="views of a reshaped array") as caught:
        emit(views_of_a_reshaped_array_that_another_name_may_mean, (1.0, 2))
    assert "Use a copy" in str(caught.value)
