"""Dead stores: what is overwritten or never read again is not stored. Rewrites in place.

    store(A, i, 0.0)                      store(A, i, v)
    store(A, i, v)

    for i in range(0, n):                 for i in range(0, n):
        v = load(A, i)                        v = load(A, i)
        store(A, i, 0.0)                      ...
        ...

Rules, for an array that the function makes and does not return:

* overwritten   the same element is stored again in the same region, and nothing in between reads the array.
* last          no statement of the function's region reads the array later; in the loops around the store all accesses
                have its index, every loop's index is one of its indices (so that another trip touches another
                element), and no access follows it in its region.
"""

from __future__ import annotations

from collections.abc import Iterator

from adcompile.facts.aliases import Aliases
from adcompile.ir.nodes import Apply, Const, For, Function, Operand, Region, Stmt, Value, While
from adcompile.ir.walk import operands, regions, statements
from adcompile.ops import memory
from adcompile.passes.cse import operand_key


def remove_dead_stores(function: Function) -> Function:
    """Remove stores that nothing observes."""
    aliases = Aliases(function)
    local = _local(function, aliases)
    _remove_overwritten(function.region, aliases)
    touched_later: set[Value] = set()
    for stmt in reversed(function.region.body):
        for array in (_stored(stmt, aliases) & local) - touched_later:
            _remove_last(stmt, array, aliases)
        touched_later |= _touched(stmt, aliases)
    return function


def _local(function: Function, aliases: Aliases) -> set[Value]:
    """The arrays that are made by the function and not returned."""
    made = (r for stmt in statements(function.region) if isinstance(stmt, Apply) for r in stmt.results)
    known = {r for r in made if aliases.root(r) is r and not _is_scalar(r)}
    return known - {aliases.root(y) for y in function.region.yields if isinstance(y, Value)}


def _is_scalar(value: Value) -> bool:
    return not hasattr(value.type, "ndim")


def _accesses(stmt: Stmt) -> Iterator[Apply]:
    for each in statements(Region(body=[stmt])):
        if isinstance(each, Apply):
            yield each


def _touched(stmt: Stmt, aliases: Aliases) -> set[Value]:
    return {
        aliases.root(o) for each in _accesses(stmt) for o in each.operands if isinstance(o, Value) and not _is_scalar(o)
    }


def _touches(stmt: Stmt, array: Value, aliases: Aliases) -> bool:
    return array in _touched(stmt, aliases)


def _stored(stmt: Stmt, aliases: Aliases) -> set[Value]:
    return {aliases.root(each.operands[0]) for each in _accesses(stmt) if each.primitive is memory.store}


def _remove_overwritten(region: Region, aliases: Aliases) -> None:
    waiting: dict[tuple[object, ...], Apply] = {}
    dead: set[Stmt] = set()
    for stmt in region.body:
        for inner in regions(stmt):
            _remove_overwritten(inner, aliases)
        if isinstance(stmt, Apply) and stmt.primitive is memory.store:
            array, *index, _ = stmt.operands
            key = (array, *map(operand_key, index))
            if key in waiting:
                dead.add(waiting[key])
            waiting[key] = stmt
            continue
        touched = _touched(stmt, aliases) if waiting else set()
        for key in [k for k in waiting if aliases.root(k[0]) in touched]:  # type: ignore[arg-type]
            del waiting[key]
    region.body = [stmt for stmt in region.body if stmt not in dead]


def _remove_last(stmt: Stmt, array: Value, aliases: Aliases) -> None:
    """Remove the stores of a statement after which the array is not touched (last)."""
    loops: list[For] = []
    while isinstance(stmt, For):
        loops.append(stmt)
        touching = [s for s in stmt.body.body if _touches(s, array, aliases)]
        if not touching:
            return
        nested = touching[-1]
        if isinstance(nested, For) and len(touching) == 1:
            stmt = nested
            continue
        _remove_from(stmt.body, loops, array, aliases)
        return


def _remove_from(body: Region, loops: list[For], array: Value, aliases: Aliases) -> None:
    touching = [s for s in body.body if _touches(s, array, aliases)]
    last = touching[-1]
    if not isinstance(last, Apply) or last.primitive is not memory.store or last.operands[0] is not array:
        return
    index = last.operands[1:-1]
    if not all(loop.body.params[0] in index and _is_natural(loop) for loop in loops):
        return
    if all(_is_access(s, array, index) for s in touching):
        body.body.remove(last)


def _is_natural(loop: For) -> bool:
    """Is every index of the loop a different, non-negative number?"""
    if loop.exits or not isinstance(loop.step, Const):
        return False
    bound, least = (loop.start, 0) if loop.step.value > 0 else (loop.stop, -1)
    return isinstance(bound, Const) and bound.value >= least


def _is_access(stmt: Stmt, array: Value, index: tuple[Operand, ...]) -> bool:
    if isinstance(stmt, For | While) or not isinstance(stmt, Apply):
        return False
    same = operands(stmt)[1 : 1 + len(index)] == index
    return stmt.primitive in (memory.load, memory.store) and stmt.operands[0] is array and same
