"""Common subexpressions: what has been computed is not computed again. Rewrites in place; loop level only.

    a: float64 = load(x, i)                           a: float64 = load(x, i)
    b: float64 = a * a                                b: float64 = a * a
    store(y, i, b)                                    store(y, i, b)
    c: float64 = load(x, i)
    d: float64 = c * c
    e: float64 = load(y, i)
    f: float64 = d + e                                f: float64 = b + b

Rules, cited below:

* pure      the same primitive on the same operands with the same attributes and result type, computed earlier in this
            region or in one around it. True, 1 and 1.0 are different operands, and so are 0.0 and -0.0.
* load      two loads of one element between which nothing may have written to the array. Each write gives the array a
            new version, and the version is part of what must agree: a loop that writes to it starts with a new one.
* forward   a load of the element that was stored last, when nothing may have written since, is the value stored.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count
from typing import assert_never

from adcompile.facts.aliases import Aliases
from adcompile.ir.attributes import NONE, Attributes
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Stmt, Value, While, name_of
from adcompile.ir.primitive import Effect
from adcompile.ir.walk import Substitution, map_operands, substitute
from adcompile.ops import memory

# How sure it is that an integer operation stays within 64 bits, from nothing known to certain.
UNCHECKED = (None, "repeated", "never")


def merge_common(function: Function, *, forward_stores: bool = True) -> Function:
    """Compute each expression once. `forward_stores`: a value just stored is not loaded (forward)."""
    _Merger(function, forward_stores=forward_stores).merge_region(function.region)
    return function


class _Merger:
    """`available` maps what was computed to its value, `versions` an array to the number of its last write."""

    def __init__(self, function: Function, *, forward_stores: bool) -> None:
        self.aliases = Aliases(function)
        self.forward_stores = forward_stores
        self.mapping: Substitution = {}
        self.available: dict[Hashable, Operand] = {}
        self.versions: dict[Value, int] = {}
        self.writes = count(1)
        self.computed: dict[Value, Apply] = {}

    def resolve(self, operand: Operand) -> Operand:
        return substitute(operand, self.mapping)

    def write(self, roots: list[Value]) -> None:
        """Some element of each array may have changed."""
        for root in roots:
            self.versions[root] = next(self.writes)

    def merge_region(self, region: Region) -> None:
        before = len(self.available)
        region.body = [new for stmt in region.body if (new := self.merge_statement(stmt)) is not None]
        region.yields = tuple(map(self.resolve, region.yields))
        while len(self.available) > before:  # what the region computed is out of scope
            self.available.popitem()

    def merge_statement(self, stmt: Stmt) -> Stmt | None:
        new = map_operands(stmt, self.resolve)
        for result in new.results:
            if result.dims:
                result.dims = tuple(map(self.resolve, result.dims))
        match new:
            case Apply():
                return self.merge_apply(new)
            case If(_, then, orelse):
                entered = dict(self.versions)
                self.merge_region(then)
                self.versions = entered
                self.merge_region(orelse)
                self.write(self.aliases.written(then, orelse))
            case For(body=body):
                written = self.aliases.written(body)
                self.write(written)
                self.merge_region(body)
                self.write(written)
            case While(_, test, body):
                written = self.aliases.written(test, body)
                self.write(written)
                self.merge_region(test)
                self.merge_region(body)
                self.write(written)
            case _:
                assert_never(new)
        return new

    def merge_apply(self, stmt: Apply) -> Apply | None:
        if stmt.primitive.effect is Effect.WRITE:
            self.write([self.aliases.root(stmt.operands[0])])
            if self.forward_stores and stmt.primitive is memory.store:  # forward
                array, *indices, value = stmt.operands
                self.available[self.load_key(array, indices)] = value
            return stmt
        key = self.key(stmt)
        if key is None:
            return stmt
        if key not in self.available:
            self.available[key] = stmt.results[0]
            self.computed[stmt.results[0]] = stmt
            return stmt
        found = self.available[key]
        if isinstance(found, Value) and found in self.computed:
            _keep_check(self.computed[found], stmt)
        self.mapping[stmt.results[0]] = found
        if isinstance(found, Value):
            found.take_name(name_of(stmt.results[0]))
        return None

    def key(self, stmt: Apply) -> Hashable | None:
        """What must agree for two statements to compute the same, or None if they never do."""
        if stmt.primitive is memory.load:
            return self.load_key(stmt.operands[0], stmt.operands[1:])
        if stmt.primitive.effect is not Effect.PURE or len(stmt.results) != 1:
            return None
        operands = tuple(map(operand_key, stmt.operands))
        unordered = frozenset(operands) if stmt.primitive.commutative else operands
        return (stmt.primitive, stmt.results[0].type, unordered, _attributes_key(stmt.attrs))

    def load_key(self, array: Operand, indices: tuple[Operand, ...] | list[Operand]) -> Hashable:
        version = self.versions.get(self.aliases.root(array), 0)
        return (memory.load, array, tuple(map(operand_key, indices)), version)


def _attributes_key(attrs: Attributes) -> Hashable:
    """What must agree of the attributes: all, but for how sure it is that nothing overflows."""
    known = attrs.but(overflow=None) if attrs.overflow in UNCHECKED[1:] else attrs
    return None if known is NONE else known


def _keep_check(kept: Apply, merged: Apply) -> None:
    """What is checked in one of two equal operations is checked in the one that is kept. A load checks nothing."""
    if merged.primitive is not kept.primitive:
        return
    old, new = kept.attrs.overflow, merged.attrs.overflow
    if old != new and UNCHECKED.index(new) < UNCHECKED.index(old):
        kept.attrs = kept.attrs.but(overflow=new)


def operand_key(operand: Operand) -> Hashable:
    """A value is itself; of a constant the type counts, and the sign of a zero."""
    return (operand.type, repr(operand.value)) if isinstance(operand, Const) else operand
