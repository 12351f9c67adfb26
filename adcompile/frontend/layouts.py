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

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from adcompile.errors import REFUSED
from adcompile.frontend import orders
from adcompile.frontend.emitter import where
from adcompile.frontend.gaps import gaps
from adcompile.frontend.indexing import Item
from adcompile.frontend.ints import ONE, ZERO
from adcompile.frontend.memory_orders import Loose, Order, Strided
from adcompile.frontend.polynomials import Polynomial, constant, plus, sign, times
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import ArrayValue, Buffer, array_type
from adcompile.ir.attributes import Attributes
from adcompile.ir.nodes import Operand, is_const
from adcompile.ops import array


class Kind(Enum):
    """What NumPy gives."""

    VIEW = "view"
    COPY = "copy"
    UNKNOWN = "unknown"


def fresh(t: Tracer, x: ArrayValue) -> ArrayValue:
    """A copy in C order."""
    return ArrayValue(
        t.builder.apply(array.copy, x.value, type=array_type(x.dtype, x.dims), dims=x.dims, order="C"), Buffer()
    )


def contiguous(t: Tracer, x: ArrayValue, dims: tuple[Operand, ...]) -> ArrayValue:
    """x if it is in C order, else a copy that is; in this shape."""
    c = orders.is_c(t, x)
    kind = Kind.UNKNOWN if c is None else Kind.VIEW if c else Kind.COPY
    if dims == x.dims and kind is not Kind.UNKNOWN:
        return x if c else fresh(t, x)
    copies = gaps(t, x, packed=True) if kind is Kind.UNKNOWN else None
    return reshape(t, x, dims, kind, None, copies)


def reshaped(t: Tracer, x: ArrayValue, dims: tuple[Operand, ...]) -> tuple[Kind, Order | None]:
    """Is x.reshape(dims) a view, and in which order?"""
    c = orders.is_c(t, x)
    if c:
        return Kind.VIEW, None
    found = _Regrouping(t, x, dims).decide()
    if found is None:
        return Kind.UNKNOWN, Loose()
    return (Kind.VIEW, found) if isinstance(found, Strided) else (Kind.COPY, None)


def reshape(
    t: Tracer,
    x: ArrayValue,
    dims: tuple[Operand, ...],
    kind: Kind,
    order: Order | None,
    copies: Operand | None = None,
) -> ArrayValue:
    """The elements of x in another shape: a view, a copy, or either: a copy if `copies`, which the program computes."""
    source = fresh(t, x).value if kind is Kind.COPY else x.value
    type_, sure = array_type(x.dtype, dims), kind is not Kind.UNKNOWN
    message = "" if copies is None else f"{REFUSED}{_EITHER}{where(t)}\n{_ADVICE}"
    guard, known = () if copies is None else (copies,), Attributes(sure=sure, message=message)
    value = t.builder.apply(array.reshape_view, source, *dims, *guard, type=type_, dims=dims, attrs=known)
    match kind:
        case Kind.VIEW:
            found = ArrayValue(value, x.buffer, view=True, readonly=x.readonly, order=order)
            return replace(found, order=orders.settled(t, found))
        case Kind.COPY:
            return ArrayValue(value, Buffer())
        case Kind.UNKNOWN:
            return ArrayValue(value, Buffer(x.buffer.owner, x.buffer.name), view=True, order=order)


_EITHER = "NumPy makes a view of an array here that is contiguous by chance, and one of the two is stored into"
_ADVICE = "Use a copy (`.copy()`), or index the array itself."


class _Regrouping:
    """Axes of x against those of the new shape, in groups of the same number of elements.

    It is a view if the axes of x in each group merge (NumPy's `_attempt_nocopy_reshape`).
    """

    def __init__(self, t: Tracer, x: ArrayValue, dims: tuple[Operand, ...]) -> None:
        self.t, self.x, self.dims, self.least = t, x, dims, orders.least_of(t, x)
        self.distances = orders.distances(t, x)
        self.old = [k for k, d in enumerate(x.dims) if not is_const(d, 1)]
        self.new = [k for k, d in enumerate(dims) if not is_const(d, 1)]
        self.found: list[Polynomial | None] = [constant(0)] * len(dims)

    def decide(self) -> Strided | bool | None:
        """The distances of the view; False for a copy, None if it is not known."""
        last: list[tuple[list[int], list[int]]] = []
        while self._same(self.old[-1:], self.new[-1:]):
            last.append((self.old[-1:], self.new[-1:]))
            self.old.pop()
            self.new.pop()
        verdict: bool | None = True
        for old, new in [*self._groups(), *last]:
            merges = self._merge(old, new)
            if merges is False:
                return False
            verdict = verdict and merges
        order = orders.order_of(self.x)
        there = order.there if isinstance(order, Strided) else frozenset()
        return Strided(tuple(self.found), there | frozenset(self.x.dims)) if verdict else None

    def _groups(self) -> Iterator[tuple[list[int], list[int]]]:
        """Groups from the front. Where it is not known where one ends, it is the rest."""
        old, new = self.old, self.new
        while old and new:
            i = j = 1
            while not self._same(old[:i], new[:j]):
                larger = sign(plus(self._size(new[:j], self.dims), self._size(old[:i], self.x.dims), -1), self.least)
                if larger is None or (i if larger > 0 else j) == len(old if larger > 0 else new):
                    i, j = len(old), len(new)
                    break
                i, j = (i + 1, j) if larger > 0 else (i, j + 1)
            yield old[:i], new[:j]
            old, new = old[i:], new[j:]
        if old or new:
            yield old, new

    def _size(self, axes: list[int], dims: tuple[Operand, ...]) -> Polynomial:
        total = constant(1)
        for axis in axes:
            total = times(total, orders.extent_of(self.t, dims[axis]))
        return total

    def _same(self, old: list[int], new: list[int]) -> bool:
        return bool(old and new) and self._size(old, self.x.dims) == self._size(new, self.dims)

    def _merge(self, old: list[int], new: list[int]) -> bool | None:
        """Enter the distances of a group of axes. Only one that becomes a single axis is surely a copy."""
        distance = self.distances[old[-1]] if old else constant(0)
        for axis in reversed(new):
            self.found[axis] = distance
            distance = times(distance, self._size([axis], self.dims)) if distance is not None else None
        merges = orders.neighbours_merge(self.t, self.x, old)
        return None if merges is False and len(new) > 1 and not self._same(old, new) else merges


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
