"""What each statement of a region touches, found in one walk through it and remembered.

    for i in range(n):              reads {n, x, y, ...}, touches the memory of x and y, writes that of y,
        v = load(x, i)              accesses to y: [store(y, i, v)]
        store(y, i, v)

A pass that compares many statements with many others asks here; what it changes it takes out first and puts in again,
so that no walk is made twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from adcompile.facts.aliases import Aliases
from adcompile.ir.nodes import Apply, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array
from adcompile.ir.walk import all_operands, regions, statements
from adcompile.ops import memory

# What has to do with an array, but not with its elements.


@dataclass(eq=False, slots=True)
class Footprint:
    """Of a statement and those inside it: the operands, what they define, and by root the accesses to memory, in order.

    `stored` and `loaded` are the roots of element accesses; `may_end`: the program may end there, or not end.
    """

    operands: Counter[Operand] = field(default_factory=Counter)
    defined: set[Value] = field(default_factory=set)
    accesses: dict[Value, list[Apply]] = field(default_factory=dict)
    written: set[Value] = field(default_factory=set)
    stored: set[Value] = field(default_factory=set)
    loaded: set[Value] = field(default_factory=set)
    may_end: bool = False

    def collides(self, other: Footprint) -> bool:
        """Does one of the statements write what the other one touches?"""
        return not (self.written.isdisjoint(other.accesses) and other.written.isdisjoint(self.accesses))

    def include(self, other: Footprint) -> None:
        """Let this be the footprint of both; the accesses themselves stay apart."""
        self.defined |= other.defined
        self.written |= other.written
        self.accesses.update({root: [] for root in other.accesses})


class Footprints:
    """The footprints of statements that are directly in a region, and how often each value is read in it."""

    def __init__(self, region: Region, aliases: Aliases) -> None:
        self.aliases = aliases
        self._known: dict[Stmt, Footprint] = {}
        self.uses = Counter[Operand](region.yields)
        self.readers: dict[Value, list[Stmt]] = {}  # by root: those that load elements
        self.add(region.body)

    def of(self, stmt: Stmt) -> Footprint:
        """The footprint of a statement of the region."""
        return self._known[stmt]

    def add(self, stmts: Iterable[Stmt]) -> None:
        """The statements have become part of the region."""
        for stmt in stmts:
            found = self._known[stmt] = footprint(stmt, self.aliases)
            self.uses.update(found.operands)
            for root in found.loaded:
                self.readers.setdefault(root, []).append(stmt)

    def remove(self, stmts: Iterable[Stmt]) -> None:
        """The statements are no longer part of the region, or are about to be changed."""
        for stmt in stmts:
            found = self._known.pop(stmt)
            self.uses.subtract(found.operands)
            for root in found.loaded:
                self.readers[root].remove(stmt)


def footprint(stmt: Stmt, aliases: Aliases) -> Footprint:
    """The footprint of one statement."""
    alone = Region(body=[stmt])
    found = Footprint(Counter(all_operands(alone)))
    for each in statements(alone):
        found.defined.update(each.results, *(inner.params for inner in regions(each)))
        if isinstance(each, Apply):
            _enter(each, found, aliases)
        found.may_end |= isinstance(each, While)
    return found


def _enter(stmt: Apply, found: Footprint, aliases: Aliases) -> None:
    effect, primitive = stmt.primitive.effect, stmt.primitive
    found.may_end |= effect is Effect.CHECK
    if effect is Effect.WRITE:
        found.written.add(aliases.root(stmt.operands[0]))
    if primitive is memory.store:
        found.stored.add(aliases.root(stmt.operands[0]))
    if primitive is memory.load:
        found.loaded.add(aliases.root(stmt.operands[0]))
    touched = (o for k, o in enumerate(stmt.operands) if isinstance(o.type, Array) and primitive.touches(k))
    for root in {aliases.root(o): None for o in touched}:
        found.accesses.setdefault(root, []).append(stmt)
