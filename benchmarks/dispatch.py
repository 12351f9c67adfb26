"""What a call costs before any work is done: a compiled gradient against the same program called through Numba.

    python benchmarks/dispatch.py

Prints microseconds per call, the best of many rounds in which both take turns, and the ratio.
"""

from __future__ import annotations

import math
import timeit
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

import adcompile as ad

SCALE = 2.0


def helper(t: float) -> float:
    return t * t


def two_scalars(x, y):
    return x * y + math.sin(x)


def with_a_helper(x):
    return helper(x) + 1.0


def with_a_capture(x):
    return SCALE * x


def two_arrays(x, w):
    return np.sum(x * w)


def a_dict_and_an_array(params, x):
    return np.sum(params["w"] * x) + params["b"]


SMALL = np.ones(8)
CASES: list[tuple[Callable[..., Any], tuple[Any, ...], tuple[Any, ...]]] = [
    (two_scalars, (2.0, 3.0), (2.0, 3.0)),
    (with_a_helper, (2.0,), (2.0,)),
    (with_a_capture, (2.0,), (2.0, SCALE)),
    (two_arrays, (SMALL, SMALL), (SMALL, SMALL)),
    (a_dict_and_an_array, ({"w": SMALL, "b": 1.0}, SMALL), (SMALL, 1.0, SMALL)),
]


ROUNDS, CALLS = 100, 5000


def timer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> timeit.Timer:
    """One call, written with its arguments one by one."""
    names = [f"a{k}" for k in range(len(arguments))]
    scope = {"function": function, **dict(zip(names, arguments, strict=True))}
    return timeit.Timer(f"function({', '.join(names)})", globals=scope)


def main() -> None:
    print(f"{'':22s}{'bare Numba':>12s}{'adcompile':>12s}{'ratio':>8s}")
    for function, arguments, leaves in CASES:
        gradient = ad.grad(function)
        for _ in range(5):
            gradient(*arguments)
        bare = numba.njit(error_model="numpy", nogil=True)(gradient.py_func().__wrapped__)
        bare(*leaves)
        timers = timer(bare, leaves), timer(gradient, arguments)
        rounds = [[each.timeit(CALLS) / CALLS * 1e6 for each in timers] for _ in range(ROUNDS)]
        theirs, ours = map(min, zip(*rounds, strict=True))
        print(f"{function.__name__:22s}{theirs:12.2f}{ours:12.2f}{ours / theirs:8.2f}")


if __name__ == "__main__":
    main()
