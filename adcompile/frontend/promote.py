"""Promotion as NumPy has it (NEP 50): which dtype an operation computes in, and the casts that take it there.

    x32 * 2.0        float32: a Python number gives way         mul(x32, 2.0f)
    n * x            float64                                    mul(cast(n), x)
    i / j            float64, of ints too                       div(cast(i), cast(j))

`ufunc.resolve_dtypes` decides; between Python numbers alone Python's own rules hold.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import masks, result_orders, shapes
from adcompile.frontend.emitter import Emitter
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Buffer,
    Masked,
    Number,
    Static,
    array_type,
    describe,
    is_number,
    scalar_number,
    weak_type,
)
from adcompile.ir.nodes import Const, Operand, integer
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import DTYPES, FLOATS, Scalar
from adcompile.ops import array, scalar

PYTHON: dict[Primitive, Callable[..., object]] = {
    scalar.add: operator.add,
    scalar.sub: operator.sub,
    scalar.mul: operator.mul,
    scalar.div: operator.truediv,
    scalar.floordiv: operator.floordiv,
    scalar.mod: operator.mod,
    scalar.pow_: operator.pow,
    scalar.bitand: operator.and_,
    scalar.bitor: operator.or_,
    scalar.bitxor: operator.xor,
    scalar.lshift: operator.lshift,
    scalar.rshift: operator.rshift,
    scalar.neg: operator.neg,
    scalar.invert: operator.invert,
    scalar.lt: operator.lt,
    scalar.le: operator.le,
    scalar.gt: operator.gt,
    scalar.ge: operator.ge,
    scalar.eq: operator.eq,
    scalar.ne: operator.ne,
    scalar.abs_: operator.abs,
}
_KINDS = {"bool": bool, "int64": int, "float64": float}
_EXAMPLES = {"bool": True, "int64": 0, "float64": 0.0}


def ufunc_of(primitive: Primitive) -> np.ufunc:
    """The ufunc that a primitive stands for; for a function of analysis that is none, one with the same dtypes."""
    function = np.power if primitive is scalar.pow_ else primitive.evaluate
    return function if isinstance(function, np.ufunc) else np.exp


def meaning_of(primitive: Primitive) -> Callable[..., object]:
    """What computes it on NumPy's numbers."""
    meaning = np.power if primitive is scalar.pow_ else primitive.evaluate
    assert meaning is not None
    return meaning


def operate(e: Emitter, primitive: Primitive, *arguments: Abstract) -> Abstract:
    """A Python operator on numbers and arrays."""
    if any(isinstance(a, Masked) for a in arguments):
        return masks.elementwise(e, lambda e, *whole: operate(e, primitive, *whole), arguments, primitive.name)
    check_numeric(primitive.name, arguments)
    if all(isinstance(a, Static) for a in arguments):
        return fold(PYTHON[primitive], arguments)
    if all(weak_type(a) for a in arguments):
        return _python(e, primitive, arguments)
    match arguments:
        case (ArrayValue(dtype="bool") as base, Static(value=2)) if primitive is scalar.pow_:
            # NumPy takes `x ** 2` as `np.square(x)`, which has int8 for bool.
            arguments = (e.cast(base, "int8"), arguments[1])
    result = ufunc(e, primitive, *arguments)
    if isinstance(result, Number) and any(map(_is_mixed, arguments)):
        return replace(result, mixed=all(weak_type(a) or _is_mixed(a) for a in arguments))
    return result


def _is_mixed(argument: Abstract) -> bool:
    return isinstance(argument, Number) and argument.mixed


