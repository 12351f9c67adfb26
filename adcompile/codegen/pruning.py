"""What is not printed: values nobody needs, and names for names.

    m = attach(r, x, w)          r takes the place of m; w goes if nothing else reads it
    t = mul(a, b)                gone if nothing reads t
    s, c = for ...: ...          carried c goes if nothing reads it but its own next trip
    n, c = while ...: c + 1      c takes the place of the number of trips n

A value is *needed* if the function yields it, if a store or a check reads it, if it decides whether such a statement
runs, or if a needed value is computed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import TypeVar, assert_never

from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Stmt, Value, While, is_const
from adcompile.ir.primitive import Effect
from adcompile.ir.types import INT
from adcompile.ir.walk import Substitution, map_operands, rebuild, regions, substitute
from adcompile.ops import scalar

T = TypeVar("T")

# Primitives whose result is their first operand under another name.

EFFECTS = (Effect.WRITE, Effect.CHECK)


def pruned(function: Function) -> Function:
    """The same program without aliases and dead values. Values are shared with `function`, statements are not."""
    region = _without_aliases(function.region, {})
    needed: set[Value] = set()
    _need(region.yields, needed)
    acting: set[Stmt] = set()
    _find_acting(region, acting)
    size = -1
    while size != len(needed):
        size = len(needed)
        _mark(region, needed, acting)
    return Function(function.name, _without_dead(region, needed, acting, (True,) * len(region.yields)))


def _without_aliases(region: Region, mapping: Substitution) -> Region:
    body: list[Stmt] = []
    for stmt in region.body:
        if isinstance(stmt, Apply) and stmt.primitive.alias:
            mapping[stmt.results[0]] = substitute(stmt.operands[0], mapping)
            continue
        mapped = map_operands(stmt, lambda o: substitute(o, mapping))
        body.append(rebuild(mapped, [_without_aliases(r, mapping) for r in regions(stmt)], stmt.results))
        if (counted := _counted(body[-1])) is not None:
            mapping[stmt.results[0]] = counted
    return Region(region.params, body, tuple(substitute(y, mapping) for y in region.yields))


def _counted(stmt: Stmt) -> Value | None:
    """What a loop carries that is its number of trips in the end: it starts with 0, and each trip adds 1."""
    if not (isinstance(stmt, While) or (isinstance(stmt, For) and stmt.exits)):
        return None
    exits = int(isinstance(stmt, For))
    added = {s.results[0]: s for s in stmt.body.body if isinstance(s, Apply) and s.primitive is scalar.add}
    carried = zip(stmt.inits, stmt.body.params[exits:], stmt.body.yields[exits:], stmt.results[1:], strict=True)
    for init, param, passed, result in carried:
        step = added.get(passed) if isinstance(passed, Value) and param.type == INT and is_const(init, 0) else None
        if step is not None and param in step.operands and any(is_const(o, 1) for o in step.operands):
            return result
    return None


def _find_acting(region: Region, acting: set[Stmt]) -> None:
    """Enter what writes memory or raises, and what contains such a statement: inner ones first, each looked at once."""
    for stmt in region.body:
        known = len(acting)
        for inner in regions(stmt):
            _find_acting(inner, acting)
        if len(acting) > known or (isinstance(stmt, Apply) and stmt.primitive.effect in EFFECTS):
            acting.add(stmt)


def _need(operands: Iterable[Operand], needed: set[Value]) -> None:
    needed.update(o for o in operands if isinstance(o, Value))


def _is_needed(stmt: Stmt, needed: set[Value], acting: set[Stmt]) -> bool:
    return stmt in acting or any(r in needed for r in stmt.results)


def _mark(region: Region, needed: set[Value], acting: set[Stmt]) -> None:
    """Carry need from results to operands, once through the region from the end. `acting` statements have effects."""
    for stmt in reversed(region.body):
        if not _is_needed(stmt, needed, acting):
            continue
        match stmt:
            case Apply():
                _need(stmt.operands, needed)
            case If():
                _need((stmt.cond,), needed)
                for branch in (stmt.then, stmt.orelse):
                    _need(compress(branch.yields, _flags(stmt.results, needed)), needed)
                    _mark(branch, needed, acting)
            case For():
                _need((stmt.start, stmt.stop, stmt.step, *stmt.body.yields[: int(stmt.exits)]), needed)
                keep = _mark_carried(stmt, needed)
                _need(compress(stmt.body.yields[int(stmt.exits) :], keep), needed)
                _mark(stmt.body, needed, acting)
                _mark_carried(stmt, needed)
            case While():
                _need(stmt.test.yields, needed)
                _need(compress(stmt.body.yields, _mark_carried(stmt, needed)), needed)
                _mark(stmt.body, needed, acting)
                _mark(stmt.test, needed, acting)
                _mark_carried(stmt, needed)
            case _:
                assert_never(stmt)


def carried(stmt: For | While) -> list[tuple[Value, ...]]:
    """For each carried value of a loop its names: first the param at the loop's head, last the result."""
    if isinstance(stmt, For):
        return list(zip(stmt.body.params[1:], stmt.results[int(stmt.exits) :], strict=True))
    return list(zip(stmt.test.params, stmt.body.params, stmt.results[1:], strict=True))


def _mark_carried(stmt: For | While, needed: set[Value]) -> list[bool]:
    """Which carried values are needed under any of their names; then all their names and their init are."""
    keep = [any(v in needed for v in names) for names in carried(stmt)]
    for names, init in compress(zip(carried(stmt), stmt.inits, strict=True), keep):
        _need((*names, init), needed)
    return keep


def _flags(values: Sequence[Value], needed: set[Value]) -> list[bool]:
    return [v in needed for v in values]


def _kept(items: Sequence[T], keep: Sequence[bool]) -> tuple[T, ...]:
    return tuple(compress(items, keep))


def _without_dead(region: Region, needed: set[Value], acting: set[Stmt], keep: Sequence[bool]) -> Region:
    """The needed statements, and the yields marked in `keep`."""
    body = [_narrowed(stmt, needed, acting) for stmt in region.body if _is_needed(stmt, needed, acting)]
    return Region(region.params, body, _kept(region.yields, keep))


def _narrowed(stmt: Stmt, needed: set[Value], acting: set[Stmt]) -> Stmt:
    """The statement with only the results that are needed."""
    match stmt:
        case Apply():
            return stmt
        case If(cond, then, orelse, results, loc):
            keep = _flags(results, needed)
            branches = (_without_dead(then, needed, acting, keep), _without_dead(orelse, needed, acting, keep))
            return If(cond, *branches, _kept(results, keep), loc)
        case For(start, stop, step, inits, body, results, loc, order_free, sums, exits, backward):
            first = (True,) * int(exits)
            keep = _flags(body.params[1:], needed)
            inner = _without_dead(body, needed, acting, (*first, *keep))
            inner.params = _kept(body.params, (True, *keep))
            left = _kept(results, (*first, *keep))
            carried = _kept(inits, keep)
            return For(start, stop, step, carried, inner, left, loc, order_free, _kept(sums, keep), exits, backward)
        case While(inits, test, body, results, loc):
            keep = _flags(test.params, needed)
            condition = _without_dead(test, needed, acting, (True,))
            inner = _without_dead(body, needed, acting, keep)
            condition.params, inner.params = _kept(test.params, keep), _kept(body.params, keep)
            return While(_kept(inits, keep), condition, inner, _kept(results, (True, *keep)), loc)
        case _:
            assert_never(stmt)
