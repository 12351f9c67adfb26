"""The door: all that the front end reads of objects outside the program is read here.

    Config.rate         attribute(...)       the object, and the reach under which it is found again
    model.forward       class_member(...)    what stands in the class; that nothing stands there is a guard as well
    isinstance(o, A)    is_subclass(...)     a bool, guarded as such

What is read is either fetched again at every call, if it is a number or an array (`captured.lift` makes it a hidden
argument), or it is a guard: compared at every call, and written into the manifest. So nothing that decided what the
program does can change without being seen. `getattr`, `vars` and their like stand nowhere else in the front end
(`tests/test_architecture.py`).
"""

from __future__ import annotations

import builtins
import dis
import enum
from types import FunctionType, ModuleType
from typing import NamedTuple

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend.captures import ABSENT, Guard, Reach, class_entry, class_reach, is_data_descriptor
from adcompile.frontend.fingerprints import fingerprint, is_trusted
from adcompile.frontend.scope import Frame
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Static

# Objects of libraries that never become others.
UNCHANGING = (np.generic, np.dtype, np.finfo, np.iinfo, np.ufunc, str, bytes, int, float, complex, slice, range)


class Found(NamedTuple):
    """An object outside the program, and where it stands. Without a reach it is part of a library, or of a literal."""

    value: object
    reach: Reach | None


def guarded(t: Tracer, found: object, reach: Reach | None) -> Static:
    """A static object; a call at which it is another one takes another specialisation.

    What a function holds counts if it is part of an argument: then it is no capture (`held`).
    """
    if reach is not None and reach not in t.guards:
        values = reach.origin == "argument" and not isinstance(found, type)
        t.guards[reach] = Guard(reach, fingerprint(found, values=values))
    if isinstance(found, type) and reach is not None:
        t.classes.setdefault(found, reach)
    return Static(found, reach)


def variable(t: Tracer, frame: Frame, name: str) -> Found | None:
    """A free name of the function that the frame interprets: in an enclosing function, its module or the builtins.

    Raises ValueError if it is a variable of an enclosing function that has no value.
    """
    function = frame.function
    assert function is not None
    free = function.__code__.co_freevars
    if name in free:
        return Found((function.__closure__ or ())[free.index(name)].cell_contents, frame.variable("closure", name))
    if name in function.__globals__:
        return Found(function.__globals__[name], frame.variable("global", name))
    if not hasattr(builtins, name):
        return None
    reach = frame.variable("global", name)
    if reach is not None and reach.steps and reach.steps[-1][0] == "attr":
        guarded(t, False, Reach(reach.origin, reach.name, (*reach.steps[:-1], ("has", name))))
        reach = None
    return Found(getattr(builtins, name), reach)


def default(frame: Frame, name: str) -> Found | None:
    """The default of a parameter of the function that the frame interprets; None if it has none."""
    reach = frame.variable("default", name)
    try:
        return Found(Reach("default", name).fetch(frame.function), reach)
    except KeyError:
        return None


def attribute(owner: object, reach: Reach | None, name: str) -> Found | None:
    """What `owner.name` is, by Python's own protocol; None if there is none."""
    try:
        found = getattr(owner, name)
    except AttributeError:
        return None
    return Found(found, None if reach is None else reach.then("attr", name))


def has_attribute(t: Tracer, owner: object, reach: Reach | None, name: str) -> bool:
    """hasattr(owner, name), guarded."""
    found = hasattr(owner, name)
    if reach is not None:
        guarded(t, found, reach.then("has", name))
    return found


def class_of(t: Tracer, found: object, reach: Reach | None) -> type:
    """The class of an object, guarded."""
    guarded(t, type(found), None if reach is None else reach.then("type"))
    return type(found)


def reach_of(t: Tracer, cls: type) -> Reach | None:
    """Where a class was found, or else where it is found by its name. None for classes of libraries.

    Raises UnsupportedError for one that cannot be found again.
    """
    if is_trusted(cls.__module__):
        return None
    if cls not in t.classes:
        reach = class_reach(cls)
        if reach is None:
            raise UnsupportedError(
                f"the class `{cls.__qualname__}` cannot be found again at later calls",
                None,
                "Define it at the top of its module, or pass an instance as an argument.",
            )
        guarded(t, cls, reach)
    return t.classes[cls]


