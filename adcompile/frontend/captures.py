"""What a function uses besides its arguments, and where to find it again.

    Reach("closure", "w")                      the cell `w` of the function
    Reach("global", "layers", (("item", 0), ("attr", "weight")))

Numbers and arrays found there are *captures*: hidden arguments, read anew at every call. Everything else
(functions, modules, strings, structure) is static: a *guard* records its fingerprint, and a call whose guards no
longer hold takes another specialisation.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import numbers
import re
import sys
from dataclasses import dataclass
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.source import source_hash, unwrap


@dataclass(frozen=True, slots=True)
class Reach:
    """A path from the root function to a captured object.

    `origin` is "global", "closure", "default" or "self"; `name` the variable; `steps` a sequence of
    ("attr", name) | ("item", key) | ("closure", name) | ("global", name) | ("default", name): the last three step
    from a function to one of its own variables. Two origins do not start from the root function: "module", the module
    of this name, and "argument": a function that is an argument. What such a function holds is compared with the
    arguments, so it is neither fetched nor guarded.
    """

    origin: str
    name: str
    steps: tuple[tuple[str, object], ...] = ()

    def then(self, kind: str, key: object) -> Reach:
        """The path one step further."""
        return Reach(self.origin, self.name, (*self.steps, (kind, key)))

    def fetch(self, function: FunctionType) -> object:
        """The object that stands there now. Raises KeyError, AttributeError or IndexError if it is gone."""
        found = _variable(function, self.origin, self.name)
        for kind, key in self.steps:
            if kind == "attr":
                found = getattr(found, str(key))
            elif kind == "item":
                found = found[key]  # type: ignore[index]
            else:
                found = _variable(found, kind, str(key))
        return found


def class_reach(cls: type) -> Reach | None:
    """Where a class is found: in its module, unless it was made in a function."""
    reach = Reach("module", cls.__module__)
    found: object = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        reach = reach.then("attr", name)
        found = getattr(found, name, None)
    return reach if found is cls else None


def _variable(function: object, kind: str, name: str) -> object:
    if kind == "self":
        return function.__self__  # type: ignore[attr-defined]
    if kind == "module":
        return sys.modules[name]
    function = getattr(function, "__func__", function)
    assert isinstance(function, FunctionType)
    if kind == "closure":
        return function.__closure__[function.__code__.co_freevars.index(name)].cell_contents  # type: ignore[index]
    if kind == "default":
        return _default(function, name)
    if name in function.__globals__:
        return function.__globals__[name]
    builtins = function.__globals__["__builtins__"]
    return (builtins if isinstance(builtins, dict) else vars(builtins))[name]


def _default(function: FunctionType, name: str) -> object:
    if name in (function.__kwdefaults__ or {}):
        return function.__kwdefaults__[name]  # type: ignore[index]
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    return defaults[positional.index(name) - len(positional) + len(defaults)]


@dataclass(frozen=True, slots=True)
class Guard:
    """A static object the program was specialised on: it still stands at `reach` if its fingerprint is the same."""

    reach: Reach
    fingerprint: str

    def holds(self, function: FunctionType | MethodType) -> bool:
        """Does an object with this fingerprint still stand there?"""
        try:
            found = self.reach.fetch(function)  # type: ignore[arg-type]
        except (KeyError, AttributeError, IndexError, TypeError, ValueError):
            return False
        return fingerprint(found, values=self.counts_values) == self.fingerprint

    @property
    def counts_values(self) -> bool:
        """Was the fingerprint taken with `values`?"""
        return self.fingerprint.startswith(_VALUES)


_VALUES = "values "


def fingerprint(found: object, *, values: bool = False) -> str:
    """A short text that is the same, in every process, for objects that a program may treat as the same.

    Numbers, arrays, strings, dtypes and enum members count by value, containers by what they hold, modules by name,
    classes by name and methods, functions by source text, defaults and what their closures hold. But a number or an
    array that a *function* holds counts only as being one, because its value is a capture; with `values` it counts as
    well.

    >>> fingerprint(("mean", 0)) == fingerprint(("mean", 0)) != fingerprint(("mean", 1))
    True
    """
    text = _describe(found, values=values, counted=True, above=())
    digest = hashlib.sha256(text.encode()).hexdigest()[:24]
    return f"{_VALUES}{digest}" if values else digest


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
        return f"{type(found).__name__} {getattr(found, '__adjoint_of__', '')} {part(primal)}"
    if isinstance(found, enum.Enum):
        return f"{_class_name(type(found))}.{found.name}"
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
        return _describe_class(found)
    if isinstance(found, FunctionType):
        held = [part(cell.cell_contents) if _is_filled(cell) else "empty" for cell in found.__closure__ or ()]
        defaults = [part(found.__defaults__), part(found.__kwdefaults__)]
        return f"function {found.__module__}.{found.__qualname__} {_source_hash(found)} {defaults} {held}"
    if isinstance(found, MethodType):
        return f"method {part(found.__func__)} of {part(found.__self__)}"
    if isinstance(found, functools.partial):
        return f"partial {part(found.func)} {part(found.args)} {part(found.keywords)}"
    return _describe_container(found, part) or _describe_other(found)


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
        return f"{_describe_class(type(found))} {fields}"
    return ""


def _describe_other(found: object) -> str:
    """Library functions by name, instances by class and, if it says something, `repr`."""
    if isinstance(found, BuiltinFunctionType | np.ufunc) or callable(found):
        name = getattr(found, "__qualname__", getattr(found, "__name__", None))
        if name is not None:
            return f"{type(found).__name__} {getattr(found, '__module__', '')}.{name}"
    told = "" if type(found).__repr__ is object.__repr__ else re.sub(r"0x[0-9a-fA-F]+", "", repr(found))
    return f"{_describe_class(type(found))} {told}"


def _describe_class(cls: type) -> str:
    """A class counts by its name and by the code of its methods, its bases' included."""
    methods = [
        f"{base.__qualname__}.{name} {_source_hash(each)}"
        for base in cls.__mro__
        if base.__module__.partition(".")[0] not in ("builtins", "numpy", "scipy", "numba", "enum", "typing", "abc")
        for name, value in sorted(vars(base).items())
        if isinstance(each := getattr(value, "fget", getattr(value, "__func__", unwrap(value))), FunctionType)
    ]
    return f"class {_class_name(cls)} {methods}"


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
