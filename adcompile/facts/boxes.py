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
        self._boxes: dict[tuple[Access, Region], Box] = {}
        self._visit(region, {}, ())

    def of(self, access: Access, region: Region) -> Box:
        """The elements that the access touches in one run of the region's statement."""
        found = self._boxes.get((access, region))
        if found is None:
            touched = [self._interval(form, access, region) for form in access.index]
            touched += [Interval(Linear(), self.sizes.extent(access.base, axis)) for axis in access.whole]
            found = self._boxes[access, region] = tuple(touched)
        return found

    def is_product(self, reader: Access, region: Region) -> bool:
        """Does the reader touch every element of its box: does each loop have an axis for itself?"""
        used = [a for form in reader.index for a, _ in form.terms if self._changes_within(a, reader, region)]
        return len(used) == len(set(used))

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

    def _interval(self, form: Linear, access: Access, region: Region) -> Interval | None:
        form = self._from_the_front(form, access, len(access.index))
        changing = [atom for atom, _ in form.terms if self._changes_within(atom, access, region)]
        if not changing:
            return Interval(form, form.plus(Linear((), 1)))
        owner = self.sizes.owners[self.sizes.homes[changing[0]]][2]
        if len(changing) > 1 or not isinstance(owner, For) or owner.body.params[0] is not changing[0]:
            return None
        swept = self.swept(Interval(form, form.plus(Linear((), 1))), owner)
        if swept is None:
            return None
        atoms = [atom for end in (swept.low, swept.high) for atom, _ in end.terms]
        return None if any(self._changes_within(atom, access, region) for atom in atoms) else swept

    def _from_the_front(self, form: Linear, access: Access, axes: int) -> Linear:
        if form.terms or form.const >= 0:
            return form
        axis = next(k for k in range(axes) if access.index[k] is form)
        return form.plus(self.sizes.extent(access.base, axis))

    def swept(self, interval: Interval, loop: For) -> Interval | None:
        """The interval over all trips of the loop."""
        index = loop.body.params[0]
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

    def _changes_within(self, atom: Value, access: Access, region: Region) -> bool:
        """Is the atom computed in a loop of the region around the access?"""
        home, order = self.sizes.homes.get(atom), list(access.at)
        return home is not None and home in order and order.index(home) > order.index(region)

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
        source = made.operands[0] if made is not None else None
        if made is None or not isinstance(source, Value):
            return array, index
        if made.primitive is memory.row:
            return self._resolved(source, (*map(self.sizes.form, made.operands[1:]), *index))
        if made.primitive is memory.part and index:
            return self._resolved(source, (index[0].plus(self.sizes.form(made.operands[1])),))
        return array, index
