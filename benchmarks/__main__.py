"""How fast the generated gradients are: against adjoints by hand, the function itself, and other packages.

    python -m benchmarks                          everything
    python -m benchmarks --only cholesky --ours   one program; only what is compiled by Numba
    python -m benchmarks --quick --json out.json

Before anything is timed, all contestants are checked to compute the same value and the same gradient.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.contestants import OURS, PEERS
from benchmarks.machine import machine
from benchmarks.measure import CLOCKS
from benchmarks.programs import PROGRAMS
from benchmarks.run import Order, measure_all, scaling
from benchmarks.tables import table


def options() -> argparse.Namespace:
    """What was asked for."""
    names = [program.name for program in PROGRAMS]
    installed = [peer for peer in PEERS if importlib.util.find_spec(peer)]
    lines = (__doc__ or "").splitlines()
    parser = argparse.ArgumentParser("python -m benchmarks", description=lines[0])
    parser.add_argument("--only", action="append", metavar="NAME", choices=names, help="a program; may be repeated")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, the first size of each program")
    parser.add_argument("--size", type=int, choices=(1, 2), help="only the first or the second size")
    parser.add_argument("--ours", action="store_true", help="only what is compiled by Numba; writes no report")
    parser.add_argument("--peers", default=",".join(installed), help="of autograd, torch, jax, tangent; all by default")
    parser.add_argument(
        "--clock", choices=list(CLOCKS), default="wall", help="cpu: the process's own time, for a busy machine"
    )
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--output", type=Path, help="folder for RESULTS.md and the charts")
    return parser.parse_args()


def _sizes(sizes: list[str], asked: argparse.Namespace) -> list[str]:
    number = asked.size or (1 if asked.quick else None)
    return sizes if number is None else sizes[number - 1 : number]


def main() -> int:
    """Measure, show, and write; 1 if one of ours failed or disagreed."""
    asked = options()
    peers = tuple(filter(None, asked.peers.split(",")))
    if unknown := set(peers) - set(PEERS):
        sys.exit(f"unknown peers: {', '.join(sorted(unknown))}; known are {', '.join(PEERS)}")
    contestants = OURS if asked.ours else ("numpy", "numba", *OURS, *peers)
    chosen = [program for program in PROGRAMS if not asked.only or program.name in asked.only]
    cases = [(program.name, _sizes(list(program.sizes), asked)) for program in chosen]
    console = Console(width=None if sys.stdout.isatty() else 180)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as folder, Progress(*columns, console=console, transient=True) as progress:
        order = Order(
            contestants=contestants,
            seconds=0.3 if asked.quick else 1.0,
            rounds=60 if asked.quick else 200,
            details=not asked.ours,
            clock=asked.clock,
            folder=folder,
        )
        task = progress.add_task("", total=sum(len(sizes) for _, sizes in cases))

        def done(program: str, size: str) -> None:
            progress.update(task, description=f"{program} {size}", advance=1)

        started = time.monotonic()
        run: dict[str, Any] = {
            "command": " ".join(["python -m benchmarks", *sys.argv[1:]]),
            "date": time.strftime("%Y-%m-%d"),
            "machine": machine(),
            "clock": asked.clock,
        }
        run["programs"] = results = list(itertools.chain.from_iterable(measure_all(cases, order, done)))
        if not asked.only and not asked.ours:
            progress.update(task, description="scaling")
            run["scaling"] = scaling(order, peers)
        run["minutes"] = (time.monotonic() - started) / 60.0
    console.print(table(results, contestants))
    failed = False
    for result in results:
        failed |= "failed" in result
        for name, entry in result.get("contestants", {}).items():
            if "error" in entry:
                failed |= name in OURS
                console.print(f"{result['program']} {result['size']}: {name}: {entry['error']}", markup=False)
    if asked.json:
        asked.json.write_text(json.dumps(run, indent=1) + "\n")
    if asked.output or not (asked.only or asked.ours or asked.quick or asked.size):
        from benchmarks.report import write

        write(run, asked.output or Path(__file__).parent / "results")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
