"""What Numba compiles: the program, with knowledge for LLVM attached that its text does not show.

    y = np.empty(n)                  y = _fresh(np.empty(n))        (fresh_arrays.py)
    y[i] = np.exp(x[i]) ** a         y[i] = _pow(_exp(x[i]), a)     (vector_math.py)

The text on disk, in messages and for plain Python stays as it is: only the syntax tree that is executed is changed, in
place, so that every line keeps its number.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from types import CodeType
from typing import Any

from adcompile.build import Options
from adcompile.runtime import fresh_arrays, vector_math


def attach(text: str, file: str, options: Options) -> tuple[CodeType, dict[str, Any]]:
    """The code of the module to execute, and what its names stand for that the text does not define."""
    rewrite = _Rewrite(options)
    tree = ast.fix_missing_locations(rewrite.visit(ast.parse(text)))
    return compile(tree, file, "exec", dont_inherit=True), rewrite.names


class _Rewrite(ast.NodeTransformer):
    def __init__(self, options: Options) -> None:
        self.vector_math = options.vector_math and bool(vector_math.prepare())
        self.fresh_arrays = "fresh_arrays" not in options.disabled
        self.names: dict[str, Any] = {}

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(value=ast.Name(id="np"), attr=name):
                if self.vector_math and name in vector_math.FUNCTIONS:
                    node.func = self._vector_function(name)
                if self.fresh_arrays and name in fresh_arrays.MAKERS:
                    return _call(node, self._name("fresh", fresh_arrays.fresh), node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if self.vector_math and isinstance(node.op, ast.Pow) and not _is_number(node.right):
            return _call(node, self._vector_function(vector_math.POWER), node.left, node.right)
        return node

    def _vector_function(self, name: str) -> ast.expr:
        return self._name(vector_math.FUNCTIONS[name], partial(vector_math.intrinsic_for, name))

    def _name(self, name: str, make: Callable[[], Any]) -> ast.expr:
        spelled = f"_adcompile_{name}"
        if spelled not in self.names:
            self.names[spelled] = make()
        return ast.Name(spelled, ast.Load())


def _call(node: ast.expr, function: ast.expr, *args: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Call(function, list(args), []), node)


def _is_number(node: ast.expr) -> bool:
    """Is it a literal? LLVM has its own ways for `x ** 2` and `x ** 0.5`."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant)