def ufunc(e: Emitter, primitive: Primitive, *arguments: Abstract) -> Abstract:
    """A NumPy ufunc on numbers and arrays: the result is a NumPy number or an array."""
    if any(isinstance(a, Masked) for a in arguments):
        return masks.elementwise(e, lambda e, *whole: ufunc(e, primitive, *whole), arguments, primitive.name)
    check_numeric(primitive.name, arguments)
    arguments = tuple(without_zero_dimensional(e, arguments))
    if all(isinstance(a, Static) for a in arguments):
        return fold(meaning_of(primitive), arguments)
    dtypes = _resolve(primitive, arguments)
    if primitive.compares:
        if any(map(_is_mixed, arguments)):
            _refuse_mixed_comparisons(arguments)
        primitive, arguments = _with_a_number_in_range(primitive, arguments, dtypes[0])
    if primitive is scalar.pow_:
        _refuse_negative_powers(e, dtypes[0], arguments[1])
    return elementwise(e, primitive, arguments, dtypes[:-1], dtypes[-1])


def elementwise(
    e: Emitter,
    primitive: Primitive,
    arguments: tuple[Abstract, ...],
    dtypes: tuple[str, ...],
    result: str,
    *,
    weak: bool = False,
) -> Abstract:
    """Apply a scalar primitive, its operands cast to `dtypes`, broadcast if there are arrays."""
    operands = [_operand(e, primitive, k, a, d) for k, (a, d) in enumerate(zip(arguments, dtypes, strict=True))]
    arrays = [a for a in arguments if isinstance(a, ArrayValue)]
    if not arrays:
        exact = weak or result != "int64" or all(weak_type(a) or _is_mixed(a) for a in arguments)
        if primitive.exact is not None and not exact:
            return scalar_number(e.ints.wrapping(primitive, *operands))
        return scalar_number(scalar_apply(e, primitive, operands, result), weak=weak)
    dims = shapes.broadcast_dims(e, arrays)
    value = e.builder.apply(primitive, *operands, type=array_type(result, dims), dims=dims)
    return ArrayValue(value, Buffer(), order=result_orders.kept(e, arrays, dims))


def scalar_apply(e: Emitter, primitive: Primitive, operands: list[Operand], result: str) -> Operand:
    """A scalar operation on Python's numbers; int64 arithmetic is folded and shared."""
    ints = e.ints
    if all(o.type.dtype == "int64" for o in operands):
        two = len(operands) == 2
        if primitive.compares:
            return ints.compare(primitive, *operands)
        smart: dict[Primitive, Callable[..., Operand]] = {
            scalar.add: ints.add,
            scalar.sub: ints.sub,
            scalar.mul: ints.mul,
            scalar.floordiv: ints.floordiv,
            scalar.mod: ints.mod,
            scalar.minimum: ints.min,
            scalar.maximum: ints.max,
            scalar.neg: ints.neg,
        }
        if primitive in smart and (two or primitive is scalar.neg):
            return smart[primitive](*operands)
    return e.builder.apply(primitive, *operands, type=Scalar(result))


def fold(function: Callable[..., object], arguments: tuple[Abstract, ...]) -> Static:
    """Compute with what is known, as Python does. What Python raises is an error of the program."""
    values = [a.value for a in arguments if isinstance(a, Static)]
    try:
        with np.errstate(all="ignore"):
            return Static(function(*values))
    except (TypeError, ArithmeticError, ValueError) as error:
        name = getattr(function, "__name__", str(function))
        raise UnsupportedError(f"`{name}` fails on {', '.join(map(repr, values))}: {error}") from None


def without_zero_dimensional(e: Emitter, arguments: tuple[Abstract, ...]) -> list[Abstract]:
    """NumPy makes scalars of 0-d arrays in every operation."""
    return [e.item(a) if isinstance(a, ArrayValue) and a.ndim == 0 else a for a in arguments]


def result_dtype(*arguments: Abstract) -> str:
    """The common dtype of numbers and arrays (`np.result_type`)."""
    parts: list[object] = []
    for argument in arguments:
        weak = weak_type(argument)
        if isinstance(argument, Static):
            parts.append(argument.value)
        elif weak is not None:
            parts.append(_EXAMPLES[weak.dtype])
        else:
            parts.append(np.dtype(dtype_of(argument)))
    return supported(np.result_type(*parts).name)  # type: ignore[arg-type]


