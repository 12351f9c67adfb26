"""What each array operation of the graph becomes: a view, an expression, or memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from adcompile.errors import UnsupportedError
from adcompile.ir.nodes import Apply, Const, Operand, Value, integer, is_const
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import BOOL, INT, Array, Scalar, is_float
from adcompile.lowering.arenas import Arena
from adcompile.lowering.arrays import Copied, Elementwise, Memory, Node, Tabulated, View, compose, wrapped
from adcompile.lowering.emitter import Emitter, Index
from adcompile.lowering.indices import array_value, index_maps, lower_gather
from adcompile.lowering.library import lower_call
from adcompile.lowering.maps import ONE, ZERO, Along, Axis, Fixed, Map, regrouped, row_major
from adcompile.lowering.nests import Nest
from adcompile.lowering.pools import Pool
from adcompile.lowering.products import lower_product
from adcompile.lowering.reductions import Reduction, accumulator
from adcompile.lowering.stores import lower_append, lower_assign, lower_assign_where, lower_scatter
from adcompile.ops import array, library, memory
from adcompile.ops import scalar as ops

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


def lower_dim(state: Lowering, stmt: Apply) -> None:
    """The extent of an argument; of other arrays the front end knows it."""
    source = stmt.operands[0]
    assert isinstance(source, Value)
    axis = stmt.attrs.axis
    result = stmt.results[0]
    if source in state.nodes:
        state.scalars[result] = state.nodes[source].dims[axis]
    else:
        root = state.scalars[source]
        state.scalars[result] = state.builder.apply(memory.dim, root, type=INT, hint=result.hint, axis=axis)


def lower_stride(state: Lowering, stmt: Apply) -> None:
    """How an argument lies in memory: not the copy of it that the program may work on."""
    root, result = state.scalars[array_value(stmt.operands[0])], stmt.results[0]
    state.scalars[result] = state.builder.apply(memory.stride, root, type=INT, hint=result.hint, attrs=stmt.attrs)


def lower_index(state: Lowering, stmt: Apply) -> None:
    """Basic indexing: a view."""
    base = state.node(stmt.operands[0])
    maps = iter(index_maps(state, stmt.attrs.items, stmt.operands[1:], base))
    placed: list[Map] = []
    position = 0
    for item in stmt.attrs.items:
        if item != "new":
            mapping = next(maps)
            assert isinstance(mapping, Fixed | Axis)
            placed.append(Axis(position, mapping.offset, mapping.step) if isinstance(mapping, Axis) else mapping)
        position += item != "int"
    result = stmt.results[0]
    state.define(result, compose(state.emitter, base, placed, state.dims(result)))


def lower_element(state: Lowering, stmt: Apply) -> None:
    """One element. A plain root keeps the index as it is: there a negative one wraps by itself."""
    base = state.node(stmt.operands[0])
    raw = [state.scalar(o) for o in stmt.operands[1:]]
    if isinstance(base, Memory):
        index = tuple(raw)
    else:
        index = tuple(wrapped(state.emitter, i, d) for i, d in zip(raw, base.dims, strict=True))
    found = base.at(state.emitter, index)
    result = stmt.results[0]
    if isinstance(found, Value) and not found.hint:
        found.hint = result.hint
    state.scalars[result] = found


def lower_transpose(state: Lowering, stmt: Apply) -> None:
    """A view with the axes permuted."""
    base, perm, result = state.node(stmt.operands[0]), stmt.attrs.perm, stmt.results[0]
    maps = [Axis(perm.index(axis)) for axis in range(len(perm))]
    state.define(result, compose(state.emitter, base, maps, state.dims(result)))


def lower_broadcast(state: Lowering, stmt: Apply) -> None:
    """A view that repeats axes of extent 1 and adds axes in front."""
    base, result = state.trivial_or_node(array_value(stmt.operands[0])), stmt.results[0]
    dims = state.dims(result)
    added = len(dims) - len(base.dims)
    maps: list[Map] = [
        Fixed(integer(0)) if is_const(d, 1) and not is_const(dims[added + k], 1) else Axis(added + k)
        for k, d in enumerate(base.dims)
    ]
    state.define(result, compose(state.emitter, base, maps, dims))


def lower_reshape(state: Lowering, stmt: Apply) -> None:
    """Another name for a contiguous root; of other memory a copy, where that would do, or a view."""
    source, result = state.memory(stmt.operands[0]), stmt.results[0]
    is_root = isinstance(source, Memory) and source.root.type.layout == "C"  # type: ignore[union-attr]
    if not (is_root and stmt.attrs.sure) and not state.is_snapshot(result, stmt):
        if not stmt.attrs.sure:
            _copied(state, source, stmt)
            return
        state.define(result, _reshaped_view(state, source, stmt))
        return
    base, dims = state.whole(stmt.operands[0]), state.dims(result)
    state.define(result, _renamed(state, base, dims, result.hint))


def _copied(state: Lowering, source: Memory | View, stmt: Apply) -> None:
    """A copy that may be stored into, where nobody can tell or NumPy makes one: else the program raises."""
    result = stmt.results[0]
    if not state.takes_over(result, stmt):
        if not stmt.attrs.message:
            raise UnsupportedError(
                "this is a view or a copy, as the memory of the array has it, which is written to while it is in use",
                state.builder.loc,
                "Reshape a copy (`.copy()`), or index the array itself.",
            )
        copies = state.scalar(stmt.operands[-1])
        state.builder.effect(memory.require, copies, error="NotImplementedError", message=stmt.attrs.message)
    made = state.fill_new(source, result.hint, once=False)
    state.define(result, _renamed(state, made, state.dims(result), result.hint))


def _renamed(state: Lowering, base: Memory, dims: tuple[Operand, ...], hint: str) -> Memory:
    type_ = Array(base.dtype, len(dims))
    name = state.builder.apply(memory.reshape, base.root, *dims, type=type_, hint=hint)
    return Memory(dims, base.dtype, state.builder.loc, root=name, base=base.base)


def _reshaped_view(state: Lowering, source: Memory | View, stmt: Apply) -> View:
    """A view of contiguous memory under another shape, or of the elements by their logical indices."""
    dims = state.dims(stmt.results[0])
    if not isinstance(source, View) or len(source.dims) == 1 or not _is_contiguous(source):
        return compose(state.emitter, source, regrouped(state.emitter, source.dims, dims), dims)
    root = source.base
    assert isinstance(root, Memory)
    start = source.locate(state.emitter, tuple(ZERO for _ in source.dims))
    offset: Operand = ZERO
    total: Operand = ONE
    for at, extent in zip(start, root.dims, strict=True):
        offset = state.emitter.int_op(ops.add, state.emitter.int_op(ops.mul, offset, extent), at)
        total = state.emitter.int_op(ops.mul, total, extent)
    flat = root if len(root.dims) == 1 else _renamed(state, root, (total,), root.root.hint)
    return View(dims, source.dtype, base=flat, maps=(Along(offset, row_major(state.emitter, dims)),))


def _is_contiguous(source: View) -> bool:
    """Are the elements one behind the other in the memory of a root in C order: x[i, j, k:l]?"""
    root, maps = source.base, list(source.maps)
    if not isinstance(root, Memory) or root.root.type.layout != "C":  # type: ignore[union-attr]
        return False
    first = next((k for k, mapping in enumerate(maps) if isinstance(mapping, Axis)), len(maps))
    rest = maps[first:]
    if not all(isinstance(mapping, Fixed) for mapping in maps[:first]) or len(rest) != len(source.dims):
        return False
    ordered = all(isinstance(m, Axis) and m.axis == k and is_const(m.step, 1) for k, m in enumerate(rest))
    return (
        ordered and all(m == Axis(k + 1) for k, m in enumerate(rest[1:])) and source.dims[1:] == root.dims[first + 1 :]
    )


def lower_full(state: Lowering, stmt: Apply) -> None:
    """A constant expression, or an allocation if the array is written to."""
    result, value = stmt.results[0], state.scalar(stmt.operands[0])
    dims, fill = state.dims(result), stmt.attrs.fill
    shared = state.shared.get(result)
    if shared is not None and (fill == "absent" or (fill == "empty" and isinstance(shared, Pool | Arena))):
        shared.birth(state, result, None)
        return
    if result in state.written and not isinstance(shared, Pool | Arena) and fill in ("zeros", "empty"):
        root = state.new_root(dims, result.type.dtype, hint=result.hint, fill=fill)
        state.define(result, root)
        return
    state.define(result, Tabulated(dims, result.type.dtype, formula=lambda emitter, index: value))


def lower_arange(state: Lowering, stmt: Apply) -> None:
    """start + k * step"""
    result = stmt.results[0]
    start, step = map(state.scalar, stmt.operands)
    type_ = Scalar(result.type.dtype)

    def formula(emitter: Emitter, index: Index) -> Operand:
        position = index[0]
        if type_ != INT:
            position = emitter.builder.apply(ops.cast, position, type=type_)
        if not is_const(step, 1):
            position = emitter.builder.apply(ops.mul, position, step, type=type_)
        if is_const(start, 0):
            return position
        return emitter.builder.apply(ops.add, start, position, type=type_)

    state.define(result, Tabulated(state.dims(result), type_.dtype, formula=formula))


def lower_eye(state: Lowering, stmt: Apply) -> None:
    """1 where column - row = k"""
    result, k = stmt.results[0], stmt.attrs.k
    type_ = Scalar(result.type.dtype)
    one, zero = (Const(float(n) if is_float(type_) else type(_zero(type_))(n), type_) for n in (1, 0))

    def formula(emitter: Emitter, index: Index) -> Operand:
        row, column = index
        on = emitter.builder.apply(ops.eq, column, emitter.int_op(ops.add, row, integer(k)), type=BOOL)
        return emitter.builder.apply(ops.select, on, one, zero, type=type_)

    state.define(result, Tabulated(state.dims(result), type_.dtype, formula=formula))


def _zero(type_: Scalar) -> bool | int:
    return False if type_.dtype == "bool" else 0


def lower_copy(state: Lowering, stmt: Apply) -> None:
    """The elements of a new array."""
    source, result = state.node(stmt.operands[0]), stmt.results[0]
    state.define(result, Copied(source.dims, source.dtype, base=source))


def lower_concatenate(state: Lowering, stmt: Apply) -> None:
    """One loop nest per part, behind each other in a new root."""
    result, axis = stmt.results[0], stmt.attrs.axis
    dims = state.dims(result)
    parts = [state.node(o) for o in stmt.operands]
    target = state.new_root(dims, result.type.dtype, hint=result.hint, once=result not in state.written)
    offset: Operand = integer(0)
    for part in parts:
        maps = tuple(Axis(k, offset if k == axis else integer(0)) for k in range(len(dims)))
        state.fill(View(part.dims, target.dtype, base=target, maps=maps), part)
        offset = state.emitter.int_op(ops.add, offset, part.dims[axis])
    state.define(result, target)


def lower_diag(state: Lowering, stmt: Apply) -> None:
    """Zeros, and the vector on a diagonal: every element is stored at most once."""
    result, k = stmt.results[0], stmt.attrs.k
    vector = state.node(stmt.operands[0])
    once = result not in state.written
    target = state.new_root(state.dims(result), result.type.dtype, hint=result.hint, fill="zeros", once=once)
    maps = (Axis(0, integer(max(-k, 0))), Axis(0, integer(max(k, 0))))
    state.fill(View(vector.dims, target.dtype, base=target, maps=maps), vector)
    state.define(result, target)


def lower_diagonal(state: Lowering, stmt: Apply) -> None:
    """x[..., i, i + k]"""
    base, result, k = state.node(stmt.operands[0]), stmt.results[0], stmt.attrs.k
    last = len(base.dims) - 2
    maps = (*map(Axis, range(last)), Axis(last, integer(max(-k, 0))), Axis(last, integer(max(k, 0))))
    state.define(result, compose(state.emitter, base, maps, state.dims(result)))


def lower_reduction(state: Lowering, stmt: Apply) -> None:
    """An expression where the last axes are reduced; over other axes, sums accumulate in memory."""
    result, axes = stmt.results[0], tuple(stmt.attrs.axes)
    kind = stmt.primitive.name
    base = state.node(stmt.operands[0]) if kind == "sum" else state.trivial_or_node(array_value(stmt.operands[0]))
    kept = [k for k in range(len(base.dims)) if k not in axes]
    dims = tuple(base.dims[k] for k in kept)
    if not kept:
        reduction = Reduction((), result.type.dtype, base=base, axes=axes, kind=kind, name=result.hint)
        state.scalars[result] = reduction.at(state.emitter, ())
    elif kind == "sum" and max(kept) > min(axes):
        _accumulate(state, result, base, kept, dims)
    else:
        state.define(result, Reduction(dims, result.type.dtype, base=base, axes=axes, kind=kind))


def _accumulate(state: Lowering, result: Value, base: Node, kept: list[int], dims: tuple[Operand, ...]) -> None:
    """out[j] = 0; for i: for j: out[j] = out[j] + x[i, j], which reads x in the order of its memory."""
    total = accumulator(Scalar(result.type.dtype))
    target = state.new_root(dims, total.dtype, hint=result.hint, fill="zeros")
    builder = state.builder

    def body(index: Index) -> None:
        at = tuple(index[k] for k in kept)
        value = base.at(state.emitter, index)
        if value.type.dtype != total.dtype:
            value = builder.apply(ops.cast, value, type=total)
        before = builder.apply(memory.load, target.root, *at, type=total)
        builder.effect(memory.store, target.root, *at, builder.apply(ops.add, before, value, type=total))

    Nest(state.emitter, base.dims, (base,), order_free=False).run(body)
    if total.dtype == result.type.dtype:
        state.define(result, target)
    else:
        cast = Elementwise(dims, result.type.dtype, primitive=ops.cast, operands=(target,))
        state.define(result, cast)


LOWERINGS: dict[Primitive, Callable[[Lowering, Apply], None]] = {
    memory.dim: lower_dim,
    memory.stride: lower_stride,
    array.index: lower_index,
    array.element: lower_element,
    array.transpose: lower_transpose,
    array.broadcast: lower_broadcast,
    array.reshape_view: lower_reshape,
    array.full: lower_full,
    array.arange: lower_arange,
    array.eye: lower_eye,
    array.copy: lower_copy,
    array.gather: lower_gather,
    array.concatenate: lower_concatenate,
    array.diag: lower_diag,
    array.diagonal: lower_diagonal,
    array.sum_: lower_reduction,
    array.max_: lower_reduction,
    array.min_: lower_reduction,
    array.product: lower_product,
    array.append: lower_append,
    array.assign: lower_assign,
    array.scatter: lower_scatter,
    array.assign_where: lower_assign_where,
    **dict.fromkeys(library.LIBRARY, lower_call),
}
