"""Delta debugging on the syntax tree: the smallest program that still fails in the same way.

Statements are removed, in halves and then one by one; a compound statement gives way to its body; an expression to one
of its parts; functions and arguments that are not used are dropped (Zeller & Hildebrandt 2002, on trees).
"""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.fuzz.generator import ENTRY, Program

Fails = Callable[[Program], bool]
Edit = Callable[[ast.Module], bool]
Edits = Callable[[ast.Module], Iterator[Edit]]
BODIES = ("body", "orelse")


def shrink(program: Program, fails: Fails, *, seconds: float = 60.0) -> Program:
    """The smallest program found in the time given for which `fails` still holds."""
    deadline = time.monotonic() + seconds
    tried = {program.text}
    before = ""
    while program.text != before:
        before = program.text
        for edits in (_removals, _unnestings, _simplifications):
            program = _pass(program, edits, fails, tried, deadline)
        program = next((p for p in _fewer_arguments(program) if fails(p)), program)
    return program


def _pass(program: Program, edits: Edits, fails: Fails, tried: set[str], deadline: float) -> Program:
    """Try every edit of a kind once; after one that keeps the failure, go on at the same place."""
    tree, position = ast.parse(program.text), 0
    pending = list(edits(tree))
    while position < len(pending) and time.monotonic() < deadline:
        changed = copy.deepcopy(tree)
        if pending[position](changed):
            candidate = replace(program, text=ast.unparse(ast.fix_missing_locations(changed)) + "\n")
            if candidate.text not in tried:
                tried.add(candidate.text)
                if fails(candidate):
                    program, tree = candidate, ast.parse(candidate.text)
                    pending = list(edits(tree))
                    continue
        position += 1
    return program


def _lists(tree: ast.Module) -> list[list[ast.stmt]]:
    """Every list of statements, always in the same order."""
    found = []
    for node in ast.walk(tree):
        for name in BODIES:
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                found.append(statements)
    return found


def _removals(tree: ast.Module) -> Iterator[Edit]:
    """Remove runs of statements, long ones first."""
    lists = _lists(tree)
    longest = max(len(statements) for statements in lists)
    size = longest
    while size >= 1:
        for position, statements in enumerate(lists):
            for start in range(0, len(statements), size):
                if start + size <= len(statements) or size == 1:
                    yield _removal(position, start, start + size)
        size //= 2


def _removal(position: int, start: int, stop: int) -> Edit:
    def edit(tree: ast.Module) -> bool:
        statements = _lists(tree)[position]
        if any(isinstance(s, (ast.Import, ast.Return)) and s is statements[-1] for s in statements[start:stop]):
            return False
        if any(isinstance(s, ast.FunctionDef) and s.name == ENTRY for s in statements[start:stop]):
            return False
        del statements[start:stop]
        if not statements:
            statements.append(ast.Pass())
        return True

    return edit


def _unnestings(tree: ast.Module) -> Iterator[Edit]:
    """Put the body of a compound statement in its place."""
    for position, statements in enumerate(_lists(tree)):
        for k, statement in enumerate(statements):
            if isinstance(statement, (ast.If, ast.For, ast.While)):
                for name in BODIES:
                    yield _unnesting(position, k, name)


def _unnesting(position: int, k: int, name: str) -> Edit:
    def edit(tree: ast.Module) -> bool:
        statements = _lists(tree)[position]
        inner = getattr(statements[k], name)
        statements[k : k + 1] = inner
        return bool(inner)

    return edit


def _expressions(tree: ast.Module) -> list[tuple[ast.AST, str, int | None, ast.expr]]:
    """Every expression that is read: its parent, the field and the place in it."""
    found: list[tuple[ast.AST, str, int | None, ast.expr]] = []
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            for k, node in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
                    found.append((parent, name, k if isinstance(value, list) else None, node))
    return found


def _simplifications(tree: ast.Module) -> Iterator[Edit]:
    """Put a part of an expression, or a number, in its place."""
    for position, (_, name, _, node) in enumerate(_expressions(tree)):
        if name in ("func", "slice", "annotation") or isinstance(node, (ast.Constant, ast.Slice)):
            continue
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        for k in range(len(parts)):
            yield _simplification(position, k)
        if not isinstance(node, ast.Name):
            yield _simplification(position, None)


def _simplification(position: int, part: int | None) -> Edit:
    def edit(tree: ast.Module) -> bool:
        parent, name, k, node = _expressions(tree)[position]
        new: ast.expr = ast.Constant(0.5)
        if part is not None:
            new = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)][part]
        if isinstance(getattr(new, "ctx", None), ast.Store) or isinstance(new, ast.Slice):
            return False
        if k is None:
            setattr(parent, name, new)
        else:
            getattr(parent, name)[k] = new
        return True

    return edit


def _fewer_arguments(program: Program) -> Iterator[Program]:
    """Drop a parameter that is not used."""
    tree = ast.parse(program.text)
    entry = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == ENTRY)
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for k, argument in enumerate(entry.args.args):
        if argument.arg not in read and len(entry.args.args) > 1:
            changed = copy.deepcopy(tree)
            next(n for n in changed.body if isinstance(n, ast.FunctionDef) and n.name == ENTRY).args.args.pop(k)
            arguments = (*program.arguments[:k], *program.arguments[k + 1 :])
            yield replace(program, text=ast.unparse(changed) + "\n", arguments=arguments)
