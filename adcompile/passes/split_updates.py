"""Split updates: a loop that adds to neighbouring elements becomes one loop a row, each of which vectorises.

    for k in range(0, n):                      row = alloc(n + 4) {zeros}
        t = load(A_bar, j, k)                  for k in range(0, n):
        t = t * 0.5                                t = load(A_bar, j, k)
        B_bar[j, k] += t                           t = t * 0.5
        B_bar[j, k + 2] += t                       row[k + 2] = t
        B_bar[j + 1, k] -= t                   if n > 0:
                                                   for k in range(0, n + 2):
                                                       B_bar[j, k] += row[k + 2] + row[k]
                                               for k in range(0, n):
                                                   B_bar[j + 1, k] -= row[k + 2]

As it was, a trip reads what the trip before it has written, so the trips cannot run side by side. Now what is added is
computed first, into a row of its own, and every row of the target gathers what it gets. The zeros at both ends of the
row stand for the trips in front of the first and behind the last one.

Rules, for a loop without nested loops, branches or checks, with step 1 or -1, whose trips may run in any order:

* neighbours  two or more updates of one array have an index, along its last axis, that moves with the loop, forwards or
              backwards; along the other axes it stays in place. All other accesses of the array are elsewhere.
* gathered    updates of one row are at a known distance from each other, and move forwards.
* cheap       what an update adds to an element is computed again in its own loop, from a number that is kept in a row,
              if that takes only factors that are constants: they make zero of the zeros at the ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from adcompile.facts.aliases import Aliases
from adcompile.facts.independence import Update, is_order_free, updates
from adcompile.facts.linear import Linear
from adcompile.facts.ranges import Ranges
from adcompile.ir.builder import Builder
from adcompile.ir.loops import index_of, trip_region
from adcompile.ir.nodes import Apply, Const, For, Function, Operand, Region, Role, Stmt, Value, integer, is_const
from adcompile.ir.primitive import Effect
from adcompile.ir.types import BOOL, INT, Array, Scalar, element
from adcompile.ir.walk import regions, statements
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.ops.trips import trip_count


def split_updates(function: Function) -> Function:
    """Split the loops that add to neighbouring elements."""
    _visit(function.region, Ranges(function), Aliases(function))
    return function


def _visit(region: Region, ranges: Ranges, aliases: Aliases) -> None:
    body: list[Stmt] = []
    for stmt in region.body:
        for inner in regions(stmt):
            with ranges.within(stmt, inner):
                _visit(inner, ranges, aliases)
        body += _split(stmt, ranges, aliases) if isinstance(stmt, For) else [stmt]
        ranges.passed(stmt)
    region.body = body


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an update is: the array and the indices along all axes but the last, and how the last one moves."""

    row: tuple[object, ...]
    offset: Linear
    direction: int


@dataclass(frozen=True, slots=True)
class _Moved:
    """An update that gets a loop of its own; `source` is the number it is computed from by the operations `steps`."""

    update: Update
    place: _Place
    source: Value
    steps: tuple[Apply, ...]


def _split(loop: For, ranges: Ranges, aliases: Aliases) -> list[Stmt]:
    """The loop, or the loops that it becomes."""
    if not _is_plain(loop):
        return [loop]
    with ranges.within(loop, loop.body):
        moved = _neighbours(loop, ranges, aliases) if is_order_free(loop, ranges, aliases) else []
    return _Splitting(loop, _shared(moved), ranges, aliases).run() if moved else [loop]


def _shared(moved: list[_Moved]) -> list[_Moved]:
    """Let the row hold what all that is computed from a number have in common."""
    found: list[_Moved] = []
    for each in moved:
        alike = [other.steps for other in moved if other.source is each.source]
        common = next(
            (k for k, steps in enumerate(zip(*alike, strict=False)) if len({*steps}) > 1), min(map(len, alike))
        )
        source = each.steps[common - 1].results[0] if common else each.source
        found.append(_Moved(each.update, each.place, source, each.steps[common:]))
    return found


def _stores(loop: For) -> list[Apply]:
    return [s for s in loop.body.body if isinstance(s, Apply) and s.primitive is memory.store]


def _is_plain(loop: For) -> bool:
    quiet = (Effect.PURE, Effect.READ, Effect.WRITE)
    simple = all(isinstance(s, Apply) and s.primitive.effect in quiet for s in loop.body.body)
    return len(_stores(loop)) > 1 and simple and not loop.exits and (is_const(loop.step, 1) or is_const(loop.step, -1))


def _neighbours(loop: For, ranges: Ranges, aliases: Aliases) -> list[_Moved]:
    """The updates of arrays that have several which move (neighbours)."""
    by_root: dict[Value, list[Update]] = {}
    for update in updates(loop.body):
        by_root.setdefault(aliases.root(update.array), []).append(update)
    found: list[_Moved] = []
    for root, own in by_root.items():
        parts = {stmt for update in own for stmt in (update.load, update.store)}
        others = [s for s in loop.body.body if s not in parts and isinstance(s, Apply) and _touches(s, root, aliases)]
        places = [_place(update, loop, ranges) for update in own]
        sources = [_source(update.addend, loop) for update in own]
        if len(own) < 2 or any(s.primitive is not memory.dim for s in others):
            continue
        for update, place, source in zip(own, places, sources, strict=True):
            if place is None or source is None:
                break
            found.append(_Moved(update, place, *source))
        else:
            continue
        found = [each for each in found if each.update not in own]
    return found


