"""Assignment: names, unpacking, elements and views, augmented assignment.

    y[i] = v                assign(index(y, i), v)
    y[1:] += x              w = index(y, 1); assign(w, w + x)
    y += x                  assign(y, y + x) if y is an array, else y is bound anew

The right-hand side is evaluated first.
"""

from __future__ import annotations

import ast

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import indexing, shapes
from adcompile.frontend.iteration import items_of, row
from adcompile.frontend.ownership import check_store
from adcompile.frontend.promote import dtype_of, operate
from adcompile.frontend.surface import FUNCTIONS
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Mapping,
    NeedsStatic,
    Number,
    Sequence,
    Static,
    describe,
    is_number,
)
from adcompile.ir.nodes import Const, Operand, integer
from adcompile.ops import array, scalar
from adcompile.ops.primitive import Primitive

OPERATORS: dict[type[ast.operator], Primitive] = {
    ast.Add: scalar.add,
    ast.Sub: scalar.sub,
    ast.Mult: scalar.mul,
    ast.Div: scalar.div,
    ast.FloorDiv: scalar.floordiv,
    ast.Mod: scalar.mod,
    ast.Pow: scalar.pow_,
    ast.BitAnd: scalar.bitand,
    ast.BitOr: scalar.bitor,
    ast.BitXor: scalar.bitxor,
    ast.LShift: scalar.lshift,
    ast.RShift: scalar.rshift,
}


def assign(t: Tracer, target: ast.expr, value: Abstract) -> None:
    """target = value."""
    match target:
        case ast.Name(id=name):
            t.name(value, name)
            t.frame.names[name] = value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            with t.pointing_at(target):
                _unpack(t, parts, value)
        case ast.Subscript(value=base, slice=index):
            owner, key = t.evaluate(base), t.evaluate(index)
            with t.pointing_at(target):
                _store_item(t, owner, key, value)
        case _:
            raise t.refuse(target, "assigning to an attribute is not supported", "Assign to a local name.")


def augment(t: Tracer, stmt: ast.AugAssign) -> None:
    """target op= value."""
    match stmt.target:
        case ast.Name(id=name):
            old = t.evaluate(ast.copy_location(ast.Name(name, ast.Load()), stmt.target))
            value = t.evaluate(stmt.value)
            with t.pointing_at(stmt):
                if isinstance(old, ArrayValue):
                    _update(t, old, stmt.op, value)
                else:
                    assign(t, stmt.target, binary(t, stmt.op, old, value))
        case ast.Subscript(value=base, slice=index):
            owner, key = t.evaluate(base), t.evaluate(index)
            with t.pointing_at(stmt):
                if isinstance(owner, ArrayValue):
                    _update_item(t, owner, key, stmt)
                else:
                    _store_item(t, owner, key, binary(t, stmt.op, item(t, owner, key), t.evaluate(stmt.value)))
        case _:
            raise t.refuse(stmt.target, "assigning to an attribute is not supported", "Assign to a local name.")


def binary(t: Tracer, op: ast.operator, left: Abstract, right: Abstract) -> Abstract:
    """left op right."""
    if isinstance(op, ast.MatMult):
        return FUNCTIONS[np.matmul](t, left, right)
    match op, left, right:
        case ast.Add(), Sequence(), Sequence() if left.kind == right.kind:
            return Sequence(left.kind, [*left.items, *right.items], t.builder.region)
        case (ast.Mult(), Sequence() as items, count) | (ast.Mult(), count, Sequence() as items):
            times = shapes.static_int(count, "the number of repetitions")
            return Sequence(items.kind, items.items * times, t.builder.region)
    return operate(t, OPERATORS[type(op)], left, right)


def item(t: Tracer, owner: Abstract, key: Abstract) -> Abstract:
    """owner[key]."""
    match owner:
        case ArrayValue():
            return indexing.take(t, owner, key)
        case Sequence(items=items):
            if isinstance(key, Static) and isinstance(key.value, slice):
                return Sequence(owner.kind, items[key.value], t.builder.region)
            return items[shapes.static_int(key, f"the index of {describe(owner)}")]
        case Mapping(items=entries):
            if isinstance(key, Number):
                raise NeedsStatic("the key of a dict", key.operand)
            if not isinstance(key, Static):
                raise UnsupportedError(f"the key of a dict cannot be {describe(key)}")
            return entries[key.value]
        case Static(value=str() | tuple() | list() | dict() as known):
            if isinstance(key, Number):
                raise NeedsStatic(f"the index of {describe(owner)}", key.operand)
            if isinstance(key, Static):
                return Static(known[key.value])  # type: ignore[index, call-overload]
    raise UnsupportedError(f"{describe(owner)} cannot be indexed with {describe(key)}")


