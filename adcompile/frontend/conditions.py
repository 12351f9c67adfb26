"""Conditions: truth values, comparisons, `and`/`or`/`not` with short circuit, conditional expressions.

a < b and x[i] > 0      if lt(a, b): ... yield gt(x_i, 0) else: yield False
a < b and c             and(lt(a, b), c)       where the right side cannot fail
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import captured, control, lists, overloaded, reading, special
from adcompile.frontend.arguments import beside_arrays
from adcompile.frontend.attributes import attribute
from adcompile.frontend.exits import Outcome
from adcompile.frontend.indexing import take
from adcompile.frontend.logic import logical, negate
from adcompile.frontend.promote import operate
from adcompile.frontend.reading import Found
from adcompile.frontend.scope import bound_names
from adcompile.frontend.surface import FUNCTIONS
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Grown,
    Iterator,
    LocalFunction,
    Mapping,
    Maybe,
    Method,
    Number,
    Object,
    Partial,
    Range,
    Record,
    Slice,
    Static,
    Super,
    UserFunction,
    describe,
    is_number,
    tuple_of,
)
from adcompile.frontend.values import Sequence as Container
from adcompile.ir.nodes import Apply, Const
from adcompile.ir.primitive import Effect, Primitive
from adcompile.ops import scalar

COMPARISONS: dict[type[ast.cmpop], Primitive] = {
    ast.Lt: scalar.lt,
    ast.LtE: scalar.le,
    ast.Gt: scalar.gt,
    ast.GtE: scalar.ge,
    ast.Eq: scalar.eq,
    ast.NotEq: scalar.ne,
}
_PLAIN: dict[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda x, y: x in y,  # type: ignore[operator]
    ast.NotIn: lambda x, y: x not in y,  # type: ignore[operator]
}

_LENGTHS: dict[type[ast.cmpop], Callable[[int, int], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def truth(t: Tracer, node: ast.expr) -> Static | Number:
    """The truth of an expression: a static bool, or a bool of the program."""
    value = t.evaluate(node)
    with t.pointing_at(node):
        return truth_of(t, value)


def truth_of(t: Tracer, value: Abstract) -> Static | Number:
    """bool(value)."""
    match value:
        case Static(value=known):
            return Static(bool(known))
        case Number(operand=Const(value=known)):
            return Static(bool(known))
        case Number(dtype="bool"):
            return value
        case Number():
            nonzero = operate(t, scalar.ne, value, Static(0))
            assert isinstance(nonzero, Static | Number)
            return nonzero
        case ArrayValue() if all(isinstance(d, Const) and d.value == 1 for d in value.dims):
            return truth_of(t, t.item(value) if not value.ndim else _only_element(t, value))
        case ArrayValue():
            raise UnsupportedError(
                "the truth value of an array with more than one element is ambiguous",
                None,
                "Compare a single element, or reduce with `np.sum`, `np.min` or `np.max` first.",
            )
        case Container(grown=Grown()):
            return truth_of(t, lists.length(value))
        case Container(items=items):
            return Static(bool(items))
        case Mapping(items=entries):
            return Static(bool(entries))
        case Record() | Object():
            return special.truth(t, value)
        case Method() | UserFunction() | LocalFunction() | Partial() | Super() | Slice() | Iterator():
            return Static(True)
        case Range():
            raise UnsupportedError("the truth of a range is not supported", None, "Compare its bounds.")
        case _:
            raise UnsupportedError(f"the truth of {describe(value)} is not supported")


def _only_element(t: Tracer, value: ArrayValue) -> Number:
    element = take(t, value, tuple_of(*[Static(0)] * value.ndim))
    assert isinstance(element, Number)
    return element


def compare(t: Tracer, node: ast.Compare) -> Abstract:
    """A chain of comparisons: a < b < c is a < b and b < c."""
    tested = _none_or_value(t, node)
    if tested is not None:
        return tested if isinstance(node.ops[0], ast.IsNot) else negate(t, tested)
    left = t.evaluate(node.left)
    return _chain(t, node, left, 0)


def _none_or_value(t: Tracer, node: ast.Compare) -> Number | None:
    """For `name is None` and `owner.name is None`: is there a value, where that is not known now?"""
    match node:
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
            pass
        case _:
            return None
    match left:
        case ast.Name(id=name):
            value = captured.look_up(t, name)
        case ast.Attribute(value=owner, attr=name):
            value = attribute(t, t.evaluate(owner), name)
        case ast.Subscript(value=owner, slice=ast.Constant(value=key)):
            container = t.evaluate(owner)
            value = container.items.get(key, Static(None)) if isinstance(container, Mapping) else Static(None)
        case _:
            return None
    return Number(value.bound, weak=True) if isinstance(value, Maybe) and value.or_none else None


def _chain(t: Tracer, node: ast.Compare, left: Abstract, position: int) -> Abstract:
    right = t.evaluate(node.comparators[position])
    with t.pointing_at(node):
        first = compare_values(t, node.ops[position], left, right)
    if position + 1 == len(node.ops):
        return first
    return _both(t, node, first, lambda: _chain(t, node, right, position + 1))


def compare_values(t: Tracer, op: ast.cmpop, left: Abstract, right: Abstract) -> Abstract:
    """left op right."""
    match op:
        case ast.Is() | ast.IsNot():
            return Static(_identical(t, left, right) == isinstance(op, ast.Is))
        case ast.In() | ast.NotIn():
            found = _contains(t, right, left)
            return found if isinstance(op, ast.In) else negate(t, found)
    if overloaded.is_overloaded(left, right):
        return _compare_objects(t, op, left, right)
    if type(op) in COMPARISONS:
        left, right = beside_arrays(left, right, partial(FUNCTIONS[np.asarray], t))
        if _numeric(left) and _numeric(right):
            return operate(t, COMPARISONS[type(op)], left, right)
    plain = _PLAIN.get(type(op))
    if plain and isinstance(left, Static) and isinstance(right, Static):
        return Static(plain(left.value, right.value))
    if isinstance(left, Container) and isinstance(right, Container) and type(op) in COMPARISONS:
        return _compare_containers(t, op, left, right)
    functions = isinstance(left, UserFunction) or isinstance(right, UserFunction)
    if functions and isinstance(op, ast.Eq | ast.NotEq) and _outside(left) and _outside(right):
        return Static(_identical(t, left, right) == isinstance(op, ast.Eq))
    if plain and Static(None) in (left, right):
        return Static(isinstance(op, ast.NotEq))
    raise UnsupportedError(f"comparing {describe(left)} with {describe(right)} is not supported")


def _compare_objects(t: Tracer, op: ast.cmpop, left: Abstract, right: Abstract) -> Abstract:
    """Objects by their classes' methods, else as tuples, else by identity."""
    if isinstance(op, ast.NotEq) and overloaded.inverts_equality(t, left, right):
        return negate(t, truth_of(t, _compare_objects(t, ast.Eq(), left, right)))
    result = overloaded.compare(t, op, left, right)
    if result is not None:
        return result
    tuples = overloaded.natively(t, op, left, right)
    if tuples is not None:
        return compare_values(t, op, *tuples)
    return Static(_identical(t, left, right) == isinstance(op, ast.Eq))


