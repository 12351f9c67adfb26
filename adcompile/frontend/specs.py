"""Specs: what a name may be where paths meet, and the operands and values that it is there.

The kinds of spec and when they arise: see `join`.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Ordered
from dataclasses import dataclass

from adcompile.frontend.emitter import Emitter, constant
from adcompile.frontend.memory_orders import Loose, Packed
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Buffer,
    Mapping,
    Maybe,
    Missing,
    Number,
    Record,
    Sequence,
    array_type,
    is_none,
)
from adcompile.ir.nodes import Operand, Value, boolean, integer
from adcompile.ir.types import BOOL, Scalar
from adcompile.ops import array


@dataclass(frozen=True, slots=True, eq=False)
class Keep:
    """The same value on all paths seen so far."""

    value: Abstract


@dataclass(frozen=True, slots=True, eq=False)
class Num:
    """Scalars of one type. `mixed`: Python's on some paths, NumPy's on others."""

    dtype: str
    weak: bool
    mixed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Arr:
    """Arrays of one dtype and number of axes. `dims` holds the extents common to all paths, None where they differ.

    `buffer` and `readonly` say what may be done with the memory, whichever it is; `order` is that of all of them.
    """

    dtype: str
    layout: str
    dims: tuple[Operand | None, ...]
    buffer: Buffer
    readonly: bool
    order: Packed | Loose


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Containers of one structure; `like` is one of them."""

    like: Sequence | Mapping | Record
    parts: tuple[Spec, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Opt:
    """A name that is bound on some paths only: what it is there, after a bool that says whether it is.

    `or_none`: on the other paths it is None.
    """

    inner: Spec
    or_none: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Bad:
    """Values that have nothing in common, or none at all."""

    missing: Missing


Spec = Keep | Num | Arr | Tree | Opt | Bad

UNBOUND = Missing("this name may be unbound here", "Bind it before the loop or in every branch.")


def parts_of(value: Abstract) -> list[Abstract]:
    """What a container holds."""
    match value:
        case Sequence(items=items):
            return list(items)
        case Mapping(items=entries):
            return list(entries.values())
        case Record(fields=fields):
            return list(fields.values())
        case _:
            return []


def rebuild(like: Abstract, parts: Ordered[Abstract]) -> Abstract:
    """A container like another, holding `parts`. It is one of several, so it may not be changed."""
    match like:
        case Sequence():
            return Sequence(like.kind, list(parts))
        case Mapping():
            return Mapping(dict(zip(like.items, parts, strict=True)))
        case Record():
            return Record(like.cls, dict(zip(like.fields, parts, strict=True)))
        case _:
            return like


def alike(one: Abstract, other: Abstract) -> bool:
    match one, other:
        case Sequence(), Sequence():
            return one.kind == other.kind and len(one.items) == len(other.items)
        case Mapping(), Mapping():
            return list(one.items) == list(other.items)
        case Record(), Record():
            return one.cls is other.cls and list(one.fields) == list(other.fields)
        case _:
            return False


def operands_of(e: Emitter, spec: Spec, value: Abstract) -> Iterator[Operand]:
    """The operands that a path hands over, cast to the joined type."""
    if isinstance(value, Missing) or (isinstance(spec, Opt) and is_none(value)):
        yield from _placeholders(e, spec)
        return
    match spec:
        case Num():
            yield e.operand(value, spec.dtype)
        case Arr():
            assert isinstance(value, ArrayValue)
            yield value.value
            yield from (have for have, common in zip(value.dims, spec.dims, strict=True) if common is None)
        case Tree():
            for part, inner in zip(spec.parts, parts_of(value), strict=True):
                yield from operands_of(e, part, inner)
        case Opt(inner=spec_):
            yield value.bound if isinstance(value, Maybe) else boolean(True)
            yield from operands_of(e, spec_, value.value if isinstance(value, Maybe) else value)
        case Keep() | Bad():
            return


def _placeholders(e: Emitter, spec: Spec) -> Iterator[Operand]:
    """The operands of a path that has no value, or is never taken."""
    match spec:
        case Num():
            yield constant(0, spec.dtype)
        case Arr():
            dims = tuple(integer(0) if d is None else d for d in spec.dims)
            type_ = array_type(spec.dtype, dims, spec.layout)
            yield e.builder.apply(array.full, constant(0, spec.dtype), type=type_, dims=dims, fill="absent")
            yield from (integer(0) for d in spec.dims if d is None)
        case Tree():
            for part in spec.parts:
                yield from _placeholders(e, part)
        case Opt(inner=inner):
            yield boolean(False)
            yield from _placeholders(e, inner)
        case Keep() | Bad():
            return


def values_of(spec: Spec, hint: str = "") -> list[Value]:
    """New values for params or results, in the order of `operands_of`."""
    match spec:
        case Num():
            return [Value(Scalar(spec.dtype), hint)]
        case Arr():
            extra = [Value(Scalar("int64")) for d in spec.dims if d is None]
            fresh = iter(extra)
            dims = tuple(next(fresh) if d is None else d for d in spec.dims)
            return [Value(array_type(spec.dtype, dims, spec.layout), hint, dims), *extra]
        case Tree():
            return [v for part in spec.parts for v in values_of(part, hint)]
        case Opt():
            return [Value(BOOL, f"{hint}_bound" if hint else ""), *values_of(spec.inner, hint)]
        case Keep() | Bad():
            return []


def abstract_of(e: Emitter, spec: Spec, values: Iterator[Value]) -> Abstract:
    """What a name means when its parts are `values`."""
    match spec:
        case Keep():
            return spec.value
        case Bad():
            return spec.missing
        case Num():
            return Number(next(values), spec.weak, spec.mixed)
        case Arr():
            value = next(values)
            for common in spec.dims:
                if common is None:
                    e.ints.nonnegative[next(values)] = True
            return ArrayValue(value, spec.buffer, readonly=spec.readonly, order=spec.order)
        case Tree():
            return rebuild(spec.like, [abstract_of(e, p, values) for p in spec.parts])
        case Opt():
            return Maybe(next(values), abstract_of(e, spec.inner, values), spec.or_none)
