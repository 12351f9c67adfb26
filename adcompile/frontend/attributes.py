"""Attributes: of arrays and NumPy numbers, of records, of modules and captured objects."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from types import MemberDescriptorType, ModuleType, SimpleNamespace

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import captured, masks, reading, special
from adcompile.frontend.captures import class_entry
from adcompile.frontend.classes import is_generated, is_slot, is_tuple, takes_attribute
from adcompile.frontend.fingerprints import is_trusted
from adcompile.frontend.members import NAMES
from adcompile.frontend.reading import Found, is_overridden
from adcompile.frontend.special import bound
from adcompile.frontend.surface import ATTRIBUTES, METHODS, find, unknown, unknown_member
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Mapping,
    Masked,
    Method,
    Number,
    Object,
    Partial,
    Range,
    Record,
    Sequence,
    Static,
    Super,
    describe,
    is_number,
)
from adcompile.ir.types import FLOATS


def attribute(t: Tracer, owner: Abstract, name: str) -> Abstract:
    """owner.name."""
    match owner:
        case ArrayValue():
            return _of_array(t, owner, name)
        case Masked():
            return _of_masked(t, owner, name)
        case Number() if not owner.weak and (name in ATTRIBUTES or name in METHODS):
            return _of_array(t, owner, name)
        case Record():
            return _of_record(t, owner, name)
        case Super():
            return _of_super(t, owner, name)
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
    kind = _kind(owner)
    raise unknown_member(describe(owner), name, kind=kind, supported=NAMES.get(kind, ()))


def _kind(owner: Abstract) -> str:
    """The built-in type of what is no array and no object of the user's."""
    match owner:
        case Number(dtype=dtype):
            return "float" if dtype in FLOATS else "int"
        case Sequence(kind=kind):
            return kind
        case Mapping():
            return "dict"
        case Range():
            return "range"
        case _:
            return ""


def _of_array(t: Tracer, owner: Abstract, name: str) -> Abstract:
    if name in ATTRIBUTES:
        return ATTRIBUTES[name](t, owner)
    if name in METHODS:
        return Method(owner, name)
    if not hasattr(np.ndarray, name):
        raise AttributeError(f"'numpy.ndarray' object has no attribute '{name}'")
    raise unknown_member("an array", name, kind="ndarray")


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
        raise unknown(_named(f"{known.__name__}.{name}"), slip=True)
    if found is None:
        kind = f"type object '{known.__name__}'" if isinstance(known, type) else f"'{type(known).__name__}' object"
        raise AttributeError(f"{kind} has no attribute '{name}'")
    of_library = isinstance(known, reading.UNCHANGING) and is_trusted(type(known).__module__)
    if of_library or (isinstance(known, type) and is_trusted(known.__module__)):
        if isinstance(known, str | int | float | range | slice) and callable(found.value):
            return Method(owner, name)
        if callable(found.value) and not isinstance(known, np.ufunc) and find(found.value) is None:
            raise unknown_member(describe(owner), name)
        return Static(found.value)
    lifted = captured.member(t, owner, name)
    assert lifted is not None
    return lifted


def _named(name: str) -> object:
    module, _, function = name.rpartition(".")
    return SimpleNamespace(__name__=function, __module__=module)


def _of_record(t: Tracer, owner: Record, name: str) -> Abstract:
    """In Python's order: data descriptors of the class, what the object holds, what the class holds, `__getattr__`."""
    cls = owner.cls
    for hook in ("__getattribute__", "__class__"):
        if special.defines(t, cls, hook):
            raise UnsupportedError(f"attributes of {describe(owner)}, which defines `{hook}`, are not supported")
    if name in owner.fields and not is_overridden(t, cls, name):
        return owner.fields[name]
    if name == "__class__":
        return special.own_class(t, owner)
    found = special.look_up(t, cls, name)
    if is_tuple(cls) and name in NAMES["namedtuple"] and (found is None or is_generated(found.value)):
        return Method(owner, name)
    if found is not None and isinstance(found.value, cached_property):
        return _cached(t, owner, name, found)
    if found is not None and not is_slot(found.value):
        return bound(t, owner, name, found)
    if found is not None and not isinstance(found.value, MemberDescriptorType):
        raise UnsupportedError(f"`{name}` of {describe(owner)} is not supported")
    fallback = special.special(t, owner, "__getattr__")
    if fallback is not None:
        return t.call(fallback, [Static(name)], {})
    if hasattr(object, name) or name in ("__dict__", "__weakref__"):
        raise UnsupportedError(f"`{name}` of {describe(owner)} is not supported", None, "Name the attribute you want.")
    raise AttributeError(f"'{cls.__name__}' object has no attribute '{name}'")


def _cached(t: Tracer, owner: Record, name: str, found: Found) -> Abstract:
    """A property that is computed once: then the object holds it."""
    if not takes_attribute(owner.cls, name):
        raise TypeError(f"No '__dict__' attribute on '{owner.cls.__name__}' instance to cache '{name}' property.")
    if owner.home is None:
        raise UnsupportedError(
            f"the `cached_property` `{name}` of an object that may not be changed here is not supported",
            None,
            "Write `property`.",
        )
    value = t.call(replace(special.function_in(t, found, "func"), bound=owner), [], {})
    with t.changing(owner):
        owner.fields[name] = value
    return value


def _of_super(t: Tracer, owner: Super, name: str) -> Abstract:
    """super().name: what the classes after this one have."""
    record = owner.owner
    order = reading.order_of(t, record.cls)
    for base in order[order.index(owner.after) + 1 :]:
        if base is object and name in ("__init__", "__setattr__"):
            return Partial(Static(class_entry(object, name)), [record], {})
        if base is object:
            break
        found = special.users(t, base, name)
        if found is not None and name in base.__dict__:
            return bound(t, record, name, found)
        if name in base.__dict__:
            break
    raise UnsupportedError(f"`super().{name}` is not supported here", None, "Call a method written in Python.")


def has_attribute(t: Tracer, owner: Record, name: str) -> bool:
    """hasattr(owner, name), as far as the class does not compute it."""
    for hook in ("__getattr__", "__getattribute__"):
        if special.defines(t, owner.cls, hook):
            raise UnsupportedError(f"what {describe(owner)} has is up to its `{hook}`, which is not supported here")
    if name in owner.fields or hasattr(object, name):
        return True
    found = special.look_up(t, owner.cls, name)
    if found is not None:
        reading.guarded(t, found.value, found.reach)
    return found is not None and not isinstance(found.value, MemberDescriptorType)
