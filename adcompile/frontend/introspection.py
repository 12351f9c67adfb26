"""Builtins that ask what an object is: `type`, `isinstance`, `getattr`, `hasattr`.

type(model)                    its class, guarded
getattr(config, "rate", 1.0)   as `config.rate`; that there is none is guarded as well
"""

from __future__ import annotations

import builtins
from types import UnionType

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import reading, special
from adcompile.frontend.attributes import attribute, has_attribute
from adcompile.frontend.classes import checks_instances, is_derived
from adcompile.frontend.surface import function
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    LocalFunction,
    Mapping,
    Number,
    Object,
    Record,
    Sequence,
    Static,
    UserFunction,
    describe,
)


@function(builtins.getattr)
def getattr_(t: Tracer, owner: Abstract, name: Abstract, *default: Abstract) -> Abstract:
    """getattr(owner, name, default)."""
    if default and not _has(t, owner, name):
        return default[0]
    return attribute(t, owner, _known(name))


@function(builtins.hasattr)
def hasattr_(t: Tracer, owner: Abstract, name: Abstract) -> Abstract:
    """hasattr(owner, name)."""
    return Static(_has(t, owner, name))


def _known(name: Abstract) -> str:
    if isinstance(name, Static) and isinstance(name.value, str):
        return name.value
    raise UnsupportedError("the name of an attribute must be known when the function is compiled")


def _has(t: Tracer, owner: Abstract, name: Abstract) -> bool:
    match owner:
        case Static(value=known, reach=reach) | Object(value=known, reach=reach):
            return reading.has_attribute(t, known, reach, _known(name))
        case Record():
            return has_attribute(t, owner, _known(name))
    return reading.has_attribute(t, class_of(t, owner), None, _known(name))


@function(builtins.type)
def type_(t: Tracer, value: Abstract) -> Abstract:
    """type(value)."""
    cls = class_of(t, value)
    return Static(cls, reading.reach_of(t, cls))


@function(builtins.isinstance)
def isinstance_(t: Tracer, value: Abstract, classes: Abstract) -> Abstract:
    """isinstance(value, classes)."""
    cls = class_of(t, value)
    if special.defines(t, cls, "__class__"):
        raise UnsupportedError(f"`isinstance` of {describe(value)}, which defines `__class__`, is not supported")
    for kind in _kinds(classes):
        if checks_instances(type(kind.value)):
            raise UnsupportedError(f"`isinstance` with {describe(kind)}, whose metaclass decides, is not supported")
        if isinstance(value, Number | Sequence | Mapping) and is_derived(kind.value, cls):
            raise UnsupportedError(f"`isinstance` of {describe(value)} with {describe(kind)} is not supported")
    return Static(any(reading.is_subclass(t, cls, kind) for kind in _kinds(classes)))


@function(builtins.issubclass)
def issubclass_(t: Tracer, cls: Abstract, classes: Abstract) -> Abstract:
    """issubclass(cls, classes)."""
    if not (isinstance(cls, Static) and isinstance(cls.value, type)):
        raise TypeError("issubclass() arg 1 must be a class")
    found = cls.value
    return Static(any(reading.is_subclass(t, found, kind) for kind in _kinds(classes)))


def _kinds(classes: Abstract) -> list[Static]:
    match classes:
        case Sequence(items=items):
            return [kind for each in items for kind in _kinds(each)]
        case Static(value=tuple() as several):
            return [kind for each in several for kind in _kinds(Static(each))]
        case Static(value=type()):
            return [classes]
        case Static(value=UnionType() as union):
            return [kind for each in union.__args__ for kind in _kinds(Static(each))]
    raise UnsupportedError(
        f"`isinstance` with {describe(classes)} is not supported", None, "Give it a class or a tuple."
    )


def class_of(t: Tracer, value: Abstract) -> type:
    """The class of a value, guarded where it is an object from outside."""
    match value:
        case Static(value=known, reach=reach) if not reading.is_plain(known):
            return reading.class_of(t, known, reach)
        case Static(value=known):
            return type(known)
        case Object(value=known):
            return type(known)
        case ArrayValue():
            return np.ndarray
        case Number(weak=True):
            return {"f": float, "b": bool}.get(np.dtype(value.dtype).kind, int)
        case Number():
            return np.dtype(value.dtype).type
        case Sequence(kind=kind):
            return list if kind == "list" else tuple
        case Mapping():
            return dict
        case Record(cls=cls):
            return cls
        case LocalFunction() | UserFunction(bound=None):
            return type(class_of)
        case _:
            raise UnsupportedError(f"the class of {describe(value)} is not known")
