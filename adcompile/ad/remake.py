"""Small arrays of a trip, computed again in the backward trip instead of kept.

    for i in range(n):                        for i backwards:
        d = alloc(3)                              d = alloc(3)
        for k: store(d, k, p[i, k] - c[k])        for k: store(d, k, p[i, k] - c[k])
        ... reads d ...                           ... reads d ...

An array is made again if it is filled by one nest of loops, once, by cheap operations only, from arrays that are at
hand in the backward trip and from scalars, which are saved if need be: a buffer with a row per trip would cost more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adcompile.ad.frames import Frame
from adcompile.ir.nodes import Apply, Const, For, Operand, Region, Stmt, Value
from adcompile.ir.types import Array
from adcompile.ir.walk import Substitution, captures, clone_statement, statements
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.ops.primitive import Effect

if TYPE_CHECKING:
    from adcompile.ad.residuals import Residuals

CHEAP = (ops.add, ops.sub, ops.mul, ops.neg, ops.div, ops.select, ops.cast, ops.maximum, ops.minimum, ops.abs_)
INTEGERS = (*CHEAP, ops.floordiv, ops.mod, *ops.COMPARISONS, *ops.LOGICAL)


def remake(state: Residuals, array: Value, alloc: Apply, frame: Frame) -> Value | None:
    """The array, made again at the builder's place; None if it must be kept."""
    filled = _fill(state, array, alloc, frame)
    if filled is None:
        return None
    nest, position = filled
    used = [v for v in captures(Region(body=[nest])) if v is not array]
    if not all(is_free(state, o, frame, position) for o in (*used, *alloc.operands)):
        return None
    extents = [state.need(o) for o in alloc.operands]
    mapping: Substitution = {v: state.need(v) for v in used}
    made = state.builder.apply(memory.alloc, *extents, type=array.type, hint=array.hint, **alloc.attrs)
    mapping[array] = made
    state.builder.append(clone_statement(nest, mapping))
    for name in used:
        if isinstance(name.type, Array):
            state.log_read(name, frame)
    return made


def _fill(state: Residuals, array: Value, alloc: Apply, frame: Frame) -> tuple[Stmt, int] | None:
    """The one nest that fills the array, and its position."""
    if alloc.primitive is not memory.alloc or not alloc.attrs.get("once") or alloc.attrs.get("fill") != "empty":
        return None
    body = state.layout.bodies[frame.region]
    writers = [(stmt, k) for k, stmt in enumerate(body) if array in state.layout.writes[stmt]]
    if len(writers) != 1 or not isinstance(writers[0][0], For) or writers[0][0].results:
        return None
    depth = array.type.ndim  # type: ignore[union-attr]
    inner = list(statements(Region(body=[writers[0][0]])))
    is_cheap = all(_is_cheap(stmt, array) for stmt in inner)
    return writers[0] if is_cheap and sum(isinstance(s, For) for s in inner) <= depth else None


def _is_cheap(stmt: Stmt, array: Value) -> bool:
    if isinstance(stmt, For):
        return not stmt.results and not stmt.exits
    if not isinstance(stmt, Apply):
        return False
    if stmt.primitive is memory.store:
        return stmt.operands[0] is array
    return stmt.primitive in INTEGERS or stmt.primitive is memory.load


def is_free(state: Residuals, operand: Operand, frame: Frame, since: int) -> bool:
    """Is the operand at hand in the backward trip, with at most a scalar saved for it?

    Arrays must not have been written after position `since` of the frame's region.
    """
    if isinstance(operand, Const):
        return True
    home = state.frame_of(operand)
    if isinstance(operand.type, Array):
        root = state.layout.root_of(operand)
        if state.layout.is_clobbered(root, frame.region, since, frame.cur):
            return False
        return home is state.frames[0] or operand in home.known or _is_free_name(state, operand, frame, since)
    if home is state.frames[0] or operand in home.known:
        return True
    stmt = state.layout.definition(operand)
    if not isinstance(stmt, Apply):
        return True
    if stmt.primitive is memory.load:
        array = stmt.operands[0]
        assert isinstance(array, Value)
        position = state.layout.homes[operand].index
        if state.layout.is_clobbered(state.layout.root_of(array), home.region, position + 1, home.cur):
            return False
        if state.frame_of(array) is not state.frames[0]:
            return False
    elif stmt.primitive.effect is not Effect.PURE:
        return False
    return all(is_free(state, o, frame, since) for o in stmt.operands)


def _is_free_name(state: Residuals, array: Value, frame: Frame, since: int) -> bool:
    """A row or another shape of an array at hand."""
    stmt = state.layout.definition(array)
    if not isinstance(stmt, Apply) or stmt.primitive not in memory.NAMING:
        return False
    return all(is_free(state, o, frame, since) for o in stmt.operands)
