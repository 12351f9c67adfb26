"""Tracing under test: the graph is verified, lowered and run, and must give what plain Python gives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adcompile.frontend.structure import Structure
from adcompile.frontend.trace import Traced, trace
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Apply
from adcompile.ir.verify import verify
from adcompile.ir.walk import statements
from adcompile.lowering.lower import lower
from adcompile.ops import array
from adcompile.runtime.trees import flatten, structure_of


def structures(function: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, Structure]:
    """The structures of positional arguments; a `*rest` takes what is left."""
    names: dict[str, Structure] = {}
    for position, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind is parameter.VAR_POSITIONAL:
            names[parameter.name] = structure_of(args[position:])
        elif position < len(args):
            names[parameter.name] = structure_of(args[position])
    return names


def traced(function: Callable[..., Any], *args: Any, **options: Any) -> Traced:
    """The verified graph for these arguments."""
    result = trace(function, structures(function, args), **options)
    assert verify(result.graph, level="graph") == []
    return result


def outputs(function: Callable[..., Any], *args: Any) -> list[Any]:
    """The leaves of the result, computed from the graph: interpreted as it is, and lowered."""
    result = traced(function, *args)
    given = [
        leaf
        for name, tree in structures(function, args).items()
        for leaf in flatten(_named(function, args)[name], tree)
    ]
    for reach, tree in result.captures:
        given += flatten(reach.fetch(function), tree)  # type: ignore[arg-type]
    lowered = lower(result.graph)
    assert verify(lowered, level="loops") == []
    computed = list(run(lowered, _fresh(given)))
    if not _stores_elements(result):
        for one, other in zip(run(result.graph, _fresh(given)), computed, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
    return computed


def agrees(function: Callable[..., Any], *args: Any) -> None:
    """Values and dtypes are those of plain Python; arguments are left alone."""
    computed = outputs(function, *args)
    expected = list(leaves(function(*args)))
    assert len(computed) == len(expected)
    for got, want in zip(computed, expected, strict=True):
        assert np.shape(got) == np.shape(want)
        tolerance = 1e-5 if np.asarray(want).dtype == np.float32 else 1e-12
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=1e-14)
        assert np.asarray(got).dtype == np.asarray(want).dtype


def _named(function: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for position, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind is parameter.VAR_POSITIONAL:
            named[parameter.name] = args[position:]
        elif position < len(args):
            named[parameter.name] = args[position]
    return named


def _fresh(values: list[Any]) -> list[Any]:
    return [value.copy() if isinstance(value, np.ndarray) else value for value in values]


def _stores_elements(result: Traced) -> bool:
    """An element is stored through a view without axes, which NumPy has no name for."""
    applied = [s for s in statements(result.graph.region) if isinstance(s, Apply) and s.primitive is array.index]
    return any(set(s.attrs.items) == {"int"} for s in applied)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, dict):
        yield from leaves(list(value.values()))
    elif value is not None and not isinstance(value, str):
        yield value
