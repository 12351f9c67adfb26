"""Builtins on objects of the user's classes: they call special methods.

    abs(obj)                  obj.__abs__()
    list(obj), sum(obj)       over what `__iter__` gives
    operator.add(obj, x)      obj + x
    getattr(obj, "w"), super().w, type(obj), isinstance(obj, Base)

What is not here goes on to the builders of `surface`, which take numbers, arrays and tuples, and refuse objects.
"""

from __future__ import annotations

import ast
import builtins
import functools
import math
import operator
from collections.abc import Callable

from adcompile.errors import UnsupportedError
from adcompile.frontend import conditions, overloaded, records, special, stores
from adcompile.frontend.introspection import class_of
from adcompile.frontend.surface import FUNCTIONS, function
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    NONE,
    Abstract,
    Iterator,
    Object,
    Record,
    Sequence,
    Static,
    Super,
    describe,
    is_number,
)

Handler = Callable[..., Abstract | None]

_CONSUMERS = (
    builtins.sum,
    builtins.list,
    builtins.tuple,
    builtins.dict,
    builtins.zip,
    builtins.enumerate,
    builtins.map,
    builtins.filter,
    builtins.sorted,
    builtins.max,
    builtins.min,
    builtins.any,
    builtins.all,
    functools.reduce,
)
_NUMBERS: dict[Callable[..., object], tuple[str, ...]] = {
    builtins.float: ("__float__", "__index__"),
    builtins.int: ("__int__", "__index__", "__trunc__"),
    builtins.abs: ("__abs__",),
    math.floor: ("__floor__",),
    math.ceil: ("__ceil__",),
    math.trunc: ("__trunc__",),
}
_OPERATORS: dict[Callable[..., object], ast.operator] = {
    operator.add: ast.Add(),
    operator.sub: ast.Sub(),
    operator.mul: ast.Mult(),
    operator.truediv: ast.Div(),
    operator.floordiv: ast.FloorDiv(),
    operator.mod: ast.Mod(),
    operator.pow: ast.Pow(),
    operator.matmul: ast.MatMult(),
}


