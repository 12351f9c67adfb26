"""Interpreting statements. `execute` gives what they return, or None if they fall through.

An early return in a branch is normalised: what follows the `if` is interpreted inside the branches that fall through,

    if c: return a          y = if c: yield a
    b = ...                     else: b = ...; yield b
    return b
"""

from __future__ import annotations

import ast
import builtins
import importlib
from collections.abc import Callable
from collections.abc import Sequence as Ordered
from typing import NoReturn

from adcompile.frontend import control, stores
from adcompile.frontend.conditions import truth
from adcompile.frontend.expressions import defaults_of
from adcompile.frontend.iteration import items_of, trips
from adcompile.frontend.scope import contains, walk_scope
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import NONE, Abstract, LocalFunction, NeedsStatic, Static
from adcompile.ir.nodes import Const, Operand
from adcompile.ir.types import BOOL
from adcompile.ops import scalar

_UNROLL = 64

_EXITS = {
    "break": "Guard the rest of the body with `if` and a condition computed in the loop.",
    "continue": "Put the rest of the body under `if not ...:`.",
    "return": "Assign the result to a name in the loop and return it after the loop.",
}
_ADVICE: dict[type[ast.stmt], tuple[str, str]] = {
    ast.Try: ("`try` is not supported", "Test the condition with `if` beforehand."),
    ast.With: ("`with` is not supported", "Move it out of the function."),
    ast.Delete: ("`del` is not supported", "Leave it out: names end with the function."),
    ast.Global: ("writing to a global variable is not supported", "Return the value instead."),
    ast.Nonlocal: ("writing to a variable of an enclosing function is not supported", "Return the value instead."),
    ast.ClassDef: ("defining a class here is not supported", "Define it outside the function."),
    ast.While: ("`while` is not supported", "Use `for ... in range(n)` with an `if` in its body."),
    ast.Assert: ("`assert` is not supported", "Check arguments before the call."),
}


def execute(t: Tracer, body: Ordered[ast.stmt]) -> Abstract | None:
    """Interpret statements in order."""
    for position, stmt in enumerate(body):
        with t.builder.at(t.locate(stmt)):
            if isinstance(stmt, ast.If):
                returned, ended = _if(t, stmt, body[position + 1 :])
                if ended:
                    return returned
                continue
            returned = _statement(t, stmt)
            if returned is not None:
                return returned
    return None


def _statement(t: Tracer, stmt: ast.stmt) -> Abstract | None:
    match stmt:
        case ast.Return(value=value):
            return t.evaluate(value) if value is not None else NONE
        case ast.Assign(targets=targets, value=value):
            result = t.evaluate(value)
            for target in targets:
                stores.assign(t, target, result)
        case ast.AnnAssign(target=target, value=value):
            if value is not None:
                stores.assign(t, target, t.evaluate(value))
        case ast.AugAssign():
            stores.augment(t, stmt)
        case ast.For():
            _for(t, stmt)
        case ast.FunctionDef():
            t.frame.names[stmt.name] = _define(t, stmt)
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            pass
        case ast.Expr(value=value):
            t.evaluate(value)
        case ast.Import() | ast.ImportFrom():
            _import(t, stmt)
        case ast.Raise():
            _raise(t, stmt)
        case _:
            what, advice = _ADVICE.get(type(stmt), (f"`{type(stmt).__name__.lower()}` is not supported", ""))
            raise t.refuse(stmt, what, advice)
    return None


def _if(t: Tracer, stmt: ast.If, rest: Ordered[ast.stmt]) -> tuple[Abstract | None, bool]:
    """What the `if` returns, and whether it has taken the rest of the block with it."""
    cond = truth(t, stmt.test)
    if isinstance(cond, Static):
        with t.continuing([*rest, *t.continuation]):
            returned = t.execute(stmt.body if cond.value else stmt.orelse)
        return returned, returned is not None
    if _only_raises(stmt.body):
        _raise_if(t, stmt.body[0], cond.operand)
        with t.continuing([*rest, *t.continuation]):
            returned = t.execute(stmt.orelse)
        return returned, returned is not None
    if not contains([stmt], ast.Return):
        live = t.liveness().after[stmt]
        control.fork(t, cond.operand, _block(t, stmt.body), _block(t, stmt.orelse), live)
        return None, False
    following = [*rest, *t.continuation]

    def side(body: Ordered[ast.stmt]) -> Abstract:
        with t.continuing(following):
            returned = t.execute(body)
        if returned is None:
            with t.continuing([]):
                returned = t.execute(following)
        return NONE if returned is None else returned

    return control.fork(t, cond.operand, lambda: side(stmt.body), lambda: side(stmt.orelse)), True


