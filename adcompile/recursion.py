"""Deep nesting: calls that are interpreted in place, and long expressions, nest deeper here than in the function.

x + x + ... + x        a tree as deep as there are terms: each pass over it goes down as far
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adcompile.errors import UnsupportedError
from adcompile.location import Location
from adcompile.source import python_function

DEEPEST = 20_000


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let the block go deeper than Python usually allows."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


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
