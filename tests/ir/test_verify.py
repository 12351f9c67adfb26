from collections.abc import Callable
from typing import Any

import pytest

from adcompile.errors import InternalError
from adcompile.ir.attributes import Attributes
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Value, While, boolean, integer, real
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import BOOL, FLOAT, INT, Array, Scalar
from adcompile.ir.verify import check, verify
from adcompile.ops import array, library, memory, scalar
from tests.ir.programs import random_program
from tests.ir.sketch import MATRIX, VECTOR

X, M = Value(VECTOR, "x"), Value(MATRIX, "m")
A, N, C = Value(FLOAT, "a"), Value(INT, "n"), Value(BOOL, "c")


def apply(primitive: Primitive, *operands: Operand, type: Scalar | Array | None = FLOAT, **attrs: Any) -> Apply:
    results = () if type is None else (Value(type),)
    return Apply(primitive, operands, results, Attributes(**attrs))


def problems(*body: Apply | If | For | While, yields: tuple[Operand, ...] = ()) -> list[str]:
    return verify(Function("f", Region((X, M, A, N, C), list(body), yields)))


def loop(body: Region, inits: tuple[Operand, ...] = (), **facts: bool) -> For:
    results = tuple(Value(p.type) for p in body.params[1:])
    return For(integer(0), N, integer(1), inits, body, (Value(INT), *results) if facts else results, **facts)


def test_random_programs_are_well_formed() -> None:
    for seed in range(50):
        assert verify(random_program(seed)) == []


def test_every_value_is_defined_once_and_before_its_use() -> None:
    twice = Value(FLOAT, "y")
    stmts = [Apply(scalar.neg, (A,), (twice,)), Apply(scalar.abs_, (A,), (twice,))]
    assert problems(*stmts) == ["`y: float64 = abs(a)`: y is defined twice"]
    late = Value(FLOAT, "late")
    assert "late is used where no definition of it is in scope" in problems(apply(scalar.neg, late))[0]


def test_what_a_region_defines_is_out_of_scope_after_it() -> None:
    inner = apply(scalar.neg, A)
    branch = If(C, Region((), [inner]), Region(), ())
    assert "no definition" in problems(branch, yields=inner.results)[0]
    assert "no definition" in problems(If(C, Region((), [inner]), Region((), [], inner.results), (Value(FLOAT),)))[-1]


