"""What a benchmark program is: the function as people write it, its sizes, its adjoint by hand, forms for others.

    Program(
        name="squares",
        family="reductions",
        kind="array",
        function=squares,                          # def squares(x): return np.sum(x * x)
        sizes={"n=10": make(10), "n=1000": make(1000)},
        tiny=make(3),
        wrt=(0,),
        hand=squares_by_hand,                      # returns (value, (x_bar,))
    )

A form for PyTorch or JAX takes the package as its first argument. Without one the function itself is tried, its `np`
replaced by the package's. The function may write to its arguments; the adjoint by hand must not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Literal

import numpy as np

Make = Callable[[np.random.Generator], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Program:
    """A function to differentiate with respect to the arguments `wrt`, and how others would do it."""

    name: str
    family: str
    kind: Literal["loop", "array"]
    """Loops over elements, or expressions over whole arrays (slice stencils are of this kind)."""
    function: Callable[..., Any]
    sizes: dict[str, Make]
    tiny: Make
    """Arguments for which plain Python takes milliseconds."""
    wrt: tuple[int, ...]
    hand: Callable[..., tuple[float, tuple[Any, ...]]]
    fused: Callable[..., float] | None = None
    """The primal in loops by hand, where `expected` is against it."""
    expected: float | None = None
    """The time of a good adjoint by hand over that of `fused`, as measured elsewhere at the size `expected_at`."""
    expected_at: str = ""
    peers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """By the peer's name, a form of the function that it can do."""

    def arguments(self, size: str) -> tuple[Any, ...]:
        """The arguments of a size, the same ones in every process."""
        return self.sizes[size](np.random.default_rng(0))

    def written(self) -> list[int]:
        """The arguments that the function writes to."""
        args, given = (self.tiny(np.random.default_rng(0)) for _ in range(2))
        self.function(*given)
        return [
            place
            for place, (before, after) in enumerate(zip(args, given, strict=True))
            if isinstance(before, np.ndarray) and not np.array_equal(before, after)
        ]

    def lines(self) -> int:
        """How many lines the function and the functions of its module that it calls have."""
        return sum(code_lines(inspect.getsource(each)) for each in _reached(self.function).values())

    def hand_lines(self) -> int:
        """The same of the adjoint by hand, without the lines of the decorators."""
        reached = _reached(self.hand.py_func)  # type: ignore[attr-defined]
        return sum(code_lines(inspect.getsource(each)) - 1 for each in reached.values())

    def over(self, package: Any) -> Callable[..., Any]:
        """The function with `package` in place of `np`, in the functions that it calls too."""
        reached = _reached(self.function)
        scope = {**self.function.__globals__, "np": package}
        for name, function in reached.items():
            scope[name] = FunctionType(function.__code__, scope, name, function.__defaults__, function.__closure__)
        return scope[self.function.__name__]


def code_lines(text: str) -> int:
    """Lines that are neither empty, nor comments, nor documentation."""
    count, quoted = 0, False
    for line in map(str.strip, text.splitlines()):
        quotes = line.count('"""')
        if not quoted and not quotes and line and not line.startswith("#"):
            count += 1
        quoted ^= quotes == 1
    return count


def _reached(function: Any) -> dict[str, Any]:
    """The function and, by name, the functions of its module that it calls."""
    found: dict[str, Any] = {}
    waiting = [function]
    while waiting:
        each = waiting.pop()
        found[each.__name__] = each
        for name in each.__code__.co_names:
            value = each.__globals__.get(name)
            value = getattr(value, "py_func", value)
            if isinstance(value, FunctionType) and value.__module__ == function.__module__ and name not in found:
                waiting.append(value)
    return found
