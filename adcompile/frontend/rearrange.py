"""Shapes of arrays: reading them, and views and copies with another shape."""

from __future__ import annotations

import builtins
from dataclasses import replace

import numpy as np

from adcompile.frontend import indexing, layouts, masks, orders, promote, reshaping, result_orders, shapes
from adcompile.frontend.containers import length_of
from adcompile.frontend.creation import make
from adcompile.frontend.indexing import Item
from adcompile.frontend.ints import ONE, ZERO
from adcompile.frontend.iteration import items_of, python_int
from adcompile.frontend.reshaping import expect_array
from adcompile.frontend.surface import attribute, function, method, takes_masked
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    NAUGHT,
    NONE,
    UNIT,
    Abstract,
    ArrayValue,
    Buffer,
    Masked,
    Sequence,
    Slice,
    Static,
    array_type,
    is_number,
    tuple_of,
)
from adcompile.ir.nodes import Operand, integer, is_const
from adcompile.ops import array, scalar


def collected(t: Tracer, a: Abstract) -> Abstract:
    """A list or tuple of numbers or arrays as one array."""
    return a if isinstance(a, ArrayValue) or is_number(a) or items_of(a) is None else make(t, a)


@attribute("shape")
@function(np.shape)
def shape(t: Tracer, a: Abstract) -> Abstract:
    a = collected(t, a)
    return tuple_of(*map(python_int, a.dims)) if isinstance(a, ArrayValue) else tuple_of()


@function(np.broadcast_shapes)
def broadcast_shapes(t: Tracer, first: Abstract, *others: Abstract) -> Abstract:
    every = [shapes.extents(t, each) for each in (first, *others)]
    return tuple_of(*map(python_int, shapes.broadcast_extents(t, every)))


@attribute("ndim")
@function(np.ndim)
def ndim(t: Tracer, a: Abstract) -> Abstract:
    a = collected(t, a)
    return Static(a.ndim if isinstance(a, ArrayValue) else 0)


@attribute("size")
@function(np.size)
def size(t: Tracer, a: Abstract) -> Abstract:
    a = collected(t, a)
    return python_int(t.ints.product(a.dims)) if isinstance(a, ArrayValue) else Static(1)


@attribute("dtype")
def dtype(t: Tracer, a: Abstract) -> Abstract:
    return Static(np.dtype(promote.dtype_of(a)))


@attribute("real")
@function(np.real)
def real(t: Tracer, val: Abstract) -> Abstract:
    val = collected(t, val)
    return replace(val, view=True) if isinstance(val, ArrayValue) else val


@attribute("T")
def transposed(t: Tracer, a: Abstract) -> Abstract:
    return transpose(t, a)


@attribute("mT")
def matrices_transposed(t: Tracer, a: Abstract) -> Abstract:
    if not isinstance(a, ArrayValue) or a.ndim < 2:
        raise ValueError("matrix transpose with ndim < 2 is undefined")
    order = (*range(a.ndim - 2), a.ndim - 1, a.ndim - 2)
    return transpose(t, a, tuple_of(*map(Static, order)))


@attribute("itemsize")
def itemsize(_: Tracer, a: Abstract) -> Abstract:
    return Static(np.dtype(promote.dtype_of(a)).itemsize)


@attribute("nbytes")
def nbytes(t: Tracer, a: Abstract) -> Abstract:
    each = np.dtype(promote.dtype_of(a)).itemsize
    return python_int(t.ints.product((*a.dims, integer(each)))) if isinstance(a, ArrayValue) else Static(each)


@function(np.transpose)
def transpose(t: Tracer, a: Abstract, axes: Abstract = NONE) -> Abstract:
    if not isinstance(a, ArrayValue):
        return a
    order = tuple(reversed(range(a.ndim)))
    if axes != NONE:
        items = items_of(axes) or []
        order = tuple(shapes.normal_axis(shapes.static_int(k, "`axes`"), a.ndim) for k in items)
        if sorted(order) != list(range(a.ndim)):
            raise ValueError("axes don't match array")
    if order == tuple(range(a.ndim)):
        return a
    dims = tuple(a.dims[k] for k in order)
    reverse = order == tuple(reversed(range(a.ndim)))
    layout = {"C": "F", "F": "C"}.get(a.type.layout, "A") if reverse else "A"
    value = t.builder.apply(array.transpose, a.value, type=array_type(a.dtype, dims, layout), dims=dims, perm=order)
    return ArrayValue(value, a.buffer, view=True, readonly=a.readonly, order=orders.transposed(a, order))


@method("transpose")
def transpose_method(t: Tracer, a: Abstract, *axes: Abstract) -> Abstract:
    if len(axes) == 1 and (isinstance(axes[0], Sequence) or axes[0] == NONE):
        return transpose(t, a, axes[0])
    return transpose(t, a, Sequence("tuple", list(axes)) if axes else NONE)


