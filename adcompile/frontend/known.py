"""Builtins that work on what is known while the function is interpreted: `sorted`, `map`, `any`, `round`, ...

for k in sorted(params): ...          the keys are known, the loop is unrolled
functools.partial(f, a)               a function, with arguments that may be values of the program
any(flag for flag in flags)           known flags give a known answer; others are joined with `or`
"""

from __future__ import annotations

import builtins
import dataclasses
import functools
import operator

from adcompile.errors import UnsupportedError
from adcompile.frontend import promote, records
from adcompile.frontend.attributes import attribute
from adcompile.frontend.conditions import truth_of
from adcompile.frontend.containers import all_items
from adcompile.frontend.members import in_order
from adcompile.frontend.surface import function
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    FALSE,
    NONE,
    Abstract,
    Number,
    Partial,
    Record,
    Static,
    tuple_of,
    weak_type,
)
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import BOOL, FLOATS
from adcompile.ops import scalar


@function(builtins.sorted)
def sorted_(t: Tracer, iterable: Abstract, *, key: Abstract = NONE, reverse: Abstract = FALSE) -> Abstract:
    keywords = {"key": key, "reverse": reverse}
    items = in_order(all_items(t, iterable), keywords, "`sorted`", call=lambda f, x: t.call(f, [x], {}))
    return t.new_list(items)


@function(builtins.map)
def map_(t: Tracer, mapped: Abstract, *iterables: Abstract) -> Abstract:
    columns = [all_items(t, each) for each in iterables]
    return tuple_of(*(t.call(mapped, list(row), {}) for row in zip(*columns, strict=False)))


@function(builtins.filter)
def filter_(t: Tracer, chosen: Abstract, iterable: Abstract) -> Abstract:
    kept: list[Abstract] = []
    for item in all_items(t, iterable):
        wanted = truth_of(t, item if chosen == NONE else t.call(chosen, [item], {}))
        if not isinstance(wanted, Static):
            raise UnsupportedError(
                "`filter` by values that are computed gives a length that depends on data",
                None,
                "Write a loop with `if`.",
            )
        kept += [item] if wanted.value else []
    return tuple_of(*kept)


@function(builtins.any)
def any_(t: Tracer, iterable: Abstract) -> Abstract:
    return _joined(t, scalar.or_, iterable, ends=True)


@function(builtins.all)
def all_(t: Tracer, iterable: Abstract) -> Abstract:
    return _joined(t, scalar.and_, iterable, ends=False)


def _joined(t: Tracer, primitive: Primitive, iterable: Abstract, *, ends: bool) -> Abstract:
    """`or` or `and` of all items; the value `ends` decides."""
    result: Abstract = Static(value=not ends)
    for item in all_items(t, iterable):
        truth = truth_of(t, item)
        if isinstance(truth, Static):
            if bool(truth.value) is ends:
                return Static(value=ends)
            continue
        if isinstance(result, Static):
            result = truth
        else:
            operands = (t.operand(result, "bool"), t.operand(truth, "bool"))
            result = Number(t.builder.apply(primitive, *operands, type=BOOL), weak=True)
    return result


@function(builtins.round)
def round_(t: Tracer, number: Abstract, ndigits: Abstract = NONE) -> Abstract:
    if isinstance(number, Static) and isinstance(ndigits, Static):
        return promote.fold(round, (number,) if ndigits == NONE else (number, ndigits))
    if isinstance(number, Number) and number.dtype in FLOATS:
        number = t.cast(number, "float64", weak=True)  # an int, of NumPy's floats too
    weak = weak_type(number)
    if ndigits != NONE or weak is None:
        raise UnsupportedError("`round` takes one Python number here", None, "Scale it, round it, and scale it back.")
    if weak.dtype != "float64":
        return t.cast(number, "int64", weak=True)
    return t.cast(_to_even(t, number), "int64", weak=True)


def _to_even(t: Tracer, x: Abstract) -> Abstract:
    """The nearest whole number, of two the even one: floor(x), and one more where the rest says so."""
    down = t.cast(promote.ufunc(t, scalar.floor, x), "float64", weak=True)
    rest = promote.operate(t, scalar.sub, x, down)
    up = promote.operate(t, scalar.add, down, Static(1.0))
    odd = promote.operate(t, scalar.ne, promote.operate(t, scalar.mod, down, Static(2.0)), Static(0.0))
    half = promote.operate(t, scalar.eq, rest, Static(0.5))
    above = promote.operate(t, scalar.gt, rest, Static(0.5))
    tie = t.builder.apply(scalar.and_, t.operand(half, "bool"), t.operand(odd, "bool"), type=BOOL)
    more = Number(t.builder.apply(scalar.or_, t.operand(above, "bool"), tie, type=BOOL), weak=True)
    return promote.elementwise(t, scalar.select, (more, up, down), ("bool", "float64", "float64"), "float64", weak=True)


@function(builtins.divmod)
def divmod_(t: Tracer, x: Abstract, y: Abstract) -> Abstract:
    return tuple_of(promote.operate(t, scalar.floordiv, x, y), promote.operate(t, scalar.mod, x, y))


@function(builtins.pow)
def pow_(t: Tracer, x: Abstract, y: Abstract) -> Abstract:
    return promote.operate(t, scalar.pow_, x, y)


@function(functools.partial)
def partial_(t: Tracer, partial: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    return Partial(partial, list(args), keywords)


@function(functools.reduce)
def reduce_(t: Tracer, step: Abstract, iterable: Abstract, initial: Abstract | None = None) -> Abstract:
    items = all_items(t, iterable)
    items = items if initial is None else [initial, *items]
    if not items:
        raise TypeError("reduce() of empty iterable with no initial value")
    result = items[0]
    for item in items[1:]:
        result = t.call(step, [result, item], {})
    return result


@function(dataclasses.replace)
def replace_(t: Tracer, obj: Abstract, /, **changes: Abstract) -> Abstract:
    """Made anew, by what its class does when it is called."""
    if not isinstance(obj, Record) or not dataclasses.is_dataclass(obj.cls):
        raise TypeError("replace() should be called on dataclass instances")
    for name, field in obj.cls.__dataclass_fields__.items():
        kind = records.kind_of(field)
        if kind == "class":
            continue
        if not field.init:
            if name in changes:
                raise ValueError(f"field {name} is declared with init=False, it cannot be specified with replace()")
            continue
        if name not in changes:
            if kind == "init" and field.default is dataclasses.MISSING:
                raise ValueError(f"InitVar '{name}' must be specified with replace()")
            changes[name] = attribute(t, obj, name)
    return records.make(t, obj.cls, [], changes)


for _operator, _primitive in {
    operator.add: scalar.add,
    operator.sub: scalar.sub,
    operator.mul: scalar.mul,
    operator.truediv: scalar.div,
    operator.pow: scalar.pow_,
}.items():
    function(_operator)(lambda t, x, y, _primitive=_primitive: promote.operate(t, _primitive, x, y))
