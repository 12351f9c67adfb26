"""What is raised when a function cannot be compiled: the place, the reason and a way out.

UnsupportedError: `yield` makes this function a generator, which has no adjoint
  model.py:14:4, in loss
      yield x * w
      ^^^^^^^^^^^
  Return an array of the values instead.
"""

from __future__ import annotations

import builtins
import linecache
from itertools import groupby

import numpy as np

from adcompile.location import Location


def exception(name: str) -> type[Exception]:
    """A built-in exception, or `np.linalg.LinAlgError`, by the name that generated code has for it."""
    found: type[Exception] = np.linalg.LinAlgError if name == "np.linalg.LinAlgError" else getattr(builtins, name)
    return found


# What a program is asked that it cannot do begins with this, and is an UnsupportedError for the user.
REFUSED = "adcompile: "


def raised(name: str, text: str) -> Exception:
    """The exception that `raise name(text)` of a program is for the user; behind a line break stands the way out."""
    if name == "NotImplementedError" and text.startswith(REFUSED):
        what, _, advice = text.removeprefix(REFUSED).partition("\n")
        return UnsupportedError(what, None, advice)
    return exception(name)(text)


def placed(message: str, loc: Location) -> str:
    """A message with the user's line, in front of the way out."""
    what, line_break, advice = message.partition("\n")
    brief = loc.brief.replace("{", "{{").replace("}", "}}")
    return message if brief in what else f"{what} {brief}{line_break}{advice}"


class AdcompileError(Exception):
    """Base class of the errors below."""


class _LocatedError(AdcompileError):
    """An error about a place in the user's source.

    `what` says what is wrong and why, `location` where (None when no source line is to blame), `advice` what to write
    instead. The source line is read from `linecache` when the error is printed.
    """

    def __init__(self, what: str, location: Location | None = None, advice: str = "") -> None:
        super().__init__(what, location, advice)
        self.what = what
        self.location = location
        self.advice = advice

    def __str__(self) -> str:
        lines = [self.what]
        if self.location is not None:
            lines += _shown(self.location)
        lines += [f"  {line}" for line in self.advice.splitlines()]
        return "\n".join(lines)


class UnsupportedError(_LocatedError):
    """The function does something that has no adjoint here."""


class LargeIntegerError(UnsupportedError, OverflowError):
    """A Python integer that is known when the function is compiled has more than 64 bits."""


class MissingRuleError(_LocatedError):
    """An operation on the way from argument to result has no derivative rule."""


class TypeInferenceError(_LocatedError):
    """A value has no single type that the program could be compiled for."""


class InternalError(AdcompileError):
    """A broken invariant of the compiler: names the pass and the call that reproduces it."""

    def __init__(self, message: str, pass_name: str = "", reproduce: str = "") -> None:
        super().__init__(message, pass_name, reproduce)
        self.message = message
        self.pass_name = pass_name
        self.reproduce = reproduce

    def __str__(self) -> str:
        lines = [f"{self.message} (in {self.pass_name})" if self.pass_name else self.message]
        if self.reproduce:
            lines.append(f"  reproduce with: {self.reproduce}")
        lines.append("  This is a bug in adcompile, not in your function: please report it.")
        return "\n".join(lines)


# So many of the calls that lead to a place are shown at either end; what calls itself from one place counts once.
_ENDS = 3


def _shown(location: Location) -> list[str]:
    """The place, under the calls that lead there: the user's first, as in Python's tracebacks."""
    calls = [(each, len(list(several))) for each, several in groupby(location.calls)]
    left_out = len(calls) - 2 * _ENDS
    lines: list[str] = []
    for number, (each, times) in enumerate(calls):
        if left_out <= 1 or not _ENDS <= number < _ENDS + left_out:
            lines += [f"  {each}", *_caret(each)]
            lines += [f"  ... {times} times in a row"] if times > 1 else []
        elif number == _ENDS:
            lines.append(f"  ... {left_out} more calls")
    return lines


def _caret(location: Location) -> list[str]:
    """The source line, its indentation replaced by one of ours, and carets under the range."""
    text = linecache.getline(location.file, location.line).rstrip()
    if not text:
        return []
    margin = len(text) - len(text.lstrip())
    start = min(max(_characters(text, location.col), margin), len(text) - 1)
    stop = len(text) if location.end_col is None else min(_characters(text, location.end_col), len(text))
    # A tab before the range stays a tab, so that the caret stands right however wide it is shown.
    blank = "".join("\t" if char == "\t" else " " for char in text[margin:start])
    return [f"      {text[margin:]}", f"      {blank}{'^' * max(stop - start, 1)}"]


def _characters(text: str, offset: int) -> int:
    """How many characters the first `offset` bytes are: `ast` counts columns in UTF-8."""
    return len(text.encode()[:offset].decode(errors="ignore"))
