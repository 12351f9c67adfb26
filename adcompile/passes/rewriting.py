"""What a rule of the algebra knows of a statement, and what it puts in its place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompile.facts.linear import LinearForms
from adcompile.ir.attributes import NONE, Attributes
from adcompile.ir.nodes import Apply, Const, Operand, Value
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOATS, Scalar, element


@dataclass(eq=False, slots=True)
class Known:
    """What is known where a statement stands: the statements before it, and how often values are used."""

    definitions: Mapping[Value, Apply]
    forms: LinearForms
    uses: Counter[Value]

    def definition(self, operand: Operand, primitive: Primitive) -> Apply | None:
        """The statement that computed the operand, if it applied this primitive."""
        found = self.definitions.get(operand) if isinstance(operand, Value) else None
        return found if found is not None and found.primitive is primitive else None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What stands for a statement: further statements, and the operand that replaces its result.

    Without an operand, the last statement defines the result.
    """

    statements: tuple[Apply, ...] = ()
    operand: Operand | None = None


Rule = Callable[[Apply, Known], Rewrite | None]


def same(one: Operand, other: Operand) -> bool:
    """Are the operands one value, or equal constants? 0.0 and -0.0 differ, and so do True, 1 and 1.0."""
    if isinstance(one, Const) and isinstance(other, Const):
        return one.type.dtype == other.type.dtype and repr(one.value) == repr(other.value)
    return one is other


def is_exactly(operand: Operand, value: float) -> bool:
    """Is it the constant of this value, the sign of a zero included?"""
    if not isinstance(operand, Const) or operand.value != value:
        return False
    return operand.type.dtype not in FLOATS or math.copysign(1.0, operand.value) == math.copysign(1.0, value)


def to(operand: Operand) -> Rewrite:
    """The operand in place of the result."""
    return Rewrite((), operand)


def applied(stmt: Apply, primitive: Primitive, *operands: Operand, before: tuple[Apply, ...] = ()) -> Rewrite:
    """Another operation that defines the result, after some statements."""
    kept = Attributes(overflow=stmt.attrs.overflow) if stmt.attrs.overflow is not None else NONE
    return Rewrite((*before, Apply(primitive, operands, stmt.results, kept, stmt.loc)))


def constant(stmt: Apply, value: Any) -> Rewrite:
    """A number in place of the result."""
    return to(constant_of(value, element(stmt.results[0].type)))


def constant_of(value: Any, type_: Scalar) -> Const:
    """A number as a constant of a type."""
    with np.errstate(all="ignore"):
        number: bool | int | float = np.asarray(value).astype(type_.dtype).item()
    return Const(number, type_)
