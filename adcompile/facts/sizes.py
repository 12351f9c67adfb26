"""Integers of a program whose sizes are large: what is so for all but the smallest arrays.

    for i in range(n): ...                runs
    for j in range(i): ...                may not run: i is 0 in the first trip
    0 <= n - 1                            holds, and so does i + 1 <= n inside the first loop

Unlike what `ranges` proves, this may be wrong where an extent or an integer argument is 0 or 1. It is for questions
whose answer changes no result of ordinary programs.
"""

from __future__ import annotations

from adcompile.facts.linear import Linear, LinearForms
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, Const, For, Operand, Region, Stmt, Value, is_const
from adcompile.ir.types import INT
from adcompile.ir.walk import regions, statements
from adcompile.ops import library, memory
from adcompile.ops import scalar as ops


class Sizes:
    """Answers for a region and those nested in it. `owners` says where the statement is that a region belongs to."""

    def __init__(self, region: Region) -> None:
        self.root = region
        self.definitions = {r: s for s in statements(region) if isinstance(s, Apply) for r in s.results}
        self.homes: dict[Value, Region] = {}
        self.owners: dict[Region, tuple[Region, int, Stmt]] = {}
        self._forms = LinearForms(self.definitions)
        self._equal: dict[Value, Linear] = {}
        self._extents: dict[tuple[Value, int], Value] = {}
        self._known: dict[Linear, bool] = {}
        self._asked: set[Value] = set()
        self._enter(region)

    def _enter(self, region: Region) -> None:
        self.homes.update(dict.fromkeys(region.params, region))
        for position, stmt in enumerate(region.body):
            self.homes.update(dict.fromkeys(stmt.results, region))
            if isinstance(stmt, Apply):
                self._learn(stmt)
            for inner in regions(stmt):
                self.owners[inner] = (region, position, stmt)
                self._enter(inner)

    def _learn(self, stmt: Apply) -> None:
        """Which integers are equal: by a check, as extents, or as max(n, 0) is n and min(3, n) is 3."""
        first = stmt.operands[0] if stmt.operands else None
        if stmt.primitive is memory.dim and isinstance(first, Value):
            known = self._extents.setdefault((first, stmt.attrs.axis), stmt.results[0])
            if known is not stmt.results[0]:
                self._equal[stmt.results[0]] = Linear(((known, 1),))
        elif stmt.primitive is ops.maximum and is_const(stmt.operands[1], 0):
            self._equal[stmt.results[0]] = self.form(stmt.operands[0])
        elif stmt.primitive is ops.minimum and stmt.results[0].type.dtype == "int64":
            one, other = map(self.form, stmt.operands)
            if not one.terms or not other.terms:
                self._equal[stmt.results[0]] = other if one.terms else one
        elif stmt.primitive is memory.require and isinstance(first, Value):
            condition = self.definitions.get(first)
            if condition is None or condition.primitive is not ops.eq or condition.operands[0].type.dtype != "int64":
                return
            one, other = map(self.form, condition.operands)
            difference = one.plus(other, -1)
            atom = next((atom for atom, coefficient in difference.terms if abs(coefficient) == 1), None)
            if atom is not None:
                rest = difference.substitute(atom, Linear())
                self._equal[atom] = Linear().plus(rest, -dict(difference.terms)[atom])

    # -- forms

    def form(self, operand: Operand) -> Linear:
        """The form of an integer; of those that are equal, one is taken for all."""
        form = self._forms.of(operand)
        while atom := next((atom for atom, _ in form.terms if atom in self._equal), None):
            form = form.substitute(atom, self._equal[atom])
        return form

    def parities(self) -> list[Value]:
        """The values outside loops that are some x % 2."""
        return [v for v, made in self.definitions.items() if made.primitive is ops.mod and self.homes[v] is self.root]

    def parity(self, atom: Value) -> Linear | None:
        """The form of x, if the atom is x % 2."""
        made = self.definitions.get(atom)
        is_parity = made is not None and made.primitive is ops.mod and is_const(made.operands[1], 2)
        return self.form(made.operands[0]) if made is not None and is_parity else None

    def at_most(self, low: Linear, high: Linear) -> bool:
        """Is low <= high wherever extents are large?"""
        difference = high.plus(low, -1)
        if not difference.terms:
            return difference.const >= 0
        known = self._known.get(difference)
        if known is None:
            least = self._least(difference)
            known = self._known[difference] = least is not None and (least.const >= 0 or bool(least.terms))
        return known

    def may_be_negative(self, form: Linear) -> bool:
        """Is the form of sizes and loop indices, and negative for some of these?"""
        least = self._least(form)
        return least is not None and not least.terms and least.const < 0

    @staticmethod
    def _positive(least: Linear | None) -> bool:
        return least is not None and (least.const > 0 or bool(least.terms))

    def _least(self, form: Linear) -> Linear | None:
        """The form where loop indices make it smallest; None if something in it may be negative or have any value."""
        for _ in range(8):
            inner = next((atom for atom, _ in form.terms if self._loop_of(atom) is not None), None)
            if inner is None:
                break
            loop = self._loop_of(inner)
            assert loop is not None
            first, last = self.form(loop.start), self.form(loop.stop).plus(Linear((), -1))
            form = form.substitute(inner, first if dict(form.terms)[inner] > 0 else last)
        is_large = all(coefficient > 0 and self._is_size(atom) for atom, coefficient in form.terms)
        return form if is_large else None

    def _loop_of(self, atom: Value) -> For | None:
        home = self.homes.get(atom)
        owner = self.owners[home][2] if home is not None and home is not self.root else None
        is_index = isinstance(owner, For) and index_of(owner) is atom
        return owner if isinstance(owner, For) and is_index and _rises(owner) else None

    def _is_size(self, atom: Value) -> bool:
        """Is it an extent or an argument, or a product or part of these?"""
        home, made = self.homes.get(atom), self.definitions.get(atom)
        if made is None:
            return home is None or home is self.root
        divides = made.primitive is ops.floordiv and isinstance(made.operands[1], Const)
        if atom in self._asked or not (divides or made.primitive is ops.mul):
            return made.primitive is memory.dim
        self._asked.add(atom)
        found = all(self._positive(self._least(self.form(o))) for o in made.operands)
        self._asked.remove(atom)
        return found

    def extent(self, array: Value, axis: int) -> Linear:
        """The extent of an array, or of another name of one."""
        made = self.definitions.get(array)
        if made is not None and made.primitive is memory.alloc:
            return self.form(made.operands[axis])
        if made is not None and made.primitive is memory.reshape:
            return self.form(made.operands[1 + axis])
        places: tuple[tuple[int, int], ...] = ()
        if made is not None and made.primitive in (memory.alloc_like, memory.row):
            places = ((0, axis + len(made.operands) - 1),)
        elif made is not None and made.primitive.routine is not None:
            places = library.extent_places(made, made.results.index(array), axis)
        if len(places) == 1 and made is not None:
            source = made.operands[places[0][0]]
            assert isinstance(source, Value)
            return self.extent(source, places[0][1])
        return self.form(self._extents.setdefault((array, axis), Value(INT)))

    def runs(self, loop: For) -> bool:
        """Does the loop have a trip, given large extents? What it carries decides nothing."""
        length = self.form(loop.stop).plus(self.form(loop.start), -1)
        step = int(loop.step.value) if isinstance(loop.step, Const) else 1
        return self._positive(self._least(length if step > 0 else Linear().plus(length, -1)))

    # -- places

    def changes(self, atom: Value, region: Region) -> bool:
        home: Region | None = self.homes.get(atom)
        while home is not None and home is not region:
            home = self.owners[home][0] if home is not self.root else None
        return home is region


def _rises(loop: For) -> bool:
    return isinstance(loop.step, Const) and loop.step.value > 0
