"""Decide: conditions on integers that always come out one way become constants. Rewrites in place.

    for i: int64 in range(0, n, 1):                   for i: int64 in range(0, n, 1):
        c: bool = i < 0                                   c: bool = i < 0
        j: int64 = i + n                                  j: int64 = i + n
        k: int64 = select(c, j, i)                        k: int64 = select(False, j, i)
        d: bool = k < n                                   d: bool = k < n
        require(d)                                        require(True)

`simplify` and `dce` remove what this leaves behind. Rules, cited below:

* condition   of an `If`, a `select`, a `require` and a comparison, if `ranges` decides it there.
* extreme     maximum, minimum and abs of integers whose order is known.
* residue     a % n is a where 0 <= a < n.
* assumed     a `require` marked so holds anyway: it is there for what follows from it, until the end.
"""

from __future__ import annotations

from adcompile.facts.comparisons import COMPARISONS, INTEGERS
from adcompile.facts.ranges import ZERO, Ranges
from adcompile.ir.nodes import Apply, Function, If, Operand, Region, Stmt, boolean
from adcompile.ir.walk import Substitution, all_regions, map_operands, regions, substitute
from adcompile.ops import memory, scalar

DECIDED = frozenset((*COMPARISONS, scalar.maximum, scalar.minimum, scalar.abs_, scalar.mod))


def decide(function: Function) -> Function:
    """Replace conditions that the ranges of integers decide by constants."""
    _decide_region(function.region, Ranges(function), {})
    return function


def remove_assumed(function: Function) -> Function:
    """Remove the checks that only say what is known (assumed)."""
    for region in all_regions(function.region):
        region.body = [s for s in region.body if not (isinstance(s, Apply) and s.attrs.assumed)]
    return function


def _decide_region(region: Region, ranges: Ranges, mapping: Substitution) -> None:
    body: list[Stmt] = []
    for stmt in region.body:
        new = _decide_condition(map_operands(stmt, lambda o: substitute(o, mapping)) if mapping else stmt, ranges)
        for inner in regions(new):
            with ranges.within(new, inner):
                _decide_region(inner, ranges, mapping)
        known = _known_result(new, ranges) if isinstance(new, Apply) else None
        if known is None or isinstance(known, bool):
            body.append(new)
            ranges.passed(new)
        if known is not None:
            mapping[new.results[0]] = boolean(known) if isinstance(known, bool) else known
    region.body = body
    region.yields = tuple(substitute(y, mapping) for y in region.yields)


def _decide_condition(stmt: Stmt, ranges: Ranges) -> Stmt:
    """The statement with its condition a constant, if it is known here (condition)."""
    if isinstance(stmt, If):
        known = ranges.decide(stmt.cond)
        return stmt if known is None else If(boolean(known), stmt.then, stmt.orelse, stmt.results, stmt.loc)
    if isinstance(stmt, Apply) and stmt.primitive in (memory.require, scalar.select):
        known = ranges.decide(stmt.operands[0])
        if known is not None:
            operands = (boolean(known), *stmt.operands[1:])
            return Apply(stmt.primitive, operands, stmt.results, stmt.attrs, stmt.loc)
    return stmt


def _known_result(stmt: Apply, ranges: Ranges) -> Operand | bool | None:
    """What stands for the result: an operand of the statement, or the outcome of a comparison."""
    if stmt.primitive not in DECIDED or any(o.type.dtype not in INTEGERS for o in stmt.operands):
        return None
    if stmt.primitive in COMPARISONS:
        return ranges.decide(stmt.results[0])  # condition
    if stmt.primitive in (scalar.maximum, scalar.minimum):  # extreme
        x, y = stmt.operands if stmt.primitive is scalar.maximum else stmt.operands[::-1]
        return (
            stmt.operands[0] if ranges.proves(x, ">=", y) else stmt.operands[1] if ranges.proves(y, ">=", x) else None
        )
    if stmt.primitive is scalar.abs_:
        return stmt.operands[0] if ranges.nonnegative(stmt.operands[0]) else None
    if stmt.primitive is scalar.mod:  # residue
        x, y = stmt.operands
        return x if ranges.proves(x, "<", y) and ranges.proves(ZERO, "<=", x) else None
    return None
