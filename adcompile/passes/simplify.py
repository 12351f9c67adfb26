"""Simplify: the identities of `algebra`, and the same for structured statements. Rewrites in place.

    n: int64 = dim(x) {axis=0}                        n: int64 = dim(x) {axis=0}
    a: int64 = n - 1
    b: int64 = a + 1
    c: bool = b == n
    (y: float64) = if c:
        v: float64 = s * 1.0
        yield v
    else:
        yield 0.0
    return y                                          return s

Rules for structured statements, cited below:

* branch     an `If` whose condition is known is replaced by its branch; inside a branch its condition is known.
* join       a result for which both branches yield the same is that; True and False are the condition itself.
* trips      a loop without trips is replaced by its inits, a loop of one trip by its body.
* invariant  a carried value that every trip passes on as it was is its init.
* require    `require(True)` disappears.
* final      after differentiation (`final=True`), attach(r, x, w) is r and stop(x) is x.
"""

from __future__ import annotations

from collections import Counter
from typing import assert_never

from adcompile.facts.linear import LinearForms
from adcompile.ir.loops import Carried, carried, goes_on, index_of, keep, keep_carried, known_trips, trips_of
from adcompile.ir.nodes import (
    Apply,
    Const,
    For,
    Function,
    If,
    Operand,
    Region,
    Stmt,
    Value,
    While,
    boolean,
    integer,
    is_const,
    name_of,
)
from adcompile.ir.types import Scalar
from adcompile.ir.walk import Substitution, all_operands, map_operands, substitute
from adcompile.ops import memory, scalar
from adcompile.passes.algebra import rewrite
from adcompile.passes.rewriting import Known, Rewrite, same


def simplify(function: Function, *, final: bool = False) -> Function:
    """Rewrite the function by exact identities. `final`: derivatives are no longer wanted."""
    simplifier = _Simplifier(function, final=final)
    simplifier.simplify_region(function.region)
    return function


