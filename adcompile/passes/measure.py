"""A program that also says how much of each buffer of residuals it used.

    s_saved = empty(n)                                  ...
    for i in range(n): s_saved[i] = s; ...
    return value, x_bar                                 return value, x_bar, n

Of a buffer with an axis per loop all elements count (M1); of one that grows, those up to the last trip (M2), counted in
a cell that is stored where room is made. It runs last, so what the other passes removed is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from adcompile.ir.attributes import Attributes
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, Function, Operand, Region, Stmt, Value, integer
from adcompile.ir.types import INT, Array
from adcompile.ir.walk import all_regions, clone_region, statements
from adcompile.location import Location
from adcompile.ops import memory
from adcompile.ops import scalar as ops


@dataclass(frozen=True, slots=True)
class Buffer:
    """Storage that lasts from the forward to the backward sweep: for residuals or, `kept`, for an array of each trip.

    `loc` is the loop's, or where the array is made.
    """

    name: str
    dtype: str
    loc: Location | None
    kept: bool


def measure(function: Function) -> tuple[Function, tuple[Buffer, ...]]:
    """The function with one more int result per buffer, the number of elements it used, and the buffers."""
    region = clone_region(function.region, {})
    rows = _rows(region)
    allocs = [s for s in region.body if isinstance(s, Apply) and (s.attrs.saved or set(s.results) & set(rows))]
    counted: list[Operand] = []
    buffers: list[Buffer] = []
    for stmt in allocs:
        array = stmt.results[0]
        buffers.append(Buffer(array.hint, array.type.dtype, rows.get(array, stmt.loc), array in rows))
        counted.append(_elements(region, stmt))
    return Function(function.name, Region(region.params, region.body, (*region.yields, *counted))), tuple(buffers)


def _rows(region: Region) -> dict[Value, Location | None]:
    """The arrays with a row or a slot per trip, and where what is in a row is made."""
    found: dict[Value, Location | None] = {}
    for stmt in statements(region):
        if not isinstance(stmt, Apply):
            continue
        if stmt.attrs.every_trip:
            found[stmt.results[0]] = stmt.loc
        elif stmt.attrs.private and isinstance(stmt.operands[0], Value):
            found[stmt.operands[0]] = stmt.loc
    return found


def _elements(region: Region, stmt: Apply) -> Operand:
    """How many elements the buffer used, computed at the end."""
    after = Builder(region)
    first, *extents = stmt.operands
    if cell := _last_trip(region, stmt):
        first = after.apply(memory.load, cell, integer(0), type=INT)
    total = first
    for extent in extents:
        total = after.apply(ops.mul, total, extent, type=INT)
    return total


def _last_trip(region: Region, stmt: Apply) -> Value | None:
    """A cell that holds the number of trips for which the buffer has grown, or None if it does not grow."""
    cell = Value(Array("int64", 1), f"{stmt.results[0].hint}_count")
    grows = False
    for inner in all_regions(region):
        body: list[Stmt] = []
        for each in inner.body:
            body.append(each)
            if not isinstance(each, Apply) or not each.primitive.grows:
                continue
            if each.operands[0] is stmt.results[0]:
                grows, builder = True, Builder(Region(body=body))
                used = each.operands[1]
                if each.primitive is memory.grow:
                    used = builder.apply(ops.add, used, integer(1), type=INT)
                builder.effect(memory.store, cell, integer(0), used)
        inner.body[:] = body
    if grows:
        region.body.insert(0, Apply(memory.alloc, (integer(1),), (cell,), Attributes(fill="zeros"), stmt.loc))
    return cell if grows else None
