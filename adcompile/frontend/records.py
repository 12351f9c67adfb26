"""Instances of the user's own classes, made in the function.

p = Point(x[0], y=2.0)            a NamedTuple: its fields are what it was given
m = Meter(3); m.total += x[0]     a class with `__init__`, which is interpreted and sets the fields
q = Scaled(x[0], by=2.0)          a dataclass: what its generated `__init__` would do (`dataclass_fields.py`)
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from types import FunctionType

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import captured, reading, special
from adcompile.frontend.captures import Reach
from adcompile.frontend.classes import (
    base_with,
    has_plain_metaclass,
    is_generated,
    is_tuple,
    solid_base,
    takes_attribute,
)
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Abstract, Record, Static, describe

_LIBRARIES = ("builtins", "numpy", "numba", "scipy", "adcompile")


def can_make(t: Tracer, cls: type) -> bool:
    """Is it a class that says in Python how its instances are made?"""
    if cls.__module__.split(".")[0] in _LIBRARIES:
        return False
    initialiser = special.look_up(t, cls, "__init__")
    plain = initialiser is None and solid_base(cls) is object
    return plain or (initialiser is not None and isinstance(initialiser.value, FunctionType)) or _is_named_tuple(cls)


def make(t: Tracer, cls: type, args: list[Abstract], keywords: dict[str, Abstract]) -> Record:
    """cls(*args, **keywords)."""
    _refuse_special(t, cls)
    if _is_named_tuple(cls):
        names, defaults = reading.fields_of_tuple(t, cls)
        return Record(cls, _bind_tuple(t, cls, names, defaults, args, keywords))
    made = Record(cls, _class_defaults(t, cls), t.builder.region)
    initialiser = special.look_up(t, cls, "__init__")
    if initialiser is None:
        if args or keywords:
            raise TypeError(f"{cls.__name__}() takes no arguments")
    elif is_generated(initialiser.value):
        reading.guarded(t, initialiser.value, initialiser.reach)
        _as_dataclass(t, made, args, keywords)
    else:
        t.call(special.bound(t, made, "__init__", initialiser), args, keywords)
    if _is_frozen(t, cls):
        made.home = None
    return made


def _is_named_tuple(cls: type) -> bool:
    return is_tuple(cls) and hasattr(cls, "_fields")


def _refuse_special(t: Tracer, cls: type) -> None:
    """What would make an instance in another way, or do something when it goes."""
    if not has_plain_metaclass(cls):
        raise UnsupportedError(f"`{cls.__name__}` has a metaclass, `{type(cls).__name__}`: making it is not supported")
    hooks = ("__new__", "__del__", "__init__") if is_tuple(cls) else ("__new__", "__del__", "__getattribute__")
    for name in hooks:
        if special.defines(t, cls, name):
            raise UnsupportedError(
                f"making a `{cls.__name__}`, which defines `{name}`, is not supported",
                None,
                "Make it outside the function, or write a plain class.",
            )
    if not is_tuple(cls) and (solid := solid_base(cls)) is not object:
        raise UnsupportedError(
            f"making a `{cls.__name__}`, which is a `{solid.__name__}`, is not supported",
            None,
            "Keep the data in an attribute.",
        )


def _class_defaults(t: Tracer, cls: type) -> dict[str, Abstract]:
    """Attributes of the class that methods set on the instance: it has them from the start, for loops to carry."""
    found: dict[str, Abstract] = {}
    for name, entry in reading.set_by_methods(t, cls):
        value = entry.value
        if value is None or isinstance(value, bool | int | float | str | np.ndarray | np.generic):
            found[name] = captured.lift(t, value, entry.reach, name)
    return dict(sorted(found.items()))


def _as_dataclass(t: Tracer, made: Record, args: list[Abstract], keywords: dict[str, Abstract]) -> None:
    """What the `__init__` does that `dataclass` made, for the class or one that it is derived from."""
    base = base_with(made.cls, "__init__")
    assert base is not None
    every: dict[str, dataclasses.Field[object]] = base.__dict__["__dataclass_fields__"]
    fields = {name: each for name, each in every.items() if kind_of(each) != "class"}
    given = _bind_fields(t, base, [each for each in fields.values() if each.init], args, keywords)
    frozen = _is_frozen(t, made.cls)
    for name, field in fields.items():
        value = given[name] if field.init else _initial(t, base, field)
        if value is None or kind_of(field) == "init":
            continue
        if frozen:
            made.fields[name] = value
        else:
            set_attribute(t, made, name, value)
    if "__post_init__" in base.__dict__["__init__"].__code__.co_names:
        then = special.special(t, made, "__post_init__")
        if then is not None:
            t.call(then, [given[name] for name, each in fields.items() if kind_of(each) == "init"], {})


def kind_of(field: dataclasses.Field[object]) -> str:
    """ "field", "init" for an `InitVar`, or "class" for a `ClassVar`."""
    kind = getattr(field, "_field_type").name  # noqa: B009 - not in the stubs
    return {"_FIELD": "field", "_FIELD_INITVAR": "init"}.get(kind, "class")


def _initial(t: Tracer, base: type, field: dataclasses.Field[object]) -> Abstract | None:
    """What a field that is not given starts from; None if it is not set (its class may have it)."""
    if field.default_factory is not dataclasses.MISSING:
        reach = _field_reach(t, base, field.name, "default_factory")
        return t.call(captured.lift(t, field.default_factory, reach, field.name), [], {})
    if field.default is dataclasses.MISSING or not (field.init or "__slots__" in base.__dict__):
        return None
    return captured.lift(t, field.default, _field_reach(t, base, field.name, "default"), field.name)


def _field_reach(t: Tracer, cls: type, name: str, what: str) -> Reach | None:
    reach = reading.reach_of(t, cls)
    return reach and reach.then("attr", "__dataclass_fields__").then("item", name).then("attr", what)


def _bind_fields(
    t: Tracer,
    cls: type,
    fields: list[dataclasses.Field[object]],
    args: list[Abstract],
    keywords: dict[str, Abstract],
) -> dict[str, Abstract]:
    """The arguments of the generated `__init__`, defaults included."""
    positional = [each.name for each in fields if not each.kw_only]
    _refuse_surplus(cls, positional, [each.name for each in fields], args, keywords)
    values = {**dict(zip(positional, args, strict=False)), **keywords}
    for field in fields:
        if field.name not in values:
            initial = _initial(t, cls, field)
            if initial is None:
                raise TypeError(f"{cls.__name__}.__init__() missing a required argument: '{field.name}'")
            values[field.name] = initial
    return values


def _bind_tuple(
    t: Tracer,
    cls: type,
    names: list[str],
    defaults: dict[str, object],
    args: list[Abstract],
    keywords: dict[str, Abstract],
) -> dict[str, Abstract]:
    _refuse_surplus(cls, names, names, args, keywords)
    values = {**dict(zip(names, args, strict=False)), **keywords}
    reach = reading.reach_of(t, cls)
    for name in names:
        if name in values:
            continue
        if name not in defaults:
            raise TypeError(f"{cls.__name__}() missing a required argument: '{name}'")
        place = reach and reach.then("attr", "_field_defaults").then("item", name)
        values[name] = captured.lift(t, defaults[name], place, name)
    return {name: values[name] for name in names}


def _refuse_surplus(
    cls: type, positional: list[str], names: list[str], args: list[Abstract], keywords: dict[str, Abstract]
) -> None:
    twice = set(positional[: len(args)]) & set(keywords)
    if len(args) > len(positional) or set(keywords) - set(names) or twice:
        raise TypeError(f"{cls.__name__}() got an unexpected argument")


def _is_frozen(t: Tracer, cls: type) -> bool:
    """Did `dataclass(frozen=True)` make its `__setattr__`?"""
    found = special.look_up(t, cls, "__setattr__")
    if found is not None:
        reading.guarded(t, found.value, found.reach)
    return found is not None and is_generated(found.value)


def set_attribute(t: Tracer, owner: Abstract, name: str, value: Abstract) -> None:
    """owner.name = value."""
    if not isinstance(owner, Record):
        raise UnsupportedError("assigning to an attribute of this object is not supported", None, "Use a local name.")
    if _is_frozen(t, owner.cls):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field '{name}'")
    setter = special.special(t, owner, "__setattr__")
    if setter is not None:
        t.call(setter, [Static(name), value], {})
    else:
        set_plainly(t, owner, name, value)


def set_plainly(t: Tracer, owner: Record, name: str, value: Abstract) -> None:
    """object.__setattr__(owner, name, value): what the class puts under the name is told, if it wants to be."""
    if reading.is_overridden(t, owner.cls, name):
        _set_by_class(t, owner, name, value)
        return
    if name in ("__class__", "__dict__") or (is_tuple(owner.cls) and name in owner.fields):
        raise AttributeError(f"can't set attribute '{name}'")
    if not takes_attribute(owner.cls, name):
        raise AttributeError(f"'{owner.cls.__name__}' object has no attribute '{name}'")
    with t.changing(owner):
        owner.fields[name] = value


def _set_by_class(t: Tracer, owner: Record, name: str, value: Abstract) -> None:
    """By the setter of a property."""
    found = special.look_up(t, owner.cls, name)
    if found is None or not isinstance(found.value, property):
        raise UnsupportedError(
            f"`{name}` of {describe(owner)} is a descriptor, which is not supported", None, "Write a property."
        )
    if found.value.fset is None:
        raise AttributeError(f"property '{name}' of '{owner.cls.__name__}' object has no setter")
    t.call(replace(special.function_in(t, found, "fset"), bound=owner), [value], {})
