"""Names from outside the function: numbers and arrays become hidden arguments, everything else is static and guarded.

W = np.ones(3)                      W: a capture, a param of the graph
import numpy as np                  np: static, with a guard
np.pi, math.e                       static: constants of their modules
layers = [(W1, b1), (W2, b2)]       one capture with that structure
DEBUG = True, MODE = "mean"         static, with a guard
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from dataclasses import replace
from types import BuiltinFunctionType, EllipsisType, FunctionType, MethodType, ModuleType

import numpy as np

from adcompile.declared import declaration
from adcompile.errors import UnsupportedError
from adcompile.frontend import held, reading
from adcompile.frontend.captures import Reach, shape
from adcompile.frontend.classes import refusal
from adcompile.frontend.reading import Found, guarded, is_plain, named_reach
from adcompile.frontend.scope import Frame, bound_names
from adcompile.frontend.structure import (
    Fixed,
    Leaf,
    Node,
    Structure,
    attributes_of,
    captured_structure,
    named_fields,
    type_of,
)
from adcompile.frontend.tracer import Capture, Tracer
from adcompile.frontend.values import (
    Abstract,
    Buffer,
    Mapping,
    Missing,
    Number,
    Object,
    Partial,
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
    try:
        found = reading.variable(t, frame, name)
    except ValueError:
        return Missing("this name is not bound yet in the enclosing function")
    if found is None:
        return Missing("this name is not defined", "Check the spelling, or define it before the call.")
    return lift(t, found.value, found.reach, name)


def lift(t: Tracer, found: object, reach: Reach | None, name: str) -> Abstract:
    """The abstract value of an object found outside."""
    if reach in t.captures:
        return t.captures[reach].value
    if reach is not None and reach in t.static:
        return guarded(t, found, reach)
    if (reason := refusal(found)) is not None:
        raise UnsupportedError(f"`{name}` is {reason}, which would be passed over", None, "Use what it holds.")
    if reach is not None and reach.origin == "argument":
        return held.lift(t, found, reach, name)
    match found:
        case bool() | np.bool_() | enum.Enum():
            return guarded(t, found, reach)
        case int() | float() | np.number() | np.ndarray():
            return _capture(t, found, reach, name)
        case tuple() | list() | dict() if _holds_values(found):
            return _capture(t, found, reach, name)
        case tuple() | list() | dict():
            return _foreign(t, _container(t, found, reach, name))
        case FunctionType():
            guarded(t, found, reach)
            return UserFunction(found, reach)
        case MethodType(__func__=FunctionType()):
            function = lift(t, found.__func__, _then(reach, "attr", "__func__"), name)
            assert isinstance(function, UserFunction)
            return replace(function, bound=lift(t, found.__self__, _then(reach, "attr", "__self__"), name))
        case functools.partial():
            return _partial(t, found, reach, name)
        case ModuleType() | str() | None | type() | BuiltinFunctionType() | MethodType() | np.ufunc() | np.dtype():
            return guarded(t, found, reach)
        case slice() | range() | EllipsisType():
            return guarded(t, found, reach)
    plain = unwrap(found)
    if plain is not found and isinstance(plain, FunctionType) and type(found).__module__.startswith("numba."):
        function = lift(t, plain, _then(reach, "attr", "py_func"), name)
        declared = declaration(found)
        if declared is None or not isinstance(function, UserFunction):
            return function
        guarded(t, found, reach)
        return replace(function, declared=declared)
    if dataclasses.is_dataclass(found) and not isinstance(found, type) and _holds_values(found):
        return _capture(t, found, reach, name)
    library = type(found).__module__.split(".")[0] in _LIBRARIES
    if reach is None or isinstance(found, set | frozenset) or (callable(found) and library):
        return guarded(t, found, reach)
    reading.class_of(t, found, reach)
    return Object(found, reach)


def _then(reach: Reach | None, kind: str, key: object = "") -> Reach | None:
    return None if reach is None else reach.then(kind, key)


def _container(
    t: Tracer, found: tuple[object, ...] | list[object] | dict[object, object], reach: Reach | None, name: str
) -> Abstract:
    """A container without numbers and arrays: its length or keys are guarded here, what it holds by itself."""
    guarded(t, shape(found), _then(reach, "shape"))
    if isinstance(found, dict):
        return Mapping({key: lift(t, each, _then(reach, "item", key), name) for key, each in found.items()})
    items = [lift(t, each, _then(reach, "item", k), name) for k, each in enumerate(found)]
    if isinstance(found, list):
        return Sequence("list", items)
    fields = named_fields(found)
    if fields is None:
        return Sequence("tuple", items)
    if reach is not None:
        t.classes.setdefault(type(found), reach.then("type"))
    return Record(type(found), dict(zip(fields, items, strict=True)))


def _partial(t: Tracer, found: functools.partial[object], reach: Reach | None, name: str) -> Abstract:
    args, keywords = _then(reach, "attr", "args"), _then(reach, "attr", "keywords")
    guarded(t, shape(found.args), _then(args, "shape"))
    guarded(t, shape(found.keywords), _then(keywords, "shape"))
    return Partial(
        lift(t, found.func, _then(reach, "attr", "func"), name),
        [lift(t, each, _then(args, "item", k), name) for k, each in enumerate(found.args)],
        {key: lift(t, each, _then(keywords, "item", key), key) for key, each in found.keywords.items()},
    )


def member(t: Tracer, owner: Static | Object, name: str) -> Abstract | None:
    """An attribute of a module, a class or another object from outside; None if there is none."""
    known, reach = owner.value, owner.reach or named_reach(owner.value)
    found = reading.attribute(known, reach, name)
    if found is None:
        return None
    if isinstance(known, ModuleType) and known.__name__.split(".")[0] in CONSTANTS:
        return Static(found.value)
    if type(known).__module__.startswith("adcompile.") and name == "primal":
        return lift(t, unwrap(known), found.reach, name)
    if isinstance(found.value, MethodType) and found.value.__self__ is known:
        method = lift(t, found.value.__func__, _then(found.reach, "attr", "__func__"), name)
        return replace(method, bound=owner) if isinstance(method, UserFunction) else method
    return lift_found(t, found, name)


def lift_found(t: Tracer, found: Found, name: str) -> Abstract:
    """The abstract value of an attribute. One of an argument that is known now is part of the program, guarded."""
    if found.reach is None:
        raise UnsupportedError(
            f"`{name}` belongs to an object that cannot be found again at later calls", None, "Pass it as an argument."
        )
    if found.reach.origin == "argument":
        guarded(t, found.value, found.reach)
    return lift(t, found.value, found.reach, name)


def _holds_values(found: object) -> bool:
    """Is it a container of numbers, arrays and static values, with at least one number or array?"""
    try:
        structure = captured_structure(found, check=_refuse)
    except UnsupportedError:
        return False
    return _has_leaf(structure)


def _refuse(found: object) -> None:
    if (reason := refusal(found)) is not None:
        raise UnsupportedError(f"{reason} is captured, which would be passed over", None, "Use what it holds.")


def _has_leaf(structure: Structure) -> bool:
    return isinstance(structure, Leaf) or (isinstance(structure, Node) and any(map(_has_leaf, structure.children)))


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
    structure = captured_structure(found, check=_refuse)
    params: list[Value] = []
    value = unflatten(t, structure, name, Buffer("captured", name), params)
    t.captures[reach] = Capture(reach, structure, tuple(params), value)
    _name_parts(t, found, reach, value)
    return t.captures[reach].value


def _name_parts(t: Tracer, found: object, reach: Reach, value: Abstract) -> None:
    """Remember where each captured scalar stands, should it be needed statically; what is no number is lifted."""
    match value:
        case Number(operand=Value() as operand):
            t.capture_of[operand] = reach
        case Sequence(items=items):
            for k in range(len(items)):
                items[k] = _part(t, found[k], reach.then("item", k), items[k])  # type: ignore[index]
        case Mapping(items=entries):
            for key in entries:
                entries[key] = _part(t, found[key], reach.then("item", key), entries[key])  # type: ignore[index]
        case Record(cls=cls, fields=fields):
            t.classes.setdefault(cls, reach.then("type"))
            own = attributes_of(found)
            for field in fields:
                fields[field] = _part(t, own[field], reach.then("attr", field), fields[field])
        case _:
            pass


def _part(t: Tracer, found: object, reach: Reach, value: Abstract) -> Abstract:
    if reach in t.static:
        return guarded(t, found, reach)
    if isinstance(value, Static | UserFunction) and not is_plain(found):
        return lift(t, found, reach, str(reach.steps[-1][1]))
    _name_parts(t, found, reach, value)
    return value


def unflatten(
    t: Tracer,
    structure: Structure,
    name: str,
    buffer: Buffer,
    params: list[Value],
    *,
    home: Region | None = None,
    argument: Reach | None = None,
) -> Abstract:
    """The abstract value of a structure; its leaves are appended to `params`. `home` is where it may be changed.

    `argument` is where what is known now of an argument is found again.
    """
    match structure:
        case Fixed(value=known):
            if argument is not None:
                return held.argument(t, known, argument, name)
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
                    argument=_then(argument, "part", k),
                )
                for k, (key, child) in enumerate(zip(named, children, strict=True))
            ]
            t.unnamed.update(params[first:])
            if kind == "dict":
                return _foreign(t, Mapping(dict(zip(keys, parts, strict=True)), home))
            if cls is None:
                return _foreign(t, Sequence(kind, parts, home))
            if argument is not None:
                t.classes.setdefault(cls, Reach("class", argument.name, argument.steps))
            return _foreign(t, Record(cls, dict(zip(map(str, keys), parts, strict=True)), home))


def _foreign(t: Tracer, value: Abstract) -> Abstract:
    t.foreign[id(value)] = value
    return value
