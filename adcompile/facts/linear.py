"""Integers as linear forms: `(i + 1) * 2 - i` is `i + 2`.

A form is `const + sum(coefficient * atom)`, where an atom is a value that is no sum itself: an argument, a loop index,
a load, a quotient. Forms exist for int64 only, and for exact arithmetic: a sum that wraps is an atom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adcompile.ir.nodes import Apply, Const, Operand, Value, integer
from adcompile.ir.primitive import Primitive
from adcompile.ops import scalar

# A form of more atoms is not looked into: its value is an atom itself.
LONGEST = 6


@dataclass(frozen=True, slots=True)
class Linear:
    """`const + sum(coefficient * atom for atom, coefficient in terms)`; no coefficient is 0, no atom comes twice."""

    terms: tuple[tuple[Value, int], ...] = ()
    const: int = 0

    def plus(self, other: Linear, factor: int = 1) -> Linear:
        """`self + factor * other`."""
        if not other.terms:
            return Linear(self.terms, self.const + factor * other.const)
        if not self.terms and factor == 1:
            return Linear(other.terms, self.const + other.const)
        found = dict(self.terms)
        for atom, coefficient in other.terms:
            found[atom] = found.get(atom, 0) + factor * coefficient
        terms = tuple((atom, coefficient) for atom, coefficient in found.items() if coefficient)
        return Linear(terms, self.const + factor * other.const)

    def substitute(self, atom: Value, by: Linear) -> Linear:
        """The form with another one in place of an atom."""
        coefficient = dict(self.terms).get(atom, 0)
        if not coefficient:
            return self
        rest = Linear(tuple(t for t in self.terms if t[0] is not atom), self.const)
        return rest.plus(by, coefficient)


def written(form: Linear, apply: Callable[[Primitive, Operand, Operand], Operand]) -> Operand:
    """The value of a form, computed by `apply`, which appends an operation and returns its result."""
    total: Operand | None = None
    for atom, coefficient in sorted(form.terms, key=lambda term: term[1] < 0):
        factor = coefficient if total is None else abs(coefficient)
        term = atom if factor == 1 else apply(scalar.mul, atom, integer(factor))
        total = term if total is None else apply(scalar.add if coefficient > 0 else scalar.sub, total, term)
    if total is None:
        return integer(form.const)
    if form.const < 0:
        return apply(scalar.sub, total, integer(-form.const))
    return apply(scalar.add, total, integer(form.const)) if form.const else total


class LinearForms:
    """The forms of values, given the statements that define them. `definitions` may grow in the meantime."""

    def __init__(self, definitions: Mapping[Value, Apply]) -> None:
        self.definitions = definitions
        self._known: dict[Value, Linear] = {}

    def of(self, operand: Operand) -> Linear:
        """The form of an int64 operand."""
        if isinstance(operand, Const):
            return Linear((), int(operand.value))
        known = self._known.get(operand)
        if known is None:
            definition = self.definitions.get(operand)
            form = self.of_result(definition) if definition is not None else None
            known = self._known[operand] = form or Linear(((operand, 1),))
        return known

    def forget(self, value: Value) -> None:
        """The value is computed from others than before."""
        self._known.pop(value, None)

    def of_result(self, stmt: Apply) -> Linear | None:
        """The form of what a statement computes, or None if it is an atom."""
        if not is_linear(stmt.primitive) or any(v.type.dtype != "int64" for v in (*stmt.operands, *stmt.results)):
            return None
        if stmt.attrs.overflow == "wraps":
            return None
        first, second = (self.of(stmt.operands[k % len(stmt.operands)]) for k in range(2))
        form = _combine(stmt, first, second)
        return form if form is not None and len(form.terms) <= LONGEST else None


def is_linear(primitive: Primitive) -> bool:
    """May its result be a linear form of its operands?"""
    return primitive.polynomial or primitive.renames


def _combine(stmt: Apply, first: Linear, second: Linear) -> Linear | None:
    if stmt.primitive is scalar.add:
        return first.plus(second)
    if stmt.primitive is scalar.sub:
        return first.plus(second, -1)
    if stmt.primitive is scalar.neg:
        return Linear().plus(first, -1)
    if stmt.primitive is not scalar.mul:
        return first
    if not second.terms:
        return Linear().plus(first, second.const)
    return None if first.terms else Linear().plus(second, first.const)
