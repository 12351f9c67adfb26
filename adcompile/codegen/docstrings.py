"""What the docstring of a generated function says of its results: in which order they come, and of which shapes.

Returns the value, then the derivatives with respect to
    w    of shape (n, m)
    b    of shape (m,)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adcompile.ir.nodes import Apply, Function, Value
from adcompile.ir.types import Array
from adcompile.ops import memory


@dataclass(frozen=True, slots=True)
class Results:
    """How many results of the user's function come first, and the numbers of the parameters with a derivative."""

    values: int
    derivatives: tuple[int, ...]


def described(doc: str, results: Results | None, function: Function, names: Mapping[Value, str]) -> str:
    """The docstring with what is returned below its first line."""
    if results is None or not results.derivatives:
        return doc
    first = "the value" if results.values == 1 else f"the {results.values} results"
    by = [function.region.params[k] for k in results.derivatives]
    width = max(len(names[p]) for p in by)
    lines = [f"{names[p]:<{width}}    {_shape(p, function, names)}" for p in by]
    margin = "\n        "
    return f"{doc}\n\n    Returns {first}, then the derivatives with respect to{margin}{margin.join(lines)}\n    "


def _shape(param: Value, function: Function, names: Mapping[Value, str]) -> str:
    if not isinstance(param.type, Array):
        return "a number"
    if not param.type.ndim:
        return "an array without axes"
    extents = {
        stmt.attrs.axis: names[stmt.results[0]]
        for stmt in function.region.body
        if isinstance(stmt, Apply) and stmt.primitive is memory.dim and stmt.operands[0] is param
        if stmt.results[0] in names
    }
    shape = [extents.get(axis, "...") for axis in range(param.type.ndim)]
    return f"of its shape, ({', '.join(shape)}{',' if len(shape) == 1 else ''})"
