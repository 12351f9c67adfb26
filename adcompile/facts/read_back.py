"""Which stores are read again for certain: every element, before it is overwritten, in every run.

    for i in range(n): y[i] = exp(x[i])            y[i] = ... is read again if the sum is over all of y;
    for i in range(n - 1): s += y[i] * w[i]        here it is not: the last element is never read
    y[k] = 0.0                                     and what is overwritten before is not either

What a store stores is a box (`boxes`). The statements behind the store take away from it what they surely read; if
something overwrites what is left, or the function ends with something left, the store is not read for certain. A loop
around the store is left in one of two ways: if no trip overwrites what another one has stored, with the boxes of all
trips; and if the next trip reads everything, with the box of the last trip.

Extents and integer arguments are taken to be large (`sizes`): of one number, `y[1:]` and `y[:-1]` read nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from adcompile.facts.boxes import Access, Box, Boxes, Interval
from adcompile.facts.linear import Linear
from adcompile.facts.sizes import Sizes
from adcompile.ir.loops import carried, index_of
from adcompile.ir.nodes import Apply, Const, For, If, Region, Value, While

# So many statements behind a store are looked at that touch the array.
FARTHEST = 100


@dataclass(frozen=True, slots=True)
class Left:
    """Elements of `base` that are still to be read."""

    base: Value
    box: Box


class ReadBack:
    """Answers for the stores of a region. `results` are the arrays that are read as wholes at its end."""

    def __init__(self, region: Region, names: Mapping[Value, Value], results: frozenset[Value]) -> None:
        self.boxes = Boxes(region, names)
        self.sizes = self.boxes.sizes
        self.results = results

    def is_read(self, stmt: Apply, array: Value, counts: Callable[[Apply], bool]) -> bool:
        """Is what the statement stores in the array, or makes it hold, read for certain by statements that count?"""
        root, names = self.boxes.names.get(array, array), self.boxes.names
        written = (a for a in self.boxes.by_stmt.get(stmt, ()) if a.writes and names.get(a.base, a.base) is root)
        access = next(written, None)
        return access is not None and _Follow(self.boxes, self.sizes, self.results, root, access, counts).is_read()


@dataclass(eq=False, slots=True)
class _Follow:
    """Follows what one store leaves, statement by statement and out of the loops around it."""

    boxes: Boxes
    sizes: Sizes
    results: frozenset[Value]
    root: Value
    store: Access
    counts: Callable[[Apply], bool]

    def is_read(self) -> bool:
        """Is every element read?"""
        region = next(reversed(self.store.at))
        left = [Left(self.store.base, self.boxes.of(self.store, region))]
        return self._from(region, self.store.at[region] + 1, left)

    def _from(self, region: Region, first: int, left: list[Left]) -> bool:
        rest = self._after(region, first, left)
        if not rest:
            return rest is not None
        if region is self.sizes.root:
            return self.root in self.results
        outer, position, owner = self.sizes.owners[region]
        if not isinstance(owner, For | While):
            return self._from(outer, position + 1, rest)
        if self._stays(region) and self._from(outer, position + 1, [self._all_trips(owner, e) for e in rest]):
            return True
        following = self._after(region, 0, [self._next_trip(owner, each) for each in rest])
        last = [each for each in (self._last_trip(owner, each) for each in rest) if not self._is_empty(each)]
        return following == [] and (not last or self._from(outer, position + 1, last))

    def _stays(self, region: Region) -> bool:
        """Does no trip of the loop with this body overwrite what another one has stored, and not read before?"""
        owner, own = self.sizes.owners[region][2], self.store
        inside = [access for _, group in self.boxes.by_position(self.root, region) for access in group]
        writers = [a for a in inside if a.writes and not self._is_read_before(a, inside)]
        if not isinstance(owner, For) or any(a.base is not own.base for a in writers):
            return False
        moving = [(axis, form) for axis, form in enumerate(own.index) if self._inner(form, region) == [index_of(owner)]]
        return all(
            any(a.index[axis] == form for axis, form in moving if axis < len(a.index))
            or self._goes_away(owner, self.boxes.of(a, region), self.boxes.of(own, region))
            for a in writers
        )

    def _goes_away(self, loop: For, writer: Box, own: Box) -> bool:
        """Is what the writer touches in later trips apart from what the store touches in this one, and ever farther?"""
        if not isinstance(loop.step, Const):
            return False
        index, step = index_of(loop), int(loop.step.value)
        following = Linear(((index, 1),), step)
        for its, mine in zip(writer, own, strict=True):
            if its is None or mine is None:
                continue
            up, down = (dict(end.terms).get(index, 0) * step for end in (its.low, its.high))
            if up >= 0 and self.sizes.at_most(mine.high, its.low.substitute(index, following)):
                return True
            if down <= 0 and self.sizes.at_most(its.high.substitute(index, following), mine.low):
                return True
        return False

    def _is_read_before(self, writer: Access, accesses: list[Access]) -> bool:
        """Is what the writer overwrites read just before, as in A[i] = A[i] + e?"""
        return any(not a.writes and self.counts(a.stmt) and _before(a, writer) for a in accesses)

    # -- what statements read

    def _after(self, region: Region, first: int, left: list[Left]) -> list[Left] | None:
        """What statements from this position on leave; None if they overwrite some of it."""
        groups = self.boxes.by_position(self.root, region)
        behind = groups[bisect_left(groups, first, key=lambda found: found[0]) :]
        for number, (_, group) in enumerate(behind):
            if number == FARTHEST:
                return None
            writers = [a for a in group if a.writes and not self._is_read_before(a, group)]
            met = [a for a in writers if self._may_meet(self.boxes.of(a, region), a.base, left)]
            for reader in group:
                if self._surely_reads(reader, region) and all(_before(reader, writer) for writer in met):
                    left = [rest for each in left for rest in self._minus(each, reader, region)]
            if not left:
                return []
            if any(self._may_meet(self.boxes.of(a, region), a.base, left) for a in met):
                return None
        return left

    def _surely_reads(self, reader: Access, region: Region) -> bool:
        if reader.writes or not self.counts(reader.stmt):
            return False
        # A loop along an axis that has no trip reads an empty interval; any other one has to run.
        along = {atom for form in reader.index for atom, _ in form.terms}
        return all(
            isinstance(loop, For) and not loop.exits and (index_of(loop) in along or self.sizes.runs(loop))
            for loop in self._between(reader, region)
        )

    def _between(self, access: Access, region: Region) -> list[For | While | If]:
        """The structured statements of the region around the access."""
        order = list(access.at)
        return [stmt for home, stmt in access.around if order.index(home) >= order.index(region)]

    def _inner(self, form: Linear, region: Region) -> list[Value]:
        """The atoms of the form that change inside the region."""
        return [atom for atom, _ in form.terms if self.sizes.changes(atom, region)]

    def _may_meet(self, box: Box, base: Value, left: list[Left]) -> bool:
        return any(base is not each.base or not self.boxes.apart(box, each.box) for each in left)

    def _is_empty(self, left: Left) -> bool:
        return any(i is not None and self.sizes.at_most(i.high, i.low) for i in left.box)

    def _minus(self, left: Left, reader: Access, region: Region) -> list[Left]:
        """What the reader leaves."""
        box = self.boxes.of(reader, region)
        exact = self.boxes.is_exact(reader, region)
        full = exact and all(self.boxes.is_full(interval, reader.base, axis) for axis, interval in enumerate(box))
        if full and (reader.base is left.base or reader.base is self.root):
            return []
        if not exact or reader.base is not left.base:
            return [left]
        uncovered = [
            axis for axis, own in enumerate(left.box) if not self.boxes.covers(box[axis], own, reader.base, axis)
        ]
        if not uncovered:
            return []
        axis = uncovered[0]
        own, its = left.box[axis], box[axis]
        if len(uncovered) > 1 or own is None or its is None or not self._overlap(own, its):
            return [left]
        parts = []
        if not self.sizes.at_most(its.low, own.low):
            parts.append(Interval(own.low, its.low))
        if not self.sizes.at_most(own.high, its.high):
            parts.append(Interval(its.high, own.high))
        return [replace(left, box=(*left.box[:axis], part, *left.box[axis + 1 :])) for part in parts]

    def _overlap(self, own: Interval, its: Interval) -> bool:
        return self.sizes.at_most(its.low, own.high) and self.sizes.at_most(own.low, its.high)

    # -- trips

    def _all_trips(self, owner: For | While, left: Left) -> Left:
        """The elements as seen from outside the loop, those of all trips."""

        def seen(interval: Interval) -> Interval | None:
            swept = self.boxes.swept(interval, owner) if isinstance(owner, For) else interval
            return swept if swept is not None and self._is_outside(swept, owner) else None

        return replace(left, box=tuple(None if each is None else seen(each) for each in left.box))

    def _next_trip(self, owner: For | While, left: Left) -> Left:
        """The elements as seen in the next trip."""
        step = int(owner.step.value) if isinstance(owner, For) and isinstance(owner.step, Const) else None
        index = index_of(owner) if isinstance(owner, For) else None

        def renamed(form: Linear) -> Linear | None:
            terms = {c.yielded: Linear(((c.param, 1),)) for c in carried(owner) if isinstance(c.yielded, Value)}
            if index is not None and step is not None:
                terms[index] = Linear(((index, 1),), -step)
            return self._renamed(form, owner, terms)

        return replace(left, box=_mapped(left.box, renamed))

    def _last_trip(self, owner: For | While, left: Left) -> Left:
        """The elements that the last trip leaves, as seen from outside."""
        terms = {c.yielded: Linear(((c.result, 1),)) for c in carried(owner) if isinstance(c.yielded, Value)}
        if isinstance(owner, For) and not owner.exits and isinstance(owner.step, Const) and abs(owner.step.value) == 1:
            stop = self.sizes.form(owner.stop)
            terms[index_of(owner)] = stop.plus(Linear((), -int(owner.step.value)))
        return replace(left, box=_mapped(left.box, lambda form: self._renamed(form, owner, terms)))

    def _renamed(self, form: Linear, owner: For | While, terms: Mapping[Value, Linear]) -> Linear | None:
        total = Linear((), form.const)
        for atom, coefficient in form.terms:
            if atom in terms:
                total = total.plus(terms[atom], coefficient)
            elif (flipped := self._flipped(atom, terms)) is not None:
                total = total.plus(flipped, coefficient)
            elif self.sizes.changes(atom, owner.body):
                return None
            else:
                total = total.plus(Linear(((atom, 1),)), coefficient)
        return total

    def _flipped(self, atom: Value, terms: Mapping[Value, Linear]) -> Linear | None:
        """For x % 2 where x becomes x + 1 or x - 1: 1 - y, where y is computed as the parity of that."""
        form = self.sizes.parity(atom)
        moved = [a for a, _ in form.terms if a in terms] if form is not None else []
        if form is None or len(moved) != 1:
            return None
        index = moved[0]
        if terms[index] == Linear(((index, 1),), -1) or terms[index] == Linear(((index, 1),), 1):
            return Linear(((atom, -1),), 1)
        wanted = form.substitute(index, terms[index]).plus(Linear((), 1))
        if not wanted.terms:
            return Linear((), 1 - wanted.const % 2)
        parities = ((r, self.sizes.parity(r)) for r in self.sizes.parities())
        outside = next((r for r, its in parities if its is not None and its == wanted), None)
        return None if outside is None else Linear(((outside, -1),), 1)

    def _is_outside(self, interval: Interval, owner: For | While) -> bool:
        atoms = [atom for form in (interval.low, interval.high) for atom, _ in form.terms]
        return not any(self.sizes.changes(atom, owner.body) for atom in atoms)


def _mapped(box: Box, renamed: Callable[[Linear], Linear | None]) -> Box:
    def mapped(interval: Interval | None) -> Interval | None:
        if interval is None:
            return None
        low, high = renamed(interval.low), renamed(interval.high)
        return None if low is None or high is None else Interval(low, high)

    return tuple(map(mapped, box))


def _before(reader: Access, writer: Access) -> bool:
    """Do both touch the same element in the same trip, the reader first?"""
    region, own = next(reversed(reader.at)), next(reversed(writer.at))
    if region is not own or reader.base is not writer.base or reader.index != writer.index:
        return False
    return reader.at[region] < writer.at[own]