def _touches(stmt: Apply, root: Value, aliases: Aliases) -> bool:
    arrays = (o for o in (*stmt.operands, *stmt.results) if isinstance(o, Value) and isinstance(o.type, Array))
    return any(aliases.root(o) is root for o in arrays)


def _place(update: Update, loop: For, ranges: Ranges) -> _Place | None:
    """Where the update is, if its index moves by one along the last axis only."""
    index = index_of(loop)
    *leading, last = [ranges.form(i) for i in update.index] or [Linear()]
    direction = dict(last.terms).get(index, 0)
    if direction not in (1, -1) or any(dict(form.terms).get(index) for form in leading):
        return None
    offset = last.plus(Linear(((index, 1),)), -direction)
    inside = {r for stmt in loop.body.body for r in stmt.results} | {index}
    if update.array in inside:
        return None
    atoms = (atom for form in (*leading, offset) for atom, _ in form.terms)
    if not inside.isdisjoint(atoms):
        return None
    return _Place((update.array, *leading), offset, direction)


def _source(addend: Operand, loop: For) -> tuple[Value, tuple[Apply, ...]] | None:
    """The number that an addend is computed from cheaply, and how (cheap)."""
    if isinstance(addend, Const):
        return None
    definitions = {r: s for s in loop.body.body for r in s.results if isinstance(s, Apply)}
    steps: list[Apply] = []
    source = addend
    while True:
        stmt = definitions.get(source)
        if stmt is None or not _is_cheap(stmt):
            break
        steps.insert(0, stmt)
        source = next(o for o in stmt.operands if isinstance(o, Value))
    return (source, tuple(steps)) if source in definitions else None


def _is_cheap(stmt: Apply) -> bool:
    """Is it a product with a finite constant, or a change of sign?"""
    if stmt.primitive is ops.neg:
        return isinstance(stmt.operands[0], Value)
    factors = [o for o in stmt.operands if isinstance(o, Const)]
    return stmt.primitive is ops.mul and len(factors) == 1 and math.isfinite(factors[0].value)


