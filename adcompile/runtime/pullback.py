"""`vjp`: the value now, the map from cotangents to gradients for later.

    value, pullback = vjp(f, x, w)
    x_bar, w_bar = pullback(y_bar)            any number of times

The pullback keeps copies of the arrays it was made from, so that it stays the derivative at that point.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MethodType
from typing import Literal

import numpy as np

from adcompile.callee import callee, declared_fully
from adcompile.frontend.structure import Leaf, Node, Structure, leaves
from adcompile.ir.types import Array, Type, is_float
from adcompile.runtime.boundary import boundary
from adcompile.runtime.cache import Program
from adcompile.runtime.dispatch import Specialiser, execute, gather
from adcompile.runtime.request import Request
from adcompile.runtime.results import gradients, primal_results, put_together
from adcompile.runtime.trees import container_name, flatten, is_container, parts
from adcompile.source import python_function


@boundary
def make_vjp(function: object, args: tuple[object, ...], request: Request) -> tuple[object, Pullback]:
    """The value of `function` at `args` and its pullback there. `request` is for the primal."""
    function = callee(function)
    receiver = function.__self__ if isinstance(function, MethodType) else None
    request = replace(request, declared=declared_fully(function))
    specialiser = Specialiser(python_function(function), request, bound=receiver is not None)
    values = specialiser.bind(args, {})
    target = specialiser.target(receiver)
    structures = specialiser.structures(values)
    primal = specialiser.program(target, structures)
    value = put_together(primal_results(primal.build)[0], execute(primal, gather(primal, target, values)))
    wrt = tuple(name for name, each in structures.items() if any(is_float(leaf.type) for leaf in leaves(each)))
    if not wrt:
        raise TypeError("vjp requires real inputs, but no argument holds a float")
    program = specialiser.find(target, structures, replace(request.options, mode="vjp", wrt=wrt))
    kept = [each.copy(order="K") if isinstance(each, np.ndarray) else each for each in gather(program, target, values)]
    shapes = [np.asarray(each).shape for each in flatten(value, program.build.result)]
    return value, Pullback(program, kept, shapes, _positional(specialiser.signature, len(args)))


@dataclass(frozen=True, slots=True)
class Pullback:
    """Takes a cotangent of the value's structure and gives a tuple of gradients, one for each positional argument.

    `names` are the parameters that the arguments were bound to; of a `*args` parameter each item counts.
    """

    program: Program
    leaves: Sequence[object]
    shapes: Sequence[tuple[int, ...]]
    names: tuple[tuple[str, bool], ...]

    @boundary
    def __call__(self, cotangent: object) -> tuple[object, ...]:
        """Raises TypeError or ValueError if the cotangent does not have the structure and shapes of the value."""
        taken = list(_cotangents(cotangent, self.program.build.result, iter(self.shapes), "cotangent"))
        results = execute(self.program, [*self.leaves, *taken])
        found = gradients(self.program.build, self.program.arguments)
        given: list[object] = []
        for name, is_variadic in self.names:
            gradient = put_together(found[name], results)
            if is_variadic:
                assert isinstance(gradient, tuple)
                given += gradient
            else:
                given.append(gradient)
        return tuple(given)


def _positional(signature: inspect.Signature, count: int) -> tuple[tuple[str, bool], ...]:
    """The parameters that `count` positional arguments are bound to, and whether each is a `*args`."""
    kinds = inspect.Parameter
    found = [
        (each.name, each.kind is kinds.VAR_POSITIONAL)
        for each in signature.parameters.values()
        if each.kind not in (kinds.KEYWORD_ONLY, kinds.VAR_KEYWORD)
    ]
    return tuple(found[:count])


def _cotangents(
    cotangent: object, structure: Structure, shapes: Iterator[tuple[int, ...]], where: str
) -> Iterator[object]:
    """The cotangent of each float leaf of the value, checked and cast to the leaf's type."""
    match structure:
        case Leaf(type=type_):
            shape = next(shapes)
            if is_float(type_):
                yield _cotangent(cotangent, type_, shape, where)
        case Node(keys=keys, children=children):
            if not is_container(cotangent, structure):
                expected, told = container_name(structure, len(children)), type(cotangent).__name__
                raise TypeError(f"`{where}` must be a {expected}, as the value is; it is a {told}")
            for name, part, child in zip(
                keys or range(len(children)), parts(cotangent, structure), children, strict=True
            ):
                yield from _cotangents(part, child, shapes, f"{where}[{name!r}]")


def _cotangent(cotangent: object, type_: Type, shape: tuple[int, ...], where: str) -> object:
    given = np.asarray(cotangent)
    if given.dtype.kind not in "fiub":
        raise TypeError(f"`{where}` must be a real number or array, as the value is; it has dtype {given.dtype}")
    if given.shape != shape:
        raise ValueError(f"`{where}` must have the shape {shape} of the value; it has {given.shape}")
    if isinstance(type_, Array):
        return np.require(given, type_.dtype, _REQUIREMENTS[type_.layout])
    return given.astype(type_.dtype)[()]


_REQUIREMENTS: dict[str, list[Literal["C", "F", "ALIGNED"]]] = {
    "C": ["C", "ALIGNED"],
    "F": ["F", "ALIGNED"],
    "A": ["ALIGNED"],
    "S": ["ALIGNED"],
    "T": ["ALIGNED"],
    "U": ["C", "ALIGNED"],
}
