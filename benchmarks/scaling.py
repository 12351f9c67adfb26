"""The time of a gradient over that of the function, as the number of inputs grows from 1 to a million.

    python -m benchmarks.scaling '{"peers": ["autograd"], "seconds": 1.0, "rounds": 100, "clock": "wall"}'

Reverse mode takes a constant number of times the function, whatever the number of inputs. Perturbing one input at a
time takes as many calls as there are inputs, and so does forward mode, a direction at a time (by hand here). These two
are measured up to a thousand inputs, and beyond that their ratio is extrapolated by the number of inputs.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.contestants import PREPARE
from benchmarks.limits import limited
from benchmarks.measure import CLOCKS, interleaved
from benchmarks.program import Program
from benchmarks.worker import disagreement, first_line, say

SIZES = [10**power for power in range(7)]
MEASURED_TO = 1000
ONE_AT_A_TIME = ("perturbation", "forward mode")


def coupled(x):
    return np.sum(x * np.sin(x)) + np.sum(x[1:] * x[:-1])


@compiled
def coupled_by_hand(x):
    n = x.shape[0]
    x_bar = np.empty_like(x)
    total = 0.0
    for i in range(n):
        x_bar[i] = np.sin(x[i])
    for i in range(n):
        total += x[i] * x_bar[i]
    for i in range(n):
        x_bar[i] += x[i] * np.cos(x[i])
    for i in range(1, n):
        total += x[i] * x[i - 1]
        x_bar[i] += x[i - 1]
        x_bar[i - 1] += x[i]
    return total, (x_bar,)


@compiled
def value(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i] * np.sin(x[i])
    for i in range(1, x.shape[0]):
        total += x[i] * x[i - 1]
    return total


@compiled
def perturbed(x):
    """Central differences, an input at a time."""
    x = x.copy()
    x_bar = np.empty_like(x)
    for i in range(x.shape[0]):
        here = x[i]
        step = 1e-6 * max(1.0, abs(here))
        x[i] = here + step
        above = value(x)
        x[i] = here - step
        x_bar[i] = (above - value(x)) / (2.0 * step)
        x[i] = here
    return value(x), (x_bar,)


@compiled
def tangents(x):
    """The derivative along each input in turn, by forward mode."""
    n = x.shape[0]
    x_dot = np.zeros_like(x)
    x_bar = np.empty_like(x)
    total = 0.0
    for k in range(n):
        x_dot[k] = 1.0
        total, total_dot = 0.0, 0.0
        for i in range(n):
            sine = np.sin(x[i])
            total += x[i] * sine
            total_dot += x_dot[i] * (sine + x[i] * np.cos(x[i]))
        for i in range(1, n):
            total += x[i] * x[i - 1]
            total_dot += x_dot[i] * x[i - 1] + x[i] * x_dot[i - 1]
        x_bar[k] = total_dot
        x_dot[k] = 0.0
    return total, (x_bar,)


PROGRAM = Program(
    name="coupled",
    family="scaling",
    kind="array",
    function=coupled,
    sizes={f"{n}": lambda rng, n=n: (rng.normal(size=n),) for n in SIZES},
    tiny=lambda rng: (rng.normal(size=3),),
    wrt=(0,),
    hand=coupled_by_hand,
)


def main() -> None:
    """Read the order, print the ratios: a list for each contestant, with None where there is none."""
    order = json.loads(sys.argv[1])
    warnings.simplefilter("ignore")
    names = ["gradient", "hand", *order["peers"], *ONE_AT_A_TIME]
    series: dict[str, list[float | None]] = {name: [] for name in names}
    errors: dict[str, str] = {}
    for size in SIZES:
        say(doing="scaling", size=size)
        ratios = _ratios(PROGRAM.arguments(str(size)), names, errors, order)
        for name in names:
            if name in ONE_AT_A_TIME and size > MEASURED_TO:
                ratios[name] = (series[name][-1] or 0.0) * 10.0
            series[name].append(ratios.get(name))
    say(
        result={
            "sizes": SIZES,
            "series": series,
            "extrapolated": list(ONE_AT_A_TIME),
            "from": MEASURED_TO * 10,
            "errors": errors,
        }
    )


def _ratios(
    args: tuple[Any, ...], names: list[str], errors: dict[str, str], order: dict[str, Any]
) -> dict[str, float | None]:
    """The time of each contestant over that of the generated function."""
    expected = coupled_by_hand(*args)
    calls: dict[str, Callable[[], Any]] = {"primal": PREPARE["primal"](PROGRAM, args).call}
    for name in names:
        if name in errors or (name in ONE_AT_A_TIME and len(args[0]) > MEASURED_TO):
            continue
        if name == "perturbation":
            calls[name] = lambda: perturbed(*args)
            np.testing.assert_allclose(calls[name]()[1][0], expected[1][0], rtol=1e-5, atol=1e-5)
            continue
        if name == "forward mode":
            calls[name] = lambda: tangents(*args)
            assert not disagreement(calls[name](), expected)
            continue
        try:
            with limited("to compile and call"):
                contestant = PREPARE[name](PROGRAM, args)
                found = contestant.read(contestant.call())
        except Exception as error:  # whatever it is, it is what a user would see
            errors[name] = first_line(error)
            continue
        if problem := disagreement(found, expected):
            errors[name] = problem
            continue
        calls[name] = contestant.call
    ratios: dict[str, float | None] = {}
    # What takes microseconds has no turns with what takes milliseconds, and leaves nothing in the caches.
    for group in (set(order["peers"]), set(calls) - set(order["peers"])):
        chosen = {name: call for name, call in calls.items() if name in {"primal", *group}}
        times = interleaved(chosen, seconds=order["seconds"], rounds=order["rounds"], clock=CLOCKS[order["clock"]])
        ratios.update({name: times[name].best / times["primal"].best for name in chosen})
    return ratios


if __name__ == "__main__":
    main()
