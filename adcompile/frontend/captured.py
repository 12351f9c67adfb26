"""Names from outside the function: numbers and arrays become hidden arguments, everything else is static and guarded.

W = np.ones(3)                      W: a capture, a param of the graph
import numpy as np                  np: static, with a guard
np.pi, math.e                       static: constants of their modules
layers = [(W1, b1), (W2, b2)]       one capture with that structure
DEBUG = True, MODE = "mean"         static, with a guard
"""

from __future__ import annotations

import builtins
import dataclasses
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import captures, held
from adcompile.frontend.captures import Guard, Reach
from adcompile.frontend.scope import Frame, bound_names
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure, type_of
from adcompile.frontend.tracer import Capture, Tracer
from adcompile.frontend.values import (
    Abstract,
    Buffer,
    Mapping,
    Missing,
    Number,
    Object,
    Record,
    Sequence,
    Static,
    UserFunction,
)
from adcompile.ir.nodes import Region, Value
from adcompile.ir.types import Scalar
from adcompile.source import unwrap

CONSTANTS = ("numpy", "math")
_LIBRARIES = ("builtins", "numpy", "functools", "numba", "adcompile")


def look_up(t: Tracer, name: str) -> Abstract:
    """What a name means here: a local, a variable of an enclosing function, a global, a builtin."""
    frame: Frame | None = t.frame
    while frame is not None:
        if name in frame.names:
            return frame.names[name]
        if frame is t.frame and name in _locals(t, frame):
            return Missing("this name is not bound yet", "Bind it first.")
        if frame.parent is None:
            return _outside(t, frame, name)
        frame = frame.parent
    return Missing("this name is not defined")


def _locals(t: Tracer, frame: Frame) -> frozenset[str]:
    node = frame.source.node
    if frame.parent is not None or not isinstance(node.body, list):
        return frozenset()
    if node not in t.bound:
        t.bound[node] = frozenset(bound_names(node.body))
    return t.bound[node]


def _outside(t: Tracer, frame: Frame, name: str) -> Abstract:
    function = frame.function
    assert function is not None
    free = function.__code__.co_freevars
    if name in free:
        cells = function.__closure__ or ()
        try:
            found = cells[free.index(name)].cell_contents
        except ValueError:
            return Missing("this name is not bound yet in the enclosing function")
        return lift(t, found, frame.variable("closure", name), name)
    if name in function.__globals__:
        return lift(t, function.__globals__[name], frame.variable("global", name), name)
    if hasattr(builtins, name):
        return Static(getattr(builtins, name))
    return Missing("this name is not defined", "Check the spelling, or define it before the call.")


def lift(t: Tracer, found: object, reach: Reach | None, name: str) -> Abstract:
    """The abstract value of an object found outside."""
    if reach in t.captures:
        return t.captures[reach].value
    if reach is not None and reach in t.static:
        return guarded(t, found, reach)
    if reach is not None and reach.origin == "argument":
        return held.lift(t, found, reach, name)
    plain = unwrap(found)
    match found:
        case bool() | np.bool_():
            return guarded(t, found, reach)
        case int() | float() | np.number() | np.ndarray():
            return _capture(t, found, reach, name)
        case tuple() | list() | dict() if _holds_values(found):
            return _capture(t, found, reach, name)
        case FunctionType():
            guarded(t, found, reach)
            return UserFunction(found, reach)
        case MethodType(__func__=FunctionType() as plain_function):
            guarded(t, found.__func__, None if reach is None else reach.then("attr", "__func__"))
            owner = None if reach is None else reach.then("attr", "__self__")
            function = None if reach is None else reach.then("attr", "__func__")
            return UserFunction(plain_function, function, lift(t, found.__self__, owner, name))
        case ModuleType() | str() | None | type() | BuiltinFunctionType() | MethodType() | np.ufunc() | np.dtype():
            return guarded(t, found, reach)
    if plain is not found and isinstance(plain, FunctionType) and type(found).__module__.startswith("numba."):
        inner = None if reach is None else reach.then("attr", "py_func")
        guarded(t, plain, inner)
        return UserFunction(plain, inner)
    if dataclasses.is_dataclass(found) and not isinstance(found, type) and _holds_values(found):
        return _capture(t, found, reach, name)
    library = type(found).__module__.split(".")[0] in _LIBRARIES
    if reach is None or (callable(found) and library):
        return guarded(t, found, reach)
    if isinstance(found, tuple | list | dict | set | frozenset):
        return guarded(t, found, reach)
    guarded(t, type(found), reach.then("attr", "__class__"))
    return Object(found, reach)


def guarded(t: Tracer, found: object, reach: Reach | None) -> Static:
    """A static object; a call at which it is another one takes another specialisation."""
    if reach is not None and reach not in t.guards:
        t.guards[reach] = Guard(reach, captures.fingerprint(found))
    return Static(found, reach)


def member(t: Tracer, owner: Abstract, name: str) -> Abstract | None:
    """An attribute of a module or another captured object; None if there is none."""
    match owner:
        case Static(value=ModuleType() as module):
            if not hasattr(module, name):
                return None
            found = getattr(module, name)
            if module.__name__.split(".")[0] in CONSTANTS:
                return Static(found)
            return lift(t, found, owner.reach.then("attr", name) if owner.reach else None, name)
        case Object(value=known, reach=reach):
            if not hasattr(known, name):
                return None
            return lift(t, getattr(known, name), reach.then("attr", name), name)
        case Static(value=known) if type(known).__module__.startswith("adcompile.") and name == "primal":
            inner = owner.reach.then("attr", name) if owner.reach else None
            return lift(t, unwrap(known), inner, name)
        case _:
            return None


