"""Joining what a name means on two paths: after an `if`, and between the trips of a loop.

s = 0 / s = 1.5          Num("float64")        the int is cast on its path
s = 0.1 / s = x32[0]     Num("float64")        so that 0.1 stays what it is; 0.0 is a float32 as it stands
the same value           Keep(value)           nothing to join
(a, b) / (c, b)          Tree(Num, Keep(b))
unbound / 1.5            Opt(Num)              the value and whether there is one
None / 1.5               Opt(Num, or_none)
never reached / 1.5      Num                   any number will do
a string / an array      Bad                   an error where the name is used
"""

from __future__ import annotations

import numpy as np

from adcompile.frontend.emitter import Emitter
from adcompile.frontend.orders import common_order, plain
from adcompile.frontend.ownership import merge
from adcompile.frontend.promote import is_exact, joined_dtype
from adcompile.frontend.specs import UNBOUND, Arr, Bad, Keep, Num, Opt, Spec, Tree, alike, parts_of
from adcompile.frontend.values import (
    NEVER,
    Abstract,
    ArrayValue,
    Mapping,
    Maybe,
    Missing,
    Number,
    Record,
    Sequence,
    Static,
    describe,
    is_none,
    is_number,
    weak_type,
)
from adcompile.ir.nodes import Const, Operand, Value
from adcompile.ir.types import Scalar


def join(left: Spec, right: Abstract) -> Spec:
    """The spec that also covers `right`; `left` itself if it does already."""
    if right is NEVER:
        return left
    if isinstance(left, Keep):
        return _join_kept(left, right)
    match left, right:
        case Bad(), _:
            return left
        case Opt(inner=inner), _ if agrees(left, right):
            other = right.value if isinstance(right, Maybe) else right
            joined = inner if isinstance(right, Missing) or is_none(right) else join(inner, other)
            return left if joined is inner else optional(joined, or_none=left.or_none)
        case Num() | Arr() | Tree(), Maybe(value=value):
            return optional(join(left, value), or_none=right.or_none)
        case Num() | Arr() | Tree(), _ if is_none(right):
            return optional(left, or_none=True)
        case _, Missing():
            return optional(left) if right == UNBOUND and not isinstance(left, Opt) else Bad(right)
        case Num(), _ if is_number(right):
            return _join_numbers(left, right)
        case Arr(), ArrayValue() if left.dtype == right.dtype and len(left.dims) == right.ndim:
            return _join_arrays(left, right)
        case Tree(), Sequence() | Mapping() | Record() if alike(left.like, right):
            parts = tuple(join(p, v) for p, v in zip(left.parts, parts_of(right), strict=True))
            return left if all(p is q for p, q in zip(parts, left.parts, strict=True)) else Tree(left.like, parts)
    adds_up = isinstance(left, Num) and isinstance(right, ArrayValue)
    return Bad(Missing(f"this may be {_kind(left)} or {describe(right)} here", _ONE_TYPE, adds_up))


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
    if is_none(value) and _may_be_none(right):
        return optional(definite(right), or_none=True)
    if is_none(right) and _may_be_none(value):
        return optional(definite(value), or_none=True)
    if isinstance(value, Missing) or isinstance(right, Missing):
        return Bad(UNBOUND if UNBOUND in (value, right) else _first_missing(value, right))
    general = generalise(value)
    if isinstance(general, Num) and is_number(right) and weak_type(value) and not weak_type(right):
        general = Num(joined_dtype(right, value), weak=False, mixed=not is_exact(value, "float32"))
    return _mismatch(value, right) if isinstance(general, Bad) else join(general, right)


def _may_be_none(value: Abstract) -> bool:
    """Values that None is joined with: others would not be constants any more."""
    return is_number(value) or isinstance(value, ArrayValue) or (isinstance(value, Maybe) and value.or_none)


def agrees(spec: Opt, other: Abstract) -> bool:
    """Is the other one missing in the same way, if it is?"""
    if isinstance(other, Maybe):
        return other.or_none == spec.or_none
    return not spec.or_none if isinstance(other, Missing) else spec.or_none or not is_none(other)


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
            return optional(definite(inner), or_none=value.or_none)
        case _:
            return Keep(value)


