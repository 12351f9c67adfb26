"""Indices of the graph as maps: which axis of an array takes an int, a range, or an array of ints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adcompile.ir.nodes import Apply, Operand, Value
from adcompile.ir.types import Array
from adcompile.lowering.arrays import Gather, Node, Pick, wrapped
from adcompile.lowering.maps import Axis, Fixed, Map

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


def index_maps(state: Lowering, items: tuple[str, ...], given: tuple[Operand, ...], base: Node) -> list[Map | Operand]:
    """One entry per axis of the base: its map, or for "array" items the operand."""
    rest = iter(given)
    found: list[Map | Operand] = []
    for item in items:
        if item == "int":
            found.append(Fixed(wrapped(state.emitter, state.scalar(next(rest)), base.dims[len(found)])))
        elif item == "slice":
            found.append(Axis(-1, state.scalar(next(rest)), state.scalar(next(rest))))
        elif item == "array":
            found.append(next(rest))
    return found


def picks(state: Lowering, stmt: Apply, given: tuple[Operand, ...], base: Node) -> tuple[tuple[Pick, ...], int]:
    """How each axis of the base is indexed, and how many axes the index arrays have together."""
    items, front = stmt.attrs.items, stmt.attrs.front
    maps = iter(index_maps(state, items, given, base))
    width = max(o.type.ndim for o in given if isinstance(o.type, Array))
    found: list[Pick] = []
    position = 0
    for item in items:
        if position == front:
            position += width
        if item == "new":
            position += 1
            continue
        mapping = next(maps)
        if item == "array":
            found.append(Pick(array=state.trivial_or_node(array_value(mapping))))
        elif isinstance(mapping, Axis):
            found.append(Pick(map=Axis(position, mapping.offset, mapping.step)))
            position += 1
        else:
            assert isinstance(mapping, Fixed)
            found.append(Pick(map=mapping))
    return tuple(found), width


def lower_gather(state: Lowering, stmt: Apply) -> None:
    """Integer-array indexing: elements of a trivial base."""
    base, result = state.trivial_or_node(array_value(stmt.operands[0])), stmt.results[0]
    chosen, width = picks(state, stmt, stmt.operands[1:], base)
    gathered = Gather(
        state.dims(result),
        base.dtype,
        base=base,
        picks=chosen,
        front=stmt.attrs.front,
        width=width,
        message=stmt.attrs.message,
    )
    state.define(result, gathered)


def array_value(operand: object) -> Value:
    """The operand as the name of an array."""
    assert isinstance(operand, Value)
    return operand
