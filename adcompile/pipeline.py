"""The stages, read top to bottom: a Python function in, the text of its adjoint out.

f + argument structures -> graph -> loops -> adjoint -> source
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from adcompile.ad.reverse import NeedsSlots, Plan, reverse
from adcompile.build import Buffers, Build, Dependency, Options, Promises, Saved, SourceLine
from adcompile.codegen.docstrings import Results
from adcompile.codegen.emit import Companion, emit
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure, leaves
from adcompile.ir.nodes import Function
from adcompile.ir.types import Array, Scalar, Type, is_float
from adcompile.ir.verify import check
from adcompile.lowering.arguments import stored_arguments
from adcompile.lowering.lower import lower
from adcompile.passes.hand_over import Workspace, take_buffers, take_results
from adcompile.passes.interleave import costly_values
from adcompile.passes.measure import Buffer, measure
from adcompile.passes.products_in_place import products_in_place
from adcompile.passes.sequence import AFTER, BEFORE, LAST, ROOM, Step
from adcompile.stages import stage

__all__ = ["Build", "Dependency", "Options", "Saved", "SourceLine", "build"]

VERIFY = os.environ.get("ADCOMPILE_VERIFY")  # "stages": after every stage; anything else: after every pass


def build(function: Callable[..., object], arguments: Mapping[str, Structure], options: Options) -> Build:
    """Generate the program for one specialisation. `arguments` maps every parameter to its structure."""
    with stage("frontend"):
        from adcompile.frontend.trace import trace

        number = options.mode == "grad"
        traced = trace(function, arguments, has_aux=options.has_aux, boundscheck=options.boundscheck, number=number)
    gradients = differentiated(arguments, options)
    if options.mode == "primal":
        program = prepared(traced.graph, frozenset(), options)
    else:
        results = list(leaves(traced.result))
        if options.mode == "grad":
            check_scalar(function, traced.result)
        plan = Plan(gradients, len(results), seeded=options.mode == "vjp", disabled=options.disabled)
        program = adjoint(traced.graph, plan, options)
    program = optimise(program, LAST, options, "last")
    measured: tuple[Buffer, ...] = ()
    if options.report:
        program, measured = measure(program)
    program = optimise(program, ROOM, options, "last")
    filled: tuple[int, ...] = ()
    if options.out:
        filled, numbers = filled_results(arguments, gradients, len(program.region.yields) - len(measured))
        program = take_results(program, numbers)
    program, workspace = (
        take_buffers(products_in_place(program, everywhere=True)) if options.workspace else (program, None)
    )
    if VERIFY:
        check(program, after="hand_over", level="loops")
    name, values = entry_name(function, options), len(list(leaves(traced.result)))
    companions = [] if workspace is None else [Companion(workspace.maker, f"{name}_workspace", BUFFERS)]
    with stage("emit"):
        emitted = emit(
            program,
            name=name,
            doc=docstring(function, options),
            results=None if options.mode == "primal" or filled or measured else Results(values, gradients),
            companions=companions,
            parts="parts" not in options.disabled,
        )
    return Build(
        text=emitted.text,
        entry=emitted.entry,
        source_map=tuple(SourceLine(*line) for line in emitted.lines),
        captures=traced.captures,
        guards=traced.guards,
        dependencies=tuple(Dependency(*used) for used in traced.dependencies),
        result=traced.result,
        aux=traced.aux,
        gradients=gradients if options.mode != "primal" else (),
        written=stored_arguments(traced.graph.region),
        filled=filled,
        buffers=None if workspace is None else buffers(workspace, companions[0].name),
        saved=tuple(saved(each, traced.graph) for each in measured),
        promises=Promises(*emitted.promises),
        graph=traced.graph,
    )


def adjoint(graph: Function, plan: Plan, options: Options) -> Function:
    """The adjoint on loops. What the backward sweep reads decides which arrays have a slot for every trip."""
    kept: frozenset[int] = frozenset()
    while True:
        program = prepared(graph, kept, options)
        asks = "every_trip" not in options.disabled
        try:
            return differentiate(program, replace(plan, asks_for_slots=asks), options)
        except NeedsSlots as need:
            kept |= need.pools


def prepared(graph: Function, kept: frozenset[int], options: Options) -> Function:
    """The graph as loops, ready to be differentiated."""
    with stage("lowering"):
        program = lower(graph, kept)
    return optimise(program, BEFORE, options, "before")


def differentiate(program: Function, plan: Plan, options: Options) -> Function:
    """The adjoint. Where it interleaves loops, what a trip saves costs nothing: there, functions that take long are
    saved as well.
    """
    found = optimise(reversed_(program, plan), AFTER, options, "after")
    costly = frozenset(costly_values(program, found))
    if not costly:
        return found
    return optimise(reversed_(program, replace(plan, keep=costly)), AFTER, options, "after")


def reversed_(program: Function, plan: Plan) -> Function:
    """Forward and backward sweep, as they come from `reverse`."""
    with stage("reverse"):
        return reverse(program, plan)


def optimise(program: Function, steps: tuple[Step, ...], options: Options, called: str) -> Function:
    """Run the passes that are not switched off, in order; `called` is the name of the stage."""
    with stage(called):
        for step in steps:
            if step.required or step.name not in options.disabled:
                program = step.run(program)
                if VERIFY and VERIFY != "stages":
                    check(program, after=step.name, level="loops")
    if VERIFY == "stages":
        check(program, after=steps[-1].name, level="loops")
    return program


BUFFERS = "Arrays for a call with arguments like these. They may be used again by the next one."


def filled_results(
    arguments: Mapping[str, Structure], gradients: tuple[int, ...], count: int
) -> tuple[tuple[int, ...], list[int]]:
    """The leaves whose gradient is an array with axes, and the numbers of these gradients among `count` results."""
    types = [leaf.type for structure in arguments.values() for leaf in leaves(structure)]
    first = count - len(gradients)
    found = [(k, first + n) for n, k in enumerate(gradients) if has_axes(types[k])]
    return tuple(k for k, _ in found), [number for _, number in found]


def has_axes(type_: Type) -> bool:
    """Is it the type of an array that has elements to fill one by one?"""
    return isinstance(type_, Array) and type_.ndim > 0


def buffers(workspace: Workspace, name: str) -> Buffers:
    """How the run time makes the buffers."""
    return Buffers(name, workspace.takes, tuple(y.type for y in workspace.maker.region.yields))


def saved(buffer: Buffer, graph: Function) -> Saved:
    """Where a buffer belongs in the user's source."""
    where = buffer.loc
    file, line = (where.file, where.line) if where is not None else (graph.name, 0)
    return Saved(buffer.name, buffer.dtype, file, line, buffer.kept)


