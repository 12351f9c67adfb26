from typing import Any

import numpy as np
import pytest

from adcompile.ir.attributes import Attributes
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Apply, Const, Function, Operand, Region, Value, integer
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import Array, Scalar, Type
from adcompile.ops import array, library, memory, scalar
from tests.ir.sketch import BOOL, FLOAT, INT, MATRIX, VECTOR, Sketch

F32 = Scalar("float32")


def graph(
    primitive: Primitive, given: list[Any], dims: tuple[int, ...], type_: Type | None = None, **attrs: Any
) -> Any:
    """The result of one array operation; arrays become arguments, integers and floats too."""
    params = [Value(_type(g)) for g in given]
    result = Value(type_ or Array("float64", len(dims)), "", tuple(map(integer, dims)))
    stmt = Apply(primitive, tuple(params), (result,), Attributes(**attrs))
    return run(Function("f", Region(tuple(params), [stmt], (result,))), given)[0]


def _type(given: Any) -> Type:
    if isinstance(given, np.ndarray):
        return Array(given.dtype.name, given.ndim)
    return INT if isinstance(given, int) else FLOAT


M = np.arange(12.0).reshape(3, 4)

VIEWS = [
    (array.index, [M, 1, 1, 2], (2,), {"items": ("int", "slice")}, M[1, 1:5:2]),
    (array.index, [M, 2, -1, 0, 1], (3, 1, 4), {"items": ("slice", "new", "slice")}, M[::-1, None]),
    (array.index, [M, 0, 1, 3, -2], (0, 2), {"items": ("slice", "slice")}, M[3:, ::-2]),
    (array.transpose, [M], (4, 3), {"perm": (1, 0)}, M.T),
    (array.reshape_view, [M, 2, 6], (2, 6), {}, M.reshape(2, 6)),
    (array.broadcast, [M, 2, 3, 4], (2, 3, 4), {}, np.broadcast_to(M, (2, 3, 4))),
    (array.diagonal, [M], (3,), {"k": 1}, np.diagonal(M, 1)),
]


@pytest.mark.parametrize(("primitive", "given", "dims", "attrs", "expected"), VIEWS)
def test_views_share_memory(
    primitive: Primitive, given: list[Any], dims: tuple[int, ...], attrs: dict[str, Any], expected: Any
) -> None:
    result = graph(primitive, given, dims, **attrs)
    np.testing.assert_array_equal(result, expected, strict=True)
    assert result.size == 0 or np.shares_memory(result, given[0])


@pytest.mark.parametrize("copies", [True, False])
def test_a_reshape_copies_where_the_program_says_so(*, copies: bool) -> None:
    decides, matrix, flat = Value(BOOL), Value(MATRIX), Value(VECTOR, "", (integer(12),))
    stmt = Apply(array.reshape_view, (matrix, integer(12), decides), (flat,), Attributes(sure=False, message="copy"))
    region = Region((decides, matrix), [stmt], (flat,))
    result = run(Function("f", region), [copies, M])[0]
    np.testing.assert_array_equal(result, M.reshape(-1), strict=True)
    assert np.shares_memory(result, M) is not copies


ROWS = np.array([2, 0, 2])

COPIES = [
    (array.gather, [M, ROWS, 1, 1], (3, 2), {"items": ("array", "slice"), "front": 0}, M[ROWS, 1:3]),
    (array.gather, [M, 0, 2, ROWS], (2, 3), {"items": ("slice", "array"), "front": 1}, M[::2, ROWS]),
    (array.gather, [M, ROWS, ROWS], (3,), {"items": ("array", "array"), "front": 0}, M[ROWS, ROWS]),
    (array.full, [2.5], (2, 3), {"fill": "value"}, np.full((2, 3), 2.5)),
    (array.full, [0.0], (2,), {"fill": "zeros"}, np.zeros(2)),
    (array.arange, [1.0, 0.5], (3,), {}, np.array([1.0, 1.5, 2.0])),
    (array.eye, [], (2, 3), {"k": 1}, np.eye(2, 3, 1)),
    (array.copy, [M], (3, 4), {}, M),
    (array.concatenate, [M, M], (6, 4), {"axis": 0}, np.concatenate([M, M])),
    (array.diag, [M[0].copy()], (5, 5), {"k": -1}, np.diag(M[0], -1)),
    (array.sum_, [M], (4,), {"axes": (0,)}, M.sum(0)),
    (array.max_, [M], (3,), {"axes": (1,)}, M.max(1)),
    (array.min_, [M], (3,), {"axes": (1,)}, M.min(1)),
    (array.product, [M, M[0].copy()], (3,), {}, M @ M[0]),
    (scalar.add, [M, M[0].copy()], (3, 4), {}, M + M[0]),
    (scalar.stop, [M], (3, 4), {}, M),
    (library.matmul, [M, M], (4, 4), {"transpose": (True, False)}, M.T @ M),
]