@dataclass(eq=False, slots=True)
class _Splitting:
    """The work on one loop: `rows` holds the row that each source is kept in, `reach` how far updates of a row lie."""

    loop: For
    moved: list[_Moved]
    ranges: Ranges
    aliases: Aliases
    out: Builder = field(default_factory=lambda: Builder(Region()))
    rows: dict[Value, Value] = field(default_factory=dict)
    reach: int = 0

    def run(self) -> list[Stmt]:
        """The statements that take the place of the loop."""
        groups = self.groups()
        self.reach = max(self.distance(group) for group in groups)
        with self.out.at(self.loop.loc):
            self.turn()
            self.make_rows(groups)
            self.out.append(self.loop)
            spread = [group for group in groups if self.distance(group)]
            for group in groups:
                if group not in spread:
                    self.out.append(self.gathering(group, self.loop.stop))
            if spread:
                runs = self.out.apply(ops.lt, self.loop.start, self.loop.stop, type=BOOL)
                with self.out.into(Region()) as then:
                    for group in spread:
                        stop = self.plus(self.loop.stop, self.distance(group))
                        self.out.append(self.gathering(group, stop))
                self.out.if_(runs, then, Region())
        for stmt in statements(self.out.region):
            self.ranges.learn(stmt)
        return self.out.region.body

    def turn(self) -> None:
        """Let the loop run from its least index to its largest."""
        loop = self.loop
        if is_const(loop.step, -1):
            loop.start, loop.stop, loop.step = self.plus(loop.stop, 1), self.plus(loop.start, 1), integer(1)

    def plus(self, operand: Operand, number: int) -> Operand:
        if isinstance(operand, Const):
            return integer(int(operand.value) + number)
        return self.out.apply(ops.add, operand, integer(number), type=INT)

    def groups(self) -> list[list[_Moved]]:
        """The updates by the row that they go to (gathered)."""
        found: list[list[_Moved]] = []
        for each in self.moved:
            fitting = (group for group in found if self.fits(each, group[0]))
            group = next(fitting, None)
            if group is None:
                found.append([each])
            else:
                group.append(each)
        return found

    def fits(self, one: _Moved, other: _Moved) -> bool:
        same = one.place.row == other.place.row and one.place.direction == other.place.direction == 1
        return same and not one.place.offset.plus(other.place.offset, -1).terms

    def distance(self, group: list[_Moved]) -> int:
        """How far the updates of a row lie apart."""
        consts = [each.place.offset.const for each in group]
        return max(consts) - min(consts)

    def kept(self, groups: list[list[_Moved]]) -> list[Value]:
        """The sources that need a row: all but the elements of arrays that stay as they are."""
        shifted = {each.source for group in groups if self.distance(group) for each in group}
        sources = {each.source: None for each in self.moved}
        return [s for s in sources if s in shifted or not self.is_steady(s)]

    def is_steady(self, source: Value) -> bool:
        """Is it an element of an array that the loop does not store to?"""
        stmt = next(s for s in self.loop.body.body if source in s.results)
        if not isinstance(stmt, Apply) or stmt.primitive is not memory.load:
            return False
        stored = {self.aliases.root(s.operands[0]) for s in _stores(self.loop)}
        return self.aliases.root(stmt.operands[0]) not in stored

    def make_rows(self, groups: list[list[_Moved]]) -> None:
        """The rows, and stores into them in place of the updates."""
        out, loop, body, kept = self.out, self.loop, self.loop.body, self.kept(groups)
        length = trip_count(out, loop.start, loop.stop, integer(1))
        if self.reach:
            length = out.apply(ops.add, length, integer(2 * self.reach), type=INT, hint="padded", role=Role.COUNTER)
        for source in kept:
            type_ = Array(source.type.dtype, 1)
            fill = "zeros" if self.reach else "empty"
            self.rows[source] = out.apply(memory.alloc, length, type=type_, hint="terms", fill=fill, steady=True)
        gone = {s for m in self.moved for s in (m.update.load, m.update.combine, m.update.store)}
        here = Builder(Region())
        stored: list[Stmt] = []
        for stmt in body.body:
            if stmt not in gone:
                stored.append(stmt)
            for source in self.rows:
                if source in stmt.results:
                    at = self.shifted(here, index_of(loop), self.reach)
                    here.effect(memory.store, self.rows[source], at, source)
                    stored += here.region.body
                    here.region.body.clear()
        body.body = stored

    def shifted(self, builder: Builder, trip: Value, by: int) -> Operand:
        """The place in a row of what belongs to a trip, or to one `by` places further."""
        first = self.loop.start
        at: Operand = trip if is_const(first, 0) else builder.apply(ops.sub, trip, first, type=INT)
        return builder.apply(ops.add, at, integer(by), type=INT) if by else at

    def gathering(self, group: Sequence[_Moved], stop: Operand) -> For:
        """The loop over one row of the target: a trip adds all that the trips of the loop before add to one element."""
        least = min(group, key=lambda each: each.place.offset.const)
        trip = Value(INT, index_of(self.loop).hint)
        inside = Builder(trip_region(trip))
        update = least.update
        index = self.index(inside, least, trip)
        type_ = element(update.array.type)
        with inside.at(update.store.loc):
            total: Operand | None = None
            sign = ops.add
            for each in group:
                behind = self.reach + least.place.offset.const - each.place.offset.const
                at = self.shifted(inside, trip, behind)
                addend = self.addend(inside, each, trip, at)
                if total is None:
                    total, sign = addend, each.update.operation
                else:
                    operation = ops.add if each.update.operation is sign else ops.sub
                    total = inside.apply(operation, total, addend, type=type_)
            assert total is not None
            before = inside.apply(memory.load, update.array, *index, type=type_)
            after = inside.apply(sign, before, total, type=type_, cotangent=True)
            inside.effect(memory.store, update.array, *index, after)
        return For(self.loop.start, stop, integer(1), (), inside.region, (), self.loop.loc, order_free=True)

    def index(self, inside: Builder, each: _Moved, trip: Value) -> tuple[Operand, ...]:
        """The indices of an update, with another loop's index."""
        known: dict[Operand, Operand] = {index_of(self.loop): trip}
        return tuple(self.repeated(inside, index, known) for index in each.update.index)

    def addend(self, inside: Builder, each: _Moved, trip: Value, at: Operand) -> Operand:
        """What an update adds, computed from the row, or from where that comes from (cheap)."""
        known: dict[Operand, Operand] = {index_of(self.loop): trip}
        if each.source in self.rows:
            type_ = Scalar(each.source.type.dtype)
            known[each.source] = inside.apply(memory.load, self.rows[each.source], at, type=type_)
        else:
            self.repeated(inside, each.source, known)
        for step in each.steps:
            operands = [known.get(o, o) for o in step.operands]
            result = step.results[0]
            known[result] = inside.apply(
                step.primitive, *operands, type=result.type, hint=result.hint, attrs=step.attrs
            )
        return known[each.update.addend]

    def repeated(self, inside: Builder, operand: Operand, known: dict[Operand, Operand]) -> Operand:
        """An index, or an element, computed again."""
        if operand in known:
            return known[operand]
        definitions = {r: s for s in self.loop.body.body for r in s.results if isinstance(s, Apply)}
        stmt = definitions.get(operand) if isinstance(operand, Value) else None
        if stmt is None:
            return operand
        again = [self.repeated(inside, o, known) for o in stmt.operands]
        known[operand] = inside.apply(stmt.primitive, *again, type=stmt.results[0].type, attrs=stmt.attrs)
        return known[operand]
