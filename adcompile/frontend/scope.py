"""Names: the frame of a call, and which names a piece of code binds.

Names bound in a loop body or a branch are found before it is interpreted, so that values can be carried or joined.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import FunctionType

from adcompile.frontend.captures import Reach
from adcompile.frontend.values import NEVER, Abstract, Mapping, tuple_of
from adcompile.source import FunctionSource

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(eq=False, slots=True)
class Frame:
    """One call being interpreted: its names, where its free names live, and the path of calls that led here.

    `path` tells one interpretation of a loop from another: call nodes, and trips of loops that are unrolled. `loops`
    counts the loops around the current place; `returning` is what the innermost one carries for its `return`. `given`
    are the arguments, `node` is the innermost part of the source that is being interpreted and errors point at.
    """

    source: FunctionSource
    function: FunctionType | None
    reach: Reach | None
    names: dict[str, Abstract] = field(default_factory=dict)
    given: dict[str, Abstract] = field(default_factory=dict)
    parent: Frame | None = None
    path: tuple[object, ...] = ()
    root: bool = False
    loops: int = 0
    returning: Abstract = NEVER
    node: ast.AST | None = None

    def variable(self, kind: str, name: str) -> Reach | None:
        """Where a global, closure variable or default of this function is found from the root function.

        What a composition finds around it stays what it is.
        """
        if self.root:
            return Reach(kind, name)
        if self.source.at is not None:
            return None
        if kind == "global" and (self.reach is None or self.reach.origin == "argument"):
            return self._in_module(name)
        return self.reach.then(kind, name) if self.reach else None

    def _in_module(self, name: str) -> Reach | None:
        """A global of a method, or of a function that is an argument: it stands in its module."""
        assert self.function is not None
        module = sys.modules.get(self.function.__module__ or "")
        if module is None or module.__dict__ is not self.function.__globals__:
            return None
        return Reach("module", module.__name__).then("attr", name)


def bound_names(nodes: Iterable[ast.AST]) -> list[str]:
    """The names that these statements bind, in order of first appearance; nested functions are scopes of their own."""
    found: dict[str, None] = {}
    for node in walk_scope(nodes):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                found[name] = None
            case ast.FunctionDef(name=name):
                found[name] = None
            case ast.alias(name=name, asname=asname):
                found[asname or name.split(".")[0]] = None
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                found.update(dict.fromkeys(bound_by_walrus([node])))
            case _:
                pass
    return list(found)


def bound_by_walrus(nodes: Iterable[ast.AST]) -> list[str]:
    """The names that `:=` binds, in comprehensions too (PEP 572): on some ways through an expression only."""
    walked = [part for node in nodes for part in ast.walk(node)]
    return [each.target.id for each in walked if isinstance(each, ast.NamedExpr)]


def walk_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Every node, in order, but not into nested functions and comprehensions' own variables."""
    for node in nodes:
        yield node
        if isinstance(node, _SCOPES):
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        yield from walk_scope(ast.iter_child_nodes(node))


def contains(nodes: Iterable[ast.AST], *kinds: type[ast.AST]) -> bool:
    """Does one of the kinds occur, outside nested functions?"""
    return any(isinstance(node, kinds) for node in walk_scope(nodes))


def exits_of(nodes: Iterable[ast.stmt]) -> Iterator[ast.Break | ast.Continue | ast.Return | ast.Raise]:
    """The statements that leave this block: a `break` of a loop inside it does not."""
    for node in nodes:
        match node:
            case ast.Break() | ast.Continue() | ast.Return() | ast.Raise():
                yield node
            case ast.If(body=body, orelse=orelse):
                yield from exits_of([*body, *orelse])
            case ast.For(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
                yield from (e for e in exits_of(body) if isinstance(e, ast.Return | ast.Raise))
                yield from exits_of(orelse)
            case _:
                pass


def positional(args: ast.arguments) -> list[str]:
    """The names of the positional parameters."""
    return [a.arg for a in (*args.posonlyargs, *args.args)]


def bind(args: ast.arguments, given: list[Abstract], keywords: dict[str, Abstract], name: str) -> dict[str, Abstract]:
    """Match arguments with parameters. Those left to defaults are absent. Raises TypeError as Python does."""
    names = positional(args)
    result: dict[str, Abstract] = dict(zip(names, given, strict=False))
    extra = given[len(names) :]
    if args.vararg is not None:
        result[args.vararg.arg] = tuple_of(*extra)
    elif extra:
        raise TypeError(f"{name}() takes {len(names)} positional arguments but {len(given)} were given")
    allowed = {a.arg for a in (*args.args, *args.kwonlyargs)}
    rest: dict[object, Abstract] = {}
    for key, value in keywords.items():
        if key in allowed:
            if key in result:
                raise TypeError(f"{name}() got multiple values for argument '{key}'")
            result[key] = value
        elif args.kwarg is not None:
            rest[key] = value
        else:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
    if args.kwarg is not None:
        result[args.kwarg.arg] = Mapping(rest)
    return result
