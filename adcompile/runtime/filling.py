"""`out=`: gradients go to arrays of the caller's.

    g(x, params, out=(x_bar, {"w": w_bar, "b": None}))        a tree like the gradient

As in NumPy, None stands for an array to be made; where the gradient is a number, there must be None, and the number is
in the result. An array must have the shape and dtype of the gradient, be C-contiguous and writable, and share no memory
with an argument or another one: the program writes to it while it still reads the others. What it holds before does not
count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from adcompile.build import Build
from adcompile.frontend.structure import Fixed
from adcompile.ir.types import Array, Type
from adcompile.runtime.cache import Program
from adcompile.runtime.overlap import leaf_names, overlaps
from adcompile.runtime.results import Group, Picked, Result
from adcompile.runtime.trees import container_name, is_container, parts


@dataclass(frozen=True, slots=True)
class Place:
    """A leaf of the gradient: where it stands in `out`, what it is, and what was given there."""

    where: str
    picked: Picked
    given: object


def arrays_to_fill(out: object, gradient: Result, program: Program, taken: Sequence[object]) -> list[object]:
    """The arrays that a program takes after `taken`, from an `out` for this gradient.

    Raises TypeError if `out` has another structure than the gradient, ValueError for an array that cannot be filled.
    """
    found: list[tuple[str, object]] = []
    for position, place in in_order(places_of(out, gradient), program.build):
        type_, given = place.picked.type, place.given
        if is_filled(type_):
            leaf = taken[position]
            assert isinstance(leaf, np.ndarray)
            array = np.empty(leaf.shape, type_.dtype) if given is None else given
            _require_fit(place.where, array, leaf.shape, type_.dtype)
            found.append((place.where, array))
        elif given is not None:
            told = "an array without axes" if isinstance(type_, Array) else "a number"
            raise TypeError(f"`{place.where}` must be None: the gradient is {told} there, which cannot be filled")
    _require_disjoint(found, program, taken)
    return [array for _, array in found]


def is_filled(type_: Type) -> bool:
    """Is a gradient of this type an array that a program can be given?"""
    return isinstance(type_, Array) and type_.ndim > 0


def places_of(out: object, gradient: Result) -> list[Place]:
    """Every leaf of the gradient, depth first. Raises TypeError if `out` has another structure."""
    return list(_places(out, gradient, "out"))


def in_order(places: Iterable[Place], build: Build) -> list[tuple[int, Place]]:
    """The places in the order of the program's arguments, each with the position of its argument."""
    return list(zip(build.gradients, sorted(places, key=lambda place: place.picked.index), strict=True))


def _places(out: object, gradient: Result, where: str) -> Iterator[Place]:
    match gradient:
        case Picked():
            yield Place(where, gradient, out)
        case Fixed():
            if out is not None:
                raise TypeError(f"`{where}` must be None: there is no gradient")
        case Group(node=node, parts=inner):
            if out is not None and not is_container(out, node, len(inner)):
                expected, told = container_name(node, len(inner)), type(out).__name__
                raise TypeError(f"`{where}` must be a {expected}, as the gradient is; it is a {told}")
            held = [None] * len(inner) if out is None else parts(out, node)
            for key, part, child in zip(node.keys or range(len(inner)), held, inner, strict=True):
                yield from _places(part, child, f"{where}[{key!r}]")


def _require_fit(where: str, array: object, shape: tuple[int, ...], dtype: str) -> None:
    if not isinstance(array, np.ndarray):
        raise TypeError(f"`{where}` must be an array or None; it is a {type(array).__name__}")
    if array.dtype != np.dtype(dtype) or not array.dtype.isnative:
        raise ValueError(f"`{where}` must have the dtype {dtype} of the gradient; it has {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"`{where}` must have the shape {shape} of the gradient; it has {array.shape}")
    if not array.flags.c_contiguous or not array.flags.aligned:
        raise ValueError(f"`{where}` must be C-contiguous: pass np.empty({shape}) or None")
    if not array.flags.writeable:
        raise ValueError(f"`{where}` is read-only, so no gradient can be written to it")


def _require_disjoint(found: Sequence[tuple[str, object]], program: Program, taken: Sequence[object]) -> None:
    names = leaf_names(program.build, program.arguments)
    for position, (where, array) in enumerate(found):
        others = [*zip(names, taken, strict=False), *found[:position]]
        for name, other in others:
            if overlaps(array, other):
                raise ValueError(f"`{where}` and `{name}` overlap in memory: pass an array of its own")
