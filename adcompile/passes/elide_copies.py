"""Elide copies: an array that becomes a copy of one that is not needed any more is that array. Rewrites in place.

    x_bar = alloc_like(x)                        ...
    for i in range(0, n):
        v = load(y_bar, i)
        store(x_bar, i, v)
    return x_bar                                 return y_bar

Where an argument is copied on entry, this is what becomes of the cotangent of the copy in the end.

Rules, for a nest of loops in the function's own region that runs once through all indices of a new array:

* whole      it does nothing but copy, each element to the same place, between arrays of the same extents.
* mine       the source is made by the function, as a whole, and is not among the results.
* last       no name of the source's memory is mentioned after the nest, none of the copy's before it.
"""

from __future__ import annotations

from adcompile.facts.aliases import Aliases
from adcompile.facts.ranges import Ranges
from adcompile.ir.nodes import Apply, For, Function, Region, Stmt, Value
from adcompile.ir.types import Array
from adcompile.ir.walk import substitute_within
from adcompile.ops import memory
from adcompile.passes.write_first import covers

MAKERS = (memory.alloc, memory.alloc_like)


def elide_copies(function: Function) -> Function:
    """Let arrays be what they are copies of."""
    while _elide_one(function):
        pass
    return function


def _elide_one(function: Function) -> bool:
    """Elide a copy, if there is one left."""
    region, ranges, aliases = function.region, Ranges(function), Aliases(function)
    makers = {r: s for s in region.body if isinstance(s, Apply) and s.primitive in MAKERS for r in s.results}
    for nest in region.body:
        found = copied(nest, ranges) if isinstance(nest, For) else None
        if found is not None and _may_be_one(region, nest, *found, makers, ranges, aliases):
            source, copy = found
            region.body = [stmt for stmt in region.body if stmt is not nest and stmt is not makers[copy]]
            substitute_within(region, {copy: source})
            return True
    return False


def copied(nest: For, ranges: Ranges) -> tuple[Value, Value] | None:
    """The array that a nest of loops copies, and the one it copies to (whole)."""
    loops = [nest]
    while len(loops[-1].body.body) == 1 and isinstance(loops[-1].body.body[0], For):
        loops.append(loops[-1].body.body[0])
    match loops[-1].body.body:
        case [Apply(primitive=memory.load) as load, Apply(primitive=memory.store) as store]:
            source, *index = load.operands
            copy, *place, value = store.operands
            alike = index == place and value is load.results[0] and len(index) == len(loops) == len(set(index))
            if any(loop.inits for loop in loops) or not alike:
                return None
            assert isinstance(source, Value) and isinstance(copy, Value)
            full = all(covers(loops, i, copy, axis, ranges) for axis, i in enumerate(index))
            return (source, copy) if full else None
    return None


def _may_be_one(
    region: Region,
    nest: Stmt,
    source: Value,
    copy: Value,
    makers: dict[Value, Apply],
    ranges: Ranges,
    aliases: Aliases,
) -> bool:
    returned = {aliases.root(y) for y in region.yields if isinstance(y.type, Array)}
    if source not in makers or copy not in makers or source in returned:
        return False  # mine
    assert isinstance(source.type, Array) and isinstance(copy.type, Array)
    if (source.type.dtype, source.type.layout) != (copy.type.dtype, copy.type.layout):
        return False
    axes = range(source.type.ndim)
    if any(ranges.extent(source, axis) != ranges.extent(copy, axis) for axis in axes):
        return False
    position = region.body.index(nest)
    before, after = region.body[:position], region.body[position + 1 :]
    used_before = any(aliases.mentions(stmt, copy) for stmt in before if stmt is not makers[copy])
    return not used_before and not any(aliases.mentions(stmt, source) for stmt in after)  # last
