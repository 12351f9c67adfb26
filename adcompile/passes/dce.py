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

from dataclasses import dataclass
from typing import assert_never

from adcompile.facts.aliases import Aliases
from adcompile.ir.loops import Carried, carried, decides_of, keep, keep_carried
from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array
from adcompile.ir.walk import regions


def remove_dead(function: Function) -> Function:
    """Remove what neither the results, nor checks, nor stores into arguments depend on."""
    demand = _Demand(function)
    demand.collect()
    _sweep(function.region, demand)
    return function


@dataclass(frozen=True, slots=True)
class Origin:
    """A value is number `position` of the results of a statement; of a loop, a name of a carried value (`slot`)."""

    stmt: Stmt
    position: int = 0
    slot: Carried | None = None


class _Demand:
    """What is needed: `kept` statements, `live` values, and of the carried values of loops the params (`slots`)."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.aliases = Aliases(function)
        self.origins: dict[Value, Origin] = {}
        self.parents: dict[Stmt, Stmt] = {}
        self.stores: dict[Value, list[Apply]] = {}
        self.checks: list[Apply] = []
        self.kept: set[Stmt] = set()
        self.live: set[Value] = set()
        self.slots: set[Value] = set()
        self.read: set[Value] = set()
        self.waiting: list[Value] = []
        self.note_region(function.region, None)

    def note_region(self, region: Region, parent: Stmt | None) -> None:
        for stmt in region.body:
            if parent is not None:
                self.parents[stmt] = parent
            self.origins.update((r, Origin(stmt, k)) for k, r in enumerate(stmt.results))
            if isinstance(stmt, Apply) and stmt.primitive.effect is Effect.WRITE:
                self.stores.setdefault(self.aliases.root(stmt.operands[0]), []).append(stmt)
            elif isinstance(stmt, Apply) and stmt.primitive.effect is Effect.CHECK:
                self.checks.append(stmt)
            for inner in regions(stmt):
                self.origins.update((p, Origin(stmt)) for p in inner.params)
                self.note_region(inner, stmt)
            for slot in carried(stmt) if isinstance(stmt, For | While) else ():
                self.origins.update((name, Origin(stmt, slot=slot)) for name in slot.names)

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
        self.keep(origin.stmt)
        if isinstance(origin.stmt, If):
            self.need(origin.stmt.then.yields[origin.position])
            self.need(origin.stmt.orelse.yields[origin.position])
        elif origin.slot is not None and origin.slot.param not in self.slots:
            self.slots.add(origin.slot.param)
            self.need(origin.slot.init)
            self.need(origin.slot.yielded)

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
            case For() | While():
                for operand in decides_of(stmt):
                    self.need(operand)
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
                stmt.results = keep(stmt.results, live)
                for branch in (stmt.then, stmt.orelse):
                    branch.yields = keep(branch.yields, live)
            case For() | While():
                keep_carried(stmt, [slot.param in demand.slots for slot in carried(stmt)])
            case _:
                assert_never(stmt)
        for inner in regions(stmt):
            _sweep(inner, demand)
