"""Operators between objects: what their classes say, in Python's order.

    a + b       a.__add__(b), b.__radd__(a) where that gives NotImplemented; b first if its class is derived from a's
    a += b      a.__iadd__(b), else a + b
    a < b       a.__lt__(b), b.__gt__(a)
    x + b       of an array x: NumPy's way, unless the class of b says that it is to be asked

(Python reference, 3.3.8 Emulating numeric types; NEP 13.)
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator

from adcompile.errors import UnsupportedError
from adcompile.frontend import reading, special
from adcompile.frontend.attributes import attribute
from adcompile.frontend.captures import ABSENT, class_entry
from adcompile.frontend.classes import base_with, is_generated, is_tuple
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Masked,
    Object,
    Record,
    Sequence,
    Static,
    describe,
    is_number,
    tuple_of,
    weak_type,
)

Instance = Record | Object

_BINARY: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("add", "+"),
    ast.Sub: ("sub", "-"),
    ast.Mult: ("mul", "*"),
    ast.Div: ("truediv", "/"),
    ast.FloorDiv: ("floordiv", "//"),
    ast.Mod: ("mod", "%"),
    ast.Pow: ("pow", "**"),
    ast.MatMult: ("matmul", "@"),
    ast.BitAnd: ("and", "&"),
    ast.BitOr: ("or", "|"),
    ast.BitXor: ("xor", "^"),
    ast.LShift: ("lshift", "<<"),
    ast.RShift: ("rshift", ">>"),
}
_COMPARED: dict[type[ast.cmpop], tuple[str, str, str]] = {
    ast.Eq: ("__eq__", "__eq__", "=="),
    ast.NotEq: ("__ne__", "__ne__", "!="),
    ast.Lt: ("__lt__", "__gt__", "<"),
    ast.LtE: ("__le__", "__ge__", "<="),
    ast.Gt: ("__gt__", "__lt__", ">"),
    ast.GtE: ("__ge__", "__le__", ">="),
}
_UNARY: dict[type[ast.unaryop], tuple[str, str]] = {
    ast.USub: ("__neg__", "-"),
    ast.UAdd: ("__pos__", "+"),
    ast.Invert: ("__invert__", "~"),
}
NOT_IMPLEMENTED = Static(NotImplemented)


def is_overloaded(*operands: Abstract) -> bool:
    """Does one of them have a class of the user's?"""
    return any(isinstance(each, Instance) for each in operands)


def binary(t: Tracer, op: ast.operator, left: Abstract, right: Abstract) -> Abstract | None:
    """left op right; None if tuples are left to be taken as such (`natively`)."""
    name, symbol = _BINARY[type(op)]
    return arithmetic(t, f"__{name}__", f"__r{name}__", symbol, left, right)


def arithmetic(t: Tracer, name: str, reflected: str, symbol: str, left: Abstract, right: Abstract) -> Abstract | None:
    """`left.name(right)` or `right.reflected(left)`; None as for `binary`."""
    _refuse_text(left, symbol)
    for owner, method_name, other in _in_order(t, left, right, name, reflected):
        method = special.special(t, owner, method_name)
        result = NOT_IMPLEMENTED if method is None else t.call(method, [other], {})
        if result != NOT_IMPLEMENTED:
            return result
    if any(map(_is_plain_tuple, (left, right))) and not any(map(_is_no_tuple, (left, right))):
        if any(map(_is_numpys, (left, right))):
            special.refuse_as_array(t, left, f"`{symbol}`")
            special.refuse_as_array(t, right, f"`{symbol}`")
        if any(isinstance(each, ArrayValue | Masked) for each in (left, right)):
            return None
        if symbol in ("+", "*") and not any(map(_is_numpys, (left, right))):
            return None
    _refuse_arrays(t, left, right, symbol)
    raise TypeError(f"unsupported operand type(s) for {symbol}: {_type(left)} and {_type(right)}")


def updated(t: Tracer, op: ast.operator, old: Abstract, value: Abstract) -> Abstract | None:
    """What `old op= value` leaves of an object; None as for `binary`."""
    method = special.special(t, old, f"__i{_BINARY[type(op)][0]}__")
    result = NOT_IMPLEMENTED if method is None else t.call(method, [value], {})
    return binary(t, op, old, value) if result == NOT_IMPLEMENTED else result


def unary(t: Tracer, op: ast.unaryop, x: Instance) -> Abstract:
    """-x, +x, ~x."""
    name, symbol = _UNARY[type(op)]
    method = special.special(t, x, name)
    if method is None:
        raise TypeError(f"bad operand type for unary {symbol}: {_type(x)}")
    return t.call(method, [], {})


def compare(t: Tracer, op: ast.cmpop, left: Abstract, right: Abstract) -> Abstract | None:
    """left op right by the classes' methods; None if they leave it to what the operands are: tuples, or identity.

    `!=` where no class has `__ne__` is the contrary of `==`, which is the caller's to ask for (`inverts_equality`).
    """
    name, reflected, symbol = _COMPARED[type(op)]
    _refuse_arrays(t, left, right, symbol)
    for owner, method_name, other in _in_order(t, left, right, name, reflected, compared=True):
        method = special.special(t, owner, method_name)
        if method is None and name == "__ne__" and _only_equality(t, owner):
            raise UnsupportedError(f"`!=` of {describe(owner)}, which has no `__ne__`, is not supported here")
        result = NOT_IMPLEMENTED if method is None else t.call(method, [other], {})
        if result != NOT_IMPLEMENTED:
            return result
    if isinstance(op, ast.Eq | ast.NotEq) or natively(t, op, left, right) is not None:
        return None
    raise TypeError(f"'{symbol}' not supported between instances of {_type(left)} and {_type(right)}")


