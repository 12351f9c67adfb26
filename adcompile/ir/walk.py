"""Walking regions: what a statement uses, defines and contains; cloning with substitution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import is_
from typing import assert_never

from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While


def operands(stmt: Stmt) -> tuple[Operand, ...]:
    """The operands a statement itself reads (not those inside its regions)."""
    match stmt:
        case Apply():
            return stmt.operands
        case If():
            return (stmt.cond,)
        case For():
            return (stmt.start, stmt.stop, stmt.step, *stmt.inits)
        case While():
            return stmt.inits
        case _:
            assert_never(stmt)


def regions(stmt: Stmt) -> tuple[Region, ...]:
    """The regions a statement owns."""
    match stmt:
        case Apply():
            return ()
        case If():
            return (stmt.then, stmt.orelse)
        case For():
            return (stmt.body,)
        case While():
            return (stmt.test, stmt.body)
        case _:
            assert_never(stmt)


def statements(region: Region) -> Iterator[Stmt]:
    """Every statement of a region, outer before inner, in order."""
    found: list[Stmt] = []
    _collect(region, found)  # nested generators would hand every statement up through all levels
    return iter(found)


def _collect(region: Region, found: list[Stmt]) -> None:
    for stmt in region.body:
        found.append(stmt)
        if not isinstance(stmt, Apply):
            for inner in regions(stmt):
                _collect(inner, found)


def all_regions(region: Region) -> Iterator[Region]:
    """The region and every region nested in it, outer before inner."""
    yield region
    for stmt in region.body:
        for inner in regions(stmt):
            yield from all_regions(inner)


def all_operands(region: Region) -> Iterator[Operand]:
    """Every operand read anywhere in a region, yields included."""
    found: list[Operand] = []
    _collect_operands(region, found)
    return iter(found)


def _collect_operands(region: Region, found: list[Operand]) -> None:
    for stmt in region.body:
        if isinstance(stmt, Apply):
            found += stmt.operands
            continue
        found += operands(stmt)
        for inner in regions(stmt):
            _collect_operands(inner, found)
    found += region.yields


def captures(region: Region) -> list[Value]:
    """The values used in a region and defined outside it, in order of first use."""
    defined = {id(p) for p in region.params}
    for stmt in statements(region):
        defined.update(id(r) for r in stmt.results)
        for inner in regions(stmt):
            defined.update(id(p) for p in inner.params)
    found = {id(v): v for v in all_operands(region) if isinstance(v, Value) and id(v) not in defined}
    return list(found.values())


def mentions(stmt: Stmt, value: Value) -> bool:
    """Does the statement, or one inside it, read the value?"""
    return value in operands(stmt) or any(value in all_operands(inner) for inner in regions(stmt))


def defined(region: Region) -> set[Value]:
    """All values that are defined in the region or in those nested in it."""
    results = {r for stmt in statements(region) for r in stmt.results}
    return results | {p for inner in all_regions(region) for p in inner.params}


Substitution = dict[Value, Operand]


def substitute(operand: Operand, mapping: Substitution) -> Operand:
    """What the operand stands for under a substitution."""
    return operand if isinstance(operand, Const) else mapping.get(operand, operand)


def clone_value(value: Value, mapping: Substitution) -> Value:
    """A new value of the same type and name, entered in the mapping."""
    dims = tuple(substitute(d, mapping) for d in value.dims)
    new = Value(value.type, value.hint, dims, value.loc, value.role, value.of)
    mapping[value] = new
    return new


def clone_region(region: Region, mapping: Substitution) -> Region:
    """A copy whose own values are new; what it captures goes through the mapping."""
    params = tuple(clone_value(p, mapping) for p in region.params)
    body = [clone_statement(s, mapping) for s in region.body]
    return Region(params, body, tuple(substitute(y, mapping) for y in region.yields))


def clone_statement(stmt: Stmt, mapping: Substitution) -> Stmt:
    """A copy of one statement; its results are entered in the mapping."""
    mapped = map_operands(stmt, lambda o: substitute(o, mapping))
    inner = [clone_region(r, mapping) for r in regions(stmt)]
    return rebuild(mapped, inner, tuple(clone_value(r, mapping) for r in stmt.results))


def rebuild(stmt: Stmt, inner: list[Region], results: tuple[Value, ...]) -> Stmt:
    """The same statement with other regions and results."""
    match stmt:
        case Apply():
            return Apply(stmt.primitive, stmt.operands, results, stmt.attrs, stmt.loc)
        case If(cond, _, _, _, loc):
            return If(cond, inner[0], inner[1], results, loc)
        case For(start, stop, step, inits, _, _, loc, order_free, sums, exits, backward):
            return For(start, stop, step, inits, inner[0], results, loc, order_free, sums, exits, backward)
        case While(inits, _, _, _, loc):
            return While(inits, inner[0], inner[1], results, loc)
        case _:
            assert_never(stmt)


def map_operands(stmt: Stmt, f: Callable[[Operand], Operand]) -> Stmt:
    """The same statement (regions and results shared) with its own operands mapped; itself if they stay the same."""
    match stmt:
        case Apply():
            mapped = tuple(map(f, stmt.operands))
            if all(map(is_, mapped, stmt.operands)):
                return stmt
            return Apply(stmt.primitive, mapped, stmt.results, stmt.attrs, stmt.loc)
        case If(cond, then, orelse, results, loc):
            return If(f(cond), then, orelse, results, loc)
        case For(start, stop, step, inits, body, results, loc, order_free, sums, exits, backward):
            new = tuple(map(f, inits))
            return For(f(start), f(stop), f(step), new, body, results, loc, order_free, sums, exits, backward)
        case While(inits, test, body, results, loc):
            return While(tuple(map(f, inits)), test, body, results, loc)
        case _:
            assert_never(stmt)


def substitute_within(region: Region, mapping: Substitution) -> None:
    """Put other operands in place of values wherever the region, or one nested in it, reads them. In place."""
    for inner in all_regions(region):
        inner.body = [map_operands(stmt, lambda o: substitute(o, mapping)) for stmt in inner.body]
        inner.yields = tuple(substitute(y, mapping) for y in inner.yields)
