"""No search for garbage while a program is compiled: compilers make many objects, most of which stay until the end.

    with kept():
        ...                 Python's garbage collector rests, in all threads

Without it generating and compiling a program takes about a tenth less. What the program itself and others leave behind
meanwhile is collected afterwards.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Rest:
    """How many threads compile, and whether the collector was on when the first of them began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads = 0
        self._was_on = False

    def begin(self) -> None:
        """One more."""
        with self._lock:
            if not self._threads:
                self._was_on = gc.isenabled()
                gc.disable()
            self._threads += 1

    def end(self) -> None:
        """One less; after the last one all is as it was."""
        with self._lock:
            self._threads -= 1
            if not self._threads and self._was_on:
                gc.enable()


_REST = _Rest()


@contextmanager
def kept() -> Iterator[None]:
    """Nothing is collected while the block runs."""
    _REST.begin()
    try:
        yield
    finally:
        _REST.end()
