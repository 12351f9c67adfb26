"""A short text for an object, the same in every process for objects that a program may treat as the same.

fingerprint(("mean", 0))        by value
fingerprint(np.tanh)            by name, as all that libraries have
fingerprint(helper)             by source text, defaults and what its closure holds
fingerprint(Settings)           by name: what is read of a class is guarded where it is read
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import numbers
import re
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType

import numpy as np

from adcompile.declared import declaration
from adcompile.errors import UnsupportedError
from adcompile.source import source_hash, unwrap

_VALUES = "values "
_TRUSTED = ("builtins", "math", "numpy", "scipy", "numba")


def fingerprint(found: object, *, values: bool = False) -> str:
    """A short text that is the same, in every process, for objects that a program may treat as the same.

    Numbers, arrays, strings, dtypes and enum members count by value, containers by what they hold, modules and classes
    by name, functions by source text, defaults and what their closures hold, those of libraries by name. But a number
    or an array that a *function* holds counts only as being one, because its value is a capture; with `values` it
    counts as well.

    >>> fingerprint(("mean", 0)) == fingerprint(("mean", 0)) != fingerprint(("mean", 1))
    True
    """
    text = _describe(found, values=values, counted=True, above=())
    digest = hashlib.sha256(text.encode()).hexdigest()[:24]
    return f"{_VALUES}{digest}" if values else digest


def counts_values(text: str) -> bool:
    """Was this fingerprint taken with `values`?"""
    return text.startswith(_VALUES)


def is_trusted(module: str | None) -> bool:
    """Is it a module of a library whose functions nobody replaces, and whose version every key has?"""
    return (module or "").partition(".")[0] in _TRUSTED


def _describe(found: object, *, values: bool, counted: bool, above: tuple[object, ...]) -> str:
    """The text behind a fingerprint.

    Does the value of a number count, here (`counted`) and in what functions hold (`values`)? `above` are the objects
    this one is part of: a cycle is named, not followed.
    """
    if any(found is each for each in above):
        return "cycle"
    is_function = isinstance(found, FunctionType | functools.partial)
    counts = values if is_function else counted
    part = functools.partial(_describe, values=values, counted=counts, above=(*above, found))
    if not isinstance(found, type) and (primal := unwrap(found)) is not found:
        told = f"{getattr(found, '__adjoint_of__', '')} {declaration(found) or ''}"
        return f"{type(found).__name__} {told} {part(primal)}"
    if isinstance(found, enum.Enum):
        return f"{_class_name(type(found))}.{found.name} {part(found.value)}"
    if isinstance(found, np.ndarray):
        content = hashlib.sha256(np.ascontiguousarray(found).tobytes()).hexdigest() if counted else ""
        return f"array {found.dtype.str} {found.shape if counted else ''} {content}"
    if isinstance(found, bool | numbers.Number | np.generic):
        return f"{type(found).__name__} {found!r}" if counted else "number"
    if found is None or found is Ellipsis or isinstance(found, str | bytes | np.dtype):
        return f"{type(found).__name__} {found!r}"
    if isinstance(found, slice | range):
        return f"{type(found).__name__} {found!r}"
    if isinstance(found, ModuleType):
        return f"module {found.__name__}"
    if isinstance(found, type):
        return f"class {_class_name(found)}"
    if isinstance(found, FunctionType) and is_trusted(found.__module__) and "<" not in found.__qualname__:
        return f"function {found.__module__}.{found.__qualname__}"
    if isinstance(found, FunctionType):
        held = [part(cell.cell_contents) if _is_filled(cell) else "empty" for cell in found.__closure__ or ()]
        defaults = [part(found.__defaults__), part(found.__kwdefaults__)]
        return f"function {found.__module__}.{found.__qualname__} {_source_hash(found)} {defaults} {held}"
    if isinstance(found, MethodType):
        return f"method {part(found.__func__)} of {part(found.__self__)}"
    if isinstance(found, functools.partial):
        return f"partial {part(found.func)} {part(found.args)} {part(found.keywords)}"
    return _describe_container(found, part) or _describe_other(found, counted=counts)


def _describe_container(found: object, part: functools.partial[str]) -> str:
    match found:
        case tuple() | list():
            return f"{_class_name(type(found))} {[part(each) for each in found]}"
        case dict():
            return f"{_class_name(type(found))} {[(part(key), part(each)) for key, each in found.items()]}"
        case set() | frozenset():
            return f"{_class_name(type(found))} {sorted(part(each) for each in found)}"
    if dataclasses.is_dataclass(found):
        fields = [(each.name, part(getattr(found, each.name, None))) for each in dataclasses.fields(found)]
        return f"class {_class_name(type(found))} {fields}"
    return ""


def _describe_other(found: object, *, counted: bool) -> str:
    """Library functions by name, instances by class and, where values count and it says something, `repr`."""
    if isinstance(found, BuiltinFunctionType | np.ufunc) or callable(found):
        name = getattr(found, "__qualname__", getattr(found, "__name__", None))
        if isinstance(name, str):
            return f"{type(found).__name__} {getattr(found, '__module__', '')}.{name}"
    if not counted or type(found).__repr__ is object.__repr__:
        return f"class {_class_name(type(found))}"
    return f"class {_class_name(type(found))} {re.sub(r'0x[0-9a-fA-F]+', '', repr(found))}"


def _class_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _source_hash(function: FunctionType) -> str:
    """The hash of the text, or of the bytecode where there is no text (methods that `dataclass` makes)."""
    try:
        return source_hash(function)
    except UnsupportedError:
        return hashlib.sha256(_describe_code(function.__code__).encode()).hexdigest()[:24]


def _describe_code(code: CodeType) -> str:
    constants = [_describe_code(each) if isinstance(each, CodeType) else _ordered(each) for each in code.co_consts]
    return f"{code.co_code!r} {code.co_names} {code.co_varnames} {code.co_freevars} {constants}"


def _ordered(constant: object) -> str:
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)


def _is_filled(cell: object) -> bool:
    try:
        cell.cell_contents  # type: ignore[attr-defined]  # noqa: B018
    except ValueError:
        return False
    return True
