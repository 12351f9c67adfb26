"""Calls: user functions are interpreted in place, everything else is built by the register of `surface.py`."""

from __future__ import annotations

import ast
from dataclasses import replace
from types import FunctionType

import numpy as np

from adcompile import compositions
from adcompile.declared import Declaration
from adcompile.errors import UnsupportedError
from adcompile.frontend import (
    captured,
    composed,
    declarations,
    einsum,
    elementary,
    introspection,
    known,
    linear_algebra,
    members,
    objects,
    overloaded,
    places,
    reading,
    rearrange,
    records,
    reductions,
    requirements,
    special,
)
from adcompile.frontend.classes import writes_itself
from adcompile.frontend.creation import convert
from adcompile.frontend.needs import NeedsStatic
from adcompile.frontend.scope import Frame, bind
from adcompile.frontend.surface import METHODS, build, find, spelled, unknown
from adcompile.frontend.tracer import SourceUsed, Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    LocalFunction,
    Masked,
    Method,
    Number,
    Object,
    Partial,
    Record,
    Sequence,
    Static,
    UserFunction,
    describe,
)
from adcompile.source import FunctionSource, python_function, read_source, unwrap

DEPTH = 60

# Imported for what they enter into the register.
REGISTERED = (
    composed,
    einsum,
    elementary,
    introspection,
    known,
    linear_algebra,
    objects,
    places,
    rearrange,
    reductions,
    requirements,
)


