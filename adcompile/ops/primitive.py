"""What a primitive is: data, so that a new operation is one line here and one in the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Effect(Enum):
    """What a primitive does besides computing its results from its operands."""

    PURE = "pure"  # may be repeated, moved and dropped
    READ = "read"  # reads the contents of its first operand
    WRITE = "write"  # writes the contents of its first operand
    ALLOC = "alloc"  # makes a new array
    CHECK = "check"  # raises if its first operand is False


@dataclass(frozen=True, slots=True)
class Spelling:
    """How an operation is written in Python: `kind` is "binary", "unary", "compare", "bool", "call" or "special"."""

    kind: str
    text: str


@dataclass(frozen=True, eq=False, slots=True)
class Primitive:
    """An operation. `evaluate` is its meaning on NumPy scalars, for the reference interpreter.

    `cheap` operations are repeated in the backward sweep rather than saved or named.
    """

    name: str
    arity: int
    effect: Effect = Effect.PURE
    spelling: Spelling | None = None
    evaluate: Callable[..., Any] | None = None
    elementwise: bool = False

    def __repr__(self) -> str:
        return self.name