def _holds_values(found: object) -> bool:
    """Is it a container of numbers, arrays and static values, with at least one number or array?"""
    try:
        structure = structure_of(found)
    except UnsupportedError:
        return False
    return _has_leaf(structure)


def _has_leaf(structure: Structure) -> bool:
    return isinstance(structure, Leaf) or (isinstance(structure, Node) and any(map(_has_leaf, structure.children)))


def structure_of(found: object) -> Structure:
    """The structure of a captured value."""
    type_ = type_of(found)
    if type_ is not None:
        return Leaf(type_)
    match found:
        case tuple() if hasattr(found, "_fields"):
            return Node("namedtuple", tuple(found._fields), tuple(map(structure_of, found)), type(found))
        case tuple():
            return Node("tuple", (), tuple(map(structure_of, found)))
        case list():
            return Node("list", (), tuple(map(structure_of, found)))
        case dict():
            return Node("dict", tuple(found), tuple(map(structure_of, found.values())))
    if dataclasses.is_dataclass(found) and not isinstance(found, type):
        names = tuple(f.name for f in dataclasses.fields(found))
        return Node("dataclass", names, tuple(structure_of(getattr(found, n)) for n in names), type(found))
    try:
        hash(found)
    except TypeError:
        raise UnsupportedError(f"a captured `{type(found).__name__}` is not supported") from None
    return Fixed(found)


def _capture(t: Tracer, found: object, reach: Reach | None, name: str) -> Abstract:
    if t.frames and t.frame.source.at is not None and isinstance(found, bool | int | float):
        return Static(found)
    if reach is None:
        raise UnsupportedError(
            f"`{name}` is a variable of a function that cannot be found again at later calls",
            None,
            "Pass it as an argument.",
        )
    if isinstance(found, np.ndarray) and type_of(found) is None:
        raise UnsupportedError(
            f"`{name}` is an array of {found.dtype}, which is not supported",
            None,
            "Convert it with `.astype(np.float64)`.",
        )
    structure = structure_of(found)
    params: list[Value] = []
    value = unflatten(t, structure, name, Buffer("captured", name), params)
    t.captures[reach] = Capture(reach, structure, tuple(params), value)
    _name_parts(t, found, reach, value)
    return t.captures[reach].value


def _name_parts(t: Tracer, found: object, reach: Reach, value: Abstract) -> None:
    """Remember where each captured scalar stands, should it be needed statically."""
    match value:
        case Number(operand=Value() as operand):
            t.capture_of[operand] = reach
        case Sequence(items=items):
            for k in range(len(items)):
                inner = reach.then("item", k)
                items[k] = guarded(t, found[k], inner) if inner in t.static else items[k]  # type: ignore[index]
                _name_parts(t, found[k], inner, items[k])  # type: ignore[index]
        case Mapping(items=entries):
            for key in entries:
                inner = reach.then("item", key)
                entries[key] = guarded(t, found[key], inner) if inner in t.static else entries[key]  # type: ignore[index]
                _name_parts(t, found[key], inner, entries[key])  # type: ignore[index]
        case Record(fields=fields):
            for field in fields:
                inner = reach.then("attr", field)
                fields[field] = guarded(t, getattr(found, field), inner) if inner in t.static else fields[field]
                _name_parts(t, getattr(found, field), inner, fields[field])
        case _:
            pass


def unflatten(
    t: Tracer, structure: Structure, name: str, buffer: Buffer, params: list[Value], *, home: Region | None = None
) -> Abstract:
    """The abstract value of a structure; its leaves are appended to `params`. `home` is where it may be changed."""
    match structure:
        case Fixed(value=tuple() as known) if not hasattr(known, "_fields"):
            return Sequence("tuple", [unflatten(t, Fixed(part), name, buffer, params, home=home) for part in known])
        case Fixed(value=known):
            if buffer.owner == "argument" and callable(known) and not isinstance(known, type):
                return held.lift(t, known, Reach("argument", name), name)
            return UserFunction(known, None) if isinstance(known, FunctionType) else Static(known)
        case Leaf(type=type_):
            value = Value(type_, name)
            params.append(value)
            if isinstance(type_, Scalar):
                return Number(value, type_.weak)
            return t.extents(value, Buffer(buffer.owner, buffer.name))
        case Node(kind=kind, keys=keys, children=children, cls=cls):
            named = keys or range(len(children))
            first = len(params)
            parts = [
                unflatten(
                    t,
                    child,
                    f"{name}_{key}" if str(key).isidentifier() or isinstance(key, int) else name,
                    buffer,
                    params,
                    home=home,
                )
                for key, child in zip(named, children, strict=True)
            ]
            t.unnamed.update(params[first:])
            if kind == "dict":
                return Mapping(dict(zip(keys, parts, strict=True)), home)
            if cls is not None:
                return Record(cls, dict(zip(map(str, keys), parts, strict=True)), home)
            return Sequence(kind, parts, home)
