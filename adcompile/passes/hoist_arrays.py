"""Hoist arrays: an array that every trip of a loop makes anew is made once, in front of the loop. Rewrites in place.

    for i in range(0, n):                         w = alloc(m) {empty}
        w = alloc(m) {empty}                      for i in range(0, n):
        for j in range(0, m):                         for j in range(0, m):
            store(w, j, v)                                store(w, j, v)
        ...                                           ...

Making an array takes as long as hundreds of additions. Rules:

* private   the array is not among the function's results. (Arrays are never carried or joined at loop level.)
* unread    nothing reads what a trip did not write: it is made empty, or its zeros stay (`steady`: every trip stores to
            the same elements, if the extents are the same).
* extents   they are known before the loop and not negative.
"""

from __future__ import annotations

from adcompile.facts.aliases import Aliases
from adcompile.facts.ranges import Ranges
from adcompile.ir.nodes import Apply, For, Function, If, Region, Stmt, Value, While
from adcompile.ir.types import Array
from adcompile.ir.walk import regions
from adcompile.ops import memory


def hoist_arrays(function: Function) -> Function:
    """Make arrays in front of loops rather than in every trip."""
    aliases = Aliases(function)
    returned = {aliases.root(y) for y in function.region.yields if isinstance(y.type, Array)}
    _visit(function.region, Ranges(function), returned)
    return function


def _visit(region: Region, ranges: Ranges, returned: set[Value]) -> None:
    body: list[Stmt] = []
    for stmt in region.body:
        moved: list[Stmt] = []
        for inner in regions(stmt):
            with ranges.within(stmt, inner):
                _visit(inner, ranges, returned)
        match stmt:
            case For(body=inner) | While(body=inner):
                moved = _take(inner, ranges, returned)
            case Apply() | If():
                pass
        for each in (*moved, stmt):
            body.append(each)
            ranges.passed(each)
    region.body = body


def _take(body: Region, ranges: Ranges, returned: set[Value]) -> list[Stmt]:
    """Remove from the body of a loop the arrays that can be made in front of it."""
    inside: set[Value] = set(body.params)
    moved: list[Stmt] = []
    left: list[Stmt] = []
    for stmt in body.body:
        if _is_movable(stmt, inside, ranges, returned):
            moved.append(stmt)
        else:
            left.append(stmt)
            inside.update(stmt.results)
    body.body = left
    return moved


def _is_movable(stmt: Stmt, inside: set[Value], ranges: Ranges, returned: set[Value]) -> bool:
    if not isinstance(stmt, Apply) or stmt.primitive is not memory.alloc or stmt.results[0] in returned:
        return False
    unread = stmt.attrs["fill"] == "empty" or bool(stmt.attrs.get("steady"))
    return unread and inside.isdisjoint(stmt.operands) and all(map(ranges.nonnegative, stmt.operands))