WRONG: list[tuple[Callable[[], list[str]], str]] = [
    (lambda: problems(apply(scalar.add, A)), "add takes 2 operands, not 1"),
    (lambda: problems(apply(scalar.add, A, N)), "operands of different types: float64, int64"),
    (lambda: problems(apply(scalar.add, A, A, type=INT)), "the result is int64, not float64"),
    (lambda: problems(apply(scalar.pow_, N, A, type=INT)), "operands of different types: int64, float64"),
    (lambda: problems(apply(scalar.lt, A, A)), "the result is float64, not bool"),
    (lambda: problems(apply(scalar.not_, N, type=BOOL)), "operands of different types: int64"),
    (lambda: problems(apply(scalar.select, N, A, A)), "select decides by a int64"),
    (lambda: problems(apply(scalar.select, C, A, N)), "operands of different types: bool, float64, int64"),
    (lambda: problems(apply(scalar.div, N, N, type=INT)), "div of int64"),
    (lambda: problems(apply(scalar.exp, X, type=VECTOR)), "whole arrays"),
    (lambda: problems(apply(array.sum_, X, axes=(0,))), "sum is an operation on whole arrays"),
    (lambda: problems(apply(memory.load, X, N, N)), "2 indices into an array of 1 dimensions"),
    (lambda: problems(apply(memory.load, X, A)), "indices are float64"),
    (lambda: problems(apply(memory.load, X, N, type=INT)), "int64 is no element of float64[:]"),
    (lambda: problems(apply(memory.load, A, N)), "the first operand is no array"),
    (lambda: problems(apply(memory.store, X, N, N, type=None)), "int64 is no element of float64[:]"),
    (lambda: problems(apply(memory.store, X, N, A)), "1 results"),
    (lambda: problems(apply(memory.dim, X, type=INT, axis=1)), "no axis 1 in 1 dimensions"),
    (lambda: problems(apply(memory.dim, X, axis=0)), "an extent is int64"),
    (lambda: problems(apply(memory.alloc, N, N, type=VECTOR, fill="zeros")), "2 indices into an array of 1 dimensions"),
    (lambda: problems(apply(memory.alloc, N, type=VECTOR)), "fill=''"),
    (lambda: problems(apply(memory.row, M, N, type=MATRIX)), "1 indices lead from float64[:, :] to float64[:, :]"),
    (lambda: problems(apply(library.matmul, X, X, type=VECTOR)), "matmul of float64[:], float64[:]"),
    (lambda: problems(apply(memory.require, N, type=None, error="ValueError", message="")), "the condition is no bool"),
    (lambda: problems(apply(memory.require, C, type=None)), "no exception is named"),
    (lambda: problems(apply(scalar.neg, Const(1, FLOAT))), "the constant 1 is no float64"),
    (lambda: problems(If(N, Region(), Region(), ())), "the condition is int64, not a bool"),
    (lambda: problems(If(C, Region(), Region(), (Value(FLOAT),))), "yields and results differ in number: 0 and 1"),
    (lambda: problems(If(C, Region((), [], (A,)), Region((), [], (N,)), (Value(FLOAT),))), "differ in type: int64"),
    (lambda: problems(If(C, Region((), [], (X,)), Region((), [], (X,)), (Value(VECTOR),))), "carried or joined"),
    (lambda: problems(loop(Region((Value(FLOAT, "i"),)))), "the index is float64, not an integer"),
    (
        lambda: problems(loop(Region((Value(INT), Value(FLOAT)), [], (A,)))),
        "inits and params differ in number: 0 and 1",
    ),
    (lambda: problems(loop(Region((Value(INT), Value(FLOAT)), [], (N,)), (A,))), "yields and params differ in type"),
    (lambda: problems(loop(Region((Value(INT),), [], (A,)), exits=True)), "the exit is float64, not a bool"),
    (lambda: problems(loop(Region((Value(INT),)), exits=True)), "an exit is missing from the yields"),
    (lambda: problems(For(A, N, integer(1), (), Region((Value(INT),)), ())), "a bound is float64, not an integer"),
    (lambda: problems(For(N, N, integer(0), (), Region((Value(INT),)), ())), "the step is zero"),
    (lambda: problems(While((), Region((), [], (N,)), Region(), (Value(INT),))), "the test is int64, not a bool"),
    (lambda: problems(While((), Region((), [], (C,)), Region(), ())), "the trip count is missing from the results"),
]


@pytest.mark.parametrize(("found", "expected"), WRONG, ids=[expected for _, expected in WRONG])
def test_violation(found: Callable[[], list[str]], expected: str) -> None:
    assert any(expected in problem for problem in found()), found()


def test_exceptions_to_one_dtype() -> None:
    right = [
        apply(scalar.pow_, A, N),
        apply(scalar.cast, N),
        apply(scalar.select, C, N, N, type=INT),
        apply(scalar.le, N, N, type=BOOL),
        apply(scalar.add, real(1.0), Const(2.0, Scalar("float64", weak=True))),
    ]
    assert problems(*right) == []


def test_the_graph_has_whole_arrays_with_extents() -> None:
    n = Value(INT, "n")
    x = Value(VECTOR, "x", (n,))
    double = Apply(scalar.add, (x, x), (Value(VECTOR, "y", (n,)),))
    bare = Apply(scalar.neg, (x,), (Value(VECTOR, "z"),))
    region = Region((x,), [Apply(memory.dim, (x,), (n,), Attributes(axis=0)), double])
    assert verify(Function("f", region), level="graph") == []
    region.body.append(bare)
    assert verify(Function("f", region), level="graph") == ["`z: float64[:] = -x`: z has no dims"]


def test_check_names_the_pass_and_tells_everything() -> None:
    broken = Function("f", Region((A,), [apply(scalar.add, A, boolean(True)), apply(scalar.neg, A, A)]))
    with pytest.raises(InternalError) as caught:
        check(broken, after="simplify")
    assert caught.value.pass_name == "simplify"
    assert "different types" in str(caught.value)
    assert "neg takes 1 operands, not 2" in str(caught.value)
