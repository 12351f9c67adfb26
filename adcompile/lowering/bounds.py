"""How large arrays can get whose extents are computed only inside a branch or loop.

    for i in range(n):
        w = x[i:] * s                   n - i <= n - 0: n elements are room enough for each of them

An upper bound of an int follows from bounds of what it is computed from, in front of the statement: a loop's index lies
between the loop's bounds, what a branch gives is one of two, and `min(a, b)` is at most `a` whatever `b` is. What a
loop carries is at most the larger of what it starts from and what a trip yields, the value itself left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adcompile.ir.loops import carried_as, index_of
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While, integer
from adcompile.ir.primitive import Effect, Primitive
from adcompile.ir.types import INT
from adcompile.ir.walk import statements
from adcompile.ops import scalar as ops

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering

Definitions = Mapping[Value, Stmt]
IsKnown = Callable[[Operand], bool]
Asked = tuple[Operand, int]


@dataclass(frozen=True, slots=True)
class Term:
    """An operation on bounds, yet to be emitted."""

    primitive: Primitive
    operands: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class _Itself:
    """The carried value that a bound is asked for, in what a trip yields."""


ITSELF = _Itself()
Bound = Operand | Term


def definitions(region: Region) -> dict[Value, Stmt]:
    """What defines each value: a statement that results in it, or the loop that it is a param of."""
    found: dict[Value, Stmt] = {}
    for stmt in statements(region):
        found.update(dict.fromkeys(stmt.results, stmt))
        if isinstance(stmt, For | While):
            found.update(dict.fromkeys(stmt.body.params, stmt))
    return found


def room(operand: Operand, known: IsKnown, defined: Definitions) -> Bound | None:
    """At least as much as an extent, and not negative, from what is known; None if there is no such bound."""
    found = bound(operand, 1, known, defined)
    if found is None or isinstance(found, _Itself):
        return None
    if known(operand):
        return operand
    return Term(ops.maximum, (found, integer(0)))


def emitted(state: Lowering, found: Bound, value: Callable[[Operand], Operand]) -> Operand:
    """The bound as a value; `value` gives what is known."""
    if not isinstance(found, Term):
        return value(found)
    operands = [emitted(state, each, value) for each in found.operands]
    if len(operands) == 2 and found.primitive in (ops.add, ops.sub, ops.mul):
        return state.emitter.int_op(found.primitive, *operands)
    return state.builder.apply(found.primitive, *operands, type=INT)


def bound(
    operand: Operand, sign: int, known: IsKnown, defined: Definitions, asked: frozenset[Asked] = frozenset()
) -> Bound | _Itself | None:
    """An upper bound (sign 1) or a lower one (-1). `asked`: the carried value whose bound this is needed for."""
    if (operand, sign) in asked:
        return ITSELF
    if (operand, -sign) in asked:
        return None
    if known(operand):
        return operand
    stmt = defined.get(operand) if isinstance(operand, Value) else None

    def of(other: Operand, side: int = sign) -> Bound | _Itself | None:
        return bound(other, side, known, defined, asked)

    match stmt:
        case If():
            at = stmt.results.index(operand)
            return _extreme(sign, of(stmt.then.yields[at]), of(stmt.orelse.yields[at]))
        case For(start=start, stop=stop, step=Const(value=step)) if operand is index_of(stmt) and step:
            near, far = (of(start), of(stop)) if step > 0 else (of(stop), of(start))
            return far if sign > 0 else near
        case For() | While():
            each = carried_as(stmt, operand)
            if each is None or asked:
                return None
            found = bound(each.yielded, sign, known, defined, frozenset(((operand, sign), (each.param, sign))))
            return _extreme(sign, of(each.init), found)
        case Apply(primitive=primitive, operands=operands) if primitive.effect is Effect.PURE:
            return _of_operation(primitive, operands, sign, of)
        case _:
            return None


Of = Callable[..., Bound | _Itself | None]


def _of_operation(primitive: Primitive, operands: tuple[Operand, ...], sign: int, of: Of) -> Bound | _Itself | None:
    """The bound of a result from those of the operands."""
    if primitive is ops.add:
        first, step = of(operands[0]), operands[1]
        moves_away = isinstance(step, Const) and step.value * sign <= 0
        return ITSELF if first is ITSELF and moves_away else _term(ops.add, first, of(step))
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


def _of_extreme(
    primitive: Primitive, sign: int, one: Bound | _Itself | None, other: Bound | _Itself | None
) -> Bound | _Itself | None:
    """One operand bounds `min` from above and `max` from below."""
    if (primitive is ops.minimum) == (sign > 0):
        usable = [each for each in (one, other) if each is not None and each is not ITSELF]
        return _term(primitive, *usable) if len(usable) == 2 else usable[0] if usable else one or other
    return _extreme(sign, one, other)


def _extreme(sign: int, one: Bound | _Itself | None, other: Bound | _Itself | None) -> Bound | _Itself | None:
    """The larger, or the smaller; what a carried value is itself adds nothing."""
    if one is ITSELF or other is ITSELF:
        return other if one is ITSELF else one
    return _term(ops.maximum if sign > 0 else ops.minimum, one, other)


def _term(primitive: Primitive, *operands: Bound | _Itself | None) -> Bound | None:
    known = tuple(each for each in operands if each is not None and not isinstance(each, _Itself))
    return Term(primitive, known) if len(known) == len(operands) else None
