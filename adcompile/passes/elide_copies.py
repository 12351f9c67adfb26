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
from adcompile.facts.mentions import Mentions
from adcompile.facts.ranges import Ranges
from adcompile.ir.nodes import Apply, For, Function, Stmt, Value
from adcompile.ir.types import Array
from adcompile.ops import memory
from adcompile.passes.write_first import covers


def elide_copies(function: Function) -> Function:
    """Let arrays be what they are copies of."""
    ranges, mentions = Ranges(function), Mentions(function.region, Aliases(function))
    made = (s for s in function.region.body if isinstance(s, Apply) and s.primitive.allocates)
    makers = {r: s for s in made for r in s.results}
    for place in range(len(mentions.body)):
        nest = mentions.body[place]
        found = copied(nest, ranges)
        if found is not None and _may_be_one(place, *found, makers, ranges, mentions):
            source, copy = found
            mentions.remove(nest)
            mentions.remove(makers.pop(copy))
            mentions.replace(copy, source)
    mentions.finish()
    return function


def copied(nest: Stmt, ranges: Ranges) -> tuple[Value, Value] | None:
    """The array that a nest of loops copies, and the one it copies to (whole)."""
    if not isinstance(nest, For):
        return None
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
    place: int,
    source: Value,
    copy: Value,
    makers: dict[Value, Apply],
    ranges: Ranges,
    mentions: Mentions,
) -> bool:
    if source not in makers or copy not in makers or source in mentions.returned:
        return False  # mine
    assert isinstance(source.type, Array) and isinstance(copy.type, Array)
    if (source.type.dtype, source.type.layout) != (copy.type.dtype, copy.type.layout):
        return False
    axes = range(source.type.ndim)
    if any(ranges.extent(source, axis) != ranges.extent(copy, axis) for axis in axes):
        return False
    used_before = any(stmt is not makers[copy] for stmt in mentions.before(place, copy))
    return not used_before and not any(True for _ in mentions.after(place, source))  # last