def optional(spec: Spec, *, or_none: bool = False) -> Spec:
    """The spec of a name that has this one, or none."""
    return spec if isinstance(spec, Opt | Bad) else Opt(spec, or_none)


def generalise(value: Abstract) -> Spec:
    """The spec of values like this one."""
    match value:
        case Number():
            return Num(value.dtype, value.weak, value.mixed)
        case Static(value=known) if is_number(value):
            weak = weak_type(value)
            return Num(weak.dtype if weak else np.result_type(known).name, weak is not None)  # type: ignore[arg-type]
        case ArrayValue():
            return Arr(value.dtype, value.type.layout, value.dims, value.buffer, value.readonly, plain(value))
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
            if isinstance(init, Missing) or is_none(init):
                return spec if agrees(spec, init) else join(Keep(init), init)
            return join(optional(rebase(inner, init), or_none=spec.or_none), init)
        case Arr() if isinstance(init, ArrayValue):
            dims = tuple(old if old is None else new for old, new in zip(spec.dims, init.dims, strict=True))
            return join(Arr(spec.dtype, spec.layout, dims, spec.buffer, spec.readonly, spec.order), init)
        case Tree() if isinstance(init, Sequence | Mapping | Record) and alike(spec.like, init):
            pairs = zip(spec.parts, parts_of(init), strict=True)
            return Tree(init, tuple(rebase(p, v) for p, v in pairs))
        case _:
            return join(Keep(init), init) if not isinstance(spec, Bad) else spec


def becomes_array(joined: Spec, init: Abstract, end: Abstract) -> bool:
    """Is a name that was a number before a loop an array after a trip, as in `s = s + x`?"""
    adds_up = isinstance(end, ArrayValue) or (isinstance(end, Missing) and end.first_trip)
    return adds_up and isinstance(joined, Bad) and is_number(init)


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
            return one.bound == other.bound and one.or_none == other.or_none and same(one.value, other.value)
        case (Sequence(kind="tuple"), Sequence(kind="tuple")) | (Record(home=None), Record(home=None)):
            left, right = parts_of(one), parts_of(other)
            return alike(one, other) and all(map(same, left, right))
        case _:
            return one is other


def _join_numbers(left: Num, right: Abstract) -> Num:
    weak = weak_type(right)
    if left.weak and weak is not None:
        dtype = max(left.dtype, weak.dtype, key=("bool", "int64", "float64").index)
        return left if dtype == left.dtype else Num(dtype, weak=True)
    model: Abstract = Number(Value(Scalar(left.dtype)), left.weak)
    dtype = joined_dtype(model, right)
    mixed = left.mixed or left.weak or not is_exact(right, "float32") or (isinstance(right, Number) and right.mixed)
    return left if (dtype, False, mixed) == (left.dtype, left.weak, left.mixed) else Num(dtype, weak=False, mixed=mixed)


def _join_arrays(left: Arr, right: ArrayValue) -> Arr:
    dims = tuple(p if p is not None and p == q else None for p, q in zip(left.dims, right.dims, strict=True))
    return joined_arrays(left, right, dims)


def joined_arrays(left: Arr, right: ArrayValue, dims: tuple[Operand | None, ...]) -> Arr:
    """The spec that also covers `right`, with these extents; `left` itself if it does already."""
    layout = left.layout if left.layout == right.type.layout else "A"
    buffer, readonly = merge(left.buffer, right.buffer), left.readonly or right.readonly
    order = common_order(left.order, plain(right))
    facts = (layout, dims, readonly, order)
    unchanged = facts == (left.layout, left.dims, left.readonly, left.order) and buffer is left.buffer
    return left if unchanged else Arr(left.dtype, layout, dims, buffer, readonly, order)


def _first_missing(one: Abstract, other: Abstract) -> Missing:
    return one if isinstance(one, Missing) else other if isinstance(other, Missing) else UNBOUND


_ONE_TYPE = "Give it one type on every path."


def _mismatch(one: Abstract, other: Abstract) -> Bad:
    adds_up = any(map(is_number, (one, other))) and any(isinstance(each, ArrayValue) for each in (one, other))
    return Bad(Missing(f"this may be {describe(one)} or {describe(other)} here", _ONE_TYPE, adds_up))


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
