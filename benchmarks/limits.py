"""Stopping what takes too long: an alarm within the process, and the environment of a process with one thread."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

LIMIT = 20.0
"""Seconds of the processor that a contestant may take to compile, and for one call."""

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "NPROC": "1",
    "PJRT_NPROC": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}


class TookTooLong(Exception):
    """A contestant was stopped."""


def environment(**more: str) -> dict[str, str]:
    """The environment of a process in which everyone has one thread."""
    return {**os.environ, **ONE_THREAD, **more}


@contextlib.contextmanager
def limited(what: str, seconds: float = LIMIT) -> Iterator[None]:
    """Raises TookTooLong within the block, as soon as Python runs again. Without alarms (Windows) it does nothing."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise TookTooLong(f"took over {seconds:.0f} s {what}")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