def _compare_containers(t: Tracer, op: ast.cmpop, left: Container, right: Container) -> Abstract:
    if isinstance(op, ast.Eq | ast.NotEq):
        equal = _equal(t, left, right)
        return equal if isinstance(op, ast.Eq) else negate(t, equal)
    if left.kind != right.kind or left.grown or right.grown:
        raise UnsupportedError(f"ordering {describe(left)} and {describe(right)} is not supported")
    return _ordered(t, op, left.items, right.items)


def _equal(t: Tracer, left: Container, right: Container) -> Static | Number:
    equal: Static | Number = Static(left.kind == right.kind and len(left.items) == len(right.items))
    if equal == Static(True):
        for p, q in zip(left.items, right.items, strict=True):
            equal = logical(t, scalar.and_, equal, _same_item(t, p, q))
    return equal


def _same_item(t: Tracer, one: Abstract, other: Abstract) -> Static | Number:
    """Items of containers are equal if they are identical, NaN too."""
    if one is other and not isinstance(one, ArrayValue):
        return Static(True)
    return truth_of(t, compare_values(t, ast.Eq(), one, other))


def _ordered(t: Tracer, op: ast.cmpop, left: Sequence[Abstract], right: Sequence[Abstract]) -> Static | Number:
    """The first items that differ decide; if none do, the lengths."""
    if not left or not right:
        return Static(_LENGTHS[type(op)](len(left), len(right)))
    equal = _same_item(t, left[0], right[0])
    if equal == Static(True):
        return _ordered(t, op, left[1:], right[1:])
    decided = truth_of(t, compare_values(t, op, left[0], right[0]))
    if isinstance(equal, Static):
        return decided
    rest = logical(t, scalar.and_, equal, _ordered(t, op, left[1:], right[1:]))
    return logical(t, scalar.or_, rest, logical(t, scalar.and_, negate(t, equal), decided))


