"""What a function that is an argument holds: its closure, its defaults, the object it is bound to.

    ad.grad(loss)(x, make_penalty(0.1))       the 0.1 is a constant of the program

Calls are compared by what such functions hold, so all of it is known now. What they find in their module is not part
of them: it is captured as for any other function.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

import numpy as np

from adcompile.declared import declaration
from adcompile.errors import UnsupportedError
from adcompile.frontend import reading
from adcompile.frontend.captures import Reach
from adcompile.frontend.structure import Opaque, attributes_of, named_fields, type_of
from adcompile.frontend.surface import FUNCTIONS, find
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Buffer,
    Mapping,
    Missing,
    Object,
    Partial,
    Record,
    Sequence,
    Static,
    UserFunction,
    tuple_of,
)
from adcompile.source import unwrap

LARGEST = 64


def argument(t: Tracer, found: object, reach: Reach, name: str) -> Abstract:
    """What is known now of an argument: calls are compared by it. What is read of it is guarded (`reading`)."""
    match found:
        case tuple() if named_fields(found) is None:
            return tuple_of(*(argument(t, each, reach.then("item", k), name) for k, each in enumerate(found)))
        case type():
            t.classes.setdefault(found, reach)
        case Opaque(cls=cls):
            return Missing(f"`{name}` is a `{cls.__name__}`, which is not supported", "Pass what is needed of it.")
    return lift(t, found, reach, name) if callable(found) else Static(found, reach)


def lift(t: Tracer, found: object, reach: Reach, name: str) -> Abstract:
    """The abstract value of an object that a function passed as an argument holds, or of that function."""
    match found:
        case ModuleType():
            return Static(found, Reach("module", found.__name__))
        case np.ndarray():
            return _constant(t, found, reach, name)
        case tuple() | list() | dict():
            return _container(t, found, reach, name)
        case FunctionType():
            return UserFunction(found, reach)
        case MethodType(__func__=FunctionType() as function, __self__=owner):
            return UserFunction(
                function, reach.then("attr", "__func__"), lift(t, owner, reach.then("attr", "__self__"), name)
            )
        case functools.partial(func=function, args=args, keywords=keywords):
            first, others = reach.then("attr", "args"), reach.then("attr", "keywords")
            given = [lift(t, each, first.then("item", k), name) for k, each in enumerate(args)]
            named = {key: lift(t, each, others.then("item", key), key) for key, each in keywords.items()}
            return Partial(lift(t, function, reach.then("attr", "func"), name), given, named)
        case bool() | int() | float() | np.generic() | str() | None | type() | np.dtype() | enum.Enum():
            return Static(found, reach)
        case np.ufunc() | BuiltinFunctionType() | slice() | range():
            return Static(found, reach)
    if find(found) is not None or type(found).__module__.startswith("adcompile."):
        return Static(found)
    plain = unwrap(found)
    if isinstance(plain, FunctionType) and plain is not found:
        return UserFunction(plain, reach.then("attr", "py_func"), declared=declaration(found))
    if dataclasses.is_dataclass(found):
        reading.class_of(t, found, reach)
        own = attributes_of(found)
        return Record(
            type(found), {each: lift(t, value, reach.then("attr", each), each) for each, value in own.items()}
        )
    if reading.has_attributes(found):
        reading.class_of(t, found, reach)
        return Object(found, reach)
    raise UnsupportedError(
        f"`{name}`, a `{type(found).__name__}` that a function passed as an argument holds, is not supported",
        None,
        "Pass what the function needs of it as an argument.",
    )


def _container(
    t: Tracer, found: tuple[object, ...] | list[object] | dict[object, object], reach: Reach, name: str
) -> Abstract:
    if isinstance(found, dict):
        return Mapping({key: lift(t, each, reach.then("item", key), name) for key, each in found.items()})
    items = [lift(t, each, reach.then("item", k), name) for k, each in enumerate(found)]
    if isinstance(found, list):
        return Sequence("list", items)
    fields = named_fields(found)
    if fields is None:
        return tuple_of(*items)
    reading.class_of(t, found, reach)
    return Record(type(found), dict(zip(fields, items, strict=True)))


def _constant(t: Tracer, found: np.ndarray[tuple[int, ...], np.dtype[np.generic]], reach: Reach, name: str) -> Abstract:
    """A small array, made where the program begins."""
    if reach in t.held:
        return t.held[reach]
    if type_of(found) is None or not 0 < found.size <= LARGEST:
        raise UnsupportedError(
            f"`{name}` is an array of {found.size} elements that a function passed as an argument holds; "
            f"at most {LARGEST} are taken",
            None,
            "Pass the array as an argument.",
        )
    with t.before_everything():
        made = FUNCTIONS[np.array](t, _nested(found))
    assert isinstance(made, ArrayValue)
    t.held[reach] = ArrayValue(made.value, Buffer("captured", name))
    return t.held[reach]


def _nested(found: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Abstract:
    if not found.ndim:
        return Static(found[()])
    return Sequence("list", [_nested(np.asarray(part)) for part in found])