def class_member(t: Tracer, cls: type, name: str) -> Found | None:
    """What instances find in their class, as it stands there: not bound to them. None, which is guarded, for nothing.

    What it is has to be guarded by the caller: by `guarded`, or by `captured.lift`.
    """
    reach = reach_of(t, cls)
    inner = None if reach is None else reach.then("class", name)
    found = class_entry(cls, name)
    if found is ABSENT:
        guarded(t, ABSENT, inner)
        return None
    return Found(found, inner)


def order_of(t: Tracer, cls: type) -> tuple[type, ...]:
    """The class and those that it is derived from, in the order in which attributes are looked for. Guarded."""
    if (reach := reach_of(t, cls)) is not None:
        guarded(t, cls.__mro__, reach.then("order"))
    return cls.__mro__


def fields_of_tuple(t: Tracer, cls: type) -> tuple[list[str], dict[str, object]]:
    """The names of the fields of a NamedTuple, in order and guarded, and the defaults that some have."""
    assert issubclass(cls, tuple)
    names, defaults = attribute(cls, reach_of(t, cls), "_fields"), attribute(cls, None, "_field_defaults")
    assert names is not None
    assert defaults is not None
    guarded(t, names.value, names.reach)
    return list(names.value), dict(defaults.value)  # type: ignore[call-overload]


def set_by_methods(t: Tracer, cls: type) -> list[tuple[str, Found]]:
    """What the class holds under names of attributes that its methods set.

    Nothing is guarded: an instance that does without has the same values, read when they are asked for.
    """
    methods = [each for base in cls.__mro__[:-1] for each in base.__dict__.values() if isinstance(each, FunctionType)]
    stored = {each.argval for method in methods for each in dis.get_instructions(method) if each.opname == "STORE_ATTR"}
    names = [name for name in sorted(stored) if class_entry(cls, name) is not ABSENT]
    return [(name, entry) for name in names if (entry := class_member(t, cls, name)) is not None]


def is_overridden(t: Tracer, cls: type, name: str) -> bool:
    """Is an instance's own attribute of this name hidden by a property of its class? Guarded."""
    found = is_data_descriptor(class_entry(cls, name))
    if (reach := reach_of(t, cls)) is not None:
        guarded(t, found, reach.then("overrides", name))
    return found


def is_subclass(t: Tracer, cls: type, kind: Static) -> bool:
    """issubclass(cls, kind), guarded unless it is about classes that nobody changes."""
    assert isinstance(kind.value, type)
    found = issubclass(cls, kind.value)
    fixed = is_trusted(cls.__module__) and type(kind.value) is type
    if not fixed and (reach := reach_of(t, cls) or class_reach(cls)) is not None:
        other = kind.reach or reach_of(t, kind.value) or class_reach(kind.value)
        if other is not None:
            guarded(t, found, reach.then("issubclass", other))
    return found


def is_same(t: Tracer, one: Found, other: Found) -> bool:
    """one is other, guarded: objects that are as good as each other are not the same."""
    found = one.value is other.value
    if one.reach is not None and other.reach is not None and not (is_plain(one.value) or is_plain(other.value)):
        guarded(t, found, one.reach.then("is", other.reach))
    return found


def named_reach(found: object) -> Reach | None:
    """Where an object is found by its own name: a module, a class, a function of a module, an enum member."""
    match found:
        case ModuleType(__name__=name):
            return Reach("module", name)
        case type():
            return class_reach(found)
        case enum.Enum():
            reach = class_reach(type(found))
            return reach and reach.then("attr", found.name)
        case FunctionType(__module__=module, __qualname__=qualname):
            reach = Reach("module", module)
            for part in qualname.split("."):
                reach = reach.then("attr", part)
            try:
                return reach if reach.fetch(None) is found else None
            except (AttributeError, KeyError):
                return None
    return None


def has_attributes(found: object) -> bool:
    """Is it an instance of a class of the user's, which is what its attributes are?"""
    return not is_trusted(type(found).__module__) and hasattr(found, "__dict__")


def is_plain(found: object) -> bool:
    """Is it a value that nothing can be read of?"""
    return type(found) in (type(None), str, bytes, bool, int, float)
