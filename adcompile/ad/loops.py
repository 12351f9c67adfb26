"""Loop nests over whole arrays, as the adjoints of library calls need them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adcompile.ir.builder import Builder
from adcompile.ir.loops import trip_region
from adcompile.ir.nodes import Operand, Value, integer, zero
from adcompile.ir.types import INT, element
from adcompile.ops import memory
from adcompile.ops import scalar as ops


def nest(builder: Builder, extents: Sequence[Operand], body: Callable[[tuple[Value, ...]], None]) -> None:
    """Order-free loops over all index tuples; `body` emits the innermost statements."""

    def level(index: tuple[Value, ...]) -> None:
        if len(index) == len(extents):
            body(index)
            return
        at = Value(INT)
        with builder.into(trip_region(at)) as region:
            level((*index, at))
        builder.for_((integer(0), extents[len(index)], integer(1)), (), region, order_free=True)

    level(())


def copy_elements(
    builder: Builder, source: Value, target: Value, extents: Sequence[Operand], *, transposed: bool = False
) -> None:
    """target[...] = source[...], or its transpose"""

    def body(index: tuple[Value, ...]) -> None:
        own = index[::-1] if transposed else index
        moved = builder.apply(memory.load, source, *own, type=element(source.type))
        builder.effect(memory.store, target, *index, moved)

    nest(builder, extents, body)


def add_elements(
    builder: Builder, source: Value, target: Value, extents: Sequence[Operand], *, transposed: bool = False
) -> None:
    """target[...] += source[...], or its transpose"""

    def body(index: tuple[Value, ...]) -> None:
        before = builder.apply(memory.load, target, *index, type=element(target.type))
        own = index[::-1] if transposed else index
        more = builder.apply(memory.load, source, *own, type=element(source.type))
        builder.effect(memory.store, target, *index, builder.apply(ops.add, before, more, type=element(target.type)))

    nest(builder, extents, body)


def fill_elements(builder: Builder, target: Value, extents: Sequence[Operand]) -> None:
    """target[...] = 0"""
    nothing = zero(target.type)
    nest(builder, extents, lambda index: builder.effect(memory.store, target, *index, nothing))
