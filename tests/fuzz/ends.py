"""Random programs whose integers lie at the ends of the 64 bits: never a crash, never another value than Python's.

    python -m tests.fuzz.ends --seed 3 --batches 5

A program is a function of small parts, one of which runs: `which` chooses it, so that Numba compiles many at a time.
Each part is run with all of `ENDS`, by Python and by the compiled program. What Python raises, the program raises, as
that or as another error of a size (`SIZES`); an OverflowError is as right as any value, for its integers have an end.
"""

from __future__ import annotations

import argparse
import itertools
import linecache
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import adcompile as ad

ENDS = [2**63 - 1, 2**63 - 2, -(2**63), -(2**63) + 1, 2**62, -(2**62), -1, 0, 1, 5]
SIZES = (OverflowError, IndexError, ValueError, MemoryError)
PARTS = 10


@dataclass(frozen=True)
class Fault:
    """A part that gave something else, with this argument."""

    part: str
    argument: int
    expected: object
    found: object


def term(rng: random.Random) -> str:
    """An integer computed from the argument b."""
    c = rng.randrange(1, 5)
    forms = ["b", "b + {c}", "b - {c}", "{c} - b", "b << 1", "b << k", "b * 2", "b * b", "-b", "~b", "b + b", "b - k"]
    forms += ["b // 2", "b % 7", "b % 7 + {c}", "abs(b)", "k - b", "3 * b - 2 * b", "b + 2 - 5", "b // -1", "b >> 70"]
    forms += ["{c}", "k", "min(b, {c})", "max(b, -{c})", "b // (b - 1)", "b % b"]
    return rng.choice(forms).format(c=c)


def part(rng: random.Random) -> list[str]:
    """A few statements that add to s."""
    t, u, c = f"({term(rng)})", f"({term(rng)})", rng.randrange(1, 4)
    kinds = [
        [f"s += x[{t}] * x[0]"],
        [f"s += a[{t}, {u} % 2]"],
        [f"v[{t}] = 0.5", "s += np.sum(v)"],
        ["w = a.reshape(-1)", f"s += w[{t}] * 2.0"],
        [f"s += np.sum(x[{t}:])"],
        [f"s += np.sum(x[:{t}] * 3.0)"],
        [f"s += np.sum(x[{t}:{u}])"],
        [f"s += np.sum(x[{t}::2]) + np.sum(x[:{u}:-1])"],
        [f"s += np.sum(x[1:][{t}:])"],
        [f"v[{t}:] = 1.5", "s += np.sum(v * v)"],
        [f"for i in range({t}, {t} + {c}):", f"    s += x[i - {t}]"],
        [f"for i in range({t} - {c}, {t}):", "    s += x[i % 6] * 0.5"],
        [f"for i in range({t}, {u}, 2**62):", "    s += x[abs(i) % 6]"],
        [f"for i in range({t}, {u}, -(2**62)):", "    s += x[i % 6]"],
        [f"for i in range({t}, {t} + {c}):", "    v[min(b, i) + 1] = 1.5", "s += np.sum(v)"],
        [f"for i in range({t}, {t} + 2 * {c}, {c}):", f"    s += x[{c}] * 2.0"],
        [f"s += x[np.array([{t}, 0])].sum()"],
        [f"for i in range({c}):", f"    s += x[np.array([{t}, i])].sum()"],
        [f"s += np.zeros({t} % 5).sum() + x[0]"],
        [f"s += np.sum(x[0] * np.ones(({t}, 2))[:1])"] if t in ("(k)", f"({c})") else [f"s += x[{t} % 6]"],
        [f"s += np.sum(a.reshape(abs({t}), 2)) + x[1]"],
        [f"s += np.sum(x[0] * np.arange({t}, {t} + {c}))"],
        [f"s += x[0] * {t} * 1e-18"],
        [f"if {t} < {u}:", "    s += x[2]", "else:", "    s -= x[3]"],
        [f"s += x[min(max({t}, 0), 5)]"],
        [f"s += x[1] * len(range({t}, {u}, {c}))"],
        [f"m = {t} if b > 3 else {u}", "s += x[m]"],
        ["n = 0", f"while n + {t} < 3 and n < 4:", "    n += 1", "s += x[n] * n"],
        [f"m = {t}", f"for i in range({c}):", f"    m = m * 3 + {u}", "s += x[m % 6]"],
        [f"s += x[int(x[0] * {t}) % 6]"],
        [f"for i in range({t} % 4):", f"    s += x[i + {u}]"],
        ["for i in range(b):", f"    s += x[i + {c}]"],
        [f"for i in range(2, b, {c}):", f"    s += x[i - {c}]"],
        [f"for i in range({c}):", "    for j in range(k):", f"        s += v[i * {t} + j]"],
    ]
    return rng.choice(kinds)


