"""The adjoint of one primitive: a scalar operation, a load, a store, a library call.

v = op(x, y)       x_bar += dv/dx v_bar; y_bar += dv/dy v_bar
v = A[i]           A_bar[i] += v_bar
A[i] = v           v_bar += A_bar[i]; A_bar[i] = 0; A[i] = what it held before, where that is read again
A[i] = A[i] + e    e_bar += A_bar[i]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adcompile.ad import library
from adcompile.ad.frames import Conditional
from adcompile.ad.guards import is_singular
from adcompile.ad.sweep import strong
from adcompile.ad.vectors import mark_load, tell_operand, tell_stored
from adcompile.ir.attributes import NONE
from adcompile.ir.nodes import Apply, Const, Operand, Role, Value, cotangent_of, real
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import BOOL, Scalar, element
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.rules.emission import Leaves, emit
from adcompile.rules.table import NONDIFFERENTIABLE, RULES

if TYPE_CHECKING:
    from adcompile.ad.reverse import Reversal


def reverse_apply(state: Reversal, stmt: Apply) -> None:
    """The adjoint of one primitive."""
    if stmt.primitive is memory.store:
        _reverse_store(state, stmt)
    elif stmt.primitive is memory.load:
        cotangent = state.sweep.take(stmt.results[0])
        if cotangent is not None and state.sweep.is_active(stmt.operands[0]):
            place = state.sweep.place(stmt.operands[0], stmt.operands[1:])
            mark_load(state.sweep, stmt, cotangent)
            state.sweep.accumulate(stmt.operands[0], place, cotangent)
    elif stmt.primitive.routine is not None:
        library.reverse_call(state.sweep, state.guards, stmt)
    elif stmt.primitive.elementwise:
        _reverse_scalar(state, stmt)


def _reverse_scalar(state: Reversal, stmt: Apply) -> None:
    """z = op(x, ...):  x_bar += g * dz/dx for every active operand."""
    cotangent = state.sweep.take(stmt.results[0])
    if cotangent is None or stmt.primitive in NONDIFFERENTIABLE:
        return
    for position, operand in enumerate(stmt.operands):
        if RULES[stmt.primitive].cotangents[position] is not None and state.sweep.is_active(operand):
            before = len(state.builder.region.body)
            found = _contribution(state, stmt, position, cotangent)
            if any(found in made.results for made in state.builder.region.body[before:]):
                tell_operand(state.sweep, found, cotangent, _condition(state, stmt, position))
            state.sweep.add(operand, found)


def _contribution(state: Reversal, stmt: Apply, position: int, cotangent: Operand) -> Operand:
    """g * dz/dx, zero where g is a zero that must stay one."""
    if stmt.primitive is ops.select:
        return _chosen(state, stmt, position, cotangent)
    conditional = state.sweep.frame.conditional
    if isinstance(cotangent, Const):
        return _partial(state, stmt, position, cotangent)
    assert isinstance(cotangent, Value)
    known = state.sweep.condition_of(cotangent)
    if not state.guards.is_needed(stmt, position):
        found = _partial(state, stmt, position, cotangent)
        if known is not None and isinstance(found, Value) and found is not cotangent:
            conditional[found] = Conditional(known.condition, _partial(state, stmt, position, known.value))
        return found
    if known is None or (is_singular(stmt) and known.value is not cotangent):
        zero = real(0.0, Scalar(cotangent.type.dtype))
        known = Conditional(state.builder.apply(ops.ne, cotangent, zero, type=BOOL), cotangent)
        conditional[cotangent] = known
    return state.sweep.kept(Conditional(known.condition, _partial(state, stmt, position, known.value)))


def _chosen(state: Reversal, stmt: Apply, position: int, cotangent: Operand) -> Operand:
    """The cotangent of what a `select` chooses; what it does not choose has a zero."""
    found = _partial(state, stmt, position, cotangent)
    if state.guards.is_certain(stmt) and isinstance(found, Value) and found is not cotangent:
        condition = _condition(state, stmt, position)
        assert condition is not None
        state.sweep.frame.conditional[found] = Conditional(condition, cotangent)
    return found


def _condition(state: Reversal, stmt: Apply, position: int) -> Operand | None:
    """Where a `select` chooses the operand; None for other operations."""
    if stmt.primitive is not ops.select:
        return None
    condition = state.sweep.residuals.need(stmt.operands[0])
    return state.builder.apply(ops.not_, condition, type=BOOL) if position == 2 else condition


def _partial(state: Reversal, stmt: Apply, position: int, cotangent: Operand) -> Operand:
    """The rule's expression for one operand."""
    primal = {"z": stmt.results[0], **{f"x{k}": operand for k, operand in enumerate(stmt.operands)}}

    def named(name: str) -> Operand:
        return cotangent if name == "g" else state.sweep.residuals.need(primal[name])

    def computed(primitive: Primitive, names: tuple[str, ...]) -> Operand | None:
        if "g" in names:
            return None
        return state.computed(primitive, tuple(primal[name] for name in names))

    expr, operand = RULES[stmt.primitive].cotangents[position], stmt.operands[position]
    assert expr is not None and isinstance(operand, Value)
    found = emit(expr, Leaves(named, computed), state.builder, strong(operand))
    if not state.guards.is_root_of_squares(stmt):
        return found
    zero, root = real(0.0, Scalar(found.type.dtype)), state.sweep.residuals.need(stmt.results[0])
    nonzero = state.builder.apply(ops.ne, root, zero, type=BOOL)
    return state.builder.apply(ops.select, nonzero, found, zero, type=Scalar(found.type.dtype))


