"""Reverse mode on random programs in loop-level IR, against central differences of the interpreted program."""

from __future__ import annotations

import numpy as np
import pytest

from adcompile.ad.reverse import Plan, reverse
from adcompile.ir.interpreter import run
from adcompile.ir.verify import verify
from tests.ad.programs import ProgramGenerator, arguments, differences

CHUNK = 50


@pytest.mark.parametrize("first", range(0, 400, CHUNK))
def test_gradients_of_random_programs(first: int) -> None:
    compared = 0
    for seed in range(first, first + CHUNK):
        function = ProgramGenerator(seed).generate()
        assert verify(function) == []
        x, a = arguments(seed)
        expected = differences(function, x, a)
        if expected is None:
            continue
        adjoint = reverse(function, Plan((0, 1), 1))
        assert verify(adjoint) == [], seed
        value, x_bar, a_bar = run(adjoint, (x, a))
        assert value == run(function, (x, a))[0], seed
        np.testing.assert_allclose(x_bar, expected[0], rtol=1e-6, atol=1e-6, err_msg=f"seed {seed}")
        np.testing.assert_allclose(a_bar, expected[1], rtol=1e-6, atol=1e-6, err_msg=f"seed {seed}")
        compared += 1
    assert compared > CHUNK // 2
