"""Compiling a function by Numba exactly as adcompile compiles its own: the same flags, vector math, fresh arrays.

    @compiled
    def twice(x): ...           `np.exp` in a loop becomes four elements at once here too

What is written by hand is measured against what is generated, so both get all that the compiler can do with a text.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numba

from adcompile.build import Options, Promises
from adcompile.runtime.attach import attach

FLAGS: dict[str, Any] = {"error_model": "numpy", "nogil": True}


def compiled(function: Callable[..., Any]) -> Any:
    """The function compiled; its `py_func` is the function as it was."""
    lines, first = inspect.getsourcelines(function)
    text = textwrap.dedent("".join(lines))
    definition = ast.parse(text).body[0]
    above = "\n" * (first - 1 + definition.lineno - 1)
    body = above + "\n".join(text.splitlines()[definition.lineno - 1 :])
    file = inspect.getsourcefile(function) or "<unknown>"
    return _compile(body, file, function.__globals__, function)


def compiled_text(text: str) -> Any:
    """The last function of a generated program, compiled."""
    scope: dict[str, Any] = {}
    exec(text, scope)
    functions = [value for value in scope.values() if inspect.isfunction(value)]
    return _compile(text, "<generated>", scope, functions[-1])


def _compile(text: str, file: str, scope: dict[str, Any], function: Callable[..., Any]) -> Any:
    code, attached = attach(text, Promises(), file, Options())
    # What the function calls is looked up in its module, as always; what it is called there is not changed.
    scope.update(attached)
    found: dict[str, Any] = {}
    exec(code, scope, found)
    made = numba.njit(**FLAGS)(found[function.__name__])
    made.py_func = function
    return made
