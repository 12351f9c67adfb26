"""The register of corpus programs.

    @program(args=lambda rng: (rng.normal(size=3), 2.0), compiled=True)
    def scaled_sum(x: Array, a: float) -> Result: ...

A program is an ordinary function and a way to make its arguments. Decorated twice, it appears twice,
told apart by `label`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompile.testing import leaves

Array = np.ndarray[Any, Any]
Result = Any
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Program:
    """A corpus program. `compiled` marks those that are also run through Numba."""

    name: str
    function: Callable[..., Any]
    make_args: Callable[[Rng], tuple[Any, ...]]
    compiled: bool
    has_aux: bool

    def args(self) -> tuple[Any, ...]:
        """Fresh arguments, the same ones every time."""
        return self.make_args(np.random.default_rng(zlib.crc32(self.name.encode())))

    @property
    def single(self) -> bool:
        """Does single precision take part?"""
        given = [leaf for leaf in leaves(self.args()) if isinstance(leaf, (np.ndarray, np.generic))]
        return any(leaf.dtype == np.float32 for leaf in given) or "float32" in self.function.__code__.co_names


PROGRAMS: list[Program] = []


def program(
    *, args: Callable[[Rng], tuple[Any, ...]], compiled: bool = False, has_aux: bool = False, label: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a corpus program; the function itself is left as it is."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        theme = function.__module__.rsplit(".", 1)[-1]
        name = f"{theme}.{function.__name__}" + (f"-{label}" if label else "")
        assert name not in [known.name for known in PROGRAMS], f"two corpus programs are called {name}"
        PROGRAMS.append(Program(name, function, args, compiled, has_aux))
        return function

    return register
