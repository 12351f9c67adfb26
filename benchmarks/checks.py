"""What checks of indices cost: compiled gradients with and without, over the corpus and over loops on larger arrays.

    PYTHONPATH=. python benchmarks/checks.py [name ...]

Both take turns in one process; a ratio is that of the best times. The corpus programs are small, so that their times
hold the call from Python too; the larger ones are those of `residuals.py`.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import adcompile as ad
from adcompile import testing
from benchmarks import residuals
from tests.corpus import PROGRAMS

ROUNDS = 40
SHORTEST_ROUND = 2e-4
SIZE, STEPS = 150, 30


def programs() -> Iterator[tuple[str, Callable[..., Any], Callable[[], tuple[Any, ...]]]]:
    """Names, functions and fresh arguments."""
    residuals.N, residuals.STEPS = SIZE, STEPS
    for title, case in residuals.cases().items():
        yield f"large: {title}", case.program, lambda case=case: testing.copy_tree(case.args)
    for program in PROGRAMS:
        if program.compiled and not program.has_aux and testing.is_scalar(program.function(*program.args())):
            yield program.name, program.function, program.args


def best(call: Callable[..., Any], args: tuple[Any, ...], number: int) -> float:
    """Seconds for one of `number` calls."""
    began = time.perf_counter()
    for _ in range(number):
        call(*args)
    return (time.perf_counter() - began) / number


def ratio(function: Callable[..., Any], args: tuple[Any, ...]) -> float:
    """Time with checks over time without."""
    wrt = tuple(sorted({place.argument for place in testing.float_places(args)}))
    checked, unchecked = (ad.value_and_grad(function, wrt, boundscheck=flag) for flag in (True, False))
    for one, other in zip(testing.leaves(checked(*args)), testing.leaves(unchecked(*args)), strict=True):
        np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-10, atol=1e-12)
    number = max(1, math.ceil(SHORTEST_ROUND / best(checked, args, 3)))
    rounds = [(best(checked, args, number), best(unchecked, args, number)) for _ in range(ROUNDS)]
    return min(one for one, _ in rounds) / min(other for _, other in rounds)


def main() -> None:
    """Print a line per program and the geometric mean."""
    wanted = sys.argv[1:]
    found: dict[str, float] = {}
    for name, function, make in programs():
        if not wanted or any(part in name for part in wanted):
            found[name] = ratio(function, make())
            print(f"{found[name]:6.3f}  {name}", flush=True)
    for kind, chosen in (("large", True), ("corpus", False)):
        ratios = [r for name, r in found.items() if name.startswith("large:") is chosen]
        if ratios:
            print(f"{statistics.geometric_mean(ratios):6.3f}  geometric mean, {kind} ({len(ratios)} programs)")


if __name__ == "__main__":
    main()
