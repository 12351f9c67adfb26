"""Builtins and methods of containers: tuples, lists, dicts, ranges; `enumerate`, `zip`, `isinstance`."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import lists, promote, shapes
from adcompile.frontend.creation import convert
from adcompile.frontend.indexing import take
from adcompile.frontend.iteration import items_of, python_int, range_length, stream, trips
from adcompile.frontend.surface import function, method
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    FALSE,
    NAUGHT,
    NONE,
    UNIT,
    Abstract,
    ArrayValue,
    Grown,
    Mapping,
    Number,
    Range,
    Sequence,
    Static,
    Stream,
    describe,
    slice_of,
    tuple_of,
)
from adcompile.ir.nodes import Const, Operand, integer


def length_of(t: Tracer, x: Abstract) -> Abstract:
    """len(x) of a container."""
    match x:
        case Range():
            return python_int(range_length(t, x))
        case Static(value=known):
            return promote.fold(len, (Static(known),))
        case Sequence(grown=Grown()):
            return lists.length(x)
        case _:
            items = items_of(x)
            if items is None:
                raise TypeError(f"object of type '{describe(x)}' has no len()")
            return Static(len(items))


EMPTY = Sequence("tuple", [])


@function(builtins.range)
def range_(t: Tracer, first: Abstract, stop: Abstract = NONE, step: Abstract = UNIT) -> Abstract:
    return Range(Static(0), first, step) if stop == NONE else Range(first, stop, step)


@function(builtins.slice)
def slice_(t: Tracer, first: Abstract, stop: Abstract | None = None, step: Abstract = NONE) -> Abstract:
    return slice_of(NONE, first, step) if stop is None else slice_of(first, stop, step)


@function(builtins.enumerate)
def enumerate_(t: Tracer, iterable: Abstract, start: Abstract = NAUGHT) -> Abstract:
    first = shapes.static_int(start, "`start`")
    items = stream(t, iterable)
    if isinstance(items, list):
        now = live_items(iterable, items)
        return lasting(lambda: [tuple_of(Static(first + k), item) for k, item in enumerate(now())])
    offset = integer(first)

    def numbered(k: Operand) -> Abstract:
        return tuple_of(python_int(t.ints.add(k, offset)), items.item(k))

    return Stream(items.length, numbered, items.sources)


@function(builtins.zip)
def zip_(t: Tracer, *iterables: Abstract, strict: Abstract = FALSE) -> Abstract:
    every = [stream(t, iterable) for iterable in iterables]
    if shapes.static_bool(strict, "`strict`"):
        _require_same_length(t, every)
    known = [live_items(x, each) for x, each in zip(iterables, every, strict=True) if isinstance(each, list)]
    if len(known) == len(every):
        return lasting(lambda: [tuple_of(*row) for row in zip(*(now() for now in known), strict=False)])
    if known:
        return _zip_known(t, every, min(len(now()) for now in known))
    streams = [each for each in every if isinstance(each, Stream)]
    length = streams[0].length
    for each in streams[1:]:
        length = length if t.ints.same(length, each.length) else t.ints.min(length, each.length)
    sources = tuple(source for each in streams for source in each.sources)
    return Stream(length, lambda k: tuple_of(*(each.item(k) for each in streams)), sources)


def lasting(live: Callable[[], list[Abstract]]) -> Sequence:
    """A tuple of what there is now; a loop over it sees what there is in each trip."""
    return Sequence("tuple", live(), live=live)


def live_items(iterable: Abstract, items: list[Abstract]) -> Callable[[], list[Abstract]]:
    """The items of a container at any time, `items` if it does not change."""
    if isinstance(iterable, Sequence) and iterable.live is not None:
        return iterable.live
    if isinstance(iterable, Sequence) and iterable.home is not None:
        return lambda: list(iterable.items)
    return lambda: items


def _require_same_length(t: Tracer, every: list[Stream | list[Abstract]]) -> None:
    lengths = [integer(len(each)) if isinstance(each, list) else each.length for each in every]
    for k, length in enumerate(lengths[1:], start=2):
        first = "argument 1" if k == 2 else f"arguments 1-{k - 1}"
        message = f"zip() argument {k} is shorter or longer than {first}"
        shapes.require_equal(t, lengths[0], length, message, [])


def _zip_known(t: Tracer, every: list[Stream | list[Abstract]], count: int) -> Abstract:
    """A container beside arrays: as many items as the container has, if the arrays have them all."""
    rows: list[list[Abstract]] = []
    for each in every:
        if isinstance(each, list):
            rows.append(each)
            continue
        if not isinstance(each.length, Const):
            raise UnsupportedError("`zip` of a container and an array is not supported", None, "Loop over an index.")
        rows.append([each.item(integer(k)) for k in range(min(count, int(each.length.value)))])
    return tuple_of(*(tuple_of(*row) for row in zip(*rows, strict=False)))


@function(builtins.reversed)
def reversed_(t: Tracer, sequence: Abstract) -> Abstract:
    items = items_of(sequence)
    if items is not None:
        now, count = live_items(sequence, items), len(items)
        return lasting(lambda: now()[count - 1 :: -1] if count else [])
    known = stream(t, sequence)
    if isinstance(known, list):
        return tuple_of(*reversed(known))
    last: Operand = t.ints.sub(known.length, integer(1))
    return Stream(known.length, lambda k: known.item(t.ints.sub(last, k)))


@function(builtins.tuple)
def tuple_(t: Tracer, iterable: Abstract = EMPTY) -> Abstract:
    return Sequence("tuple", all_items(t, iterable))


@function(builtins.list)
def list_(t: Tracer, iterable: Abstract = EMPTY) -> Abstract:
    if isinstance(iterable, Sequence) and iterable.grown:
        return lists.sliced(t, iterable, Static(slice(None)), t.builder.region)
    if isinstance(iterable, ArrayValue) and iterable.ndim == 1 and not isinstance(iterable.dims[0], Const):
        return lists.of_array(t, iterable, t.builder.region)
    return t.new_list(all_items(t, iterable))


@method("tolist")
def tolist(t: Tracer, a: Abstract) -> Abstract:
    """Lists of Python's numbers, one in another."""
    kind = {"f": "float64", "b": "bool"}.get(np.dtype(promote.dtype_of(a)).kind, "int64")
    x = convert(t, a, kind, weak=False)
    if not isinstance(x, ArrayValue) or x.ndim == 0:
        return Number(t.operand(t.item(x) if isinstance(x, ArrayValue) else x), weak=True)
    if x.ndim == 1 and not isinstance(x.dims[0], Const):
        return lists.of_array(t, x, t.builder.region, weak=True)
    sizes = [int(each.value) for each in x.dims if isinstance(each, Const)]
    if len(sizes) < x.ndim or math.prod(sizes) > LONGEST:
        raise UnsupportedError(
            f"`tolist` of {describe(x)} is not supported: its shape must be known when the function is compiled",
            None,
            f"Index the array itself, or loop over it. Up to {LONGEST} numbers of known shape are listed.",
        )
    return t.new_list([tolist(t, take(t, x, Static(k))) for k in range(sizes[0])])


LONGEST = 4096


@function(builtins.dict)
def dict_(t: Tracer, pairs: Abstract = EMPTY, /, **entries: Abstract) -> Abstract:
    items: dict[object, Abstract] = dict(pairs.items) if isinstance(pairs, Mapping) else {}
    for pair in [] if isinstance(pairs, Mapping) else all_items(t, pairs):
        match items_of(pair):
            case [Static(value=key), value]:
                items[key] = value
            case _:
                raise UnsupportedError("the keys of a dict must be known when the function is compiled")
    items.update(entries)
    return Mapping(items, t.builder.region)


def all_items(t: Tracer, iterable: Abstract) -> list[Abstract]:
    """The items of a container, or of a range or array of known length."""
    items = items_of(iterable)
    if items is None:
        items = trips(t, iterable).static_items()
    if items is None:
        raise UnsupportedError(f"a tuple or list of {describe(iterable)} is not supported")
    return items
