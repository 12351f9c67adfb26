"""Which eigenvectors and singular vectors a program reads, found while it runs.

    w, v = eigh(a)                      v_read = [False, False, ...]
    s += w[k] * v[i, k]                 w_read[k] = v_read[k] = True, where the cotangents go back

A cotangent that is zero does not tell what is not used from what cancels: of log(w[k]) * v[i, k] * v[j, k] at the
identity all cotangents may be zero. So the backward sweep marks what it passes: one vector where an element is loaded,
all of them where a library call or the caller takes the array. A copy reads what it copies.
"""

from __future__ import annotations

from adcompile.ad.loops import nest
from adcompile.ad.sweep import Sweep
from adcompile.ir.nodes import Apply, Operand, Value, boolean
from adcompile.ir.types import Array
from adcompile.ops import memory
from adcompile.rules.matrices import VECTORS


def mark_element(sweep: Sweep, array: Operand, index: tuple[Operand, ...]) -> None:
    """The program reads the element, or with fewer indices, the elements behind them."""
    assert isinstance(array, Value)
    stmt = sweep.layout.definition(array)
    while isinstance(stmt, Apply) and stmt.primitive in memory.NAMING:
        array = stmt.operands[0]
        index = (*stmt.operands[1:], *index) if stmt.primitive is memory.row else ()
        assert isinstance(array, Value)
        stmt = sweep.layout.definition(array)
    if not isinstance(stmt, Apply) or stmt.primitive not in VECTORS:
        return
    axis, marks = VECTORS[stmt.primitive][stmt.results.index(array)], marks_of(sweep, array)
    if axis < len(index):
        at = sweep.residuals.need(index[axis])
        sweep.builder.effect(memory.store, marks, at, boolean(True))
    else:
        extent = sweep.extent(array, axis)
        nest(sweep.builder, [extent], lambda at: sweep.builder.effect(memory.store, marks, *at, boolean(True)))


def mark_whole(sweep: Sweep, array: Operand) -> None:
    """The program reads the array as a whole."""
    if isinstance(array.type, Array) and sweep.is_active(array):
        mark_element(sweep, array, ())


def marks_of(sweep: Sweep, array: Value) -> Value:
    """The marks of a result, made on first use where the array lives."""
    frame, stmt = sweep.residuals.frame_of(array), sweep.layout.definition(array)
    assert isinstance(stmt, Apply)
    if array not in frame.marks:
        axis = VECTORS[stmt.primitive][stmt.results.index(array)]
        hint = f"{array.hint}_read" if array.hint else "read"
        with sweep.builder.into(frame.out):
            extent = sweep.extent(array, axis)
            frame.marks[array] = sweep.builder.apply(
                memory.alloc, extent, type=Array("bool", 1, "C"), hint=hint, fill="zeros"
            )
    return frame.marks[array]
