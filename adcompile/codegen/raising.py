"""Checks as `if` and `raise`, with a message that plain Python reads as a sentence.

    require(n == k, n, k) {"{} != {}"}        if n != k:
                                                  raise ValueError(f"{n} != {k}")

Numba takes seconds to compile anything that formats, so the run time turns the f-string into its template and what it
shows before that (`template`), and puts the message together when the error has left compiled code.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from string import Formatter

from adcompile.codegen.expressions import call, opposite
from adcompile.ir.nodes import Apply
from adcompile.ir.types import Type


def check(stmt: Apply, ok: ast.expr, compared: Type, shown: Sequence[ast.expr]) -> ast.If:
    """The check of a `require`, given its operands as expressions, and the type of what the condition compares."""
    message = stmt.attrs.message
    text = _formatted(message, shown) if shown else ast.Constant(message)
    return ast.If(opposite(ok, compared), [ast.Raise(call(stmt.attrs.error, text), None)], [])


def joined(before: ast.stmt | None, after: ast.stmt) -> bool:
    """Let a check raise for what the next one raises for, if both raise the same: `if n != k or m != l:`."""
    if not (isinstance(before, ast.If) and isinstance(after, ast.If)) or before.orelse or after.orelse:
        return False
    if not isinstance(after.body[0], ast.Raise) or list(map(ast.dump, before.body)) != list(map(ast.dump, after.body)):
        return False
    tests = before.test.values if isinstance(before.test, ast.BoolOp) and isinstance(before.test.op, ast.Or) else None
    before.test = ast.BoolOp(ast.Or(), [*(tests or [before.test]), after.test])
    return True


def _formatted(message: str, shown: Sequence[ast.expr]) -> ast.expr:
    """A message with braces for what it shows as an f-string, or a string if it shows nothing but numbers."""
    parts: list[ast.expr] = []
    text, rest = "", iter(shown)
    for literal, field, _, _ in Formatter().parse(message):
        text += literal
        value = next(rest) if field is not None else None
        if isinstance(value, ast.Constant | ast.UnaryOp):
            text += ast.unparse(value)
        elif value is not None:
            parts += [*([ast.Constant(text)] if text else []), ast.FormattedValue(value, -1, None)]
            text = ""
    if not parts:
        return ast.Constant(text)
    return ast.JoinedStr([*parts, ast.Constant(text)] if text else parts)


def template(text: ast.JoinedStr) -> tuple[str, list[ast.expr]]:
    """The message with braces for what it shows, and that."""
    message, shown = "", list[ast.expr]()
    for part in text.values:
        if isinstance(part, ast.FormattedValue):
            message += "{}"
            shown.append(part.value)
        else:
            assert isinstance(part, ast.Constant)
            message += str(part.value).replace("{", "{{").replace("}", "}}")
    return message, shown


def spelled(text: ast.JoinedStr) -> str:
    """An f-string on one line, between double quotes."""
    message = ""
    for part in text.values:
        if isinstance(part, ast.FormattedValue):
            message += f"{{{ast.unparse(part.value)}}}"
        else:
            assert isinstance(part, ast.Constant)
            message += _escaped(str(part.value))
    return f'f"{message}"'


def _escaped(text: str) -> str:
    for character, written in (("\\", r"\\"), ('"', r"\""), ("\n", r"\n"), ("{", "{{"), ("}", "}}")):
        text = text.replace(character, written)
    return text
