"""What a primitive is: data, so that a new operation is one line here and one in the rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from adcompile.ir.types import Array, Scalar, Type


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


@dataclass(frozen=True, slots=True)
class Signature:
    """The axes of the operands and results of a library call, a letter each; one that no operand has is the smallest
    extent of the operands: `("mn",), ("mk", "k", "kn")`.
    """

    operands: tuple[str, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routine:
    """A library call: what it takes and gives, what to call its results, and the keywords it is written with.

    With `gives`, the results have this dtype, and the operands may have any.
    """

    signatures: tuple[Signature, ...]
    names: tuple[str, ...]
    keywords: tuple[tuple[str, bool | str], ...] = ()
    gives: str = ""

    def signature_of(self, types: Sequence[Type]) -> Signature | None:
        """The signature that fits operands of these types; None if there is none."""
        ranks = [type_.ndim if isinstance(type_, Array) else 0 for type_ in types]
        return next((s for s in self.signatures if list(map(len, s.operands)) == ranks), None)

    def result_types(self, operands: Sequence[Type]) -> tuple[Type, ...] | None:
        """The types of the results; None if no signature fits."""
        signature = self.signature_of(operands)
        if signature is None:
            return None
        dtype = self.gives or operands[0].dtype
        return tuple(Array(dtype, len(axes)) if axes else Scalar(dtype) for axes in signature.results)


@dataclass(frozen=True, eq=False, slots=True)
class Primitive:
    """An operation. `evaluate` is its meaning on NumPy scalars, for the reference interpreter.

    `exact` is what it means on Python's integers, if that may leave 64 bits: in the IR, arithmetic of int64 is exact or
    raises, but for NumPy's integers (attribute `overflow`: "wraps") and what cannot leave them ("never").
    """

    name: str
    arity: int
    effect: Effect = Effect.PURE
    spelling: Spelling | None = None
    evaluate: Callable[..., Any] | None = None
    elementwise: bool = False
    routine: Routine | None = None
    exact: Callable[..., int] | None = None

    def __repr__(self) -> str:
        return self.name
