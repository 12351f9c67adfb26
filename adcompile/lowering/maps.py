"""Index maps: where a view finds its elements, by logical indices, wherever the base has them in memory.

x[2:, k]             (Axis(0, offset=2), Fixed(k))
v.reshape(n, 3)      (Along(0, steps=(3, 1)),)                       v[3 * i + j]
x.T.reshape(-1)      (Digit(p, 1, rows), Digit(p, rows, None))       x[p % rows, p // rows]
"""

from __future__ import annotations

from dataclasses import dataclass

from adcompile.ir.nodes import Operand, integer, is_const
from adcompile.ir.types import INT
from adcompile.lowering.emitter import Emitter, Index
from adcompile.ops import scalar as ops

ZERO, ONE = integer(0), integer(1)


@dataclass(frozen=True, slots=True)
class Fixed:
    """This axis of the base has one index."""

    index: Operand


@dataclass(frozen=True, slots=True)
class Axis:
    """This axis of the base has the index offset + step * (index of the view's axis)."""

    axis: int
    offset: Operand = ZERO
    step: Operand = ONE

    @property
    def is_identity(self) -> bool:
        """Is it the view's index itself?"""
        return is_const(self.offset, 0) and is_const(self.step, 1)


@dataclass(frozen=True, slots=True)
class Along:
    """This axis of the base has the index offset + sum of steps[k] * (index k of the view)."""

    offset: Operand
    steps: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Digit:
    """This axis of the base has the index position // size % extent; `extent` is None for the slowest axis."""

    position: Along
    size: Operand
    extent: Operand | None


@dataclass(frozen=True, slots=True)
class Through:
    """`inner` of the indices that `outer` gives."""

    inner: Map
    outer: tuple[Map, ...]


Map = Fixed | Axis | Along | Digit | Through


def at(emitter: Emitter, mapping: Map, index: Index) -> Operand:
    """The index into an axis of the base."""
    match mapping:
        case Fixed():
            return mapping.index
        case Axis():
            return plus(emitter, mapping.offset, mapping.step, index[mapping.axis])
        case Along():
            found = mapping.offset
            for step, own in zip(mapping.steps, index, strict=True):
                found = plus(emitter, found, step, own)
            return found
        case Digit():
            found = at(emitter, mapping.position, index)
            if not is_const(mapping.size, 1):
                found = emitter.builder.apply(ops.floordiv, found, mapping.size, type=INT)
            if mapping.extent is not None:
                found = emitter.builder.apply(ops.mod, found, mapping.extent, type=INT)
            return found
        case Through():
            return at(emitter, mapping.inner, tuple(at(emitter, each, index) for each in mapping.outer))


def composed_map(emitter: Emitter, inner: Map, maps: tuple[Map, ...], rank: int) -> Map:
    """The map of a view of a view with `rank` axes: `inner` of what `maps` give."""
    match inner:
        case Fixed():
            return inner
        case Axis():
            match maps[inner.axis]:
                case Fixed(index=given):
                    return Fixed(plus(emitter, inner.offset, inner.step, given))
                case Axis() as outer:
                    offset = plus(emitter, inner.offset, inner.step, outer.offset)
                    return Axis(outer.axis, offset, emitter.int_op(ops.mul, inner.step, outer.step))
                case Along() as outer:
                    offset = plus(emitter, inner.offset, inner.step, outer.offset)
                    return Along(offset, tuple(emitter.int_op(ops.mul, inner.step, each) for each in outer.steps))
                case outer:
                    return outer if inner.is_identity else Through(inner, maps)
        case Along() if all(isinstance(each, Fixed | Axis) for each in maps):
            return _composed_along(emitter, inner, maps, rank)
        case Digit() if all(isinstance(each, Fixed | Axis) for each in maps):
            return Digit(_composed_along(emitter, inner.position, maps, rank), inner.size, inner.extent)
        case _:
            return Through(inner, maps)


def _composed_along(emitter: Emitter, inner: Along, maps: tuple[Map, ...], rank: int) -> Along:
    offset = inner.offset
    steps: list[Operand] = [ZERO] * rank
    for step, outer in zip(inner.steps, maps, strict=True):
        if isinstance(outer, Fixed):
            offset = plus(emitter, offset, step, outer.index)
        else:
            assert isinstance(outer, Axis)
            offset = plus(emitter, offset, step, outer.offset)
            steps[outer.axis] = plus(emitter, steps[outer.axis], step, outer.step)
    return Along(offset, tuple(steps))


def regrouped(emitter: Emitter, have: tuple[Operand, ...], wanted: tuple[Operand, ...]) -> tuple[Map, ...]:
    """The maps of a reshape, element by element in C order: of axes that stay, of one that is split, of the others."""
    front = back = 0
    most = min(len(have), len(wanted))
    while front < most and have[front] == wanted[front]:
        front += 1
    while back < most - front and have[-1 - back] == wanted[-1 - back]:
        back += 1
    before, after = len(have) - back, len(wanted) - back
    inside = row_major(emitter, wanted[front:after])
    position = Along(ZERO, (*[ZERO] * front, *inside, *[ZERO] * back))
    sizes = row_major(emitter, have[front:before])
    middle: list[Map] = [Digit(position, size, have[front + k] if k else None) for k, size in enumerate(sizes)]
    if len(middle) == 1:
        middle = [position]
    return (*(Axis(k) for k in range(front)), *middle, *(Axis(after + k) for k in range(back)))


def plus(emitter: Emitter, offset: Operand, step: Operand, index: Operand) -> Operand:
    """The index of an element: it cannot leave 64 bits."""
    scaled = emitter.int_op(ops.mul, step, index, overflow="never")
    return emitter.int_op(ops.add, offset, scaled, overflow="never")


def row_major(emitter: Emitter, dims: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """The distances of the axes of an array in C order."""
    found: list[Operand] = [ONE]
    for extent in reversed(dims[1:]):
        found.append(emitter.int_op(ops.mul, found[-1], extent))
    return tuple(reversed(found)) if dims else ()
