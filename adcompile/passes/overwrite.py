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

In a loop with other statements, a nest takes one row of the other array for one of the new array:

* row        a trip touches no other row than its own of either array, of the new one none before the nest, and of the
             other one none behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adcompile.facts.aliases import Aliases
from adcompile.facts.linear import Linear
from adcompile.facts.mentions import Mentions
from adcompile.facts.ranges import Ranges
from adcompile.ir.attributes import Attributes
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, For, Function, Operand, Region, Role, Stmt, Value
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array
from adcompile.ir.walk import all_regions, operands, statements
from adcompile.ops import memory
from adcompile.passes.elide_copies import copied
from adcompile.passes.write_first import covers


def overwrite(function: Function) -> Function:
    """Let arrays take the place of those that they are computed from."""
    known = _known(function)
    for place in range(len(known.mentions.body)):
        while (found := _pair(place, known) or _row_pair(place, known)) is not None:
            _give_place(*found, known)
            source, copy = copied(known.mentions.body[place], known.ranges) or (None, found[1])
            if source is copy:
                known.mentions.remove(known.mentions.body[place])
                break
            _without_idle_stores(known.mentions.body[place], found[1])
        known.ranges.passed(known.mentions.body[place])
    known.mentions.finish()
    return function


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the function: who made its arrays, in its own region, and who mentions them."""

    ranges: Ranges
    mentions: Mentions
    makers: dict[Value, Apply]


def _known(function: Function) -> _Known:
    made = (s for s in function.region.body if isinstance(s, Apply) and s.primitive.effect is Effect.ALLOC)
    makers = {r: s for s in made if not _is_kept(s.attrs) for r in s.results if isinstance(r.type, Array)}
    return _Known(Ranges(function), Mentions(function.region, Aliases(function)), makers)


def _is_kept(attrs: Attributes) -> bool:
    """Does the array hold more than one trip leaves in it?"""
    return attrs.saved or attrs.every_trip or attrs.pool is not None


def _give_place(new: Value, old: Value, known: _Known) -> None:
    """Let the new array have the place of the old one."""
    if old.role is not Role.COTANGENT and new.hint not in ("", "temp"):
        old.hint = new.hint
    known.mentions.remove(known.makers.pop(new))
    known.makers[old].attrs = known.makers[old].attrs.but(once=False)
    known.mentions.replace(new, old)


def _pair(place: int, known: _Known) -> tuple[Value, Value] | None:
    """The array that the nest at the place makes, and the one whose place it can take."""
    nest = known.mentions.body[place]
    return next(_pairs([], nest, place, known), None) if isinstance(nest, For) else None


def _row_pair(place: int, known: _Known) -> tuple[Value, Value] | None:
    """The same for a nest inside the loop at the place, which has other statements too (row)."""
    loop = known.mentions.body[place]
    if not isinstance(loop, For) or len(loop.body.body) == 1:
        return None
    for position, nest in enumerate(loop.body.body):
        if isinstance(nest, For):
            for new, old in _pairs([loop], nest, place, known):
                before, behind = loop.body.body[:position], loop.body.body[position + 1 :]
                rows = [_row_accesses(each, (new, old), index_of(loop), known) for each in (before, behind)]
                if None not in rows and new not in (rows[0] or ()) and old not in (rows[1] or ()):
                    return new, old
    return None


def _row_accesses(body: list[Stmt], arrays: tuple[Value, Value], row: Value, known: _Known) -> set[Value] | None:
    """Which of the arrays are mentioned; None if it is not for an element of the row."""
    found: set[Value] = set()
    for stmt in statements(Region(body=body)):
        for operand in operands(stmt):
            if not isinstance(operand.type, Array) or known.mentions.root(operand) not in arrays:
                continue
            is_element = isinstance(stmt, Apply) and stmt.primitive.accesses
            if not is_element or operand not in arrays or operands(stmt)[1] is not row:
                return None
            found.update(array for array in arrays if array is operand)
    return found


def _without_idle_stores(stmt: Stmt, array: Value) -> None:
    """Take away what stores an element that was loaded just there."""
    for region in all_regions(Region(body=[stmt])):
        loaded: dict[Operand, tuple[Operand, ...]] = {}
        kept: list[Stmt] = []
        for each in region.body:
            if isinstance(each, Apply) and each.primitive is memory.store and each.operands[0] is array:
                if loaded.get(each.operands[-1]) == each.operands[:-1]:
                    continue
                loaded.clear()
            elif isinstance(each, Apply) and each.primitive is memory.load:
                loaded[each.results[0]] = each.operands
            elif not isinstance(each, Apply) or each.primitive.effect is Effect.WRITE:
                loaded.clear()
            kept.append(each)
        region.body = kept


def _pairs(around: list[For], nest: For, place: int, known: _Known) -> Iterator[tuple[Value, Value]]:
    loops = [*around, nest]
    while len(loops[-1].body.body) == 1 and isinstance(loops[-1].body.body[0], For):
        loops.append(loops[-1].body.body[0])
    body = [stmt for stmt in loops[-1].body.body if isinstance(stmt, Apply)]
    if len(body) != len(loops[-1].body.body):
        return
    for store in body:
        new = store.operands[0] if store.primitive is memory.store else None
        if isinstance(new, Value) and _is_made_here(new, store, loops, body, place, known):
            for old in {s.operands[0]: None for s in body if s.primitive is memory.load}:
                if isinstance(old, Value) and old is not new and _gives_way(old, new, store, body, place, known):
                    yield new, old


def _is_made_here(new: Value, store: Apply, loops: list[For], body: list[Apply], place: int, known: _Known) -> bool:
    """Is this the first mention of the array, and does it fill all of it (whole)?"""
    index = store.operands[1:-1]
    maker = known.makers.get(new)
    if maker is None or not maker.primitive.allocates or len(set(index)) != len(index) or len(index) != len(loops):
        return False
    if not all(covers(loops, i, new, axis, known.ranges) for axis, i in enumerate(index)):
        return False
    before = known.mentions.before(place, new)
    return _mentions(new, body, known) == [store] and all(stmt is maker for stmt in before)


def _mentions(root: Value, body: list[Apply], known: _Known) -> list[Apply]:
    return [s for s in body if any(isinstance(o.type, Array) and known.mentions.root(o) is root for o in s.operands)]


def _gives_way(old: Value, new: Value, store: Apply, body: list[Apply], place: int, known: _Known) -> bool:
    """Is the array read here at the same place for the last time (same, mine, last)?"""
    maker, returned = known.makers.get(old), known.mentions.returned
    if maker is None or old in returned or (new in returned and not maker.primitive.allocates):
        return False
    assert isinstance(old.type, Array) and isinstance(new.type, Array)
    if (old.role is Role.COTANGENT) != (new.role is Role.COTANGENT):
        return False
    if (old.type.dtype, old.type.ndim, old.type.layout) != (new.type.dtype, new.type.ndim, new.type.layout):
        return False
    if not all(_agree(old, new, axis, known.ranges) for axis in range(new.type.ndim)):
        return False
    touching = _mentions(old, body, known)
    alike = all(s.primitive is memory.load and s.operands == (old, *store.operands[1:-1]) for s in touching)
    early = body[: body.index(store)]
    last = all(isinstance(s, Apply) and s.primitive.asks_shapes for s in known.mentions.after(place, old))
    return alike and last and all(s in early for s in touching)


def _agree(one: Value, other: Value, axis: int, ranges: Ranges) -> bool:
    difference = ranges.extent(one, axis).plus(ranges.extent(other, axis), -1)
    return ranges.holds(difference) and ranges.holds(Linear().plus(difference, -1))
