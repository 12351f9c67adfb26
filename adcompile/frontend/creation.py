"""Making arrays, and converting numbers and arrays to another dtype."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from adcompile.compositions import spacing
from adcompile.errors import UnsupportedError
from adcompile.frontend import indexing, lists, places, promote, reshaping, result_orders, shapes
from adcompile.frontend.emitter import constant
from adcompile.frontend.iteration import items_of
from adcompile.frontend.memory_orders import Order, Packed
from adcompile.frontend.orders import c_order
from adcompile.frontend.reshaping import C_ORDER, KEEP_ORDER
from adcompile.frontend.surface import function, method
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    FALSE,
    NAUGHT,
    NONE,
    TRUE,
    UNIT,
    Abstract,
    ArrayValue,
    Buffer,
    Number,
    Range,
    Sequence,
    Static,
    array_type,
    describe,
    is_number,
    scalar_number,
)
from adcompile.ir.nodes import Operand, integer
from adcompile.ir.types import FLOATS
from adcompile.ops import array, scalar


def dtype_argument(value: Abstract, default: str) -> str:
    """The name of a `dtype` argument."""
    if not isinstance(value, Static):
        raise UnsupportedError(f"a dtype cannot be {describe(value)}")
    if value.value is None:
        return default
    return promote.supported(np.dtype(value.value).name)  # type: ignore[call-overload]


def convert(t: Tracer, x: Abstract, dtype: str, *, weak: bool) -> Abstract:
    """x as a number or array of this dtype; what is not zero becomes True."""
    if isinstance(x, ArrayValue) and x.ndim == 0:
        x = t.item(x)
    if isinstance(x, Static) and is_number(x):
        converted = np.asarray(x.value).astype(dtype)[()]
        return Static(converted.item() if weak else converted)
    if dtype == "bool" and promote.dtype_of(x) != "bool":
        zero = Static(np.dtype(promote.dtype_of(x)).type(0))
        x = promote.ufunc(t, scalar.ne, x, zero)
    return t.cast(x, dtype, weak=weak)


def fill(t: Tracer, dims: tuple[Operand, ...], dtype: str, kind: str, value: Abstract = NAUGHT) -> ArrayValue:
    """A new array: `kind` is "zeros", "empty" or "value"."""
    operand = t.operand(value, dtype) if kind == "value" else constant(0, dtype)
    result = t.builder.apply(array.full, operand, type=array_type(dtype, dims), dims=dims, fill=kind)
    return t.array(result)


@function(np.zeros)
def zeros(t: Tracer, shape: Abstract, dtype: Abstract = NONE, order: Abstract = C_ORDER) -> Abstract:
    return _filled(t, shape, dtype, order, "zeros")


@function(np.empty)
def empty(t: Tracer, shape: Abstract, dtype: Abstract = NONE, order: Abstract = C_ORDER) -> Abstract:
    return _filled(t, shape, dtype, order, "empty")


@function(np.ones)
def ones(t: Tracer, shape: Abstract, dtype: Abstract = NONE, order: Abstract = C_ORDER) -> Abstract:
    return _filled(t, shape, dtype, order, "value", Static(1))


def _filled(
    t: Tracer, shape: Abstract, dtype: Abstract, order: Abstract, kind: str, value: Abstract = NAUGHT
) -> ArrayValue:
    return _ordered(t, fill(t, shapes.extents(t, shape), dtype_argument(dtype, "float64"), kind, value), order)


def _ordered(t: Tracer, made: ArrayValue, order: Abstract) -> ArrayValue:
    """A new array that lies in memory as the argument `order` says. Indices are logical, so only views ask for it."""
    axes = reshaping.order_argument(t, order, made)
    return made if axes == c_order(made.ndim) else replace(made, order=Packed(axes))


@function(np.full)
def full(
    t: Tracer, shape: Abstract, fill_value: Abstract, dtype: Abstract = NONE, order: Abstract = C_ORDER
) -> Abstract:
    dims = shapes.extents(t, shape)
    result = dtype_argument(dtype, promote.dtype_of(fill_value))
    if not isinstance(fill_value, ArrayValue):
        return _ordered(t, fill(t, dims, result, "value", convert(t, fill_value, result, weak=False)), order)
    made = _ordered(t, fill(t, dims, result, "empty"), order)
    places.store(t, made, fill_value)
    return made


@function(np.zeros_like)
def zeros_like(
    t: Tracer, a: Abstract, dtype: Abstract = NONE, order: Abstract = KEEP_ORDER, *, shape: Abstract = NONE
) -> Abstract:
    return _like(t, a, dtype, order, shape, "zeros", Static(0))


@function(np.empty_like)
def empty_like(
    t: Tracer, a: Abstract, dtype: Abstract = NONE, order: Abstract = KEEP_ORDER, *, shape: Abstract = NONE
) -> Abstract:
    return _like(t, a, dtype, order, shape, "empty", Static(0))


@function(np.ones_like)
def ones_like(
    t: Tracer, a: Abstract, dtype: Abstract = NONE, order: Abstract = KEEP_ORDER, *, shape: Abstract = NONE
) -> Abstract:
    return _like(t, a, dtype, order, shape, "value", Static(1))


@function(np.full_like)
def full_like(
    t: Tracer,
    a: Abstract,
    fill_value: Abstract,
    dtype: Abstract = NONE,
    order: Abstract = KEEP_ORDER,
    *,
    shape: Abstract = NONE,
) -> Abstract:
    return _like(t, a, dtype, order, shape, "value", fill_value)


def _like(
    t: Tracer, a: Abstract, dtype: Abstract, order: Abstract, shape: Abstract, kind: str, value: Abstract
) -> Abstract:
    dims = shapes.extents(t, shape) if shape != NONE else a.dims if isinstance(a, ArrayValue) else ()
    result = dtype_argument(dtype, promote.dtype_of(a))
    made = fill(t, dims, result, kind, convert(t, value, result, weak=False))
    if order != KEEP_ORDER:
        if order not in (Static("C"), Static("F")):
            raise UnsupportedError("this order is not supported here", None, "Use `order='C'` or `order='F'`.")
        return _ordered(t, made, order)
    return replace(made, order=_like_order(t, a, len(dims))) if isinstance(a, ArrayValue) else made


def _like_order(t: Tracer, a: ArrayValue, ndim: int) -> Order | None:
    """As `a` lies, in another shape too, if that has as many axes."""
    return result_orders.copied(t, a) if ndim == a.ndim else None


@function(np.eye, np.identity)
def eye(t: Tracer, N: Abstract, M: Abstract = NONE, k: Abstract = NAUGHT, dtype: Abstract = NONE) -> Abstract:
    rows = shapes.extents(t, N)
    dims = (*rows, *(shapes.extents(t, M) if M != NONE else rows))
    diagonal = shapes.static_int(k, "`k`")
    type_ = array_type(dtype_argument(dtype, "float64"), dims)
    return t.array(t.builder.apply(array.eye, type=type_, dims=dims, k=diagonal))


@function(np.arange)
def arange(
    t: Tracer, start: Abstract, stop: Abstract = NONE, step: Abstract = UNIT, dtype: Abstract = NONE
) -> Abstract:
    first, last = (NAUGHT, start) if stop == NONE else (start, stop)
    computes = promote.result_dtype(first, last, step)
    if isinstance(first, Static) and isinstance(last, Static) and isinstance(step, Static):
        return _known_range(t, np.arange(first.value, last.value, step.value, dtype_argument(dtype, computes)))  # type: ignore[call-overload]
    whole = [_as_int(bound) for bound in (first, last, step)]
    if computes in FLOATS and None not in whole:
        first, last, step = (bound for bound in whole if bound is not None)
    elif computes in FLOATS:
        raise UnsupportedError(
            "`np.arange` of floats is not supported: its length depends on rounding",
            None,
            "Use `np.linspace`, or `start + step * np.arange(n)`.",
        )
    low, high = t.integer(first, "`start`"), t.integer(last, "`stop`")
    size = shapes.static_int(step, "the step of `np.arange`")
    if size == 0:
        raise ZeroDivisionError("division by zero")
    dims = (t.ints.count(low, high, integer(size)),)
    result = dtype_argument(dtype, computes)
    operands = t.operand(Number(low), result), constant(size, result)
    return t.array(t.builder.apply(array.arange, *operands, type=array_type(result, dims), dims=dims))


def _as_int(bound: Abstract) -> Abstract | None:
    """An int, or a known float without a fraction."""
    if isinstance(bound, Static) and isinstance(bound.value, float):
        return Static(int(bound.value)) if bound.value.is_integer() else None
    return None if promote.dtype_of(bound) in FLOATS else bound


def _known_range(t: Tracer, known: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Abstract:
    """A range whose bounds are known: NumPy gives its length, its start and its step."""
    result, dims = known.dtype.name, (integer(len(known)),)
    start = known[0] if len(known) else 0
    step = known[1] - known[0] if len(known) > 1 else 1
    operands = constant(start, result), constant(step, result)
    return t.array(t.builder.apply(array.arange, *operands, type=array_type(result, dims), dims=dims))


FIFTY = Static(50)


@function(np.linspace)
def linspace(
    t: Tracer,
    start: Abstract,
    stop: Abstract,
    num: Abstract = FIFTY,
    endpoint: Abstract = TRUE,
    retstep: Abstract = FALSE,
    dtype: Abstract = NONE,
    axis: Abstract = NAUGHT,
) -> Abstract:
    common = promote.result_dtype(start, stop)
    computes = common if common in FLOATS else "float64"
    low, high = (convert(t, x, computes, weak=False) for x in (start, stop))
    count = scalar_number(t.integer(num, "`num`"), weak=True)
    wanted = Static(np.dtype(dtype_argument(dtype, computes)))
    choices = (endpoint, retstep, wanted, axis)
    return t.interpret(spacing.linspace, low, high, count, *choices, may_vanish=_step_may_vanish(low, high))


def _step_may_vanish(low: Abstract, high: Abstract) -> Static:
    """May a part of the distance be zero where that is not? Not where it is known and no tiny number."""
    if isinstance(low, Static) and isinstance(high, Static):
        width = abs(float(high.value) - float(low.value))  # type: ignore[arg-type]
        return Static(0.0 < width < 1e-15)
    return TRUE


@function(np.copy)
def copy(t: Tracer, a: Abstract, order: Abstract = KEEP_ORDER) -> Abstract:
    if not isinstance(a, ArrayValue):
        return make(t, a)
    if order != KEEP_ORDER:
        return reshaping.copied(t, a, order)
    value = t.builder.apply(array.copy, a.value, type=array_type(a.dtype, a.dims), dims=a.dims)
    return ArrayValue(value, Buffer(), order=result_orders.copied(t, a))


@method("astype")
def astype(t: Tracer, a: Abstract, dtype: Abstract, *, copy: Abstract = TRUE) -> Abstract:
    wanted = dtype_argument(dtype, "float64")
    if isinstance(a, ArrayValue) and a.dtype == wanted:
        return _copied(t, a) if shapes.static_bool(copy, "`copy`") else a
    return convert(t, a, wanted, weak=False)


_copied = copy


@function(np.array)
def array_of(
    t: Tracer, object: Abstract, dtype: Abstract = NONE, *, copy: Abstract = TRUE, order: Abstract = KEEP_ORDER
) -> Abstract:
    if not isinstance(object, ArrayValue):
        if copy == FALSE:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        return make(t, object, dtype)
    if copy not in (NONE, FALSE) and shapes.static_bool(copy, "`copy`"):
        made = make(t, object, dtype)
        if order in (KEEP_ORDER, NONE) or not isinstance(made, ArrayValue):
            return made
        return reshaping.laid_out(t, made, reshaping.order_argument(t, order, object))
    same = asarray(t, object, dtype, order=order)
    if copy == FALSE and same is not object:
        raise ValueError("Unable to avoid copy while creating an array as requested.")
    return same


def make(t: Tracer, object: Abstract, dtype: Abstract = NONE) -> Abstract:
    """`np.array` of anything."""
    if isinstance(object, Sequence) and object.grown:
        return make(t, lists.elements(t, object), dtype)
    if isinstance(object, Range):
        return make(t, arange(t, object.start, object.stop, object.step), dtype)
    items = None if isinstance(object, ArrayValue) or is_number(object) else items_of(object)
    if items is None:
        wanted = dtype_argument(dtype, promote.dtype_of(object))
        if isinstance(object, ArrayValue):
            return astype(t, object, Static(np.dtype(wanted)))
        return fill(t, (), wanted, "value", convert(t, object, wanted, weak=False))
    shape, parts = _nested(object)
    types = [np.dtype(promote.dtype_of(p)) for p in parts]
    wanted = dtype_argument(dtype, np.result_type(*types).name if types else "float64")
    inner = _common_dims(t, parts)
    made = fill(t, (*map(integer, shape), *inner), wanted, "empty")
    for position, part in zip(np.ndindex(*shape), parts, strict=True):
        index = Sequence("tuple", [Static(k) for k in position])
        places.store(t, indexing.place(t, made, index), part)
    return made


_INHOMOGENEOUS = "setting an array element with a sequence. The requested array has an inhomogeneous shape."


def _common_dims(t: Tracer, parts: list[Abstract]) -> tuple[Operand, ...]:
    """The extents that all elements of an array display have."""
    every = [part.dims if isinstance(part, ArrayValue) else () for part in parts]
    for dims in every[1:]:
        if len(dims) != len(every[0]):
            raise ValueError(_INHOMOGENEOUS)
        for one, other in zip(every[0], dims, strict=True):
            shown = [*every[0], *dims]
            shapes.require_equal(t, one, other, f"{_INHOMOGENEOUS} {shapes.spell(every[0], dims)}", shown)
    return every[0] if every else ()


@function(np.asarray, np.asanyarray)
def asarray(t: Tracer, a: Abstract, dtype: Abstract = NONE, order: Abstract = KEEP_ORDER) -> Abstract:
    same = isinstance(a, ArrayValue) and dtype_argument(dtype, a.dtype) == a.dtype
    x = a if same else make(t, a, dtype)
    if order in (KEEP_ORDER, NONE) or not isinstance(x, ArrayValue):
        return x
    return reshaping.laid_out(t, x, reshaping.order_argument(t, order, x))


@function(np.ascontiguousarray)
def ascontiguousarray(t: Tracer, a: Abstract, dtype: Abstract = NONE) -> Abstract:
    x = asarray(t, a, dtype, reshaping.C_ORDER)
    return reshaping.ravel(t, x) if isinstance(x, ArrayValue) and not x.ndim else x


@function(np.asfortranarray)
def asfortranarray(t: Tracer, a: Abstract, dtype: Abstract = NONE) -> Abstract:
    x = asarray(t, a, dtype, Static("F"))
    return reshaping.ravel(t, x) if isinstance(x, ArrayValue) and not x.ndim else x


def _nested(value: Abstract) -> tuple[tuple[int, ...], list[Abstract]]:
    """The shape of nested lists, and what they hold, in order."""
    if isinstance(value, Static) and isinstance(value.value, str | bytes):
        raise UnsupportedError("an array of text is not supported", None, "Make an array of numbers.")
    items = None if isinstance(value, ArrayValue) or is_number(value) else items_of(value)
    if items is None:
        return (), [value]
    inner = [_nested(item) for item in items]
    if len({shape for shape, _ in inner}) > 1:
        raise ValueError(_INHOMOGENEOUS)
    head = inner[0][0] if inner else ()
    return (len(items), *head), [part for _, parts in inner for part in parts]