def call(t: Tracer, function: Abstract, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    """function(*args, **keywords)."""
    if isinstance(function, Static | UserFunction) and overloaded.is_overloaded(*args, *keywords.values()):
        known = function.value if isinstance(function, Static) else function.function
        result = objects.build(t, known, args, keywords)
        if result is not None:
            return result
    match function:
        case UserFunction(function=plain) if (builder := find(plain)) is not None:
            return build(t, builder, spelled(plain), args, keywords)
        case UserFunction(declared=Declaration() as declared):
            taken, returned = declarations.arguments(t, function, declared, args, keywords)
            value = call(t, replace(function, declared=None), taken, {})
            return declarations.result(t, function, returned, value)
        case UserFunction(function=plain, reach=reach, bound=bound):
            frame = Frame(_source(t, plain), plain, reach, path=_path(t))
            return run(t, frame, [*([bound] if bound is not None else []), *args], keywords, None)
        case LocalFunction(node=node, source=source, defaults=defaults):
            if function.inline:
                inner = replace(source, node=node)
            else:
                inner = replace(source, node=node, name=function.name, called_from=t.call_site())
            return run(t, Frame(inner, None, None, parent=function.frame, path=_path(t)), args, keywords, defaults)
        case Method(owner=owner, name=name):
            return _method(t, owner, name, args, keywords)
        case Partial(function=inner, args=first, keywords=named):
            return call(t, inner, [*first, *args], {**named, **keywords})
        case Record() | Object():
            method = special.special(t, function, "__call__")
            if method is None:
                raise TypeError(f"'{special.class_of(function).__name__}' object is not callable")
            return call(t, method, args, keywords)
        case Static(value=known):
            return _static(t, known, args, keywords)
        case _:
            raise UnsupportedError(f"{describe(function)} cannot be called")


def run(
    t: Tracer, frame: Frame, args: list[Abstract], keywords: dict[str, Abstract], defaults: dict[str, Abstract] | None
) -> Abstract:
    """Interpret the body of a function in a new frame. `defaults` of a function found outside are captured."""
    if len(t.frames) > DEPTH:
        raise _too_deep(t, frame)
    node = frame.source.node
    given = bind(node.args, args, keywords, frame.source.name.rpartition(".")[2])
    frame.given = given
    frame.names.update(given)
    return enter(t, frame, defaults)


def _too_deep(t: Tracer, frame: Frame) -> Exception:
    """A recursion whose end is not known: the first int that changes from call to call decides, if there is one."""
    what = f"`{frame.source.name}` calls itself more than {DEPTH} deep; the depth"
    advice = "Write a loop, or name the argument that ends the recursion in `static_argnames`."
    calls = [each.given for each in t.frames if each.source.node is frame.source.node]
    for name, value in calls[0].items() if len(calls) > 1 else ():
        if isinstance(value, Number) and value.dtype == "int64" and calls[1].get(name) != value:
            return NeedsStatic(what, value.operand, advice=advice)
    return UnsupportedError(f"{what} must be known when the function is compiled", None, advice)


def enter(t: Tracer, frame: Frame, defaults: dict[str, Abstract] | None) -> Abstract:
    """Interpret the body of a function whose arguments are bound."""
    node = frame.source.node
    for parameter in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        name = parameter.arg
        if name in frame.names:
            continue
        value = _default(t, frame, name) if defaults is None else defaults.get(name)
        if value is None:
            raise TypeError(f"{frame.source.name}() missing a required argument: '{name}'")
        frame.names[name] = value
    t.frames.append(frame)
    try:
        with t.builder.at(t.builder.loc):
            if isinstance(node, ast.Lambda):
                where = t.locate(node.body)
                with t.builder.at(where), t.naming_line(where):
                    return t.evaluate(node.body)
            return t.execute(node.body, returns=True).value
    finally:
        t.frames.pop()


def _path(t: Tracer) -> tuple[object, ...]:
    return t.frame.path


def _default(t: Tracer, frame: Frame, name: str) -> Abstract | None:
    found = reading.default(frame, name)
    if found is None:
        return None
    return Static(found.value) if frame.source.at is not None else captured.lift(t, found.value, found.reach, name)


def _source(t: Tracer, function: FunctionType) -> FunctionSource:
    plain = python_function(function)
    if _is_library(plain):
        raise unknown(plain)
    source = read_source(plain)
    if (plain.__module__ or "").startswith(compositions.__name__):
        return replace(source, at=t.builder.loc)
    t.sources[SourceUsed(source.name, source.file, source.source_hash)] = None
    return replace(source, called_from=t.call_site())


def _method(t: Tracer, owner: Abstract, name: str, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    of_numpy = isinstance(owner, Static) and isinstance(owner.value, np.generic) and name in METHODS
    if of_numpy or isinstance(owner, ArrayValue | Masked | Number):
        return build(t, METHODS[name], f"ndarray.{name}", [owner, *args], keywords)
    if isinstance(owner, Static):
        found = reading.attribute(owner.value, None, name)
        assert found is not None
        return _python(found.value, args, keywords)
    return members.method(t, owner, name, args, keywords)


def _static(t: Tracer, known: object, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    if type(known).__module__.startswith("adcompile."):
        raise _refuse_gradient(t, known)
    if isinstance(known, FunctionType) and not _is_library(known):
        return call(t, UserFunction(known, None), args, keywords)
    if (builder := find(known)) is not None:
        return build(t, builder, spelled(known), args, keywords)
    if isinstance(known, type) and issubclass(known, np.generic):
        return _number_type(t, known, args, keywords)
    if isinstance(known, type) and issubclass(known, BaseException):
        raise UnsupportedError("exceptions are supported in `raise` only")
    if known is super:
        return objects.super_of(t, args)
    if known is print:
        raise UnsupportedError(
            "`print` is not supported", None, "Return what you want to see as `aux` (`has_aux=True`)."
        )
    if isinstance(known, type) and records.can_make(t, known):
        return records.make(t, known, args, keywords)
    if known in _FOLDED and all(isinstance(a, Static) for a in (*args, *keywords.values())):
        return _python(known, args, keywords)
    raise unknown(known)


_FOLDED = (str, repr, ord, chr, np.dtype, np.finfo, np.iinfo, callable)


_COMPUTED = object()


def _known(value: Abstract) -> object:
    """A value that is known now, in lists and tuples too."""
    match value:
        case Static(value=found):
            return found
        case Sequence(kind=kind, items=items, grown=None):
            parts = list(map(_known, items))
            return _COMPUTED if any(each is _COMPUTED for each in parts) else parts if kind == "list" else tuple(parts)
        case _:
            return _COMPUTED


def _python(known: object, args: list[Abstract], keywords: dict[str, Abstract]) -> Static:
    values, named = list(map(_known, args)), {key: _known(each) for key, each in keywords.items()}
    if any(each is _COMPUTED for each in (*values, *named.values())):
        what = f"`{spelled(known)}` of values that are computed is not supported"
        raise UnsupportedError(what, None, "Do it outside the function, with what is known there.")
    if known in (str, repr) and any(writes_itself(type(value)) for value in values):
        raise UnsupportedError(
            f"`{spelled(known)}` of an object whose class says how it is written is not supported",
            None,
            "Write the text outside the function.",
        )
    return Static(known(*values, **named))  # type: ignore[operator]


def _is_library(function: FunctionType) -> bool:
    return (function.__module__ or "").split(".")[0] in ("numpy", "math", "scipy")


def _number_type(t: Tracer, known: type, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    if len(args) != 1 or keywords:
        raise UnsupportedError(f"`{spelled(known)}` takes one number")
    return convert(t, args[0], np.dtype(known).name, weak=False)


def _refuse_gradient(t: Tracer, known: object) -> UnsupportedError:
    primal = unwrap(known)
    name = getattr(primal, "__name__", "f")
    if any(frame.function is primal for frame in t.frames):
        return UnsupportedError(
            f"`{name}` is decorated, so inside its own body the name means its gradient",
            None,
            f"Leave `{name}` undecorated and write `g = ad.grad({name})`.",
        )
    return UnsupportedError(
        f"`{name}` is a gradient: calling one inside a function that is differentiated is not supported",
        None,
        f"For the value of the function itself call `{name}.primal(...)`.",
    )
