"""Reductions over axes, and products."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from adcompile.compositions import products, reductions
from adcompile.errors import UnsupportedError
from adcompile.frontend import lists, masks, promote, result_orders, shapes
from adcompile.frontend.comprehensions import folded, is_counted
from adcompile.frontend.creation import convert, dtype_argument
from adcompile.frontend.elementary import pick
from adcompile.frontend.indexing import Item, view
from adcompile.frontend.ints import ONE, ZERO
from adcompile.frontend.iteration import items_of, trips
from adcompile.frontend.memory_orders import Loose
from adcompile.frontend.orders import is_plain_c
from adcompile.frontend.rearrange import collected, diagonal, whole
from adcompile.frontend.reshaping import ravel
from adcompile.frontend.surface import function, method, takes_masked
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
    Masked,
    Number,
    Sequence,
    Static,
    array_type,
    describe,
    is_number,
    weak_type,
)
from adcompile.ir.nodes import Operand, is_const
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOATS, Scalar
from adcompile.ops import array, scalar


@function(np.sum)
@method("sum")
@takes_masked
def sum_(
    t: Tracer,
    a: Abstract,
    axis: Abstract = NONE,
    dtype: Abstract = NONE,
    *,
    keepdims: Abstract = FALSE,
    initial: Abstract = NAUGHT,
    where: Abstract = TRUE,
) -> Abstract:
    if where != TRUE:
        _refuse_mask(a)
    if isinstance(a, Masked):
        return sum_(t, masks.total(t, a), masks.axes(a, axis, keepdims), dtype, initial=initial)
    a = collected(t, a)
    given = promote.dtype_of(a)
    computes = dtype_argument(dtype, np.add.reduce(np.ones(1, given)).dtype.name)
    a = convert(t, a, computes, weak=False)
    if where != TRUE:
        a = t.interpret(reductions.chosen, a, where, NAUGHT, axis)
    total = _reduce(t, array.sum_, a, axis, keepdims)
    return total if initial == NAUGHT else promote.ufunc(t, scalar.add, _in_type(t, initial, computes), total)


@function(np.mean)
@method("mean")
@takes_masked
def mean(
    t: Tracer,
    a: Abstract,
    axis: Abstract = NONE,
    dtype: Abstract = NONE,
    *,
    keepdims: Abstract = FALSE,
    where: Abstract = TRUE,
) -> Abstract:
    if where != TRUE:
        _refuse_mask(a)
        return t.interpret(reductions.mean_where, a, axis, dtype, keepdims, where)
    if isinstance(a, Masked):
        over = masks.axes(a, axis, keepdims)
        total = sum_(t, convert(t, masks.total(t, a), _mean_dtype(a.array.dtype, dtype), weak=False), over)
        return promote.ufunc(t, scalar.div, total, masks.count(t, a, over))
    a = collected(t, a)
    given = promote.dtype_of(a)
    a = convert(t, a, _mean_dtype(given, dtype), weak=False)
    count = _count(t, a, axis)
    total = _reduce(t, array.sum_, a, axis, keepdims)
    return promote.ufunc(t, scalar.div, total, Number(count, weak=True))


def _mean_dtype(given: str, dtype: Abstract) -> str:
    return dtype_argument(dtype, given if given in FLOATS else "float64")


@function(np.trace)
@method("trace")
def trace(
    t: Tracer,
    a: Abstract,
    offset: Abstract = NAUGHT,
    axis1: Abstract = NAUGHT,
    axis2: Abstract = UNIT,
    dtype: Abstract = NONE,
) -> Abstract:
    return sum_(t, diagonal(t, a, offset, axis1, axis2), Static(-1), dtype)


@function(np.max, np.amax)
@method("max")
def max_(
    t: Tracer,
    a: Abstract,
    axis: Abstract = NONE,
    *,
    keepdims: Abstract = FALSE,
    initial: Abstract = NONE,
    where: Abstract = TRUE,
) -> Abstract:
    if initial != NONE or where != TRUE:
        return _from_initial(t, reductions.max_where, a, axis, keepdims, initial, where)
    a = collected(t, a)
    _require_elements(t, a, axis, "maximum")
    return _reduce(t, array.max_, a, axis, keepdims)


@function(np.min, np.amin)
@method("min")
def min_(
    t: Tracer,
    a: Abstract,
    axis: Abstract = NONE,
    *,
    keepdims: Abstract = FALSE,
    initial: Abstract = NONE,
    where: Abstract = TRUE,
) -> Abstract:
    if initial != NONE or where != TRUE:
        return _from_initial(t, reductions.min_where, a, axis, keepdims, initial, where)
    a = collected(t, a)
    _require_elements(t, a, axis, "minimum")
    return _reduce(t, array.min_, a, axis, keepdims)


def _from_initial(
    t: Tracer,
    extremum: Callable[..., object],
    a: Abstract,
    axis: Abstract,
    keepdims: Abstract,
    initial: Abstract,
    where: Abstract,
) -> Abstract:
    """The extremum of the elements that a mask leaves and of a number."""
    a = collected(t, a)
    first = initial if initial == NONE else _in_type(t, initial, promote.dtype_of(a))
    return t.interpret(extremum, a, axis, keepdims, first, where)


def _in_type(t: Tracer, initial: Abstract, dtype: str) -> Abstract:
    """What a reduction begins with, a number: it is converted, as NumPy does, whatever is lost."""
    if isinstance(initial, ArrayValue) and initial.ndim == 0:
        initial = t.item(initial)
    if not is_number(initial):
        raise ValueError(f"`initial` must be a number, not {describe(initial)}")
    return t.cast(initial, dtype)


def _refuse_mask(a: Abstract) -> None:
    if isinstance(a, Masked):
        raise UnsupportedError("`where` beside the elements under a mask is not supported", None, "Join the masks.")


def _reduce(t: Tracer, primitive: Primitive, a: Abstract, axis: Abstract, keepdims: Abstract) -> Abstract:
    if not isinstance(a, ArrayValue) or a.ndim == 0:
        if axis not in (Static(0), Static(-1)):  # which NumPy lets pass
            shapes.axes_of(axis, 0)
        return t.item(a) if isinstance(a, ArrayValue) else a
    axes = shapes.axes_of(axis, a.ndim)
    if not axes:
        copied = t.builder.apply(array.copy, a.value, type=array_type(a.dtype, a.dims), dims=a.dims)
        return ArrayValue(copied, Buffer(), order=result_orders.copied(t, a))
    dims = tuple(d for k, d in enumerate(a.dims) if k not in axes)
    result: Abstract
    if dims:
        value = t.builder.apply(primitive, a.value, type=array_type(a.dtype, dims), dims=dims, axes=axes)
        result = ArrayValue(value, Buffer(), order=result_orders.reduced(t, a, axes))
    else:
        value = t.builder.apply(primitive, a.value, type=Scalar(a.dtype), axes=axes)
        result = Number(value)
    if not shapes.static_bool(keepdims, "`keepdims`"):
        return result
    return _keep(t, result, axes, a.ndim)


def _keep(t: Tracer, result: Abstract, axes: tuple[int, ...], ndim: int) -> Abstract:
    """Put the reduced axes back, with extent 1."""
    if not isinstance(result, ArrayValue):
        dims: tuple[Operand, ...] = (ONE,) * ndim
        operand = t.operand(result)
        made = t.builder.apply(array.full, operand, type=array_type(operand.type.dtype, dims), dims=dims, fill="value")
        return t.array(made)
    rest = iter(result.dims)
    items = [Item("new") if k in axes else whole(next(rest)) for k in range(ndim)]
    kept = view(t, result, items)
    return ArrayValue(kept.value, result.buffer, order=kept.order)


def _count(t: Tracer, a: Abstract, axis: Abstract) -> Operand:
    axes = shapes.axes_of(axis, a.ndim if isinstance(a, ArrayValue) else 0)
    if not isinstance(a, ArrayValue):
        return ONE
    return t.ints.product(tuple(a.dims[k] for k in axes))


def _require_elements(t: Tracer, a: Abstract, axis: Abstract, name: str) -> None:
    """The extremum of nothing does not exist."""
    if not isinstance(a, ArrayValue):
        return
    if a.ndim == 0 and axis in (Static(0), Static(-1)):  # which NumPy lets pass
        return
    message = f"zero-size array to reduction operation {name} which has no identity"
    for k in shapes.axes_of(axis, a.ndim):
        if not is_const(a.dims[k]) or is_const(a.dims[k], 0):
            t.require(t.ints.compare(scalar.gt, a.dims[k], ZERO), error="ValueError", message=message)


@function(np.matmul)
def matmul(t: Tracer, x1: Abstract, x2: Abstract) -> Abstract:
    for operand in (x1, x2):
        if is_number(operand) or (isinstance(operand, ArrayValue) and operand.ndim == 0):
            raise ValueError("matmul: Input operand does not have enough dimensions")
    if isinstance(x1, ArrayValue) and isinstance(x2, ArrayValue) and max(x1.ndim, x2.ndim) > 2:
        result = _in_c_order(_stacked(t, x1, x2))
        known = max(x1.ndim, x2.ndim) == 3 or (is_plain_c(x1) and is_plain_c(x2))
        return result if known or not isinstance(result, ArrayValue) else replace(result, order=Loose())
    return product(t, x1, x2)


def _stacked(t: Tracer, a: ArrayValue, b: ArrayValue) -> Abstract:
    """Stacks of matrices: (..., n, k, 1) times (..., 1, k, m), summed over k; one product where `b` is no stack."""
    if b.ndim < 3:
        _align(t, a, b)
        return t.interpret(products.rows, a, b)
    left = view(t, a, [*([Item("new")] if a.ndim == 1 else []), *map(whole, a.dims), Item("new")])
    after = [Item("new")] if b.ndim == 1 else [whole(b.dims[-1])]
    before = [whole(d) for d in b.dims[: max(b.ndim - 2, 0)]]
    inner = whole(b.dims[-2] if b.ndim > 1 else b.dims[0])
    right = view(t, b, [*before, Item("new"), inner, *after])
    _align(t, a, b)
    result = _summed(t, promote.ufunc(t, scalar.mul, left, right))
    assert isinstance(result, ArrayValue)
    if a.ndim > 1 and b.ndim > 1:
        return result
    drop = -1 if b.ndim == 1 else -2
    items = [Item("int", (ZERO,)) if k == result.ndim + drop else whole(d) for k, d in enumerate(result.dims)]
    return replace(view(t, result, items), view=False)


def _align(t: Tracer, a: ArrayValue, b: ArrayValue) -> None:
    """The inner extents of a product agree."""
    inner = b.dims[-2] if b.ndim > 1 else b.dims[0]
    message = f"shapes {shapes.spell(a.dims)} and {shapes.spell(b.dims)} not aligned: {{}} != {{}}"
    shapes.require_equal(t, a.dims[-1], inner, message, [*a.dims, *b.dims, a.dims[-1], inner])


@function(np.dot)
@method("dot")
def dot(t: Tracer, a: Abstract, b: Abstract) -> Abstract:
    if is_number(a) or is_number(b) or not (_ndim(a) and _ndim(b)):
        strong = (convert(t, x, promote.dtype_of(x), weak=False) if weak_type(x) else x for x in (a, b))
        return _in_c_order(promote.ufunc(t, scalar.mul, *strong))
    if isinstance(a, ArrayValue) and isinstance(b, ArrayValue) and max(a.ndim, b.ndim) > 2:
        return _in_c_order(_stacked(t, a, b) if b.ndim == 1 else _every_pair(t, a, b))
    return product(t, a, b)


def _in_c_order(result: Abstract) -> Abstract:
    """A new array that NumPy makes in C order, whatever its operands are."""
    return replace(result, order=None) if isinstance(result, ArrayValue) else result


def _every_pair(t: Tracer, a: ArrayValue, b: ArrayValue) -> Abstract:
    """`dot` of more axes: (..., 1, k, 1) times (..., k, m), summed over k, for all leading axes of both."""
    stretched = [Item("new")] * (b.ndim - 2)
    left = view(t, a, [*map(whole, a.dims[:-1]), *stretched, whole(a.dims[-1]), Item("new")])
    _align(t, a, b)
    return _summed(t, promote.ufunc(t, scalar.mul, left, b))


def _summed(t: Tracer, products: Abstract) -> Abstract:
    """The sum over the last axis but one, in the type of the products."""
    return sum_(t, products, Static(-2), Static(np.dtype(promote.dtype_of(products))))


def _ndim(a: Abstract) -> int:
    return a.ndim if isinstance(a, ArrayValue) else 0


def product(t: Tracer, a: Abstract, b: Abstract) -> Abstract:
    """The product of vectors and matrices."""
    if not isinstance(a, ArrayValue) or not isinstance(b, ArrayValue):
        raise UnsupportedError(f"the product of {describe(a)} and {describe(b)} is not supported")
    dtype = promote.result_dtype(a, b)
    left, right = t.cast(a, dtype), t.cast(b, dtype)
    assert isinstance(left, ArrayValue)
    assert isinstance(right, ArrayValue)
    _align(t, a, b)
    dims = (*left.dims[:-1], *(right.dims[1:] if right.ndim == 2 else ()))
    type_ = array_type(dtype, dims) if dims else Scalar(dtype)
    value = t.builder.apply(array.product, left.value, right.value, type=type_, dims=dims)
    return ArrayValue(value, Buffer()) if dims else Number(value)


@function(np.outer)
def outer(t: Tracer, a: Abstract, b: Abstract) -> Abstract:
    x, y = ravel(t, a), ravel(t, b)
    assert isinstance(x, ArrayValue)
    assert isinstance(y, ArrayValue)
    column = view(t, x, [whole(x.dims[0]), Item("new")])
    row = view(t, y, [Item("new"), whole(y.dims[0])])
    return promote.ufunc(t, scalar.mul, column, row)


@function(builtins.sum)
def python_sum(t: Tracer, iterable: Abstract, start: Abstract = NAUGHT) -> Abstract:
    if isinstance(iterable, Sequence) and iterable.grown:
        total = sum_(t, lists.elements(t, iterable))
        total = t.cast(total, promote.dtype_of(total), weak=iterable.grown.weak)
        return total if start == Static(0) else promote.operate(t, scalar.add, start, total)
    if isinstance(iterable, ArrayValue) and iterable.ndim == 1:
        return promote.operate(t, scalar.add, start, sum_(t, iterable)) if start != Static(0) else sum_(t, iterable)
    total = start
    for item in _known_items(t, iterable, "sum"):
        total = promote.operate(t, scalar.add, total, item)
    return total


def _known_items(t: Tracer, iterable: Abstract, name: str) -> list[Abstract]:
    items = items_of(iterable)
    if items is None:
        items = trips(t, iterable).static_items()
    if items is None:
        raise UnsupportedError(
            f"`{name}` over {describe(iterable)} is not supported", None, f"Use `np.{name}` or a loop."
        )
    return items


@function(builtins.max)
def python_max(t: Tracer, first: Abstract, *rest: Abstract) -> Abstract:
    return _extremum(t, scalar.gt, "max", first, rest)


@function(builtins.min)
def python_min(t: Tracer, first: Abstract, *rest: Abstract) -> Abstract:
    return _extremum(t, scalar.lt, "min", first, rest)


def _extremum(t: Tracer, better: Primitive, name: str, first: Abstract, rest: tuple[Abstract, ...]) -> Abstract:
    if not rest and isinstance(first, ArrayValue) and first.ndim != 1:
        raise UnsupportedError(f"`{name}` of an array is not supported", None, f"Use `np.{name}`, or a loop.")
    if not rest and is_counted(t, first):
        return folded(t, getattr(builtins, name), first)
    items = [first, *rest] if rest else _known_items(t, first, name)
    if not items:
        raise ValueError(f"{name}() iterable argument is empty")
    result = items[0]
    for item in items[1:]:
        result = pick(t, better, result, item)
    return result
