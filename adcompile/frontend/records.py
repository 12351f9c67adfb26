"""Instances of the user's own classes, made in the function.

p = Point(x[0], y=2.0)            a dataclass or NamedTuple: its fields are what it was given
m = Meter(3); m.total += x[0]     any other class: `__init__` is interpreted, and sets the fields
"""

from __future__ import annotations

import dataclasses
from types import FunctionType

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import attributes, captured, reading
from adcompile.frontend.captures import Reach
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Abstract, Record

_LIBRARIES = ("builtins", "numpy", "numba", "scipy", "adcompile")


def can_make(t: Tracer, cls: type) -> bool:
    """Is it a class that says in Python how its instances are made?"""
    if dataclasses.is_dataclass(cls) or _is_named_tuple(cls):
        return True
    if type(cls) is not type or cls.__module__.split(".")[0] in _LIBRARIES:
        return False
    initialiser = reading.class_member(t, cls, "__init__")
    own = initialiser is not None and (
        isinstance(initialiser.value, FunctionType) or initialiser.value is object.__init__
    )
    return own and not any(reading.defines(t, cls, name) for name in ("__new__", "__setattr__", "__slots__"))


def make(t: Tracer, cls: type, args: list[Abstract], keywords: dict[str, Abstract]) -> Record:
    """cls(*args, **keywords)."""
    if dataclasses.is_dataclass(cls) and getattr(cls, "__dataclass_params__").init:  # noqa: B009 - not in the stubs
        return _dataclass(t, cls, args, keywords)
    if _is_named_tuple(cls):
        names, defaults = list(getattr(cls, "_fields")), dict(getattr(cls, "_field_defaults"))  # noqa: B009
        return Record(cls, _bind(t, cls, names, defaults, args, keywords))
    made = Record(cls, _class_defaults(t, cls), t.builder.region)
    if reading.defines(t, cls, "__init__"):
        t.call(attributes.method_of(t, made, "__init__"), args, keywords)
    return made


def _class_defaults(t: Tracer, cls: type) -> dict[str, Abstract]:
    """Attributes of the class that methods set on the instance: it has them from the start, for loops to carry."""
    found: dict[str, Abstract] = {}
    for name, entry in reading.set_by_methods(t, cls):
        value = entry.value
        if value is None or isinstance(value, bool | int | float | str | np.ndarray | np.generic):
            found[name] = captured.lift(t, value, entry.reach, name)
    return dict(sorted(found.items()))


def _is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def _dataclass(t: Tracer, cls: type, args: list[Abstract], keywords: dict[str, Abstract]) -> Record:
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}
    defaults = {n: f.default for n, f in fields.items() if f.default is not dataclasses.MISSING}
    given = [n for n, f in fields.items() if not f.kw_only]
    values = _bind(t, cls, list(fields), defaults, args, keywords, positional=given)
    for name, field in fields.items():
        if name not in values:
            assert field.default_factory is not dataclasses.MISSING
            reach = _field_reach(t, cls, name, "default_factory")
            values[name] = t.call(captured.lift(t, field.default_factory, reach, name), [], {})
    frozen = getattr(cls, "__dataclass_params__").frozen  # noqa: B009 - not in the stubs
    made = Record(cls, {name: values[name] for name in fields}, t.builder.region)
    if reading.class_member(t, cls, "__post_init__") is not None:
        t.call(attributes.method_of(t, made, "__post_init__"), [], {})
    if frozen:
        made.home = None
    return made


def _bind(
    t: Tracer,
    cls: type,
    names: list[str],
    defaults: dict[str, object],
    args: list[Abstract],
    keywords: dict[str, Abstract],
    *,
    positional: list[str] | None = None,
) -> dict[str, Abstract]:
    values = {**dict(zip(positional or names, args, strict=False)), **keywords}
    if len(args) > len(positional or names) or set(values) - set(names):
        raise TypeError(f"{cls.__name__}() got an unexpected argument")
    factories = _factories(cls)
    for name in names:
        if name not in values and name not in factories:
            if name not in defaults:
                raise TypeError(f"{cls.__name__}() missing a required argument: '{name}'")
            values[name] = captured.lift(t, defaults[name], _default_reach(t, cls, name), name)
    return values


def _default_reach(t: Tracer, cls: type, name: str) -> Reach | None:
    if not _is_named_tuple(cls):
        return _field_reach(t, cls, name, "default")
    reach = reading.reach_of(t, cls)
    return reach and reach.then("attr", "_field_defaults").then("item", name)


def _field_reach(t: Tracer, cls: type, name: str, what: str) -> Reach | None:
    reach = reading.reach_of(t, cls)
    return reach and reach.then("attr", "__dataclass_fields__").then("item", name).then("attr", what)


def _factories(cls: type) -> list[str]:
    if not dataclasses.is_dataclass(cls):
        return []
    return [f.name for f in dataclasses.fields(cls) if f.default_factory is not dataclasses.MISSING]


def set_attribute(t: Tracer, owner: Abstract, name: str, value: Abstract) -> None:
    """owner.name = value."""
    if not isinstance(owner, Record):
        raise UnsupportedError("assigning to an attribute of this object is not supported", None, "Use a local name.")
    if dataclasses.is_dataclass(owner.cls) and getattr(owner.cls, "__dataclass_params__").frozen:  # noqa: B009
        raise dataclasses.FrozenInstanceError(f"cannot assign to field '{name}'")
    if reading.is_overridden(t, owner.cls, name):
        raise UnsupportedError(f"setting the property `{name}` is not supported", None, "Set the attribute behind it.")
    with t.changing(owner):
        owner.fields[name] = value
