"""Running the programs, each in a process of its own with one thread per contestant.

Two processes run at a time, but only one of them takes times: meanwhile the other may compile. A process from which
nothing comes any more is ended, and started again without the contestant that it was busy with.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestants import PEERS
from benchmarks.limits import LIMIT, environment

PATIENCE = 40.0
"""Seconds without a word from what cannot stop itself: it counts only what its processor does."""
WAITING = 600.0
"""The same where no peer is at work."""


@dataclass(frozen=True, slots=True)
class Order:
    """How the programs are to be measured: `seconds` and `rounds` for each contestant."""

    contestants: tuple[str, ...]
    seconds: float
    rounds: int
    details: bool
    clock: str
    folder: str
    """For the compiler's cache, empty at first, and for the lock."""


def measure_all(
    cases: Sequence[tuple[str, list[str]]], order: Order, done: Callable[[str, str], None]
) -> list[list[dict[str, Any]]]:
    """The results for each program and its sizes, in order."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda case: list(measure(*case, order, done)), cases))


def measure(program: str, sizes: list[str], order: Order, done: Callable[[str, str], None]) -> Iterator[dict[str, Any]]:
    """A result for each size; `{"failed": why}` in place of those that the process died on."""
    stopped: dict[str, str] = {}
    left = list(sizes)
    while left:
        given = {"program": program, "sizes": left, "stopped": stopped, "lock": f"{order.folder}/lock", **asdict(order)}
        results, busy = _worker(given, order.folder, lambda size: done(program, size))
        yield from results
        left = left[len(results) :]
        for name, entry in results[-1]["contestants"].items() if results else ():
            # What takes too long at one size is not tried at the next, which is larger.
            if "TookTooLong" in entry.get("error", ""):
                stopped[name] = entry["error"]
        if left and busy.get("late") and "contestant" in busy:
            what = "to compile and call" if busy["doing"] == "compile" else "for a call"
            stopped[busy["contestant"]] = f"TookTooLong: took over {LIMIT:.0f} s {what}"
        elif left:
            yield {"program": program, "size": left.pop(0), "failed": busy.get("failed", str(busy))}


def _worker(
    given: dict[str, Any], cache: str, done: Callable[[str], None]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The results, and what the process did last."""
    folder = str(Path(__file__).parent.parent)
    path = os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worker", json.dumps(given)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(ADCOMPILE_CACHE_DIR=cache, PYTHONPATH=path),
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    errors: list[str] = []
    threading.Thread(target=_hand_on, args=(process.stdout, lines), daemon=True).start()
    reading = threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
    reading.start()
    busy: dict[str, Any] = {"doing": "start"}
    results: list[dict[str, Any]] = []
    while True:
        try:
            line = lines.get(timeout=PATIENCE if busy.get("contestant") in PEERS else WAITING)
        except queue.Empty:
            process.kill()
            process.wait()
            return results, {**busy, "late": True}
        if line is None:
            process.wait()
            reading.join()
            return results, {**busy, "failed": "".join(errors[-3:]).strip()}
        if line.startswith("{"):
            said = json.loads(line)
            busy = said
            if "result" in said:
                results.append(said["result"])
                done(said["result"]["size"])


def _hand_on(stream: Any, lines: queue.SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)
