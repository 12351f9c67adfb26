"""Attributes: of arrays and NumPy numbers, of records, of modules and captured objects."""

from __future__ import annotations

import inspect
from types import FunctionType, SimpleNamespace

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import captured, masks
from adcompile.frontend.captures import class_reach
from adcompile.frontend.members import NAMES
from adcompile.frontend.surface import ATTRIBUTES, METHODS, unknown, unknown_member
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Mapping,
    Masked,
    Method,
    Number,
    Record,
    Sequence,
    Static,
    UserFunction,
    describe,
    is_number,
)


def attribute(t: Tracer, owner: Abstract, name: str) -> Abstract:
    """owner.name."""
    match owner:
        case ArrayValue():
            return _of_array(t, owner, name)
        case Masked():
            return _of_masked(t, owner, name)
        case Number() if not owner.weak and (name in ATTRIBUTES or name in METHODS):
            return _of_array(t, owner, name)
        case Record(fields=fields):
            return fields[name] if name in fields else method_of(t, owner, name)
        case Sequence(kind=kind) if name in NAMES[kind]:
            return Method(owner, name)
        case Mapping() if name in NAMES["dict"]:
            return Method(owner, name)
    found = captured.member(t, owner, name)
    if found is not None:
        return found
    if isinstance(owner, Static):
        return _of_static(t, owner, name)
    raise unknown_member(describe(owner), name, [])


def _of_array(t: Tracer, owner: Abstract, name: str) -> Abstract:
    if name in ATTRIBUTES:
        return ATTRIBUTES[name](t, owner)
    if name in METHODS:
        return Method(owner, name)
    if not hasattr(np.ndarray, name):
        raise AttributeError(f"'numpy.ndarray' object has no attribute '{name}'")
    raise unknown_member("an array", name, sorted({*ATTRIBUTES, *METHODS}))


def _of_masked(t: Tracer, owner: Masked, name: str) -> Abstract:
    if name == "size":
        return masks.count(t, owner)
    if name in ATTRIBUTES or name not in METHODS:
        raise masks.refuse_shape()
    return Method(owner, name)


def _of_static(t: Tracer, owner: Static, name: str) -> Abstract:
    known = owner.value
    if isinstance(known, np.ufunc) and hasattr(known, name):
        return Static(getattr(known, name))
    if hasattr(known, "__name__") and type(known).__name__ == "module":
        raise unknown(_named(f"{known.__name__}.{name}"))
    if isinstance(known, np.generic) and is_number(owner) and name in METHODS:
        return Method(owner, name)
    if not hasattr(known, name):
        raise AttributeError(f"'{type(known).__name__}' object has no attribute '{name}'")
    if isinstance(known, type) and isinstance(inspect.getattr_static(known, name), staticmethod | classmethod):
        return method_of(t, Record(known, {}), name)
    found = getattr(known, name)
    if callable(found):
        if isinstance(known, str):
            return Method(owner, name)
        raise UnsupportedError(f"`{name}` of {describe(owner)} is not supported")
    return Static(found)


def _named(name: str) -> object:
    module, _, function = name.rpartition(".")
    return SimpleNamespace(__name__=function, __module__=module)


def method_of(t: Tracer, owner: Record, name: str) -> Abstract:
    """A method or property of a record, or what its class holds under this name."""
    cls = owner.cls
    found = inspect.getattr_static(cls, name, None)
    base = class_reach(cls)
    reach = base.then("attr", name) if base else None
    if isinstance(found, property):
        assert isinstance(found.fget, FunctionType)
        return t.call(UserFunction(found.fget, reach.then("attr", "fget") if reach else None), [owner], {})
    if isinstance(found, staticmethod | classmethod):
        assert isinstance(found.__func__, FunctionType)
        bound = Static(cls) if isinstance(found, classmethod) else None
        return UserFunction(found.__func__, reach, bound)
    if issubclass(cls, tuple) and name in NAMES["namedtuple"]:
        return Method(owner, name)
    if isinstance(found, FunctionType):
        return UserFunction(found, reach, owner)
    if not hasattr(cls, name):
        raise AttributeError(f"'{cls.__name__}' object has no attribute '{name}'")
    return captured.lift(t, getattr(cls, name), reach, name)
