"""What a gradient costs and whether it is right, measured on given arguments.

print(g.explain(x, n))

    gradient of loss: value 1.25
      checked    8 elements against central differences: worst error 3.1e-10, at x[17]
      saved      8000 bytes
        model.py:14             8000 bytes   s_saved (1000 of float64)
      time       forward 1.2 us, backward 1.9 us (together 2.6 times the function)

Bytes are those that the run really used: of a buffer that grows, up to the last trip. Arrays that are made in every
trip and read backward live in a buffer too; they are told apart ("kept"), because the function makes them anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from adcompile.build import Saved
from adcompile.runtime.cache import Program
from adcompile.runtime.dispatch import Specialiser, execute, gather
from adcompile.runtime.overlap import leaf_names

ELEMENTS = 8
SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Storage:
    """What one buffer held: `count` elements of `dtype`, for the loop at `line` of `file`."""

    name: str
    dtype: str
    file: str
    line: int
    count: int

    @property
    def bytes(self) -> int:
        """How much memory that is."""
        return self.count * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True)
class Check:
    """Element `where` of the gradient, and the central difference there."""

    where: str
    gradient: float
    difference: float

    @property
    def error(self) -> float:
        """The distance, relative to numbers beyond 1."""
        return abs(self.gradient - self.difference) / max(1.0, abs(self.difference))


@dataclass(frozen=True, slots=True)
class Explanation:
    """The report of `explain`. Times are the shortest of several runs, in seconds, of the compiled programs alone."""

    name: str
    value: float
    checks: tuple[Check, ...]
    saved: tuple[Storage, ...]
    kept: tuple[Storage, ...]
    forward_time: float
    gradient_time: float

    @property
    def worst(self) -> Check | None:
        """The element that is off by most; None if nothing was checked."""
        return max(self.checks, key=lambda check: np.nan_to_num(check.error, nan=np.inf), default=None)

    @property
    def bytes_saved(self) -> int:
        """All residuals together."""
        return sum(each.bytes for each in self.saved)

    @property
    def bytes_per_loop(self) -> dict[tuple[str, int], int]:
        """The residuals of every outermost loop, by file and line."""
        found: dict[tuple[str, int], int] = {}
        for each in self.saved:
            found[each.file, each.line] = found.get((each.file, each.line), 0) + each.bytes
        return found

    @property
    def backward_time(self) -> float:
        """What the gradient takes beyond the function."""
        return max(self.gradient_time - self.forward_time, 0.0)

    @property
    def ratio(self) -> float:
        """The time of the gradient, with the value, in times of the function."""
        return self.gradient_time / self.forward_time

    def __str__(self) -> str:
        times = f"forward {_duration(self.forward_time)}, backward {_duration(self.backward_time)}"
        lines = [
            f"gradient of {self.name}: value {self.value:.6g}",
            f"  checked    {self._checked()}",
            f"  saved      {self.bytes_saved} bytes",
            *_table(self.saved),
            *([f"  kept       {sum(each.bytes for each in self.kept)} bytes"] if self.kept else []),
            *_table(self.kept),
            f"  time       {times} (together {self.ratio:.1f} times the function)",
        ]
        return "\n".join(lines)

    def _checked(self) -> str:
        if (worst := self.worst) is None:
            return "nothing: the arguments have no elements"
        return (
            f"{len(self.checks)} elements against central differences: worst error {worst.error:.1e}, at {worst.where}"
        )


def explain(
    specialiser: Specialiser, receiver: object, args: tuple[object, ...], kwargs: Mapping[str, object]
) -> Explanation:
    """Measure the gradient at these arguments. Compiles three programs: function, gradient, and one that reports."""
    values = specialiser.bind(args, kwargs)
    target = specialiser.target(receiver)
    program = specialiser.program(target, specialiser.structures(values))
    primal = specialiser.find(target, program.arguments, replace(program.options, mode="primal", wrt=()))
    build: Callable[..., Any] = specialiser.request.pipeline.build
    options = replace(program.options, report=True, workspace=False, out=False)
    reporting = Program(build(target, program.arguments, options), program.arguments, options, cached=False)
    taken = gather(program, target, values)
    results: Sequence[Any] = execute(reporting, taken)
    storage = _storage(reporting.build.saved, results)
    first = len(results) - len(storage) - len(program.build.gradients)
    return Explanation(
        name=target.__name__,
        value=float(results[0]),
        checks=_checks(primal, program, taken, results[first:]),
        saved=tuple(each for each, buffer in zip(storage, reporting.build.saved, strict=True) if not buffer.kept),
        kept=tuple(each for each, buffer in zip(storage, reporting.build.saved, strict=True) if buffer.kept),
        forward_time=_shortest(primal, taken),
        gradient_time=_shortest(program, taken),
    )


def _storage(buffers: Sequence[Saved], results: Sequence[Any]) -> tuple[Storage, ...]:
    counts = results[len(results) - len(buffers) :]
    return tuple(
        Storage(each.name, each.dtype, each.file, each.line, int(count))
        for each, count in zip(buffers, counts, strict=True)
    )


def _checks(primal: Program, program: Program, taken: Sequence[Any], gradients: Sequence[Any]) -> tuple[Check, ...]:
    """A few elements of the gradient, drawn with a fixed seed, each with its central difference."""
    names = leaf_names(program.build, program.arguments)
    places = program.build.gradients
    sizes = [np.size(taken[place]) for place in places]
    drawn = np.random.default_rng(0).permutation(sum(sizes))[:ELEMENTS]
    found = []
    for number in sorted(int(each) for each in drawn):
        which, offset = 0, number
        while offset >= sizes[which]:
            which, offset = which + 1, offset - sizes[which]
        place = places[which]
        index = np.unravel_index(offset, np.shape(taken[place]))
        difference = _difference(primal, taken, place, index)
        shown = f"[{', '.join(map(str, index))}]" if index else ""
        gradient = float(np.asarray(gradients[which])[index])
        found.append(Check(f"{names[place]}{shown}", gradient, difference))
    return tuple(found)


def _difference(primal: Program, taken: Sequence[Any], place: int, index: tuple[Any, ...]) -> float:
    """The central difference of the value with respect to one element of what the entry takes."""
    moved: list[float] = []
    values: list[Any] = []
    for sign in (1.0, -1.0):
        leaf = taken[place]
        changed = np.array(leaf, order="K")
        exact = changed.dtype if changed.dtype == np.float32 else np.dtype(np.float64)
        step = np.finfo(exact).eps ** (1 / 3) * max(1.0, abs(float(changed[index])))
        changed[index] += sign * step
        moved.append(float(changed[index]))
        other = list(taken)
        other[place] = changed if isinstance(leaf, np.ndarray) else changed.dtype.type(changed[()])
        values.append(execute(primal, other)[0])
    return float(values[0] - values[1]) / (moved[0] - moved[1])


def _shortest(program: Program, taken: Sequence[Any]) -> float:
    """The time of the compiled program's fastest run."""
    kernel = program.kernel()
    shortest, stop = float("inf"), time.perf_counter() + SECONDS
    for _ in range(1000):
        start = time.perf_counter()
        kernel(*taken)
        end = time.perf_counter()
        shortest = min(shortest, end - start)
        if end > stop:
            break
    return shortest


def _table(storage: Sequence[Storage]) -> list[str]:
    """One line per loop and buffer, in the order of the source."""
    return [
        f"    {Path(each.file).name}:{each.line:<6} {each.bytes:>12} bytes   {each.name} ({each.count} of {each.dtype})"
        for each in sorted(storage, key=lambda each: (each.file, each.line, each.name))
    ]


def _duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
