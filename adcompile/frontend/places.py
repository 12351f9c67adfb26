"""Stores into arrays: at a place given by an index, and updates in place.

    y[i] = v                assign(index(y, i), v)
    y[idx] = v              scatter(y, v, idx): of several stores to one element the last one counts
    y[mask] = v             assign_where(y, mask, v)
    y[1:] += x              w = index(y, 1); assign(w, w + x)
    y[idx] += x             scatter(y, gather(y, idx) + x, idx), as NumPy has it: repeated indices count once

Values are cast to the array's dtype and broadcast to the place; an update may not change the kind of the dtype.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from adcompile.compositions import selection
from adcompile.errors import UnsupportedError
from adcompile.frontend import indexing, masks, shapes
from adcompile.frontend.indexing import Item
from adcompile.frontend.ownership import check_store
from adcompile.frontend.promote import dtype_of
from adcompile.frontend.surface import FUNCTIONS, function, method
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    NONE,
    TRUE,
    Abstract,
    ArrayValue,
    Masked,
    Sequence,
    Static,
    array_type,
    describe,
    is_number,
)
from adcompile.ir.nodes import Operand, integer
from adcompile.ops import array

Operation = Callable[[Abstract], Abstract]


def put(t: Tracer, x: ArrayValue, index: Abstract, value: Abstract) -> None:
    """x[index] = value."""
    check_store(x)
    _write(t, x, indexing.parse(t, x, index), value)


def update(t: Tracer, x: ArrayValue, operation: Operation) -> None:
    """x op= value."""
    check_store(x)
    result = operation(x)
    _check_kind(x, result)
    store(t, x, result)


def update_item(t: Tracer, x: ArrayValue, index: Abstract, operation: Operation) -> None:
    """x[index] op= value."""
    check_store(x)
    items = indexing.parse(t, x, index)
    element = not any(isinstance(k, Static) and k.value is Ellipsis for k in _entries(index))
    old = indexing.read(t, x, items, element=element)
    result = operation(old)
    if isinstance(old, ArrayValue | Masked):
        _check_kind(x, result)
    if isinstance(old, ArrayValue) and old.view:
        store(t, old, result)
    else:
        _write(t, x, items, result)


def _entries(index: Abstract) -> list[Abstract]:
    return index.items if isinstance(index, Sequence) else [index]


def _write(t: Tracer, x: ArrayValue, items: list[Item], value: Abstract) -> None:
    kinds = [item.kind for item in items]
    if "mask" in kinds:
        under, mask, leading = indexing.under_mask(t, x, items)
        masks.put(t, under, mask, _as_array(t, value), leading=leading)
    elif "array" in kinds:
        _scatter(t, x, items, value)
    else:
        store(t, indexing.view(t, x, items), value)


def _scatter(t: Tracer, x: ArrayValue, items: list[Item], value: Abstract) -> None:
    operands, dims, attrs = indexing.gathered(t, items)
    spread = _spread(t, x, value, dims)
    t.builder.effect(array.scatter, x.value, spread, *operands, attrs=attrs)


def _spread(t: Tracer, x: ArrayValue, value: Abstract, dims: tuple[Operand, ...]) -> Operand:
    """The value as an array with the shape of the place."""
    value = _as_array(t, value)
    type_ = array_type(x.dtype, dims)
    if isinstance(value, ArrayValue) and value.ndim:
        shapes.broadcast_to(t, value, dims)
        converted = t.cast(value, x.dtype)
        assert isinstance(converted, ArrayValue)
        if converted.ndim > len(dims):
            converted = indexing.view(t, converted, _without_ones(converted, len(dims)))
        if converted.dims == dims:
            return converted.value
        return t.builder.apply(array.broadcast, converted.value, *dims, type=array_type(x.dtype, dims, "A"), dims=dims)
    operand = t.operand(t.item(value) if isinstance(value, ArrayValue) else value, x.dtype)
    return t.builder.apply(array.full, operand, type=type_, dims=dims, fill="value")


def _without_ones(x: ArrayValue, ndim: int) -> list[Item]:
    """The items that take the leading axes of extent 1 away."""
    extra = x.ndim - ndim
    whole = [Item("slice", (integer(0), integer(1)), extent, full=True) for extent in x.dims[extra:]]
    return [*[Item("int", (integer(0),))] * extra, *whole]


def _as_array(t: Tracer, value: Abstract) -> Abstract:
    """A list or tuple of numbers as an array; anything else as it is."""
    return FUNCTIONS[np.array](t, value) if isinstance(value, Sequence) else value


def _check_kind(old: ArrayValue, result: Abstract) -> None:
    """NumPy refuses an in-place operation whose result does not fit the array's kind."""
    computed = result.array.dtype if isinstance(result, Masked) else dtype_of(result)
    if not np.can_cast(computed, old.dtype, "same_kind"):
        raise UnsupportedError(
            f"this puts {computed} numbers into an array of {old.dtype} in place, which NumPy refuses",
            None,
            f"Make the array with `dtype=np.{computed}`.",
        )


