"""Fusion: a loop that reads what the loop before it has stored runs with it, and the array between them is not made.

    for i in range(0, n):                   for i in range(0, n):
        store(h_bar, i, e)                      store(h_bar, i, e)
    for i in range(0, n):                       g = load(h_bar, i)
        g = load(h_bar, i)                      ...
        ...

Two loops of a region with the same bounds become one if

* profit   an array that the function makes, and does not return, is stored to in the first loop, read in the second,
           and touched nowhere else: after forwarding the value nothing is left of it.
* order    an array that both touch, and one of them stores to, has an axis along which every access in both loops
           has the loop's own index: then a trip of the second loop depends on the same trip of the first at most.
* ahead    or the first only loads from it, and what a trip loads, the second stores to in that trip at the earliest:
           `A[1:-1] += A[2:]` needs no copy. The trips of such a loop keep their order.
* between  checks, pure operations and new arrays between the loops use no result of the first: they move in front of
           it. The second loop uses none either.

Nested loops fuse from the outside in. Rewrites in place.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

from adcompile.facts.aliases import Aliases
from adcompile.facts.linear import Linear
from adcompile.facts.ranges import Ranges
from adcompile.ir.loops import carried, carry, index_of, sums_of
from adcompile.ir.nodes import Apply, For, Function, Operand, Region, Stmt, Value, is_const
from adcompile.ir.primitive import Effect, Primitive
from adcompile.ir.types import Array
from adcompile.ir.walk import all_operands, map_operands, operands, regions, statements
from adcompile.ops import memory


def fuse(function: Function) -> Function:
    """Fuse neighbouring loops where an array between them goes away."""
    fusion = _Fusion(function)
    fusion.visit(function.region)
    return function


class _Memory:
    """What a loop touches: its accesses to elements by array, in order; how many statements mention each array."""

    def __init__(self, loop: For, aliases: Aliases) -> None:
        self.accesses: dict[Value, list[Apply]] = {}
        self.mentions: Counter[Value] = Counter()
        self.uses_whole_arrays = False
        for stmt in statements(loop.body):
            self.mentions.update(_mentioned(stmt, aliases))
            self.uses_whole_arrays |= _uses_whole_array(stmt)
            if isinstance(stmt, Apply) and stmt.primitive.accesses:
                self.accesses.setdefault(aliases.root(stmt.operands[0]), []).append(stmt)

    def does(self, primitive: Primitive, array: Value) -> bool:
        """Does it load from the array, or store to it?"""
        return any(access.primitive is primitive for access in self.accesses.get(array, ()))

    def include(self, other: _Memory) -> None:
        """Another loop has become the rest of this one."""
        for array, found in other.accesses.items():
            self.accesses.setdefault(array, []).extend(found)
        self.mentions.update(other.mentions)
        self.uses_whole_arrays |= other.uses_whole_arrays


class _Fusion:
    def __init__(self, function: Function) -> None:
        self.aliases = Aliases(function)
        self.ranges = Ranges(function)
        returned = (self.aliases.root(y) for y in function.region.yields if _is_array(y))
        self.kept = {*function.region.params, *returned}
        # Fusing changes none of these numbers.
        self.mentions = Counter(
            array for stmt in statements(function.region) for array in _mentioned(stmt, self.aliases)
        )

    def visit(self, region: Region) -> None:
        position = 0
        while position < len(region.body):
            stmt = region.body[position]
            if isinstance(stmt, For):
                position = self._fuse_all(stmt, region, position)
            for inner in regions(stmt):
                with self.ranges.within(stmt, inner):
                    self.visit(inner)
            self.ranges.passed(stmt)
            position += 1

    def _fuse_all(self, first: For, region: Region, position: int) -> int:
        """Fuse the loop at the position with the next loops of the region, as long as they may join it. Its place."""
        touched: _Memory | None = None  # what it touches is found once, not for each loop that joins
        while (end := _next_loop(region, position)) is not None:
            second, between = region.body[end], region.body[position + 1 : end]
            assert isinstance(second, For)
            if not self._match(first, second):
                break
            touched = touched or _Memory(first, self.aliases)
            dependence = self._dependence(first, second, touched)
            if dependence == "unknown" or not all(self._moves_up(stmt, first) for stmt in between):
                break
            if set(first.results) & {*operands(second), *all_operands(second.body)}:
                break
            _join(first, second)
            first.order_free = dependence == "same trip"
            touched.include(_Memory(second, self.aliases))
            region.body[position : end + 1] = [*between, first]
            position += len(between)
        return position

    def _match(self, first: For, second: For) -> bool:
        """Same trips, and trips that may be paired."""
        if not (first.order_free and second.order_free) or first.exits or second.exits:
            return False
        pairs = ((first.start, second.start), (first.step, second.step), (first.stop, second.stop))
        return all(a is b or a == b or self.ranges.proves(a, "==", b) for a, b in pairs)

    def _profits(self, first: _Memory, second: _Memory) -> bool:
        """Does an array between the loops go away?"""
        return any(
            self.mentions[array] == first.mentions[array] + second.mentions[array]
            and first.does(memory.store, array)
            and second.does(memory.load, array)
            for array in second.accesses
            if array not in self.kept
        )

    def _dependence(self, first: For, second: For, touched: _Memory) -> Literal["same trip", "later trip", "unknown"]:
        """Where every array that matters is touched again: by the same trip (order), or a later one (ahead)."""
        joining = _Memory(second, self.aliases)
        if not self._profits(touched, joining) or touched.uses_whole_arrays or joining.uses_whole_arrays:
            return "unknown"
        found: Literal["same trip", "later trip"] = "same trip"
        with self.ranges.within(first, first.body), self.ranges.within(second, second.body):
            for array in touched.accesses.keys() & joining.accesses.keys():
                own = [(first, access) for access in touched.accesses[array]]
                own += [(second, access) for access in joining.accesses[array]]
                if any(a.primitive is memory.store for _, a in own) and not _has_own_axis(own, array):
                    if not self._is_ahead(own, first, second):
                        return "unknown"
                    found = "later trip"
        return found

    def _is_ahead(self, own: list[tuple[For, Apply]], first: For, second: For) -> bool:
        """Is every element that a trip of the first loop loads stored by no earlier trip of the second (ahead)?"""
        loads = [a for loop, a in own if loop is first]
        stores = [a for loop, a in own if loop is second and a.primitive is memory.store]
        if any(a.primitive is not memory.load for a in loads):
            return False
        one_name = len({a.operands[0] for _, a in own}) == 1
        flat = all(a in loop.body.body for loop, a in own)
        counting = all(is_const(loop.start, 0) and is_const(loop.step, 1) for loop in (first, second))
        return (
            one_name
            and flat
            and counting
            and all(self._comes_first(a, b, first, second) for a in loads for b in stores)
        )

    def _comes_first(self, load: Apply, store: Apply, first: For, second: For) -> bool:
        """Is the element loaded before it is stored, if it is one element? Indices must not wrap to tell."""
        index, other = index_of(first), index_of(second)
        for axis in range(len(load.operands) - 1):
            loaded, stored = load.operands[1 + axis], store.operands[1 + axis]
            form, place = self.ranges.form(loaded), self.ranges.form(stored).substitute(other, Linear(((index, 1),)))
            ahead = form.plus(place, -1)
            if ahead.terms or not (self.ranges.nonnegative(loaded) and self.ranges.nonnegative(stored)):
                continue
            moves = dict(form.terms).get(index, 0)
            if (moves == 1 and ahead.const >= 0) or (moves == 0 and ahead.const != 0):
                return True
        return False

    def _moves_up(self, stmt: Stmt, loop: For) -> bool:
        if not isinstance(stmt, Apply) or set(loop.results) & set(stmt.operands):
            return False
        if stmt.primitive.effect is Effect.CHECK:
            return True
        return stmt.primitive.effect is Effect.PURE or stmt.primitive.allocates


def _is_array(operand: Operand) -> bool:
    return isinstance(operand, Value) and isinstance(operand.type, Array)


def _mentioned(stmt: Stmt, aliases: Aliases) -> set[Value]:
    """The arrays whose memory the statement itself mentions, but for those that it makes."""
    return {aliases.root(o) for o in (*operands(stmt), *stmt.results) if _is_array(o)}.difference(stmt.results)


def _next_loop(region: Region, position: int) -> int | None:
    """Where the next loop is, if only simple statements lie between."""
    for end in range(position + 1, len(region.body)):
        if not isinstance(region.body[end], Apply):
            return end if isinstance(region.body[end], For) else None
    return None


def _uses_whole_array(stmt: Stmt) -> bool:
    """Is it something else than access to an element?"""
    elements = (memory.load, memory.store, memory.dim)
    return isinstance(stmt, Apply) and stmt.primitive not in elements and any(map(_is_array, stmt.operands))


def _has_own_axis(own: list[tuple[For, Apply]], array: Value) -> bool:
    """Is there an axis along which each access has the index of its loop? Names of other shapes do not count."""
    if any(a.operands[0] is not array for _, a in own):
        return False
    axes = range(array.type.ndim)  # type: ignore[union-attr]
    natural = all(is_const(loop.start) and is_const(loop.step, 1) and loop.start.value >= 0 for loop, _ in own)  # type: ignore[union-attr]
    return natural and any(all(a.operands[1 + axis] is index_of(loop) for loop, a in own) for axis in axes)


def _join(first: For, second: For) -> None:
    """Append the body of the second loop to that of the first, and its carried values to the first's."""
    index, body = index_of(first), second.body
    _rename(body, index_of(second), index)
    first.body.body += body.body
    sums = sums_of(first) + sums_of(second)
    for each in carried(second):
        carry(first, each)
    first.sums = sums


def _rename(region: Region, old: Value, new: Value) -> None:
    """Replace a value wherever it is used in the region."""
    region.body = [map_operands(stmt, lambda o: new if o is old else o) for stmt in region.body]
    region.yields = tuple(new if y is old else y for y in region.yields)
    for stmt in region.body:
        for inner in regions(stmt):
            _rename(inner, old, new)
