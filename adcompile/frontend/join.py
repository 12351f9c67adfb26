"""Joining what a name means on two paths: after an `if`, and between the trips of a loop.

s = 0 / s = 1.5          Num("float64")        the int is cast on its path
s = 0.1 / s = x32[0]     Num("float64")        so that 0.1 stays what it is; 0.0 is a float32 as it stands
the same value           Keep(value)           nothing to join
(a, b) / (c, b)          Tree(Num, Keep(b))
unbound / 1.5            Opt(Num)              the value and whether there is one
never reached / 1.5      Num                   any number will do
None / an array          Bad                   an error where the name is used
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Ordered
from dataclasses import dataclass

import numpy as np

from adcompile.frontend.emitter import Emitter, constant
from adcompile.frontend.ownership import merge
from adcompile.frontend.promote import joined_dtype
from adcompile.frontend.values import (
    NEVER,
    Abstract,
    ArrayValue,
    Buffer,
    Mapping,
    Maybe,
    Missing,
    Number,
    Record,
    Sequence,
    Static,
    array_type,
    describe,
    is_number,
    weak_type,
)
from adcompile.ir.nodes import Const, Operand, Value, boolean, integer
from adcompile.ir.types import BOOL, Scalar
from adcompile.ops import array


@dataclass(frozen=True, slots=True, eq=False)
class Keep:
    """The same value on all paths seen so far."""

    value: Abstract


@dataclass(frozen=True, slots=True, eq=False)
class Num:
    """Scalars of one type."""

    dtype: str
    weak: bool


@dataclass(frozen=True, slots=True, eq=False)
class Arr:
    """Arrays of one dtype and number of axes. `dims` holds the extents common to all paths, None where they differ.

    `buffer` and `readonly` say what may be done with the memory, whichever it is.
    """

    dtype: str
    layout: str
    dims: tuple[Operand | None, ...]
    buffer: Buffer
    readonly: bool


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Containers of one structure; `like` is one of them."""

    like: Sequence | Mapping | Record
    parts: tuple[Spec, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Opt:
    """A name that is bound on some paths only: what it is there, after a bool that says whether it is."""

    inner: Spec


@dataclass(frozen=True, slots=True, eq=False)
class Bad:
    """Values that have nothing in common, or none at all."""

    missing: Missing


Spec = Keep | Num | Arr | Tree | Opt | Bad

UNBOUND = Missing("this name may be unbound here", "Bind it before the loop or in every branch.")


def join(left: Spec, right: Abstract) -> Spec:
    """The spec that also covers `right`; `left` itself if it does already."""
    if right is NEVER:
        return left
    if isinstance(left, Keep):
        return _join_kept(left, right)
    match left, right:
        case Bad(), _:
            return left
        case Opt(inner=inner), _:
            joined = inner if right == UNBOUND else join(inner, right.value if isinstance(right, Maybe) else right)
            return left if joined is inner else optional(joined)
        case _, Maybe(value=value):
            return optional(join(left, value))
        case _, Missing():
            return optional(left) if right == UNBOUND else Bad(right)
        case Num(), _ if is_number(right):
            return _join_numbers(left, right)
        case Arr(), ArrayValue() if left.dtype == right.dtype and len(left.dims) == right.ndim:
            return _join_arrays(left, right)
        case Tree(), Sequence() | Mapping() | Record() if alike(left.like, right):
            parts = tuple(join(p, v) for p, v in zip(left.parts, parts_of(right), strict=True))
            return left if all(p is q for p, q in zip(parts, left.parts, strict=True)) else Tree(left.like, parts)
    return Bad(Missing(f"this may be {_kind(left)} or {describe(right)} here", "Give it one type on every path."))


def _join_kept(left: Keep, right: Abstract) -> Spec:
    value = left.value
    if same(value, right):
        return left
    if value is NEVER:
        return definite(right)
    if value == UNBOUND and not isinstance(right, Missing):
        return optional(definite(right))
    if right == UNBOUND and not isinstance(value, Missing):
        return optional(definite(value))
    if isinstance(value, Missing) or isinstance(right, Missing):
        return Bad(UNBOUND if UNBOUND in (value, right) else _first_missing(value, right))
    general = generalise(value)
    if isinstance(general, Num) and is_number(right):
        general = Num(joined_dtype(right, value), weak=False) if weak_type(value) and not weak_type(right) else general
    return _mismatch(value, right) if isinstance(general, Bad) else join(general, right)


def merge_sides(one: Abstract, other: Abstract) -> Spec:
    """The spec of what two branches give. A branch that is left for good agrees with anything."""
    if NEVER in (one, other):
        return definite(other if one is NEVER else one)
    return join(Keep(one), other)


def definite(value: Abstract) -> Spec:
    """The spec of a value where it is the only one, but not in scope."""
    match value:
        case Number(operand=Const()):
            return Keep(value)
        case Number() | ArrayValue():
            return generalise(value)
        case Sequence() | Mapping() | Record():
            return Tree(value, tuple(map(definite, parts_of(value))))
        case Maybe(value=inner):
            return optional(definite(inner))
        case _:
            return Keep(value)


def optional(spec: Spec) -> Spec:
    """The spec of a name that has this one, or none."""
    return spec if isinstance(spec, Opt | Bad) else Opt(spec)


def generalise(value: Abstract) -> Spec:
    """The spec of values like this one."""
    match value:
        case Number():
            return Num(value.dtype, value.weak)
        case Static(value=known) if is_number(value):
            weak = weak_type(value)
            return Num(weak.dtype if weak else np.result_type(known).name, weak is not None)  # type: ignore[arg-type]
        case ArrayValue():
            return Arr(value.dtype, value.type.layout, value.dims, value.buffer, value.readonly)
        case Sequence() | Mapping() | Record():
            return Tree(value, tuple(map(Keep, parts_of(value))))
        case Maybe():
            return definite(value)
        case _:
            return Bad(UNBOUND)


def fits(e: Emitter, spec: Spec) -> bool:
    """Are the extents that the spec speaks of in scope here?"""
    match spec:
        case Arr(dims=dims):
            return all(d is None or e.builder.sees(d) for d in dims)
        case Tree(parts=parts):
            return all(fits(e, part) for part in parts)
        case Opt(inner=inner):
            return fits(e, inner)
        case _:
            return True


def rebase(spec: Spec | None, init: Abstract) -> Spec:
    """A spec found in an earlier interpretation of the loop, for new values before it."""
    match spec:
        case None | Keep():
            return Keep(init)
        case Num():
            return join(spec, init)
        case Opt(inner=inner):
            return spec if isinstance(init, Missing) else join(optional(rebase(inner, init)), init)
        case Arr() if isinstance(init, ArrayValue):
            return join(Arr(spec.dtype, spec.layout, init.dims, spec.buffer, spec.readonly), init)
        case Tree() if isinstance(init, Sequence | Mapping | Record) and alike(spec.like, init):
            pairs = zip(spec.parts, parts_of(init), strict=True)
            return Tree(init, tuple(rebase(p, v) for p, v in pairs))
        case _:
            return join(Keep(init), init) if not isinstance(spec, Bad) else spec


def same(one: Abstract, other: Abstract) -> bool:
    """Do both denote the very same object or value?"""
    match one, other:
        case Static(value=p), Static(value=q):
            return p is q or (type(p) is type(q) and isinstance(p, bool | int | float | str) and repr(p) == repr(q))
        case Number(), Number():
            return one.operand == other.operand and one.weak == other.weak
        case ArrayValue(), ArrayValue():
            return one.value is other.value
        case Maybe(), Maybe():
            return one.bound == other.bound and same(one.value, other.value)
        case (Sequence(kind="tuple"), Sequence(kind="tuple")) | (Record(home=None), Record(home=None)):
            left, right = parts_of(one), parts_of(other)
            return alike(one, other) and all(map(same, left, right))
        case _:
            return one is other


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


def operands_of(e: Emitter, spec: Spec, value: Abstract) -> Iterator[Operand]:
    """The operands that a path hands over, cast to the joined type."""
    if isinstance(value, Missing):
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
            return Number(next(values), spec.weak)
        case Arr():
            value = next(values)
            for common in spec.dims:
                if common is None:
                    e.ints.nonnegative[next(values)] = True
            return ArrayValue(value, spec.buffer, readonly=spec.readonly)
        case Tree():
            return rebuild(spec.like, [abstract_of(e, p, values) for p in spec.parts])
        case Opt():
            return Maybe(next(values), abstract_of(e, spec.inner, values))


def _join_numbers(left: Num, right: Abstract) -> Num:
    weak = weak_type(right)
    if left.weak and weak is not None:
        dtype = max(left.dtype, weak.dtype, key=("bool", "int64", "float64").index)
        return left if dtype == left.dtype else Num(dtype, weak=True)
    model: Abstract = Number(Value(Scalar(left.dtype)), left.weak)
    dtype = joined_dtype(model, right)
    return left if dtype == left.dtype and not left.weak else Num(dtype, weak=False)


def _join_arrays(left: Arr, right: ArrayValue) -> Arr:
    dims = tuple(p if p is not None and p == q else None for p, q in zip(left.dims, right.dims, strict=True))
    layout = left.layout if left.layout == right.type.layout else "A"
    buffer, readonly = merge(left.buffer, right.buffer), left.readonly or right.readonly
    unchanged = (layout, dims, readonly) == (left.layout, left.dims, left.readonly) and buffer is left.buffer
    return left if unchanged else Arr(left.dtype, layout, dims, buffer, readonly)


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


def _first_missing(one: Abstract, other: Abstract) -> Missing:
    return one if isinstance(one, Missing) else other if isinstance(other, Missing) else UNBOUND


def _mismatch(one: Abstract, other: Abstract) -> Bad:
    return Bad(Missing(f"this may be {describe(one)} or {describe(other)} here", "Give it one type on every path."))


def _kind(spec: Spec) -> str:
    match spec:
        case Num():
            return f"a number ({spec.dtype})"
        case Arr():
            return f"a {len(spec.dims)}-D {spec.dtype} array"
        case Tree():
            return describe(spec.like)
        case Keep(value=value):
            return describe(value)
        case Opt(inner=inner):
            return _kind(inner)
        case Bad():
            return "unbound"
