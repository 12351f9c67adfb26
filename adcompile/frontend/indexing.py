"""Indexing: basic indices are views, all ints an element, integer arrays and masks a copy.

    x[i]  of a vector            require -n <= i < n;  element(x, i)
    x[1:-1, None]                index(x, 1, 1; items slice, new), extents max(n - 2, 0) and 1
    x[idx]                       gather(x, idx)

Extents are clamped as `slice.indices` clamps them (the Python language reference, 3.3.7 and `slice.indices`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from adcompile.errors import REFUSED, UnsupportedError
from adcompile.frontend import masks, orders, result_orders, shapes
from adcompile.frontend.emitter import Emitter, where
from adcompile.frontend.ints import ONE, ZERO
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Buffer,
    Number,
    Sequence,
    Slice,
    Static,
    array_type,
    describe,
    is_static_int,
)
from adcompile.ir.attributes import Attributes, Entry
from adcompile.ir.nodes import Const, Operand, boolean, integer, is_const
from adcompile.ir.types import Scalar
from adcompile.ops import array, scalar

_UNMATCHED = "shape mismatch: indexing arrays could not be broadcast together with shapes"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of an index: `kind` is "int", "slice", "new", "array" or "mask"."""

    kind: Entry | Literal["mask"]
    operands: tuple[Operand, ...] = ()
    extent: Operand = ONE
    full: bool = False
    source: ArrayValue | None = None


def take(e: Emitter, x: ArrayValue, index: Abstract) -> Abstract:
    """x[index], for reading."""
    return read(e, x, parse(e, x, index), element=not _mentions_ellipsis(index))


def read(e: Emitter, x: ArrayValue, items: list[Item], *, element: bool) -> Abstract:
    """What the items pick. `element`: as many ints as axes give a number, not a view."""
    kinds = [item.kind for item in items]
    if "mask" in kinds:
        under, mask, leading = under_mask(e, x, items)
        if not leading:
            raise masks.refuse_shape()
        return masks.select(e, under, mask)
    if "array" in kinds:
        return _gather(e, x, items)
    if element and all(kind == "int" for kind in kinds):
        operands = [o for item in items for o in item.operands]
        return Number(e.builder.apply(array.element, x.value, *operands, type=Scalar(x.dtype)))
    return view(e, x, items)


def _mentions_ellipsis(index: Abstract) -> bool:
    """`x[i, ...]` is a view even where `x[i]` is an element."""
    return any(map(_is_ellipsis, index.items if isinstance(index, Sequence) else [index]))


def place(e: Emitter, x: ArrayValue, index: Abstract) -> ArrayValue:
    """The view that a basic index means."""
    return view(e, x, parse(e, x, index))


def parse(e: Emitter, x: ArrayValue, index: Abstract) -> list[Item]:
    """One item per axis of x and per new axis, in order; ints are range-checked."""
    parts = index.items if isinstance(index, Sequence) and index.kind == "tuple" else [index]
    consuming = sum(_axes_taken(p) for p in parts)
    if consuming > x.ndim:
        raise IndexError(f"too many indices for array: array is {x.ndim}-dimensional, but {consuming} were indexed")
    if sum(map(_is_ellipsis, parts)) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    rest: list[Abstract] = [_FULL] * (x.ndim - consuming)
    if any(map(_is_ellipsis, parts)):
        at = next(k for k, p in enumerate(parts) if _is_ellipsis(p))
        parts = [*parts[:at], *rest, *parts[at + 1 :]]
    else:
        parts = [*parts, *rest]
    items: list[Item] = []
    axis = 0
    for part in parts:
        items.append(_item(e, x, axis, part))
        axis += _axes_taken(part)
    return items


def _axes_taken(part: Abstract) -> int:
    """How many axes an entry of an index is for."""
    if _is_new(part) or _is_ellipsis(part):
        return 0
    return part.ndim if isinstance(part, ArrayValue) and part.dtype == "bool" else 1


_FULL = Slice(Static(None), Static(None), Static(None))


def _is_new(part: Abstract) -> bool:
    return isinstance(part, Static) and part.value is None


def _is_ellipsis(part: Abstract) -> bool:
    return isinstance(part, Static) and part.value is Ellipsis


