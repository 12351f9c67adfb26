"""Between which numbers an integer lies, and which operations on integers surely stay within 64 bits.

    for i in range(n):       0 <= i < 2**52
        k = 3 * i + 1        is exact
        m = m * k            may leave 64 bits
    x[k % 7]                 0 <= k % 7 <= 6

Integer arithmetic of the IR is *exact*: it means what Python means, unless the attribute `overflow` is "wraps", as it
is for NumPy's integers, "never": it cannot leave 64 bits, by construction, or "repeated": it is computed again in the
backward sweep. What is not proved to stay within 64 bits is checked when the program runs (`codegen/exactness.py`).
Known are

* extent     an array has at most 2**63 - 1 bytes (NumPy refuses others, zero-stride views included), so an extent is
             below 2**60 for float64, and so is the product of extents of one array.
* time       no loop runs for more than 2**52 trips (weeks), so what counts trips stays below that while it runs. After
             a loop this holds only if its bounds say so: LLVM may compute at once where the loop ends.
* branch     a condition that compares with what has known bounds, inside an `If` and after a `require`.
* moved      a carried value to which trips add constants, in loops whose bounds are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from adcompile.facts.spans import INT64, SPANS, Span, hull, of_dtype
from adcompile.ir.loops import carried_as, goes_on, index_of, params_of, results_of, trips_of, yields_of
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOATS, INT, Scalar
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar

LONGEST = 2**52
# What a falling loop can run over: its span is divided by its step, which may be -1.
LOOPED = Span(-(2**63) + 1, 2**63 - 1)
# The bounds of loops that could be run to their end.
COUNTABLE = Span(-(2**60), 2**60)


def intervals(function: Function) -> Intervals:
    """The bounds of all integers of a function, and which of its operations are safe."""
    found = Intervals()
    for stmt in statements(function.region):
        found.definitions.update((result, stmt) for result in stmt.results)
    found.region(function.region)
    return found


@dataclass(slots=True)
class Intervals:
    """`exact` are the operations on int64 that neither fail nor leave 64 bits, and the loops whose span
    (stop - start) does not."""

    exact: set[Apply | For] = field(default_factory=set)
    _spans: dict[Value, Span] = field(default_factory=dict)
    definitions: dict[Value, Stmt] = field(default_factory=dict)
    _axes: dict[Value, tuple[Value, tuple[int, ...]]] = field(default_factory=dict)
    _refined: list[tuple[Value, Span | None]] = field(default_factory=list)

    def of(self, operand: Operand) -> Span:
        """The bounds of an integer at the place that has been reached; at the end, those it has everywhere."""
        if isinstance(operand, Const):
            return INT64 if operand.type.dtype in FLOATS else Span(int(operand.value), int(operand.value))
        return self._spans.get(operand) or of_dtype(operand.type.dtype)

    # -- statements

    def region(self, region: Region, cond: Operand | None = None, *, truth: bool = True) -> list[Span]:
        """Follow the statements of a region, in which a condition holds (or not); the bounds of its yields."""
        with self._scope():
            if cond is not None:
                self._suppose(cond, truth=truth)
            for stmt in region.body:
                self._statement(stmt)
            return [self.of(operand) for operand in region.yields]

    def _statement(self, stmt: Stmt) -> None:
        match stmt:
            case Apply():
                self._apply(stmt)
            case If(cond, then, orelse, results):
                branches = zip(self.region(then, cond), self.region(orelse, cond, truth=False), strict=True)
                self._set(results, [hull(each) for each in branches])
            case For():
                self._for(stmt)
            case While(inits, test, body):
                self._set(test.params, [INT64] * len(inits))
                self.region(test)
                self._set(body.params, [INT64] * len(inits))
                self.region(body, goes_on(stmt))
                self._set((trips_of(stmt),), [Span(0, LONGEST)])
            case _:
                assert_never(stmt)

    def _apply(self, stmt: Apply) -> None:
        if stmt.primitive is memory.require:
            self._suppose(stmt.operands[0], truth=True)
        elif len(stmt.results) == 1 and stmt.results[0].type.dtype not in FLOATS:
            self._set(stmt.results, [self._result(stmt)])

    def _result(self, stmt: Apply) -> Span:
        result = stmt.results[0]
        limits = of_dtype(result.type.dtype)
        if stmt.primitive is memory.dim:
            array, axis = stmt.operands[0], stmt.attrs.axis
            if isinstance(array, Value):
                self._axes[result] = array, (axis,)
            return Span(0, _largest(array))
        if stmt.primitive is scalar.select:
            cond, x, y = stmt.operands
            return hull((self._given(cond, x, truth=True), self._given(cond, y, truth=False)))
        if stmt.primitive not in SPANS or any(o.type.dtype in FLOATS for o in stmt.operands[-1:]):
            return limits
        span = SPANS[stmt.primitive](*map(self.of, stmt.operands))
        if stmt.primitive is scalar.mul and span is not None:
            span = span.meet(self._size(stmt))  # extent
        overflow = stmt.attrs.overflow
        if overflow == "never" or (span is not None and limits.holds(span)):
            self.exact.add(stmt)
        elif overflow == "wraps" or result.type.dtype != "int64":
            return limits
        return limits if span is None else limits.meet(span)

    def _given(self, cond: Operand, operand: Operand, *, truth: bool) -> Span:
        """The bounds of a number where a condition holds, or does not."""
        with self._scope():
            self._suppose(cond, truth=truth)
            return self.of(operand)

    def _size(self, stmt: Apply) -> Span:
        """The bounds of a product of different extents of one array."""
        factors = [self._axes.get(o) if isinstance(o, Value) else None for o in stmt.operands]
        first, second = factors
        if first is None or second is None or first[0] is not second[0] or {*first[1]} & {*second[1]}:
            return Span(-(2**200), 2**200)
        self._axes[stmt.results[0]] = first[0], (*first[1], *second[1])
        return Span(0, _largest(first[0]))

    # -- loops

    def _for(self, loop: For) -> None:
        start, stop, step = (self.of(o) for o in (loop.start, loop.stop, loop.step))
        spans = INT64 if step.low > 0 else LOOPED
        if spans.holds(Span(stop.low - start.high, stop.high - start.low)):
            self.exact.add(loop)
        self._set((index_of(loop),), [_indices(start, stop, step)])
        params, inits = params_of(loop), [self.of(o) for o in loop.inits]
        countable = COUNTABLE.holds(start) and COUNTABLE.holds(stop) and not loop.exits
        moved = [
            self._moved(init, param, passed) if countable else None
            for init, param, passed in zip(inits, params, yields_of(loop), strict=True)
        ]
        self._set(params, [each or INT64 for each in moved])
        passed = self._trip(loop)
        given = [each or hull(pair) for each, pair in zip(moved, zip(inits, passed, strict=True), strict=True)]
        if any(self.of(param) != each for param, each in zip(params, given, strict=True) if _is_int(param)):
            self._set(params, given)
            passed = self._trip(loop)
        ends = [each.meet(hull(pair)) for each, pair in zip(given, zip(inits, passed, strict=True), strict=True)]
        self._set(results_of(loop), ends)
        if (trips := trips_of(loop)) is not None:
            self._set((trips,), [Span(0, LONGEST)])

    def _trip(self, loop: For) -> list[Span]:
        """The bounds of what a trip hands on."""
        found = dict(zip(loop.body.yields, self.region(loop.body), strict=True))
        return [found[operand] for operand in yields_of(loop)]

    def _moved(self, init: Span, param: Value, passed: Operand) -> Span | None:
        """The bounds of a carried value that trips add constants to (moved)."""
        moves = self._moves(passed, param) if _is_int(param) else None
        if moves is None:
            return None
        span = Span(init.low + min(moves.low, 0) * LONGEST, init.high + max(moves.high, 0) * LONGEST)
        return span if INT64.holds(span) else None

    def _moves(self, operand: Operand, param: Value) -> Span | None:
        """The smallest and the largest constant that is added to `param` on the way to the operand, one at a time;
        None if something else is done to it."""
        if operand is param:
            return Span(0, 0)
        stmt = self.definitions.get(operand) if isinstance(operand, Value) else None
        match stmt:
            case Apply(primitive=scalar.add, operands=(x, y)):
                x, y = (y, x) if self._step(x) else (x, y)
                return self._together(self._moves(x, param), self._step(y))
            case Apply(primitive=scalar.sub, operands=(x, Const(value=int() as step))):
                return self._together(self._moves(x, param), Span(-step, -step))
            case Apply(primitive=scalar.select, operands=(_, x, y)):
                return self._together(self._moves(x, param), self._moves(y, param))
            case If(then=then, orelse=orelse, results=results):
                place = results.index(operand)
                return self._together(*(self._moves(branch.yields[place], param) for branch in (then, orelse)))
            case For(exits=False) if all(COUNTABLE.holds(self.of(o)) for o in (stmt.start, stmt.stop)):
                each = carried_as(stmt, operand)
                assert each is not None
                return self._together(self._moves(each.init, param), self._moves(each.yielded, each.param))
        return None

    def _step(self, operand: Operand) -> Span | None:
        """The bounds of a small number that is known, or a truth value."""
        if isinstance(operand, Const):
            return self.of(operand)
        stmt = self.definitions.get(operand)
        is_truth = isinstance(stmt, Apply) and stmt.primitive is scalar.cast and stmt.operands[0].type.dtype == "bool"
        return Span(0, 1) if is_truth else None

    def _together(self, *moves: Span | None) -> Span | None:
        known = [each for each in moves if each is not None]
        return hull(known) if len(known) == len(moves) else None

    # -- places

    @contextmanager
    def _scope(self) -> Iterator[None]:
        """What is supposed in the block holds until its end."""
        before = len(self._refined)
        yield
        while len(self._refined) > before:
            value, span = self._refined.pop()
            if span is None:
                del self._spans[value]
            else:
                self._spans[value] = span

    def _suppose(self, cond: Operand, *, truth: bool) -> None:
        """A condition holds here, or does not (branch)."""
        stmt = self.definitions.get(cond) if isinstance(cond, Value) else None
        if not isinstance(stmt, Apply):
            return
        primitive = stmt.primitive
        if primitive is scalar.not_:
            self._suppose(stmt.operands[0], truth=not truth)
        elif primitive is (scalar.and_ if truth else scalar.or_):
            for operand in stmt.operands:
                self._suppose(operand, truth=truth)
        elif primitive.compares and all(o.type.dtype not in FLOATS for o in stmt.operands):
            self._compare(primitive if truth else scalar.OPPOSITE[primitive], *stmt.operands)

    def _compare(self, primitive: Primitive, x: Operand, y: Operand) -> None:
        if primitive in (scalar.gt, scalar.ge):
            primitive, x, y = scalar.MIRRORED[primitive], y, x
        one, other = self.of(x), self.of(y)
        if primitive is scalar.eq:
            self._refine(x, other)
            self._refine(y, one)
        elif primitive in (scalar.lt, scalar.le):
            apart = 1 if primitive is scalar.lt else 0
            self._refine(x, Span(one.low, max(one.low, other.high - apart)))
            self._refine(y, Span(min(other.high, one.low + apart), other.high))

    def _refine(self, operand: Operand, span: Span) -> None:
        if isinstance(operand, Value):
            self._refined.append((operand, self._spans.get(operand)))
            self._spans[operand] = self.of(operand).meet(span)

    def _set(self, values: Sequence[Value], spans: Sequence[Span]) -> None:
        self._spans.update((v, s) for v, s in zip(values, spans, strict=True) if v.type.dtype not in FLOATS)


def _indices(start: Span, stop: Span, step: Span) -> Span:
    """The bounds of a loop's index (time)."""
    if step.low > 0:
        return Span(start.low, max(start.low, min(stop.high - 1, start.high + step.high * LONGEST)))
    if step.high < 0:
        return Span(min(start.high, max(stop.low + 1, start.low + step.low * LONGEST)), start.high)
    return INT64


def _largest(array: Operand) -> int:
    """How many elements an array can have at most (extent)."""
    return INT64.high // np.dtype(array.type.dtype).itemsize


def _is_int(value: Value) -> bool:
    return isinstance(value.type, Scalar) and value.type.dtype == INT.dtype