def build(t: Tracer, known: object, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract | None:
    """known(*args, **keywords) where one of the arguments is an object; None if that makes no difference."""
    try:
        handler = _HANDLERS.get(known)
    except TypeError:  # it cannot be hashed
        return None
    if handler is not None and not keywords:
        return handler(t, *args)
    if known in _NUMBERS and len(args) == 1:
        return _number(t, known, args[0])
    if known in _OPERATORS and len(args) == 2:
        return stores.binary(t, _OPERATORS[known], *args)
    if known in _CONSUMERS:
        return _consumed(t, known, args, keywords)
    for each in (*args, *keywords.values()):
        special.refuse_as_array(t, each, f"`{getattr(known, '__name__', 'a function')}`")
    if getattr(known, "__module__", "") == "math":
        return t.call(Static(known), [_float(t, each) for each in args], keywords)
    return None


def _number(t: Tracer, known: object, x: Abstract) -> Abstract:
    result = special.converted(t, x, *_NUMBERS[known])  # type: ignore[index]
    if known is builtins.float:
        kind = float if special.special(t, x, "__float__") is not None else int
        return t.call(Static(float), [_checked(t, "__float__", result, kind)], {})
    return _checked(t, "__int__", result, int) if known is builtins.int else result


def _checked(t: Tracer, name: str, result: Abstract, kind: type) -> Abstract:
    """What `__float__` or `__int__` gave, which must be of this kind."""
    if not is_number(result) or not issubclass(class_of(t, result), kind):
        raise TypeError(f"{name} returned non-{kind.__name__} (type {describe(result)})")
    return t.call(Static(kind), [result], {})


def _float(t: Tracer, x: Abstract) -> Abstract:
    """An argument of a function of `math`."""
    return _number(t, builtins.float, x) if overloaded.is_overloaded(x) else x


def _consumed(t: Tracer, known: object, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract | None:
    """What goes over its arguments; None if none of them has a way of its own."""
    several = known in (builtins.max, builtins.min) and len(args) > 1
    if several:
        return _extremum(t, known is builtins.max, args) if not keywords else None
    taken = [special.iterated(t, each) for each in args]
    if known is builtins.sum:
        return _sum(t, *taken)
    if all(one is other for one, other in zip(taken, args, strict=True)):
        return None
    return t.call(Static(known), taken, keywords)


def _extremum(t: Tracer, largest: bool, items: list[Abstract]) -> Abstract:
    """max or min of objects, by `>` or `<`."""
    best = items[0]
    for each in items[1:]:
        better = conditions.compare_values(t, ast.Gt() if largest else ast.Lt(), each, best)
        known = conditions.truth_of(t, better)
        if not isinstance(known, Static):
            raise UnsupportedError("`max` or `min` of objects, decided when the program runs, is not supported")
        best = each if known.value else best
    return best


def _sum(t: Tracer, iterable: Abstract, start: Abstract = Static(0)) -> Abstract | None:
    """The sum of objects, by `+`."""
    items = iterable.items if isinstance(iterable, Sequence) and iterable.grown is None else None
    if items is None or not overloaded.is_overloaded(start, *items):
        return FUNCTIONS[builtins.sum](t, iterable, start)
    for each in items:
        start = stores.binary(t, ast.Add(), start, each)
    return start


def _length(t: Tracer, x: Abstract) -> Abstract:
    size = special.length(t, x) if isinstance(x, Record | Object) else None
    if size is None:
        raise TypeError(f"object of type '{class_of(t, x).__name__}' has no len()")
    return size


def _reversed(t: Tracer, x: Abstract) -> Abstract | None:
    method = special.special(t, x, "__reversed__")
    hooks = ("__len__", "__getitem__") if method is None and isinstance(x, Record) else ()
    if any(special.special(t, x, hook) is not None for hook in hooks):
        raise UnsupportedError(f"`reversed` of {describe(x)} is not supported", None, "Define `__reversed__`.")
    if method is None:
        return None
    given = t.call(method, [], {})
    return given.source if isinstance(given, Iterator) else given


def _round(t: Tracer, x: Abstract, *digits: Abstract) -> Abstract:
    method = special.special(t, x, "__round__")
    if method is None:
        raise TypeError(f"type {class_of(t, x).__name__} doesn't define __round__ method")
    return t.call(method, list(digits), {})


def _range(t: Tracer, *bounds: Abstract) -> Abstract:
    return FUNCTIONS[builtins.range](t, *(special.index(t, each) for each in bounds))


def _divmod(t: Tracer, x: Abstract, y: Abstract) -> Abstract:
    result = overloaded.arithmetic(t, "__divmod__", "__rdivmod__", "divmod()", x, y)
    if result is None:
        raise TypeError("unsupported operand types for divmod()")
    return result


def _power(t: Tracer, x: Abstract, y: Abstract) -> Abstract:
    return stores.binary(t, ast.Pow(), x, y)


def _bool(t: Tracer, x: Abstract) -> Abstract:
    return conditions.truth_of(t, x)


def _callable(t: Tracer, x: Abstract) -> Abstract:
    return Static(special.special(t, x, "__call__") is not None)


def _setattr(t: Tracer, owner: Abstract, name: Abstract, value: Abstract) -> Abstract | None:
    if not isinstance(name, Static) or not isinstance(name.value, str):
        raise UnsupportedError("`setattr` takes a name that is known when the function is compiled")
    records.set_attribute(t, owner, name.value, value)
    return NONE


def _set_plainly(t: Tracer, owner: Abstract, name: Abstract, value: Abstract) -> Abstract:
    """object.__setattr__(owner, name, value)"""
    if not isinstance(name, Static) or not isinstance(name.value, str) or not isinstance(owner, Record):
        raise UnsupportedError("`object.__setattr__` takes an object and a name that is known")
    records.set_plainly(t, owner, name.value, value)
    return NONE


@function(builtins.iter)
def iter_(t: Tracer, iterable: Abstract) -> Abstract:
    return Iterator(special.iterated(t, iterable))


@function(object.__init__)
def initialise(t: Tracer, owner: Abstract) -> Abstract:
    return NONE


def super_of(t: Tracer, args: list[Abstract]) -> Abstract:
    """super(): of the class that the method stands in, and the method's object."""
    frame = t.frame
    match args:
        case [Static(value=type() as cls), Record() as owner]:
            return Super(cls, owner)
        case [] if frame.function is not None and "__class__" in frame.function.__code__.co_freevars:
            position = frame.function.__code__.co_freevars.index("__class__")
            cls = (frame.function.__closure__ or ())[position].cell_contents
            first = frame.given.get(frame.function.__code__.co_varnames[0])
            if isinstance(first, Record) and cls in first.cls.__mro__:
                return Super(cls, first)
    raise UnsupportedError("this form of `super` is not supported", None, "Name the base class: `Base.method(self)`.")


_HANDLERS: dict[object, Handler] = {
    builtins.len: _length,
    builtins.bool: _bool,
    builtins.reversed: _reversed,
    builtins.round: _round,
    builtins.range: _range,
    builtins.divmod: _divmod,
    builtins.pow: _power,
    builtins.callable: _callable,
    builtins.setattr: _setattr,
    object.__setattr__: _set_plainly,
}
