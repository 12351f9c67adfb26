"""Values as Python expressions.

    add(load(A, i, j), mul(x, y))          A[i, j] + x * y
    add(x, mul(neg(g), z))                 x - g * z             (exact: the sign of a product is that of its factors)
    mul(0.5, x) in float32                 np.float32(0.5) * x   (Numba would compute 0.5 * x in float64)
    add(a, b) in int32                     np.int32(a + b)       (Numba widens integers to int64)

The order of evaluation is that of the IR: the tree keeps its shape, and the printer its parentheses.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from adcompile.codegen.nesting import Nesting
from adcompile.codegen.promises import Checked, check_of, mark, mark_check
from adcompile.ir.nodes import Apply, Const, For, Function, Operand, Stmt, Value, is_const
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import Array, Type
from adcompile.ir.walk import statements
from adcompile.ops import library, memory, scalar

BINARY: dict[str, type[ast.operator]] = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "/": ast.Div,
    "//": ast.FloorDiv,
    "%": ast.Mod,
    "**": ast.Pow,
    "&": ast.BitAnd,
    "|": ast.BitOr,
    "^": ast.BitXor,
    "<<": ast.LShift,
    ">>": ast.RShift,
}
UNARY: dict[str, type[ast.unaryop]] = {"-": ast.USub, "~": ast.Invert, "not": ast.Not}
COMPARE: dict[str, type[ast.cmpop]] = {
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "==": ast.Eq,
    "!=": ast.NotEq,
}
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}

# The same operations on bools, where Python's arithmetic would give an int.
ON_BOOLS = {
    scalar.add: scalar.or_,
    scalar.mul: scalar.and_,
    scalar.maximum: scalar.or_,
    scalar.minimum: scalar.and_,
    scalar.bitand: scalar.and_,
    scalar.bitor: scalar.or_,
    scalar.bitxor: scalar.ne,
    scalar.invert: scalar.not_,
}
ON_INTS = {scalar.maximum: "max", scalar.minimum: "min"}


@dataclass(frozen=True, slots=True)
class Spelled:
    """How operands are written: under their name, or as the expression nested in their place.

    The subscripts of the accesses in `certain` are marked as having no negative index, and operations as `checks` says.
    """

    nested: Nesting
    names: dict[Value, str]
    certain: frozenset[Apply] = frozenset()
    checks: Mapping[Stmt, Checked] = field(default_factory=dict)

    def __call__(self, operand: Operand) -> ast.expr:
        """The operand as an expression of exactly its type."""
        if isinstance(operand, Const):
            return typed(bare(operand), operand.type)
        if operand in self.nested:
            return applied(self.nested[operand], self)
        return name(self.names[operand])

    def untyped(self, operand: Operand) -> ast.expr:
        """The operand where the context converts it, so that a constant needs no type."""
        return bare(operand) if isinstance(operand, Const) else self(operand)


def globals_of(function: Function) -> frozenset[str]:
    """The global names that the text of a function may use."""
    found = {"np", "math"}
    for stmt in statements(function.region):
        if isinstance(stmt, For):
            found.add("range")
        if not isinstance(stmt, Apply):
            continue
        if stmt.primitive.spelling and stmt.primitive.spelling.kind == "call":
            found.add(stmt.primitive.spelling.text.split(".")[0])
        if stmt.primitive in ON_INTS:
            found.add(ON_INTS[stmt.primitive])
        if stmt.primitive is scalar.cast:
            found.update(("float", "int", "bool"))
        if stmt.primitive is memory.require:
            found.add(stmt.attrs.error.split(".")[0])
    return frozenset(found)


def name(text: str) -> ast.expr:
    """`np.exp` or `x`."""
    first, *rest = text.split(".")
    node: ast.expr = ast.Name(first, ast.Load())
    for attribute in rest:
        node = ast.Attribute(node, attribute, ast.Load())
    return node


def call(function: str | ast.expr, *args: ast.expr, **keywords: ast.expr) -> ast.expr:
    """A call of a function given by its dotted name or as an expression."""
    callee = name(function) if isinstance(function, str) else function
    return ast.Call(callee, list(args), [ast.keyword(k, v) for k, v in keywords.items()])


def bare(constant: Const) -> ast.expr:
    """The number as a Python literal."""
    value = constant.value
    if isinstance(value, float) and not math.isfinite(value):
        number = name("np.nan" if math.isnan(value) else "np.inf")
        return ast.UnaryOp(ast.USub(), number) if value < 0 else number
    if math.copysign(1, value) < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def typed(node: ast.expr, type_: Type) -> ast.expr:
    """The expression converted to a type that is not Python's own."""
    return node if type_.dtype in ("float64", "int64", "bool") else call(f"np.{type_.dtype}", node)


