"""Every identity is checked on all pairs of awkward numbers, to the sign of a zero."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Const, Function, Value
from adcompile.ir.types import BOOL, FLOAT, INT, Scalar
from adcompile.ops import library, memory, scalar
from adcompile.ops.scalar import SCALARS
from adcompile.passes.dce import remove_dead
from adcompile.passes.rewriting import is_exactly, same
from adcompile.passes.simplify import simplify
from tests.ir.programs import are_equal, copy_function
from tests.ir.sketch import VECTOR, Sketch, body_text

Expression = Callable[[Sketch, Value, Value], Value]
AWKWARD: dict[str, list[Any]] = {
    "float64": [0.0, -0.0, 1.0, -1.0, 0.1, -2.5, np.inf, -np.inf, np.nan, 1e308],
    "int64": [0, 1, -1, 2, 7, -5, 2**62],
    "bool": [False, True],
}


def op(name: str, *given: Any) -> Callable[[Sketch, Value, Value], Any]:
    """An expression of x and y, given as nested operations, the letters and constants."""

    def build(sketch: Sketch, x: Value, y: Value) -> Value:
        operands = [g(sketch, x, y) if callable(g) else {"x": x, "y": y}.get(g, g) for g in given]
        return sketch.op(SCALARS[name], *operands)

    return build


def simplified(expression: Expression, type_: Scalar) -> tuple[str, bool]:
    """The text after simplification, and whether the values are as before."""
    sketch = Sketch()
    x, y = sketch.param(type_, "x"), sketch.param(type_, "y")
    before = sketch.function(expression(sketch, x, y))
    after = remove_dead(simplify(copy_function(before)))
    values = AWKWARD[type_.dtype]
    right = all(mean_the_same(before, after, (a, b)) for a in values for b in values)
    return body_text(after), right


def mean_the_same(before: Function, after: Function, args: tuple[Any, ...]) -> bool:
    """Do they give the same? What raises on the way, as exact integers do, may be given if less is computed."""
    try:
        expected = run(before, args)
    except ArithmeticError:
        return True
    return are_equal(expected, run(after, args))


FLOATS = [
    (op("add", "x", "x"), "v2: float64 = 2.0 * x\nreturn v2"),
    (op("mul", 2.0, op("mul", 0.1, "x")), "v2: float64 = 0.2 * x\nreturn v2"),
    (op("mul", op("mul", "x", 4.0), 0.25), None),
    (op("mul", op("mul", "x", 3.0), 0.1), None),
    (op("mul", "x", 1.0), "return x"),
    (op("mul", 1.0, "x"), "return x"),
    (op("div", "x", 1.0), "return x"),
    (op("add", "x", -0.0), "return x"),
    (op("sub", "x", 0.0), "return x"),
    (op("add", "x", 0.0), "v2: float64 = x + 0.0\nreturn v2"),
    (op("sub", "x", -0.0), "v2: float64 = x - -0.0\nreturn v2"),
    (op("sub", 0.0, "x"), "v2: float64 = 0.0 - x\nreturn v2"),
    (op("sub", -0.0, "x"), "v2: float64 = -x\nreturn v2"),
    (op("sub", "x", "x"), "v2: float64 = x - x\nreturn v2"),
    (op("mul", "x", 0.0), "v2: float64 = x * 0.0\nreturn v2"),
    (op("neg", op("neg", "x")), "return x"),
    (op("mul", "x", -1.0), "v2: float64 = -x\nreturn v2"),
    (op("add", "x", op("neg", "y")), "v2: float64 = x - y\nreturn v2"),
    (op("add", op("neg", "x"), "y"), "v2: float64 = y - x\nreturn v2"),
    (op("sub", "x", op("neg", "y")), "v2: float64 = x + y\nreturn v2"),
    (op("add", "x", -2.5), "v2: float64 = x - 2.5\nreturn v2"),
    (op("mul", op("neg", "x"), op("neg", "y")), "v2: float64 = x * y\nreturn v2"),
    (op("mul", op("neg", "x"), 2.5), "v2: float64 = x * -2.5\nreturn v2"),
    (op("mul", op("neg", "x"), "y"), "v2: float64 = -x\nv3: float64 = v2 * y\nreturn v3"),
    (op("neg", op("mul", op("neg", "x"), "y")), "v2: float64 = x * y\nreturn v2"),
    (op("div", op("neg", "x"), "y"), "v2: float64 = x / y\nv3: float64 = -v2\nreturn v3"),
    (op("add", op("div", "x", "y"), op("div", op("neg", "x"), "y")), None),
    (op("sub", "x", op("div", op("mul", op("neg", "x"), "y"), "x")), None),
    (op("add", "x", op("mul", op("neg", "x"), "y")), "v2: float64 = x * y\nv3: float64 = x - v2\nreturn v3"),
    (
        op("sub", "x", op("add", op("mul", op("neg", "x"), "y"), op("mul", op("neg", "x"), "y"))),
        None,
    ),
    (op("add", op("mul", "x", "y"), op("mul", "y", "x")), "v2: float64 = x * y\nv3: float64 = 2.0 * v2\nreturn v3"),
    (op("add", op("mul", "x", "y"), op("mul", "x", "x")), None),
    (op("pow", "x", 1.0), "return x"),
    (op("pow", "x", 2), "v2: float64 = x * x\nreturn v2"),
    (op("pow", "x", 2.0), "v2: float64 = x * x\nreturn v2"),
    (op("pow", "x", -1.0), "v2: float64 = 1.0 / x\nreturn v2"),
    (op("pow", "x", 0.0), "return 1.0"),
    (op("lt", "x", "x"), "v2: bool = x < x\nreturn v2"),
    (op("not", op("lt", "x", "y")), "v2: bool = x < y\nv3: bool = not v2\nreturn v3"),
    (op("not", op("eq", "x", "y")), "v2: bool = x != y\nreturn v2"),
    (op("select", True, "x", "y"), "return x"),
    (op("select", op("lt", "x", "y"), "x", "x"), "return x"),
    (op("select", op("not", op("lt", "x", "y")), "x", "y"), None),
    (op("maximum", "x", "x"), "return x"),
    (op("add", op("mul", 2.0, 3.0), "x"), "v2: float64 = 6.0 + x\nreturn v2"),
    (op("floordiv", "x", 1.0), "v2: float64 = x // 1.0\nreturn v2"),
]

INTEGERS = [
    (op("add", "x", 0), "return x"),
    (op("mul", "x", 1), "return x"),
    (op("mul", "x", 0), "return 0"),
    (op("sub", "x", "x"), "return 0"),
    (op("add", op("add", "x", 2), 3), "v2: int64 = x + 5\nreturn v2"),
    (op("sub", op("add", "x", 2), 3), "v2: int64 = x - 1\nreturn v2"),
    (op("add", op("sub", "x", "y"), "y"), "return x"),
    (op("sub", op("add", "x", "y"), "x"), "return y"),
    (op("add", op("sub", "x", "x"), "y"), "return y"),
    (op("sub", "y", op("sub", "y", "x")), "return x"),
    (op("neg", op("sub", 3, "x")), "v2: int64 = x - 3\nreturn v2"),
    (op("mul", op("mul", "x", 2), 3), "v2: int64 = 6 * x\nreturn v2"),
    (op("add", "x", "y"), "v2: int64 = x + y\nreturn v2"),
    (op("add", "x", "x"), "v2: int64 = x + x\nreturn v2"),
    (op("mod", "x", 1), "return 0"),
    (op("floordiv", "x", 1), "return x"),
    (op("floordiv", 1, 0), "v2: int64 = 1 // 0\nreturn v2"),
    (op("mod", 7, 0), "v2: int64 = 7 % 0\nreturn v2"),
    (op("floordiv", -7, 2), "return -4"),
    (op("lt", "x", "x"), "return False"),
    (op("ge", "x", "x"), "return True"),
    (op("not", op("lt", "x", "y")), "v2: bool = x >= y\nreturn v2"),
    (op("pow", "x", 2), "v2: int64 = x * x\nreturn v2"),
]

BOOLS = [
    (op("and", True, "x"), "return x"),
    (op("and", "x", False), "return False"),
    (op("or", "x", False), "return x"),
    (op("or", True, "x"), "return True"),
    (op("and", "x", "x"), "return x"),
    (op("not", op("not", "x")), "return x"),
    (op("select", "x", True, False), "return x"),
    (op("select", "x", False, True), "v2: bool = not x\nreturn v2"),
]


@pytest.mark.parametrize(("expression", "expected"), FLOATS)
def test_identities_of_floats(expression: Expression, expected: str | None) -> None:
    text, right = simplified(expression, FLOAT)
    assert right
    assert expected is None or text == expected


@pytest.mark.parametrize(("expression", "expected"), INTEGERS)
def test_identities_of_integers(expression: Expression, expected: str) -> None:
    assert simplified(expression, INT) == (expected, True)


@pytest.mark.parametrize(("expression", "expected"), BOOLS)
def test_identities_of_bools(expression: Expression, expected: str) -> None:
    assert simplified(expression, BOOL) == (expected, True)


def test_a_product_used_twice_is_not_computed_twice() -> None:
    sketch = Sketch()
    x, y = sketch.param(FLOAT, "x"), sketch.param(FLOAT, "y")
    product = sketch.op(scalar.mul, sketch.op(scalar.neg, x), y)
    text = body_text(simplify(sketch.function(sketch.op(scalar.add, x, product), product)))
    assert text.count("*") == 1


def test_conversion() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    half = sketch.op(scalar.cast, 0.1, type=Scalar("float32"))
    same_type = sketch.op(scalar.cast, n, type=INT)
    nan = sketch.op(scalar.cast, float("nan"), type=INT)
    assert body_text(simplify(sketch.function(half, same_type, nan))) == (
        "v1: int64 = cast(nan)\nreturn float32(0.10000000149011612), n, v1"
    )


def test_extents_of_new_arrays() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    y = sketch.alloc(n, 3)
    z = sketch.op(memory.alloc_like, y, type=y.type, fill="zeros")
    flat = sketch.op(memory.reshape, z, sketch.op(scalar.mul, n, 3), type=VECTOR)
    line = sketch.op(memory.row, z, 0, type=VECTOR)
    product = sketch.op(library.matmul, z, z, type=z.type, transpose=(False, True))
    extents = [sketch.dim(y, 0), sketch.dim(z, 1), sketch.dim(flat), sketch.dim(line), sketch.dim(product, 1)]
    assert body_text(simplify(sketch.function(*extents))).endswith("return n, 3, v3, 3, n")


def test_constants_are_equal_only_with_type_and_sign() -> None:
    one = [Const(True, BOOL), Const(1, INT), Const(1.0, FLOAT), Const(1.0, Scalar("float32"))]
    assert [same(a, b) for a in one for b in one] == [a is b for a in one for b in one]
    assert not same(Const(0.0, FLOAT), Const(-0.0, FLOAT))
    assert not is_exactly(Const(-0.0, FLOAT), 0.0)
    assert is_exactly(Const(0, INT), 0.0)
