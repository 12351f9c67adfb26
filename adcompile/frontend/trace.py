"""A Python function into the graph: the entry to the front end.

traced = trace(loss, {"w": Leaf(Array("float64", 1)), "n": Leaf(Scalar("int64", weak=True))})
format_function(traced.graph)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FunctionType, MethodType

from adcompile.errors import UnsupportedError
from adcompile.frontend import calls, captured, expressions, interpret
from adcompile.frontend.captures import Guard, Reach
from adcompile.frontend.needs import NeedsStatic, Remedy
from adcompile.frontend.promote import dtype_of
from adcompile.frontend.scope import Frame
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure
from adcompile.frontend.tracer import SourceUsed, Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Buffer,
    Grown,
    Maybe,
    Missing,
    Number,
    Record,
    Sequence,
    Static,
    describe,
    is_number,
    weak_type,
)
from adcompile.frontend.values import Mapping as Entries
from adcompile.ir.nodes import Function, Operand, Region, Value
from adcompile.ir.types import Scalar
from adcompile.location import Location
from adcompile.recursion import deep_recursion
from adcompile.source import python_function, read_source, unwrap

_RESTARTS = 64


@dataclass(frozen=True, slots=True)
class Traced:
    """The graph of one specialisation, and what it depends on.

    The graph's params are the leaves of the arguments in signature order, then those of the captures; it yields the
    leaves of the result, then those of aux.
    """

    graph: Function
    result: Structure
    aux: Structure | None
    captures: tuple[tuple[Reach, Structure], ...]
    guards: tuple[Guard, ...]
    dependencies: tuple[SourceUsed, ...]


def trace(
    function: Callable[..., object],
    arguments: Mapping[str, Structure],
    *,
    has_aux: bool = False,
    boundscheck: bool = True,
    number: bool = False,
) -> Traced:
    """Interpret a function abstractly. `arguments` maps every parameter that is given to its structure.

    `number`: an array without axes that is returned counts as its number.

    Raises UnsupportedError, MissingRuleError and TypeInferenceError, pointing at the user's line, and what the function
    itself would raise for any arguments of these structures.
    """
    static: set[Reach] = set()
    remedies: dict[Location, Remedy] = {}
    for _ in range(_RESTARTS):
        t = Tracer(
            evaluate=expressions.evaluate,
            execute=interpret.execute,
            call=calls.call,
            boundscheck=boundscheck,
            static=frozenset(static),
            remedies=dict(remedies),
        )
        try:
            with deep_recursion():
                return _trace(t, function, arguments, has_aux=has_aux, number=number)
        except NeedsStatic as needs:
            sources = t.builder.sources(needs.operand) if needs.operand is not None else iter(())
            found = {t.capture_of[v] for v in sources if v in t.capture_of} - static
            remedy = needs.remedy
            if found:
                static |= found
            elif remedy is not None and remedies.get(remedy.site) != remedy:
                remedies[remedy.site] = remedy
            else:
                raise _needs_static(needs) from None
    raise UnsupportedError("too many captured numbers must be known when the function is compiled")


def _needs_static(needs: NeedsStatic) -> UnsupportedError:
    name = needs.operand.hint if isinstance(needs.operand, Value) else ""
    which = f"Name `{name}`" if name else "Name the argument it comes from"
    advice = needs.advice or f"{which} in `static_argnames`, or write a literal."
    return UnsupportedError(f"{needs.what} must be known when the function is compiled", needs.location, advice)


def _trace(
    t: Tracer,
    function: Callable[..., object],
    arguments: Mapping[str, Structure],
    *,
    has_aux: bool,
    number: bool,
) -> Traced:
    plain = python_function(function)
    source = read_source(plain)
    t.sources[SourceUsed(source.name, source.file, source.source_hash)] = None
    frame = Frame(source, plain, None, root=True)
    params: list[Value] = []
    region = Region()
    for name, structure in arguments.items():
        hint = re.sub(r"\W+", "_", name).strip("_")
        frame.names[name] = captured.unflatten(
            t, structure, hint, Buffer("argument", name), params, home=region, argument=Reach("argument", name)
        )
    _gather_elements(frame, region)
    _bind_self(t, frame, function, plain)
    with t.builder.at(source.locate(source.node)), t.region(region):
        t.outermost = len(t.builder.stack)
        returned = calls.enter(t, frame, None)
        result, aux = _split(t, returned, has_aux=has_aux, frame=frame)
        if number and isinstance(result, ArrayValue) and not result.ndim:
            result = t.item(result)
        yields: list[Operand] = []
        structure = _flatten(t, result, yields, frame)
        aux_structure = _flatten(t, aux, yields, frame) if aux is not None else None
    for each in t.captures.values():
        params += each.params
    whole = Region(tuple(params), [*t.prologue.body, *region.body], tuple(yields))
    return Traced(
        Function(plain.__name__ if plain.__name__.isidentifier() else "function", whole),
        structure,
        aux_structure,
        tuple((each.reach, each.structure) for each in t.captures.values()),
        tuple(t.guards.values()),
        tuple(t.sources),
    )


def _gather_elements(frame: Frame, region: Region) -> None:
    """Put what is passed one by one (`args[0]`, `kwargs['w']`) into the tuple and the dict that it stands in."""
    args = frame.source.node.args
    parts = {name: frame.names.pop(name) for name in list(frame.names) if "[" in name}
    if args.vararg is not None and args.vararg.arg not in frame.names:
        mine = [value for name, value in parts.items() if name.startswith(f"{args.vararg.arg}[")]
        frame.names[args.vararg.arg] = Sequence("tuple", mine, region)
    if args.kwarg is not None and args.kwarg.arg not in frame.names:
        prefix = f"{args.kwarg.arg}["
        named = {ast.literal_eval(n[len(prefix) : -1]): v for n, v in parts.items() if n.startswith(prefix)}
        frame.names[args.kwarg.arg] = Entries(named, region)


def _bind_self(t: Tracer, frame: Frame, function: object, plain: FunctionType) -> None:
    """The object that a bound method belongs to."""
    method = unwrap(function)
    if isinstance(method, MethodType) and not plain.__code__.co_argcount:
        name = plain.__code__.co_varnames[plain.__code__.co_kwonlyargcount]
        given, owner = frame.names[name], captured.lift(t, method.__self__, Reach("self", name), name)
        assert isinstance(given, Sequence)
        frame.names[name] = Sequence("tuple", [owner, *given.items])
    elif isinstance(method, MethodType):
        name = plain.__code__.co_varnames[0]
        if name not in frame.names:
            frame.names[name] = captured.lift(t, method.__self__, Reach("self", name), name)


def _split(t: Tracer, returned: Abstract, *, has_aux: bool, frame: Frame) -> tuple[Abstract, Abstract | None]:
    if not has_aux:
        return returned, None
    if isinstance(returned, Sequence) and returned.kind == "tuple" and len(returned.items) == 2:
        return returned.items[0], returned.items[1]
    raise UnsupportedError(
        f"with `has_aux=True` the function must return a pair, not {describe(returned)}",
        frame.source.locate(frame.source.node),
        "Return `(value, aux)`.",
    )


def _flatten(t: Tracer, value: Abstract, yields: list[Operand], frame: Frame) -> Structure:
    """The structure of what is returned; its leaves are appended to `yields`."""
    match value:
        case Number(operand=operand, weak=weak):
            yields.append(operand)
            return Leaf(Scalar(operand.type.dtype, weak))
        case Static() if is_number(value):
            type_ = weak_type(value) or Scalar(dtype_of(value))
            yields.append(t.operand(value, type_.dtype))
            return Leaf(type_)
        case Static(value=known):
            return Fixed(known)
        case ArrayValue():
            yields.append(value.value)
            return Leaf(value.type)
        case Sequence(grown=Grown()):
            where = frame.source.locate(frame.source.node)
            what = "returning a list whose length is not known is not supported"
            raise UnsupportedError(what, where, "Return an array: `np.array(...)`.")
        case Sequence(kind=kind, items=items):
            return Node(kind, (), tuple(_flatten(t, item, yields, frame) for item in items))
        case Entries(items=entries):
            return Node("dict", tuple(entries), tuple(_flatten(t, item, yields, frame) for item in entries.values()))
        case Record(cls=cls, fields=fields):
            kind = "namedtuple" if issubclass(cls, tuple) else "dataclass"
            return Node(kind, tuple(fields), tuple(_flatten(t, item, yields, frame) for item in fields.values()), cls)
        case Maybe(value=inner, or_none=True):
            where = frame.source.locate(frame.source.node)
            told = f"this returns None on some paths and {describe(inner)} on others"
            raise UnsupportedError(told, where, "Return a number or an array on every path.")
        case Missing(why=why, advice=advice):
            raise UnsupportedError(f"the result: {why}", frame.source.locate(frame.source.node), advice)
        case _:
            where = frame.source.locate(frame.source.node)
            raise UnsupportedError(f"returning {describe(value)} is not supported", where, "Return numbers and arrays.")