def integral(type_: Type) -> bool:
    """Is it an integer type?"""
    return "int" in type_.dtype


def applied(stmt: Apply, spelled: Spelled) -> ast.expr:
    """The expression of a statement with one result."""
    node = _applied(stmt, spelled)
    mark_check(node, spelled.checks.get(stmt))
    return node


def _applied(stmt: Apply, spelled: Spelled) -> ast.expr:
    primitive, operands, type_ = stmt.primitive, stmt.operands, stmt.results[0].type
    if primitive in SPECIAL:
        return SPECIAL[primitive](stmt, spelled)
    assert primitive.spelling is not None, f"{primitive} has no spelling"
    operand_type = operands[0].type
    if operand_type.dtype == "bool":
        primitive = ON_BOOLS.get(primitive, primitive)
    assert primitive.spelling is not None
    text = primitive.spelling.text
    match primitive.spelling.kind:
        case "compare":
            left, right = (_compared(o, spelled) for o in operands)
            return ast.Compare(left, [COMPARE[text]()], [right])
        case "bool":
            return _chained(ast.And() if text == "and" else ast.Or(), [spelled(o) for o in operands])
        case "unary" if primitive is scalar.not_:
            return ast.UnaryOp(ast.Not(), spelled(operands[0]))
        case "unary":
            node: ast.expr = ast.UnaryOp(UNARY[text](), spelled(operands[0]))
        case "binary":
            node = _binary(primitive, text, operands, spelled)
        case "call":
            function = ON_INTS[primitive] if primitive in ON_INTS and integral(operand_type) else text
            node = call(function, *map(spelled, operands))
        case kind:
            raise AssertionError(f"{primitive} is spelled as {kind}")
    widens = integral(type_) or (primitive is scalar.pow_ and isinstance(operands[1], Value))
    widens = widens or not primitive.native_float32
    return typed(node, type_) if widens else node


def _binary(primitive: Primitive, text: str, operands: Sequence[Operand], spelled: Spelled) -> ast.expr:
    x, y = operands
    if primitive is scalar.pow_ and isinstance(y, Const) and integral(y.type):
        return ast.BinOp(spelled(x), ast.Pow(), bare(y))
    if primitive is scalar.add and isinstance(x, Const) and integral(x.type):
        x, y = y, x  # `i + 1`, not `1 + i`
    left, right = spelled(x), spelled(y)
    if primitive in (scalar.add, scalar.sub, scalar.mul, scalar.div):
        # Python and Numba convert an integer operand of float64 arithmetic by themselves.
        if (integer := _integer_in(x, y, spelled)) is not None:
            left = integer
        elif (integer := _integer_in(y, x, spelled)) is not None:
            right = integer
    return binary(left, BINARY[text](), right)


def _integer_in(operand: Operand, other: Operand, spelled: Spelled) -> ast.expr | None:
    """The integer that is converted to float64, if `operand` is such a conversion and `other` a float64 as it is."""
    source, beside = (spelled.nested.get(o) if isinstance(o, Value) else None for o in (operand, other))
    if source is None or source.primitive is not scalar.cast or operand.type.dtype != "float64":
        return None
    if not integral(source.operands[0].type) or (beside is not None and beside.primitive is scalar.cast):
        return None
    return spelled(source.operands[0])


