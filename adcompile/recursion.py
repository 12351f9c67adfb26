"""Deep nesting: calls that are interpreted in place, and long expressions, nest deeper here than in the function.

x + x + ... + x        a tree as deep as there are terms: each pass over it goes down as far
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adcompile.errors import UnsupportedError
from adcompile.location import Location
from adcompile.source import python_function

DEEPEST = 20_000


class _Limit:
    """Python's limit, which all threads share: the first one that goes deeper raises it, the last one puts it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._usual = 0

    def raise_(self) -> None:
        with self._lock:
            if not self._users:
                self._usual = sys.getrecursionlimit()
            self._users += 1
            sys.setrecursionlimit(max(sys.getrecursionlimit(), DEEPEST))

    def put_back(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                sys.setrecursionlimit(self._usual)


_LIMIT = _Limit()


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let the block go deeper than Python usually allows."""
    _LIMIT.raise_()
    try:
        yield
    finally:
        _LIMIT.put_back()


@contextmanager
def nested_at_most(function: Callable[..., object]) -> Iterator[None]:
    """Compile `function` in the block. Raises UnsupportedError if it nests deeper than can be compiled."""
    try:
        with deep_recursion():
            yield
    except RecursionError:
        code = python_function(function).__code__
        raise UnsupportedError(
            f"`{code.co_name}` nests too deeply to be compiled",
            Location(code.co_filename, code.co_firstlineno, 0, None, code.co_qualname),
            "Split long expressions into several statements, and use a loop or arrays for many terms.",
        ) from None
