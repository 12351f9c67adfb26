"""Close alternations: an int that takes two values in turn is told by the number of the trip. Rewrites in place.

    for i in range(0, n) carrying (slot = 0):       for i in range(0, n):
        other = 1 - slot                                slot = i % 2
        ...                                             other = 1 - slot
        yield other                                     ...
                                                    slot.1 = max(n, 0) % 2

The backward sweep computes such an int again, where it would save it in every trip. Rules, for a counted loop without
exits whose step is 1:

* turn       the next value is a constant less the value, or two values change places; the first ones are constants.
* fits       both values and their difference, which the text has as constants, have 64 bits; else the subtraction
             stays, and says where it leaves them.
"""

from __future__ import annotations

from adcompile.ir.builder import Builder
from adcompile.ir.loops import Carried, bounds_of, carried, index_of, keep_carried
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
from adcompile.ops.trips import trip_count, trip_number


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


def _turns(loop: For) -> dict[Carried, tuple[int, int]]:
    """The carried values that take two constants in turn (turn, fits): the first and the second one."""
    defined = {s.results[0]: s for s in loop.body.body if isinstance(s, Apply) and s.primitive is ops.sub}
    slots = [each for each in carried(loop) if each.param.type == INT]
    first = {each: int(each.init.value) for each in slots if isinstance(each.init, Const)}
    found: dict[Carried, tuple[int, int]] = {}
    for slot, value in first.items():
        param, passed = slot.param, slot.yielded
        step = defined.get(passed) if isinstance(passed, Value) else None
        if step is not None and isinstance(step.operands[0], Const) and step.operands[1] is param:
            found[slot] = (value, int(step.operands[0].value) - value)
            continue
        other = next((o for o in first if o is not slot and o.param is passed and o.yielded is param), None)
        if other is not None:
            found[slot] = (value, first[other])
    return {slot: values for slot, values in found.items() if _fits(*values)}


def _fits(first: int, second: int) -> bool:
    return all(abs(each) < 2**63 for each in (first, second, second - first))


def _closed(loop: For, found: dict[Carried, tuple[int, int]], mapping: Substitution) -> list[Stmt]:
    """Let the loop compute the values, and return statements behind it that compute the last ones."""
    before, behind = Builder(), Builder()
    with before.at(loop.loc), behind.at(loop.loc):
        trip = trip_number(before, index_of(loop), loop.start, loop.step)
        count = trip_count(behind, *bounds_of(loop))
        for slot, values in found.items():
            mapping[slot.param] = _in_turn(before, trip, values, name_of(slot.param))
            mapping[slot.result] = _in_turn(behind, count, values, name_of(slot.result))
    keep_carried(loop, [slot not in found for slot in carried(loop)])
    loop.body.body[:0] = before.region.body
    return behind.region.body


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