@function(np.swapaxes)
@method("swapaxes")
def swapaxes(t: Tracer, a: Abstract, axis1: Abstract, axis2: Abstract) -> Abstract:
    x = expect_array(t, a, "swapaxes")
    order = list(range(x.ndim))
    one, other = (shapes.normal_axis(shapes.static_int(k, "an axis"), x.ndim) for k in (axis1, axis2))
    order[one], order[other] = order[other], order[one]
    return transpose(t, x, Sequence("tuple", [Static(k) for k in order]))


@function(np.broadcast_to)
def broadcast_to(t: Tracer, a: Abstract, shape: Abstract) -> Abstract:
    x = expect_array(t, a, "np.broadcast_to")
    dims = shapes.extents(t, shape)
    if x.ndim > len(dims):
        raise ValueError("input operand has more dimensions than allowed by the axis remapping")
    shapes.broadcast_to(t, x, dims)
    value = t.builder.apply(array.broadcast, x.value, *dims, type=array_type(x.dtype, dims, "A"), dims=dims)
    return ArrayValue(value, x.buffer, view=True, readonly=True, order=orders.stretched(t, x, dims))


@function(np.squeeze)
@method("squeeze")
def squeeze(t: Tracer, a: Abstract, axis: Abstract = NONE) -> Abstract:
    if is_number(a) and axis in (NONE, NAUGHT, Static(-1)):  # which NumPy lets pass
        return a
    x = expect_array(t, a, "squeeze")
    axes = [k for k, d in enumerate(x.dims) if is_const(d, 1)] if axis == NONE else shapes.axes_of(axis, x.ndim)
    message = "cannot select an axis to squeeze out which has size not equal to one"
    for k in axes:
        shapes.require_equal(t, x.dims[k], integer(1), message, ())
    return indexing.view(t, x, [Item("int", (ZERO,)) if k in axes else whole(d) for k, d in enumerate(x.dims)])


@function(np.atleast_1d)
def atleast_1d(t: Tracer, a: Abstract) -> Abstract:
    x = make(t, a) if not isinstance(a, ArrayValue) else a
    assert isinstance(x, ArrayValue)
    return x if x.ndim else indexing.view(t, x, [Item("new")])


@function(np.flip)
def flip(t: Tracer, m: Abstract, axis: Abstract = NONE) -> Abstract:
    x = expect_array(t, m, "np.flip")
    axes = shapes.axes_of(axis, x.ndim)
    backwards, whole = Slice(NONE, NONE, Static(-1)), Slice(NONE, NONE, NONE)
    return indexing.take(t, x, tuple_of(*(backwards if k in axes else whole for k in range(x.ndim))))


@function(np.expand_dims)
def expand_dims(t: Tracer, a: Abstract, axis: Abstract) -> Abstract:
    x = expect_array(t, a, "np.expand_dims")
    known = axis.value if isinstance(axis, Static) else None
    count = len(axis.items) if isinstance(axis, Sequence) else len(known) if isinstance(known, tuple) else 1
    if axis == NONE:
        raise TypeError("`axis` must be an int or a tuple of ints")
    axes = shapes.axes_of(axis, x.ndim + count)
    rest = iter(x.dims)
    return indexing.view(t, x, [Item("new") if k in axes else whole(next(rest)) for k in range(x.ndim + count)])


def whole(extent: Operand) -> Item:
    """A whole axis."""
    return Item("slice", (ZERO, ONE), extent, full=True)


@function(np.concatenate)
def concatenate(t: Tracer, arrays: Abstract, axis: Abstract = NAUGHT) -> Abstract:
    if isinstance(arrays, ArrayValue):
        return _rows_joined(t, arrays, axis)
    parts = [expect_array(t, x, "np.concatenate") for x in items_of(arrays) or []]
    if not parts:
        raise ValueError("need at least one array to concatenate")
    first = parts[0]
    if first.ndim == 0:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    for k, x in enumerate(parts):
        if x.ndim != first.ndim:
            raise ValueError(
                "all the input arrays must have same number of dimensions, but the array at index 0 has "
                f"{first.ndim} dimension(s) and the array at index {k} has {x.ndim} dimension(s)"
            )
    along = shapes.normal_axis(shapes.static_int(axis, "`axis`"), first.ndim)
    message = (
        "all the input array dimensions except for the concatenation axis must match exactly, but along dimension "
        f"{{}} there are {{}} and {{}}: shapes {shapes.spell(first.dims, first.dims)}"
    )
    for x in parts[1:]:
        for k in range(first.ndim):
            if k != along:
                shown = [integer(k), first.dims[k], x.dims[k], *first.dims, *x.dims]
                shapes.require_equal(t, first.dims[k], x.dims[k], message, shown)
    total: Operand = ZERO
    for x in parts:
        total = t.ints.add(total, x.dims[along])
    dims = tuple(total if k == along else d for k, d in enumerate(first.dims))
    result = promote.result_dtype(*parts)
    operands = [t.cast(x, result) for x in parts]
    values = [x.value for x in operands if isinstance(x, ArrayValue)]
    value = t.builder.apply(array.concatenate, *values, type=array_type(result, dims), dims=dims, axis=along)
    return ArrayValue(value, Buffer(), order=result_orders.joined(t, parts, first.ndim))


