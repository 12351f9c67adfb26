"""The emitted adjoint as plain Python, without the run time: what the generated text itself computes.

emit(loss, (weights, x)).call(weights, x)  ->  ([value], [gradient for weights, gradient for x])
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompile import pipeline, testing
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure, layout_of, leaves
from adcompile.ir import types
from adcompile.runtime.compile import explain


@dataclass(frozen=True, slots=True)
class Emitted:
    """A generated program that can be called."""

    function: Callable[..., Any]
    build: pipeline.Build
    entry: Callable[..., Any]

    def numbers(self, *args: Any) -> list[Any]:
        """The numbers and arrays that the entry takes: those of the parameters, then the captured ones."""
        captured = [reach.fetch(self.function) for reach, _ in self.build.captures]
        return numbers_of([*bound(self.function, args).values(), *captured])

    def call(self, *args: Any, cotangents: Sequence[Any] = ()) -> tuple[list[Any], list[Any]]:
        """The leaves of the result, and the gradient at each float leaf of the arguments, depth first."""
        with np.errstate(all="ignore"):
            try:
                outputs = list(self.entry(*self.numbers(*args), *cotangents))
            except Exception as error:
                raise explain(error) from None
        results = len(list(leaves(self.build.result)))
        gradients = outputs[len(outputs) - len(self.build.gradients) :]
        return outputs[:results], gradients


def emit(
    function: Callable[..., Any],
    args: Sequence[Any],
    *,
    mode: str = "grad",
    has_aux: bool = False,
    disabled: frozenset[str] = frozenset(),
    workspace: bool = False,
    out: bool = False,
) -> Emitted:
    """Build the program that differentiates with respect to every given argument that holds a float."""
    parameters = bound(function, args)
    given = inspect.signature(function).bind(*args).arguments
    wrt = tuple(name for name, value in given.items() if testing.float_places((value,)))
    options = pipeline.Options(mode, wrt, has_aux, disabled=disabled, workspace=workspace, out=out)
    built = pipeline.build(function, {name: structure_of(value) for name, value in parameters.items()}, options)
    namespace: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(built.text, f"<adjoint of {function.__name__}>", "exec"), namespace)
    return Emitted(function, built, namespace[built.entry])


def negative_indices(emitted: Emitted, args: Sequence[Any], cotangents: Sequence[Any]) -> set[str]:
    """The subscripts that are promised to have no negative index, and have one when the program runs."""
    found: set[str] = set()

    def watch(index: Any, text: str) -> Any:
        if min(index if isinstance(index, tuple) else (index,)) < 0:
            found.add(text)
        return index

    class Watch(ast.NodeTransformer):
        def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
            text = ast.unparse(node)
            self.generic_visit(node)
            if (node.lineno, node.col_offset) in promised:
                node.slice = ast.Call(ast.Name("_watch", ast.Load()), [node.slice, ast.Constant(text)], [])
            return node

    promised = set(emitted.build.promises.indices)
    tree = ast.fix_missing_locations(Watch().visit(ast.parse(emitted.build.text)))
    namespace: dict[str, Any] = {"_watch": watch}
    exec(compile(tree, "<watched>", "exec"), namespace)
    with np.errstate(all="ignore"):
        namespace[emitted.build.entry](*emitted.numbers(*args), *cotangents)
    return found


def bound(function: Callable[..., Any], args: Sequence[Any]) -> dict[str, Any]:
    """Every parameter of the function and its value, defaults included."""
    arguments = inspect.signature(function).bind(*args)
    arguments.apply_defaults()
    return dict(arguments.arguments)


def structure_of(value: Any) -> Structure:
    """The structure of a value, built from the types' own documentation rather than from the run time."""
    if isinstance(value, (bool, int, float)) and not isinstance(value, np.generic):
        return Leaf(types.Scalar({bool: "bool", int: "int64", float: "float64"}[type(value)], weak=True))
    if isinstance(value, np.generic):
        return Leaf(types.Scalar(value.dtype.name))
    if isinstance(value, np.ndarray):
        return Leaf(
            types.Array(value.dtype.name, value.ndim, layout_of(value), tuple(size == 1 for size in value.shape))
        )
    if isinstance(value, dict):
        return Node("dict", tuple(value), tuple(structure_of(part) for part in value.values()))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = tuple(field.name for field in dataclasses.fields(value))
        return Node("dataclass", names, tuple(structure_of(getattr(value, name)) for name in names), type(value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return Node("namedtuple", value._fields, tuple(structure_of(part) for part in value), type(value))
    if isinstance(value, (tuple, list)):
        return Node(type(value).__name__, (), tuple(structure_of(part) for part in value))
    return Fixed(value)


def numbers_of(values: Any) -> list[Any]:
    """The numbers and arrays among the leaves: what is passed to the entry."""
    found = [leaf for value in values for leaf in testing.leaves(value)]
    return [leaf for leaf in found if isinstance(leaf, (bool, int, float, np.generic, np.ndarray))]