def inverts_equality(t: Tracer, left: Abstract, right: Abstract) -> bool:
    """Is `left != right` to be found by `==`, as no class says anything about `!=`?"""
    instances = [each for each in (left, right) if isinstance(each, Instance)]
    return all(special.look_up(t, special.class_of(each), "__ne__") is None for each in instances)


def _only_equality(t: Tracer, owner: Abstract) -> bool:
    cls = special.class_of(owner) if isinstance(owner, Instance) else object
    return special.defines(t, cls, "__eq__") and special.look_up(t, cls, "__ne__") is None


def natively(t: Tracer, op: ast.cmpop, left: Abstract, right: Abstract) -> tuple[Abstract, Abstract] | None:
    """The tuples to compare instead of objects that do not say how; None if only identity is left."""
    fields = _compared_fields(t, left, right, _COMPARED[type(op)][0])
    if fields is not None:
        return tuple_of(*(attribute(t, left, n) for n in fields)), tuple_of(*(attribute(t, right, n) for n in fields))
    if is_tuple_like(left) and is_tuple_like(right):
        return as_tuple(left), as_tuple(right)
    return None


def is_tuple_like(value: Abstract) -> bool:
    """Is it a tuple, as far as Python's own operators go?"""
    return (isinstance(value, Sequence) and value.kind == "tuple") or (
        isinstance(value, Record) and is_tuple(value.cls)
    )


def as_tuple(value: Abstract) -> Abstract:
    """The tuple that a NamedTuple is; anything else as it is."""
    return tuple_of(*value.fields.values()) if isinstance(value, Record) and is_tuple(value.cls) else value


def _in_order(
    t: Tracer, left: Abstract, right: Abstract, name: str, reflected: str, *, compared: bool = False
) -> Iterator[tuple[Abstract, str, Abstract]]:
    """Who is asked, by which method, about whom."""
    first, second = (left, name, right), (right, reflected, left)
    if isinstance(left, Instance) and isinstance(right, Instance):
        one, other = special.class_of(left), special.class_of(right)
        derived = one is not other and issubclass(other, one)
        if derived and (compared or class_entry(other, reflected) is not class_entry(one, reflected)):
            yield from (second, first)
        elif one is other and not compared:
            yield first
        else:
            yield from (first, second)
        return
    scalar_product = reflected == "__rmatmul__" and is_number(left)  # NumPy's scalars have no `@`
    if isinstance(right, Instance) and _is_numpys(left) and not scalar_product:
        if _is_asked_by_numpy(t, special.class_of(right), left):
            yield second
        return
    yield from (first, second)


def _is_asked_by_numpy(t: Tracer, cls: type, left: Abstract) -> bool:
    """Does NumPy leave the operator to an object of this class?

    So it does where the class has `__array_ufunc__ = None` or a priority, and for its scalars where the object is no
    array in any way.
    """
    ufunc = _guarded(t, cls, "__array_ufunc__")
    if ufunc is not ABSENT:
        return ufunc is None
    priority = _guarded(t, cls, "__array_priority__")
    if isinstance(priority, int | float):
        return priority > 0
    arrays = ("__array__", "__array_interface__", "__array_struct__", "__array_priority__", "__len__", "__getitem__")
    return is_number(left) and all(_guarded(t, cls, name) is ABSENT for name in arrays)


def _guarded(t: Tracer, cls: type, name: str) -> object:
    found = special.look_up(t, cls, name)
    if found is None:
        return ABSENT
    reading.guarded(t, found.value, found.reach)
    return found.value


def _refuse_arrays(t: Tracer, left: Abstract, right: Abstract, symbol: str) -> None:
    """What NumPy would do with an object, element by element."""
    for one, other in ((left, right), (right, left)):
        if not (_is_numpys(one) and isinstance(other, Instance)):
            continue
        if _is_asked_by_numpy(t, special.class_of(other), one):
            continue
        raise UnsupportedError(
            f"`{symbol}` of {describe(left)} and {describe(right)} is done by NumPy with an array of objects, which is "
            "not supported",
            None,
            f"Write `__array_ufunc__ = None` in `{special.class_of(other).__name__}`, so that its own methods are "
            "called, or use what the object holds.",
        )


def _is_numpys(value: Abstract) -> bool:
    return isinstance(value, ArrayValue | Masked) or (is_number(value) and weak_type(value) is None)


def _refuse_text(left: Abstract, symbol: str) -> None:
    if symbol == "%" and isinstance(left, Static) and isinstance(left.value, str):
        raise UnsupportedError("text from an object is not supported", None, "Leave the value out.")


def _is_plain_tuple(value: Abstract) -> bool:
    return isinstance(value, Record) and is_tuple(value.cls)


def _is_no_tuple(value: Abstract) -> bool:
    return isinstance(value, Instance) and not _is_plain_tuple(value)


def _compared_fields(t: Tracer, left: Abstract, right: Abstract, name: str) -> list[str] | None:
    """The fields that a method which `dataclass` made compares, of two objects of one class."""
    if not (isinstance(left, Record) and isinstance(right, Record) and left.cls is right.cls):
        return None
    wanted = "__eq__" if name == "__ne__" else name
    base = base_with(left.cls, wanted)
    if base is None or not is_generated(_guarded(t, left.cls, wanted)):
        return None
    return [each.name for each in dataclasses.fields(base) if each.compare]


def _type(value: Abstract) -> str:
    if isinstance(value, Instance):
        return f"'{special.class_of(value).__name__}'"
    return describe(value)