@function(np.stack)
def stack(t: Tracer, arrays: Abstract, axis: Abstract = NAUGHT) -> Abstract:
    if isinstance(arrays, ArrayValue):
        return _rows_stacked(t, arrays, axis)
    items = items_of(arrays) or []
    if items and not any(isinstance(x, ArrayValue) for x in items):
        return make(t, arrays)
    parts = [expect_array(t, x, "np.stack") for x in items]
    if not parts:
        raise ValueError("need at least one array to stack")
    for x in parts[1:]:
        message = f"all input arrays must have the same shape, not {shapes.spell(parts[0].dims, x.dims)}"
        shown = [*parts[0].dims, *x.dims]
        if x.ndim != parts[0].ndim:
            raise ValueError(shapes.fill(message, shown))
        for one, other in zip(parts[0].dims, x.dims, strict=True):
            shapes.require_equal(t, one, other, message, shown)
    return concatenate(t, tuple_of(*(expand_dims(t, x, axis) for x in parts)), axis)


def _rows_joined(t: Tracer, x: ArrayValue, axis: Abstract) -> Abstract:
    """`np.concatenate(x)`, the rows of one array: the first axis is merged into another."""
    _require_rows(t, x, "concatenate")
    if x.ndim < 2:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    along = shapes.normal_axis(shapes.static_int(axis, "`axis`"), x.ndim - 1)
    moved = _first_axis_to(t, x, along)
    merged = t.ints.mul(moved.dims[along], moved.dims[along + 1])
    return reshaping.reshaped(t, layouts.fresh(t, moved), (*moved.dims[:along], merged, *moved.dims[along + 2 :]))


def _rows_stacked(t: Tracer, x: ArrayValue, axis: Abstract) -> Abstract:
    """`np.stack(x)`, the rows of one array: a copy, the first axis moved."""
    _require_rows(t, x, "stack")
    return layouts.fresh(t, _first_axis_to(t, x, shapes.normal_axis(shapes.static_int(axis, "`axis`"), x.ndim)))


def _require_rows(t: Tracer, x: ArrayValue, name: str) -> None:
    if not x.ndim:
        raise TypeError("iteration over a 0-d array")
    ok = t.ints.compare(scalar.gt, x.dims[0], ZERO)
    t.require(ok, error="ValueError", message=f"need at least one array to {name}")


def _first_axis_to(t: Tracer, x: ArrayValue, place: int) -> ArrayValue:
    order = [*range(1, place + 1), 0, *range(place + 1, x.ndim)]
    moved = transpose(t, x, Sequence("tuple", [Static(k) for k in order]))
    assert isinstance(moved, ArrayValue)
    return moved


@function(np.diag)
def diag(t: Tracer, v: Abstract, k: Abstract = NAUGHT) -> Abstract:
    x = expect_array(t, v, "np.diag")
    offset = shapes.static_int(k, "`k`")
    if x.ndim == 2:
        return diagonal(t, x, k)
    if x.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    extent = t.ints.add(x.dims[0], integer(abs(offset)))
    dims = (extent, extent)
    return t.array(t.builder.apply(array.diag, x.value, type=array_type(x.dtype, dims), dims=dims, k=offset))


@function(np.diagonal)
@method("diagonal")
def diagonal(
    t: Tracer, a: Abstract, offset: Abstract = NAUGHT, axis1: Abstract = NAUGHT, axis2: Abstract = UNIT
) -> Abstract:
    x = expect_array(t, a, "np.diagonal")
    if x.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    first, second = (shapes.normal_axis(shapes.static_int(k, "an axis"), x.ndim) for k in (axis1, axis2))
    if first == second:
        raise ValueError("axis1 and axis2 cannot be the same")
    return diagonal_along(t, x, first, second, shapes.static_int(offset, "`offset`"))


def diagonal_along(t: Tracer, x: ArrayValue, first: int, second: int, k: int = 0) -> ArrayValue:
    """A read-only view of the diagonals along two axes, at the end."""
    order = [*(axis for axis in range(x.ndim) if axis not in (first, second)), first, second]
    x = reshaping.permuted(t, x, tuple(order))
    rows = t.ints.add(x.dims[-2], integer(min(k, 0)))
    columns = t.ints.sub(x.dims[-1], integer(max(k, 0)))
    dims = (*x.dims[:-2], t.ints.max(t.ints.min(rows, columns), ZERO))
    value = t.builder.apply(array.diagonal, x.value, type=array_type(x.dtype, dims, "A"), dims=dims, k=k)
    return ArrayValue(value, x.buffer, view=True, readonly=True, order=orders.on_diagonal(t, x))


@function(builtins.len)
@takes_masked
def length(t: Tracer, x: Abstract) -> Abstract:
    if isinstance(x, Masked):
        return masks.count(t, x, NAUGHT)
    if isinstance(x, ArrayValue):
        if not x.ndim:
            raise TypeError("len() of unsized object")
        return python_int(x.dims[0])
    return length_of(t, x)