def _block(t: Tracer, body: Ordered[ast.stmt]) -> Callable[[], Abstract]:
    def run() -> Abstract:
        t.execute(body)
        return NONE

    return run


def _for(t: Tracer, stmt: ast.For) -> None:
    for node in walk_scope(stmt.body):
        if isinstance(node, ast.Break | ast.Continue | ast.Return):
            word = type(node).__name__.lower()
            raise t.refuse(node, f"`{word}` inside a loop is not supported", _EXITS[word])
    if stmt.orelse:
        raise t.refuse(stmt, "`for ... else` is not supported", "Write the `else` block after the loop.")
    iterable = t.evaluate(stmt.iter)
    with t.pointing_at(stmt.iter):
        items = items_of(iterable)
    if items is not None:
        _unroll(t, stmt, items)
        return
    with t.pointing_at(stmt.iter):
        counted = trips(t, iterable)
    static = counted.static_items()
    if static == []:
        return
    name = stmt.target.id if isinstance(stmt.target, ast.Name) and counted.direct else ""
    try:
        control.loop(t, stmt, counted.bounds, lambda i: stores.assign(t, stmt.target, counted.item(i)), name)
    except NeedsStatic as needs:
        if stmt not in needs.loops:
            raise
        if static is None:
            unknown = next(b for b in counted.bounds if not isinstance(b, Const))
            raise NeedsStatic(needs.what, unknown) from None
        if len(static) > _UNROLL:
            raise t.refuse(
                stmt,
                f"{needs.what} must be known in advance, but {len(static)} trips are too many to unroll",
                f"Loops of up to {_UNROLL} trips are.",
            ) from None
        _unroll(t, stmt, static)


def _unroll(t: Tracer, stmt: ast.For, items: Ordered[Abstract]) -> None:
    path = t.frame.path
    try:
        for trip, item in enumerate(items):
            t.frame.path = (*path, stmt, trip)
            stores.assign(t, stmt.target, item)
            t.execute(stmt.body)
    finally:
        t.frame.path = path


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


def _only_raises(body: Ordered[ast.stmt]) -> bool:
    return len(body) == 1 and isinstance(body[0], ast.Raise)


def _exception(t: Tracer, stmt: ast.stmt) -> Exception:
    """What a `raise` with a static message raises."""
    assert isinstance(stmt, ast.Raise)
    match stmt.exc:
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            texts = [t.evaluate(a) for a in arguments]
        case ast.Name(id=name):
            texts = []
        case _:
            raise t.refuse(stmt, "this form of `raise` is not supported", 'Write `raise ValueError("...")`.')
    kind = getattr(builtins, name, None)
    known = [text.value for text in texts if isinstance(text, Static)]
    if not (isinstance(kind, type) and issubclass(kind, Exception)) or len(known) < len(texts):
        raise t.refuse(
            stmt, "`raise` takes a built-in exception with a static message", 'Write `raise ValueError("...")`.'
        )
    return kind(*known)


def _raise(t: Tracer, stmt: ast.Raise) -> NoReturn:
    if len(t.builder.stack) > t.outermost:
        raise t.refuse(stmt, "`raise` is supported only as the whole body of an `if`", "Write `if wrong: raise ...`.")
    raise _exception(t, stmt)


def _raise_if(t: Tracer, stmt: ast.stmt, cond: Operand) -> None:
    error = _exception(t, stmt)
    ok = t.builder.apply(scalar.not_, cond, type=BOOL)
    message = str(error).replace("{", "{{").replace("}", "}}")
    t.require(ok, error=type(error).__name__, message=message)
