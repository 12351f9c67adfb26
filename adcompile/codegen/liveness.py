"""Which variables hold something that is still read, and so which may not be one.

    b = a + 1        a is alive here
    c = a * b        a and b are alive here, so they interfere: one variable cannot hold both

All names of a carried value (init apart) are one variable: the param at the head of the loop stands for it. Entering a
loop, ending a trip and ending a branch are *parallel moves*: all sources are read before any target is written.
What is printed inside its use reads its operands there. (Appel, Modern Compiler Implementation, 1998, ch. 10 and 19.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from adcompile.codegen.nesting import Nesting
from adcompile.ir.loops import bounds_of, carried, exit_of, index_of, params_of, trips_of, yields_of
from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Stmt, Value, While
from adcompile.ir.walk import all_operands, statements

# A set of values: the sum of the `bits` of its members.
Live = int


@dataclass(slots=True)
class Liveness:
    """`head[v]` is the param that stands for a carried value; `conflicts[v]` is what is alive where v is written.

    Two values interfere if one is among the conflicts of the other: each pair is noted once.
    """

    nested: Nesting
    head: dict[Value, Value] = field(default_factory=dict)
    conflicts: dict[Value, Live] = field(default_factory=dict)
    bits: dict[Value, Live] = field(default_factory=dict)

    def of(self, value: Value) -> Value:
        """The value under the name it has at the head of its loop."""
        while value in self.head:
            value = self.head[value]
        return value

    def set_of(self, values: Iterable[Value]) -> Live:
        """The values as a set."""
        found = 0
        for value in values:
            bit = self.bits.get(value)
            if bit is None:
                bit = self.bits[value] = 1 << len(self.bits)
            found |= bit
        return found

    def reads(self, operands: Iterable[Operand]) -> Live:
        """The variables read where the operands are printed."""
        found = 0
        for operand in operands:
            if isinstance(operand, Value):
                inner = self.nested.get(operand)
                found |= self.reads(inner.operands) if inner else self.set_of((self.of(operand),))
        return found

    def define(self, values: Sequence[Value], live: Live) -> None:
        """The values are written at once; `live` is what is read later."""
        for value in values:
            self.conflicts[value] = self.conflicts.get(value, 0) | live & ~self.set_of((value,))


def liveness(function: Function, nested: Nesting) -> Liveness:
    """Liveness of the whole function, arguments included."""
    facts = Liveness(nested)
    for stmt in statements(function.region):
        if isinstance(stmt, For | While):
            for each in carried(stmt):
                facts.head.update((name, each.head) for name in each.names if name is not each.head)
    params = facts.set_of(function.region.params)
    live = _before_region(function.region, facts.reads(function.region.yields), facts)
    facts.define(function.region.params, live | params)
    return facts


def _before_region(region: Region, live: Live, facts: Liveness) -> Live:
    """What is alive before a region's statements, given what is alive after them."""
    for stmt in reversed(region.body):
        live = _before(stmt, live, facts)
    return live


def _before(stmt: Stmt, live: Live, facts: Liveness) -> Live:
    match stmt:
        case Apply():
            if stmt.results and stmt.results[0] in facts.nested:
                return live
            results = facts.set_of(stmt.results)
            facts.define(stmt.results, live | results)
            return live & ~results | facts.reads(stmt.operands)
        case If():
            branches = [
                _before_region(branch, _before_moves(stmt.results, branch.yields, live, facts), facts)
                for branch in (stmt.then, stmt.orelse)
            ]
            return branches[0] | branches[1] | facts.reads((stmt.cond,))
        case For():
            return _before_for(stmt, live, facts)
        case While():
            return _before_while(stmt, live, facts)
        case _:
            assert_never(stmt)


def _before_moves(targets: Sequence[Value], sources: Iterable[Operand], live: Live, facts: Liveness) -> Live:
    written = facts.set_of(targets)
    facts.define(targets, live | written)
    return live & ~written | facts.reads(sources)


def _before_for(stmt: For, live: Live, facts: Liveness) -> Live:
    index, params, yields = index_of(stmt), params_of(stmt), yields_of(stmt)
    leave, trips = exit_of(stmt), trips_of(stmt)
    flags = () if leave is None else (leave,)
    count = live & facts.set_of(() if trips is None else (trips,))
    at_head = live | facts.set_of(params) | _captured(stmt.body, facts) & ~facts.set_of((index,))
    # The index stays alive to the end of the trip: nothing else is written to its variable inside the loop.
    trip_end = at_head | facts.set_of((index,)) | facts.reads(flags)
    before_end = _before_moves(params, yields, trip_end, facts) | facts.reads(flags)
    trip_start = _before_region(stmt.body, before_end, facts)
    facts.define([index], trip_start)
    entry = at_head | facts.reads(bounds_of(stmt))
    facts.define((trips,) if count and trips is not None else (), entry)
    return _before_moves(params, stmt.inits, entry, facts) & ~count


def _before_while(stmt: While, live: Live, facts: Liveness) -> Live:
    params = stmt.test.params
    trips = trips_of(stmt)
    count = live & facts.set_of((trips,))
    at_head = live | facts.set_of(params) | _captured(stmt.test, facts) | _captured(stmt.body, facts)
    trip_end = _before_moves(params, yields_of(stmt), at_head, facts)
    trip_start = _before_region(stmt.body, trip_end, facts)
    _before_region(stmt.test, live | trip_start | facts.reads(stmt.test.yields), facts)
    facts.define((trips,) if count else (), at_head)
    return _before_moves(params, stmt.inits, at_head, facts) & ~count


def _captured(region: Region, facts: Liveness) -> Live:
    """The variables that a loop's body reads and does not define: alive in every trip."""
    defined = set(region.params)
    for stmt in statements(region):
        defined.update(stmt.results)
        match stmt:
            case For():
                defined.update(stmt.body.params)
            case While():
                defined.update(stmt.test.params)
            case Apply() | If():
                pass
            case _:
                assert_never(stmt)
    return facts.reads(all_operands(region)) & ~facts.set_of(map(facts.of, defined))
