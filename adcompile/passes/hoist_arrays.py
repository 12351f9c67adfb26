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
* longest   or they grow or shrink with the loop's index: the array is made as long as the longest is, if it is made
            empty, and only loaded from and stored to at indices that are not negative. The loop has no exits: one that
            is left early may never need the longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from adcompile.facts.aliases import Aliases
from adcompile.facts.linear import Linear, written
from adcompile.facts.ranges import Ranges
from adcompile.ir.builder import Builder
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Stmt, Value, While, integer
from adcompile.ir.types import INT, Array
from adcompile.ir.walk import operands, regions
from adcompile.ops import memory, scalar


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
                moved = _take(stmt, inner, ranges, returned)
            case Apply() | If():
                pass
        for each in (*moved, stmt):
            body.append(each)
            ranges.passed(each)
    region.body = body


def _take(loop: For | While, body: Region, ranges: Ranges, returned: set[Value]) -> list[Stmt]:
    """Remove from the body of a loop the arrays that can be made in front of it."""
    inside: set[Operand] = set(body.params)
    moved: list[Stmt] = []
    left: list[Stmt] = []
    for stmt in body.body:
        if _is_movable(stmt, inside, ranges, returned):
            moved.append(stmt)
        elif isinstance(loop, For) and _has_longest(stmt, loop, inside, ranges, returned):
            moved += _longest(stmt, loop, ranges)
        else:
            left.append(stmt)
            inside.update(stmt.results)
    body.body = left
    return moved


def _is_movable(stmt: Stmt, inside: set[Operand], ranges: Ranges, returned: set[Value]) -> bool:
    if not isinstance(stmt, Apply) or stmt.primitive is not memory.alloc or stmt.results[0] in returned:
        return False
    unread = stmt.attrs.fill == "empty" or bool(stmt.attrs.steady)
    return unread and inside.isdisjoint(stmt.operands) and all(map(ranges.nonnegative, stmt.operands))


def _has_longest(stmt: Stmt, loop: For, inside: set[Operand], ranges: Ranges, returned: set[Value]) -> bool:
    """Does the array vary with the loop's index alone (longest)?"""
    if not isinstance(stmt, Apply) or stmt.primitive is not memory.alloc or stmt.results[0] in returned:
        return False
    if stmt.attrs.fill != "empty" or loop.exits or not isinstance(loop.step, Const) or not loop.step.value:
        return False
    atoms = [atom for form in _largest(stmt.operands, loop, ranges) for atom, _ in form.terms]
    if not inside.isdisjoint(atoms):
        return False
    with ranges.within(loop, loop.body):
        return _is_plain(stmt.results[0], loop.body, ranges)


def _largest(extents: Sequence[Operand], loop: For, ranges: Ranges) -> list[Linear]:
    """The extents in the trip where they are largest."""
    index, up = index_of(loop), isinstance(loop.step, Const) and loop.step.value > 0
    start, stop = ranges.form(loop.start), ranges.form(loop.stop)
    least, most = (start, stop.plus(Linear((), -1))) if up else (stop.plus(Linear((), 1)), start)
    forms = (ranges.form(extent) for extent in extents)
    return [form.substitute(index, most if dict(form.terms).get(index, 0) > 0 else least) for form in forms]


def _is_plain(array: Value, region: Region, ranges: Ranges) -> bool:
    """Is the array only loaded from and stored to, nowhere at an index that may be negative?"""
    for stmt in region.body:
        if array in operands(stmt):
            if not isinstance(stmt, Apply) or not stmt.primitive.accesses:
                return False
            index = stmt.operands[1:] if stmt.primitive is memory.load else stmt.operands[1:-1]
            if not all(map(ranges.nonnegative, index)):
                return False
        for inner in regions(stmt):
            with ranges.within(stmt, inner):
                if not _is_plain(array, inner, ranges):
                    return False
    return True


def _longest(stmt: Stmt, loop: For, ranges: Ranges) -> list[Stmt]:
    """The array as long as it ever is, and what that takes."""
    assert isinstance(stmt, Apply)
    builder = Builder(Region())
    with builder.at(stmt.loc):
        extents = []
        for form in _largest(stmt.operands, loop, ranges):
            extent = written(form, partial(builder.apply, type=INT))
            if not ranges.holds(form):
                extent = builder.apply(scalar.maximum, extent, integer(0), type=INT)
            extents.append(extent)
    return [*builder.region.body, Apply(memory.alloc, tuple(extents), stmt.results, stmt.attrs, stmt.loc)]
