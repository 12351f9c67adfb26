"""Times, taken in turns: in each round every contestant is called, so that a slow moment hits all of them.

A round of a contestant lasts at least a fifth of a millisecond. A contestant stays in the turns until it has used up
its seconds; slow ones have fewer rounds, but at least one.
"""

from __future__ import annotations

import ctypes
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHORTEST_ROUND = 2e-4


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds for a call, and the processors that it kept busy."""

    best: float
    median: float
    rounds: int
    busy: float


CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}
"""The time on the wall, or, for machines that are busy with other things, the processor's time of this process."""


def interleaved(
    calls: dict[str, Callable[[], Any]], *, seconds: float, rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, Times]:
    """The times of `calls`, each for at most `seconds` and at most `rounds` rounds."""
    numbers = {name: _number(call) for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    busy = dict.fromkeys(calls, 0.0)
    for _ in range(rounds):
        for name, call in calls.items():
            if found[name] and sum(found[name]) * numbers[name] > seconds:
                continue
            number = range(numbers[name])
            started_process, started = time.process_time(), clock()
            for _ in number:
                call()
            ended = clock()
            busy[name] += time.process_time() - started_process
            found[name].append((ended - started) / numbers[name])
    return {
        name: Times(
            _shortest(times, clock), statistics.median(times), len(times), busy[name] / (sum(times) * numbers[name])
        )
        for name, times in found.items()
    }


def _shortest(times: list[float], clock: Callable[[], float]) -> float:
    """The processor's clock may miss some of an interrupted round: a tenth of the rounds is left out."""
    return min(times) if clock is time.perf_counter else sorted(times)[len(times) // 10]


def _number(call: Callable[[], Any]) -> int:
    """Calls in a round."""
    started = time.perf_counter()
    call()
    once = time.perf_counter() - started
    if once < SHORTEST_ROUND:
        once = min(once, _timed(call), _timed(call))
    return max(1, math.ceil(SHORTEST_ROUND / once))


def _timed(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def peak_memory(call: Callable[[], Any]) -> tuple[int | None, float, Any]:
    """Bytes by which the process grows in a call at most, the seconds and the result of that call.

    The bytes are None where the system does not tell (Linux does).
    """
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
        before = _kilobytes("VmRSS")
    except (OSError, AttributeError):
        before = None
    started = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - started
    return None if before is None else max(0, _kilobytes("VmHWM") - before) * 1024, seconds, result


def _kilobytes(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])
