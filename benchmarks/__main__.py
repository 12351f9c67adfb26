"""How fast the generated gradients are: against adjoints by hand, the function itself, and other packages.

    python -m benchmarks                          everything, about a quarter of an hour
    python -m benchmarks --only cholesky --ours   one program; only what is compiled by Numba
    python -m benchmarks --quick --json out.json

Before anything is timed, all contestants are checked to compute the same value and the same gradient.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.contestants import OURS, PEERS
from benchmarks.programs import PROGRAMS
from benchmarks.run import Order, measure
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
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser.parse_args()


def main() -> int:
    """Measure, show, and write; 1 if one of ours failed or disagreed."""
    asked = options()
    peers = tuple(filter(None, asked.peers.split(",")))
    if unknown := set(peers) - set(PEERS):
        sys.exit(f"unknown peers: {', '.join(sorted(unknown))}; known are {', '.join(PEERS)}")
    contestants = OURS if asked.ours else ("numpy", "numba", *OURS, *peers)
    chosen = [program for program in PROGRAMS if not asked.only or program.name in asked.only]
    cases = [
        (program, size)
        for program in chosen
        for number, size in enumerate(program.sizes, 1)
        if number == (asked.size or (1 if asked.quick else number))
    ]
    console = Console(width=None if sys.stdout.isatty() else 180)
    results = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as cache, Progress(*columns, console=console, transient=True) as progress:
        order = Order(contestants, 0.3 if asked.quick else 1.0, 60 if asked.quick else 200, not asked.ours, cache)
        task = progress.add_task("", total=len(cases))
        for program, size in cases:
            progress.update(task, description=f"{program.name} {size}")
            results.append(measure(program, size, order))
            progress.advance(task)
    console.print(table(results, contestants))
    failed = False
    for result in results:
        failed |= "failed" in result
        for name, entry in result.get("contestants", {}).items():
            if "error" in entry:
                failed |= name in OURS
                console.print(f"{result['program']} {result['size']}: {name}: {entry['error']}", markup=False)
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
