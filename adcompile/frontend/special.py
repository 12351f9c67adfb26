"""Special methods of the user's classes: called or refused, never passed over.

    if obj: ...           special(t, obj, "__bool__")      the method, bound to the object
    obj[k]                special(t, obj, "__getitem__")
    len(obj)              None: the class says nothing, so Python's own meaning holds

They are found on the class, never on the instance (Python reference, 3.3.12 Special method lookup).
"""

from __future__ import annotations

from dataclasses import replace
from types import FunctionType

from adcompile.errors import UnsupportedError
from adcompile.frontend import captured, reading
from adcompile.frontend.captures import class_entry
from adcompile.frontend.classes import (
    is_descriptor,
    is_tuple,
    is_users,
)
from adcompile.frontend.iteration import python_int
from adcompile.frontend.reading import Found
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    Iterator,
    Number,
    Object,
    Record,
    Sequence,
    Static,
    UserFunction,
    describe,
)
from adcompile.ops import scalar
from adcompile.source import unwrap

Instance = Record | Object


def class_of(owner: Instance) -> type:
    """The class whose methods count."""
    return owner.cls if isinstance(owner, Record) else type(owner.value)


def look_up(t: Tracer, cls: type, name: str) -> Found | None:
    """What the class or one of its bases has; None, guarded, for nothing but what every object has."""
    found = reading.class_member(t, cls, name)
    if found is None or found.value is not class_entry(object, name):
        return found
    reading.guarded(t, found.value, found.reach)
    return None


def users(t: Tracer, cls: type, name: str) -> Found | None:
    """What there is of the user's; None, guarded, where Python's own meaning holds."""
    found = look_up(t, cls, name)
    if found is None or is_users(found.value):
        return found
    reading.guarded(t, found.value, found.reach)
    return None


def defines(t: Tracer, cls: type, name: str) -> bool:
    """Has the user's class a say in this? Guarded."""
    found = users(t, cls, name)
    if found is not None:
        reading.guarded(t, found.value, found.reach)
    return found is not None


def special(t: Tracer, owner: Abstract, name: str) -> Abstract | None:
    """The special method of an object, bound to it; None where its class leaves the matter to Python.

    Raises UnsupportedError for a method of a built-in class that an object from outside has: only itself can run it.
    """
    if not isinstance(owner, Instance):
        return None
    found = look_up(t, class_of(owner), name)
    if found is None:
        return None
    if found.value is None:
        raise TypeError(f"`{class_of(owner).__name__}` has `{name} = None`")
    if is_users(found.value):
        return bound(t, owner, name, found)
    if isinstance(owner, Object):
        raise UnsupportedError(f"`{name}` of {describe(owner)} is not supported", None, "Pass what it holds instead.")
    reading.guarded(t, found.value, found.reach)
    return None


def bound(t: Tracer, owner: Instance, name: str, found: Found) -> Abstract:
    """What reading this entry of the class from an instance gives."""
    entry = found.value
    match entry:
        case property():
            return t.call(replace(function_in(t, found, "fget"), bound=owner), [], {})
        case classmethod():
            return replace(function_in(t, found, "__func__"), bound=own_class(t, owner))
        case staticmethod():
            return _in(t, found, "__func__")
    is_function = isinstance(entry, FunctionType) or unwrap(entry) is not entry
    if is_descriptor(entry) and not is_function:
        raise UnsupportedError(
            f"`{name}` of {describe(owner)} is a `{type(entry).__name__}`, a descriptor, which is not supported",
            None,
            "Write a method or a property.",
        )
    lifted = captured.lift_found(t, found, name)
    return replace(lifted, bound=owner) if isinstance(lifted, UserFunction) and is_function else lifted


def _in(t: Tracer, found: Found, name: str) -> Abstract:
    """The function in a property or the like. That it is one is guarded."""
    reading.class_of(t, found.value, found.reach)
    inner = reading.attribute(found.value, found.reach, name)
    assert inner is not None
    return captured.lift_found(t, inner, name)


def function_in(t: Tracer, found: Found, name: str) -> UserFunction:
    """The Python function in a property or the like."""
    function = _in(t, found, name)
    if not isinstance(function, UserFunction):
        raise UnsupportedError(f"a {type(found.value).__name__} of {describe(function)} is not supported")
    return function