def differentiated(arguments: Mapping[str, Structure], options: Options) -> tuple[int, ...]:
    """Positions, among all leaves of the arguments, of the float leaves of the parameters in `wrt`."""
    found: list[int] = []
    position = 0
    for name, structure in arguments.items():
        for leaf in leaves(structure):
            if name in options.wrt and is_float(leaf.type):
                found.append(position)
            position += 1
    return tuple(found)


def check_scalar(function: Callable[..., object], result: Structure) -> None:
    """`grad` differentiates one real number."""
    match result:
        case Leaf(Scalar() as type_) if is_float(type_):
            return
        case Leaf(Scalar() as type_):
            described, remedy = type_.spoken, "Return a float."
        case Leaf(Array() as type_):
            axes = "1 axis" if type_.ndim == 1 else f"{type_.ndim} axes"
            described = f"an array with {axes} ({type_})"
            remedy = "Reduce it to a number, for example with `np.sum`, or use `adcompile.vjp`."
            if type_.ones and all(type_.ones):
                remedy = "Take its one element with `.item()`, or use `adcompile.vjp`."
        case Node(kind=kind):
            described = f"a {kind}"
            remedy = "Return the float alone, or use `has_aux=True` for what goes with it, or `adcompile.vjp`."
        case Fixed(value):
            described, remedy = repr(value), "Return a float."
    code = getattr(function, "__code__", None)
    where = f" ({code.co_filename}:{code.co_firstlineno})" if code is not None else ""
    name = getattr(function, "__name__", "the function")
    raise TypeError(f"grad differentiates one float, but `{name}`{where} returns {described}. {remedy}")


def entry_name(function: Callable[..., object], options: Options) -> str:
    """The name of the generated function."""
    stem = re.sub(r"\W", "", getattr(function, "__name__", "f")) or "f"
    stem = "f" if stem == "lambda" else stem
    return {"grad": f"{stem}_grad", "vjp": f"{stem}_vjp", "primal": stem}[options.mode]


def docstring(function: Callable[..., object], options: Options) -> str:
    """What the generated function says of itself."""
    name = getattr(function, "__name__", "f")
    if options.mode == "primal":
        return f"{name}, as adcompile compiled it."
    return f"Value of {name} and its gradient with respect to {', '.join(options.wrt)}."