def _reverse_store(state: Reversal, stmt: Apply) -> None:
    array, *index, _ = stmt.operands
    assert isinstance(array, Value)
    residuals, frame = state.sweep.residuals, state.sweep.frame
    restored = state.numbers[stmt] in state.restore
    if not (restored or state.sweep.is_active(array)):
        return
    at = tuple(map(residuals.need, index))
    residuals.forward_from_memory(stmt, at)
    if state.sweep.is_active(array):
        _pull(state, stmt, array, state.sweep.place(array, tuple(index)))
    if restored:
        old = Value(element(array.type), f"{array.hint}_old" if array.hint else "old", role=Role.RESIDUAL)
        with residuals.buffers.inserting(frame.region, frame.cur):
            state.builder.append(Apply(memory.load, (array, *index), (old,), NONE, stmt.loc))
        saved = residuals.save_after(old, frame, frame.cur)
        state.builder.effect(memory.store, residuals.need(array), *at, saved)


def _pull(state: Reversal, stmt: Apply, array: Value, at: tuple[Operand, ...]) -> None:
    """v_bar += A_bar[i]; A_bar[i] = 0, or for A[i] = A[i] + e just e_bar += A_bar[i]."""
    stored, target = stmt.operands[-1], state.sweep.shadow(array)
    added = _accumulated(state, stmt)
    addend = stored if added is None else added[0]
    if isinstance(addend, Value) and state.sweep.is_active(addend):
        pulled: Operand = state.builder.apply(memory.load, target, *at, type=strong(addend), **cotangent_of(addend))
        if added is not None and added[1] is ops.sub:
            pulled = state.builder.apply(ops.neg, pulled, type=strong(addend), **cotangent_of(addend))
        tell_stored(state.sweep, array, stmt.operands[1:-1], pulled)
        state.sweep.add(addend, pulled)
    if added is None and not _is_once(state, array):
        state.builder.effect(memory.store, target, *at, real(0.0, element(target.type)))


def _accumulated(state: Reversal, stmt: Apply) -> tuple[Operand, Primitive] | None:
    """For A[i] = A[i] + e or A[i] - e: e and the operation. The cotangent of A[i] then stays what it is."""
    array, *index, stored = stmt.operands
    define = state.layout.definition
    update = define(stored) if isinstance(stored, Value) else None
    if not isinstance(update, Apply) or update.primitive not in (ops.add, ops.sub) or state.uses[update.results[0]] > 1:
        return None
    pairs = [update.operands] if update.primitive is ops.sub else [update.operands, update.operands[::-1]]
    for before, addend in pairs:
        load = define(before) if isinstance(before, Value) else None
        if not isinstance(load, Apply) or load.primitive is not memory.load or state.uses[load.results[0]] > 1:
            continue
        if load.operands != (array, *index) or state.layout.places[load][0] is not state.sweep.frame.region:
            continue
        first, last = state.layout.places[load][1], state.layout.places[stmt][1]
        assert isinstance(array, Value)
        if not state.layout.is_clobbered(state.layout.root_of(array), state.sweep.frame.region, first, last - 1):
            return addend, update.primitive
    return None


def _is_once(state: Reversal, array: Value) -> bool:
    """Does every element of the shadow stand for one element, which is stored exactly once, before it is read?"""
    stmt = state.layout.definition(state.layout.root_of(array))
    return isinstance(stmt, Apply) and bool(stmt.attrs.once) and not stmt.attrs.every_trip
