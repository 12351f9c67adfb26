"""Promote: an element that a loop adds to lives in a carried scalar meanwhile. Rewrites in place; loop level only.

                                           before: float64 = load(A, i, j)
    for k: int64 in range(0, j, 1):        after = for k in range(0, j, 1) carrying (v = before):
        v: float64 = load(A, i, j)
        a: float64 = load(A, i, k)             a: float64 = load(A, i, k)
        w: float64 = v - a                     w: float64 = v - a
        store(A, i, j, w)                      yield w
                                           store(A, i, j, after)

Rules, cited below, for an element that the body of a counted loop without exit loads, and later stores, directly:

* invariant   its indices are known before the loop.
* alone       whatever else in the loop reads or writes the array has, on some axis, an index that is proved to be
              another. Where an index may be negative it counts from the end, so both must be of one sign to be
              compared. Nothing in the loop touches the array by another name, or as a whole.
* exists      the element is proved to exist, or the loop surely runs and nothing that may fail comes before the first
              load. Not for arrays of which every element is stored only once: it would be stored twice.

A loop in a loop comes first: the load and the store that it leaves may be promoted again.
"""

from __future__ import annotations

from dataclasses import dataclass

from adcompile.facts.aliases import Aliases
from adcompile.facts.ranges import ZERO, Ranges
from adcompile.ir.attributes import NONE
from adcompile.ir.loops import Carried, carry
from adcompile.ir.nodes import Apply, For, Function, Operand, Region, Stmt, Value, name_of
from adcompile.ir.types import element
from adcompile.ir.walk import Substitution, regions, statements, substitute, substitute_within
from adcompile.ops import memory
from adcompile.passes.hoist import may_fail, surely_runs


def promote(function: Function) -> Function:
    """Keep accumulators in scalars while their loop runs."""
    promoter = _Promoter(Ranges(function), Aliases(function), _written_once(function))
    promoter.visit(function.region, set(function.region.params))
    return function


def _written_once(function: Function) -> set[Value]:
    """Arrays of which it is promised that every element is stored only once."""
    return {r for s in statements(function.region) if isinstance(s, Apply) and s.attrs.once for r in s.results}


@dataclass(frozen=True, slots=True)
class _Place:
    """An element: an array by one name, and its indices."""

    array: Value
    indices: tuple[Operand, ...]


def _place(stmt: Apply) -> _Place:
    array, *indices = stmt.operands[:-1] if stmt.primitive is memory.store else stmt.operands
    assert isinstance(array, Value)
    return _Place(array, tuple(indices))


@dataclass(frozen=True, slots=True)
class _Promoter:
    """Goes through the regions, inner loops first."""

    ranges: Ranges
    aliases: Aliases
    once: set[Value]

    def visit(self, region: Region, known: set[Value]) -> None:
        """Rewrite a region; `known` are the values defined before it."""
        known = known | set(region.params)
        body: list[Stmt] = []
        for stmt in region.body:
            for inner in regions(stmt):
                with self.ranges.within(stmt, inner):
                    self.visit(inner, known)
            around = self.promoted(stmt, known) if isinstance(stmt, For) else [stmt]
            for each in around:
                body.append(each)
                known.update(each.results)
                self.ranges.passed(each)
        region.body = body

    def promoted(self, loop: For, known: set[Value]) -> list[Stmt]:
        """The loop, with what now precedes and follows it."""
        before: list[Stmt] = []
        after: list[Stmt] = []
        if not loop.exits and not loop.order_free:
            for place in _accumulators(loop):
                fits = all(not isinstance(i, Value) or i in known for i in place.indices)  # invariant
                fits = fits and place.array in known
                if fits and self.exists(place, loop) and self.is_alone(place, loop, loop.body, _accesses(loop, place)):
                    load, store = _rewrite(loop, place)
                    before.append(load)
                    after.append(store)
        return [*before, loop, *after]

    def exists(self, place: _Place, loop: For) -> bool:
        """May the element be read in front of the loop (exists)?"""
        if not self.once.isdisjoint((place.array, self.aliases.root(place.array))):
            return False
        if self.ranges.in_range(place.array, place.indices):
            return True
        first = loop.body.body.index(_accesses(loop, place)[0])
        return surely_runs(loop, self.ranges) and not any(map(may_fail, loop.body.body[:first]))

    def is_alone(self, place: _Place, owner: Stmt, region: Region, own: list[Apply]) -> bool:
        """Is the element touched in a region only by the statements that are rewritten (alone)?"""
        with self.ranges.within(owner, region):
            for stmt in region.body:
                if not all(self.is_alone(place, stmt, inner, own) for inner in regions(stmt)):
                    return False
                if isinstance(stmt, Apply) and stmt not in own and self.may_touch(stmt, place):
                    return False
                self.ranges.passed(stmt)
        return True

    def may_touch(self, stmt: Apply, place: _Place) -> bool:
        """May the statement read or write the element?"""
        root = self.aliases.root(place.array)
        named = [o for o in stmt.operands if isinstance(o, Value) and self.aliases.root(o) is root]
        if not any(stmt.primitive.touches(k) for k, o in enumerate(stmt.operands) if o in named):
            return False
        if not stmt.primitive.accesses or named != [place.array]:
            return True
        return not any(map(self.differ, _place(stmt).indices, place.indices))

    def differ(self, one: Operand, other: Operand) -> bool:
        """Are two indices of one axis proved to name different elements?"""
        if not self.ranges.proves(one, "!=", other):
            return False
        natural = self.ranges.nonnegative(one) and self.ranges.nonnegative(other)
        return natural or all(self.ranges.proves(i, "<", ZERO) for i in (one, other))


def _accesses(loop: For, place: _Place) -> list[Apply]:
    """The loads and stores of the element directly in the body."""
    return [s for s in loop.body.body if isinstance(s, Apply) and s.primitive.accesses and _place(s) == place]


def _accumulators(loop: For) -> list[_Place]:
    """The elements that the body loads, and stores after that."""
    loaded: dict[_Place, None] = {}
    stored: dict[_Place, None] = {}
    found: dict[_Place, None] = {}
    for stmt in loop.body.body:
        if isinstance(stmt, Apply) and stmt.primitive is memory.load and _place(stmt) not in stored:
            loaded[_place(stmt)] = None
        elif isinstance(stmt, Apply) and stmt.primitive is memory.store:
            stored[_place(stmt)] = None
            found.update(dict.fromkeys([_place(stmt)] if _place(stmt) in loaded else []))
    return list(found)


def _rewrite(loop: For, place: _Place) -> tuple[Apply, Apply]:
    """Carry the element through the loop; the load before and the store after it."""
    accesses = _accesses(loop, place)
    type_, name = element(place.array.type), name_of(accesses[0].results[0])
    before, param, after = (Value(type_, loc=accesses[0].loc, **name) for _ in range(3))
    current: Operand = param
    mapping: Substitution = {}
    for stmt in accesses:
        if stmt.primitive is memory.load:
            mapping[stmt.results[0]] = current
        else:
            current = substitute(stmt.operands[-1], mapping)
        loop.body.body.remove(stmt)
    substitute_within(loop.body, mapping)
    carry(loop, Carried(before, param, current, after))
    element_ = (place.array, *place.indices)
    load = Apply(memory.load, element_, (before,), NONE, accesses[0].loc)
    return load, Apply(memory.store, (*element_, after), (), NONE, accesses[-1].loc)