def _item(e: Emitter, x: ArrayValue, axis: int, part: Abstract) -> Item:
    match part:
        case Static(value=None):
            return Item("new")
        case Static(value=slice() as known):
            return _slice(e, x.dims[axis], Slice(Static(known.start), Static(known.stop), Static(known.step)))
        case Slice():
            return _slice(e, x.dims[axis], part)
        case ArrayValue(dtype="bool") if part.ndim:
            return _mask(e, x, axis, part)
        case ArrayValue() if np.dtype(part.dtype).kind in "iu" and part.ndim:
            converted = e.cast(part, "int64")
            assert isinstance(converted, ArrayValue)
            return Item("array", (converted.value,), source=converted)
        case Static(value=bool() | np.bool_()) | Number(operand=Const(type=Scalar(dtype="bool"))):
            raise UnsupportedError("indexing with a bool is not supported", None, "Use `None` for a new axis.")
        case Sequence():
            raise UnsupportedError(
                "indexing with a list is not supported", None, "Use an integer array: `np.array([...])`."
            )
    index = e.integer(part, "an index")
    _check(e, index, axis, x.dims[axis])
    return Item("int", (index,))


def _check(e: Emitter, index: Operand, axis: int, extent: Operand) -> None:
    """-n <= i < n, or IndexError."""
    message = f"index {{}} is out of bounds for axis {{}} with size {{}}{where(e)}"
    ints = e.ints
    if not isinstance(index, Const):
        if not e.boundscheck:
            return
        above = ints.pure(scalar.ge, index, ints.neg(extent))
        ok = ints.pure(scalar.and_, above, ints.compare(scalar.lt, index, extent))
    elif index.value >= 0:
        ok = ints.compare(scalar.gt, extent, index)
    else:
        ok = ints.compare(scalar.ge, extent, integer(-int(index.value)))
    if e.boundscheck or isinstance(ok, Const):
        e.require(ok, index, integer(axis), extent, error="IndexError", message=message)


def _mask(e: Emitter, x: ArrayValue, axis: int, mask: ArrayValue) -> Item:
    """The extents of a mask are those of the axes it stands for."""
    for k, extent in enumerate(mask.dims):
        have = x.dims[axis + k]
        if e.ints.same(have, extent):
            continue
        ok = e.ints.compare(scalar.eq, have, extent)
        message = (
            "boolean index did not match indexed array along axis {}; size of axis is {} but size of corresponding "
            "boolean axis is {}"
        )
        e.require(ok, integer(axis + k), have, extent, error="IndexError", message=message)
    return Item("mask", source=mask)


def under_mask(e: Emitter, x: ArrayValue, items: list[Item]) -> tuple[ArrayValue, ArrayValue, bool]:
    """The part of x that a mask selects from, the axes of the mask first; the mask; were they first already?"""
    found = [item for item in items if item.kind == "mask"]
    if len(found) > 1 or any(item.kind in ("array", "new") for item in items):
        raise UnsupportedError(
            "a boolean mask beside another array, mask or `None` in an index is not supported",
            None,
            "Index in two steps, or write a loop.",
        )
    mask = found[0].source
    assert mask is not None
    at = items.index(found[0])
    axes = [Item("slice", (ZERO, ONE), extent, full=True) for extent in x.dims[at : at + mask.ndim]]
    part = view(e, x, [*items[:at], *axes, *items[at + 1 :]]) if len(items) > 1 else x
    before = sum(item.kind == "slice" for item in items[:at])
    if not before:
        return part, mask, True
    width = mask.ndim
    order = (*range(before, before + width), *range(before), *range(before + width, part.ndim))
    dims = tuple(part.dims[k] for k in order)
    type_ = array_type(part.dtype, dims, "A")
    moved = e.builder.apply(array.transpose, part.value, type=type_, dims=dims, perm=order)
    order_ = orders.transposed(part, order)
    return ArrayValue(moved, part.buffer, view=True, readonly=part.readonly, order=order_), mask, False


