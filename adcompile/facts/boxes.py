"""Which elements of an array a load or a store touches, as boxes.

    for i in range(n - 1):
        y[k, i] = ...          one element where it stands; from outside the loop the box [k, k + 1) x [0, n - 1)

A box is an interval of indices an axis, whose ends are linear forms of what does not change in the region that it is
seen from. Comparisons are those of `sizes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adcompile.facts.linear import Linear
from adcompile.facts.sizes import Sizes
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Value, While
from adcompile.ir.types import Array
from adcompile.ir.walk import regions
from adcompile.ops import memory

Around = tuple[tuple[Region, For | While | If], ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """The indices from `low` up to, but without, `high`."""

    low: Linear
    high: Linear


Box = tuple[Interval | None, ...]
"""An interval an axis; None: not known, so possibly everywhere."""


@dataclass(eq=False, slots=True)
class Access:
    """A load, a store, or a call that reads or makes a whole array. `at` is the position in each region around it,
    outer before inner, `around` the statements with those regions. The `whole` axes have no index.
    """

    stmt: Apply
    base: Value
    index: tuple[Linear, ...]
    whole: tuple[int, ...]
    at: dict[Region, int]
    around: Around
    writes: bool


class Boxes:
    """The accesses of a region, by the array whose memory they touch: `names` leads from other names to that."""

    def __init__(self, region: Region, names: Mapping[Value, Value]) -> None:
        self.sizes = Sizes(region)
        self.names = names
        self.accesses: dict[Value, list[Access]] = {}
        self.by_stmt: dict[Apply, list[Access]] = {}
        self._boxes: dict[tuple[Access, Region], tuple[Box, list[Value]]] = {}
        self._groups: dict[tuple[Value, Region], list[tuple[int, list[Access]]]] = {}
        self._visit(region, {}, ())

    def by_position(self, root: Value, region: Region) -> list[tuple[int, list[Access]]]:
        """The accesses of an array in a region, by the position of the statement that they are in."""
        if (root, region) not in self._groups:
            groups: dict[int, list[Access]] = {}
            for access in self.accesses[root]:
                if region in access.at:
                    groups.setdefault(access.at[region], []).append(access)
            self._groups[root, region] = sorted(groups.items(), key=lambda group: group[0])
        return self._groups[root, region]

    def of(self, access: Access, region: Region) -> Box:
        """The elements that the access touches in one run of the region's statement, or more than these."""
        return self._found(access, region)[0]

    def is_exact(self, access: Access, region: Region) -> bool:
        """Does the access touch every element of its box: does each loop sweep one axis, and one end of an interval?"""
        swept = self._found(access, region)[1]
        return len(swept) == len(set(swept))

    def _found(self, access: Access, region: Region) -> tuple[Box, list[Value]]:
        """The box, and the indices of the loops that are swept on the way to it."""
        found = self._boxes.get((access, region))
        if found is None:
            swept: list[Value] = []
            touched = [self._interval(form, access, region, swept) for form in access.index]
            touched += [Interval(Linear(), self.sizes.extent(access.base, axis)) for axis in access.whole]
            found = self._boxes[access, region] = tuple(touched), swept
        return found

    def is_full(self, interval: Interval | None, base: Value, axis: int) -> bool:
        if interval is None:
            return False
        extent = self.sizes.extent(base, axis)
        return self.sizes.at_most(interval.low, Linear()) and self.sizes.at_most(extent, interval.high)

    def covers(self, its: Interval | None, own: Interval | None, base: Value, axis: int) -> bool:
        if its is None or own is None:
            return self.is_full(its, base, axis)
        same = its == own
        return same or (self.sizes.at_most(its.low, own.low) and self.sizes.at_most(own.high, its.high))

    def apart(self, one: Box, other: Box) -> bool:
        at_most = self.sizes.at_most
        pairs = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
        return any(at_most(a.high, b.low) or at_most(b.high, a.low) for a, b in pairs)

    def _interval(self, form: Linear, access: Access, region: Region, swept: list[Value]) -> Interval | None:
        form = self._from_the_front(form, access, len(access.index))
        if self.sizes.may_be_negative(form):
            return None  # it may count from the end
        interval: Interval | None = Interval(form, form.plus(Linear((), 1)))
        first = len(swept)
        while interval is not None and (index := self._innermost(interval, access, region)) is not None:
            owner = self.sizes.owners[self.sizes.homes[index]][2]
            if not isinstance(owner, For) or index_of(owner) is not index:
                return None
            ends = sum(index in dict(end.terms) for end in (interval.low, interval.high))
            swept += [index] * (ends if len(swept) > first else 1)
            interval = self.swept(interval, owner)
        return interval

    def _innermost(self, interval: Interval, access: Access, region: Region) -> Value | None:
        """The atom of the interval that is computed in the innermost loop of the region around the access."""
        order = list(access.at)
        inner = order[order.index(region) + 1 :]
        atoms = [atom for end in (interval.low, interval.high) for atom, _ in end.terms]
        within = [atom for atom in atoms if self.sizes.homes.get(atom) in inner]
        return max(within, key=lambda atom: inner.index(self.sizes.homes[atom]), default=None)

    def _from_the_front(self, form: Linear, access: Access, axes: int) -> Linear:
        if form.terms or form.const >= 0:
            return form
        axis = next(k for k in range(axes) if access.index[k] is form)
        return form.plus(self.sizes.extent(access.base, axis))

    def swept(self, interval: Interval, loop: For) -> Interval | None:
        """The interval over all trips of the loop."""
        index = index_of(loop)
        low, high = dict(interval.low.terms).get(index, 0), dict(interval.high.terms).get(index, 0)
        if not low and not high:
            return interval
        if not isinstance(loop.step, Const) or abs(int(loop.step.value)) != 1 or abs(low) > 1 or abs(high) > 1:
            return None
        start, stop = self.sizes.form(loop.start), self.sizes.form(loop.stop)
        first, last = (start, stop.plus(Linear((), -1))) if loop.step.value == 1 else (stop.plus(Linear((), 1)), start)
        return Interval(
            interval.low.substitute(index, first if low > 0 else last),
            interval.high.substitute(index, last if high > 0 else first),
        )

    def _visit(self, region: Region, at: dict[Region, int], around: Around) -> None:
        for position, stmt in enumerate(region.body):
            here = {**at, region: position}
            if isinstance(stmt, Apply):
                self._note(stmt, here, around)
                continue
            for inner in regions(stmt):
                self._visit(inner, here, (*around, (region, stmt)))

    def _note(self, stmt: Apply, at: dict[Region, int], around: Around) -> None:
        arrays: list[tuple[Operand, Sequence[Operand], bool]] = []
        if stmt.primitive is memory.load:
            arrays = [(stmt.operands[0], stmt.operands[1:], False)]
        elif stmt.primitive is memory.store:
            arrays = [(stmt.operands[0], stmt.operands[1:-1], True)]
        elif stmt.primitive.routine is not None:
            arrays = [*((o, (), False) for o in stmt.operands), *((r, (), True) for r in stmt.results)]
        for array, index, writes in arrays:
            if isinstance(array, Value) and isinstance(array.type, Array):
                base, forms = self._resolved(array, tuple(map(self.sizes.form, index)))
                rest = tuple(range(len(forms), len(forms) + array.type.ndim - len(index)))
                found = Access(stmt, base, forms, rest, at, around, writes)
                self.accesses.setdefault(self.names.get(base, base), []).append(found)
                self.by_stmt.setdefault(stmt, []).append(found)

    def _resolved(self, array: Value, index: tuple[Linear, ...]) -> tuple[Value, tuple[Linear, ...]]:
        """The array that a row is a row of, and the index there."""
        made = self.sizes.definitions.get(array)
        source = made.operands[0] if made is not None and made.operands else None
        if made is None or not isinstance(source, Value):
            return array, index
        if made.primitive is memory.row:
            return self._resolved(source, (*map(self.sizes.form, made.operands[1:]), *index))
        if made.primitive is memory.part and index:
            return self._resolved(source, (index[0].plus(self.sizes.form(made.operands[1])),))
        return array, index
