"""How long each stage takes, for whoever asks.

with recorded() as seconds:            with stage("reverse"):
    build(...)                             adjoint = reverse(program, plan)

seconds                                {"frontend": 0.02, "reverse": 0.01, ...}
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Clock = Callable[[], float]

_RECORD: ContextVar[tuple[dict[str, float], Clock] | None] = ContextVar("seconds of stages", default=None)


@contextmanager
def recorded(clock: Clock = time.perf_counter) -> Iterator[dict[str, float]]:
    """The seconds of the stages that run inside the block, in this thread, in the order of their first run."""
    seconds: dict[str, float] = {}
    token = _RECORD.set((seconds, clock))
    try:
        yield seconds
    finally:
        _RECORD.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """A stage of compiling. Stages of one name add up; they do not contain each other."""
    record = _RECORD.get()
    if record is None:
        yield
        return
    seconds, clock = record
    started = clock()
    try:
        yield
    finally:
        seconds[name] = seconds.get(name, 0.0) + clock() - started
