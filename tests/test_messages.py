"""What users are told is in their words: no message holds a word that only this library's own code has.

A message is any text with a space in it that is no docstring, in the modules that speak to users.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import adcompile

PACKAGE = Path(adcompile.__file__).parent
# The compiler's own checks of itself, and the text that it emits.
INTERNAL = {"codegen", "facts", "inspect", "ir", "ops", "passes"}
INTERNAL_CALLS = {"InternalError", "AssertionError"}
# Not to be said -> what to say.
PRIVATE = {
    r"abstract value": "value",
    r"arenas?|pools?|slots?": "array",
    r"atoms?|lattice|canonical": "",
    r"cotangents?": "",
    r"graph|region|lowered|lowering|primitive": "the function",
    r"interpreted|tracer|traced": "compiled",
    r"outcomes?|remedy|remedies": "",
    r"residuals?|shadows?": "memory",
    r"structures?": "what kind of number, array or container it is",
    r"trips?": "iteration",
    r"values? of the program": "value that is computed",
    r"weak": "Python's",
    r"<\w[\w-]*>": "the name in the source",
}
WORD = re.compile("|".join(rf"(?<![\w.`]){pattern}(?![\w`])" for pattern in PRIVATE))


def modules() -> list[Path]:
    """The modules that speak to users."""
    found = sorted(PACKAGE.rglob("*.py"))
    return [path for path in found if path.relative_to(PACKAGE).parts[0] not in INTERNAL]


def messages(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts with a space in them, as lines and texts; what is filled in is `{}`."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            skipped.add(id(node.body[0].value))  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in INTERNAL_CALLS:
            skipped |= {id(each) for each in ast.walk(node)}
        if isinstance(node, ast.JoinedStr):
            if id(node) not in skipped:
                yield node.lineno, "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
            skipped |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def private_words(text: str) -> list[str]:
    """What of a message users cannot know; code between backticks is theirs."""
    return WORD.findall(re.sub(r"`[^`]*`", "`...`", text)) if " " in text else []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_messages_have_no_private_words(path: Path) -> None:
    tree = ast.parse(path.read_text())
    found = [f"{line}: {words} in {text!r}" for line, text in messages(tree) if (words := private_words(text))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["`x` is a weak int64", "changes from trip to trip", "the truth of <total> here"])
def test_private_words_are_noticed(text: str) -> None:
    assert private_words(text)


def test_code_of_the_users_is_no_private_word() -> None:
    assert not private_words("`yield` of `graph.trip` in `region` is not supported")
