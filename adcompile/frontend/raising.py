"""`raise` and `assert` become `require`.

if n < 1: raise ValueError("n")        require(not (n < 1), error="ValueError", message="n")
assert n > 0, f"n is {n}"              require(n > 0, n, error="AssertionError", message="n is {}")
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from collections.abc import Sequence as Ordered
from dataclasses import dataclass

import numpy as np

from adcompile.errors import REFUSED, exception, raised
from adcompile.frontend.conditions import truth
from adcompile.frontend.emitter import where
from adcompile.frontend.exits import RAISES, Outcome, Truth
from adcompile.frontend.logic import negate
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Number, Static, describe
from adcompile.ir.nodes import Const, If, Operand, Region, boolean
from adcompile.ops import memory


@dataclass(frozen=True, slots=True)
class _Exception:
    """The name of a built-in exception, and its text with braces for the operands."""

    name: str
    message: str = ""
    operands: tuple[Operand, ...] = ()


def only_raises(body: Ordered[ast.stmt]) -> bool:
    """Is a block nothing but a `raise`?"""
    return len(body) == 1 and isinstance(body[0], ast.Raise)


def raise_if(t: Tracer, stmt: ast.stmt, cond: Truth) -> None:
    """The block that is nothing but this `raise`, under a condition of the program."""
    assert isinstance(stmt, ast.Raise)
    with t.builder.at(t.locate(stmt)):
        _unless(t, negate(t, cond), lambda: _raised(t, stmt))


def raise_(t: Tracer, stmt: ast.Raise) -> Outcome:
    """A `raise` that is reached for certain, or at the end of a branch or loop body."""
    return _fail(t, _raised(t, stmt))


def assert_(t: Tracer, stmt: ast.Assert) -> Outcome | None:
    """`assert`; an outcome if it fails for certain."""
    cond = truth(t, stmt.test)
    if cond == Static(True):
        return None
    if isinstance(cond, Static):
        return _fail(t, _asserted(t, stmt))
    _unless(t, cond, lambda: _asserted(t, stmt))
    return None


def _fail(t: Tracer, error: _Exception) -> Outcome:
    """Raise now if the function always does, else when the program gets here."""
    t.frame.names = {}
    if len(t.builder.stack) <= t.outermost and not error.operands:
        t.told = raised(error.name, _unplaced(t, error.message).format()) if error.message else exception(error.name)()
        t.meant = t.told
        raise t.told
    t.builder.effect(memory.require, boolean(False), *error.operands, error=error.name, message=error.message)
    return RAISES


def _unless(t: Tracer, ok: Truth, describe: Callable[[], _Exception]) -> None:
    """Raise unless `ok`. What the message needs is computed only then."""
    with t.region() as failing:
        error = describe()
        if failing.body:
            t.builder.effect(memory.require, boolean(False), *error.operands, error=error.name, message=error.message)
    if failing.body:
        t.builder.append(If(t.operand(ok), Region(), failing, (), t.builder.loc))
    else:
        t.require(t.operand(ok), *error.operands, error=error.name, message=error.message, own=True)


def _asserted(t: Tracer, stmt: ast.Assert) -> _Exception:
    return _Exception("AssertionError", *_text(t, [stmt.msg] if stmt.msg is not None else []))


def _raised(t: Tracer, stmt: ast.Raise) -> _Exception:
    match stmt.exc:
        case ast.Call(func=ast.Name() | ast.Attribute() as named, args=arguments, keywords=[]):
            pass
        case ast.Name() | ast.Attribute() as named:
            arguments = []
        case _:
            raise t.refuse(stmt, "this form of `raise` is not supported", 'Write `raise ValueError("...")`.')
    name = _spelled(t, named)
    if name is None or len(arguments) > 1:
        raise t.refuse(stmt, "`raise` takes a built-in exception with one message", 'Write `raise ValueError("...")`.')
    message, operands = _text(t, arguments)
    return _Exception(name, message if t.frame.source.at is None else _placed(t, message), operands)


def _placed(t: Tracer, message: str) -> str:
    """The message of a composition with the user's line, in front of the way out."""
    what, line_break, advice = message.partition("\n")
    return f"{what}{where(t)}{line_break}{advice}"


def _unplaced(t: Tracer, message: str) -> str:
    """A refusal without its line: it is told where it is, with a caret."""
    return message.replace(where(t), "") if message.startswith(REFUSED) else message


def _spelled(t: Tracer, named: ast.Name | ast.Attribute) -> str | None:
    """The name that emitted code has for an exception; None if it has none."""
    if isinstance(named, ast.Name):
        kind = getattr(builtins, named.id, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            return named.id
    return "np.linalg.LinAlgError" if t.evaluate(named) == Static(np.linalg.LinAlgError) else None


def _text(t: Tracer, arguments: Ordered[ast.expr]) -> tuple[str, tuple[Operand, ...]]:
    """The text of a message, with braces for the numbers of the program in it."""
    message, operands = "", list[Operand]()
    for part in [p for a in arguments for p in (a.values if isinstance(a, ast.JoinedStr) else [a])]:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        if isinstance(part, ast.FormattedValue) and part.conversion != -1:
            raise t.refuse(part, "`!r` and the like are not supported in messages", "Leave it out.")
        value = t.evaluate(inner)
        if isinstance(value, Static):
            message += str(value.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(value, Number) and not isinstance(value.operand, Const):
            message += "{}"
            operands.append(value.operand)
        else:
            raise t.refuse(inner, f"text from {describe(value)} is not supported", "Leave it out of the message.")
    return message, tuple(operands)
