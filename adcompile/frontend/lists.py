"""Lists whose length is not known when the function is compiled: numbers in an array that grows, and how many.

    out = []                           out = empty(16); count = 0
    for v in x:                        for v in x:
        if v > 0: out.append(v * v)        if v > 0: make room; out[count] = v * v; count += 1
    return sum(out) / len(out)         return sum(out[:count]) / count

A list is one of these from the start if the program turned out not to be compilable otherwise: what a trip or branch
did to it, or the index it was asked for, had to be known (`NeedsStatic.remedy`, `trace`).
"""

from __future__ import annotations

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend.emitter import Emitter, where
from adcompile.frontend.indexing import Item, take, view
from adcompile.frontend.ints import ONE, ZERO
from adcompile.frontend.needs import Growing, NeedsStatic
from adcompile.frontend.promote import joined_dtype
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Buffer,
    Grown,
    Number,
    Sequence,
    Static,
    array_type,
    is_number,
    scalar_number,
    weak_type,
)
from adcompile.ir.nodes import Const, Operand, Region, Value, integer
from adcompile.ir.types import Scalar
from adcompile.location import Location
from adcompile.ops import array, scalar

# The elements that there is room for at first.
FEW = 16


def remedy(container: object, extra: list[Abstract]) -> Growing | None:
    """Let the list grow, if it holds numbers."""
    if not isinstance(container, Sequence) or container.kind != "list" or container.site is None:
        return None
    grown = container.grown
    items = [*([] if grown else container.items), *extra]
    if not all(is_number(item) for item in items) or not (items or grown):
        return None
    models: list[Abstract] = [Number(Value(Scalar(grown.array.dtype)), grown.weak)] if grown else []
    models += items
    weak = [weak_type(item) for item in models]
    dtypes = [w.dtype for w in weak if w is not None]
    if len(dtypes) == len(models):
        return Growing(container.site, max(dtypes, key=("bool", "int64", "float64").index), weak=True)
    dtype = joined_dtype(models[0], models[0])
    for model in models[1:]:
        dtype = joined_dtype(Number(Value(Scalar(dtype))), model)
    return Growing(container.site, dtype, weak=False)


def made(e: Emitter, how: Growing, items: list[Abstract], home: Region) -> Sequence:
    """A list that grows, with these items to begin with."""
    dims: tuple[Operand, ...] = (integer(max(FEW, len(items))),)
    zero = Const(np.dtype(how.dtype).type(0).item(), Scalar(how.dtype))
    root = e.builder.apply(array.full, zero, type=array_type(how.dtype, dims), dims=dims, fill="empty")
    found = over(ArrayValue(root, Buffer()), integer(len(items)), home, how.site, weak=how.weak)
    for k, item in enumerate(items):
        put(e, found, Static(k), item)
    return found


def over(x: ArrayValue, count: Operand, home: Region | None, site: Location | None, *, weak: bool) -> Sequence:
    """The list of the first elements of an array that nothing else names."""
    return Sequence("list", Unknown(), home, site, Grown(x, count, weak))


class Unknown(list[Abstract]):
    """The items of a list whose length is not known: there is no listing them."""

    def _refuse(self, *_: object) -> NeedsStatic:
        raise NeedsStatic("the length of a list", None, advice="Make an array of it: `np.array(...)`.")

    __iter__ = __len__ = __getitem__ = __setitem__ = __add__ = __mul__ = __bool__ = _refuse  # type: ignore[assignment]


def append(e: Emitter, owner: Sequence, value: Abstract) -> None:
    """owner.append(value)"""
    grown = _grown(owner)
    number = fitting(owner, value)
    e.builder.effect(array.append, grown.array.value, grown.count, e.operand(number, grown.array.dtype))
    set_count(e, owner, e.ints.add(grown.count, ONE))


