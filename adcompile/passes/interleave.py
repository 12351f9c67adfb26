"""Interleave: a backward trip runs right after its forward trip, where trips have nothing to do with each other.

    for i in range(0, n) carrying (s = 0.0):            for i in range(0, n) carrying (s = 0.0, c_bar = 0.0):
        u = sin(x[i] * c)                                   u = sin(x[i] * c)
        store(u_saved, i, u)                                store(u_saved, i, u)
        yield s + u * u                                     u.1 = load(u_saved, i)
    for i in range(n - 1, -1, -1) carrying (c_bar = 0.0):   ...
        u.1 = load(u_saved, i)                              yield s + u * u, c_bar + ...
        ...
        yield c_bar + ...

What a trip saves is then at hand: `cse` finds that it is what was just stored, and `contract` takes the axis of trips
from arrays that are still needed. The buffers of a sum over data points go away, whatever their number.

Rules, for a forward loop F and a later loop B of the function's own region, with the trips of F in reverse:

* profit    B reads a buffer for residuals that F fills.
* known     what B uses is known before F: computed there, or in between without what F computes. Such statements move
            in front of F; the others stay behind, and have no memory in common with B.
* sums      what B carries are sums (`facts/sums`), and to every array that B stores to it only adds, or it is B's own.
* trips     an array that one loop writes and the other one touches has, in all accesses, the trip's index along its
            first axis; or it is a flat buffer addressed by a counter.
* counter   an integer that F carries from 0 on, and B from there back, is used for nothing but places in such buffers.
            A trip of B goes back as far as the same trip of F went, so that each trip may start from 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from adcompile.facts.aliases import Aliases
from adcompile.facts.footprints import Footprint, Footprints
from adcompile.facts.independence import updates
from adcompile.facts.linear import Linear
from adcompile.facts.ranges import Ranges
from adcompile.facts.sums import is_sum
from adcompile.ir.loops import bounds_of, carried, carry, index_of, params_of, results_of
from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Stmt, Value, While, is_const
from adcompile.ir.primitive import Effect
from adcompile.ir.types import INT
from adcompile.ir.walk import (
    Substitution,
    all_operands,
    all_regions,
    statements,
    substitute,
    substitute_within,
)
from adcompile.ops import memory

ONE = Linear((), 1)


def interleave(function: Function) -> Function:
    """Let backward trips follow their forward trips."""
    region, facts = function.region, _Facts(function)
    position = 0
    while position < len(region.body):
        first = region.body[position]
        if isinstance(first, For) and _is_counted(first):
            for second in facts.readers_of_buffers(first, position):
                pair = _Pair(facts, first, second)
                if pair.fits():
                    facts.forget(first, second)
                    loop, region.body = pair.interleaved()
                    facts.learn(loop)
                    break
        position += 1
    return function


def costly_values(primal: Function, adjoint: Function) -> Iterator[Value]:
    """What takes long to compute, inside the loops of a function that its adjoint has interleaved.

    Those are the loops that stand there once: the backward loop has the place of the forward one, too.
    """
    places = Counter(s.loc for s in adjoint.region.body if isinstance(s, For))
    own = Counter(s.loc for s in primal.region.body if isinstance(s, For))
    for loop in primal.region.body:
        if isinstance(loop, For) and own[loop.loc] == places[loop.loc] == 1 and _has_loops(loop):
            yield from (s.results[0] for s in _applies(loop) if s.primitive.is_function)


def _has_loops(loop: For) -> bool:
    return any(isinstance(stmt, For | While) for stmt in statements(loop.body))


def _is_counted(loop: For) -> bool:
    return not loop.exits and is_const(loop.step, 1)


@dataclass(frozen=True, slots=True)
class _Counter:
    """Number `forward` of what F carries is number `backward` of what B carries."""

    forward: int
    backward: int


class _Facts:
    """What is known of the function, for all pairs: each statement is looked at once."""

    def __init__(self, function: Function) -> None:
        self.region = function.region
        self.ranges, self.aliases = Ranges(function), Aliases(function)
        self.footprints = Footprints(function.region, self.aliases)

    def readers_of_buffers(self, loop: For, position: int) -> list[For]:
        """The loops behind the one at the position that read a buffer which it fills (profit), in order."""
        buffers = (root for root in self.footprints.of(loop).stored if self.is_buffer(root))
        reading = {s for root in buffers for s in self.footprints.readers.get(root, ()) if isinstance(s, For)}
        places = {stmt: self.region.body.index(stmt) for stmt in reading}
        return sorted((s for s in reading if places[s] > position), key=lambda s: places[s])

    def is_buffer(self, array: Operand) -> bool:
        """Is the array a buffer for residuals?"""
        made = self.ranges.definitions.get(array) if isinstance(array, Value) else None
        return made is not None and bool(made.attrs.saved)

    def forget(self, *loops: For) -> None:
        """The loops are about to become another one."""
        self.footprints.remove(loops)

    def learn(self, loop: For) -> None:
        """The loop has taken their place."""
        self.footprints.add([loop])
        self.ranges.learn_again(loop)


class _Pair:
    """A forward and a backward loop, and what is found out about them."""

    def __init__(self, facts: _Facts, forward: For, backward: For) -> None:
        self.facts, self.region = facts, facts.region
        self.forward, self.backward = forward, backward
        self.ranges, self.aliases, self.is_buffer = facts.ranges, facts.aliases, facts.is_buffer
        self.step, self.back = (facts.footprints.of(loop) for loop in (forward, backward))
        start, stop = (self.region.body.index(loop) for loop in (forward, backward))
        self.before, self.between = self.region.body[:start], self.region.body[start + 1 : stop]
        self.after = self.region.body[stop + 1 :]
        self.counters = [
            _Counter(k, backward.inits.index(result))
            for k, result in enumerate(forward.results)
            if result in backward.inits and result.type == INT and is_const(forward.inits[k], 0)
        ]
        self.early: list[Stmt] = []
        self.late: list[Stmt] = []

    def fits(self) -> bool:
        """Do all rules hold?"""
        return (
            self.is_reversed()
            and self.carries_sums()
            and self.counts_places()
            and self.meets_in_trips()
            and self.only_adds()
            and self.is_known()
        )

    # -- the rules, from the cheapest on

    def is_reversed(self) -> bool:
        f, b = self.forward, self.backward
        if b.exits or not is_const(b.step, -1):
            return False
        form = self.ranges.form
        return form(b.start) == form(f.stop).plus(ONE, -1) and form(b.stop) == form(f.start).plus(ONE, -1)

    def carries_sums(self) -> bool:
        """What B carries are sums (sums), or counters."""
        b, counters = self.backward, {c.backward for c in self.counters}
        slots = enumerate(carried(b))
        return all(k in counters or is_sum(b.body, each.param, each.yielded) for k, each in slots)

    def counts_places(self) -> bool:
        """Counters are used for places in buffers only (counter)."""
        f, b = self.forward, self.backward
        for counter in self.counters:
            if self.facts.footprints.uses[results_of(f)[counter.forward]] != 1:
                return False
        places = self.places()
        for stmt in (*statements(f.body), *statements(b.body)):
            if isinstance(stmt, Apply) and not places.isdisjoint(stmt.operands) and not self.is_place(stmt, places):
                return False
            if isinstance(stmt, If) and stmt.cond in places:
                return False
        return True

    def places(self) -> set[Value]:
        """Counters and all that is computed from them, in both loops."""
        found = {params_of(self.forward)[c.forward] for c in self.counters}
        found |= {params_of(self.backward)[c.backward] for c in self.counters}
        size = -1
        while size != len(found):
            size = len(found)
            for stmt in (*statements(self.forward.body), *statements(self.backward.body)):
                found.update(_derived(stmt, found))
        return found

    def is_place(self, stmt: Apply, places: set[Value]) -> bool:
        if stmt.primitive.grows or stmt.primitive in (memory.load, memory.store, memory.part):
            is_value = stmt.primitive is memory.store and stmt.operands[-1] in places
            return self.is_buffer(self.aliases.root(stmt.operands[0])) and not is_value
        return stmt.primitive.effect is Effect.PURE and all(r.type == INT for r in stmt.results)

    def meets_in_trips(self) -> bool:
        """Arrays that one loop writes and the other one touches are divided by trips (trips)."""
        f, b = self.forward, self.backward
        step, back = self.step, self.back
        shared = (step.written & (back.accesses.keys() | back.written)) | (back.written & step.accesses.keys())
        places = self.places()
        for root in shared:
            offsets = {self.offset(f, access, places) for access in step.accesses.get(root, ())}
            offsets |= {self.offset(b, access, places) for access in back.accesses.get(root, ())}
            if len(offsets) != 1 or None in offsets:
                return False
            (offset,) = offsets
            if isinstance(offset, Linear) and not self.ranges.holds(self.ranges.form(f.start).plus(offset)):
                return False
        return True

    def offset(self, loop: For, access: Apply, places: set[Value]) -> object:
        """How the first index differs from the loop's: the same for all accesses if they are divided by trips."""
        array, *index = access.operands[: -1 if access.primitive is memory.store else None]
        if access.primitive.grows:
            return "counted" if index[0] in places else None
        if access.primitive not in (memory.load, memory.store, memory.row, memory.part) or not index:
            return None
        if not self.is_root(array):
            return self.offset(loop, self.definition(array), places)
        if index[0] in places or (access.primitive is memory.part and is_const(index[0], 0)):
            return "counted" if self.is_buffer(array) else None
        form = self.ranges.form(index[0]).plus(self.ranges.form(index_of(loop)), -1)
        inside = self.step if loop is self.forward else self.back
        return form if inside.defined.isdisjoint(atom for atom, _ in form.terms) else None

    def only_adds(self) -> bool:
        """To what B stores to and shares with other trips, it only adds (sums)."""
        b = self.backward
        parts = {s for region in all_regions(b.body) for u in updates(region) for s in (u.load, u.combine, u.store)}
        shared = self.back.written - self.back.defined
        return all(parts.issuperset(self.back.accesses[root]) for root in shared)

    def is_known(self) -> bool:
        """Sort what lies between into what moves in front of F and what stays behind B (known)."""
        f, b = self.forward, self.backward
        behind = set(f.results)
        moved = Footprint()
        moved.include(self.step)
        for stmt in self.between:
            found = self.facts.footprints.of(stmt)
            if found.may_end or not behind.isdisjoint(found.operands) or moved.collides(found):
                behind.update(stmt.results)
                moved.include(found)
                self.late.append(stmt)
            else:
                self.early.append(stmt)
        counted = {results_of(f)[c.forward] for c in self.counters}
        used_b = {*b.inits, *all_operands(b.body)}
        apart = not any(self.facts.footprints.of(stmt).collides(self.back) for stmt in self.late)
        return apart and (behind - counted).isdisjoint(used_b)

    # -- memory

    def is_root(self, array: Operand) -> bool:
        return self.aliases.root(array) is array

    def definition(self, array: Operand) -> Apply:
        assert isinstance(array, Value)
        return self.ranges.definitions[array]

    # -- the new loop

    def interleaved(self) -> tuple[For, list[Stmt]]:
        """One loop for the two, and the statements of the region with it."""
        f, b = self.forward, self.backward
        mapping: Substitution = {index_of(b): index_of(f)}
        slots_f, slots_b = carried(f), carried(b)
        for counter in self.counters:
            mapping[slots_f[counter.forward].param] = slots_f[counter.forward].init
            mapping[slots_b[counter.backward].param] = slots_f[counter.forward].yielded
        own = [each for k, each in enumerate(slots_f) if k not in {c.forward for c in self.counters}]
        own += [each for k, each in enumerate(slots_b) if k not in {c.backward for c in self.counters}]
        loop = For(*bounds_of(f), (), Region((index_of(f),), [*f.body.body, *b.body.body]), (), f.loc)
        for each in own:
            carry(loop, each)
        # What B starts from may be a counter's place in F's trip, which may be F's own param.
        for _ in self.counters:
            mapping.update({v: substitute(o, mapping) for v, o in mapping.items()})
        substitute_within(loop.body, mapping)
        return loop, [*self.before, *self.early, loop, *self.late, *self.after]


def _applies(stmt: Stmt) -> Iterator[Apply]:
    return (s for s in statements(Region(body=[stmt])) if isinstance(s, Apply))


def _derived(stmt: Stmt, places: set[Value]) -> Iterator[Value]:
    """What a statement computes from places, or passes on of them."""
    match stmt:
        case Apply(primitive, taken, results):
            if primitive.effect is Effect.PURE and not places.isdisjoint(taken):
                yield from (r for r in results if r.type == INT)
        case If(_, then, orelse, results):
            yield from (r for k, r in enumerate(results) if then.yields[k] in places or orelse.yields[k] in places)
        case For() | While():
            for each in carried(stmt):
                if each.init in places or each.yielded in places:
                    yield from each.names
