"""Skip zeros: a backward loop that would only carry zeros along is not run.

    price_bar = 0.0 if out else total_bar           price_bar = 0.0 if out else total_bar
    for t in range(n - 1, -1, -1):                  if price_bar != 0.0:
        scale_bar += price_bar * z[t]                   for t in range(n - 1, -1, -1):
        price_bar = price_bar * f[t]                        ...

For loops of the backward sweep into which a cotangent flows that a branch may have set to zero. With zeros flowing in,
a trip must change nothing: each value that it carries is either

* linear    a product or quotient of a linear value and anything, a sum or choice of linear values, zero: it stays zero;
* a sum     itself, with linear values added or taken away: it stays what it was,

and a store only adds a linear value to an element. A zero cotangent contributes nothing here, whatever it would be
multiplied with, as everywhere in the backward sweep (`ad/guards.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import compress

from adcompile.ir.builder import Builder
from adcompile.ir.loops import carried, params_of
from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Stmt, Value, is_const, name_of, real
from adcompile.ir.primitive import Effect
from adcompile.ir.types import BOOL, Scalar, is_float
from adcompile.ir.walk import regions
from adcompile.ops import memory
from adcompile.ops import scalar as ops


def skip_zeros(function: Function) -> Function:
    """Put a test in front of the loops that zeros would run through. Rewrites in place."""
    _visit(function.region, set())
    return function


def _visit(region: Region, maybe_zero: set[Value]) -> None:
    """`maybe_zero`: what a branch may have set to zero."""
    body: list[Stmt] = []
    for stmt in region.body:
        for inner in regions(stmt):
            _visit(inner, maybe_zero)
        match stmt:
            case If(then=then, orelse=orelse, results=results):
                for result, *sides in zip(results, then.yields, orelse.yields, strict=True):
                    if is_float(result.type) and any(is_const(s, 0.0) or s in maybe_zero for s in sides):
                        maybe_zero.add(result)
            case For(backward=True, exits=False):
                sources = {init for init in stmt.inits if isinstance(init, Value) and init in maybe_zero}
                if sources and _changes_nothing(stmt, sources):
                    body += _guarded(stmt, list(dict.fromkeys(i for i in stmt.inits if i in sources)))
                    continue
        body.append(stmt)
    region.body = body


def _guarded(loop: For, sources: list[Operand]) -> list[Stmt]:
    """The loop, run if one of the cotangents is not zero."""
    region = Region()
    builder = Builder(region)
    with builder.at(loop.loc):
        test: Operand | None = None
        for source in sources:
            assert isinstance(source.type, Scalar)
            one = builder.apply(ops.ne, source, real(0.0, source.type), type=BOOL)
            test = one if test is None else builder.apply(ops.or_, test, one, type=BOOL)
        assert test is not None
        after = tuple(Value(r.type, loc=r.loc, **name_of(r)) for r in loop.results)
        inner = replace(loop, results=after)
        builder.append(If(test, Region(body=[inner], yields=after), Region(yields=loop.inits), loop.results, loop.loc))
    return region.body


def _changes_nothing(loop: For, zeros: set[Value]) -> bool:
    """Is a trip without effect where these are zero? What starts as a constant zero may be linear as well."""
    linear = [init in zeros for init in loop.inits]
    while True:
        found = _Zeros(set(zeros))
        if not found.enter(loop, linear):
            return False
        failed = [k for k, stays in enumerate(found.stays(loop, linear)) if not stays]
        if not failed:
            return True
        if any(linear[k] or not is_const(loop.inits[k], 0.0) for k in failed):
            return False
        for k in failed:
            linear[k] = True


@dataclass(slots=True)
class _Zeros:
    """What is zero if the sources are, and which value another one then equals."""

    zero: set[Value]
    equals: dict[Value, Operand] = field(default_factory=dict)

    def enter(self, loop: For, linear: list[bool]) -> bool:
        """Read the body. False if it does something else than to compute and to add."""
        self.zero.update(compress(params_of(loop), linear))
        return self._region(loop.body)

    def stays(self, loop: For, linear: list[bool]) -> list[bool]:
        """Of each carried value: does a trip leave it as it is?"""
        slots = zip(carried(loop), linear, strict=True)
        return [self.is_zero(s.yielded) if zero else self._base(s.yielded) is s.param for s, zero in slots]

    def is_zero(self, operand: Operand) -> bool:
        """Is it a linear value?"""
        return is_const(operand, 0.0) or operand in self.zero

    def _base(self, operand: Operand) -> Operand:
        return self.equals.get(operand, operand) if isinstance(operand, Value) else operand

    def _region(self, region: Region) -> bool:
        return all(self._statement(stmt, region) for stmt in region.body)

    def _statement(self, stmt: Stmt, region: Region) -> bool:
        match stmt:
            case Apply(primitive=memory.store):
                return self._adds(stmt, region)
            case Apply():
                if stmt.primitive.effect not in (Effect.PURE, Effect.READ):
                    return False
                self._apply(stmt)
                return True
            case If(then=then, orelse=orelse, results=results):
                if not self._region(then) or not self._region(orelse):
                    return False
                for result, one, other in zip(results, then.yields, orelse.yields, strict=True):
                    self._either(result, one, other)
                return True
            case For(exits=False):
                linear = [self.is_zero(init) for init in stmt.inits]
                if not self.enter(stmt, linear) or not all(self.stays(stmt, linear)):
                    return False
                for result, init, zero in zip(stmt.results, stmt.inits, linear, strict=True):
                    if zero:
                        self.zero.add(result)
                    else:
                        self.equals[result] = self._base(init)
                return True
        return False

    def _apply(self, stmt: Apply) -> None:
        """Enter the result if it is linear, or equal to something."""
        if len(stmt.results) != 1:
            return
        (result,), given = stmt.results, stmt.operands
        zero = [self.is_zero(o) for o in given]
        match stmt.primitive:
            case ops.mul if any(zero):
                self.zero.add(result)
            case ops.div | ops.neg | ops.cast if zero[0]:
                self.zero.add(result)
            case ops.add | ops.sub if all(zero):
                self.zero.add(result)
            case ops.add | ops.sub if zero[1]:
                self.equals[result] = self._base(given[0])
            case ops.add if zero[0]:
                self.equals[result] = self._base(given[1])
            case ops.select:
                self._either(result, *given[1:])

    def _either(self, result: Value, one: Operand, other: Operand) -> None:
        if self.is_zero(one) and self.is_zero(other):
            self.zero.add(result)
        elif self._base(one) is self._base(other):
            self.equals[result] = self._base(one)

    def _adds(self, store: Apply, region: Region) -> bool:
        """Is what is stored the element itself, loaded a few statements before?"""
        base = self._base(store.operands[-1])
        position = region.body.index(store)
        for stmt in reversed(region.body[:position]):
            if isinstance(stmt, Apply) and base in stmt.results:
                return stmt.primitive is memory.load and stmt.operands == store.operands[:-1]
            if not isinstance(stmt, Apply) or stmt.primitive.effect is Effect.WRITE:
                return False
        return False