def _numeric(value: Abstract) -> bool:
    return is_number(value) or isinstance(value, ArrayValue)


def _identical(t: Tracer, left: Abstract, right: Abstract) -> bool:
    """Are both the same object? Raises UnsupportedError where only a call tells."""
    one, other = _outside(left), _outside(right)
    if one is not None and other is not None:
        return reading.is_same(t, one, other)
    if isinstance(left, ArrayValue) and isinstance(right, ArrayValue):
        same, foreign = left.value is right.value, "local" not in (left.buffer.owner, right.buffer.owner)
    else:
        same, foreign = left is right, t.is_foreign(left) and t.is_foreign(right)
    if foreign and not same:
        what = f"whether {describe(left)} and {describe(right)} from outside are the same object"
        raise UnsupportedError(
            f"{what} is not known when the function is compiled", None, "Compare a name or a number."
        )
    return same


def _outside(value: Abstract) -> Found | None:
    match value:
        case Static(value=known, reach=reach) | Object(value=known, reach=reach):
            return Found(known, reach)
        case UserFunction(function=function, reach=reach, bound=None):
            return Found(function, reach)
    return None


def _contains(t: Tracer, container: Abstract, value: Abstract) -> Static | Number:
    if isinstance(container, Record | Object):
        found = special.contains(t, container, value)
        if found is not None:
            return truth_of(t, found)
        container = overloaded.as_tuple(container)
    match container, value:
        case Static(value=known), Static(value=wanted):
            return Static(wanted in known)  # type: ignore[operator]
        case Mapping(items=entries), Static(value=wanted):
            return Static(wanted in entries)
        case Container(items=items, grown=None), _ if all(map(is_number, (value, *items))):
            return _any_equal(t, items, value)
        case Static(value=tuple() | list() as known), Number() if all(is_number(Static(k)) for k in known):
            return _any_equal(t, [Static(k) for k in known], value)
        case Container(items=items), Static(value=wanted) if all(isinstance(k, Static) for k in items):
            return Static(any(k.value == wanted for k in items if isinstance(k, Static)))
    raise UnsupportedError("`in` is supported for numbers, and for values known when the function is compiled, only")


def _any_equal(t: Tracer, items: Sequence[Abstract], value: Abstract) -> Static | Number:
    found: Static | Number = Static(False)
    for item in items:
        found = logical(t, scalar.or_, found, truth_of(t, operate(t, scalar.eq, item, value)))
    return found


