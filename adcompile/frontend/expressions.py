"""Interpreting expressions: an AST node in, an abstract value out."""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import captured, conditions, overloaded, special, stores
from adcompile.frontend.attributes import attribute
from adcompile.frontend.comprehensions import consumed, first_iterable, listed, rounds
from adcompile.frontend.containers import all_items
from adcompile.frontend.emitter import where
from adcompile.frontend.logic import negate
from adcompile.frontend.needs import NeedsStatic
from adcompile.frontend.promote import operate
from adcompile.frontend.surface import FUNCTIONS
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    NONE,
    Abstract,
    ArrayValue,
    LocalFunction,
    Mapping,
    Maybe,
    Missing,
    Number,
    Object,
    Record,
    Sequence,
    Static,
    describe,
    slice_of,
)
from adcompile.ir.primitive import Primitive
from adcompile.ops import scalar

_UNARY: dict[type[ast.unaryop], Primitive] = {ast.USub: scalar.neg, ast.Invert: scalar.invert}
_ADVICE: dict[type[ast.expr], tuple[str, str]] = {
    ast.Await: ("`await` is not supported", "Write a plain function."),
    ast.Yield: (
        "`yield` makes this function a generator, which has no adjoint",
        "Return an array of the values instead.",
    ),
    ast.YieldFrom: (
        "`yield from` makes this function a generator, which has no adjoint",
        "Return an array of the values instead.",
    ),
    ast.Set: ("sets are not supported", "Use a tuple."),
    ast.SetComp: ("sets are not supported", "Use a tuple."),
}


def evaluate(t: Tracer, node: ast.expr) -> Abstract:
    """The value of an expression; errors that name no place yet point at it."""
    with t.pointing_at(node):
        return _evaluate(t, node)


def _evaluate(t: Tracer, node: ast.expr) -> Abstract:
    match node:
        case ast.Constant(value=value):
            if isinstance(value, complex | bytes):
                advice = (
                    "Use numbers." if isinstance(value, bytes) else "Carry the real and imaginary part as two numbers."
                )
                raise UnsupportedError(f"{type(value).__name__} values are not supported", None, advice)
            return Static(value)
        case ast.Name(id=name):
            return _name(t, name)
        case ast.BinOp(left=left, op=op, right=right):
            x = t.evaluate(left)
            return stores.binary(t, op, x, t.evaluate(right))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return negate(t, conditions.truth(t, operand))
        case ast.UnaryOp(op=op, operand=operand):
            return _unary(t, op, t.evaluate(operand))
        case ast.Compare():
            return conditions.compare(t, node)
        case ast.BoolOp():
            return conditions.boolean_operation(t, node)
        case ast.IfExp():
            return _present(t, conditions.conditional(t, node), "this expression")
        case ast.NamedExpr(target=target, value=value):
            bound = t.evaluate(value)
            stores.assign(t, target, bound)
            return bound
        case ast.Call():
            return _call(t, node)
        case ast.Attribute(value=owner, attr=name):
            return _present(t, attribute(t, t.evaluate(owner), name), f"`.{name}`")
        case ast.Subscript(value=owner, slice=index):
            x = t.evaluate(owner)
            return _present(t, stores.item(t, x, t.evaluate(index)), f"an item of {describe(x)}")
        case _:
            return _display(t, node)


def _unary(t: Tracer, op: ast.unaryop, x: Abstract) -> Abstract:
    if isinstance(x, Record | Object):
        return overloaded.unary(t, op, x)
    if isinstance(op, ast.UAdd):
        of_numpy = isinstance(x, ArrayValue) or (isinstance(x, Number) and not x.weak)
        return FUNCTIONS[np.positive](t, x) if of_numpy else operate(t, scalar.add, x, Static(0))
    return operate(t, _UNARY[type(op)], x)


def _display(t: Tracer, node: ast.expr) -> Abstract:
    """Containers, slices, functions, text."""
    match node:
        case ast.Tuple(elts=parts):
            return Sequence("tuple", _elements(t, parts))
        case ast.List(elts=parts):
            return t.new_list(_elements(t, parts), t.locate(node))
        case ast.Dict(keys=keys, values=values):
            return _dict(t, keys, values)
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice_of(*(t.evaluate(part) if part else NONE for part in (lower, upper, step)))
        case ast.Lambda(args=args):
            return LocalFunction(node, t.frame, t.frame.source, defaults_of(t, args), "<lambda>")
        case ast.ListComp():
            return listed(t, node)
        case ast.GeneratorExp(elt=element, generators=generators):
            return Sequence("tuple", rounds(t, [element], generators, first_iterable(t, generators)))
        case ast.DictComp(key=key, value=value, generators=generators):
            return _dict_of(t, rounds(t, [key, value], generators, first_iterable(t, generators)), key)
        case ast.JoinedStr():
            return _text(t, node)
        case _:
            what, advice = _ADVICE.get(type(node), (f"`{type(node).__name__}` is not supported", ""))
            raise UnsupportedError(what, None, advice)


