"""Instances of the user's own classes, made in the function.

p = Point(x[0], y=2.0)            a dataclass or NamedTuple: its fields are what it was given
m = Meter(3); m.total += x[0]     any other class: `__init__` is interpreted, and sets the fields
"""

from __future__ import annotations

import dataclasses
import dis
import inspect
from types import FunctionType

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import captured
from adcompile.frontend.captures import Reach, class_reach
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Abstract, Record, UserFunction

_LIBRARIES = ("builtins", "numpy", "numba", "scipy", "adcompile")


def can_make(cls: type) -> bool:
    """Is it a class that says in Python how its instances are made?"""
    if dataclasses.is_dataclass(cls) or _is_named_tuple(cls):
        return True
    initialiser = _initialiser(cls)
    own = isinstance(initialiser, FunctionType) or initialiser is object.__init__
    special = any(name in vars(base) for base in cls.__mro__[:-1] for name in ("__new__", "__setattr__", "__slots__"))
    return own and type(cls) is type and not special and cls.__module__.split(".")[0] not in _LIBRARIES


def make(t: Tracer, cls: type, args: list[Abstract], keywords: dict[str, Abstract]) -> Record:
    """cls(*args, **keywords)."""
    if dataclasses.is_dataclass(cls) and getattr(cls, "__dataclass_params__").init:  # noqa: B009 - not in the stubs
        return _dataclass(t, cls, args, keywords)
    if _is_named_tuple(cls):
        names, defaults = list(getattr(cls, "_fields")), dict(getattr(cls, "_field_defaults"))  # noqa: B009
        return Record(cls, _bind(t, cls, names, defaults, args, keywords))
    made = Record(cls, _class_defaults(t, cls), t.builder.region)
    initialiser = _initialiser(cls)
    if isinstance(initialiser, FunctionType):
        t.call(UserFunction(initialiser, _method_reach(cls, "__init__"), made), args, keywords)
    return made


def _class_defaults(t: Tracer, cls: type) -> dict[str, Abstract]:
    """Attributes of the class that methods set on the instance: it has them from the start, for loops to carry."""
    found: dict[str, Abstract] = {}
    for base in reversed(cls.__mro__[:-1]):
        methods = [each for each in vars(base).values() if isinstance(each, FunctionType)]
        stored = {i.argval for each in methods for i in dis.get_instructions(each) if i.opname == "STORE_ATTR"}
        for name in stored & {name for each in cls.__mro__[:-1] for name in vars(each)}:
            value = inspect.getattr_static(cls, name)
            if value is None or isinstance(value, bool | int | float | str | np.ndarray | np.generic):
                found[name] = captured.lift(t, value, _method_reach(cls, name), name)
    return dict(sorted(found.items()))


def _is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def _method_reach(cls: type, name: str) -> Reach | None:
    reach = class_reach(cls)
    return reach.then("attr", name) if reach else None


def _initialiser(cls: type) -> object:
    return inspect.getattr_static(cls, "__init__")


def _dataclass(t: Tracer, cls: type, args: list[Abstract], keywords: dict[str, Abstract]) -> Record:
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}
    defaults = {n: f.default for n, f in fields.items() if f.default is not dataclasses.MISSING}
    given = [n for n, f in fields.items() if not f.kw_only]
    values = _bind(t, cls, list(fields), defaults, args, keywords, positional=given)
    for name, field in fields.items():
        if name not in values:
            assert field.default_factory is not dataclasses.MISSING
            values[name] = t.call(captured.lift(t, field.default_factory, None, name), [], {})
    frozen = getattr(cls, "__dataclass_params__").frozen  # noqa: B009 - not in the stubs
    made = Record(cls, {name: values[name] for name in fields}, t.builder.region)
    then = getattr(cls, "__post_init__", None)
    if isinstance(then, FunctionType):
        t.call(UserFunction(then, _method_reach(cls, "__post_init__"), made), [], {})
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
            values[name] = captured.lift(t, defaults[name], _default_reach(cls, name), name)
    return values


def _default_reach(cls: type, name: str) -> Reach | None:
    reach = class_reach(cls)
    if reach is None or _is_named_tuple(cls):
        return reach and reach.then("attr", "_field_defaults").then("item", name)
    return reach.then("attr", "__dataclass_fields__").then("item", name).then("attr", "default")


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
    if isinstance(getattr(owner.cls, name, None), property):
        raise UnsupportedError(f"setting the property `{name}` is not supported", None, "Set the attribute behind it.")
    with t.changing(owner):
        owner.fields[name] = value
