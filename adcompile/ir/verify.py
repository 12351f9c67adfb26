"""Checks that a function is well-formed IR, and says everything that is not.

    verify(function)                     ["`v3: float64 = load(x, i, j)`: 2 indices into an array of 1 dimensions"]
    check(function, after="simplify")    raises InternalError if there is anything to say

Rules, cited below:

* defined   a value is defined once, and before it is used: earlier in its region or in a region around it.
* flow      inits, params, yields and results of a structured statement agree in number and type.
* bool      conditions are bool; int: bounds, extents and indices are integers.
* dtype     the operands of arithmetic have one dtype, which decides the result's (`adcompile/ops/scalar.py`).
* memory    `load` and `store` take one index per dimension, and elements of the array's dtype.
* level     at level "loops" there are no whole-array operations, and no array is carried or joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import assert_never

import numpy as np

from adcompile.errors import InternalError
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Dtypes, Effect, Level
from adcompile.ir.printer import Names, format_statement
from adcompile.ir.types import FLOATS, SIGNED, UNSIGNED, Array, Scalar
from adcompile.ir.walk import operands

INTEGERS = (*SIGNED, *UNSIGNED)


def check(function: Function, after: str, *, level: Level = "loops") -> None:
    """Raise InternalError, naming the pass that ran last, if the function is not well-formed."""
    problems = verify(function, level=level)
    if problems:
        raise InternalError("malformed IR:\n  " + "\n  ".join(problems), after)


def verify(function: Function, *, level: Level = "loops") -> list[str]:
    """All violations, each naming the statement it is in; empty if the function is well-formed."""
    verifier = _Verifier(function, level)
    verifier.verify_function()
    return verifier.problems


class _Verifier:
    """Goes through a function once. `visible` are the values whose definition dominates the current place."""

    def __init__(self, function: Function, level: Level) -> None:
        self.function = function
        self.level = level
        self.names = Names(function)
        self.problems: list[str] = []
        self.visible: set[Value] = set()
        self.defined: dict[Value, None] = {}
        self.place: Stmt | None = None

    def verify_function(self) -> None:
        region = self.function.region
        if self.level == "graph":
            for param in region.params:
                self.require(_has_dims(param), f"{self.names.of(param)} has no dims")
        self.verify_region(region, params_have_dims=False)

    def require(self, ok: bool, problem: str) -> None:
        if not ok:
            self.complain(problem)

    def complain(self, problem: str) -> None:
        name = f"def {self.function.name}"
        place = format_statement(self.place, self.names) if self.place is not None else name
        self.problems.append(f"`{place}`: {problem}")

    # -- defined

    def define(self, values: Sequence[Value], *, with_dims: bool = True) -> None:
        for value in values:
            self.require(value not in self.defined, f"{self.names.of(value)} is defined twice")
            self.defined[value] = None
            self.visible.add(value)
        for value in values if with_dims else ():
            for extent in value.dims:
                self.use(extent)
                self.integer(extent, f"an extent of {self.names.of(value)}")
            self.require(not value.dims or _has_dims(value), f"{self.names.of(value)} has {len(value.dims)} dims")

    def use(self, operand: Operand) -> None:
        if isinstance(operand, Const):
            self.require(_is_well_typed(operand), f"the constant {operand.value!r} is no {operand.type}")
        elif operand not in self.visible:
            self.complain(f"{self.names.of(operand)} is used where no definition of it is in scope")

    def verify_region(self, region: Region, *, params_have_dims: bool = True) -> None:
        outer, place = len(self.defined), self.place
        self.define(region.params, with_dims=params_have_dims)
        for stmt in region.body:
            self.verify_statement(stmt)
        self.place = place
        for operand in region.yields:
            self.use(operand)
        # What the region defined is out of scope after it.
        self.visible.difference_update(islice(self.defined, outer, None))

    def verify_statement(self, stmt: Stmt) -> None:
        self.place = stmt
        for operand in operands(stmt):
            self.use(operand)
        match stmt:
            case Apply():
                self.verify_apply(stmt)
            case If():
                self.verify_if(stmt)
            case For():
                self.verify_for(stmt)
            case While():
                self.verify_while(stmt)
            case _:
                assert_never(stmt)
        self.place = stmt
        self.define(stmt.results)

    # -- flow

    def verify_if(self, stmt: If) -> None:
        self.boolean(stmt.cond, "the condition")
        for region in (stmt.then, stmt.orelse):
            self.require(not region.params, "a branch has params")
            self.verify_region(region)
            self.flow(region.yields, stmt.results, "yields and results")
        self.no_arrays(stmt.results)

    def verify_for(self, stmt: For) -> None:
        for bound in (stmt.start, stmt.stop, stmt.step):
            self.integer(bound, "a bound")
        self.require(not (isinstance(stmt.step, Const) and stmt.step.value == 0), "the step is zero")
        if not stmt.body.params:
            self.complain("the body has no index")
            return
        self.integer(stmt.body.params[0], "the index")
        carried, yields, results = stmt.body.params[1:], stmt.body.yields, stmt.results
        self.verify_region(stmt.body)
        if stmt.exits:
            self.require(bool(yields), "an exit is missing from the yields")
            self.boolean_each(yields[:1], "the exit")
            self.count(results)
            yields, results = yields[1:], results[1:]
        self.flow(stmt.inits, carried, "inits and params")
        self.flow(yields, carried, "yields and params")
        self.flow(results, carried, "results and params")
        self.require(len(stmt.sums) in (0, len(carried)), f"{len(stmt.sums)} sums for {len(carried)} carried values")
        self.no_arrays(carried)

    def verify_while(self, stmt: While) -> None:
        self.verify_region(stmt.test)
        self.verify_region(stmt.body)
        self.require(len(stmt.test.yields) == 1, "the test yields not one operand")
        self.boolean_each(stmt.test.yields, "the test")
        self.count(stmt.results)
        self.flow(stmt.inits, stmt.test.params, "inits and params of the test")
        self.flow(stmt.inits, stmt.body.params, "inits and params of the body")
        self.flow(stmt.body.yields, stmt.body.params, "yields and params")
        self.flow(stmt.results[1:], stmt.body.params, "results and params")
        self.no_arrays(stmt.body.params)

    def flow(self, given: Sequence[Operand], wanted: Sequence[Operand], what: str) -> None:
        if len(given) != len(wanted):
            self.complain(f"{what} differ in number: {len(given)} and {len(wanted)}")
            return
        for one, other in zip(given, wanted, strict=True):
            agree = one.type.dtype == other.type.dtype and _ndim(one) == _ndim(other)
            names = f"{self.names.of(one)} and {self.names.of(other)}"
            self.require(agree, f"{what} differ in type: {one.type} and {other.type} ({names})")

    def count(self, results: Sequence[Value]) -> None:
        self.require(bool(results), "the trip count is missing from the results")
        for result in results[:1]:
            self.integer(result, "the trip count")

    def no_arrays(self, values: Sequence[Value]) -> None:
        arrays = [self.names.of(v) for v in values if isinstance(v.type, Array)]
        self.require(self.level == "graph" or not arrays, f"arrays are carried or joined: {', '.join(arrays)}")

    # -- bool, int

    def boolean_each(self, given: Sequence[Operand], what: str) -> None:
        for operand in given:
            self.boolean(operand, what)

    def boolean(self, operand: Operand, what: str) -> None:
        self.require(operand.type.dtype == "bool" and _ndim(operand) is None, f"{what} is {operand.type}, not a bool")

    def integer(self, operand: Operand, what: str) -> None:
        ok = operand.type.dtype in INTEGERS and _ndim(operand) is None
        self.require(ok, f"{what} is {operand.type}, not an integer")

    # -- dtype, memory

    def verify_apply(self, stmt: Apply) -> None:
        primitive, given = stmt.primitive, len(stmt.operands)
        arity = primitive.arity
        if arity not in (-1, given):
            self.complain(f"{primitive.name} takes {arity} operands, not {given}")
            return
        if primitive.elementwise:
            self.verify_scalar(stmt)
        elif primitive.routine is not None:
            for problem in library_problems(stmt):
                self.complain(problem)
        elif primitive.name == "multiply":
            for problem in _multiply_problems(stmt):
                self.complain(problem)
        elif primitive.level != "graph":
            for problem in memory_problems(stmt):
                self.complain(problem)
        else:
            self.require(self.level == "graph", f"{primitive.name} is an operation on whole arrays")
        if self.level == "graph":
            missing = [self.names.of(r) for r in stmt.results if not _has_dims(r)]
            self.require(not missing, f"{', '.join(missing)} has no dims")

    def verify_scalar(self, stmt: Apply) -> None:
        if len(stmt.results) != 1:
            self.complain(f"{len(stmt.results)} results")
            return
        arrays = any(_ndim(o) is not None for o in stmt.operands)
        self.require(not (arrays and self.level == "loops"), "whole arrays")
        self.require(arrays == (_ndim(stmt.results[0]) is not None), "array operands and an array result go together")
        for problem in dtype_problems(stmt):
            self.complain(problem)


def dtype_problems(stmt: Apply) -> list[str]:
    """What is wrong with the dtypes of a scalar operation."""
    primitive, result = stmt.primitive, stmt.results[0].type.dtype
    dtypes = [o.type.dtype for o in stmt.operands]
    expected, computing = dtypes[0], dtypes
    match primitive.dtypes:
        case Dtypes.CONVERTED:
            return []
        case Dtypes.COMPARED | Dtypes.CLASSIFIED:
            expected = "bool"
        case Dtypes.LOGICAL:
            expected, computing = "bool", ["bool", *dtypes]
        case Dtypes.CHOSEN:
            expected, computing = dtypes[1], dtypes[1:]
            if dtypes[0] != "bool":
                return [f"{primitive.name} decides by a {dtypes[0]}"]
        case Dtypes.POWER if dtypes[0] in FLOATS and dtypes[1] in INTEGERS:
            computing = dtypes[:1]
    problems = [] if len(set(computing)) == 1 else [f"operands of different types: {', '.join(dtypes)}"]
    if result != expected:
        problems.append(f"the result is {result}, not {expected}")
    if primitive.dtypes is Dtypes.REAL and dtypes[0] not in FLOATS:
        problems.append(f"{primitive.name} of {dtypes[0]}")
    return problems


def memory_problems(stmt: Apply) -> list[str]:
    """What is wrong with the operands of a memory operation."""
    name, types = stmt.primitive.name, [o.type for o in stmt.operands]
    results = [r.type for r in stmt.results]
    takes_array = name not in ("alloc", "require")
    if len(results) != (0 if stmt.primitive.effect in (Effect.WRITE, Effect.CHECK) else 1):
        return [f"{len(results)} results"]
    if takes_array and not (types and isinstance(types[0], Array)):
        return ["the first operand is no array"]
    first = types[0] if types else None
    match name:
        case "alloc":
            return [*_count_problems(types, results[0]), *_fill_problems(stmt)]
        case "alloc_like":
            return [*_same_array(types[0], results[0]), *_fill_problems(stmt)]
        case "reshape":
            dtype = [] if results[0].dtype == types[0].dtype else ["the dtype changes"]
            return [*_count_problems(types[1:], results[0]), *dtype]
        case "row":
            return _row_problems(types, results[0])
        case "dim" | "stride":
            assert isinstance(first, Array)
            axis = stmt.attrs.axis
            inside = [] if 0 <= axis < first.ndim else [f"no axis {axis} in {first.ndim} dimensions"]
            return (
                inside
                if results[0] == Scalar("int64")
                else [*inside, f"{'an extent' if name == 'dim' else 'a stride'} is int64"]
            )
        case "load":
            return [*_count_problems(types[1:], first), *_element_problems(results[0], first)]
        case "store":
            return [*_count_problems(types[1:-1], first), *_element_problems(types[-1], first)]
        case "part":
            same = types[0] == results[0] and types[0].ndim == 1  # type: ignore[union-attr]
            bounds = [] if [each.dtype for each in types[1:]] == ["int64"] * 2 else [f"a part from {types[1:]}"]
            return bounds if same else [*bounds, f"{results[0]} is no part of {types[0]}"]
        case "grow" | "reserve":
            return [] if types[1:] == [Scalar("int64")] else [f"grows to {types[1:]}"]
        case _:
            return _require_problems(stmt)


def _count_problems(indices: Sequence[Array | Scalar], array: Array | Scalar | None) -> list[str]:
    if not isinstance(array, Array):
        return [f"{array} is no array"]
    integers = all(isinstance(i, Scalar) and i.dtype in INTEGERS for i in indices)
    problems = [] if integers else [f"indices are {', '.join(map(str, indices))}"]
    if len(indices) != array.ndim:
        problems.append(f"{len(indices)} indices into an array of {array.ndim} dimensions")
    return problems


def _element_problems(type_: Array | Scalar, array: Array | Scalar | None) -> list[str]:
    ok = isinstance(type_, Scalar) and array is not None and type_.dtype == array.dtype
    return [] if ok else [f"{type_} is no element of {array}"]


def _same_array(one: Array | Scalar, other: Array | Scalar) -> list[str]:
    same = isinstance(one, Array) and isinstance(other, Array) and (one.dtype, one.ndim) == (other.dtype, other.ndim)
    return [] if same else [f"{other} is not like {one}"]


def _fill_problems(stmt: Apply) -> list[str]:
    fill = stmt.attrs.fill
    return [] if fill in ("zeros", "empty") else [f"fill={fill!r}"]


def _row_problems(types: Sequence[Array | Scalar], row: Array | Scalar) -> list[str]:
    array, indices = types[0], types[1:]
    if not isinstance(array, Array) or not isinstance(row, Array) or array.ndim != row.ndim + len(indices):
        return [f"{len(indices)} indices lead from {array} to {row}"]
    problems = _count_problems(indices, Array(array.dtype, len(indices)))
    return problems if array.dtype == row.dtype else [*problems, "the dtype changes"]


def library_problems(stmt: Apply) -> list[str]:
    """What is wrong with the operands and results of a library call."""
    assert stmt.primitive.routine is not None
    types, results = [o.type for o in stmt.operands], [r.type for r in stmt.results]
    expected = stmt.primitive.routine.result_types(types)
    computes = bool(stmt.primitive.routine.gives) or types[0].dtype in FLOATS
    if expected is None or len({t.dtype for t in types}) > 1 or not computes:
        return [f"{stmt.primitive.name} of {', '.join(map(str, types))}"]
    alike = [(t.dtype, getattr(t, "ndim", None)) for t in expected]
    return [] if alike == [(t.dtype, getattr(t, "ndim", None)) for t in results] else [f"results {results}"]


def _multiply_problems(stmt: Apply) -> list[str]:
    types = [o.type for o in stmt.operands]
    ranks = tuple(map(_ndim, stmt.operands))
    alike = len({t.dtype for t in types}) == 1 and types[0].dtype in FLOATS
    if stmt.results or not alike or ranks not in ((1, 2, 1), (1, 1, 2), (2, 2, 2)):
        return [f"multiply of {', '.join(map(str, types[1:]))} into {types[0]}"]
    return []


def _require_problems(stmt: Apply) -> list[str]:
    ok = bool(stmt.operands) and stmt.operands[0].type.dtype == "bool"
    problems = [] if ok else ["the condition is no bool"]
    return problems if stmt.attrs.error else [*problems, "no exception is named"]


def _ndim(operand: Operand) -> int | None:
    return operand.type.ndim if isinstance(operand.type, Array) else None


def _has_dims(value: Value) -> bool:
    return not isinstance(value.type, Array) or len(value.dims) == value.type.ndim


def _is_well_typed(constant: Const) -> bool:
    dtype = constant.type.dtype
    if dtype in INTEGERS:
        limits = np.iinfo(dtype)
        return type(constant.value) is int and limits.min <= constant.value <= limits.max
    return type(constant.value) is (float if dtype in FLOATS else bool)
