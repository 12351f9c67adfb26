"""Assignment: names, unpacking, items of containers, augmented assignment. Stores into arrays are in `places`.

y[i], y[j] = y[j], y[i]     the right-hand side first, then one target after the other
y += x                      in place if y is an array or a list, else y is bound anew
d["w"] = x                  a list or dict is changed while the function is compiled
"""

from __future__ import annotations

import ast
from functools import partial

import numpy as np

from adcompile.compositions import ranges, shape
from adcompile.errors import UnsupportedError
from adcompile.frontend import choices, indexing, lists, overloaded, places, records, shapes, special
from adcompile.frontend.arguments import beside_arrays
from adcompile.frontend.attributes import attribute
from adcompile.frontend.iteration import items_of, row
from adcompile.frontend.needs import NeedsStatic
from adcompile.frontend.promote import operate
from adcompile.frontend.surface import FUNCTIONS
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Grown,
    Mapping,
    Number,
    Object,
    Range,
    Record,
    Sequence,
    Slice,
    Static,
    describe,
    is_number,
    tuple_of,
    weak_type,
)
from adcompile.ir.nodes import Const, integer
from adcompile.ir.primitive import Primitive
from adcompile.ops import scalar

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
        case ast.Attribute(value=base, attr=name):
            owner = t.evaluate(base)
            with t.pointing_at(target):
                records.set_attribute(t, owner, name, value)
        case _:
            raise t.refuse(target, f"assigning to `{type(target).__name__}` is not supported")


def augment(t: Tracer, stmt: ast.AugAssign) -> None:
    """target op= value."""
    match stmt.target:
        case ast.Name(id=name):
            old = t.evaluate(ast.copy_location(ast.Name(name, ast.Load()), stmt.target))
            with t.pointing_at(stmt):
                new = _updated(t, stmt, old)
                if new is not old:
                    assign(t, stmt.target, new)
        case ast.Subscript(value=base, slice=index):
            owner, key = t.evaluate(base), t.evaluate(index)
            with t.pointing_at(stmt):
                if isinstance(owner, ArrayValue):
                    operation = partial(_operation, t, stmt)
                    places.update_item(t, owner, _with_arrays(t, key), operation)
                else:
                    old = item(t, owner, key)
                    new = _updated(t, stmt, old)
                    if new is not old:
                        _store_item(t, owner, key, new)
        case ast.Attribute(value=base, attr=name):
            owner = t.evaluate(base)
            with t.pointing_at(stmt):
                old = attribute(t, owner, name)
                new = _updated(t, stmt, old)
                if new is not old:
                    records.set_attribute(t, owner, name, new)


def _updated(t: Tracer, stmt: ast.AugAssign, old: Abstract) -> Abstract:
    """What `old op= value` leaves: arrays, lists and dicts are changed in place."""
    if isinstance(old, ArrayValue):
        places.update(t, old, partial(_operation, t, stmt))
        return old
    value = t.evaluate(stmt.value)
    if overloaded.is_overloaded(old):
        result = overloaded.updated(t, stmt.op, old, value)
        return binary(t, stmt.op, overloaded.as_tuple(old), value) if result is None else result
    match old, stmt.op:
        case Sequence(kind="list", items=items), ast.Add():
            more = items_of(special.iterated(t, value))
            if more is None:
                raise UnsupportedError(f"extending a list by {describe(value)} is not supported")
            with t.changing(old):
                if old.grown:
                    for each in more:
                        lists.append(t, old, each)
                else:
                    items.extend(more)
            return old
        case Mapping(items=entries), ast.BitOr() if isinstance(value, Mapping):
            with t.changing(old):
                entries.update(value.items)
            return old
        case _:
            return binary(t, stmt.op, old, value)


def _operation(t: Tracer, stmt: ast.AugAssign, old: Abstract) -> Abstract:
    return binary(t, stmt.op, old, t.evaluate(stmt.value))


def binary(t: Tracer, op: ast.operator, left: Abstract, right: Abstract) -> Abstract:
    """left op right."""
    if overloaded.is_overloaded(left, right):
        result = overloaded.binary(t, op, left, right)
        if result is not None:
            return result
        left, right = overloaded.as_tuple(left), overloaded.as_tuple(right)
    repeats = isinstance(op, ast.Mult | ast.MatMult)
    left, right = beside_arrays(left, right, partial(FUNCTIONS[np.asarray], t), repeats=repeats)
    if isinstance(op, ast.MatMult):
        return FUNCTIONS[np.matmul](t, left, right)
    match op, left, right:
        case ast.Mod(), Static(value=str()), Number():
            raise NeedsStatic("what a text shows", right.operand)
        case ast.Add(), Sequence(), Sequence() if left.kind == right.kind:
            items = [*left.items, *right.items]
            return t.new_list(items) if left.kind == "list" else Sequence(left.kind, items)
        case (ast.Mult(), Sequence() as items, count) | (ast.Mult(), count, Sequence() as items):
            times = shapes.static_int(count, "the number of repetitions")
            repeated = items.items * times
            return t.new_list(repeated) if items.kind == "list" else Sequence(items.kind, repeated)
    return operate(t, OPERATORS[type(op)], left, right)


