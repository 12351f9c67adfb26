"""Attributes: of arrays and NumPy numbers, of records, of modules and captured objects."""

from __future__ import annotations

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import captured, masks
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

_CONTAINERS = {
    "list": ("append", "pop", "copy", "extend"),
    "tuple": ("count", "index"),
    "dict": ("keys", "values", "items", "get"),
}


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
            return fields[name] if name in fields else _method_of(t, owner, cls, name)
        case Sequence(kind=kind) if name in _CONTAINERS[kind]:
            return Method(owner, name)
        case Mapping() if name in _CONTAINERS["dict"]:
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
    if hasattr(known, "__name__") and type(known).__name__ == "module":
        raise unknown(_named(f"{known.__name__}.{name}"))
    if isinstance(known, np.generic) and is_number(owner) and name in METHODS:
        return Method(owner, name)
    if not hasattr(known, name):
        raise AttributeError(f"'{type(known).__name__}' object has no attribute '{name}'")
    found = getattr(known, name)
    if callable(found):
        if isinstance(known, str):
            return Method(owner, name)
        raise UnsupportedError(f"`{name}` of {describe(owner)} is not supported")
    return Static(found)


def _named(name: str) -> object:
    module, _, function = name.rpartition(".")
    return type("Missing", (), {"__name__": function, "__module__": module})


def _method_of(t: Tracer, owner: Record, cls: type, name: str) -> Abstract:
    found = getattr(cls, name, None)
    if isinstance(found, property):
        assert found.fget is not None
        return t.call(UserFunction(found.fget, None), [owner], {})  # type: ignore[arg-type]
    if found is None:
        raise AttributeError(f"'{cls.__name__}' object has no attribute '{name}'")
    if callable(found) and hasattr(found, "__code__"):
        return UserFunction(found, None, owner)
    return captured.lift(t, found, None, name)
