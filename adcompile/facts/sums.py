"""Which carried values are sums: all that happens to them is that something is added.

    for i in range(n) carrying (s = 0.0, t = 1.0):
        u = s + x[i]                               s is a sum: its trips may run in any order
        w = t * x[i]                               t is none
        yield u, w

The value may go through loops and branches on its way, each of which only adds to it in turn.
"""

from __future__ import annotations

from typing import assert_never

from adcompile.ir.loops import carried
from adcompile.ir.nodes import Apply, For, If, Operand, Region, Stmt, Value, While
from adcompile.ir.walk import all_operands, mentions, operands, regions
from adcompile.ops import scalar as ops


def is_sum(region: Region, start: Value, end: Operand) -> bool:
    """Is what `start` is in a region and what leaves it as `end` the same but for what is added, and not read else?"""
    if start is end:
        return sum(o is start for o in all_operands(region)) == 1
    using = [stmt for stmt in region.body if mentions(stmt, start)]
    if len(using) != 1 or any(y is start for y in region.yields):
        return False
    following = _following(using[0], start)
    return following is not None and is_sum(region, following, end)


def _following(stmt: Stmt, value: Value) -> Value | None:
    """The result of a statement that is the value and what was added to it."""
    match stmt:
        case Apply(primitive, taken, results):
            added = primitive is ops.add or (primitive is ops.sub and taken[0] is value)
            return results[0] if added and sum(o is value for o in taken) == 1 else None
        case If(cond, then, orelse, results):
            found = [k for k in range(len(results)) if all(is_sum(r, value, r.yields[k]) for r in (then, orelse))]
            return results[found[0]] if found and cond is not value else None
        case For() | While():
            return _through_loop(stmt, value)
        case _:
            assert_never(stmt)


def _through_loop(loop: For | While, value: Value) -> Value | None:
    slots = [each for each in carried(loop) if each.init is value]
    if len(slots) != 1 or sum(o is value for o in operands(loop)) != 1:
        return None
    if any(o is value for region in regions(loop) for o in all_operands(region)):
        return None
    (slot,) = slots
    tested = isinstance(loop, While) and any(o is slot.tested for o in all_operands(loop.test))
    if tested or not is_sum(loop.body, slot.param, slot.yielded):
        return None
    return slot.result
