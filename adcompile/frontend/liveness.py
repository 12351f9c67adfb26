"""Which names may be read after a statement: only those are carried through a loop or joined after an `if`.

    for i in range(n):          `row` is bound in both loops but never read before it is bound again:
        row = x[i] * 2          it is no carried value of either
        s += row.sum()
    for j in range(m):
        row = x[j] * 3

Backward over the syntax tree (Aho et al., Compilers, 2nd ed., 9.2.5). Names that a nested function
reads are live everywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from adcompile.frontend.scope import bound_names, walk_scope

Names = frozenset[str]
_NESTED = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(eq=False, slots=True)
class Liveness:
    """`after[stmt]`: names read after it. `head[loop]`: names that a trip may read before it binds them."""

    after: dict[ast.stmt, Names] = field(default_factory=dict)
    head: dict[ast.stmt, Names] = field(default_factory=dict)


def liveness(node: ast.FunctionDef | ast.Lambda) -> Liveness:
    """The liveness of every statement of a function."""
    facts = Liveness()
    if isinstance(node, ast.FunctionDef):
        nested = frozenset().union(*(_loads([n]) for n in walk_scope(node.body) if isinstance(n, _NESTED)))
        _block(facts, node.body, nested, nested)
    return facts


def _block(facts: Liveness, body: Sequence[ast.stmt], live: Names, always: Names) -> Names:
    for stmt in reversed(body):
        facts.after[stmt] = live
        live = _statement(facts, stmt, live, always) | always
    return live


def _statement(facts: Liveness, stmt: ast.stmt, live: Names, always: Names) -> Names:
    """The names live before a statement."""
    match stmt:
        case ast.If(test=test, body=body, orelse=orelse):
            return _block(facts, body, live, always) | _block(facts, orelse, live, always) | _loads([test])
        case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
            end = _block(facts, orelse, live, always)
            return _loop(facts, stmt, body, end, always, bound_names([target])) | _loads([iterable])
        case ast.While(test=test, body=body, orelse=orelse):
            end = _block(facts, orelse, live, always) | _loads([test])
            return _loop(facts, stmt, body, end, always, [])
        case ast.Return(value=value):
            return _loads([value] if value else [])
        case ast.Raise():
            return _loads([stmt])
        case ast.Assign() | ast.AnnAssign(value=ast.expr()) | ast.FunctionDef():
            return (live - frozenset(bound_names([stmt]))) | _loads([stmt])
        case _:
            return live | _loads([stmt])


def _loop(
    facts: Liveness, stmt: ast.stmt, body: Sequence[ast.stmt], end: Names, always: Names, targets: Sequence[str]
) -> Names:
    live = end
    while True:
        inside = _block(facts, body, live, always) - frozenset(targets)
        facts.head[stmt] = inside
        if inside | live == live:
            return live
        live |= inside


def _loads(nodes: Sequence[ast.AST]) -> Names:
    """Names read in these nodes, nested functions and targets such as `y` in `y[i] = v` included."""
    found = set()
    for node in nodes:
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                found.add(each.id)
            elif isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name):
                found.add(each.target.id)
    return frozenset(found)