def boolean_operation(t: Tracer, node: ast.BoolOp) -> Abstract:
    """`and` and `or` give one of their operands; the right one is evaluated only if it is needed."""
    return _operands(t, node, node.values)


def _operands(t: Tracer, node: ast.BoolOp, values: Sequence[ast.expr]) -> Abstract:
    first, values = _leading(t, node, values)
    if len(values) == 1:
        return first
    if isinstance(node.op, ast.And):
        return _both(t, values[0], first, lambda: _operands(t, node, values[1:]))
    with t.pointing_at(values[0]):
        cond = truth_of(t, first)
    if isinstance(cond, Static):
        return first if cond.value else _operands(t, node, values[1:])
    return _either(t, cond, first, lambda: _operands(t, node, values[1:]), scalar.or_)


def _leading(t: Tracer, node: ast.BoolOp, values: Sequence[ast.expr]) -> tuple[Abstract, Sequence[ast.expr]]:
    """The value of the first operand, or of as many comparisons as follow it and are mere bools; and the operands from
    the last of these on. `(a and b) and c` is `a and (b and c)`, but needs no region inside a region for each.
    """
    logical_ = scalar.and_ if isinstance(node.op, ast.And) else scalar.or_
    first = t.evaluate(values[0])
    while len(values) > 2 and isinstance(values[1], ast.Compare) and isinstance(first, Number) and _is_bool(first):
        second = control.side(t, partial(_evaluated, t, values[1]))
        value = second.outcome.value
        if not (isinstance(value, Number) and _is_bool(value) and _is_mere(t, second)):
            break
        for stmt in second.region.body:
            t.builder.append(stmt)
        first, values = logical(t, logical_, first, value), values[1:]
    return first, values


def _evaluated(t: Tracer, node: ast.expr) -> Outcome:
    return Outcome(value=t.evaluate(node))


def _is_mere(t: Tracer, side: control.Side) -> bool:
    """Does what was interpreted nothing but compute, so that it may as well be computed if it is not needed?"""
    names = t.frame.names
    pure = all(isinstance(s, Apply) and s.primitive.effect is Effect.PURE for s in side.region.body)
    return pure and all(names.get(n) is v for n, v in side.names.items())


def _both(t: Tracer, node: ast.expr, first: Abstract, rest: Callable[[], Abstract]) -> Abstract:
    with t.pointing_at(node):
        cond = truth_of(t, first)
    if isinstance(cond, Static):
        return rest() if cond.value else first
    return _either(t, cond, first, rest, scalar.and_)


def _either(t: Tracer, cond: Number, first: Abstract, rest: Callable[[], Abstract], logical_: Primitive) -> Abstract:
    """The rest where it is needed, else the first operand. A rest that is a mere bool needs no region."""
    second = control.side(t, lambda: Outcome(value=rest()))
    value = second.outcome.value
    if _is_bool(first) and isinstance(value, Static | Number) and _is_bool(value) and _is_mere(t, second):
        for stmt in second.region.body:
            t.builder.append(stmt)
        return logical(t, logical_, cond, value)
    neither = control.side(t, lambda: Outcome(value=first))
    sides = (second, neither) if logical_ is scalar.and_ else (neither, second)
    return control.join_sides(t, cond.operand, *sides, frozenset(second.names)).value


def _is_bool(value: Abstract) -> bool:
    return (isinstance(value, Static) and isinstance(value.value, bool)) or (
        isinstance(value, Number) and value.dtype == "bool"
    )


def conditional(t: Tracer, node: ast.IfExp) -> Abstract:
    """a if c else b: only one side is evaluated."""
    cond = truth(t, node.test)
    if isinstance(cond, Static):
        return t.evaluate(node.body if cond.value else node.orelse)
    live = frozenset(bound_names([node.body, node.orelse]))
    return control.fork(t, cond.operand, lambda: t.evaluate(node.body), lambda: t.evaluate(node.orelse), live)