@pytest.mark.parametrize(("primitive", "given", "dims", "attrs", "expected"), COPIES)
def test_new_arrays(
    primitive: Primitive, given: list[Any], dims: tuple[int, ...], attrs: dict[str, Any], expected: Any
) -> None:
    result = graph(primitive, given, dims, **attrs)
    np.testing.assert_array_equal(result, expected, strict=True)
    assert not any(np.shares_memory(result, g) for g in given if isinstance(g, np.ndarray))


def test_reductions_to_a_scalar_and_elements() -> None:
    assert graph(array.sum_, [M], (), FLOAT, axes=(0, 1)) == 66.0
    assert graph(array.element, [M, 1, -1], (), FLOAT) == 7.0
    ones = np.full(2**12, 0.1, "float32")
    exact = np.float32(ones.astype("float64").sum())
    assert graph(array.sum_, [ones], (), F32, axes=(0,)) == exact


def test_assignment_reads_before_it_writes() -> None:
    x = np.arange(5.0)
    whole = Value(VECTOR, "x", (integer(5),))
    left, right = Value(VECTOR, "", (integer(4),)), Value(VECTOR, "", (integer(4),))
    parts = [
        Apply(array.index, (whole, integer(k), integer(1)), (part,), Attributes(items=("slice",)))
        for k, part in ((1, left), (0, right))
    ]
    run(Function("f", Region((whole,), [*parts, Apply(array.assign, (left, right), ())], ())), [x])
    assert x.tolist() == [0.0, 0.0, 1.0, 2.0, 3.0]


def evaluate(primitive: Primitive, *given: Operand, type_: Type = FLOAT) -> Any:
    result = Value(type_)
    return run(Function("f", Region((), [Apply(primitive, given, (result,))], (result,))), [])[0]


def test_scalars_are_strict_about_types() -> None:
    third = evaluate(scalar.div, Const(1.0, F32), Const(3.0, F32), type_=F32)
    assert third.dtype == np.float32
    assert third == np.float32(1) / np.float32(3)
    assert evaluate(scalar.cast, Const(2.7, FLOAT), type_=INT) == 2
    assert evaluate(scalar.add, Const(200, Scalar("uint8")), Const(100, Scalar("uint8")), type_=Scalar("uint8")) == 44
    assert evaluate(scalar.div, Const(1.0, FLOAT), Const(0.0, FLOAT)) == np.inf
    assert evaluate(scalar.pow_, Const(2.0, FLOAT), Const(-1, INT)) == 0.5
    assert evaluate(scalar.floordiv, Const(-7, INT), Const(2, INT), type_=INT) == -4


def test_loops_and_memory() -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    n = sketch.dim(x)
    y = sketch.alloc(n)
    with sketch.loop(sketch.op(scalar.sub, n, 1), -1, -1, inits=(0.0,)) as loop:
        i, s = loop.params
        total = sketch.op(scalar.add, s, sketch.load(x, i))
        sketch.store(y, sketch.op(scalar.sub, i, n), total)
        loop.yields = (total,)
    two = sketch.op(memory.reshape, y, 1, n, type=MATRIX)
    row = sketch.op(memory.row, two, 0, type=VECTOR)
    sketch.store(row, 0, 9.0)
    total, values = run(sketch.function(loop.results[0], y), [np.array([1.0, 2.0, 3.0])])
    assert total == 6.0
    assert values.tolist() == [9.0, 5.0, 3.0]


def test_a_loop_with_an_exit_counts_its_trips() -> None:
    sketch = Sketch()
    with sketch.loop(5, 10, inits=(0,), exits=True) as loop:
        i, _ = loop.params
        loop.yields = (sketch.op(scalar.ge, i, 7), i)
    with sketch.loop(3, 3, inits=(4,), exits=True) as none:
        none.yields = (False, 1)
    assert run(sketch.function(*loop.results, *none.results), []) == (3, 7, 0, 4)


def test_while_counts_its_trips() -> None:
    sketch = Sketch()
    with sketch.while_(100, 1.0) as (test, body):
        with sketch.inside(test):
            test.yields = (sketch.op(scalar.gt, test.params[0], 3),)
        with sketch.inside(body):
            body.yields = (sketch.op(scalar.floordiv, body.params[0], 2), body.params[1])
    assert run(sketch.function(*body.results), []) == (5, 3, 1.0)


def test_require_raises_what_it_names() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    sketch.builder.effect(
        memory.require, sketch.op(scalar.lt, n, 3), n, error="IndexError", message="index {} is out of range"
    )
    function = sketch.function(n)
    assert run(function, [2]) == (2,)
    with pytest.raises(IndexError, match=r"^index 5 is out of range$"):
        run(function, [5])


def test_what_empty_leaves_open_is_noticed() -> None:
    sketch = Sketch()
    y = sketch.op(memory.alloc, 2, type=VECTOR, fill="empty")
    assert np.isnan(run(sketch.function(sketch.load(y, 0)), [])[0])


def test_arguments_are_checked() -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    function = sketch.function(sketch.load(x, 0))
    with pytest.raises(TypeError, match="takes 1 arguments, not 0"):
        run(function, [])
    with pytest.raises(TypeError, match=r"not float64\[:\]"):
        run(function, [np.zeros(2, "float32")])
    with pytest.raises(IndexError):
        run(function, [np.zeros(0)])
