"""One program, in a process of its own: prepare everybody, compare what they compute, time them in turns.

    python -m benchmarks.worker '{"program": "cholesky", "sizes": ["N=100"], "contestants": ["gradient", "hand"], ...}'

Prints a JSON object per line: what it is about to do (so that the process that waits knows whom to blame if nothing
comes any more), and a result for each size.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np

import adcompile as ad
from benchmarks.compiled import compiled
from benchmarks.contestants import OURS, PEERS, PREPARE, Contestant
from benchmarks.limits import limited
from benchmarks.measure import CLOCKS, interleaved, peak_memory
from benchmarks.program import Program, code_lines
from benchmarks.programs import by_name

try:
    import fcntl
except ImportError:  # Windows: no turns between processes
    fcntl = None  # type: ignore[assignment]

TOLERANCE = 1e-8
"""How far a value or a gradient may be off, in parts of its largest element."""


def main() -> None:
    """Read the order, print the results."""
    order = json.loads(sys.argv[1])
    warnings.simplefilter("ignore")
    program = by_name(order["program"])
    _warm_up()
    for size in order["sizes"]:
        say(result=measured(program, size, order))


def say(**what: Any) -> None:
    """Tell the process that waits."""
    print(json.dumps(what), flush=True)


def measured(program: Program, size: str, order: dict[str, Any]) -> dict[str, Any]:
    """All that is found out about the program at one size."""
    args = program.arguments(size)
    report, ready = _prepare_all(program, size, args, order)
    with _turn(order["lock"]):
        say(doing="times", size=size)
        for names, seconds in _groups(ready, report, order["seconds"]):
            calls = {name: ready[name].call for name in names}
            times = interleaved(calls, seconds=seconds, rounds=order["rounds"], clock=CLOCKS[order["clock"]])
            for name, each in times.items():
                report[name].update(asdict(each))
    return {
        "program": program.name,
        "family": program.family,
        "kind": program.kind,
        "size": size,
        "contestants": report,
        **(_details(program, size, args) if order["details"] and "gradient" in ready else {}),
    }


def _prepare_all(
    program: Program, size: str, args: tuple[Any, ...], order: dict[str, Any]
) -> tuple[dict[str, dict[str, Any]], dict[str, Contestant]]:
    """What is to be told about every contestant, and those that compute what the adjoint by hand does."""
    report: dict[str, dict[str, Any]] = {}
    ready: dict[str, Contestant] = {}
    reference: tuple[float, tuple[Any, ...]] | None = None
    # By hand first: the others are compared with it.
    for name in sorted(order["contestants"], key=lambda name: name != "hand"):
        if (why := order["stopped"].get(name)) is not None:
            report[name] = {"error": why}
            continue
        entry: dict[str, Any] = {}
        try:
            contestant, result = _prepared(name, program, size, args, entry)
            found = contestant.read(result)
        except LookupError:
            continue
        except Exception as error:  # whatever it is, it is what a user would see
            report[name] = {"error": first_line(error)}
            continue
        report[name] = entry
        reference = reference or (found if found[1] else None)
        if reference is not None and (problem := disagreement(found, reference)):
            report[name] = {"error": problem, "wrong": True}
            continue
        ready[name] = contestant
    return report, ready


def _prepared(
    name: str, program: Program, size: str, args: tuple[Any, ...], entry: dict[str, Any]
) -> tuple[Contestant, Any]:
    """The contestant and what its call gave. Its compile time, a call's time and its memory go into `entry`."""
    say(doing="compile", contestant=name, size=size)
    if name in PEERS:
        importlib.import_module(name)
    with limited("to compile and call") if name not in OURS else contextlib.nullcontext():
        started = time.perf_counter()
        contestant = PREPARE[name](program, args)
        contestant.call()
        first = time.perf_counter() - started
    say(doing="call", contestant=name, size=size)
    with limited("for a call"):
        if name in OURS or first < 1.0:
            contestant.call()  # what only a second call does is not counted as its memory
        entry["memory"], seconds, result = peak_memory(contestant.call)
    entry.update(compile=max(0.0, first - seconds), rewritten=contestant.rewritten)
    entry.update(best=seconds, median=seconds, rounds=1, busy=1.0)
    if contestant.rewritten and (error := _error_as_written(name, program)):
        entry["as_written"] = error
    return contestant, result


def _error_as_written(name: str, program: Program) -> str:
    """What the package says to the program as it is, at a size where a loop that it unrolls is short."""
    args = program.tiny(np.random.default_rng(1))
    try:
        with limited("to compile and call"):
            contestant = PREPARE[name](replace(program, peers={}), args)
            found = contestant.read(contestant.call())
    except Exception as error:  # whatever it is, it is what a user would see
        return first_line(error)
    return disagreement(found, program.hand(*args))


def _groups(
    ready: dict[str, Contestant], report: dict[str, dict[str, Any]], seconds: float
) -> Iterator[tuple[list[str], float]]:
    """Who takes turns with whom, and the seconds for each. One call is enough for who takes longer than that."""
    names = [name for name in ready if report[name]["best"] < seconds]
    fast = [name for name in names if name not in (*PEERS, "numpy")]
    yield fast, seconds
    yield [name for name in names if name not in fast or name == "gradient"], seconds / 3


@contextlib.contextmanager
def _turn(path: str) -> Iterator[None]:
    """Alone among the processes that know this file."""
    say(doing="wait")
    with open(path, "w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _warm_up() -> None:
    """What Numba does once in a process is nobody's compile time."""

    @compiled
    def nothing(x):
        return x

    nothing(1.0)


def first_line(error: Exception) -> str:
    """The class of an error and the first line of its text."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Failed in nopython mode"):
        lines = lines[1:]  # Numba's first line says of every error that there was one
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:200]


def disagreement(found: tuple[float, tuple[Any, ...]], reference: tuple[float, tuple[Any, ...]]) -> str:
    """In words, what is wrong with `found`; of a contestant without gradients only the value is compared."""
    value, gradients = found
    if not np.isclose(value, reference[0], rtol=TOLERANCE, atol=0.0):
        return f"another value: {value!r}, not {reference[0]!r}"
    if not gradients:
        return ""
    for number, (one, other) in enumerate(zip(gradients, reference[1], strict=True)):
        one, other = np.asarray(one, float), np.asarray(other, float)
        if one.shape != other.shape:
            return f"gradient {number} has shape {one.shape}, not {other.shape}"
        off = np.max(np.abs(one - other), initial=0.0)
        largest = np.max(np.abs(other), initial=0.0)
        if not off <= TOLERANCE * largest:
            return f"gradient {number} is off by {off:.1e}, its largest element is {largest:.1e}"
    return ""


def _details(program: Program, size: str, args: tuple[Any, ...]) -> dict[str, Any]:
    """Bytes saved and the lengths of the programs."""
    say(doing="details", size=size)
    gradient = ad.value_and_grad(program.function, program.wrt)
    return {
        "saved": gradient.explain(*args).bytes_saved,
        "primal_lines": program.lines(),
        "adjoint_lines": code_lines(gradient.adjoint_source(*args)),
        "hand_lines": program.hand_lines(),
    }


if __name__ == "__main__":
    main()
