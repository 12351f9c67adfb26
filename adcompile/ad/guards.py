"""Where a zero cotangent could meet a partial derivative that is infinite or nan.

    y = np.where(x < 18.0, np.log1p(np.exp(x)), x)     at x = 800 the cotangent of exp(x) is 0, and exp(x) is inf

A cotangent that is zero because something was not chosen times anything is zero; one that arithmetic makes zero stays
what it is. So a product is guarded where the value is not chosen for certain (`chosen`) and the partial derivative is
not known to be finite (`facts.magnitudes`). A rule marked `singular` is guarded always.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from adcompile.ad.chosen import Chosen
from adcompile.ad.squares import Squares, is_root
from adcompile.facts.magnitudes import Magnitudes, magnitude
from adcompile.ir.nodes import Apply, Const, Region, Stmt, Value
from adcompile.ir.walk import statements
from adcompile.ops import scalar as ops
from adcompile.ops.expression import Expr
from adcompile.rules.table import RULES


class Guards:
    """Answers for the statements of a region; the first `results` of its yields are differentiated."""

    def __init__(self, region: Region, names: Mapping[Value, Value], results: int) -> None:
        self.statements = list(statements(region))
        self.magnitudes = Magnitudes(region, names)
        self.chosen = Chosen(region, names, results)
        self.squares = Squares(region, names)
        self._dropped: Chosen | None = None

    def of_copy(self, region: Region) -> CopiedGuards:
        """The answers for the statements of a copy of the region."""
        return CopiedGuards(self, dict(zip(statements(region), self.statements, strict=True)))

    def is_needed(self, stmt: Apply, position: int) -> bool:
        """Must the contribution of the result's cotangent to this operand keep a zero?"""
        if is_singular(stmt):
            return True
        partial = RULES[stmt.primitive].cotangents[position]
        if partial is None or self.chosen.for_certain(stmt.results[0]):
            return False
        return self._bound(partial, stmt) == math.inf

    def is_root_of_squares(self, stmt: Apply) -> bool:
        """Is the derivative zero where the operand is zero?"""
        return is_root(stmt) and self.squares.has(stmt.operands[0])

    def is_needed_in_product(self, stmt: Apply, factor: int) -> bool:
        """May a zero that must stay one, in the cotangent of a product, meet an element of this factor?"""
        result = stmt.results[0]
        if self.chosen.for_certain(result) or self.magnitudes.of(stmt.operands[factor]) < math.inf:
            return False
        if self._dropped is None:
            # What a comparison of numbers leaves out is no nan.
            self._dropped = self.chosen.but_for(lambda primitive: primitive.drops_nan)
        return not self._dropped.for_certain(result)

    def _bound(self, expr: Expr, stmt: Apply) -> float:
        """The bound of a rule's expression for a cotangent of 1."""
        if expr.name:
            if expr.name == "g":
                return 1.0
            return self.magnitudes.of(stmt.results[0] if expr.name == "z" else stmt.operands[int(expr.name[1:])])
        if expr.primitive is None:
            assert expr.number is not None
            return abs(expr.number)
        divisor = _constant(expr.args[-1], stmt)
        bounds = [self._bound(arg, stmt) for arg in expr.args]
        return magnitude(expr.primitive, bounds, divisor, stmt.results[0].type.dtype)


@dataclass(frozen=True, slots=True)
class CopiedGuards:
    """The answers of `Guards` for the statements of a copy."""

    guards: Guards
    originals: Mapping[Stmt, Stmt]

    def is_certain(self, stmt: Apply) -> bool:
        """Is a zero cotangent of the result one of arithmetic?"""
        return self.guards.chosen.for_certain(self._original(stmt).results[0])

    def is_needed(self, stmt: Apply, position: int) -> bool:
        """Must the contribution of the result's cotangent to this operand keep a zero?"""
        return self.guards.is_needed(self._original(stmt), position)

    def is_root_of_squares(self, stmt: Apply) -> bool:
        """Is the derivative zero where the operand is zero?"""
        return self.guards.is_root_of_squares(self._original(stmt))

    def is_needed_in_product(self, stmt: Apply, factor: int) -> bool:
        """May a zero that must stay one, in the cotangent of a product, meet an element of this factor?"""
        return self.guards.is_needed_in_product(self._original(stmt), factor)

    def _original(self, stmt: Apply) -> Apply:
        original = self.originals[stmt]
        assert isinstance(original, Apply)
        return original


def _constant(expr: Expr, stmt: Apply) -> float:
    """The number that an expression is, 0 if that is not known."""
    if expr.number is not None:
        return expr.number
    operand = stmt.operands[int(expr.name[1:])] if expr.name.startswith("x") else None
    return float(operand.value) if isinstance(operand, Const) else 0.0


def is_singular(stmt: Apply) -> bool:
    """May a partial derivative be infinite for a finite operand, by its rule?"""
    if not RULES[stmt.primitive].singular:
        return False
    exponent = stmt.operands[-1]
    return not (stmt.primitive is ops.pow_ and isinstance(exponent, Const) and exponent.value >= 1)
