"""Elementwise functions: the ufuncs of NumPy, their twins in `math`, and the builtins that take numbers."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import places, promote
from adcompile.frontend.conditions import truth_of
from adcompile.frontend.creation import convert
from adcompile.frontend.surface import FUNCTIONS, function, method, takes_masked
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    FALSE,
    NAUGHT,
    NONE,
    Abstract,
    ArrayValue,
    Number,
    Static,
    describe,
    is_number,
    scalar_number,
    weak_type,
)
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOATS
from adcompile.ops import scalar
from adcompile.ops.scalar import SCALARS


def _numpy(primitive: Primitive) -> Callable[..., Abstract]:
    def unary(t: Tracer, x: Abstract, out: Abstract = NONE) -> Abstract:
        return places.given(t, promote.ufunc(t, primitive, x), out)

    def binary(t: Tracer, x1: Abstract, x2: Abstract, out: Abstract = NONE) -> Abstract:
        return places.given(t, promote.ufunc(t, primitive, x1, x2), out)

    return takes_masked(unary if primitive.arity == 1 else binary)


def _math(primitive: Primitive, original: Callable[..., Any]) -> Callable[..., Abstract]:
    def build(t: Tracer, *args: Abstract) -> Abstract:
        if len(args) != primitive.arity:
            raise TypeError(f"{original.__name__} expected {primitive.arity} arguments, got {len(args)}")
        if all(isinstance(a, Static) for a in args):
            return promote.fold(original, args)
        floats = tuple(python_float(t, a, original.__name__) for a in args)
        return promote.elementwise(t, primitive, floats, ("float64",) * len(args), "float64", weak=True)

    return build


def python_float(t: Tracer, value: Abstract, name: str) -> Abstract:
    """A scalar argument of a `math` function."""
    if isinstance(value, ArrayValue):
        if value.ndim:
            raise UnsupportedError(f"`math.{name}` takes a number, not {describe(value)}", None, "Use its NumPy twin.")
        value = t.item(value)
    return t.cast(value, "float64", weak=True)


for _primitive in SCALARS.values():
    FUNCTIONS.update({ufunc: _numpy(_primitive) for ufunc in _primitive.public.ufuncs})
    if (_twin := _primitive.public.twin) is not None:
        FUNCTIONS[_twin] = _math(_primitive, _twin)


@function(math.log)
def log(t: Tracer, x: Abstract, base: Abstract | None = None) -> Abstract:
    natural = _math(scalar.log, math.log)(t, x)
    return natural if base is None else promote.operate(t, scalar.div, natural, _math(scalar.log, math.log)(t, base))


@function(builtins.abs)
@takes_masked
def absolute(t: Tracer, x: Abstract) -> Abstract:
    return promote.operate(t, scalar.abs_, x)


@function(np.positive)
def positive(t: Tracer, x: Abstract) -> Abstract:
    if promote.dtype_of(x) == "bool":
        signature = "<class 'numpy.dtypes.BoolDType'> -> None"
        raise TypeError(f"ufunc 'positive' did not contain a loop with signature matching types {signature}")
    return promote.ufunc(t, scalar.mul, x, Static(1))


@function(np.sinc)
@takes_masked
def sinc(t: Tracer, x: Abstract) -> Abstract:
    """Of integers of any size in float64: it is no ufunc."""
    if promote.dtype_of(x) not in FLOATS:
        x = convert(t, x, "float64", weak=False)
    return promote.ufunc(t, scalar.sinc, x)


@function(np.reciprocal)
@takes_masked
def reciprocal(t: Tracer, x: Abstract, out: Abstract = NONE) -> Abstract:
    if promote.dtype_of(x) not in FLOATS and not weak_type(x):
        raise UnsupportedError("`np.reciprocal` of integers is not supported", None, "Write `1 // x` or `1.0 / x`.")
    return places.given(t, promote.ufunc(t, scalar.div, Static(1), x), out)


@function(np.square)
@takes_masked
def square(t: Tracer, x: Abstract, out: Abstract = NONE) -> Abstract:
    if promote.dtype_of(x) == "bool":
        x = convert(t, x, "int8", weak=False)
    return places.given(t, promote.ufunc(t, scalar.mul, x, x), out)


@function(np.float_power)
def float_power(t: Tracer, x1: Abstract, x2: Abstract) -> Abstract:
    base, exponent = (convert(t, x, "float64", weak=False) for x in (x1, x2))
    return promote.ufunc(t, scalar.pow_, base, exponent)


@function(np.logical_and)
def logical_and(t: Tracer, x1: Abstract, x2: Abstract) -> Abstract:
    return promote.ufunc(t, scalar.bitand, _as_bool(t, x1), _as_bool(t, x2))


@function(np.logical_or)
def logical_or(t: Tracer, x1: Abstract, x2: Abstract) -> Abstract:
    return promote.ufunc(t, scalar.bitor, _as_bool(t, x1), _as_bool(t, x2))


@function(np.logical_xor)
def logical_xor(t: Tracer, x1: Abstract, x2: Abstract) -> Abstract:
    return promote.ufunc(t, scalar.bitxor, _as_bool(t, x1), _as_bool(t, x2))


@function(np.logical_not)
def logical_not(t: Tracer, x: Abstract) -> Abstract:
    return promote.ufunc(t, scalar.invert, _as_bool(t, x))


def _as_bool(t: Tracer, x: Abstract) -> Abstract:
    return convert(t, x, "bool", weak=False)


@function(np.where)
def where(t: Tracer, condition: Abstract, x: Abstract | None = None, y: Abstract | None = None) -> Abstract:
    if x is None or y is None:
        raise UnsupportedError(
            "`np.where` with one argument gives a shape that depends on data", None, "Pass `x` and `y`."
        )
    condition, x, y = promote.without_zero_dimensional(t, (condition, x, y))
    dtype = promote.result_dtype(x, y)
    if isinstance(condition, Static) and is_number(x) and is_number(y):
        return convert(t, x if condition.value else y, dtype, weak=False)
    return promote.elementwise(t, scalar.select, (_as_bool(t, condition), x, y), ("bool", dtype, dtype), dtype)


@function(np.clip)
@method("clip")
def clip(
    t: Tracer, a: Abstract, a_min: Abstract = NONE, a_max: Abstract = NONE, out: Abstract = NONE, **bounds: Abstract
) -> Abstract:
    if {*bounds} & {"min", "max"} and (a_min, a_max) != (NONE, NONE):
        raise ValueError("Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is forbidden.")
    low, high = bounds.pop("min", a_min), bounds.pop("max", a_max)
    if bounds:
        raise UnsupportedError(f"`{next(iter(bounds))}` of `clip` is not supported", None, "Supported is: out.")
    if weak_type(a) and not all(isinstance(x, Static) for x in (a, low, high)):
        a = convert(t, a, promote.dtype_of(a), weak=False)  # as the array that NumPy makes of it
    if low != Static(None):
        a = promote.ufunc(t, scalar.maximum, a, low)
    return places.given(t, a if high == Static(None) else promote.ufunc(t, scalar.minimum, a, high), out)


@function(builtins.float)
def to_float(t: Tracer, x: Abstract = NAUGHT) -> Abstract:
    if isinstance(x, Static):
        return promote.fold(float, (x,))
    return t.cast(_only(t, x), "float64", weak=True)


@function(builtins.int)
def to_int(t: Tracer, x: Abstract = NAUGHT) -> Abstract:
    if isinstance(x, Static):
        return promote.fold(int, (x,))
    number = _only(t, x)
    if isinstance(number, Number) and number.dtype == "uint64":
        return scalar_number(t.whole_number(number), weak=True)
    return t.cast(number, "int64", weak=True)


@function(builtins.bool)
def to_bool(t: Tracer, x: Abstract = FALSE) -> Abstract:
    truth = truth_of(t, x)
    return truth if isinstance(truth, Static) else t.cast(truth, "bool", weak=True)


def _only(t: Tracer, x: Abstract) -> Abstract:
    """The number, or the one element of a 0-d array."""
    if isinstance(x, ArrayValue):
        if x.ndim:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        return t.item(x)
    return x


def pick(t: Tracer, primitive: Primitive, one: Abstract, other: Abstract) -> Abstract:
    """Python's max (`gt`) or min (`lt`) of two numbers: the first wins a tie."""
    if isinstance(one, Static) and isinstance(other, Static):
        better = promote.operate(t, primitive, other, one)
        assert isinstance(better, Static)
        return other if better.value else one
    one, other = promote.without_zero_dimensional(t, (one, other))
    if isinstance(one, ArrayValue) or isinstance(other, ArrayValue):
        advice = "Use `np.maximum` or `np.minimum`."
        raise UnsupportedError("`max` or `min` of arrays is not supported", None, advice)
    weak = weak_type(one), weak_type(other)
    cond = promote.operate(t, primitive, other, one)
    if weak[0] and weak[1]:
        dtype = max(weak[0].dtype, weak[1].dtype, key=("bool", "int64", "float64").index)
        return promote.elementwise(t, scalar.select, (cond, other, one), ("bool", dtype, dtype), dtype, weak=True)
    dtype = promote.result_dtype(one, other)
    return promote.elementwise(t, scalar.select, (cond, other, one), ("bool", dtype, dtype), dtype)