class _Simplifier:
    """Goes through the statements once, in order. `out` is the block being written; `mapping` says what a value has
    been replaced by, and is applied to every operand before it is looked at."""

    def __init__(self, function: Function, *, final: bool) -> None:
        definitions: dict[Value, Apply] = {}
        uses = Counter(o for o in all_operands(function.region) if isinstance(o, Value))
        self.definitions = definitions
        self.known = Known(definitions, LinearForms(definitions), uses)
        self.mapping: Substitution = {}
        self.out: list[Stmt] = []
        self.final = final

    def resolve(self, operand: Operand) -> Operand:
        if isinstance(operand, Const):
            return operand
        found = self.mapping.get(operand)
        if found is None:
            return operand
        # Twice: a value may stand for a condition that is known in this branch.
        return substitute(found, self.mapping)

    def replace(self, result: Value, operand: Operand) -> None:
        """Let an operand stand for a result; the user's name for the result is kept if the operand has none."""
        operand = self.resolve(operand)
        self.mapping[result] = operand
        if isinstance(operand, Value):
            operand.take_name(name_of(result))

    def append(self, stmt: Stmt) -> None:
        for result in stmt.results:
            if result.dims:
                result.dims = tuple(map(self.resolve, result.dims))
        if isinstance(stmt, Apply):
            self.definitions.update(dict.fromkeys(stmt.results, stmt))
        self.out.append(stmt)

    def simplify_region(self, region: Region) -> None:
        for param in region.params:
            param.dims = tuple(map(self.resolve, param.dims))
        outer, self.out = self.out, []
        self.inline(region)
        region.body, self.out = self.out, outer
        region.yields = tuple(map(self.resolve, region.yields))

    def inline(self, region: Region) -> tuple[Operand, ...]:
        """Write the statements of a region to the current block."""
        for stmt in region.body:
            self.simplify_statement(map_operands(stmt, self.resolve))
        return tuple(map(self.resolve, region.yields))

    def simplify_statement(self, stmt: Stmt) -> None:
        match stmt:
            case Apply():
                self.simplify_apply(stmt)
            case If():
                self.simplify_if(stmt)
            case For():
                self.simplify_for(stmt)
            case While():
                self.simplify_while(stmt)
            case _:
                assert_never(stmt)

    def simplify_apply(self, stmt: Apply) -> None:
        if stmt.primitive is memory.require and isinstance(stmt.operands[0], Const) and stmt.operands[0].value:
            return  # require
        while (found := self.rewrite(stmt)) is not None:
            for each in found.statements[:-1] if found.operand is None else found.statements:
                self.append(each)
            if found.operand is not None:
                self.replace(stmt.results[0], found.operand)
                return
            stmt = found.statements[-1]
        self.append(stmt)

    def rewrite(self, stmt: Apply) -> Rewrite | None:
        if self.final and stmt.primitive.alias and isinstance(stmt.results[0].type, Scalar):
            return Rewrite((), stmt.operands[0])  # final
        return rewrite(stmt, self.known)

    def simplify_if(self, stmt: If) -> None:
        cond, then, orelse = stmt.cond, stmt.then, stmt.orelse
        if negation := self.known.definition(cond, scalar.not_):
            cond, then, orelse = self.resolve(negation.operands[0]), orelse, then
        if isinstance(cond, Const):  # branch
            yields = self.inline(then if cond.value else orelse)
            for result, operand in zip(stmt.results, yields, strict=True):
                self.replace(result, operand)
            return
        for region, value in ((then, True), (orelse, False)):
            self.mapping[cond] = boolean(value)  # branch
            self.simplify_region(region)
            del self.mapping[cond]
        kept = [self.is_join(*each, cond) for each in zip(stmt.results, then.yields, orelse.yields, strict=True)]
        for region in (then, orelse):
            region.yields = keep(region.yields, kept)
        results = keep(stmt.results, kept)
        if results or then.body or orelse.body:
            self.append(If(cond, then, orelse, results, stmt.loc))

    def is_join(self, result: Value, one: Operand, other: Operand, cond: Value) -> bool:
        """Does it take the `If` to know the result? If not, it is replaced (join)."""
        if same(one, other):
            self.replace(result, one)
            return False
        if isinstance(one, Const) and isinstance(other, Const) and one.type.dtype == "bool" and one.value:
            self.replace(result, cond)
            return False
        return True

    def simplify_for(self, stmt: For) -> None:
        known = known_trips(stmt)
        if known in (0, 1):  # trips
            slots = carried(stmt)
            after = stmt.inits
            if known == 1:
                self.replace(index_of(stmt), stmt.start)
                for each in slots:
                    self.replace(each.param, each.init)
                self.inline(stmt.body)
                after = tuple(self.resolve(each.yielded) for each in slots)
            if (trips := trips_of(stmt)) is not None:
                self.replace(trips, integer(known))
            for each, operand in zip(slots, after, strict=True):
                self.replace(each.result, operand)
            return
        keep_carried(stmt, [self.is_variant(each) for each in carried(stmt)])
        self.simplify_region(stmt.body)
        self.append(stmt)

    def is_variant(self, each: Carried) -> bool:
        """May the carried value change? If not, it is replaced by its init (invariant)."""
        if each.yielded is not each.param and not same(self.resolve(each.yielded), each.init):
            return True
        for name in each.names:
            self.replace(name, each.init)
        return False

    def simplify_while(self, stmt: While) -> None:
        keep_carried(stmt, [self.is_variant(each) for each in carried(stmt)])
        self.simplify_region(stmt.test)
        if is_const(goes_on(stmt), 0) and not stmt.test.body:  # trips
            self.replace(trips_of(stmt), integer(0))
            for each in carried(stmt):
                self.replace(each.result, each.init)
            return
        self.simplify_region(stmt.body)
        self.append(stmt)
