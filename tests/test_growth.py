"""The work of the compiler grows no faster than the program, and the benchmark of this runs.

Work is counted in calls of functions, so that the same program always takes the same.
"""

from __future__ import annotations

import cProfile
import math
import pstats

import pytest

import adcompile as ad
from adcompile.facts.inequalities import is_infeasible_system
from adcompile.runtime.cache import MEMORY
from benchmarks import growth
from benchmarks.families import FAMILIES, Family

# What does not grow makes the exponent smaller, what is long already (decisions about it) larger.
MOST = 1.35


def work(family: Family, size: int) -> int:
    """How many functions are called to generate the program of a size."""
    function, args = family.make(size)
    MEMORY.clear()
    is_infeasible_system.cache_clear()
    profile = cProfile.Profile()
    profile.runcall(ad.value_and_grad(function, cache=False).adjoint_source, *args)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_work_grows_as_the_program(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adcompile.pipeline.VERIFY", None)
    small, large = family.sizes[-3:-1]
    work(family, 1)  # what happens once in a process
    exponent = math.log(work(family, large) / work(family, small)) / math.log(large / small)
    assert exponent < MOST, f"{exponent:.2f}"


def test_the_benchmark_measures_a_family_and_reports() -> None:
    grown = growth.measure(FAMILIES["elif"], (1, 2), compiled=(1,))
    assert [point.size for point in grown.points] == [1, 2]
    assert grown.points[0].numba and grown.points[1].numba is None
    assert set(growth.STAGES) <= grown.points[0].seconds.keys()
    assert any(line.startswith("| elif | 2 |") for line in growth.report([grown]))


def test_a_stage_that_grows_too_fast_is_told() -> None:
    steep = [growth.Point(size, size, {"emit": size**2 / 100.0, "after": size / 100.0}) for size in (50, 100)]
    assert growth.Growth("steep", steep).too_steep() == ["emit"]
    assert "100.00 (**2.0**)" in "\n".join(growth.report([growth.Growth("steep", steep)]))
