"""Running the programs, each at each size in a process of its own with one thread per contestant.

A process from which nothing comes any more is ended, and started again without the contestant that it was busy with.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.limits import LIMIT, environment
from benchmarks.program import Program

GRACE = 10.0
"""Seconds beyond the limit, for what a process can stop itself."""


@dataclass(frozen=True, slots=True)
class Order:
    """How the programs are to be measured."""

    contestants: tuple[str, ...]
    seconds: float
    rounds: int
    details: bool
    cache: str


def measure(program: Program, size: str, order: Order) -> dict[str, Any]:
    """The result of the worker, or `{"failed": why}` in place of it."""
    stopped: dict[str, str] = {}
    while True:
        contestants = [name for name in order.contestants if name not in stopped]
        given = {
            "program": program.name,
            "size": size,
            "contestants": contestants,
            "seconds": order.seconds,
            "rounds": order.rounds,
            "details": order.details,
        }
        result, busy = _worker(given, order.cache)
        if "contestant" in busy and result is None and busy["contestant"] not in stopped and busy.get("late"):
            what = "to compile" if busy["doing"] == "compile" else "for a call"
            stopped[busy["contestant"]] = f"TookTooLong: took over {LIMIT:.0f} s {what}"
            continue
        if result is None:
            return {"program": program.name, "size": size, "failed": busy.get("failed", str(busy))}
        for name, why in stopped.items():
            result["contestants"][name] = {"error": why}
        return result


def _worker(given: dict[str, Any], cache: str) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The result, and what the process did last."""
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
    while True:
        patience = LIMIT + GRACE if busy["doing"] in ("compile", "call") else 300.0
        try:
            line = lines.get(timeout=patience)
        except queue.Empty:
            process.kill()
            process.wait()
            return None, {**busy, "late": True}
        if line is None:
            process.wait()
            reading.join()
            return None, {**busy, "failed": "".join(errors[-3:]).strip()}
        if not line.startswith("{"):
            continue
        said = json.loads(line)
        if "result" in said:
            process.wait()
            return said["result"], busy
        busy = said


def _hand_on(stream: Any, lines: queue.SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)