def _slice(e: Emitter, extent: Operand, part: Slice) -> Item:
    """Start, step and extent of a slice."""
    for bound in (part.start, part.stop, part.step):
        if not (isinstance(bound, Static) and bound.value is None) and not _is_int_like(bound):
            raise TypeError(f"slice indices must be integers or None, not {describe(bound)}")
    step = 1 if part.step == Static(None) else shapes.static_int(part.step, "the step of a slice")
    if step == 0:
        raise ValueError("slice step cannot be zero")
    full = part.start == part.stop == Static(None)
    if step == 1 and (start := _single(e, extent, part)) is not None:
        return Item("slice", (start, ONE), ONE)
    if step > 0:
        start, count = _rising(e, extent, part, step)
    else:
        start, count = _falling(e, extent, part, -step)
    return Item("slice", (start, integer(step)), count, full=full and step == 1)


def _is_int_like(bound: Abstract) -> bool:
    return is_static_int(bound) or (isinstance(bound, Number) and np.dtype(bound.dtype).kind in "iu")


def _single(e: Emitter, n: Operand, part: Slice) -> Operand | None:
    """The start of a slice of one element, such as `x[:1]`, `x[-1:]` or `x[k:k + 1]`: the axis may not be shorter.

    NumPy would give an empty slice there; but that the extent is 1 must be known, for it decides on broadcasting.
    """
    match part.start, part.stop:
        case Static(value=None), Static(value=1):
            start = 0
        case Static(value=int() as start), Static(value=int() as stop) if stop - start == 1 and stop != 0:
            pass
        case Static(value=-1 as start), Static(value=None):
            pass
        case Number() as first, Number() as last:
            return _moving(e, n, e.integer(first, "a slice bound"), e.integer(last, "a slice bound"))
        case _:
            return None
    least = integer(start + 1 if start >= 0 else -start)
    ok = e.ints.compare(scalar.ge, n, least)
    if isinstance(ok, Const):
        return None if not ok.value else (integer(start) if start >= 0 else e.ints.add(n, integer(start)))
    message = f"{REFUSED}a slice of one element needs {{}} elements, but the axis has {{}}{where(e)}\n{_NO_ELEMENT}"
    e.require(ok, least, n, error="NotImplementedError", message=message)
    return integer(start) if start >= 0 else e.ints.add(n, integer(start))


def _moving(e: Emitter, n: Operand, start: Operand, stop: Operand) -> Operand | None:
    """The start of `x[k:k + 1]`, an index of the axis; None if the stop is not the start plus one."""
    ints = e.ints
    if ints.sub(stop, start) != ONE:
        return None
    at: Operand = start
    stays: Operand = boolean(True)
    if not ints.is_nonnegative(start):
        at = ints.select(ints.compare(scalar.lt, start, ZERO), ints.add(n, start), start)
        # x[-1:0] is empty.
        stays = ints.pure(scalar.and_, ints.compare(scalar.ge, at, ZERO), ints.compare(scalar.ne, stop, ZERO))
    known = ints.at_most(ints.add(at, ONE), n)
    inside: Operand = boolean(True) if known else ints.compare(scalar.lt, at, n)
    ok = inside if is_const(stays, True) else stays if is_const(inside, True) else ints.pure(scalar.and_, stays, inside)
    message = f"{REFUSED}the slice {{}}:{{}} needs one element, but the axis has {{}}{where(e)}\n{_NO_ELEMENT}"
    e.require(ok, start, stop, n, error="NotImplementedError", message=message)
    return at


_NO_ELEMENT = "Look at the length first: `if k < len(x):`."


def _rising(e: Emitter, n: Operand, part: Slice, step: int) -> tuple[Operand, Operand]:
    """A start beyond the end need not be clamped: the extent is zero then and the start is not read."""
    ints = e.ints
    start = ZERO if part.start == Static(None) else _from_front(e, n, e.integer(part.start, "a slice bound"))
    stop = n
    if part.stop != Static(None):
        given = e.integer(part.stop, "a slice bound")
        # A negative constant stop may stay below zero: the extent is zero all the same.
        negative = isinstance(given, Const) and given.value < 0
        stop = ints.add(n, given) if negative else ints.min(_from_front(e, n, given), n)
    length = ints.ceildiv(ints.sub(stop, start), integer(step))
    exact = is_const(start, 0) and ints.is_nonnegative(stop)
    if exact:
        e.ints.assume_nonnegative(length)
    return start, length if exact else ints.max(length, ZERO)