def item(t: Tracer, owner: Abstract, key: Abstract) -> Abstract:
    """owner[key]."""
    if not overloaded.is_overloaded(owner):
        key = special.index(t, key)
    match owner:
        case ArrayValue():
            return indexing.take(t, owner, _with_arrays(t, key))
        case Sequence(grown=Grown()):
            if isinstance(key, Slice) or (isinstance(key, Static) and isinstance(key.value, slice)):
                return lists.sliced(t, owner, key, t.builder.region)
            return lists.item(t, owner, key)
        case Sequence(items=items):
            if isinstance(key, Static) and isinstance(key.value, slice):
                part = items[key.value]
                return t.new_list(part) if owner.kind == "list" else Sequence(owner.kind, part)
            return choices.chosen(t, owner, key)
        case Record() | Object() if (method := special.special(t, owner, "__getitem__")) is not None:
            return t.call(method, [key], {})
        case Record(cls=cls, fields=fields) if issubclass(cls, tuple):
            return item(t, Sequence("tuple", list(fields.values())), key)
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
        case Range(start=start, stop=stop, step=step):
            if isinstance(key, Slice) or (isinstance(key, Static) and isinstance(key.value, slice)):
                return t.interpret(ranges.part, start, stop, step, *(items_of(_bounds(key)) or []))
            return t.interpret(ranges.item, start, stop, step, key)
        case Static(value=known) if known is np.mgrid or known is np.ogrid:
            made = shape.mgrid if known is np.mgrid else shape.ogrid
            several = isinstance(key, Sequence) or (isinstance(key, Static) and isinstance(key.value, tuple))
            axes = (items_of(key) if several else None) or [key]
            return t.interpret(made, *map(_bounds, axes))
        case _ if is_number(owner) and weak_type(owner) is None:
            lifted = FUNCTIONS[np.asarray](t, owner)  # a NumPy number is indexed as an array without axes
            assert isinstance(lifted, ArrayValue)
            taken = indexing.take(t, lifted, key)
            return t.item(taken) if isinstance(taken, ArrayValue) and _is_empty(key) else taken
    raise UnsupportedError(f"{describe(owner)} cannot be indexed with {describe(key)}")


def _is_empty(key: Abstract) -> bool:
    return (isinstance(key, Sequence) and not key.items) or key == Static(())


def _bounds(each: Abstract) -> Abstract:
    """start, stop and step of a slice."""
    match each:
        case Slice(start=start, stop=stop, step=step):
            return tuple_of(start, stop, step)
        case Static(value=slice() as known):
            return tuple_of(Static(known.start), Static(known.stop), Static(known.step))
    raise UnsupportedError(f"a grid over {describe(each)} is not supported", None, "Give each axis a slice.")


def _with_arrays(t: Tracer, key: Abstract) -> Abstract:
    """Lists in an index mean arrays."""
    match key:
        case Sequence(kind="list"):
            return FUNCTIONS[np.array](t, key) if key.items else key
        case Sequence(kind="tuple", items=items) if any(isinstance(k, Sequence) for k in items):
            return Sequence("tuple", [_with_arrays(t, k) for k in items])
        case _:
            return key


def _unpack(t: Tracer, targets: list[ast.expr], value: Abstract) -> None:
    starred = [k for k, target in enumerate(targets) if isinstance(target, ast.Starred)]
    items = _items(t, value, len(targets), starred=bool(starred))
    if starred:
        at, after = starred[0], len(targets) - starred[0] - 1
        if len(items) < len(targets) - 1:
            raise ValueError(f"not enough values to unpack (expected at least {len(targets) - 1}, got {len(items)})")
        middle = t.new_list(items[at : len(items) - after])
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
        items = items_of(special.iterated(t, value))
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
    if not overloaded.is_overloaded(owner):
        key = special.index(t, key)
    match owner:
        case Record() | Object() if (method := special.special(t, owner, "__setitem__")) is not None:
            t.call(method, [key, value], {})
        case ArrayValue():
            places.put(t, owner, _with_arrays(t, key), value)
        case Sequence(kind="list", grown=Grown()):
            with t.changing(owner):
                lists.put(t, owner, key, value)
        case Sequence(kind="list", items=items):
            with t.changing(owner):
                if isinstance(key, Static) and isinstance(key.value, slice):
                    items[key.value] = _items(t, value, 0, starred=True)
                else:
                    choices.put(t, owner, key, value)
        case Mapping() if isinstance(key, Number):
            raise NeedsStatic("the key of a dict", key.operand)
        case Mapping(items=entries) if isinstance(key, Static):
            with t.changing(owner):
                entries[key.value] = value
        case _:
            raise UnsupportedError(f"storing into {describe(owner)} is not supported")
