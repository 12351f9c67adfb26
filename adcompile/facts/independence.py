"""Which loops may run their trips in any order.

    for i in range(n):                   every trip touches its own part of x_bar, and adds to y_bar,
        g = load(z_bar, i)               which does not mind the order
        x_bar[i] = g
        y_bar[k] += g

A loop is *order free* if it says so, or if nothing is carried but sums that only add up, and every array that is stored
to in it is

* added to    all its accesses are those of statements `A[i] = A[i] + e`, whose order matters for rounding only, or
* divided     along one axis all accesses have one and the same index, which differs from trip to trip.
"""

from __future__ import annotations

from dataclasses import dataclass

from adcompile.facts.aliases import Aliases
from adcompile.facts.ranges import Ranges
from adcompile.facts.sums import is_sum
from adcompile.ir.loops import carried, index_of
from adcompile.ir.nodes import Apply, For, Operand, Region, Stmt, Value
from adcompile.ir.primitive import Effect, Primitive
from adcompile.ir.types import Array
from adcompile.ir.walk import all_operands, statements
from adcompile.ops import memory
from adcompile.ops import scalar as ops


@dataclass(frozen=True, slots=True)
class Update:
    """The statements of `A[index] = A[index] + addend`, or with a minus."""

    load: Apply
    combine: Apply
    store: Apply
    addend: Operand

    @property
    def array(self) -> Value:
        """The array that is added to, by the name it has there."""
        array = self.store.operands[0]
        assert isinstance(array, Value)
        return array

    @property
    def index(self) -> tuple[Operand, ...]:
        """Where."""
        return self.store.operands[1:-1]

    @property
    def operation(self) -> Primitive:
        """`add` or `sub`."""
        return self.combine.primitive


def updates(region: Region) -> list[Update]:
    """The updates among the statements directly in a region, in the order of their stores."""
    uses: dict[Value, int] = {}
    for operand in all_operands(region):
        if isinstance(operand, Value):
            uses[operand] = uses.get(operand, 0) + 1
    definitions = {r: stmt for stmt in region.body for r in stmt.results}
    found: list[Update] = []
    for stmt in region.body:
        if isinstance(stmt, Apply) and stmt.primitive is memory.store:
            update = _update(stmt, definitions, uses)
            if update is not None and not _is_disturbed(region, update):
                found.append(update)
    return found


def _update(store: Apply, definitions: dict[Value, Stmt], uses: dict[Value, int]) -> Update | None:
    combined = store.operands[-1]
    combine = definitions.get(combined) if isinstance(combined, Value) else None
    if not isinstance(combine, Apply) or combine.primitive not in (ops.add, ops.sub) or uses[combine.results[0]] != 1:
        return None
    pairs = [combine.operands] if combine.primitive is ops.sub else [combine.operands, combine.operands[::-1]]
    for before, addend in pairs:
        load = definitions.get(before) if isinstance(before, Value) else None
        if not isinstance(load, Apply) or load.primitive is not memory.load or uses[load.results[0]] != 1:
            continue
        if load.operands == store.operands[:-1]:
            return Update(load, combine, store, addend)
    return None


def _is_disturbed(region: Region, update: Update) -> bool:
    """May something between the load and the store touch the array by this name or as a whole?"""
    first, last = region.body.index(update.load), region.body.index(update.store)
    between = statements(Region(body=region.body[first + 1 : last]))
    return any(isinstance(stmt, Apply) and _is_effect(stmt) for stmt in between if stmt is not update.combine)


def _is_effect(stmt: Apply) -> bool:
    return stmt.primitive.effect is Effect.WRITE or stmt.primitive.routine is not None


def is_order_free(loop: For, ranges: Ranges, aliases: Aliases) -> bool:
    """May the trips of a loop without nested loops or branches run in any order? Asked inside of `ranges.within` it."""
    if loop.exits or not all(isinstance(stmt, Apply) for stmt in loop.body.body):
        return False
    if loop.order_free:
        return True
    own = updates(loop.body)
    if not all(is_sum(loop.body, each.param, each.yielded) for each in carried(loop)):
        return False
    parts = {stmt for update in own for stmt in (update.load, update.store)}
    accesses = [stmt for stmt in loop.body.body if isinstance(stmt, Apply) and _touches_memory(stmt)]
    if any(not stmt.primitive.accesses for stmt in accesses):
        return False
    for root in {aliases.root(a.operands[0]): None for a in accesses if a.primitive is memory.store}:
        touching = [a for a in accesses if aliases.root(a.operands[0]) is root]
        if not parts.issuperset(touching) and not _is_divided(touching, loop, ranges):
            return False
    return True


def _touches_memory(stmt: Apply) -> bool:
    arrays = any(isinstance(o.type, Array) for o in (*stmt.operands, *stmt.results))
    return (arrays and stmt.primitive is not memory.dim) or stmt.primitive.effect is Effect.CHECK


def _is_divided(accesses: list[Apply], loop: For, ranges: Ranges) -> bool:
    index, first = index_of(loop), accesses[0]
    array = first.operands[0]
    if any(a.operands[0] is not array for a in accesses):
        return False
    for axis in range(array.type.ndim):  # type: ignore[union-attr]
        forms = {ranges.form(a.operands[1 + axis]) for a in accesses}
        if len(forms) == 1 and ranges.nonnegative(first.operands[1 + axis]):
            form = next(iter(forms))
            if dict(form.terms).get(index):
                return True
    return False
