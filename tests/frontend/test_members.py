"""Every public attribute of arrays and of Python's own types: works as in Python, or is refused with advice."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adcompile import testing
from adcompile.errors import AdcompileError, MissingRuleError, TypeInferenceError, UnsupportedError
from tests.emitted import emit

OWNERS: dict[str, type] = {
    "x": np.ndarray,
    "m": np.ndarray,
    "x[0]": np.float64,
    "float(x[0])": float,
    "1.5": float,
    "n": int,
    "7": int,
    "'ab'": str,
    "[x[0], 2.0]": list,
    "[1, 2]": list,
    "{'a': x[0]}": dict,
    "(x[0], 2.0)": tuple,
    "(1, 2)": tuple,
    "range(n)": range,
    "range(3)": range,
    "slice(0, 2)": slice,
    "{1, 2}": set,
    "SET": set,
    "b'ab'": bytes,
}
CALLS = (
    "",
    "()",
    "(0)",
    "(1, 1)",
    "('a')",
    "(['a', 'b'])",
    "([0])",
    "(1, 'big')",
    "('a', 'b')",
    "({'a': 1})",
    "(float)",
)


def members() -> Iterator[tuple[str, str]]:
    for text, kind in OWNERS.items():
        for name in dir(kind):
            if not name.startswith("_"):
                yield text, name


def uses(text: str, name: str) -> Iterator[tuple[Callable[..., Any], Any]]:
    """The attribute itself, or its calls with arguments that Python takes, as functions; and what they give."""
    for call in CALLS:
        function = program(f"({text}).{name}{call}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                value = function(*arguments())
            except Exception:
                continue
        if not callable(value[1]):
            yield function, value


def program(text: str) -> Callable[..., Any]:
    lines = f"def program(x, m, n):\n    return x[0] * 1.0, {text}\n"
    file = f"<member {text}>"
    linecache.cache[file] = (len(lines), None, lines.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"np": np, "SET": {1, 2}, "__name__": "members"}
    exec(compile(lines, file, "exec"), namespace)
    made: Callable[..., Any] = namespace["program"]
    return made


def arguments() -> tuple[Any, ...]:
    return np.array([0.5, -1.0, 2.0]), np.array([[1.0, 2.0], [3.0, 4.5]]), 3


def is_comparable(value: Any) -> bool:
    return all(isinstance(leaf, bool | int | float | np.generic | np.ndarray) for leaf in testing.leaves(value))


@pytest.mark.parametrize(("text", "name"), list(members()))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the data type 'a'
def test_member(text: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # for what writes a file
    for function, value in uses(text, name):
        try:
            found, _ = emit(function, arguments(), mode="primal").call(*arguments())
        except AdcompileError as error:
            told = error
        else:
            wanted = list(testing.leaves(value))
            if is_comparable(value) and len(found) == len(wanted):  # what is known is no result of the program
                for one, other in zip(found, wanted, strict=True):
                    np.testing.assert_allclose(one, other)
            continue
        assert isinstance(told, (UnsupportedError, MissingRuleError, TypeInferenceError)), told
        assert told.advice, told
        assert told.location is not None, told
