"""What a value is called decides nothing: a program with other names of locals has the same adjoint but for names."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adcompile.codegen import nesting
from tests.corpus import everyday, networks
from tests.corpus.registry import PROGRAMS
from tests.emitted import emit

FUNCTIONS = [
    networks.three_layers_cross_entropy,
    networks.layer_norm,
    everyday.heat_by_copies,
    everyday.robust_regression,
    everyday.root_of_a_cubic,
]


class _Locals(ast.NodeTransformer):
    """Every local with a suffix."""

    def __init__(self, function: Callable[..., Any], suffix: str) -> None:
        code = function.__code__
        own = code.co_varnames[code.co_argcount :]
        self.renamed = {name: name + suffix for name in own if name != "_"}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.renamed.get(node.id, node.id)
        return node


class _Numbered(ast.NodeTransformer):
    """Every name a number, in the order of appearance."""

    def __init__(self) -> None:
        self.numbers: dict[str, str] = {}

    def _number(self, name: str) -> str:
        return self.numbers.setdefault(name, f"v{len(self.numbers)}")

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._number(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._number(node.arg)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("text") if isinstance(node.value, str) else node


def _renamed(function: Callable[..., Any], suffix: str, folder: Path) -> Callable[..., Any]:
    """The function with other names, from a file of its own."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    file = folder / f"renamed{suffix}.py"
    head = "import math\nimport numpy as np\nfrom tests.corpus.registry import Array, Result\n"
    file.write_text(head + ast.unparse(_Locals(function, suffix).visit(tree)))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., Any] = getattr(module, function.__name__)
    return found


def _canonical(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    return ast.dump(_Numbered().visit(ast.parse(emit(function, args).build.text)))


@pytest.mark.parametrize("suffix", ["_bar", "_saved", "_1"])
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_other_names_the_same_program(
    function: Callable[..., Any], suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nesting, "MAXIMUM_WIDTH", 1000)  # longer names need more lines
    (program,) = (each for each in PROGRAMS if each.function is function)
    other = _renamed(function, suffix, tmp_path)
    assert _canonical(other, program.args()) == _canonical(function, program.args())
