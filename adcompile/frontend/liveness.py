"""Which names may be read after a statement: only those are carried through a loop or joined after an `if`.

    for i in range(n):          `row` is bound in both loops but never read before it is bound again:
        row = x[i] * 2          it is no carried value of either
        s += row.sum()
    for j in range(m):
        row = x[j] * 3

Backward over the syntax tree (Aho et al., Compilers, 2nd ed., 9.2.5). Names that a nested function
reads are live everywhere. What is live after `break` is live after its loop; after `continue`, before the next trip.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from adcompile.frontend.scope import bound_by_walrus, bound_names, exits_of, walk_scope

Names = frozenset[str]
_NESTED = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(eq=False, slots=True)
class Liveness:
    """`after[stmt]`: names read after it. `head[loop]`: names that a trip (of a `while`, its test too) may read
    before it binds them. `done[loop]`: names read after its last trip, by `else` or by what follows.
    """

    after: dict[ast.stmt, Names] = field(default_factory=dict)
    head: dict[ast.stmt, Names] = field(default_factory=dict)
    done: dict[ast.stmt, Names] = field(default_factory=dict)

    def leaving(self, nodes: Sequence[ast.stmt]) -> Names:
        """The names live where `break`, `continue` and `return` in these statements lead to."""
        return frozenset().union(*(self.after.get(each, frozenset()) for each in exits_of(nodes)))


@dataclass(frozen=True, slots=True)
class _Targets:
    """The names live where control may go from a block: always, after `break`, after `continue`."""

    always: Names
    breaks: Names = frozenset()
    continues: Names = frozenset()


def liveness(node: ast.FunctionDef | ast.Lambda) -> Liveness:
    """The liveness of every statement of a function."""
    facts = Liveness()
    if isinstance(node, ast.FunctionDef):
        nested = frozenset().union(*(_loads([n]) for n in walk_scope(node.body) if isinstance(n, _NESTED)))
        _block(facts, node.body, nested, _Targets(nested))
    return facts


def _block(facts: Liveness, body: Sequence[ast.stmt], live: Names, targets: _Targets) -> Names:
    for stmt in reversed(body):
        facts.after[stmt] = live
        live = _statement(facts, stmt, live, targets) | targets.always
    return live


def _statement(facts: Liveness, stmt: ast.stmt, live: Names, targets: _Targets) -> Names:
    """The names live before a statement."""
    match stmt:
        case ast.If(test=test, body=body, orelse=orelse):
            return _block(facts, body, live, targets) | _block(facts, orelse, live, targets) | _loads([test])
        case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
            facts.done[stmt] = end = _block(facts, orelse, live, targets)
            inside = _loop(facts, stmt, body, end, replace(targets, breaks=live), bound_names([target]))
            return inside | _loads([iterable])
        case ast.While(test=test, body=body, orelse=orelse):
            facts.done[stmt] = end = _block(facts, orelse, live, targets)
            live = _loop(facts, stmt, body, end | _loads([test]), replace(targets, breaks=live), [])
            facts.head[stmt] |= _loads([test])
            return live
        case ast.Break():
            facts.after[stmt] = targets.breaks
            return targets.breaks
        case ast.Continue():
            facts.after[stmt] = targets.continues
            return targets.continues
        case ast.Return(value=value):
            facts.after[stmt] = targets.always
            return _loads([value] if value else [])
        case ast.Raise():
            facts.after[stmt] = targets.always
            return _loads([stmt])
        case ast.Assign() | ast.AnnAssign(value=ast.expr()) | ast.FunctionDef():
            surely = frozenset(bound_names([stmt])) - frozenset(bound_by_walrus([stmt]))
            return (live - surely) | _loads([stmt])
        case _:
            return live | _loads([stmt])


def _loop(
    facts: Liveness, stmt: ast.stmt, body: Sequence[ast.stmt], end: Names, targets: _Targets, own: Sequence[str]
) -> Names:
    live = end
    while True:
        inside = _block(facts, body, live, replace(targets, continues=live)) - frozenset(own)
        facts.head[stmt] = inside
        if inside | live == live:
            return live | targets.breaks
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
