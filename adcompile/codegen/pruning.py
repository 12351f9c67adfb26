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
from typing import assert_never

from adcompile.ir.loops import Carried, carried, decides_of, keep, keep_carried, trips_of
from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Stmt, Value, While, is_const
from adcompile.ir.primitive import Effect
from adcompile.ir.types import INT
from adcompile.ir.walk import Substitution, map_operands, rebuild, regions, substitute
from adcompile.ops import scalar

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
    return Function(function.name, _without_dead(region, needed, acting))


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
    if not isinstance(stmt, For | While) or trips_of(stmt) is None:
        return None
    added = {s.results[0]: s for s in stmt.body.body if isinstance(s, Apply) and s.primitive is scalar.add}
    for init, param, passed, result, _ in carried(stmt):
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
            case For() | While():
                _need(decides_of(stmt), needed)
                _need((each.yielded for each in _mark_carried(stmt, needed)), needed)
                for inner in reversed(regions(stmt)):
                    _mark(inner, needed, acting)
                _mark_carried(stmt, needed)
            case _:
                assert_never(stmt)


def _mark_carried(stmt: For | While, needed: set[Value]) -> list[Carried]:
    """The carried values that are needed under any of their names; then all their names and their init are."""
    found = [each for each in carried(stmt) if not needed.isdisjoint(each.names)]
    for each in found:
        _need((*each.names, each.init), needed)
    return found


def _flags(values: Sequence[Value], needed: set[Value]) -> list[bool]:
    return [v in needed for v in values]


def _without_dead(region: Region, needed: set[Value], acting: set[Stmt], kept: Sequence[bool] | None = None) -> Region:
    """The needed statements, and the yields that are `kept` (all of them if nothing is said)."""
    body = [_narrowed(stmt, needed, acting) for stmt in region.body if _is_needed(stmt, needed, acting)]
    return Region(region.params, body, region.yields if kept is None else keep(region.yields, kept))


def _narrowed(stmt: Stmt, needed: set[Value], acting: set[Stmt]) -> Stmt:
    """The statement with only the results that are needed."""
    match stmt:
        case Apply():
            return stmt
        case If(cond, then, orelse, results, loc):
            kept = _flags(results, needed)
            branches = (_without_dead(then, needed, acting, kept), _without_dead(orelse, needed, acting, kept))
            return If(cond, *branches, keep(results, kept), loc)
        case For() | While():
            narrowed = rebuild(stmt, [_without_dead(r, needed, acting) for r in regions(stmt)], stmt.results)
            assert isinstance(narrowed, For | While)
            keep_carried(narrowed, [each.head in needed for each in carried(stmt)])
            return narrowed
        case _:
            assert_never(stmt)
