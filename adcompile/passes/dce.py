"""Dead code: what nothing observable depends on is removed. Rewrites in place.

    t: float64[:] = alloc(n) {fill='zeros'}
    (s.1: float64, k.1: int64) = for i: ...           (s.1: float64) = for i: int64 in range(0, n, 1)
            carrying (s: float64 = 0.0, k = 0):               carrying (s: float64 = 0.0):
        v: float64 = load(x, i)                           v: float64 = load(x, i)
        store(t, i, v)
        w: int64 = k + 1
        u: float64 = s + v                                u: float64 = s + v
        yield u, w                                        yield u
    return s.1                                        return s.1

Observable are the results, failing checks, and stores into arguments. Everything else is kept only on demand:

* value     a statement whose result is needed is kept with its operands; of an `If` or a loop, only the results and
            carried values that are needed. A carried value that only its own next trip reads is not.
* contents  a store is kept if its array is an argument or a result, or if a kept statement reads the array.
* control   what surrounds a kept statement is kept, with its condition and bounds, but not what else it contains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, assert_never

from adcompile.facts.aliases import Aliases
from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array
from adcompile.ir.walk import regions

T = TypeVar("T")

# These take an array's name or shape and do not look at its elements.


def remove_dead(function: Function) -> Function:
    """Remove what neither the results, nor checks, nor stores into arguments depend on."""
    demand = _Demand(function)
    demand.collect()
    _sweep(function.region, demand)
    return function


@dataclass(frozen=True, slots=True)
class Origin:
    """A value is number `position` of the results of a statement, or of its params."""

    stmt: Stmt
    position: int
    is_param: bool


class _Demand:
    """What is needed: `kept` statements, `live` values, and the `slots` of loops, a slot being a carried value."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.aliases = Aliases(function)
        self.origins: dict[Value, Origin] = {}
        self.parents: dict[Stmt, Stmt] = {}
        self.stores: dict[Value, list[Apply]] = {}
        self.checks: list[Apply] = []
        self.kept: set[Stmt] = set()
        self.live: set[Value] = set()
        self.slots: set[tuple[Stmt, int]] = set()
        self.read: set[Value] = set()
        self.waiting: list[Value] = []
        self.note_region(function.region, None)

    def note_region(self, region: Region, parent: Stmt | None) -> None:
        for stmt in region.body:
            if parent is not None:
                self.parents[stmt] = parent
            self.origins.update((r, Origin(stmt, k, is_param=False)) for k, r in enumerate(stmt.results))
            if isinstance(stmt, Apply) and stmt.primitive.effect is Effect.WRITE:
                self.stores.setdefault(self.aliases.root(stmt.operands[0]), []).append(stmt)
            elif isinstance(stmt, Apply) and stmt.primitive.effect is Effect.CHECK:
                self.checks.append(stmt)
            for inner in regions(stmt):
                self.origins.update((p, Origin(stmt, k, is_param=True)) for k, p in enumerate(inner.params))
                self.note_region(inner, stmt)

    def collect(self) -> None:
        region = self.function.region
        for stmt in self.checks:
            self.keep(stmt)
        for operand in (*region.yields, *region.params):
            self.need(operand)
            self.need_contents(operand)
        while self.waiting:
            self.trace(self.waiting.pop())

    def need(self, operand: Operand) -> None:
        if isinstance(operand, Value) and operand not in self.live:
            self.live.add(operand)
            self.waiting.append(operand)

    def need_contents(self, array: Operand) -> None:
        if isinstance(array.type, Array) and (root := self.aliases.root(array)) not in self.read:
            self.read.add(root)
            for store in self.stores.get(root, ()):  # contents
                self.keep(store)

    def trace(self, value: Value) -> None:
        """What a live value comes from (value)."""
        for extent in value.dims:
            self.need(extent)
        origin = self.origins.get(value)
        if origin is None:
            return
        stmt, position = origin.stmt, origin.position
        self.keep(stmt)
        match stmt:
            case Apply():
                pass
            case If(_, then, orelse):
                self.need(then.yields[position])
                self.need(orelse.yields[position])
            case For():
                self.need_slot(stmt, position - (1 if origin.is_param or stmt.exits else 0))
            case While():
                self.need_slot(stmt, position - (0 if origin.is_param else 1))
            case _:
                assert_never(stmt)

    def need_slot(self, loop: For | While, slot: int) -> None:
        if slot >= 0 and (loop, slot) not in self.slots:
            self.slots.add((loop, slot))
            yields = loop.body.yields[1:] if isinstance(loop, For) and loop.exits else loop.body.yields
            self.need(loop.inits[slot])
            self.need(yields[slot])

    def keep(self, stmt: Stmt) -> None:
        if stmt in self.kept:
            return
        self.kept.add(stmt)
        if stmt in self.parents:
            self.keep(self.parents[stmt])  # control
        match stmt:
            case Apply(primitive, operands):
                for number, operand in enumerate(operands):
                    self.need(operand)
                    is_target = primitive.effect is Effect.WRITE and number == 0
                    if primitive.reads(number) and not is_target:
                        self.need_contents(operand)
            case If(cond):
                self.need(cond)
            case For(start, stop, step):
                for operand in (start, stop, step, *stmt.body.yields[: 1 if stmt.exits else 0]):
                    self.need(operand)
            case While(_, test):
                self.need(test.yields[0])
            case _:
                assert_never(stmt)


def _sweep(region: Region, demand: _Demand) -> None:
    region.body = [stmt for stmt in region.body if stmt in demand.kept]
    for stmt in region.body:
        match stmt:
            case Apply():
                pass
            case If():
                live = [r in demand.live for r in stmt.results]
                stmt.results = _keep(stmt.results, live)
                for branch in (stmt.then, stmt.orelse):
                    branch.yields = _keep(branch.yields, live)
            case For():
                _sweep_slots(stmt, [(stmt, k) in demand.slots for k in range(len(stmt.inits))])
            case While():
                slots = [(stmt, k) in demand.slots for k in range(len(stmt.inits))]
                stmt.test.params = _keep(stmt.test.params, slots)
                _sweep_slots(stmt, slots)
            case _:
                assert_never(stmt)
        for inner in regions(stmt):
            _sweep(inner, demand)


def _sweep_slots(loop: For | While, slots: list[bool]) -> None:
    index = [True] if isinstance(loop, For) else []
    leave = [True] if isinstance(loop, For) and loop.exits else []
    count = [True] if isinstance(loop, While) else leave
    loop.inits = _keep(loop.inits, slots)
    loop.results = _keep(loop.results, [*count, *slots])
    loop.body.params = _keep(loop.body.params, [*index, *slots])
    loop.body.yields = _keep(loop.body.yields, [*leave, *slots])
    if isinstance(loop, For) and loop.sums:
        loop.sums = _keep(loop.sums, slots)


def _keep(items: Sequence[T], kept: Sequence[bool]) -> tuple[T, ...]:
    return tuple(item for item, is_kept in zip(items, kept, strict=True) if is_kept)
