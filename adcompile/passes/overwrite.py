"""Overwrite: what is computed element by element from an array that is not needed any more takes its place.

    p = matmul(x, w)                              h = matmul(x, w)
    h = alloc(n, m) {empty}
    for i in range(0, n):                         for i in range(0, n):
        for j in range(0, m):                         for j in range(0, m):
            v = load(p, i, j)                             v = load(h, i, j)
            store(h, i, j, tanh(v))                       store(h, i, j, tanh(v))

The system has to fetch the pages of every large array that is made: of a network with a hidden layer of 256 x 256, an
array less of these is a tenth of the time. Rewrites in place. Rules, for a nest of loops in the function's own region:

* whole      it runs once through all indices of the new array, and stores there at its end only.
* same       of the other array, which has the same extents, it loads the same element, before it stores.
* mine       the function makes both. The other one is not among the results; it may be what a library call made, if
             the new one is not among them either: what is allocated can be handed over (`hand_over`).
* last       no name of the other one's memory is mentioned after the nest but for its shape, none of the new one's
             before it.
* kind       both are cotangents, or neither is: the text would mislead.
"""

from __future__ import annotations

from dataclasses import dataclass

from adcompile.facts.aliases import Aliases
from adcompile.facts.linear import Linear
from adcompile.facts.ranges import Ranges
from adcompile.ir.nodes import Apply, For, Function, Region, Value
from adcompile.ir.types import Array
from adcompile.ir.walk import substitute_within
from adcompile.ops import memory
from adcompile.ops.primitive import Effect
from adcompile.passes.elide_copies import copied
from adcompile.passes.write_first import covers

ALLOCATIONS = (memory.alloc, memory.alloc_like)
# Buffers that last, or hold several arrays.
KEPT = ("saved", "every_trip", "pool")


def overwrite(function: Function) -> Function:
    """Let arrays take the place of those that they are computed from."""
    while _overwrite_one(function):
        pass
    return function


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the function: who made its arrays, in its own region, and which are returned."""

    region: Region
    ranges: Ranges
    aliases: Aliases
    makers: dict[Value, Apply]
    returned: set[Value]


def _overwrite_one(function: Function) -> bool:
    """Do it once, if there is one left."""
    region, aliases = function.region, Aliases(function)
    made = (s for s in region.body if isinstance(s, Apply) and s.primitive.effect is Effect.ALLOC)
    makers = {r: s for s in made if not any(map(s.attrs.get, KEPT)) for r in s.results if isinstance(r.type, Array)}
    returned = {aliases.root(y) for y in region.yields if isinstance(y.type, Array)}
    known = _Known(region, Ranges(function), aliases, makers, returned)
    for nest in region.body:
        found = _pair(nest, known) if isinstance(nest, For) else None
        if isinstance(nest, For) and found is not None:
            new, old = found
            if not _is_cotangent(old) and new.hint not in ("", "temp"):
                old.hint = new.hint
            region.body = [stmt for stmt in region.body if stmt is not makers[new]]
            if copied(nest, known.ranges) is not None:
                region.body.remove(nest)
            makers[old].attrs.pop("once", None)
            substitute_within(region, {new: old})
            return True
        known.ranges.passed(nest)
    return False


def _pair(nest: For, known: _Known) -> tuple[Value, Value] | None:
    """The array that the nest makes, and the one whose place it can take."""
    loops = [nest]
    while len(loops[-1].body.body) == 1 and isinstance(loops[-1].body.body[0], For):
        loops.append(loops[-1].body.body[0])
    body = [stmt for stmt in loops[-1].body.body if isinstance(stmt, Apply)]
    if len(body) != len(loops[-1].body.body):
        return None
    for store in body:
        new = store.operands[0] if store.primitive is memory.store else None
        if isinstance(new, Value) and _is_made_here(new, store, loops, body, known):
            for old in {s.operands[0]: None for s in body if s.primitive is memory.load}:
                if isinstance(old, Value) and old is not new and _gives_way(old, new, store, body, nest, known):
                    return new, old
    return None


def _is_made_here(new: Value, store: Apply, loops: list[For], body: list[Apply], known: _Known) -> bool:
    """Is this the first mention of the array, and does it fill all of it (whole)?"""
    index = store.operands[1:-1]
    maker = known.makers.get(new)
    if maker is None or maker.primitive not in ALLOCATIONS or len(set(index)) != len(index) or len(index) != len(loops):
        return False
    if not all(covers(loops, i, new, axis, known.ranges) for axis, i in enumerate(index)):
        return False
    touching = [stmt for stmt in body if known.aliases.mentions(stmt, new)]
    before = known.region.body[: known.region.body.index(loops[0])]
    return touching == [store] and not any(known.aliases.mentions(stmt, new) for stmt in before if stmt is not maker)


def _gives_way(old: Value, new: Value, store: Apply, body: list[Apply], nest: For, known: _Known) -> bool:
    """Is the array read here at the same place for the last time (same, mine, last)?"""
    maker = known.makers.get(old)
    if maker is None or old in known.returned or (new in known.returned and maker.primitive not in ALLOCATIONS):
        return False
    assert isinstance(old.type, Array) and isinstance(new.type, Array)
    if _is_cotangent(old) != _is_cotangent(new):
        return False
    if (old.type.dtype, old.type.ndim, old.type.layout) != (new.type.dtype, new.type.ndim, new.type.layout):
        return False
    if not all(_agree(old, new, axis, known.ranges) for axis in range(new.type.ndim)):
        return False
    touching = [stmt for stmt in body if known.aliases.mentions(stmt, old)]
    alike = all(s.primitive is memory.load and s.operands == (old, *store.operands[1:-1]) for s in touching)
    early = body[: body.index(store)]
    later = known.region.body[known.region.body.index(nest) + 1 :]
    after = [s for s in later if not (isinstance(s, Apply) and s.primitive in (memory.dim, memory.alloc_like))]
    return alike and all(s in early for s in touching) and not any(known.aliases.mentions(stmt, old) for stmt in after)


def _agree(one: Value, other: Value, axis: int, ranges: Ranges) -> bool:
    difference = ranges.extent(one, axis).plus(ranges.extent(other, axis), -1)
    return ranges.holds(difference) and ranges.holds(Linear().plus(difference, -1))


def _is_cotangent(array: Value) -> bool:
    return array.hint.endswith("_bar")