def binary(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.expr:
    """`left + right`, as a difference if the right one is negative."""
    positive = negated(right)
    if positive is not None and isinstance(operator, ast.Add):
        return ast.BinOp(left, ast.Sub(), positive)
    if positive is not None and isinstance(operator, ast.Sub):
        return ast.BinOp(left, ast.Add(), positive)
    return ast.BinOp(left, operator, right)


def negated(node: ast.expr) -> ast.expr | None:
    """The expression without its leading minus sign, None if it has none."""
    if check_of(node) is not None:
        return None
    match node:
        case ast.UnaryOp(ast.USub(), operand):
            return operand
        case ast.BinOp(left, ast.Mult() | ast.Div() as operator, right):
            inner = negated(left)
            return None if inner is None else ast.BinOp(inner, operator, right)
        case _:
            return None


def _compared(operand: Operand, spelled: Spelled) -> ast.expr:
    """A constant beside a float32 stays bare if float32 holds it exactly."""
    if isinstance(operand, Const) and operand.type.dtype == "float32" and np.float32(operand.value) == operand.value:
        return bare(operand)
    return spelled(operand)


def _chained(operator: ast.boolop, operands: list[ast.expr]) -> ast.expr:
    """`a and b and c` without inner parentheses."""
    values: list[ast.expr] = []
    for each in operands:
        flat = isinstance(each, ast.BoolOp) and type(each.op) is type(operator)
        values.extend(each.values if flat and isinstance(each, ast.BoolOp) else [each])
    return ast.BoolOp(operator, values)


def opposite(node: ast.expr, type_: Type) -> ast.expr:
    """`not node`; a comparison of operands of this type is turned round where NaN allows."""
    match node:
        case ast.UnaryOp(ast.Not(), operand):
            return operand
        case ast.Compare(left, [operator], [right]) if integral(type_) or isinstance(operator, ast.Eq | ast.NotEq):
            return ast.Compare(left, [OPPOSITE[type(operator)]()], [right])
        case _:
            return ast.UnaryOp(ast.Not(), node)


def element(access: Apply, indices: Sequence[Operand], spelled: Spelled) -> ast.expr:
    """`A[i, j]`, and `A[()]` of an array without axes."""
    nodes = [spelled(i) for i in indices]
    index = nodes[0] if len(nodes) == 1 else ast.Tuple(nodes, ast.Load())
    node = ast.Subscript(spelled(access.operands[0]), index, ast.Load())
    if access in spelled.certain:
        mark(node)
    return node


def _load(stmt: Apply, spelled: Spelled) -> ast.expr:
    return element(stmt, stmt.operands[1:], spelled)


def _select(stmt: Apply, spelled: Spelled) -> ast.expr:
    condition, x, y = (spelled(o) for o in stmt.operands)
    return ast.IfExp(condition, x, y)


def _cast(stmt: Apply, spelled: Spelled) -> ast.expr:
    """A conversion that Python and Numba do alike: `np.float64` divides by zero as NumPy does, `float` does not."""
    (x,) = stmt.operands
    node, source, target = spelled(x), x.type.dtype, stmt.results[0].type.dtype
    if source == target:
        return node
    if target == "bool":
        return call("bool", node)
    if target == "float64":
        return call("np.float64", node)
    if target == "int64":
        return call("np.int64" if integral(x.type) else "int", node)
    if source == "int64" and integral(stmt.results[0].type):
        node = call("np.int64", node)  # NumPy refuses to wrap a Python int
    return call(f"np.{target}", node)


def _alloc(stmt: Apply, spelled: Spelled) -> ast.expr:
    sizes = [spelled(d) for d in stmt.operands]
    shape = sizes[0] if len(sizes) == 1 else ast.Tuple(sizes, ast.Load())
    return call(f"np.{stmt.attrs.fill}", shape, **dtype_argument(stmt.results[0].type.dtype))


def _alloc_like(stmt: Apply, spelled: Spelled) -> ast.expr:
    array, dtype = stmt.operands[0], stmt.results[0].type.dtype
    if isinstance(array.type, Array) and array.type.layout != "C":
        # `zeros_like` would keep the layout.
        return call(
            f"np.{stmt.attrs.fill}", ast.Attribute(spelled(array), "shape", ast.Load()), **dtype_argument(dtype)
        )
    other = {} if array.type.dtype == dtype else {"dtype": _dtype_name(dtype)}
    return call(f"np.{stmt.attrs.fill}_like", spelled(array), **other)


def dtype_argument(dtype: str) -> dict[str, ast.expr]:
    """The argument that says which dtype a new array has, none where that is the default."""
    return {} if dtype == "float64" else {"dtype": _dtype_name(dtype)}


def _dtype_name(dtype: str) -> ast.expr:
    return name("np.bool_" if dtype == "bool" else f"np.{dtype}")


def _reshape(stmt: Apply, spelled: Spelled) -> ast.expr:
    array, *sizes = stmt.operands
    args = [spelled(d) for d in sizes] or [ast.Tuple([], ast.Load())]
    return call(ast.Attribute(spelled(array), "reshape", ast.Load()), *args)


def _part(stmt: Apply, spelled: Spelled) -> ast.expr:
    array, start, count = stmt.operands
    stop = spelled(count) if is_const(start, 0) else binary(spelled(start), ast.Add(), spelled(count))
    lower = None if is_const(start, 0) else spelled(start)
    return ast.Subscript(spelled(array), ast.Slice(lower, stop, None), ast.Load())


def _dim(stmt: Apply, spelled: Spelled) -> ast.expr:
    shape = ast.Attribute(spelled(stmt.operands[0]), "shape", ast.Load())
    return ast.Subscript(shape, ast.Constant(stmt.attrs.axis), ast.Load())


def _stride(stmt: Apply, spelled: Spelled) -> ast.expr:
    strides = ast.Attribute(spelled(stmt.operands[0]), "strides", ast.Load())
    in_bytes = ast.Subscript(strides, ast.Constant(stmt.attrs.axis), ast.Load())
    return ast.BinOp(in_bytes, ast.FloorDiv(), ast.Constant(np.dtype(stmt.operands[0].type.dtype).itemsize))


def _library(stmt: Apply, spelled: Spelled) -> ast.expr:
    given = _factors(stmt, stmt.operands, spelled)
    spelling, routine = stmt.primitive.spelling, stmt.primitive.routine
    assert spelling is not None and routine is not None
    if spelling.kind == "binary":
        return ast.BinOp(given[0], ast.MatMult(), given[1])
    return call(spelling.text, *given, **{name: ast.Constant(value) for name, value in routine.keywords})


def multiplied(stmt: Apply, spelled: Spelled) -> ast.expr:
    """`np.dot(x, y, z)`: the product is written to z."""
    target, *factors = stmt.operands
    assert stmt.primitive.spelling is not None
    return call(stmt.primitive.spelling.text, *_factors(stmt, factors, spelled), spelled(target))


def _factors(stmt: Apply, operands: Sequence[Operand], spelled: Spelled) -> list[ast.expr]:
    """The operands, or their transposes."""
    return [
        ast.Attribute(spelled(o), "T", ast.Load()) if library.is_transposed(stmt, k) else spelled(o)
        for k, o in enumerate(operands)
    ]


SPECIAL = {
    scalar.select: _select,
    scalar.cast: _cast,
    memory.load: _load,
    memory.row: _load,
    memory.part: _part,
    memory.alloc: _alloc,
    memory.alloc_like: _alloc_like,
    memory.reshape: _reshape,
    memory.dim: _dim,
    memory.stride: _stride,
    **dict.fromkeys(library.LIBRARY, _library),
}
