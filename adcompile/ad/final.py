"""Which stores can never overwrite what a read in the backward sweep wants: the proof that an element is final.

    for i in range(1, n):               the read of y[i - 1] for trip i comes after the reverse of the trips
        y[i] = y[i - 1] * x[i]          i' > i, which have stored y[i']:  i' > i  and  i' = i - 1  has no solution

A store matters to a read if a later execution of it, in the lifetime of the array, may have stored the same element.
For each loop around both that may lie between them (and once for the store that follows in the same trip of all of
them) this is a system of linear inequalities:

* places   what is known of the integers at the store and at the read: loop bounds, branches, checks.
* order    outer loops are in the same trip, so their indices and what they compute are shared. The loop between is in a
           later trip: whatever is computed inside it has two values, one for the store and one for the read.
* element  the indices agree on every axis. An index says something only if its sign is known, for negative ones count
           from the end; and only if both arrays go by the same name, rows being resolved.

No solution, no need to undo the store for this read (Griewank & Walther 2008, chapter 12; Maydan, Hennessy & Lam 1991).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adcompile.ad.frames import Layout, Path
from adcompile.facts.inequalities import is_infeasible
from adcompile.facts.linear import Linear
from adcompile.facts.ranges import ZERO, Ranges
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, Const, For, Function, Operand, Region, Stmt, Value
from adcompile.ir.types import INT
from adcompile.ir.walk import regions
from adcompile.ops import memory


@dataclass(frozen=True, slots=True)
class Access:
    """A load or a store: the array's name, its element (None along an axis: not known), and what is known there."""

    base: Value
    element: tuple[Linear | None, ...]
    facts: tuple[Linear, ...]


class Accesses:
    """The loads and stores of those `arrays` that are stored to, in the program as it was when the layout was made."""

    def __init__(self, layout: Layout, arrays: set[Value]) -> None:
        self.layout = layout
        self.found: dict[Stmt, Access] = {}
        stores = (s for s in layout.writes if isinstance(s, Apply) and s.primitive is memory.store)
        self._stored = {layout.root_of(s.operands[0]) for s in stores} & arrays
        if self._stored:
            self.ranges = Ranges(Function("", layout.root))
            self._visit(layout.root, ())

    def may_clash(self, store: Apply, read: Apply, level: int | None) -> bool:
        """May the store, later than the read, store the element that is read?

        `level`: a later trip of the loop at this level of the store's path, all loops around it being in the same trip;
        None: the same trip of all loops around both.
        """
        one, other = self.found[store], self.found[read]
        if one.base is not other.base or not self._is_fixed(one.base):
            return True
        later: list[Linear] = []
        renaming = _Renaming(self.layout, None)
        if level is not None:
            region, position = self.layout.path(*self.layout.places[store])[level]
            loop = self.layout.bodies[region][position]
            renaming = _Renaming(self.layout, self.layout.path(*self.layout.places[store])[level + 1][0])
            if isinstance(loop, For):
                later = list(self._later(loop, renaming))
        system = [*other.facts, *map(renaming.form, one.facts), *later]
        for mine, its in zip(one.element, other.element, strict=True):
            if mine is not None and its is not None:
                difference = renaming.form(mine).plus(its, -1)
                system += [difference, Linear().plus(difference, -1)]
        return not is_infeasible(dict.fromkeys(system))

    def _later(self, loop: For, renaming: _Renaming) -> Iterator[Linear]:
        """The store's trip of the loop is later than the read's (order)."""
        index = Linear(((index_of(loop), 1),))
        if isinstance(loop.step, Const) and loop.step.value:
            step = int(loop.step.value)
            change = renaming.form(index).plus(index, -1)
            yield Linear((), -abs(step)).plus(change, 1 if step > 0 else -1)

    def _is_fixed(self, base: Value) -> bool:
        """Does the name mean the same memory, laid out alike, as long as the array lives?"""
        return base not in self.layout.names or self.layout.homes[base].region is self.layout.root

    # -- what is known at each access

    def _visit(self, region: Region, indices: tuple[Linear, ...]) -> None:
        for stmt in self.layout.bodies[region]:
            for inner in regions(stmt):
                around = (*indices, Linear(((index_of(stmt), 1),))) if isinstance(stmt, For) else indices
                with self.ranges.within(stmt, inner):
                    self._visit(inner, around)
            is_access = isinstance(stmt, Apply) and stmt.primitive.accesses
            if isinstance(stmt, Apply) and is_access and self.layout.root_of(stmt.operands[0]) in self._stored:
                self.found[stmt] = self._access(stmt, indices)
            self.ranges.passed(stmt)

    def _access(self, stmt: Apply, around: tuple[Linear, ...]) -> Access:
        operands = stmt.operands[:-1] if stmt.primitive is memory.store else stmt.operands
        base, indices = self._resolved(operands[0], operands[1:])
        element = tuple(self._along(base, axis, index) for axis, index in enumerate(indices))
        forms = (*(form for form in element if form is not None), *around)
        facts = {fact: None for form in forms for fact in self.ranges.relevant(form)[0][1:]}
        return Access(base, element, tuple(facts))

    def _resolved(self, array: Operand, indices: tuple[Operand, ...]) -> tuple[Value, tuple[Operand, ...]]:
        """The array that a row is a row of, and the index there."""
        assert isinstance(array, Value)
        made = self.layout.definition(array) if array in self.layout.names else None
        if isinstance(made, Apply) and made.primitive is memory.row:
            return self._resolved(made.operands[0], (*made.operands[1:], *indices))
        return array, indices

    def _along(self, base: Value, axis: int, index: Operand) -> Linear | None:
        """The index from the front, if its sign is known here (element)."""
        if self.ranges.nonnegative(index):
            return self.ranges.form(index)
        if self.ranges.proves(index, "<", ZERO):
            return self.ranges.form(index).plus(self.ranges.extent(base, axis))
        return None


class _Renaming:
    """Other names for the values that are computed inside a region."""

    def __init__(self, layout: Layout, region: Region | None) -> None:
        self.layout = layout
        self.region = region
        self.names: dict[Value, Value] = {}

    def form(self, form: Linear) -> Linear:
        """The form over the new names."""
        return Linear(tuple((self.name(atom), coefficient) for atom, coefficient in form.terms), form.const)

    def name(self, atom: Value) -> Value:
        """The new name of an atom, or the old one if it is computed outside."""
        if self.region is None or not self._is_inside(atom):
            return atom
        return self.names.setdefault(atom, Value(INT, atom.hint))

    def _is_inside(self, atom: Value) -> bool:
        home = self.layout.homes.get(atom)
        return home is not None and any(
            region is self.region for region, _ in self.layout.path(home.region, home.index)
        )


def orders(layout: Layout, store: Path, read: Path, depth: int) -> Iterator[int | None]:
    """How a store may come later than a read: at which levels a loop around both may be in a later trip, and None if
    the store follows in the same trip of all of them.

    Compared within the array's lifetime only: `depth` regions are outside it.
    """
    for level, ((region, stored_at), (other, read_at)) in enumerate(zip(store, read, strict=False)):
        if region is not other:
            return
        if stored_at != read_at:
            if stored_at > read_at:
                yield None
            return
        if level >= depth and layout.is_loop(region, stored_at):
            yield level
