"""Views or copies: what `reshape` and `ravel` make of arrays that are not laid out in C order.

    y[::2].ravel()             a copy, if there is more than one element
    y.T.reshape(-1)            a copy, if more than one axis is longer than 1
    y[::2].reshape(3, 1)       a view: axes of extent 1 come and go
    y[::2].reshape(2, -1)      a view: an axis is split
    (y.T * 2.0).reshape(-1)    not certain here, but the same while neither is written to

A view and its base change together, so it is an error to take the one for the other. Where it is not certain, the
operation says so (`sure`), and lowering refuses the program unless nothing is stored to while the array is in use.
"""

from __future__ import annotations

from enum import Enum

import numpy as np

from adcompile.frontend.emitter import order_known
from adcompile.frontend.indexing import Item
from adcompile.frontend.ints import ONE, ZERO
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import ArrayValue, Buffer, array_type
from adcompile.ir.nodes import Apply, Const, Operand, is_const
from adcompile.ops import array, memory


class Kind(Enum):
    """What NumPy gives."""

    VIEW = "view"
    COPY = "copy"
    UNKNOWN = "unknown"


def fresh(t: Tracer, x: ArrayValue) -> ArrayValue:
    """A copy in C order."""
    return ArrayValue(t.builder.apply(array.copy, x.value, type=array_type(x.dtype, x.dims), dims=x.dims), Buffer())


def contiguous(t: Tracer, x: ArrayValue) -> ArrayValue:
    """x if it is in C order, else a copy that is."""
    if order_known(x):
        return x
    strided = x.buffer.order_known and sum(_longer_than_one(t, d) for d in x.dims) >= min(x.ndim, 2)
    certain = strided and x.type.layout != "C" and (x.ndim == 1 or x.type.layout == "F")
    return fresh(t, x) if certain else reshape(t, x, x.dims, Kind.UNKNOWN)


def reshaped(t: Tracer, x: ArrayValue, dims: tuple[Operand, ...]) -> Kind:
    """Is x.reshape(dims) a view?"""
    if order_known(x) or (x.ndim == 1 and x.type.layout != "C"):
        return Kind.VIEW
    if x.type.layout != "F" or not x.buffer.order_known:
        return Kind.UNKNOWN
    have = [int(d.value) for d in x.dims if isinstance(d, Const)]
    wanted = [int(d.value) for d in dims if isinstance(d, Const)]
    if len(have) == x.ndim and len(wanted) == len(dims):
        model = np.empty(have, np.int8, order="F")
        return Kind.VIEW if np.shares_memory(model, model.reshape(wanted)) else Kind.COPY
    joined = sum(not is_const(d, 1) for d in dims) == 1
    return Kind.COPY if joined and sum(_longer_than_one(t, d) for d in x.dims) > 1 else Kind.UNKNOWN


def reshape(t: Tracer, x: ArrayValue, dims: tuple[Operand, ...], kind: Kind) -> ArrayValue:
    """The elements of x in another shape: a view, a copy, or either."""
    source = fresh(t, x).value if kind is Kind.COPY and x.type.layout != "C" else x.value
    layout = "A" if kind is Kind.VIEW and not order_known(x) else "C"
    type_, sure = array_type(x.dtype, dims, layout), kind is not Kind.UNKNOWN
    value = t.builder.apply(array.reshape_view, source, *dims, type=type_, dims=dims, sure=sure)
    match kind:
        case Kind.VIEW:
            return ArrayValue(value, x.buffer, view=True, readonly=x.readonly)
        case Kind.COPY:
            return ArrayValue(value, Buffer())
        case Kind.UNKNOWN:
            return ArrayValue(value, Buffer(x.buffer.owner, x.buffer.name, order_known=False), view=True)


def same_but_ones(have: tuple[Operand, ...], wanted: tuple[Operand, ...]) -> bool:
    """Do the shapes differ in axes of extent 1 only?"""
    return [d for d in have if not is_const(d, 1)] == [d for d in wanted if not is_const(d, 1)]


def ones_moved(have: tuple[Operand, ...], wanted: tuple[Operand, ...]) -> list[Item]:
    """The index that takes an array of shape `have` to shape `wanted`."""
    items: list[Item] = []
    rest = list(wanted)
    for extent in have:
        if is_const(extent, 1):
            items.append(Item("int", (ZERO,)))
            continue
        while is_const(rest[0], 1):
            items.append(Item("new"))
            rest.pop(0)
        items.append(Item("slice", (ZERO, ONE), rest.pop(0), full=True))
    return [*items, *[Item("new")] * len(rest)]


def _longer_than_one(t: Tracer, extent: Operand) -> bool:
    """Extents of arguments are 1 only where their type says so; if one is 0 there is no element to be wrong about."""
    if isinstance(extent, Const):
        return extent.value != 1
    stmt = t.builder.definitions.get(extent)
    return isinstance(stmt, Apply) and stmt.primitive is memory.dim
