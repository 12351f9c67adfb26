"""Which variables printed statements read and write, and which are alive or surely bound between them.

    s = 0.0                  `flow.exposed[loop]`    x and s: what may be read from before the loop
    for i in range(n):       `flow.alive[loop]`      s: what may be read after the loop, before it is written
        s += x[i]            `flow.bound[loop]`      s: what is surely bound before it
    return s

The statements are those that `statements.py` prints. What leaves a block for good (`raise`, `break`) is as if it bound
every variable, since nothing behind it is reached.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field

from adcompile.codegen.comments import is_mark

Names = frozenset[str]
NONE: Names = frozenset()


@dataclass(slots=True)
class Flow:
    """Facts about every statement of a function; `surely` are None where what follows is not reached."""

    exposed: dict[ast.stmt, Names] = field(default_factory=dict)
    written: dict[ast.stmt, Names] = field(default_factory=dict)
    surely: dict[ast.stmt, Names | None] = field(default_factory=dict)
    alive: dict[ast.stmt, Names] = field(default_factory=dict)
    bound: dict[ast.stmt, Names] = field(default_factory=dict)

    def exposed_by(self, block: Iterable[ast.stmt]) -> Names:
        """What statements in a row may read from before them."""
        exposed: set[str] = set()
        binds: set[str] = set()
        for stmt in block:
            exposed |= self.exposed[stmt] - binds
            if (surely := self.surely[stmt]) is None:
                break
            binds |= surely
        return frozenset(exposed)

    def written_by(self, block: Iterable[ast.stmt]) -> Names:
        """What statements may write."""
        return NONE.union(*(self.written[stmt] for stmt in block))

    def bound_by(self, block: Iterable[ast.stmt]) -> Names | None:
        """What statements in a row surely write."""
        binds: set[str] = set()
        for stmt in block:
            if (surely := self.surely[stmt]) is None:
                return None
            binds |= surely
        return frozenset(binds)


def flow_of(function: ast.FunctionDef) -> Flow:
    """The facts about the body of a function, in which no statement is to stand twice (`unshared`)."""
    flow = Flow()
    for stmt in function.body:
        _note(stmt, flow)
    _note_alive(function.body, NONE, NONE, flow)
    _note_bound(function.body, frozenset(each.arg for each in function.args.args), flow)
    return flow


def unshared(block: list[ast.stmt], seen: set[ast.stmt]) -> None:
    """Put a copy of a statement where it stands for a second time."""
    for k, stmt in enumerate(block):
        if stmt in seen:
            block[k] = stmt = copy(stmt)
            for name in ("body", "orelse"):
                if hasattr(stmt, name):
                    setattr(stmt, name, list(getattr(stmt, name)))
        seen.add(stmt)
        for inner in blocks(stmt):
            unshared(inner, seen)


def blocks(stmt: ast.stmt) -> tuple[list[ast.stmt], ...]:
    """The blocks inside a statement."""
    match stmt:
        case ast.If(body=body, orelse=orelse):
            return body, orelse
        case ast.For(body=body) | ast.While(body=body):
            return (body,)
        case _:
            return ()


def mentioned(node: ast.AST) -> Names:
    """The variables and functions that occur in an expression."""
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def assigned(target: ast.expr) -> Names:
    """The variables that an assignment to the target binds."""
    match target:
        case ast.Name(id=name):
            return frozenset((name,))
        case ast.Tuple(elts=parts):
            return NONE.union(*map(assigned, parts))
        case _:
            return NONE


def _simple(stmt: ast.stmt) -> tuple[Names, Names]:
    """What a statement without blocks reads, and what it binds."""
    match stmt:
        case ast.Assign(targets=[target], value=value):
            bound = assigned(target)
            return mentioned(value) | (mentioned(target) - bound), bound
        case ast.AugAssign(target=target, value=value):
            return mentioned(target) | mentioned(value), assigned(target)
        case _:
            return NONE if is_mark(stmt) else mentioned(stmt), NONE


def _note(stmt: ast.stmt, flow: Flow) -> None:
    for block in blocks(stmt):
        for inner in block:
            _note(inner, flow)
    match stmt:
        case ast.If(test=test, body=body, orelse=orelse):
            exposed = mentioned(test) | flow.exposed_by(body) | flow.exposed_by(orelse)
            written = flow.written_by((*body, *orelse))
            then, other = flow.bound_by(body), flow.bound_by(orelse)
            surely = other if then is None else then if other is None else then & other
        case ast.For(target=target, iter=iterated, body=body):
            index = assigned(target)
            exposed = mentioned(iterated) | (flow.exposed_by(body) - index)
            written, surely = flow.written_by(body) | index, NONE
        case ast.While(test=test, body=body):
            exposed, written, surely = mentioned(test) | flow.exposed_by(body), flow.written_by(body), NONE
        case _:
            exposed, written = _simple(stmt)
            surely = None if isinstance(stmt, ast.Raise | ast.Break | ast.Return) else written
    flow.exposed[stmt], flow.written[stmt], flow.surely[stmt] = exposed, written, surely


def _note_alive(block: Sequence[ast.stmt], after: Names, left: Names, flow: Flow) -> Names:
    """What is alive before a block; `after` is alive behind it, `left` behind the loop around it."""
    for stmt in reversed(block):
        flow.alive[stmt] = after
        match stmt:
            case ast.If(test=test, body=body, orelse=orelse):
                branches = (_note_alive(each, after, left, flow) for each in (body, orelse))
                after = mentioned(test).union(*branches)
            case ast.For() | ast.While():
                # What is alive at the head of a loop: what the next trip reads, or what follows.
                after |= flow.exposed[stmt]
                _note_alive(stmt.body, after, flow.alive[stmt], flow)
            case ast.Break():
                after = left
            case _:
                surely = flow.surely[stmt]
                after = flow.exposed[stmt] if surely is None else flow.exposed[stmt] | (after - surely)
    return after


def _note_bound(block: Sequence[ast.stmt], bound: Names, flow: Flow) -> None:
    for stmt in block:
        flow.bound[stmt] = bound
        index = assigned(stmt.target) if isinstance(stmt, ast.For) else NONE
        for inner in blocks(stmt):
            _note_bound(inner, bound | index, flow)
        bound |= flow.surely[stmt] or NONE
