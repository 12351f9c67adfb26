"""Activity: which values carry a derivative.

A value is *varied* if it depends on an argument that is differentiated, *useful* if a result depends on it, and
*active* if it is both and a float. Arrays are taken as wholes, and flow-insensitively: an array is varied if
anything varied is ever stored in it. (Hascoët & Pascual 2013, section 4.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from adcompile.ir.loops import carried
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While
from adcompile.ir.types import is_float
from adcompile.ir.walk import statements
from adcompile.ops import memory
from adcompile.rules.table import NONDIFFERENTIABLE, RULES


def roots(region: Region, *, private: bool = True) -> dict[Value, Value]:
    """For every array name that is a view, the array whose memory it names.

    A row that is marked private to its trip counts as an array of its own if not `private`.
    """
    found: dict[Value, Value] = {}
    for stmt in statements(region):
        if isinstance(stmt, Apply) and stmt.primitive.shares is not None and (private or not stmt.attrs.private):
            base = stmt.operands[0]
            assert isinstance(base, Value)
            found[stmt.results[0]] = found.get(base, base)
    return found


def active_values(region: Region, wrt: tuple[Value, ...], results: int) -> set[Value]:
    """The active values when differentiating the first `results` yields with respect to the params `wrt`."""
    names, stmts = roots(region), list(statements(region))
    groups: dict[Value, list[Value]] = {}
    for name, base in names.items():
        groups.setdefault(base, [base]).append(name)

    def group(array: Operand) -> list[Value]:
        """All names of the memory behind an array name."""
        assert isinstance(array, Value)
        base = names.get(array, array)
        return groups.get(base, [base])

    varied = {p for p in wrt if is_float(p.type)}
    _until_stable(stmts, lambda stmt: _forward(stmt, varied, group), varied)
    useful = {y for y in region.yields[:results] if isinstance(y, Value) and is_float(y.type)}
    useful |= {names[y] for y in useful if y in names}
    _until_stable(stmts[::-1], lambda stmt: _backward(stmt, useful, names, group), useful)
    active = {v for v in varied & useful if is_float(v.type)}
    return active | {name for name, base in names.items() if base in active}


def _until_stable(stmts: list[Stmt], step: Callable[[Stmt], None], facts: set[Value]) -> None:
    size = -1
    while size != len(facts):
        size = len(facts)
        for stmt in stmts:
            step(stmt)


def _differentiable_operands(stmt: Apply) -> list[Value]:
    """The operands through which a derivative passes."""
    if stmt.primitive in NONDIFFERENTIABLE or stmt.primitive in (memory.dim, memory.require):
        return []
    if stmt.primitive in RULES:
        partials = RULES[stmt.primitive].cotangents
        pairs = zip(stmt.operands, partials, strict=True)
        return [o for o, partial in pairs if partial is not None and isinstance(o, Value)]
    return [o for o in stmt.operands if isinstance(o, Value) and is_float(o.type)]


def _forward(stmt: Stmt, varied: set[Value], group: Callable[[Operand], list[Value]]) -> None:
    match stmt:
        case Apply(primitive=primitive):
            sources = _differentiable_operands(stmt)
            if primitive is memory.store:
                if stmt.operands[-1] in varied:
                    varied.update(group(stmt.operands[0]))
            elif primitive not in (memory.alloc, memory.alloc_like) and any(o in varied for o in sources):
                varied.update(r for r in stmt.results if is_float(r.type))
        case If():
            for then, orelse, result in zip(stmt.then.yields, stmt.orelse.yields, stmt.results, strict=True):
                _flow((then, orelse), (result,), varied)
        case For() | While():
            for each in carried(stmt):
                _flow((each.init, each.yielded), each.names, varied)
        case _:
            assert_never(stmt)


def _flow(sources: tuple[Operand, ...], targets: tuple[Value, ...], varied: set[Value]) -> None:
    if any(not isinstance(s, Const) and s in varied for s in sources):
        varied.update(t for t in targets if is_float(t.type))


def _backward(
    stmt: Stmt, useful: set[Value], names: dict[Value, Value], group: Callable[[Operand], list[Value]]
) -> None:
    if isinstance(stmt, Apply):
        if stmt.primitive is memory.store:
            stored = stmt.operands[-1]
            if isinstance(stored, Value) and any(name in useful for name in group(stmt.operands[0])):
                useful.add(stored)
        elif any(r in useful for r in stmt.results):
            for operand in _differentiable_operands(stmt):
                useful.add(operand)
                useful.add(names.get(operand, operand))
    elif isinstance(stmt, If):
        for then, orelse, result in zip(stmt.then.yields, stmt.orelse.yields, stmt.results, strict=True):
            _demand(result in useful, (then, orelse), useful)
    else:
        for init, param, yielded, result, _ in carried(stmt):
            # The result may be used though no trip reads the param: they are active together.
            _demand(result in useful or param in useful, (init, yielded, param, result), useful)


def _demand(wanted: bool, sources: tuple[Operand, ...], useful: set[Value]) -> None:
    if wanted:
        useful.update(s for s in sources if isinstance(s, Value))
