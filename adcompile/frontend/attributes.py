"""Attributes: of arrays and NumPy numbers, of records, of modules and captured objects."""

from __future__ import annotations

import functools
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import captured, masks, reading
from adcompile.frontend.fingerprints import is_trusted
from adcompile.frontend.members import NAMES
from adcompile.frontend.reading import Found, is_overridden
from adcompile.frontend.surface import ATTRIBUTES, METHODS, unknown, unknown_member
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Mapping,
    Masked,
    Method,
    Number,
    Object,
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
        case Record(cls=cls, fields=fields):
            return fields[name] if name in fields and not is_overridden(t, cls, name) else method_of(t, owner, name)
        case Sequence(kind=kind) if name in NAMES[kind]:
            return Method(owner, name)
        case Mapping() if name in NAMES["dict"]:
            return Method(owner, name)
        case Static():
            return _of_static(t, owner, name)
        case Object():
            found = captured.member(t, owner, name)
            if found is not None:
                return found
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
    if isinstance(known, np.generic) and is_number(owner) and name in METHODS:
        return Method(owner, name)
    found = reading.attribute(known, owner.reach, name)
    if found is None and isinstance(known, ModuleType):
        raise unknown(_named(f"{known.__name__}.{name}"))
    if found is None:
        kind = f"type object '{known.__name__}'" if isinstance(known, type) else f"'{type(known).__name__}' object"
        raise AttributeError(f"{kind} has no attribute '{name}'")
    of_library = is_trusted(type(known).__module__) and not isinstance(known, type | ModuleType)
    if of_library or (isinstance(known, type) and is_trusted(known.__module__)):
        if isinstance(known, str) and callable(found.value):
            return Method(owner, name)
        if callable(found.value) and not isinstance(known, np.ufunc):
            raise UnsupportedError(f"`{name}` of {describe(owner)} is not supported")
        return Static(found.value)
    lifted = captured.member(t, owner, name)
    assert lifted is not None
    return lifted


def _named(name: str) -> object:
    module, _, function = name.rpartition(".")
    return SimpleNamespace(__name__=function, __module__=module)


def method_of(t: Tracer, owner: Record, name: str) -> Abstract:
    """A method or property of a record, or what its class holds under this name."""
    cls = owner.cls
    if issubclass(cls, tuple) and name in NAMES["namedtuple"]:
        return Method(owner, name)
    found = reading.class_member(t, cls, name)
    if found is None:
        raise AttributeError(f"'{cls.__name__}' object has no attribute '{name}'")
    entry = found.value
    match entry:
        case property() | functools.cached_property():
            getter = "fget" if isinstance(entry, property) else "func"
            return t.call(replace(_function_in(t, found, getter), bound=owner), [], {})
        case classmethod():
            return replace(_function_in(t, found, "__func__"), bound=Static(cls, reading.reach_of(t, cls)))
        case staticmethod():
            return _in(t, found, "__func__")
    lifted = captured.lift_found(t, found, name)
    if isinstance(lifted, UserFunction):
        return replace(lifted, bound=owner)
    if reading.is_bound(entry):
        raise UnsupportedError(f"`{name}` of {describe(owner)}, a {type(entry).__name__}, is not supported")
    return lifted


def _in(t: Tracer, found: Found, name: str) -> Abstract:
    """The function in a property or the like. That it is one is guarded."""
    reading.class_of(t, found.value, found.reach)
    inner = reading.attribute(found.value, found.reach, name)
    assert inner is not None
    return captured.lift_found(t, inner, name)


def _function_in(t: Tracer, found: Found, name: str) -> UserFunction:
    function = _in(t, found, name)
    if not isinstance(function, UserFunction):
        raise UnsupportedError(f"a {type(found.value).__name__} of {describe(function)} is not supported")
    return function