def joined_dtype(one: Abstract, other: Abstract) -> str:
    """The dtype that holds both numbers as they are: a Python float among np.float32s must not be rounded.

    One that is known and a float32 as it stands, such as the 0.0 that a sum starts from, stays out of the way.
    """
    dtype = result_dtype(one, other)
    exact = all(is_exact(x, dtype) for x in (one, other))
    return dtype if exact else supported(np.result_type(dtype, np.float64).name)


def is_exact(number: Abstract, dtype: str) -> bool:
    """Is a Python number certain to be kept by this dtype?"""
    weak = weak_type(number)
    if weak is None or weak.dtype == "bool" or dtype not in FLOATS or dtype == "float64":
        return True
    match number:
        case Static(value=int() | float() as known) | Number(operand=Const(value=int() | float() as known)):
            return math.isnan(known) or float(np.dtype(dtype).type(known)) == known
        case _:
            return False


def dtype_of(argument: Abstract) -> str:
    """The dtype of a number or an array."""
    match argument:
        case Number() | ArrayValue():
            return argument.dtype
        case Static(value=known) if is_number(argument):
            return np.result_type(known).name  # type: ignore[arg-type]
        case _:
            raise UnsupportedError(f"a number or an array is expected here, not {describe(argument)}")


def supported(dtype: str) -> str:
    """The dtype, or a refusal."""
    if dtype in DTYPES:
        return dtype
    raise UnsupportedError(
        f"this computes in {dtype}, which is not supported", None, "Convert an operand to float64 or float32 first."
    )


def check_numeric(name: str, arguments: tuple[Abstract, ...]) -> None:
    """Refuse operands that are neither numbers nor arrays (other static values are left to Python)."""
    for argument in arguments:
        if not isinstance(argument, Static | Number | ArrayValue):
            raise UnsupportedError(f"`{name}` of {describe(argument)} is not supported")
        if not is_number(argument) and isinstance(argument, Static) and len(set(map(type, arguments))) > 1:
            raise UnsupportedError(f"`{name}` of {describe(argument)} and a computed value is not supported")


def _resolve(primitive: Primitive, arguments: tuple[Abstract, ...]) -> tuple[str, ...]:
    """The dtypes that a ufunc's loop takes and returns."""
    function = ufunc_of(primitive)
    weak = [weak_type(a) for a in arguments]
    every = all(weak)
    kinds: list[object] = []
    for argument, kind in zip(arguments, weak, strict=True):
        plain = kind is not None and kind.dtype != "bool" and not every
        kinds.append(_KINDS[kind.dtype] if plain and kind else np.dtype(dtype_of(argument)))
    try:
        resolved = function.resolve_dtypes((*kinds, None))  # type: ignore[arg-type]
    except TypeError as error:
        names = " and ".join(map(describe, arguments))
        raise UnsupportedError(f"NumPy has no `{function.__name__}` for {names}: {error}") from None
    return tuple(supported(each.name) for each in resolved)


def _refuse_mixed_comparisons(arguments: tuple[Abstract, ...]) -> None:
    """NumPy compares a float32 with a Python float as float32s, and with a float64 as float64s."""
    if any(dtype_of(a) == "float32" and weak_type(a) is None for a in arguments):
        raise UnsupportedError(
            "a number that is compared with a float32 is Python's on one path and NumPy's on another",
            None,
            "Give it one type on every path: start from `np.float64(...)` or `np.float32(...)`.",
        )


