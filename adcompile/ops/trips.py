"""How many trips a loop makes, and which one has an index, as operations on integers.

trip_count(builder, 0, n, 1)        max(n, 0)
trip_count(builder, a, b, 2)        max(-(-(b - a) // 2), 0)
trip_count(builder, n, a, -1)       max(n - a, 0)
"""

from __future__ import annotations

from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Operand, integer, is_const
from adcompile.ir.types import INT
from adcompile.ops import scalar as ops


def trip_count(builder: Builder, start: Operand, stop: Operand, step: Operand) -> Operand:
    """How many trips range(start, stop, step) makes: max(0, ceil((stop - start) / step))."""
    span = stop if is_const(start, 0) else builder.apply(ops.sub, stop, start, type=INT)
    if not is_const(step, 1):
        # ceil(a / b) = -((-a) // b)
        negative = builder.apply(ops.neg, span, type=INT)
        span = builder.apply(ops.neg, builder.apply(ops.floordiv, negative, step, type=INT), type=INT)
    return builder.apply(ops.maximum, span, integer(0), type=INT)


def trip_number(builder: Builder, index: Operand, start: Operand, step: Operand) -> Operand:
    """Which trip (from 0) of range(start, stop, step) has this index: (index - start) // step."""
    # The loop runs, so its span has 64 bits and its step is not zero.
    offset = index if is_const(start, 0) else builder.apply(ops.sub, index, start, type=INT, overflow="never")
    return offset if is_const(step, 1) else builder.apply(ops.floordiv, offset, step, type=INT, overflow="never")