def _from_front(e: Emitter, n: Operand, bound: Operand) -> Operand:
    """A bound counted from the front: max(bound + n, 0) if it is negative."""
    ints = e.ints
    if ints.is_nonnegative(bound):
        return bound
    wrapped = ints.max(ints.add(n, bound), ZERO)
    if isinstance(bound, Const):
        return wrapped
    result = ints.select(ints.compare(scalar.lt, bound, ZERO), wrapped, bound)
    ints.assume_nonnegative(result)
    return result


def _falling(e: Emitter, n: Operand, part: Slice, step: int) -> tuple[Operand, Operand]:
    """Bounds of a slice that runs backwards lie in [-1, n - 1]."""
    ints = e.ints
    last, before = ints.sub(n, ONE), integer(-1)

    def clamp(bound: Operand) -> Operand:
        if ints.is_nonnegative(bound):
            return ints.min(bound, last)
        wrapped = ints.max(ints.add(n, bound), before)
        if isinstance(bound, Const):
            return wrapped
        return ints.select(ints.compare(scalar.lt, bound, ZERO), wrapped, ints.min(bound, last))

    start = last if part.start == Static(None) else clamp(e.integer(part.start, "a slice bound"))
    stop = before if part.stop == Static(None) else clamp(e.integer(part.stop, "a slice bound"))
    return start, ints.count(start, stop, integer(-step))


def view(e: Emitter, x: ArrayValue, items: list[Item]) -> ArrayValue:
    dims = tuple(item.extent for item in items if item.kind != "int")
    operands = [o for item in items for o in item.operands]
    kinds = tuple(item.kind for item in items)
    type_ = array_type(x.dtype, dims, _layout(x, items))
    value = e.builder.apply(array.index, x.value, *operands, type=type_, dims=dims, items=kinds)
    found = ArrayValue(value, x.buffer, view=True, readonly=x.readonly, order=orders.indexed(e, x, items))
    return replace(found, order=orders.settled(e, found))


def _layout(x: ArrayValue, items: list[Item]) -> str:
    """C order survives leading ints, then one contiguous slice, then whole axes."""
    axes = [item for item in items if item.kind != "new"]
    while axes and axes[0].kind == "int":
        axes.pop(0)
    head, rest = axes[:1], axes[1:]
    contiguous = all(is_const(item.operands[1], 1) for item in head) and all(item.full for item in rest)
    return "C" if x.type.layout == "C" and contiguous else "A"


def _gather(e: Emitter, x: ArrayValue, items: list[Item]) -> ArrayValue:
    operands, dims, attrs = gathered(e, items)
    value = e.builder.apply(array.gather, x.value, *operands, type=array_type(x.dtype, dims), dims=dims, attrs=attrs)
    order = result_orders.gathered(e, x, items, attrs.front, len(dims))
    return ArrayValue(value, Buffer(), order=order)


def gathered(e: Emitter, items: list[Item]) -> tuple[list[Operand], tuple[Operand, ...], Attributes]:
    """Operands, extents and attributes of an index with integer arrays.

    They (and ints beside them) broadcast together; where they stand apart their axes come first.
    """
    advanced = [k for k, item in enumerate(items) if item.kind in ("array", "int")]
    sources = [item.source for item in items if item.source is not None]
    common = shapes.broadcast_dims(e, sources, _UNMATCHED, "IndexError")
    together = advanced == list(range(advanced[0], advanced[-1] + 1))
    front = sum(item.kind in ("slice", "new") for item in items[: advanced[0]]) if together else 0
    plain = [item.extent for item in items if item.kind in ("slice", "new")]
    message = f"index {{}} is out of bounds for axis {{}} with size {{}}{where(e)}" if e.boundscheck else ""
    attrs = Attributes(items=tuple(item.kind for item in items if item.kind != "mask"), front=front, message=message)
    operands = [o for item in items for o in item.operands]
    return operands, (*plain[:front], *common, *plain[front:]), attrs