def store(t: Tracer, view: ArrayValue, value: Abstract) -> None:
    """view[...] = value, cast to the array's dtype and broadcast."""
    match value:
        case ArrayValue() if value.ndim == 0:
            operand: Operand = t.operand(t.item(value), view.dtype)
        case ArrayValue():
            shapes.broadcast_to(t, value, view.dims)
            converted = t.cast(value, view.dtype)
            assert isinstance(converted, ArrayValue)
            if converted.ndim > view.ndim:
                converted = indexing.view(t, converted, _without_ones(converted, view.ndim))
            operand = converted.value
        case _ if is_number(value):
            operand = t.operand(value, view.dtype)
        case Masked():
            raise masks.refuse_shape()
        case Sequence(items=items) if len(items) > 1 and _depth(value) == view.ndim:
            _store_items(t, view, items)
            return
        case Sequence():
            store(t, view, _as_array(t, value))
            return
        case _:
            raise UnsupportedError(f"storing {describe(value)} into an array is not supported")
    t.builder.effect(array.assign, view.value, operand)


def _depth(value: Abstract) -> int:
    """How many axes a list stands for."""
    match value:
        case Sequence(items=[first, *_]):
            return 1 + _depth(first)
        case ArrayValue():
            return value.ndim
        case _:
            return 0


def _store_items(t: Tracer, view: ArrayValue, items: list[Abstract]) -> None:
    """A list of the shape of the place is stored item by item, as in NumPy: `y[:2] = [y[1], y[0]]` reads as it goes."""
    message = f"could not broadcast input array from shape ({len(items)},) into shape ({{}},)"
    shapes.require_equal(t, view.dims[0], integer(len(items)), message, [view.dims[0]])
    for k, each in enumerate(items):
        store(t, indexing.place(t, view, Static(k)), each)


@method("fill")
def fill(t: Tracer, a: Abstract, value: Abstract) -> Abstract:
    if not isinstance(a, ArrayValue):
        raise UnsupportedError(f"`fill` of {describe(a)} is not supported", None, "Assign it a number.")
    check_store(a)
    store(t, a, value)
    return NONE


def given(t: Tracer, result: Abstract, out: Abstract) -> Abstract:
    """The result of a NumPy function, in the array that was given as `out`, if there is one."""
    if isinstance(out, Sequence) and len(out.items) == 1:
        out = out.items[0]
    if out == NONE:
        return result
    if not isinstance(out, ArrayValue):
        raise TypeError("return arrays must be of ArrayType")
    check_store(out)
    _check_kind(out, result)
    store(t, out, result)
    return out


@function(np.copyto)
def copyto(t: Tracer, dst: Abstract, src: Abstract, *, where: Abstract = TRUE) -> Abstract:
    if not isinstance(dst, ArrayValue):
        raise TypeError("copyto() argument 1 must be numpy.ndarray")
    check_store(dst)
    source = _as_array(t, src)
    _check_kind(dst, source)
    if where != TRUE:
        return t.interpret(selection.copied_where, dst, source, where)
    store(t, dst, source)
    return NONE
