"""The user's lines of an error that does not name one: what LAPACK finds wrong is raised by NumPy, or by Numba's code.

LinAlgError: Matrix is singular to machine precision. (model.py:12)
LinAlgError: Singular matrix (model.py:12 or model.py:20 -> model.py:15)
"""

from __future__ import annotations

import ast
import re

import numpy as np

from adcompile.build import Build, SourceLine

_PLACED = re.compile(r"\([^()]+:\d+\)$")
_MOST = 3


def placed(build: Build, error: Exception) -> Exception:
    """The error of linear algebra with the lines that it may be of, if these are few."""
    text = str(error)
    if not isinstance(error, np.linalg.LinAlgError) or _PLACED.search(text):
        return error
    every = [each for each in ast.walk(ast.parse(build.text)) if isinstance(each, ast.stmt | ast.expr)]
    nodes = [each for each in every if _raises(each, text)] or [each for each in every if _calls(each)]
    lines = [found for node in nodes if (found := source_line(build, node.lineno)) is not None]
    places = list(dict.fromkeys(each.place for each in lines))
    if not places or len(places) > _MOST:
        return error
    return type(error)(f"{text} ({' or '.join(places)})")


def source_line(build: Build, line: int) -> SourceLine | None:
    """The line of the user's that a line of the text comes from."""
    before = (each for each in build.source_map if each.emitted <= line)
    return max(before, key=lambda each: each.emitted, default=None)


def _calls(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="np"), attr="linalg"), attr=name)):
            return name != "LinAlgError"
    return False


def _raises(node: ast.AST, text: str) -> bool:
    match node:
        case ast.Raise(exc=ast.Call(args=[ast.Constant(value=str() as message), *_])):
            return message == text
    return False
