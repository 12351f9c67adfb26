"""Where errors leave the package: those meant for the user show the user's frames, not the compiler's.

    Traceback (most recent call last):
      File "model.py", line 20, in <module>
        g(x)
    adcompile.errors.UnsupportedError: `yield` makes this function a generator, which has no adjoint
      model.py:14:4, in loss

What is wrong with the compiler itself (`InternalError`, an assertion, a missing key) keeps its whole traceback, and
so does everything while `ADCOMPILE_DEBUG` is set.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from adcompile.errors import AdcompileError, InternalError

P = ParamSpec("P")
R = TypeVar("R")

FOR_USERS = (AdcompileError, ValueError, IndexError, TypeError, MemoryError, ArithmeticError)


def boundary(function: Callable[P, R]) -> Callable[P, R]:
    """The function as users call it: the traceback of an error for them ends where they called."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if not is_for_users(error):
                raise
            raise error.with_traceback(None) from None

    return call


def is_for_users(error: Exception) -> bool:
    """Is the error about the user's function or arguments, and nobody asked for more?"""
    if os.environ.get("ADCOMPILE_DEBUG"):
        return False
    if isinstance(error, FOR_USERS):
        return not isinstance(error, InternalError)
    return _comes_from_a_program(error)


def _comes_from_a_program(error: Exception) -> bool:
    """Did the compiled program raise it, as an `assert` or `raise` of the user's does?"""
    innermost = error.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    if innermost is None:
        return False
    frame = innermost.tb_frame
    return frame.f_code.co_name == "execute" and frame.f_globals.get("__name__") == "adcompile.runtime.dispatch"
