"""One program at one size, in a process of its own: prepare everybody, compare what they compute, time them in turns.

    python -m benchmarks.worker '{"program": "cholesky", "size": "N=100", "contestants": ["gradient", "hand"], ...}'

Prints a JSON object per line: what it is about to do (so that the process that waits knows whom to blame if nothing
comes any more), and at last the result.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from dataclasses import asdict
from typing import Any

import numpy as np

import adcompile as ad
from benchmarks.contestants import PREPARE, Contestant
from benchmarks.limits import limited
from benchmarks.measure import interleaved, peak_memory
from benchmarks.program import Program, code_lines, compiled
from benchmarks.programs import by_name

TOLERANCE = 1e-8
"""How far a value or a gradient may be off, in parts of its largest element."""


def main() -> None:
    """Read the order, print the result."""
    order = json.loads(sys.argv[1])
    program = by_name(order["program"])
    print(json.dumps({"result": measured(program, order)}), flush=True)


def measured(program: Program, order: dict[str, Any]) -> dict[str, Any]:
    """All that is found out about the program at one size."""
    warnings.simplefilter("ignore")
    args = program.arguments(order["size"])
    report: dict[str, dict[str, Any]] = {}
    ready: dict[str, Contestant] = {}
    reference: tuple[float, tuple[Any, ...]] | None = None
    _warm_up()
    # By hand first: the others are compared with it.
    for name in sorted(order["contestants"], key=lambda name: name != "hand"):
        report[name] = entry = {}
        try:
            contestant, entry["compile"], result = _prepared(name, program, args)
            found = contestant.read(result)
        except LookupError:
            del report[name]
            continue
        except Exception as error:  # whatever it is, it is what a user would see
            entry["error"] = _first_line(error)
            continue
        entry["rewritten"] = contestant.rewritten
        reference = reference or found
        if problem := disagreement(found, reference):
            entry["error"] = problem
            entry["wrong"] = True
            continue
        ready[name] = contestant
    say(doing="times")
    times = interleaved(
        {name: each.call for name, each in ready.items()}, seconds=order["seconds"], rounds=order["rounds"]
    )
    for name, each in times.items():
        report[name].update(asdict(each))
    if order["details"]:
        say(doing="memory")
        for name, each in ready.items():
            report[name]["memory"] = peak_memory(each.call)
    return {
        "program": program.name,
        "family": program.family,
        "kind": program.kind,
        "size": order["size"],
        "contestants": report,
        **(_details(program, args) if order["details"] and "gradient" in ready else {}),
    }


def say(**what: Any) -> None:
    """Tell the process that waits."""
    print(json.dumps(what), flush=True)


def _prepared(name: str, program: Program, args: tuple[Any, ...]) -> tuple[Contestant, float, Any]:
    """The contestant, the seconds that it took to prepare beyond a call, and what its call gave."""
    say(doing="compile", contestant=name)
    if name not in ("autograd", "torch", "jax", "tangent"):
        contestant, seconds, result = _first_call(name, program, args)
    else:
        __import__(name)
        with limited("to compile and call"):
            contestant, seconds, result = _first_call(name, program, args)
    say(doing="call", contestant=name)
    with limited("for a call"):
        started = time.perf_counter()
        result = contestant.call()
        return contestant, seconds - (time.perf_counter() - started), result


def _first_call(name: str, program: Program, args: tuple[Any, ...]) -> tuple[Contestant, float, Any]:
    started = time.perf_counter()
    contestant = PREPARE[name](program, args)
    result = contestant.call()
    return contestant, time.perf_counter() - started, result


def _warm_up() -> None:
    """What Numba does once in a process is nobody's compile time."""

    @compiled
    def nothing(x):
        return x

    nothing(1.0)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
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


def _details(program: Program, args: tuple[Any, ...]) -> dict[str, Any]:
    """Bytes saved and the lengths of the programs."""
    say(doing="details", contestant="gradient")
    gradient = ad.value_and_grad(program.function, program.wrt)
    return {
        "saved": gradient.explain(*args).bytes_saved,
        "primal_lines": program.lines(),
        "adjoint_lines": code_lines(gradient.adjoint_source(*args)),
        "hand_lines": hand_lines(program),
    }


def hand_lines(program: Program) -> int:
    """Lines of the adjoint by hand, with what it calls."""
    import inspect

    waiting, seen = [program.hand], {}
    while waiting:
        each = waiting.pop()
        python = each.py_func
        seen[python.__name__] = code_lines(inspect.getsource(python)) - 1
        for name in python.__code__.co_names:
            value = python.__globals__.get(name)
            if hasattr(value, "py_func") and name not in seen:
                waiting.append(value)
    return sum(seen.values())


if __name__ == "__main__":
    main()