def fitting(owner: Sequence, value: Abstract) -> Abstract:
    """The value, if it is a number that the list can hold as it is."""
    grown = _grown(owner)
    if not is_number(value):
        raise UnsupportedError("a list whose length is not known holds numbers only", None, "Fill an array in a loop.")
    wanted = remedy(owner, [value])
    if wanted is not None and (wanted.dtype, wanted.weak) != (grown.array.dtype, grown.weak):
        needs = NeedsStatic("the type of the items of a list", None)
        needs.remedy = wanted
        raise needs
    return value


def pop(e: Emitter, owner: Sequence) -> Abstract:
    """owner.pop()"""
    grown = _grown(owner)
    last = e.ints.sub(grown.count, ONE)
    e.require(e.ints.compare(scalar.ge, last, ZERO), error="IndexError", message=f"pop from empty list{where(e)}")
    item = _element(e, grown, last)
    set_count(e, owner, last)
    return item


def item(e: Emitter, owner: Sequence, key: Abstract) -> Abstract:
    """owner[key]"""
    grown = _grown(owner)
    return _element(e, grown, position(e, grown, key))


def put(e: Emitter, owner: Sequence, key: Abstract, value: Abstract) -> None:
    """owner[key] = value"""
    grown = _grown(owner)
    number = e.cast(fitting(owner, value), grown.array.dtype)
    place = view(e, grown.array, [Item("slice", (position(e, grown, key), ONE), ONE)])
    e.builder.effect(array.assign, place.value, e.operand(number, grown.array.dtype))


def position(e: Emitter, grown: Grown, key: Abstract) -> Operand:
    """A checked index."""
    index = e.integer(key, "the index of a list")
    if isinstance(index, Const):
        at = e.ints.add(grown.count, index) if index.value < 0 else index
    elif e.ints.is_nonnegative(index):
        at = index
    else:
        negative = e.ints.compare(scalar.lt, index, ZERO)
        at = e.ints.select(negative, e.ints.add(grown.count, index), index)
    if e.boundscheck:
        for ok in (e.ints.compare(scalar.ge, at, ZERO), e.ints.compare(scalar.lt, at, grown.count)):
            e.require(ok, error="IndexError", message=f"list index out of range{where(e)}")
    return at


def elements(e: Emitter, owner: Sequence) -> ArrayValue:
    """The items as an array: a view."""
    grown = _grown(owner)
    return view(e, grown.array, [Item("slice", (ZERO, ONE), grown.count)])


def element_of(e: Emitter, owner: Sequence, k: Operand) -> Abstract:
    """Item k, which is known to be there."""
    return _element(e, _grown(owner), k)


def sliced(e: Emitter, owner: Sequence, key: Abstract, home: Region) -> Sequence:
    """owner[first:last]: a new list."""
    grown = _grown(owner)
    part = take(e, elements(e, owner), key)
    assert isinstance(part, ArrayValue)
    return of_array(e, part, home, weak=grown.weak)


def of_array(e: Emitter, x: ArrayValue, home: Region, *, weak: bool = False) -> Sequence:
    """list(x): the elements of a vector."""
    copied = e.builder.apply(array.copy, x.value, type=array_type(x.dtype, x.dims), dims=x.dims)
    return over(ArrayValue(copied, Buffer()), x.dims[0], home, None, weak=weak)


def set_count(e: Emitter, owner: Sequence, count: Operand) -> None:
    """The list has this many items."""
    if isinstance(count, Value):
        e.ints.nonnegative[count] = True
    grown = _grown(owner)
    owner.grown = Grown(grown.array, count, grown.weak)


def length(owner: Sequence) -> Abstract:
    """len(owner)"""
    count = _grown(owner).count
    return Static(int(count.value)) if isinstance(count, Const) else Number(count, weak=True)


def _element(e: Emitter, grown: Grown, at: Operand) -> Abstract:
    type_ = Scalar(grown.array.dtype)
    return scalar_number(e.builder.apply(array.element, grown.array.value, at, type=type_), weak=grown.weak)


def _grown(owner: Sequence) -> Grown:
    assert owner.grown is not None
    return owner.grown
