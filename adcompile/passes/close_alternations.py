"""Close alternations: an int that takes two values in turn is told by the number of the trip. Rewrites in place.

    for i in range(0, n) carrying (slot = 0):       for i in range(0, n):
        other = 1 - slot                                slot = i % 2
        ...                                             other = 1 - slot
        yield other                                     ...
                                                    slot.1 = max(n, 0) % 2

The backward sweep computes such an int again, where it would save it in every trip. Rules, for a counted loop without
exits whose step is 1:

* turn       the next value is a constant less the value, or two values change places; the first ones are constants.
"""

from __future__ import annotations

from adcompile.ir.builder import Builder
from adcompile.ir.nodes import (
    Apply,
    Const,
    For,
    Function,
    Name,
    Operand,
    Region,
    Stmt,
    Value,
    integer,
    is_const,
    name_of,
)
from adcompile.ir.types import INT
from adcompile.ir.walk import Substitution, regions, substitute_within
from adcompile.ops import scalar as ops


def close_alternations(function: Function) -> Function:
    """Take ints that take two values in turn out of what loops carry."""
    mapping: Substitution = {}
    _visit(function.region, mapping)
    if mapping:
        substitute_within(function.region, mapping)
    return function


def _visit(region: Region, mapping: Substitution) -> None:
    body: list[Stmt] = []
    for stmt in region.body:
        for inner in regions(stmt):
            _visit(inner, mapping)
        body.append(stmt)
        if isinstance(stmt, For) and is_const(stmt.step, 1) and not stmt.exits and (found := _turns(stmt)):
            body += _closed(stmt, found, mapping)
    region.body = body


def _turns(loop: For) -> dict[int, tuple[int, int]]:
    """The carried values that take two constants in turn (turn): the first and the second one."""
    params, yields = loop.body.params[1:], loop.body.yields
    defined = {s.results[0]: s for s in loop.body.body if isinstance(s, Apply) and s.primitive is ops.sub}
    first = {k: int(o.value) for k, o in enumerate(loop.inits) if isinstance(o, Const) and params[k].type == INT}
    found: dict[int, tuple[int, int]] = {}
    for k, value in first.items():
        passed = yields[k]
        step = defined.get(passed) if isinstance(passed, Value) else None
        if step is not None and isinstance(step.operands[0], Const) and step.operands[1] is params[k]:
            found[k] = (value, int(step.operands[0].value) - value)
            continue
        other = next((m for m in first if m != k and params[m] is passed and yields[m] is params[k]), None)
        if other is not None:
            found[k] = (value, first[other])
    return found


def _closed(loop: For, found: dict[int, tuple[int, int]], mapping: Substitution) -> list[Stmt]:
    """Let the loop compute the values, and return statements behind it that compute the last ones."""
    before, behind = Builder(), Builder()
    with before.at(loop.loc), behind.at(loop.loc):
        index = loop.body.params[0]
        trip = index if is_const(loop.start, 0) else _less(before, index, loop.start)
        span = loop.stop if is_const(loop.start, 0) else _less(behind, loop.stop, loop.start)
        count = behind.apply(ops.maximum, span, integer(0), type=INT)
        for k, values in found.items():
            param, result = loop.body.params[1 + k], loop.results[k]
            mapping[param] = _in_turn(before, trip, values, name_of(param))
            mapping[result] = _in_turn(behind, count, values, name_of(result))
    keep = [k for k in range(len(loop.inits)) if k not in found]
    loop.body.body[:0] = before.region.body
    loop.body.params = (index, *(loop.body.params[1 + k] for k in keep))
    loop.body.yields = tuple(loop.body.yields[k] for k in keep)
    loop.inits = tuple(loop.inits[k] for k in keep)
    loop.results = tuple(loop.results[k] for k in keep)
    loop.sums = tuple(loop.sums[k] for k in keep) if loop.sums else ()
    return behind.region.body


def _less(builder: Builder, one: Operand, other: Operand) -> Value:
    return builder.apply(ops.sub, one, other, type=INT, overflow="never")


def _in_turn(builder: Builder, trip: Operand, values: tuple[int, int], name: Name) -> Operand:
    """The first value in even trips, the second one in odd ones, as a sum: so neighbours are seen to be different."""
    first, second = values
    change = second - first
    plain: Name = {**name, "hint": ""} if (first, change) != (0, 1) else name
    parity = builder.apply(ops.mod, trip, integer(2), type=INT, **plain)
    if abs(change) != 1:
        parity = builder.apply(ops.mul, parity, integer(abs(change)), type=INT)
    if not change:
        return integer(first)
    if first == 0 and change > 0:
        return parity
    operation = ops.add if change > 0 else ops.sub
    return builder.apply(operation, integer(first), parity, type=INT, **name)