def own_class(t: Tracer, owner: Instance) -> Static:
    """`type(owner)`."""
    cls = class_of(owner)
    return Static(cls, reading.reach_of(t, cls))


def truth(t: Tracer, owner: Instance) -> Static | Number:
    """bool(owner): by `__bool__`, else by `__len__`, else true."""
    method = special(t, owner, "__bool__")
    if method is not None:
        result = t.call(method, [], {})
        if isinstance(result, Static) and isinstance(result.value, bool):
            return result
        if isinstance(result, Number) and result.dtype == "bool" and result.weak:
            return result
        raise TypeError(f"__bool__ should return bool, returned {describe(result)}")
    size = length(t, owner)
    if size is None:
        return Static(True)
    if isinstance(size, Static):
        return Static(bool(size.value))
    assert isinstance(size, Number)
    return Number(t.ints.compare(scalar.ne, size.operand, t.integer(Static(0), "a length")), weak=True)


def length(t: Tracer, owner: Instance) -> Abstract | None:
    """len(owner); None if the class has no `__len__`."""
    method = special(t, owner, "__len__")
    if method is None:
        return Static(len(owner.fields)) if isinstance(owner, Record) and is_tuple(owner.cls) else None
    size = t.integer(index(t, t.call(method, [], {})), "what `__len__` returns")
    t.require(t.ints.compare(scalar.ge, size, t.integer(Static(0), "a length")), error="ValueError", message=_NEGATIVE)
    return python_int(size)


_NEGATIVE = "__len__() should return >= 0"


def contains(t: Tracer, owner: Instance, item: Abstract) -> Abstract | None:
    """`item in owner` by `__contains__`; None if the class has none, and no other way to look into it."""
    method = special(t, owner, "__contains__")
    if method is not None:
        return t.call(method, [item], {})
    looked_through = ["__iter__"] if isinstance(owner, Record) and is_tuple(owner.cls) else ["__iter__", "__getitem__"]
    if any(special(t, owner, name) is not None for name in looked_through):
        raise UnsupportedError(f"`in` {describe(owner)}, which has no `__contains__`, is not supported")
    return None


def iterated(t: Tracer, iterable: Abstract) -> Abstract:
    """What a loop over this runs over: what the `__iter__` of its class gives, if it has one."""
    method = special(t, iterable, "__iter__")
    if method is None:
        return iterable
    given = t.call(method, [], {})
    if isinstance(given, Iterator):
        return given.source
    raise UnsupportedError(
        f"the `__iter__` of {describe(iterable)} gives {describe(given)}, and only `return iter(...)` is supported",
        None,
        "Write `return iter((a, b))`, or loop over the parts.",
    )


def converted(t: Tracer, owner: Abstract, *names: str) -> Abstract:
    """A number for an object: by the first of these methods that its class has. Anything else stays as it is."""
    if not isinstance(owner, Instance):
        return owner
    for name in names:
        method = special(t, owner, name)
        if method is not None:
            return t.call(method, [], {})
    raise UnsupportedError(f"a number is expected here, not {describe(owner)}")


def index(t: Tracer, key: Abstract) -> Abstract:
    """An object as an index or a bound: by `__index__`."""
    if isinstance(key, Record) and defines(t, key.cls, "__index__") and not is_tuple(key.cls):
        return converted(t, key, "__index__")
    if isinstance(key, Sequence) and key.kind == "tuple" and any(isinstance(each, Record) for each in key.items):
        return Sequence("tuple", [index(t, each) for each in key.items])
    return key


_AS_ARRAY = ("__array__", "__array_ufunc__", "__array_function__", "__array_interface__", "__array_struct__")


def refuse_as_array(t: Tracer, value: Abstract, what: str) -> None:
    """NumPy asks an object whether it is an array, or has a way of its own."""
    for hook in _AS_ARRAY:
        found = users(t, class_of(value), hook) if isinstance(value, Instance) else None
        if found is not None and found.value is not None:
            raise UnsupportedError(f"{what} of {describe(value)}, which defines `{hook}`, is not supported")
