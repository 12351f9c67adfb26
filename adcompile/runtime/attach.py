"""What Numba compiles: the program, with knowledge for LLVM attached that its text does not show.

    y = np.zeros(n)                  y = _fresh(np.zeros(n))                     (fresh_arrays.py)
    for b in range(0, n, 128):       for b in range(0, n, 128):
        for i in range(b, m):            for i in range(b, m):
            s += np.exp(x[i])                s = _add(s, _exp(x[_index(i)]))     (arithmetic.py, vector_math.py)
    z = w @ y                        z = _product(w, y)                      (products.py)
    np.dot(w, y, z)                  _product_into(w, y, z)
    v = np.linalg.solve(w, z)        v = _solve(w, z)                        (linear_systems.py)
    m = np.linalg.inv(w)             m = _inv(w)                             (row_major.py)
    k = k * a % p                    k = _mod(_mul(k, a), p)                 (integers.py)
    raise ValueError(f"n is {n}")    raise ValueError("n is {}", n)          (codegen/raising.py)

The text on disk, in messages and for plain Python stays as it is: only the syntax tree that is executed is changed, in
place, so that every line keeps its number. Of indices and sums, the program says itself what may be supposed
(`Build.promises`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any

from adcompile.build import Options, Promises
from adcompile.codegen.raising import template
from adcompile.runtime import arithmetic, fresh_arrays, integers, linear_systems, products, row_major, vector_math


@dataclass(frozen=True, slots=True)
class Roles:
    """The last `alone` arguments of the function `entry` are arrays that share no memory with anything else it is
    given; the function `maker` is not compiled."""

    entry: str = ""
    alone: int = 0
    maker: str = ""


def attach(
    text: str, promises: Promises, file: str, options: Options, roles: Roles = Roles()
) -> tuple[CodeType, dict[str, Any]]:
    """The code of the module to execute, and what its names stand for that the text does not define."""
    rewrite = _Rewrite(promises, options, roles)
    return compile(rewrite.visit(ast.parse(text)), file, "exec", dont_inherit=True), rewrite.names


class _Rewrite(ast.NodeTransformer):
    def __init__(self, promises: Promises, options: Options, roles: Roles = Roles()) -> None:
        switches = {"fresh_arrays", "promised_indices", "reductions", "small_products", "linear_systems"}
        on = {*switches, "checked_integers"} - options.disabled
        self.available = vector_math.prepare() if options.vector_math else frozenset()
        self.fresh_arrays = "fresh_arrays" in on
        self.indices = frozenset(promises.indices if "promised_indices" in on else ())
        self.any_order = options.vector_math and "reductions" in on
        self.sums = frozenset(promises.sums if self.any_order else ())
        checks = promises.checks if "checked_integers" in on else ()
        self.checks = {each[:3]: (each[3], number) for number, each in enumerate(checks)}
        self.small_products = "small_products" in on
        self.linear_systems = "linear_systems" in on
        self.roles = roles
        self.names: dict[str, Any] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        if node.name == self.roles.maker:
            return node
        self.generic_visit(node)
        if node.name == self.roles.entry and self.roles.alone and self.fresh_arrays:
            node.body[:0] = [self._alone(node, each.arg) for each in node.args.args[-self.roles.alone :]]
        return node

    def _alone(self, function: ast.FunctionDef, argument: str) -> ast.stmt:
        return _assigned(function, argument, self._name("fresh", fresh_arrays.fresh), ast.Name(argument, ast.Load()))

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        if isinstance(node.exc, ast.Call) and node.exc.args and isinstance(text := node.exc.args[0], ast.JoinedStr):
            message, shown = template(text)
            node.exc.args = [ast.copy_location(ast.Constant(message), text), *shown]
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node.func:
            case ast.Name(id="range") if self._is_checked(node):
                start, stop, step = _bounds(node.args)
                node.args = [start, self._checked(node, "range", start, stop, step), step]
            case ast.Name(id=name) if self._is_checked(node):
                return self._checked(node, name, *node.args)
            case ast.Attribute(value=ast.Name(id="np"), attr=name):
                if self.available and name in vector_math.FUNCTIONS:
                    node.func = ast.copy_location(self._vector_function(name), node)
                if self.any_order and name in arithmetic.EXTREMES:
                    node.func = ast.copy_location(self._name(name, partial(arithmetic.extreme, name)), node)
                if self.small_products and name == "dot" and len(node.args) == 3:
                    node.func = ast.copy_location(self._name("product_into", products.product_into), node)
                if self.fresh_arrays and name in fresh_arrays.MAKERS:
                    return _call(node, self._name("fresh", fresh_arrays.fresh), node)
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="np"), attr="linalg"), attr=name):
                if name == "solve" and self.linear_systems:
                    node.func = ast.copy_location(self._name(name, linear_systems.solve), node)
                if name in row_major.FUNCTIONS:
                    node.func = ast.copy_location(self._name(name, partial(row_major.function, name)), node)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        return self._checked(node, "neg", node.operand) if self._is_checked(node) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if not self._is_checked(node):
            return node
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        for each in ast.walk(target):
            ast.copy_location(each, node)
        value = self._checked(node, OPERATORS[type(node.op)], target, node.value)
        return ast.copy_location(ast.Assign([node.target], value), node)

    def _is_checked(self, node: ast.expr | ast.stmt) -> bool:
        """May the operation leave 64 bits?"""
        return _place(node) in self.checks

    def _checked(self, at: ast.expr | ast.stmt, name: str, *args: ast.expr) -> ast.expr:
        mode, number = self.checks[_place(at)]
        function = self._name(f"{mode}_{name}", partial(integers.operation, mode, name))
        return _call(at, function, *args, ast.Constant(number))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if self._is_checked(node):
            return self._checked(node, OPERATORS[type(node.op)], node.left, node.right)
        if self.available and isinstance(node.op, ast.Pow) and not _is_number(node.right):
            return _call(node, self._vector_function(vector_math.POWER), node.left, node.right)
        if self.small_products and isinstance(node.op, ast.MatMult):
            return _call(node, self._name("product", products.product), node.left, node.right)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if (node.lineno, node.col_offset) in self.indices:
            if isinstance(node.slice, ast.Tuple):
                node.slice.elts = [self._index(each) for each in node.slice.elts]
            else:
                node.slice = self._index(node.slice)
        return node

    def visit_For(self, node: ast.For) -> ast.stmt:
        self.generic_visit(node)
        node.body = [self._sum(each, node.lineno) for each in node.body]
        return node

    def _sum(self, stmt: ast.stmt, loop: int) -> ast.stmt:
        match stmt:
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.Sub() as op, value=value):
                if (loop, name) in self.sums:
                    if isinstance(op, ast.Sub):
                        value = ast.copy_location(ast.UnaryOp(ast.USub(), value), value)
                    return _assigned(stmt, name, self._name("add", arithmetic.add), ast.Name(name, ast.Load()), value)
        return stmt

    def _index(self, node: ast.expr) -> ast.expr:
        return node if isinstance(node, ast.Constant) else _call(node, self._name("index", arithmetic.index), node)

    def _vector_function(self, name: str) -> ast.expr:
        return self._name(vector_math.FUNCTIONS[name], partial(vector_math.intrinsic_for, name, self.available))

    def _name(self, name: str, make: Callable[[], Any]) -> ast.expr:
        spelled = f"_adcompile_{name}"
        if spelled not in self.names:
            self.names[spelled] = make()
        return ast.Name(spelled, ast.Load())


def _place(node: ast.expr | ast.stmt) -> tuple[int, int, int]:
    return node.lineno, node.col_offset, node.end_col_offset or 0


OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.Pow: "pow",
}


def _bounds(args: list[ast.expr]) -> tuple[ast.expr, ast.expr, ast.expr]:
    """Start, stop and step of a range."""
    match args:
        case [stop]:
            return ast.copy_location(ast.Constant(0), stop), stop, ast.copy_location(ast.Constant(1), stop)
        case [start, stop]:
            return start, stop, ast.copy_location(ast.Constant(1), stop)
        case _:
            start, stop, step = args
            return start, stop, step


def _assigned(at: ast.stmt, name: str, function: ast.expr, *args: ast.expr) -> ast.stmt:
    """`name = function(*args)`, at the place of `at`."""
    target = ast.copy_location(ast.Name(name, ast.Store()), at)
    return ast.copy_location(ast.Assign([target], _call(at, function, *args)), at)


def _call(at: ast.expr | ast.stmt, function: ast.expr, *args: ast.expr) -> ast.expr:
    """`function(*args)`; what is new in it gets the place of `at`."""
    for node in (function, *args):
        if not hasattr(node, "lineno"):
            ast.copy_location(node, at)
    return ast.copy_location(ast.Call(function, list(args), []), at)


def _is_number(node: ast.expr) -> bool:
    """Is it a literal? LLVM has its own ways for `x ** 2` and `x ** 0.5`."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant)