def _unpack(t: Tracer, targets: list[ast.expr], value: Abstract) -> None:
    starred = [k for k, target in enumerate(targets) if isinstance(target, ast.Starred)]
    items = _items(t, value, len(targets), starred=bool(starred))
    if starred:
        at, after = starred[0], len(targets) - starred[0] - 1
        if len(items) < len(targets) - 1:
            raise ValueError(f"not enough values to unpack (expected at least {len(targets) - 1}, got {len(items)})")
        middle = Sequence("list", items[at : len(items) - after], t.builder.region)
        items = [*items[:at], middle, *items[len(items) - after :]]
        targets = [target.value if isinstance(target, ast.Starred) else target for target in targets]
    if len(items) > len(targets):
        raise ValueError(f"too many values to unpack (expected {len(targets)})")
    if len(items) < len(targets):
        raise ValueError(f"not enough values to unpack (expected {len(targets)}, got {len(items)})")
    for target, part in zip(targets, items, strict=True):
        assign(t, target, part)


def _items(t: Tracer, value: Abstract, count: int, *, starred: bool) -> list[Abstract]:
    if not isinstance(value, ArrayValue):
        items = items_of(value)
        if items is None:
            raise UnsupportedError(f"unpacking {describe(value)} is not supported")
        return items
    if not value.ndim:
        raise TypeError("cannot unpack a 0-d array")
    length = value.dims[0]
    if isinstance(length, Const):
        count = int(length.value)
    elif starred:
        raise UnsupportedError("unpacking an array into a starred name is not supported")
    else:
        message = f"expected {count} values to unpack, got {{}}"
        shapes.require_equal(t, length, integer(count), message, [length])
    return [row(t, value, integer(k)) for k in range(count)]


def _store_item(t: Tracer, owner: Abstract, key: Abstract, value: Abstract) -> None:
    match owner:
        case ArrayValue():
            check_store(owner)
            store(t, indexing.place(t, owner, key), value)
        case Sequence(kind="list", items=items):
            changeable(t, owner.home)
            items[shapes.static_int(key, "the index of a list")] = value
        case Mapping(items=entries) if isinstance(key, Static):
            changeable(t, owner.home)
            entries[key.value] = value
        case _:
            raise UnsupportedError(f"storing into {describe(owner)} is not supported")


def changeable(t: Tracer, home: object) -> None:
    """A list or dict is changed only in the region that made it: loops around the change are unrolled."""
    if home is None:
        raise UnsupportedError(
            "this changes a list or dict that was passed in or captured", None, "Build a new one in the function."
        )
    if home is not t.builder.region:
        raise NeedsStatic("the number of changes to a list or dict", None)


def _update(t: Tracer, old: ArrayValue, op: ast.operator, value: Abstract) -> None:
    """name op= value, in place."""
    check_store(old)
    result = binary(t, op, old, value)
    _check_update(old, result, op)
    store(t, old, result)


def _update_item(t: Tracer, owner: ArrayValue, key: Abstract, stmt: ast.AugAssign) -> None:
    check_store(owner)
    old = indexing.take(t, owner, key)
    result = binary(t, stmt.op, old, t.evaluate(stmt.value))
    if isinstance(old, ArrayValue):
        _check_update(old, result, stmt.op)
        store(t, old if old.view else indexing.place(t, owner, key), result)
    else:
        store(t, indexing.place(t, owner, key), result)


def _check_update(old: ArrayValue, result: Abstract, op: ast.operator) -> None:
    """NumPy refuses an in-place operation whose result does not fit the array's kind."""
    computed = dtype_of(result)
    if not np.can_cast(computed, old.dtype, "same_kind"):
        name = OPERATORS.get(type(op), scalar.mul).name
        raise UnsupportedError(
            f"this adds {computed} numbers to an array of {old.dtype} in place, which NumPy refuses (`{name}`)",
            None,
            f"Make the array with `dtype=np.{computed}`.",
        )


def store(t: Tracer, view: ArrayValue, value: Abstract) -> None:
    """view[...] = value, cast to the array's dtype and broadcast."""
    match value:
        case ArrayValue() if value.ndim == 0:
            operand: Operand = t.operand(t.item(value), view.dtype)
        case ArrayValue():
            shapes.broadcast_to(t, value, view.dims)
            converted = t.cast(value, view.dtype)
            assert isinstance(converted, ArrayValue)
            operand = converted.value
        case _ if is_number(value):
            operand = t.operand(value, view.dtype)
        case Sequence(items=items) if view.ndim == 1:
            _store_items(t, view, items)
            return
        case _:
            raise UnsupportedError(f"storing {describe(value)} into an array is not supported")
    t.builder.effect(array.assign, view.value, operand)


def _store_items(t: Tracer, view: ArrayValue, items: list[Abstract]) -> None:
    message = f"could not broadcast input array from shape ({len(items)},) into shape ({{}},)"
    shapes.require_equal(t, view.dims[0], integer(len(items)), message, [view.dims[0]])
    for k, each in enumerate(items):
        store(t, indexing.place(t, view, Static(k)), each)