def batch(seed: int) -> tuple[list[str], Callable[..., Any]]:
    """The parts of a program, as text, and the function."""
    rng = random.Random(seed)
    parts = [part(rng) for _ in range(PARTS)]
    lines = ["def f(x, a, k, b, which):", "    s = np.sum(x * x)", "    v = (a * 1.0).reshape(-1)"]
    for number, each in enumerate(parts):
        lines += [f"    {'el' if number else ''}if which == {number}:", *(f"        {line}" for line in each)]
    text = "\n".join([*lines, "    return s", ""])
    name = f"<ends {seed}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"np": np, "__name__": "ends"}
    exec(compile(text, name, "exec"), namespace)
    return ["\n".join(each) for each in parts], namespace["f"]


def outcome(function: Callable[..., Any], *args: Any) -> object:
    """The value, or the exception."""
    with np.errstate(all="ignore"):
        try:
            return float(function(*args))
        except Exception as error:
            return error


def arguments(b: int, which: int) -> tuple[Any, ...]:
    """What the program takes."""
    return np.linspace(0.5, 1.5, 6), np.arange(4.0).reshape(4, 1) + 1.0, 2, b, which


def runs_for_ever(text: str, b: int) -> bool:
    """Would Python need years for it, or more memory than there is?"""
    return ("range(b)" in text and b > 9) or ("range(2, b" in text and b > 9)


def agrees(expected: object, found: object) -> bool:
    """Is what was found as right as what Python gives?"""
    if isinstance(found, OverflowError):
        return True
    if isinstance(expected, Exception):
        return isinstance(found, type(expected)) or (isinstance(expected, SIZES) and isinstance(found, SIZES))
    return isinstance(found, float) and bool(np.isclose(found, expected, rtol=1e-9, equal_nan=True))


def faults(seed: int, run: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[Fault]:
    """What differs in a batch when it is run in some way."""
    parts, function = batch(seed)
    compiled = run(function)
    for (which, text), b in itertools.product(enumerate(parts), ENDS):
        if runs_for_ever(text, b):
            expected: object = IndexError("years later")
        else:
            expected = outcome(function, *arguments(b, which))
        print(f"{seed} {which} {b}", file=sys.stderr, flush=True)  # the last line before a crash
        found = outcome(compiled, *arguments(b, which))
        if not agrees(expected, found):
            yield Fault(text, b, expected, found)


def numba(function: Callable[..., Any]) -> Callable[..., Any]:
    """The value by the compiled gradient."""
    gradient = ad.value_and_grad(function)
    return lambda *args: gradient(*args)[0]


def main() -> None:
    """Run batches and tell what differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batches", type=int, default=3)
    given = parser.parse_args()
    count = 0
    for seed in range(given.seed, given.seed + given.batches):
        for fault in faults(seed, numba):
            count += 1
            print(
                f"{fault.part}\n  b = {fault.argument}: {fault.expected!r} by Python, here {fault.found!r}", flush=True
            )
    print(f"{given.batches} batches, {count} faults", flush=True)
    raise SystemExit(count > 0)


if __name__ == "__main__":
    main()
