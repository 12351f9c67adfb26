"""Stores: into a view, at arrays of ints, where a mask is true.

What the right-hand side reads of the same memory elsewhere is computed before the first store, and so is every pending
expression that reads it (rule M3).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, Operand, Region, Value, integer
from adcompile.ir.types import BOOL, INT, Array
from adcompile.lowering.arrays import Copied, Elementwise, Gather, Memory, Node, View, aligned
from adcompile.lowering.emitter import Index
from adcompile.lowering.indices import picks
from adcompile.lowering.maps import Axis
from adcompile.lowering.nests import Nest
from adcompile.ops import memory
from adcompile.ops import scalar as ops

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


def lower_assign(state: Lowering, stmt: Apply) -> None:
    """A loop nest of stores. What the right-hand side reads of the same memory elsewhere is computed before."""
    target = state.memory(stmt.operands[0])
    base = base_of(target)
    value = _settled(state, stmt.operands[1], target, apart=False)
    state.before_write(base)
    state.fill(target, value)


def lower_append(state: Lowering, stmt: Apply) -> None:
    """One more element at the end."""
    target = state.whole(stmt.operands[0])
    state.before_write(target.base)
    count, value = map(state.scalar, stmt.operands[1:])
    state.builder.effect(memory.grow, target.root, count)
    state.builder.effect(memory.store, target.root, count, value)


def base_of(target: Memory | View) -> Value:
    """The array whose memory is written."""
    if isinstance(target, Memory):
        return target.base
    assert isinstance(target.base, Memory)
    return target.base.base


def reads_in_place(value: Node, target: Memory | View) -> bool:
    """Is each element of the target's memory read only where the same element is computed?"""
    base = base_of(target)
    if base not in value.reads:
        return True
    match value:
        case Memory():
            return isinstance(target, Memory) and value.root is target.root
        case View() if isinstance(value.base, Memory):
            if isinstance(target, Memory):
                return value.base.root is target.root and all(
                    isinstance(m, Axis) and m.axis == k and m.is_identity for k, m in enumerate(value.maps)
                )
            return value.base is target.base and value.maps == target.maps
        case Copied():
            return reads_in_place(value.base, target)
        case Elementwise():
            same = (o for o in value.operands if isinstance(o, Node))
            return all(reads_in_place(o, target) and (base not in o.reads or o.dims == target.dims) for o in same)
        case _:
            return False


def lower_scatter(state: Lowering, stmt: Apply) -> None:
    """x[i] = v in the order of i: of several stores to one element the last one stays."""
    target = state.memory(stmt.operands[0])
    value = _settled(state, stmt.operands[1], target)
    assert isinstance(value, Node)
    chosen, width = picks(state, stmt, stmt.operands[2:], target)
    place = Gather(
        value.dims,
        target.dtype,
        base=target,
        picks=chosen,
        front=stmt.attrs.front,
        width=width,
        message=stmt.attrs.message,
    )
    state.before_write(base_of(target))

    def body(index: Index) -> None:
        stored = value.at(state.emitter, index)
        root, at = state.locate(target, place.place(state.emitter, index))
        state.builder.effect(memory.store, root, *at, stored)

    Nest(state.emitter, value.dims, (value, place), order_free=False).run(body)


def lower_assign_where(state: Lowering, stmt: Apply) -> None:
    """x[mask] = v"""
    target = state.memory(stmt.operands[0])
    mask = _settled(state, stmt.operands[1], target, apart=True)
    assert isinstance(mask, Node)
    mode = stmt.attrs.mode
    value = _settled(state, stmt.operands[2], target, apart=mode != "aligned")
    state.before_write(base_of(target))
    if mode == "packed":
        assert isinstance(value, Node)
        _unpack(state, target, mask, value)
        return

    def body(index: Index) -> None:
        chosen = mask.at(state.emitter, index[: len(mask.dims)])

        def store() -> None:
            element = value.at(state.emitter, aligned(value, index)) if isinstance(value, Node) else value
            root, at = state.locate(target, index)
            state.builder.effect(memory.store, root, *at, element)

        _where(state.builder, chosen, store)

    maps = tuple(Axis(k) for k in range(len(mask.dims)))
    Nest(state.emitter, target.dims, (View(target.dims, mask.dtype, base=mask, maps=maps),)).run(body)


def _unpack(state: Lowering, target: Memory | View, mask: Node, value: Node) -> None:
    """The k-th place where the mask is true takes the k-th part of the value."""
    emitter, builder = state.emitter, state.builder
    count = state.new_root((integer(1),), "int64", hint="count", fill="zeros")

    def body(index: Index) -> None:
        def store() -> None:
            k = builder.apply(memory.load, count.root, integer(0), type=INT)
            fits = builder.apply(ops.lt, k, value.dims[0], type=BOOL)
            _require_fit(builder, fits, value)
            rest = tuple(d for d in target.dims[len(mask.dims) :])

            def part(inner: Index) -> None:
                root, at = state.locate(target, (*index, *inner))
                builder.effect(memory.store, root, *at, value.at(emitter, (k, *inner)))

            Nest(emitter, rest, ()).run(part)
            following = builder.apply(ops.add, k, integer(1), type=INT)
            builder.effect(memory.store, count.root, integer(0), following)

        _where(builder, mask.at(emitter, index), store)

    Nest(emitter, mask.dims, (mask,), order_free=False).run(body)
    used = builder.apply(memory.load, count.root, integer(0), type=INT)
    _require_fit(builder, builder.apply(ops.eq, used, value.dims[0], type=BOOL), value)


def _require_fit(builder: Builder, ok: Operand, value: Node) -> None:
    message = "boolean array indexing assignment: {} input values do not match the output values where the mask is true"
    builder.effect(memory.require, ok, value.dims[0], error="ValueError", message=message)


def _where(builder: Builder, cond: Operand, store) -> None:  # type: ignore[no-untyped-def]
    region = Region()
    with builder.into(region):
        store()
    builder.if_(cond, region, Region())


def _settled(state: Lowering, operand: Operand, target: Memory | View, *, apart: bool = True) -> Node | Operand:
    """The operand, computed before if it reads the target's memory (elsewhere than in place, if not `apart`)."""
    if not (isinstance(operand, Value) and isinstance(operand.type, Array)):
        return state.scalar(operand)
    value = state.node(operand)
    if base_of(target) not in value.reads or (not apart and reads_in_place(value, target)):
        return value
    addend = None if apart else _addend(value, target)
    if addend is None:
        return state.fill_new(value, "")
    assert isinstance(value, Elementwise)
    made = state.fill_new(addend, "")
    return replace(value, operands=tuple(made if o is addend else o for o in value.operands))


def _addend(value: Node, target: Memory | View) -> Node | None:
    """What reads the memory elsewhere, if it is added to the target in place: its adjoint adds as well."""
    if not isinstance(value, Elementwise) or value.primitive not in (ops.add, ops.sub):
        return None
    nodes = [o for o in value.operands if isinstance(o, Node)]
    apart = [o for o in nodes if not reads_in_place(o, target) or o.dims != target.dims]
    return apart[0] if len(nodes) == 2 and len(apart) == 1 and base_of(target) in apart[0].reads else None
