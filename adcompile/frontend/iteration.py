"""What a `for` loop runs over: containers are unrolled, ranges and arrays are counted.

for layer in layers           items_of: the layers, one by one
for i in range(a, b, c)       trips: bounds a, b, c; the item is the index
for row in x                  trips: bounds 0, n, 1; the item is the view x[index]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adcompile.errors import UnsupportedError
from adcompile.frontend import lists
from adcompile.frontend.classes import has_users, is_tuple
from adcompile.frontend.emitter import Emitter
from adcompile.frontend.indexing import Item, view
from adcompile.frontend.ints import ONE, ZERO
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Grown,
    Mapping,
    Number,
    Range,
    Record,
    Sequence,
    Static,
    Stream,
    describe,
)
from adcompile.ir.nodes import Const, Operand, integer
from adcompile.ir.types import Scalar
from adcompile.ops import array, scalar


@dataclass(frozen=True, slots=True)
class Trips:
    """The trips of a counted loop: bounds of the index, and the item at an index. `direct`: the item is the index."""

    bounds: tuple[Operand, Operand, Operand]
    item: Callable[[Operand], Abstract]
    direct: bool = False

    def known(self) -> range | None:
        """The indices, if the bounds are known."""
        start, stop, step = self.bounds
        if isinstance(start, Const) and isinstance(stop, Const) and isinstance(step, Const):
            return range(int(start.value), int(stop.value), int(step.value))
        return None

    def static_items(self) -> list[Abstract] | None:
        """The items, if the bounds are known."""
        known = self.known()
        return None if known is None else [self.item(integer(k)) for k in known]


def items_of(iterable: Abstract) -> list[Abstract] | None:
    """The items of a container, None for what is counted. Raises UnsupportedError for what is neither."""
    match iterable:
        case Sequence(grown=Grown()):
            return None
        case Sequence(items=items):
            return list(items)
        case Mapping(items=entries):
            return [Static(key) for key in entries]
        case Record(cls=cls, fields=fields) if is_tuple(cls) and not has_users(cls, "__iter__"):
            return list(fields.values())
        case Static(value=tuple() | list() | str() | range() as known):
            return [Static(each) for each in known]
        case Range() | ArrayValue() | Stream():
            return None
        case _:
            raise UnsupportedError(f"a loop over {describe(iterable)} is not supported", None, "Loop over a range.")


def trips(e: Emitter, iterable: Abstract) -> Trips:
    """Bounds and items of a range, an array, or an `enumerate` or `zip` of these."""
    match iterable:
        case Range():
            start = e.integer(iterable.start, "a bound of `range`")
            stop = e.integer(iterable.stop, "a bound of `range`")
            step = e.integer(iterable.step, "the step of `range`")
            if isinstance(step, Const):
                if step.value == 0:
                    raise ValueError("range() arg 3 must not be zero")
            else:
                ok = e.ints.compare(scalar.ne, step, ZERO)
                e.require(ok, error="ValueError", message="range() arg 3 must not be zero")
            return Trips((start, stop, step), python_int, direct=True)
        case ArrayValue():
            if iterable.ndim == 0:
                raise TypeError("iteration over a 0-d array")
            return Trips((ZERO, iterable.dims[0], ONE), lambda k: row(e, iterable, k))
        case Stream():
            return Trips((ZERO, iterable.length, ONE), iterable.item)
        case Sequence(grown=Grown() as grown):
            return Trips((ZERO, grown.count, ONE), lambda k: lists.element_of(e, iterable, k))
        case _:
            raise UnsupportedError(f"a loop over {describe(iterable)} is not supported")


def python_int(operand: Operand) -> Abstract:
    """An index as Python's int."""
    return Static(int(operand.value)) if isinstance(operand, Const) else Number(operand, weak=True)


def row(e: Emitter, x: ArrayValue, k: Operand) -> Abstract:
    """x[k] for an index known to be in range."""
    if x.ndim == 1:
        return Number(e.builder.apply(array.element, x.value, k, type=Scalar(x.dtype)))
    rest = [Item("slice", (ZERO, ONE), extent, full=True) for extent in x.dims[1:]]
    return view(e, x, [Item("int", (k,)), *rest])


def stream(e: Emitter, iterable: Abstract) -> Stream | list[Abstract]:
    """The items of anything that can be looped over, for `enumerate` and `zip`."""
    items = items_of(iterable)
    if items is not None:
        return items
    if isinstance(iterable, Range):
        return range_stream(e, iterable)
    counted = trips(e, iterable)
    return Stream(counted.bounds[1], counted.item, (iterable,) if isinstance(iterable, Sequence) else ())


def range_stream(e: Emitter, value: Range) -> Stream | list[Abstract]:
    """A range by position: item k is start + k * step."""
    counted = trips(e, value)
    known = counted.known()
    if known is not None and len(known) <= 64:
        return [counted.item(integer(k)) for k in known]
    start, _, step = counted.bounds
    length = range_length(e, value)
    return Stream(length, lambda k: python_int(e.ints.add(start, e.ints.mul(k, step))))


def range_length(e: Emitter, value: Range) -> Operand:
    """len(range(...))."""
    return e.ints.count(*trips(e, value).bounds)
