"""Arrays of a trip, computed again in the backward trip instead of kept.

    for i in range(n):                        for i backwards:
        d = alloc(m)                              d = alloc(m)
        store(d, 0, c)                            store(d, 0, c)
        for k: store(d, k + 1, p[i, k] * q[k])    for k: store(d, k + 1, p[i, k] * q[k])
        ... reads d ...                           ... reads d ...

An array is made again if it is filled by cheap operations only, from scalars, which are saved if need be, and from
arrays that are at hand in the backward trip or can be made again themselves: a buffer with a row per trip would cost
more. Every element is stored at most once, and nothing reads the array before all of it is there (*complete*): what the
backward sweep finds in it is then right for all its reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adcompile.ad.frames import Frame
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, Const, For, Operand, Region, Stmt, Value, is_const
from adcompile.ir.primitive import Cost, Effect
from adcompile.ir.types import Array, is_float
from adcompile.ir.walk import Substitution, captures, clone_statement, mentions, statements
from adcompile.ops import memory, scalar

if TYPE_CHECKING:
    from adcompile.ad.residuals import Residuals

# How many arrays that are made again may be computed from each other.
DEEPEST = 6

_Writers = list[tuple[Stmt, int]]


def remake(state: Residuals, array: Value, alloc: Apply, frame: Frame) -> Value | None:
    """The array, made again at the builder's place; None if it must be kept."""
    writers = _writers(state, array, alloc, frame)
    if writers is None:
        return None
    extents = [state.need(o) for o in alloc.operands]
    used = {v: None for stmt, _ in writers for v in _used(stmt, array)}
    mapping: Substitution = {v: state.need(v) for v in used}
    made = state.builder.apply(memory.alloc, *extents, type=array.type, hint=array.hint, attrs=alloc.attrs)
    mapping[array] = made
    for stmt, _ in writers:
        state.builder.append(clone_statement(stmt, mapping))
    for name in used:
        if isinstance(name.type, Array):
            state.log_read(name, frame)
    return made


def _writers(state: Residuals, array: Value, alloc: Apply, frame: Frame, depth: int = 0) -> _Writers | None:
    """The statements that fill the array, with their positions; None if it cannot be made again from them."""
    if alloc.primitive is not memory.alloc:
        return None
    body = state.layout.bodies[frame.region]
    writers = [(stmt, k) for k, stmt in enumerate(body) if array in state.layout.writes[stmt]]
    if not writers or not all(_is_cheap_writer(stmt, array) for stmt, _ in writers):
        return None
    once = alloc.attrs.once and alloc.attrs.fill == "empty"
    if not (once and len(writers) == 1) and not _is_complete(body, writers, array):
        return None
    sources = [(o, k) for stmt, k in writers for o in _used(stmt, array)]
    free = all(is_free(state, o, frame, k, depth) for o, k in (*sources, *((o, writers[0][1]) for o in alloc.operands)))
    return writers if free else None


def _used(stmt: Stmt, array: Value) -> list[Value]:
    return [v for v in captures(Region(body=[stmt])) if v is not array]


def _is_complete(body: Sequence[Stmt], writers: _Writers, array: Value) -> bool:
    """Is every element stored at most once, and the array read only behind the last writer (*complete*)?"""
    last = writers[-1][1]
    filling = [stmt for stmt, _ in writers]
    early = (stmt for stmt in body[:last] if stmt not in filling and array not in stmt.results)
    if any(mentions(stmt, array) for stmt in early):
        return False
    places = [_place(stmt, array) for stmt in filling]
    known = [place for place in places if place is not None]
    pairs = ((one, other) for k, one in enumerate(known) for other in known[:k])
    return len(known) == len(places) and all(_are_apart(*pair) for pair in pairs)


@dataclass(frozen=True, slots=True)
class _Span:
    """An index along one axis: `low`, or that and more as a loop runs."""

    low: int
    moves: bool


def _place(stmt: Stmt, array: Value) -> tuple[_Span, ...] | None:
    """Where a writer stores, if it does so once to each element; None if that is not seen."""
    inner = list(statements(Region(body=[stmt])))
    stores = [s for s in inner if isinstance(s, Apply) and s.primitive is memory.store]
    loops = {index_of(s): s for s in inner if isinstance(s, For)}
    reads = any(isinstance(s, Apply) and s not in stores and array in s.operands for s in inner)
    if len(stores) != 1 or reads:
        return None
    defined = {r: s for s in inner if isinstance(s, Apply) for r in s.results}
    moving: set[Operand] = set()
    spans = [_span(index, loops, defined, moving) for index in stores[0].operands[1:-1]]
    found = tuple(span for span in spans if span is not None)
    return found if len(found) == len(spans) and len(moving) == len(loops) else None


def _span(index: Operand, loops: dict[Value, For], defined: dict[Value, Apply], moving: set[Operand]) -> _Span | None:
    if isinstance(index, Const):
        return _Span(int(index.value), moves=False) if index.value >= 0 else None
    offset = 0
    stmt = defined.get(index)
    if stmt is not None and stmt.primitive is scalar.add:
        index, shift = sorted(stmt.operands, key=lambda o: isinstance(o, Const))
        if not isinstance(shift, Const):
            return None
        offset = int(shift.value)
    loop = loops.get(index) if isinstance(index, Value) else None
    if loop is None or index in moving or not is_const(loop.step, 1) or not isinstance(loop.start, Const):
        return None
    moving.add(index)
    low = int(loop.start.value) + offset
    return _Span(low, moves=True) if low >= 0 else None


def _are_apart(one: tuple[_Span, ...], other: tuple[_Span, ...]) -> bool:
    """Do two writers surely store to different elements?"""
    for a, b in zip(one, other, strict=True):
        fixed = not (a.moves or b.moves) and a.low != b.low
        if fixed or (a.moves and not b.moves and a.low > b.low) or (b.moves and not a.moves and b.low > a.low):
            return True
    return False


def _is_cheap_writer(stmt: Stmt, array: Value) -> bool:
    inner = list(statements(Region(body=[stmt])))
    depth = array.type.ndim  # type: ignore[union-attr]
    return all(_is_cheap(s, array) for s in inner) and sum(isinstance(s, For) for s in inner) <= depth


def _is_cheap(stmt: Stmt, array: Value) -> bool:
    if isinstance(stmt, For):
        return not stmt.results and not stmt.exits
    if not isinstance(stmt, Apply):
        return False
    if stmt.primitive is memory.store:
        return stmt.operands[0] is array
    cost = stmt.primitive.cost
    if stmt.primitive.elementwise:
        return cost is Cost.CHEAP or (cost is Cost.MODERATE and not is_float(stmt.results[0].type))
    return stmt.primitive is memory.load


def is_free(state: Residuals, operand: Operand, frame: Frame, since: int, depth: int = 0) -> bool:
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
        at_hand = home is state.frames[0] or operand in home.known or _is_free_name(state, operand, frame, since)
        return at_hand or _can_be_remade(state, operand, frame, depth)
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
    if not isinstance(stmt, Apply) or stmt.primitive.shares is None:
        return False
    return all(is_free(state, o, frame, since) for o in stmt.operands)


def _can_be_remade(state: Residuals, array: Value, frame: Frame, depth: int) -> bool:
    """Is it an array of the same trip that can be made again as well?"""
    stmt = state.layout.definition(array)
    if state.frame_of(array) is not frame or not isinstance(stmt, Apply) or depth >= DEEPEST:
        return False
    return _writers(state, array, stmt, frame, depth + 1) is not None
