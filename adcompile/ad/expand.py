"""Arrays made in every trip, when the backward sweep reads their contents: one row of a buffer per trip.

    for t in range(T):                    rows = alloc(T, n)
        h = alloc(n)                      for t in range(T):
        ...                                   h = row(rows, t)
                                              ...

So nothing is copied, and the backward trip finds its `h` again. An array made in a branch moves in front of it.
"""

from __future__ import annotations

from adcompile.ad.frames import Layout, trip_count, trip_number
from adcompile.ad.loops import copy_elements
from adcompile.errors import InternalError, UnsupportedError
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, Const, For, Operand, Region, Stmt, Value
from adcompile.ir.types import INT, Array
from adcompile.ops import memory
from adcompile.ops.primitive import Effect


def expand(region: Region, layout: Layout, array: Value) -> None:
    """Rewrite the program in place so that `array` lives in a buffer made before the outermost loop."""
    home = layout.homes[array]
    path = layout.path(home.region, home.index)
    loops = [r.body[k] for r, k in path[:-1] if not hasattr(r.body[k], "cond")]
    outermost = path[0][1]
    stmt = home.region.body[home.index]
    assert isinstance(stmt, Apply)
    lift = _Lift(layout, region, Builder(Region()))
    counts = [lift.count(loop, stmt) for loop in loops]
    extents = [lift.extent(array, axis) for axis in range(array.type.ndim)]  # type: ignore[union-attr]
    here, before = Builder(Region()), lift.builder
    # What a library call makes is copied, each element once.
    once = bool(stmt.attrs.get("once")) or stmt.primitive is memory.matmul
    attrs = {"fill": stmt.attrs.get("fill", "empty"), "once": once}
    with here.at(stmt.loc):
        if loops:
            type_ = Array(array.type.dtype, len(counts) + len(extents))
            rows = before.apply(memory.alloc, *counts, *extents, type=type_, hint=array.hint, **attrs)
            private = {"once": attrs["once"], "private": True}
            here.append(Apply(memory.row, (rows, *_trips(here, loops)), (array,), private, stmt.loc))
        else:
            before.append(Apply(memory.alloc, tuple(extents), (array,), attrs, stmt.loc))
        if stmt.primitive is memory.matmul:
            product = here.apply(memory.matmul, *stmt.operands, type=array.type, hint=array.hint, **stmt.attrs)
            copy_elements(here, product, array, extents)
    home.region.body[home.index : home.index + 1] = here.region.body
    region.body[outermost:outermost] = before.region.body


def _trips(here: Builder, loops: list[Stmt]) -> list[Operand]:
    """The numbers of the trips, in the innermost loop."""
    found = []
    for loop in loops:
        assert isinstance(loop, For)
        found.append(trip_number(here, loop, loop.body.params[0], loop.start, loop.step))
    return found


class _Lift:
    """Pure integer computations, repeated in front of the outermost loop."""

    def __init__(self, layout: Layout, region: Region, builder: Builder) -> None:
        self.layout = layout
        self.region = region
        self.builder = builder
        self.lifted: dict[Value, Operand] = {}

    def operand(self, operand: Operand) -> Operand:
        """The operand's value, computed outside all loops."""
        if isinstance(operand, Const) or self.layout.homes[operand].region is self.region:
            return operand
        if operand not in self.lifted:
            stmt = self.layout.definition(operand)
            if not isinstance(stmt, Apply) or stmt.primitive.effect is not Effect.PURE:
                raise UnsupportedError(
                    "an array made in every trip of a loop changes its size from trip to trip",
                    operand.loc,
                    "Make it once before the loop, with the largest size.",
                )
            operands = [self.operand(o) for o in stmt.operands]
            self.lifted[operand] = self.builder.apply(stmt.primitive, *operands, type=operand.type, **stmt.attrs)
        return self.lifted[operand]

    def count(self, loop: Stmt, stmt: Apply) -> Operand:
        """The trip count of a loop."""
        if not isinstance(loop, For):
            raise UnsupportedError("an array is made in every trip of a `while`", stmt.loc, "Make it before the loop.")
        return trip_count(self.builder, *(self.operand(o) for o in (loop.start, loop.stop, loop.step)))

    def extent(self, array: Operand, axis: int) -> Operand:
        """The extent of an array along an axis."""
        assert isinstance(array, Value)
        match self.layout.definition(array):
            case Apply(primitive=memory.alloc) as stmt:
                return self.operand(stmt.operands[axis])
            case Apply(primitive=memory.reshape) as stmt:
                return self.operand(stmt.operands[1 + axis])
            case Apply(primitive=memory.row) as stmt:
                return self.extent(stmt.operands[0], axis + len(stmt.operands) - 1)
            case Apply(primitive=memory.alloc_like) as stmt:
                return self.extent(stmt.operands[0], axis)
            case Apply(primitive=memory.matmul) as stmt:
                ndim = stmt.operands[0].type.ndim  # type: ignore[union-attr]
                position, own = memory.product_extent(ndim, stmt.attrs["transpose"], axis)
                return self.extent(stmt.operands[position], own)
            case None:
                return self.builder.apply(memory.dim, array, type=INT, axis=axis)
            case _:
                raise InternalError(f"the extent of {array.hint} is not known", "expand")
