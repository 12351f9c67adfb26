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
import sys
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)

import numpy as np

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
_AS_MEMBER = frozenset(["__eq__", "__ne__", "__hash__", "__bool__", "__len__", "__contains__"])
_AS_OBJECT = frozenset(["__getattribute__", "__class__"])
_AS_TUPLE = _AS_OBJECT | {"__iter__", "__getitem__", "__len__"}
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


def refusal(value: object) -> str | None:
    """Why an object from outside is not just what it holds: what its class defines would be passed over."""
    cls = type(value)
    if isinstance(value, enum.Enum):
        hooks = _AS_NUMBER if isinstance(value, int | float) else _AS_MEMBER
    elif isinstance(value, np.ndarray | np.generic | type):
        return None
    elif isinstance(value, int | float | str | list | dict) or (
        is_tuple(cls) and class_entry(cls, "_fields") is ABSENT
    ):
        own = [base for base in cls.__mro__ if base.__module__.partition(".")[0] not in sys.stdlib_module_names]
        entries = {name: entry for base in own for name, entry in base.__dict__.items()}
        hooks = frozenset(name for name, entry in entries.items() if is_descriptor(entry)) - {"__dict__", "__weakref__"}
    else:
        hooks = _AS_TUPLE if is_tuple(cls) else _AS_OBJECT
    hook = next((name for name in sorted(hooks) if has_users(cls, name) and not _is_of_enum(cls, name)), None)
    return f"a `{cls.__name__}`, which defines `{hook}`" if hook else None


def _is_of_enum(cls: type, name: str) -> bool:
    base = base_with(cls, name)
    return base is not None and base.__module__ == "enum"


def writes_itself(cls: type) -> bool:
    """Does a class of the user's say how its instances are written as text?"""
    known = {*sys.stdlib_module_names, "numpy"} - {"__main__"}
    bases = [base_with(cls, name) for name in ("__str__", "__repr__") if has_users(cls, name)]
    return any(base is not None and base.__module__.partition(".")[0] not in known for base in bases)


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


def is_derived(kind: object, cls: type) -> bool:
    """Is it a class of the user's made from this built-in one? A value that has come as `cls` may have been one."""
    known = {*sys.stdlib_module_names, "numpy"}
    return isinstance(kind, type) and issubclass(kind, cls) and kind.__module__.partition(".")[0] not in known
