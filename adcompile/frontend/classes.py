"""What stands in a class, judged by itself: a method of the user's, a slot of a built-in class, a descriptor.

    class Falsy:                          `__bool__`: the user's, so it is called or refused
        def __bool__(self): ...
    class Pair(NamedTuple): a: float      `__len__`: a slot of `tuple`, so what Python does is known
    @dataclass                            `__eq__`: generated, so what Python does is known
    class Point: x: float

(Python reference, 3.3 Special method names; 3.3.2.4 Invoking descriptors.)
"""

from __future__ import annotations

import abc
import enum
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)

from adcompile.frontend.captures import ABSENT, class_entry

_SLOTS = (
    WrapperDescriptorType,
    MethodDescriptorType,
    BuiltinFunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
)

# What a class of numbers may say about arithmetic, so that the number in it is not all there is to an instance.
_OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul", "and", "or", "xor")
_BINARY = [f"__{side}{name}__" for name in (*_OPERATORS, "lshift", "rshift") for side in ("", "r", "i")]
_COMPARED = ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__abs__", "__neg__", "__pos__"]
_CONVERTED = ["__invert__", "__float__", "__int__", "__index__", "__round__", "__trunc__", "__floor__", "__ceil__"]
_AS_NUMBER = frozenset([*_BINARY, *_COMPARED, *_CONVERTED])
_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a `class` statement


def is_users(entry: object) -> bool:
    """Is what stands in a class the user's doing? Not if a built-in class, `dataclass` or `namedtuple` put it there."""
    return entry is not ABSENT and not is_slot(entry) and not is_generated(entry)


def has_users(cls: type, name: str) -> bool:
    """Is there something of the user's under this name? Whoever decides by it guards it (`special`)."""
    return is_users(class_entry(cls, name))


def is_slot(entry: object) -> bool:
    """Is it what a built-in class has: `tuple.__len__`, `float.__add__`; or where a slot or a field of a tuple lies?"""
    return isinstance(entry, _SLOTS) or type(entry).__name__ == "_tuplegetter"


def is_generated(entry: object) -> bool:
    """Is it a method that `dataclass` or `namedtuple` made?"""
    if isinstance(entry, classmethod | staticmethod):
        entry = entry.__func__
    if not isinstance(entry, FunctionType):
        return False
    code = entry.__code__
    return code.co_qualname.startswith(("__create_fn__.", "namedtuple.<locals>.")) or "_tuple_new" in code.co_names


def base_with(cls: type, name: str) -> type | None:
    """The class along the bases that has this name, `object` left out."""
    return next((base for base in cls.__mro__[:-1] if name in base.__dict__), None)


def is_tuple(cls: type) -> bool:
    """Are the instances tuples?"""
    return issubclass(cls, tuple)


def is_descriptor(entry: object) -> bool:
    """Does reading it from an instance give something else?"""
    return hasattr(type(entry), "__get__")


def takes_attribute(cls: type, name: str) -> bool:
    """May an instance get an attribute of this name? Not if all bases have `__slots__` and none is called so."""
    return cls.__dictoffset__ != 0 or isinstance(class_entry(cls, name), MemberDescriptorType)


def is_plain_number(value: object) -> bool:
    """Is a number all that there is to it? Not if its class is the user's; members of an `IntEnum` may be numbers."""
    cls = type(value)
    own = [base for base in cls.__mro__ if base.__module__.partition(".")[0] not in ("builtins", "numpy", "enum")]
    if not own:
        return True
    return isinstance(value, enum.Enum) and not any(name in base.__dict__ for base in own for name in _AS_NUMBER)


def has_plain_metaclass(cls: type) -> bool:
    """Does calling the class do what it does for any class?"""
    return type(cls) in (type, abc.ABCMeta)


def checks_instances(metaclass: type) -> bool:
    """Does a metaclass of the user's decide what an instance is?"""
    base = base_with(metaclass, "__instancecheck__") or base_with(metaclass, "__subclasscheck__")
    return base not in (None, type, abc.ABCMeta)


def solid_base(cls: type) -> type:
    """The built-in class that decides what an instance is made of."""
    return next(base for base in cls.__mro__ if not base.__flags__ & _HEAP)
