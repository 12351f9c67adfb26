"""Write first: an array of zeros whose every element is added to once, before anything else, is written instead.

    A = alloc(n) {zeros}                     A = alloc(n) {empty}
    for i in range(0, n):                    for i in range(0, n):
        v = load(A, i)
        w = v + e
        store(A, i, w)                           store(A, i, e)

Rules, for the first statement of the region that mentions `A`, which must be a nest of loops:

* cover    the loops around the first store run once through every index of `A`: one loop per axis, from 0 to its
           extent, and no loop or branch besides.
* first    within the nest, nothing touches `A` before this load, and what touches it later, inside `k` of the loops,
           has the same indices along the axes of these loops: there everything has been written.

Rewrites in place. 0.0 + e is written as e, and 0.0 - e as -e: they differ only in the sign of a zero.
"""

from __future__ import annotations

from collections import Counter

from adcompile.facts.ranges import Ranges
from adcompile.ir.attributes import NONE
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, For, Function, Operand, Region, Stmt, Value, is_const, name_of
from adcompile.ir.walk import all_operands, mentions, regions, statements
from adcompile.ops import memory
from adcompile.ops import scalar as ops


def write_first(function: Function) -> Function:
    """Turn the first accumulation into a zero array into a plain store."""
    uses = Counter(o for o in all_operands(function.region) if isinstance(o, Value))
    ranges = Ranges(function)
    _visit(function.region, uses, ranges)
    return function


def _visit(region: Region, uses: Counter[Value], ranges: Ranges) -> None:
    for position, stmt in enumerate(region.body):
        if isinstance(stmt, Apply) and stmt.attrs.fill == "zeros" and not stmt.attrs.once:
            _try(stmt, region.body[position + 1 :], uses, ranges)
        for inner in regions(stmt):
            with ranges.within(stmt, inner):
                _visit(inner, uses, ranges)
        ranges.passed(stmt)


def _try(alloc: Apply, rest: list[Stmt], uses: Counter[Value], ranges: Ranges) -> None:
    array = alloc.results[0]
    first = next((s for s in rest if mentions(s, array)), None)
    if not isinstance(first, For):
        return
    nest = _path(first, array)
    if nest is None:
        return
    loops, accumulation = nest
    load, add, store = accumulation
    index = load.operands[1:]
    if len(loops) != len(index) or len(set(index)) != len(index):
        return
    if not all(covers(loops, i, array, axis, ranges) for axis, i in enumerate(index)):
        return
    if uses[load.results[0]] != 1 or uses[add.results[0]] != 1 or not _after_writing(loops, array, index):
        return
    addend = add.operands[1] if add.operands[0] is load.results[0] else add.operands[0]
    body = loops[-1].body.body
    if add.primitive is ops.sub:
        negated = Value(add.results[0].type, loc=add.loc, **name_of(add.results[0]))
        body[body.index(add)] = Apply(ops.neg, (addend,), (negated,), NONE, add.loc)
        addend = negated
    else:
        body.remove(add)
    body[body.index(store)] = Apply(memory.store, (*store.operands[:-1], addend), (), store.attrs, store.loc)
    body.remove(load)
    alloc.attrs = alloc.attrs.but(fill="empty")


def _path(loop: For, array: Value) -> tuple[list[For], tuple[Apply, Apply, Apply]] | None:
    """The loops down to the first mention of the array, and the accumulation there."""
    loops = [loop]
    while True:
        body = loops[-1].body.body
        first = next(s for s in body if mentions(s, array)) if array not in loops[-1].body.yields else None
        if isinstance(first, For):
            loops.append(first)
            continue
        accumulation = _accumulation(body, first, array)
        return None if accumulation is None else (loops, accumulation)


def _accumulation(body: list[Stmt], load: Stmt | None, array: Value) -> tuple[Apply, Apply, Apply] | None:
    if not isinstance(load, Apply) or load.primitive is not memory.load or load.operands[0] is not array:
        return None
    touching = [s for s in body if mentions(s, array)]
    store = touching[1] if len(touching) > 1 else None
    if not isinstance(store, Apply) or store.primitive is not memory.store or store.operands[:-1] != load.operands:
        return None
    add = next((s for s in body if isinstance(s, Apply) and store.operands[-1] in s.results), None)
    if add is None or load.results[0] not in add.operands:
        return None
    taken_from = add.primitive is ops.sub and add.operands[0] is load.results[0]
    return (load, add, store) if add.primitive is ops.add or taken_from else None


def covers(loops: list[For], index: Operand, array: Value, axis: int, ranges: Ranges) -> bool:
    """Does one of the loops run through the whole axis with this index?"""
    for loop in loops:
        if index is index_of(loop):
            full = is_const(loop.start, 0) and is_const(loop.step, 1) and not loop.exits
            return full and ranges.is_extent(loop.stop, array, axis)
    return False


def _after_writing(loops: list[For], array: Value, index: tuple[Operand, ...]) -> bool:
    """Is the array touched only where the nest has written it (first)?"""
    settled: list[int] = []
    for depth, loop in enumerate(loops):
        settled += [axis for axis, i in enumerate(index) if i is index_of(loop)]
        inner = loops[depth + 1] if depth + 1 < len(loops) else None
        others = [stmt for stmt in loop.body.body if stmt is not inner]
        for stmt in statements(Region(body=others)):
            if isinstance(stmt, Apply) and array in stmt.operands:
                is_access = stmt.primitive.accesses and stmt.operands[0] is array
                if not is_access or any(stmt.operands[1 + axis] is not index[axis] for axis in settled):
                    return False
    return True
