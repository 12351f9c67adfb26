"""Check ranges: an index that is affine in a loop is checked once, in front of the loop. Rewrites in place.

    for i: int64 in range(1, n, 1):                   last: int64 = n - 1
        c: bool = i < m                               c: bool = last < m
        require(c, i, 0, m) {IndexError}              d: bool = 1 >= n
        ...                                           e: bool = d or c
                                                      require(e, last, 0, m) {IndexError}
                                                      for i: int64 in range(1, n, 1):
                                                          ...

Rules, cited below, for a `require` of an IndexError that stands directly in the body of a counted loop:

* every trip   the loop has no exit, and nothing in it may end the program but the failure of such checks, or not end:
               then a check that fails in any trip would have been reached. Which of several is reported may change.
* affine       the condition is made of inequalities that are linear in the loop's index, the rest being known before
               the loop: each holds in every trip if it holds in the first or the last, whichever is the worse. So does
               `a or b`, if the same trip is the worse for both.
* trips        a loop without trips checks nothing, unless the check is sure to hold then.
* proved       a check that cannot fail, given what has been checked in front of the loop, disappears.

A check that moves out of an inner loop may go on out of the outer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from adcompile.facts.linear import Linear, written
from adcompile.facts.ranges import Ranges
from adcompile.ir.builder import Builder
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, Const, For, Function, Operand, Region, Stmt, Value, While, integer
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import BOOL, INT
from adcompile.ir.walk import regions, statements
from adcompile.ops import memory, scalar
from adcompile.passes.hoist import may_fail


def check_ranges(function: Function) -> Function:
    """Move the checks of affine indices in front of their loops."""
    checker = _Checker(function)
    checker.visit(function.region, set(function.region.params))
    return function


class _Checker:
    """Goes through the regions; `known` are the values defined before a place."""

    def __init__(self, function: Function) -> None:
        self.ranges = Ranges(function)

    def visit(self, region: Region, known: set[Value]) -> bool:
        """Rewrite a region. Have checks come to stand directly in it?"""
        known = known | set(region.params)
        body: list[Stmt] = []
        moved = False
        for stmt in region.body:
            if isinstance(stmt, For):
                for each in self.visit_loop(stmt, known):
                    moved = moved or each.primitive is memory.require
                    body.append(each)
                    known.update(each.results)
            else:
                for inner in regions(stmt):
                    with self.ranges.within(stmt, inner):
                        self.visit(inner, known)
            body.append(stmt)
            known.update(stmt.results)
            self.ranges.passed(stmt)
        region.body = body
        return moved

    def visit_loop(self, loop: For, known: set[Value]) -> list[Apply]:
        """Rewrite a loop; what goes in front of it."""
        front: list[Apply] = []
        certain = not loop.exits and not _ends_otherwise(loop)  # every trip
        again = True
        while again:
            if certain:
                front += self.take(loop, known | _results(front))
            with self.ranges.within(loop, loop.body):
                again = self.visit(loop.body, known | _results(front)) and certain
        return front

    def take(self, loop: For, known: set[Value]) -> list[Apply]:
        """Remove from the body of the loop the checks that may move, or cannot fail."""
        front: list[Apply] = []
        for stmt in list(loop.body.body):
            if not _checks_index(stmt):
                continue
            with self.ranges.within(loop, loop.body):
                claims = [c for c in self.claims(stmt.operands[0]) if not self.ranges.decide(c)]  # proved
            moved = self.moved(stmt, claims, loop, known | _results(front))
            if moved is None:
                continue
            loop.body.body.remove(stmt)
            for each in moved:
                self.ranges.passed(each)
            front += moved
        return front

    def moved(self, check: Apply, claims: list[Operand], loop: For, known: set[Value]) -> list[Apply] | None:
        """The check of the claims in the worst trips, in front of the loop; None if it must stay."""
        if not isinstance(loop.step, Const) or loop.step.value == 0:
            return None
        ends = _Ends(loop, self.ranges, known)
        with ends.builder.at(check.loc):
            for claim in claims:
                inequalities = [self.inequality(each) for each in self.ranges.alternatives(claim)]
                if None in inequalities or not ends.require([i for i in inequalities if i is not None], check):
                    return None  # affine
        return [s for s in ends.builder.region.body if isinstance(s, Apply)]

    def claims(self, cond: Operand) -> Iterator[Operand]:
        """The conditions that `cond` is the conjunction of."""
        stmt = self.ranges.definitions.get(cond) if isinstance(cond, Value) else None
        if stmt is None or stmt.primitive is not scalar.and_:
            yield cond
        else:
            for operand in stmt.operands:
                yield from self.claims(operand)

    def inequality(self, cond: Operand) -> Apply | None:
        """The inequality of integers that the condition is."""
        stmt = self.ranges.definitions.get(cond) if isinstance(cond, Value) else None
        is_one = stmt is not None and stmt.primitive.compares and not stmt.primitive.commutative
        return stmt if stmt is not None and is_one and all(o.type.dtype == "int64" for o in stmt.operands) else None


class _Ends:
    """Writes, in front of a loop, what is true in its first or its last trip."""

    def __init__(self, loop: For, ranges: Ranges, known: set[Value]) -> None:
        self.loop = loop
        self.ranges = ranges
        self.known = known
        self.builder = Builder(Region())
        self.index = index_of(loop)

    def require(self, alternatives: list[Apply], check: Apply) -> bool:
        """Write the check that one of the inequalities holds in the worst trip. False if that cannot be said."""
        slopes = {self.slope(each) for each in alternatives} - {0}
        if len(slopes) > 1:
            return False  # affine
        at = self.last() if -1 in slopes else self.ranges.forms.of(self.loop.start)
        details = [self.at(o, at) for o in check.operands[1:]]
        sides = [[self.at(o, at) for o in each.operands] for each in alternatives]
        if None in details or any(None in pair for pair in sides):
            return False
        holds = [
            self.apply(each.primitive, *(o for o in pair if o is not None))
            for each, pair in zip(alternatives, sides, strict=True)
        ]
        if any(map(self.ranges.decide, holds)):
            return True  # proved
        empty = self.apply(scalar.ge if self.step > 0 else scalar.le, self.loop.start, self.loop.stop)
        with self.ranges.supposing(empty):
            holds = holds if any(map(self.ranges.decide, holds)) else [empty, *holds]  # trips
        cond = holds[0]
        for each in holds[1:]:
            cond = self.apply(scalar.or_, cond, each)
        self.builder.effect(memory.require, cond, *(o for o in details if o is not None), attrs=check.attrs)
        return True

    def slope(self, inequality: Apply) -> int:
        """Does it become easier (1) or harder (-1) to hold from trip to trip, or stay as it is (0)?"""
        one, other = map(self.ranges.forms.of, inequality.operands)
        gap = other.plus(one, -1) if inequality.primitive in (scalar.lt, scalar.le) else one.plus(other, -1)
        change = dict(gap.terms).get(self.index, 0) * self.step
        return (change > 0) - (change < 0)

    def at(self, operand: Operand, trip: Linear) -> Operand | None:
        """The operand in the trip with this index."""
        return self.write(self.ranges.forms.of(operand).substitute(self.index, trip))

    def last(self) -> Linear:
        """The index of the last trip, if there is one."""
        forms, toward = self.ranges.forms, -1 if self.step > 0 else 1
        if abs(self.step) == 1:
            return forms.of(self.loop.stop).plus(Linear((), toward))
        # start + (stop - 1 - start) // step * step
        end = self.apply(scalar.add, self.loop.stop, integer(toward))
        span = self.apply(scalar.sub, end, self.loop.start)
        steps = self.apply(scalar.floordiv, span, self.loop.step)
        return forms.of(self.apply(scalar.add, self.loop.start, self.apply(scalar.mul, steps, self.loop.step)))

    def write(self, form: Linear) -> Operand | None:
        """Compute a form; None if that takes a value which is not known before the loop."""
        if any(atom not in self.known and atom not in self._written() for atom, _ in form.terms):
            return None
        return written(form, self.apply)

    def apply(self, primitive: Primitive, *operands: Operand) -> Value:
        """Write an operation that the ranges learn of."""
        type_ = BOOL if primitive.gives_bool else INT
        result = self.builder.apply(primitive, *operands, type=type_)
        self.ranges.learn(self.builder.region.body[-1])
        return result

    @property
    def step(self) -> int:
        """What is added to the index from trip to trip."""
        assert isinstance(self.loop.step, Const)
        return int(self.loop.step.value)

    def _written(self) -> set[Value]:
        return _results(self.builder.region.body)


def _results(stmts: Iterable[Stmt]) -> set[Value]:
    return {result for stmt in stmts for result in stmt.results}


def _checks_index(stmt: Stmt) -> TypeGuard[Apply]:
    return isinstance(stmt, Apply) and stmt.primitive is memory.require and stmt.attrs.error == "IndexError"


def _ends_otherwise(loop: For) -> bool:
    """May a trip end the program other than by a check of an index, or not end?"""
    return any(may_fail(stmt) for stmt in _without_checks(statements(loop.body)))


def _without_checks(stmts: Iterable[Stmt]) -> Iterator[Stmt]:
    return (s for s in stmts if isinstance(s, While) or (isinstance(s, Apply) and not _checks_index(s)))
