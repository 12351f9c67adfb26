"""How large arrays can get whose extents are computed only inside a branch or loop.

    for i in range(n):
        w = x[i:] * s                   n - i <= n - 0: n elements are room enough for each of them

An upper bound of an int follows from bounds of what it is computed from, in front of the statement: a loop's index lies
between the loop's bounds, what a branch gives is one of two, and `min(a, b)` is at most `a` whatever `b` is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, integer
from adcompile.ir.types import INT
from adcompile.ir.walk import statements
from adcompile.ops import scalar as ops
from adcompile.ops.primitive import Effect, Primitive

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering

Definitions = Mapping[Value, Stmt]
IsKnown = Callable[[Operand], bool]


@dataclass(frozen=True, slots=True)
class Term:
    """An operation on bounds, yet to be emitted."""

    primitive: Primitive
    operands: tuple[Bound, ...]


Bound = Operand | Term


def definitions(region: Region) -> dict[Value, Stmt]:
    """What defines each value: a statement that results in it, or the loop that it is the index of."""
    found: dict[Value, Stmt] = {}
    for stmt in statements(region):
        found.update(dict.fromkeys(stmt.results, stmt))
        if isinstance(stmt, For):
            found[stmt.body.params[0]] = stmt
    return found


def room(operand: Operand, known: IsKnown, defined: Definitions) -> Bound | None:
    """At least as much as an extent, and not negative, from what is known; None if there is no such bound."""
    found = bound(operand, 1, known, defined)
    if found is None or known(operand):
        return found
    return Term(ops.maximum, (found, integer(0)))


def emitted(state: Lowering, found: Bound) -> Operand:
    """The bound as a value."""
    if not isinstance(found, Term):
        return state.scalar(found)
    operands = [emitted(state, each) for each in found.operands]
    if len(operands) == 2 and found.primitive in (ops.add, ops.sub, ops.mul):
        return state.emitter.int_op(found.primitive, *operands)
    return state.builder.apply(found.primitive, *operands, type=INT)


def bound(operand: Operand, sign: int, known: IsKnown, defined: Definitions) -> Bound | None:
    """An upper bound (sign 1) or a lower one (-1)."""
    if known(operand):
        return operand
    stmt = defined.get(operand) if isinstance(operand, Value) else None

    def of(other: Operand, side: int = sign) -> Bound | None:
        return bound(other, side, known, defined)

    match stmt:
        case If():
            at = stmt.results.index(operand)
            return _extreme(sign, of(stmt.then.yields[at]), of(stmt.orelse.yields[at]))
        case For(start=start, stop=stop, step=Const(value=step)) if operand is stmt.body.params[0] and step:
            near, far = (of(start), of(stop)) if step > 0 else (of(stop), of(start))
            return far if sign > 0 else near
        case Apply(primitive=primitive, operands=operands) if primitive.effect is Effect.PURE:
            return _of_operation(primitive, operands, sign, of)
        case _:
            return None


Of = Callable[..., Bound | None]


def _of_operation(primitive: Primitive, operands: tuple[Operand, ...], sign: int, of: Of) -> Bound | None:
    """The bound of a result from those of the operands."""
    if primitive is ops.add:
        return _term(ops.add, of(operands[0]), of(operands[1]))
    if primitive is ops.sub:
        return _term(ops.sub, of(operands[0]), of(operands[1], -sign))
    if primitive is ops.neg:
        return _term(ops.neg, of(operands[0], -sign))
    if primitive is ops.select:
        return _extreme(sign, of(operands[1]), of(operands[2]))
    if primitive in (ops.maximum, ops.minimum):
        return _of_extreme(primitive, sign, of(operands[0]), of(operands[1]))
    factor = operands[-1]
    if isinstance(factor, Const) and factor.value > 0:
        if primitive in (ops.mul, ops.floordiv):
            return _term(primitive, of(operands[0]), factor)
        if primitive is ops.mod:
            return integer(int(factor.value) - 1 if sign > 0 else 0)
    return None


def _of_extreme(primitive: Primitive, sign: int, one: Bound | None, other: Bound | None) -> Bound | None:
    """One operand bounds `min` from above and `max` from below."""
    if (primitive is ops.minimum) == (sign > 0) and (one is None or other is None):
        return one if other is None else other
    return _term(primitive, one, other)


def _extreme(sign: int, one: Bound | None, other: Bound | None) -> Bound | None:
    return _term(ops.maximum if sign > 0 else ops.minimum, one, other)


def _term(primitive: Primitive, *operands: Bound | None) -> Bound | None:
    known = tuple(each for each in operands if each is not None)
    return Term(primitive, known) if len(known) == len(operands) else None
