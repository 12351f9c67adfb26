"""What is said about compiling: a line on stderr where it takes long, and the seconds of `compile`.

    adcompile: compiling loss: 363 lines ...

The line comes once for a program, as soon as generating and compiling it have taken five seconds; what is loaded from
disk is not spoken of. ADCOMPILE_QUIET switches it off.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from adcompile.runtime.garbage import kept

PATIENCE = 5.0  # seconds


class Progress:
    """The work on one program, which may come in several parts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines = 0
        self._spent = 0.0
        self._told = False

    @contextmanager
    def working(self) -> Iterator[None]:
        """Part of the work happens inside the block, where no garbage is collected."""
        started = time.monotonic()
        timer = threading.Timer(max(0.0, PATIENCE - self._spent), self._tell)
        timer.daemon = True
        if not self._told and not os.environ.get("ADCOMPILE_QUIET"):
            timer.start()
        try:
            with kept():
                yield
        finally:
            timer.cancel()
            self._spent += time.monotonic() - started

    def _tell(self) -> None:
        self._told = True
        if sys.stderr is not None:
            size = f": {self.lines} lines" if self.lines else ""
            print(f"adcompile: compiling {self.name}{size} ...", file=sys.stderr, flush=True)


class Compilation(dict[str, float]):
    """The seconds that each stage of compiling took; `print` shows them as a table.

    `lines` is the length of the generated program. A program that was there already, on disk or in this process, has no
    stages but "loading", or none at all.
    """

    def __init__(self, name: str, lines: int, seconds: Mapping[str, float]) -> None:
        super().__init__(seconds)
        self.name = name
        self.lines = lines

    @property
    def loaded(self) -> bool:
        """Was the program there already?"""
        return self.keys() <= {"cache"}

    @property
    def total(self) -> float:
        """All seconds together."""
        return sum(self.values())

    def __str__(self) -> str:
        width = max(map(len, ("total", *self)))
        rows = [f"    {stage:<{width}}  {seconds:8.3f} s" for stage, seconds in {**self, "total": self.total}.items()]
        return "\n".join([f"{self.name}: {self.lines} lines{', loaded' if self.loaded else ''}", *rows])

    __repr__ = __str__