def _name(t: Tracer, name: str) -> Abstract:
    value = captured.look_up(t, name)
    if isinstance(value, Maybe) and not value.or_none:
        message = f"cannot access local variable '{name}' where it is not associated with a value"
        t.require(value.bound, error="UnboundLocalError", message=message)
        return value.value
    return _present(t, value, f"`{name}`")


def _present(t: Tracer, value: Abstract, what: str) -> Abstract:
    """What a name or an item is, where its types agree on all paths."""
    if isinstance(value, Missing):
        raise UnsupportedError(f"{what}: {value.why}", None, value.advice)
    if isinstance(value, Maybe):
        t.require(value.bound, error="TypeError", message=f"{what} is None here{where(t)}")
        return value.value
    return value


def _elements(t: Tracer, parts: list[ast.expr]) -> list[Abstract]:
    result: list[Abstract] = []
    for part in parts:
        if isinstance(part, ast.Starred):
            with t.pointing_at(part):
                result += all_items(t, special.iterated(t, t.evaluate(part.value)))
        else:
            result.append(t.evaluate(part))
    return result


def _dict(t: Tracer, keys: list[ast.expr | None], values: list[ast.expr]) -> Mapping:
    entries: dict[object, Abstract] = {}
    for key, value in zip(keys, values, strict=True):
        if key is None:
            merged = t.evaluate(value)
            if not isinstance(merged, Mapping):
                raise t.refuse(value, f"`**` of {describe(merged)} is not supported")
            entries.update(merged.items)
            continue
        known = _known_key(t, t.evaluate(key), key)
        entries[known] = t.evaluate(value)
    return Mapping(entries, t.builder.region)


def _dict_of(t: Tracer, flat: list[Abstract], where: ast.expr) -> Mapping:
    """A dict from keys and values in turn."""
    entries: dict[object, Abstract] = {}
    for key, value in zip(flat[::2], flat[1::2], strict=True):
        entries[_known_key(t, key, where)] = value
    return Mapping(entries, t.builder.region)


def _known_key(t: Tracer, key: Abstract, where: ast.expr) -> object:
    """The key of a dict."""
    if not isinstance(key, Static):
        raise t.refuse(where, "the key of a dict must be known when the function is compiled")
    return key.value


_CONVERSIONS: dict[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}


def _text(t: Tracer, node: ast.JoinedStr) -> Static:
    pieces: list[str] = []
    for part in node.values:
        match part:
            case ast.Constant(value=value):
                pieces.append(str(value))
            case ast.FormattedValue(value=inner, conversion=conversion, format_spec=spec):
                known = t.evaluate(inner)
                if isinstance(known, Number):
                    raise NeedsStatic("what a text shows", known.operand, advice="Leave the value out.")
                if not isinstance(known, Static):
                    raise t.refuse(inner, f"text from {describe(known)} is not supported", "Leave the value out.")
                shape = _text(t, spec).value if isinstance(spec, ast.JoinedStr) else ""
                shown = known.value if conversion < 0 else _CONVERSIONS[chr(conversion)](known.value)
                pieces.append(format(shown, str(shape)))
            case _:
                raise t.refuse(part, "this form of f-string is not supported")
    return Static("".join(pieces))


def _call(t: Tracer, node: ast.Call) -> Abstract:
    function = t.evaluate(node.func)
    path = t.frame.path
    t.frame.path = (*path, node)
    try:
        result = consumed(t, function, node)
    finally:
        t.frame.path = path
    if result is not None:
        return result
    args = _elements(t, node.args)
    keywords: dict[str, Abstract] = {}
    for keyword in node.keywords:
        value = t.evaluate(keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
            continue
        if not isinstance(value, Mapping):
            raise t.refuse(keyword.value, f"`**` of {describe(value)} is not supported")
        keywords.update((str(key), each) for key, each in value.items.items())
    t.frame.path = (*path, node)
    try:
        return t.call(function, args, keywords)
    finally:
        t.frame.path = path


def defaults_of(t: Tracer, args: ast.arguments) -> dict[str, Abstract]:
    """The defaults of a nested function, evaluated where it is defined."""
    positional = [*args.posonlyargs, *args.args]
    values = {a.arg: t.evaluate(d) for a, d in zip(reversed(positional), reversed(args.defaults), strict=False)}
    keyword = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    return {**values, **{a.arg: t.evaluate(d) for a, d in keyword if d is not None}}
