"""How compile time grows with the program: CPU seconds of every stage, for families of programs of doubling size.

    python -m benchmarks.growth                          all families; writes results/growth.md
    python -m benchmarks.growth --only elif --ours       one family; without Numba

The exponent of a stage is that of its last doubling: 1 if twice the program takes twice as long. Ours is to stay at or
below 1.3 wherever a stage takes more than 0.2 s. Numba takes its time by the line, so it is measured at the two
smallest sizes only. `tests/test_growth.py` holds the same in calls of functions, without a clock.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import adcompile as ad
from adcompile.facts.inequalities import is_infeasible_system
from adcompile.runtime.cache import MEMORY
from adcompile.stages import recorded
from benchmarks.families import FAMILIES, Family
from benchmarks.machine import machine

STAGES = ("frontend", "lowering", "before", "reverse", "after", "last", "emit")
MOST = 1.3
SHORT = 0.2  # seconds: in less, an exponent says nothing
ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Point:
    """One size of a family: lines of the generated program, CPU seconds of each stage, those of Numba if measured."""

    size: int
    lines: int
    seconds: dict[str, float]
    numba: float | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """What was measured of a family, from the smallest size on."""

    name: str
    points: list[Point] = field(default_factory=list)

    def exponent(self, stage: str) -> float | None:
        """The exponent of a stage over the last doubling; None where it takes next to no time."""
        if len(self.points) < 2:
            return None
        small, large = self.points[-2:]
        before, after = small.seconds.get(stage, 0.0), large.seconds.get(stage, 0.0)
        if before <= 0.0 or after < SHORT:
            return None
        return math.log(after / before) / math.log(large.size / small.size)

    def too_steep(self) -> list[str]:
        """The stages that grow faster than they should."""
        return [stage for stage in STAGES if (self.exponent(stage) or 0.0) > MOST]


def measure(family: Family, sizes: Iterable[int], compiled: Iterable[int] = ()) -> Growth:
    """Generate the programs, and have those of the sizes in `compiled` compiled; the better of two rounds counts."""
    found, compiled = Growth(family.name), set(compiled)
    for size in sizes:
        rounds = [_generated(family, size) for _ in range(ROUNDS)]
        lines, seconds = rounds[0]
        best = {stage: min(each[stage] for _, each in rounds) for stage in seconds}
        found.points.append(Point(size, lines, best, _compiled(family, size) if size in compiled else None))
    return found


def _generated(family: Family, size: int) -> tuple[int, dict[str, float]]:
    function, args = family.make(size)
    MEMORY.clear()
    is_infeasible_system.cache_clear()
    gc.collect()
    with recorded(time.process_time) as seconds:
        text = ad.value_and_grad(function, cache=False).adjoint_source(*args)
    return text.count("\n"), seconds


def _compiled(family: Family, size: int) -> float:
    function, args = family.make(size)
    gradient = ad.value_and_grad(function, cache=False)
    gradient.adjoint_source(*args)
    started = time.process_time()
    gradient.compile(*args)
    return time.process_time() - started


def report(grown: Sequence[Growth]) -> Iterator[str]:
    """The lines of the table."""
    yield "# How compile time grows"
    yield ""
    yield f"`python -m benchmarks.growth`, {time.strftime('%Y-%m-%d')}, {machine()['processor']}."
    yield ""
    yield "CPU seconds of each stage at the largest size, in brackets the exponent of its last doubling where a stage"
    yield f"takes more than {SHORT} s (bold above {MOST}). Numba's time is that of the size next to it."
    yield ""
    yield f"| family | size | lines | {' | '.join(STAGES)} | all ours | Numba at | s | ms a line |"
    yield "|---" * (len(STAGES) + 7) + "|"
    for each in grown:
        last = each.points[-1]
        cells = [_cell(last.seconds.get(stage, 0.0), each.exponent(stage)) for stage in STAGES]
        numba = next((p for p in reversed(each.points) if p.numba is not None), None)
        compiled = ("", "", "") if numba is None or numba.numba is None else _numba_cells(numba, numba.numba)
        total = f"{sum(last.seconds.values()):.2f}"
        yield "| " + " | ".join((each.name, str(last.size), str(last.lines), *cells, total, *compiled)) + " |"


def _cell(seconds: float, exponent: float | None) -> str:
    if exponent is None:
        return f"{seconds:.2f}"
    return f"{seconds:.2f} (**{exponent:.1f}**)" if exponent > MOST else f"{seconds:.2f} ({exponent:.1f})"


def _numba_cells(point: Point, seconds: float) -> tuple[str, str, str]:
    return str(point.size), f"{seconds:.1f}", f"{1e3 * seconds / point.lines:.0f}"


def main() -> int:
    """Measure, show and write; 1 if a stage of ours grows too fast."""
    lines = (__doc__ or "").splitlines()
    parser = argparse.ArgumentParser("python -m benchmarks.growth", description=lines[0])
    parser.add_argument("--only", action="append", metavar="NAME", choices=list(FAMILIES), help="may be repeated")
    parser.add_argument("--ours", action="store_true", help="without Numba")
    parser.add_argument("--smallest", action="store_true", help="only the two smallest sizes, without Numba")
    parser.add_argument("--output", type=Path, help="folder for growth.md")
    asked = parser.parse_args()
    chosen = [each for name, each in FAMILIES.items() if not asked.only or name in asked.only]
    measure(chosen[0], chosen[0].sizes[:1], () if asked.ours or asked.smallest else chosen[0].sizes[:1])  # imports
    grown: list[Growth] = []
    for each in chosen:
        sizes = each.sizes[:2] if asked.smallest else each.sizes
        grown.append(measure(each, sizes, () if asked.ours or asked.smallest else each.sizes[:2]))
        seconds = ", ".join(f"{p.size}: {sum(p.seconds.values()):.2f} s" for p in grown[-1].points)
        print(f"{each.name}: {seconds}", *(f"[{stage}]" for stage in grown[-1].too_steep()), flush=True)
    text = "\n".join(report(grown)) + "\n"
    if asked.output or not (asked.only or asked.ours or asked.smallest):
        ((asked.output or Path(__file__).parent / "results") / "growth.md").write_text(text)
    return int(any(each.too_steep() for each in grown))


if __name__ == "__main__":
    sys.exit(main())
