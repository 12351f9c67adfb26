"""Which statements of a region mention the memory of an array, while arrays take the place of others.

    mentions = Mentions(function.region, Aliases(function))
    mentions.before(7, h)               the statements with a name of h in them, before the seventh of the region
    mentions.replace(h, p)              from now on h is p, in these statements too
    mentions.finish()                   the region has the statements that are left

A pass that tries one array after the other walks through the function once, not once for each change that it makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from adcompile.facts.aliases import Aliases
from adcompile.ir.nodes import Operand, Region, Stmt, Value
from adcompile.ir.types import Array
from adcompile.ir.walk import all_operands, substitute_within


class Mentions:
    """`body` are the statements of the region; the place of each stays, also where one is removed."""

    def __init__(self, region: Region, aliases: Aliases) -> None:
        self.region, self.body = region, list(region.body)
        self._aliases = aliases
        self._removed: set[Stmt] = set()
        self._instead: dict[Value, Value] = {}
        self.returned = {self.root(y) for y in region.yields if isinstance(y.type, Array)}
        self._places: dict[Value, list[int]] = {}
        for place, stmt in enumerate(self.body):
            arrays = (o for o in all_operands(Region(body=[stmt])) if isinstance(o.type, Array))
            for root in {self.root(array): None for array in arrays}:
                self._places.setdefault(root, []).append(place)

    def root(self, array: Operand) -> Value:
        """The array that the name is a name of."""
        root = self._aliases.root(array)
        return self._instead.get(root, root)

    def before(self, place: int, root: Value) -> Iterator[Stmt]:
        """The statements before the place that mention the memory, or contain one that does, the first one first."""
        found = takewhile(lambda other: other < place, self._places.get(root, ()))
        return (self.body[other] for other in found if self.body[other] not in self._removed)

    def after(self, place: int, root: Value) -> Iterator[Stmt]:
        """Those behind the place, the last one first."""
        found = takewhile(lambda other: other > place, reversed(self._places.get(root, [])))
        return (self.body[other] for other in found if self.body[other] not in self._removed)

    def remove(self, stmt: Stmt) -> None:
        """The statement goes."""
        self._removed.add(stmt)

    def replace(self, array: Value, by: Value) -> None:
        """Wherever an array is mentioned, it is another one. Statements become new ones, at the same places."""
        self._instead[array] = by
        if array in self.returned:
            self.returned.add(by)
        places = self._places.pop(array, [])
        for place in places:
            if self.body[place] not in self._removed:
                part = Region(body=[self.body[place]])
                substitute_within(part, {array: by})
                (self.body[place],) = part.body
        self._places[by] = sorted({*self._places.get(by, ()), *places})

    def finish(self) -> None:
        """Put what is left into the region."""
        self.region.body = [stmt for stmt in self.body if stmt not in self._removed]
        self.region.yields = tuple(self._instead.get(y, y) if isinstance(y, Value) else y for y in self.region.yields)