def _with_a_number_in_range(
    primitive: Primitive, arguments: tuple[Abstract, ...], dtype: str
) -> tuple[Primitive, tuple[Abstract, ...]]:
    """The same comparison, with a number that the integers compared with it have: `u > -1` is `u >= 0`."""
    if np.dtype(dtype).kind not in "iu":
        return primitive, arguments
    x, y = arguments
    relation = primitive
    if isinstance(x, Static):
        x, y, relation = y, x, scalar.MIRRORED[primitive]
    limits = np.iinfo(dtype)
    if not isinstance(y, Static) or not isinstance(y.value, int) or limits.min <= y.value <= limits.max:
        return primitive, arguments
    if y.value < limits.min:
        always = relation in (scalar.gt, scalar.ge, scalar.ne)
        return scalar.ge if always else scalar.lt, (x, Static(int(limits.min)))
    always = relation in (scalar.lt, scalar.le, scalar.ne)
    return scalar.le if always else scalar.gt, (x, Static(int(limits.max)))


def _operand(e: Emitter, primitive: Primitive, position: int, argument: Abstract, dtype: str) -> Operand:
    if primitive is scalar.pow_ and position == 1 and dtype in FLOATS and isinstance(argument, Static):
        exponent = argument.value
        if isinstance(exponent, int | np.integer) and not isinstance(exponent, bool):
            return integer(int(exponent))  # x ** 3 stays an integer power
    if isinstance(argument, ArrayValue):
        converted = e.cast(argument, dtype)
        assert isinstance(converted, ArrayValue)
        return converted.value
    return e.operand(argument, dtype)


def _refuse_negative_powers(e: Emitter, dtype: str, exponent: Abstract) -> None:
    message = "Integers to negative integer powers are not allowed."
    if np.dtype(dtype).kind not in "iu" or np.dtype(dtype_of(exponent)).kind != "i":
        return
    if isinstance(exponent, Static) and exponent.value < 0:  # type: ignore[operator]
        raise ValueError(message)
    if isinstance(exponent, ArrayValue):
        negative = ufunc(e, scalar.lt, exponent, Static(0))
        assert isinstance(negative, ArrayValue)
        axes = tuple(range(negative.ndim))
        counted = e.cast(negative, "int64")
        assert isinstance(counted, ArrayValue)
        count = e.builder.apply(array.sum_, counted.value, type=Scalar("int64"), axes=axes)
        e.require(e.ints.compare(scalar.eq, count, integer(0)), error="ValueError", message=message)
    if isinstance(exponent, Number):
        power = e.operand(exponent, "int64")
        e.require(e.ints.compare(scalar.ge, power, integer(0)), error="ValueError", message=message)


def _python(e: Emitter, primitive: Primitive, arguments: tuple[Abstract, ...]) -> Abstract:
    """An operator between Python numbers."""
    dtypes = [kind.dtype for kind in map(weak_type, arguments) if kind is not None]
    widest = max(dtypes, key=("bool", "int64", "float64").index)
    if primitive.compares:
        primitive, arguments = _with_a_number_in_range(primitive, arguments, widest)
        return elementwise(e, primitive, arguments, (widest,) * len(arguments), "bool", weak=True)
    bitwise = primitive in (scalar.bitand, scalar.bitor, scalar.bitxor)
    computes = "int64" if widest == "bool" and not bitwise else widest
    if primitive is scalar.div:
        computes = "float64"
    if primitive is scalar.pow_ and computes == "int64":
        computes = _python_power(e, arguments[1])
    if computes == "float64" and (bitwise or primitive in (scalar.lshift, scalar.rshift, scalar.invert)):
        raise UnsupportedError(f"`{primitive.name}` of floats does not exist")
    return elementwise(e, primitive, arguments, (computes,) * len(arguments), computes, weak=True)


def _python_power(e: Emitter, exponent: Abstract) -> str:
    """int ** int is an int for exponents from 0 on, else a float."""
    if isinstance(exponent, Static):
        return "float64" if exponent.value < 0 else "int64"  # type: ignore[operator]
    power = e.operand(exponent, "int64")
    message = "an int to the power {}: negative exponents need a float base here"
    e.require(e.ints.compare(scalar.ge, power, integer(0)), power, error="ValueError", message=message)
    return "int64"
