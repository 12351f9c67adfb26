"""Five programs: the compiled gradient against the compiled primal and against the tape-based package `autograd`.

    pip install ".[bench]" && python benchmarks/first.py

There are two primals: the function as written under `numba.njit`, where Numba accepts it, and the primal that adcompile
generates, whose arrays are loops, compiled the same way. The gradient is compared with the faster one. Values and
gradients are checked before anything is timed. The contestants take turns in one process, on one thread; in a round
each one is called often enough to last about a fifth of a millisecond or more.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import math
import statistics
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import autograd
import autograd.numpy
import numba
import numpy as np
from rich.console import Console
from rich.table import Table

import adcompile as ad

SHORTEST_ROUND = 2e-4
HEADINGS = ("primal as written", "primal generated", "gradient", "gradient / primal", "autograd", "autograd / gradient")


def tanh_layer(w, b, x, y):
    h = np.tanh(x @ w + b)
    return np.mean((h - y) ** 2)


def softmax_network(params, x, labels):
    w1, b1, w2, b2 = params
    h = np.tanh(x @ w1 + b1)
    z = h @ w2 + b2
    z = z - np.max(z, axis=1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    picked = logp[np.arange(len(labels)), labels]
    return -np.mean(picked)


def recurrence(x, a):
    total = 0.0
    for _ in range(200):
        x = x + 0.05 * np.sin(a * x)
        total = total + x * x
    return total


def soft_distances(points, centres):
    squares = np.sum((points[:, None, :] - centres[None, :, :]) ** 2, axis=2)
    return np.sum(np.log(np.sum(np.exp(-squares), axis=1)))


def heat(u0, k):
    n = u0.shape[0]
    u = np.zeros((21, n))
    u[0, :] = u0
    for t in range(20):
        for i in range(1, n - 1):
            u[t + 1, i] = u[t, i] + k * (u[t, i - 1] - 2.0 * u[t, i] + u[t, i + 1])
    return np.sum(u[20] * u[20])


@dataclass(frozen=True)
class Program:
    title: str
    function: Callable
    args: tuple
    argnums: tuple[int, ...]


def programs() -> Iterator[Program]:
    rng = np.random.default_rng(0)
    weights = (rng.normal(size=(64, 64)) / 8, rng.normal(size=64), rng.normal(size=(64, 10)) / 8, rng.normal(size=10))
    layer = (rng.normal(size=(32, 16)), rng.normal(size=16), rng.normal(size=(128, 32)), rng.normal(size=(128, 16)))
    yield Program("tanh layer, 128x32x16", tanh_layer, layer, (0, 1))
    batch = (rng.normal(size=(64, 64)), rng.integers(0, 10, 64))
    yield Program("softmax network, 64x64x64x10", softmax_network, (weights, *batch), (0,))
    yield Program("scalar recurrence, 200 trips", recurrence, (0.3, 1.1), (0, 1))
    yield Program(
        "soft distances, 200x20x3", soft_distances, (rng.normal(size=(200, 3)), rng.normal(size=(20, 3))), (0, 1)
    )
    yield Program("heat stencil, 64 points, 20 steps", heat, (rng.normal(size=64), 0.2), (0, 1))


def generated_primal(program: Program, gradient: Callable) -> Callable:
    """The primal that adcompile generates, compiled; it takes the numbers and arrays of the arguments one by one."""
    namespace: dict = {}
    exec(gradient.primal_source(*program.args), namespace)
    functions = [found for found in namespace.values() if isinstance(found, types.FunctionType)]
    return numba.njit(error_model="numpy")(functions[-1])


def numba_accepts(function: Callable, args: tuple) -> bool:
    try:
        function(*args)
    except numba.NumbaError:
        return False
    return True


def leaves(value: object) -> Iterator:
    """The numbers and arrays in nested tuples, in order."""
    if isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def tape_gradient(program: Program) -> Callable | str:
    """The same function body under `autograd`, or the error that autograd ends with."""
    body = types.FunctionType(program.function.__code__, {**globals(), "np": autograd.numpy}, program.function.__name__)
    argnums = program.argnums if len(program.argnums) > 1 else program.argnums[0]
    gradient = autograd.value_and_grad(body, argnums)
    try:
        gradient(*program.args)
    except Exception as error:  # whatever it is, it is what a user would see
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return gradient


def check(program: Program, gradient: Callable, tape: Callable | str) -> None:
    """Value equal to plain Python's; gradient equal to autograd's and its slope to a central difference."""
    value, bars = gradient(*program.args)
    np.testing.assert_allclose(value, program.function(*program.args), rtol=1e-10)
    if not isinstance(tape, str):
        _, expected = tape(*program.args)
        for ours, theirs in zip(leaves(bars), leaves(expected), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-12)
    rng = np.random.default_rng(1)
    bars = bars if len(program.argnums) > 1 else (bars,)
    along = [direction(program.args[n], rng) for n in program.argnums]
    slope = sum(float(np.sum(g * d)) for g, d in zip(leaves(bars), leaves(tuple(along)), strict=True))
    step = 1e-5
    above, below = (program.function(*moved(program, along, sign * step)) for sign in (1.0, -1.0))
    assert math.isclose(slope, (above - below) / (2 * step), rel_tol=1e-5), program.title


def direction(value: object, rng: np.random.Generator):
    """Random numbers in the shape of `value`."""
    if isinstance(value, tuple):
        return tuple(direction(item, rng) for item in value)
    return rng.normal(size=np.shape(value)) if np.ndim(value) else float(rng.normal())


def moved(program: Program, along: Iterable, step: float) -> list:
    """The arguments, those that are differentiated moved by `step` along their directions."""
    args = list(program.args)
    for n, d in zip(program.argnums, along, strict=True):
        args[n] = (
            tuple(x + step * y for x, y in zip(args[n], d, strict=True)) if isinstance(d, tuple) else args[n] + step * d
        )
    return args


def interleaved(contestants: dict[str, tuple[Callable, tuple]], rounds: int) -> dict[str, list[float]]:
    """Seconds per call in each round."""
    calls = {}
    for name, (function, args) in contestants.items():
        function(*args)
        start = time.perf_counter()
        function(*args)
        calls[name] = max(1, math.ceil(SHORTEST_ROUND / (time.perf_counter() - start)))
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, (function, args) in contestants.items():
            start = time.perf_counter()
            for _ in range(calls[name]):
                function(*args)
            times[name].append((time.perf_counter() - start) / calls[name])
    return times


def row(program: Program, rounds: int) -> tuple[list[str], str]:
    """The cells of one program and what autograd ended with, if it did."""
    argnums = program.argnums if len(program.argnums) > 1 else program.argnums[0]
    gradient = ad.value_and_grad(program.function, argnums)
    tape = tape_gradient(program)
    check(program, gradient, tape)
    contestants = {
        "generated": (generated_primal(program, gradient), tuple(leaves(program.args))),
        "gradient": (gradient, program.args),
    }
    written = numba.njit(error_model="numpy")(program.function)
    if numba_accepts(written, program.args):
        contestants["written"] = (written, program.args)
    if not isinstance(tape, str):
        contestants["tape"] = (tape, program.args)
    times = interleaved(contestants, rounds)
    best = {name: min(seconds) for name, seconds in times.items()}
    median = {name: statistics.median(seconds) for name, seconds in times.items()}

    def micro(name: str) -> str:
        return f"{figures(best[name] * 1e6)} ({figures(median[name] * 1e6)})"

    def ratio(upper: str, lower: str) -> str:
        return f"{figures(best[upper] / best[lower])} ({figures(median[upper] / median[lower])})"

    primal = min({"written", "generated"} & contestants.keys(), key=median.__getitem__)
    cells = [
        program.title,
        micro("written") if "written" in contestants else "refused",
        micro("generated"),
        micro("gradient"),
        ratio("gradient", primal),
    ]
    if isinstance(tape, str):
        return [*cells, "fails", "-"], f"{program.title}: autograd fails with {tape}"
    return [*cells, micro("tape"), ratio("tape", "gradient")], ""


def figures(number: float) -> str:
    """Three figures, without an exponent."""
    return f"{number:.{max(0, 2 - math.floor(math.log10(number)))}f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    console = Console(width=160)
    table = Table(title="microseconds of one call, best (median); the gradient includes the value")
    table.add_column("program", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    notes = []
    for program in programs():
        cells, note = row(program, options.rounds)
        table.add_row(*cells)
        notes += [note] if note else []
    console.print(table)
    console.print("gradient / primal: over the faster primal. refused: Numba does not compile the function as written.")
    for note in notes:
        console.print(note, markup=False, highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
