"""Interpreting statements: each block has an outcome, which says how it is left (`exits`).

An early return in a branch takes the rest of the function with it:

    if c: return a          y = if c: yield a
    b = ...                     else: b = ...; yield b
    return b

Inside loops, where the rest is not known to return, bools say what happened (`control`, `loops`).
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from collections.abc import Sequence as Ordered

from adcompile.frontend import stores
from adcompile.frontend.conditions import truth
from adcompile.frontend.control import after, branch
from adcompile.frontend.exits import BREAKS, CONTINUES, FALLS, Outcome, Rest
from adcompile.frontend.expressions import defaults_of
from adcompile.frontend.raising import assert_, only_raises, raise_, raise_if
from adcompile.frontend.repeat import for_, while_
from adcompile.frontend.scope import contains, exits_of
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import NONE, TRUE, Abstract, LocalFunction, Static

_ADVICE: dict[type[ast.stmt], tuple[str, str]] = {
    ast.Try: ("`try` is not supported", "Test the condition with `if` beforehand."),
    ast.Match: ("`match` is not supported", "Write `if` and `elif`."),
    ast.With: ("`with` is not supported", "Move it out of the function."),
    ast.Delete: ("`del` is not supported", "Leave it out: names end with the function."),
    ast.Global: ("writing to a global variable is not supported", "Return the value instead."),
    ast.Nonlocal: ("writing to a variable of an enclosing function is not supported", "Return the value instead."),
    ast.AsyncFunctionDef: ("`async def` is not supported", "Write `def`."),
    ast.AsyncFor: ("`async for` is not supported", "Write `for`."),
    ast.AsyncWith: ("`async with` is not supported", "Move it out of the function."),
    ast.ClassDef: ("defining a class here is not supported", "Define it outside the function."),
}
_NOTHING = Outcome(returns=TRUE, value=NONE, ends=True)


def execute(t: Tracer, body: Ordered[ast.stmt], returns: bool) -> Outcome:
    """Interpret a block. The body of a function returns None if it does not say otherwise."""
    return _block(t, body, Rest(lambda: _NOTHING) if returns else None)


def _block(t: Tracer, body: Ordered[ast.stmt], tail: Rest | None = None) -> Outcome:
    """Interpret statements in order, then the tail."""
    for position, stmt in enumerate(body):
        rest = _rest(t, body, position, tail)
        where = t.locate(stmt)
        with t.builder.at(where), t.naming_line(where):
            if isinstance(stmt, ast.If) and any(exits_of([stmt])):
                return _if(t, stmt, rest)
            outcome = _statement(t, stmt)
            if outcome is not FALLS:
                return after(t, outcome, rest)
    return FALLS if tail is None else tail.run()


def _rest(t: Tracer, body: Ordered[ast.stmt], position: int, tail: Rest | None) -> Rest:
    facts = t.liveness()
    end = facts.after[body[-1]] if tail is None else tail.live
    return Rest(lambda: _block(t, body[position + 1 :], tail), end | facts.leaving(body[position:]))


def _statement(t: Tracer, stmt: ast.stmt) -> Outcome:
    match stmt:
        case ast.Return(value=value):
            result = t.evaluate(value) if value is not None else NONE
            t.frame.names = _living(t, stmt)
            return Outcome(returns=TRUE, value=result, ends=True)
        case ast.Break():
            t.frame.names = _living(t, stmt)
            return BREAKS
        case ast.Continue():
            t.frame.names = _living(t, stmt)
            return CONTINUES
        case ast.Raise():
            return raise_(t, stmt)
        case ast.Assert():
            return assert_(t, stmt) or FALLS
        case ast.If():
            return _if(t, stmt, None)
        case ast.For():
            return for_(t, stmt)
        case ast.While():
            return while_(t, stmt)
        case _:
            _simple(t, stmt)
            return FALLS


def _simple(t: Tracer, stmt: ast.stmt) -> None:
    match stmt:
        case ast.Assign(targets=targets, value=value):
            result = t.evaluate(value)
            for target in targets:
                stores.assign(t, target, result)
        case ast.AnnAssign(target=target, value=value):
            if value is not None:
                stores.assign(t, target, t.evaluate(value))
        case ast.AugAssign():
            stores.augment(t, stmt)
        case ast.FunctionDef():
            t.frame.names[stmt.name] = _define(t, stmt)
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            pass
        case ast.Expr(value=value):
            t.evaluate(value)
        case ast.Import() | ast.ImportFrom():
            _import(t, stmt)
        case _:
            what, advice = _ADVICE.get(type(stmt), (f"`{type(stmt).__name__.lower()}` is not supported", ""))
            raise t.refuse(stmt, what, advice)


def _living(t: Tracer, stmt: ast.stmt) -> dict[str, Abstract]:
    """The names that are read where this `break`, `continue` or `return` leads to."""
    living = t.liveness().after.get(stmt, frozenset())
    return {n: v for n, v in t.frame.names.items() if n in living}


def _if(t: Tracer, stmt: ast.If, rest: Rest | None) -> Outcome:
    """The `if`, and the rest of the block where that is given."""
    cond = truth(t, stmt.test)
    if isinstance(cond, Static):
        return _in_order(t, lambda: _block(t, stmt.body if cond.value else stmt.orelse), rest)
    if only_raises(stmt.body):
        raise_if(t, stmt.body[0], cond)
        return _in_order(t, lambda: _block(t, stmt.orelse), rest)
    live = t.liveness().after[stmt] | t.liveness().leaving([stmt])
    if rest is None or t.frame.loops or not contains([stmt], ast.Return):
        then, orelse = (_running(t, body, None) for body in (stmt.body, stmt.orelse))
        return branch(t, cond.operand, then, orelse, live, rest)
    then, orelse = (_running(t, body, rest) for body in (stmt.body, stmt.orelse))
    return branch(t, cond.operand, then, orelse, rest.live)


def _running(t: Tracer, body: Ordered[ast.stmt], tail: Rest | None) -> Callable[[], Outcome]:
    return lambda: _block(t, body, tail) if body or tail is None else tail.run()


def _in_order(t: Tracer, first: Callable[[], Outcome], rest: Rest | None) -> Outcome:
    outcome = first()
    return outcome if rest is None else after(t, outcome, rest)


def _define(t: Tracer, node: ast.FunctionDef) -> LocalFunction:
    if node.decorator_list:
        raise t.refuse(node.decorator_list[0], "decorators of nested functions are not supported", "Leave it out.")
    return LocalFunction(node, t.frame, t.frame.source, defaults_of(t, node.args), node.name)


def _import(t: Tracer, stmt: ast.Import | ast.ImportFrom) -> None:
    for alias in stmt.names:
        name = alias.asname or alias.name
        if isinstance(stmt, ast.Import) and alias.name in ("numpy", "math"):
            t.frame.names[name] = Static(importlib.import_module(alias.name))
        elif isinstance(stmt, ast.ImportFrom) and stmt.module in ("numpy", "math"):
            t.frame.names[name] = Static(getattr(importlib.import_module(stmt.module), alias.name))
        else:
            raise t.refuse(stmt, "importing inside the function is not supported", "Import at the top of the file.")
