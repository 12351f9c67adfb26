"""The shape of an argument as Python sees it: containers with numbers, arrays and static values at the leaves.

    {"w": array, "n": 3, "mode": "mean"}
    Node("dict", ("w", "n", "mode"), (Leaf(float64[:, :]), Leaf(int), Fixed("mean")))

Numbers and arrays are `Leaf`: values of the program, passed in at every call in depth-first order. Strings, None,
dtypes, functions and arguments named in `static_argnames` are `Fixed`: they exist only at compile time.
Structures are hashable: with the options they key a specialisation.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.ir.types import DTYPES, Array, Scalar, Type


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number or an array."""

    type: Type


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value known at compile time, hashable and compared by equality and type."""

    value: object


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something of this class that no program can read."""

    cls: type


@dataclass(frozen=True, slots=True)
class Node:
    """A container. `kind` is "tuple", "list", "dict", "namedtuple" or "dataclass".

    `keys` are the dict keys or field names (empty for tuple and list), `cls` the class for the last two kinds.
    """

    kind: str
    keys: tuple[object, ...]
    children: tuple[Structure, ...]
    cls: type | None = None


Structure = Leaf | Fixed | Node


def leaves(structure: Structure) -> Iterator[Leaf]:
    """The leaves, depth first: the order in which values are passed."""
    match structure:
        case Leaf():
            yield structure
        case Node(children=children):
            for child in children:
                yield from leaves(child)


def named_fields(value: object) -> tuple[str, ...] | None:
    """The names of the fields of a NamedTuple; None for any other tuple.

    Raises UnsupportedError if attributes were set on it besides (an instance of a class derived from a NamedTuple).
    """
    names: tuple[str, ...] | None = getattr(value, "_fields", None)
    if names is not None and getattr(value, "__dict__", None):
        raise UnsupportedError(
            f"a `{type(value).__name__}`, a NamedTuple, on which attributes were set is not supported",
            None,
            "Write a dataclass.",
        )
    return names


def attributes_of(value: object) -> dict[str, object]:
    """What an instance has of its own: the fields of a dataclass or NamedTuple first, then whatever else was set on it.

    An attribute that hides one of the class is among them, so that it is another structure.
    """
    if isinstance(value, tuple):
        return dict(zip(named_fields(value) or (), value, strict=True))
    fields = [each.name for each in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
    if isinstance(value, tuple):
        fields = list(named_fields(value) or ())
    # Not `getattr(value, "__dict__", {})`: without one, that asks the class's `__getattr__`.
    own = vars(value) if type(value).__dictoffset__ else {}
    return {**{name: getattr(value, name) for name in fields}, **own}


# Other subclasses of ndarray have an arithmetic of their own.
_ARRAYS = (np.ndarray, np.memmap)


def layout_of(x: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
    """The layout of an argument: NumPy's memory order, whether it is aligned or not."""
    if x.flags.c_contiguous:
        return "C"
    if x.flags.f_contiguous:
        return "F"
    if not x.flags.aligned:
        return "U"
    axes = [(abs(step), extent) for step, extent in zip(x.strides, x.shape, strict=True) if extent != 1]
    return "S" if _is_nested(axes) else "T" if _is_nested(axes[::-1]) else "A"


def _is_nested(axes: list[tuple[int, int]]) -> bool:
    """Are neighbours along an axis as far apart as the next axis reaches, or farther?"""
    return bool(axes) and axes[-1][0] > 0 and all(far >= near * extent for (far, _), (near, extent) in pairwise(axes))


def type_of(value: object) -> Type | None:
    """The type of a number or an array; None for anything else, and for dtypes that are not supported.

    >>> type_of(2.0)
    Scalar(dtype='float64', weak=True)
    """
    match value:
        case np.ndarray(dtype=dtype) if type(value) in _ARRAYS and dtype.name in DTYPES and dtype.isnative:
            ones = tuple(extent == 1 for extent in value.shape)
            return Array(dtype.name, value.ndim, layout_of(value), ones)
        case np.generic(dtype=dtype) if dtype.name in DTYPES:
            return Scalar(dtype.name)
        case bool():
            return Scalar("bool", weak=True)
        case int() if type(value) is int:
            return Scalar("int64", weak=True)
        case float() if type(value) is float:
            return Scalar("float64", weak=True)
        case _:
            return None


def captured_structure(found: object, *, check: Callable[[object], None] | None = None) -> Structure:
    """The structure of a captured value: what is no container of numbers and arrays is `Fixed`, if it can be.

    `check` is asked about each part, and raises UnsupportedError for what must not be captured.
    """
    if check is not None:
        check(found)
    type_ = type_of(found)
    if type_ is not None:
        return Leaf(type_)
    inner = functools.partial(captured_structure, check=check)
    match found:
        case tuple():
            fields = named_fields(found)
            children = tuple(map(inner, found))
            return Node("tuple", (), children) if fields is None else Node("namedtuple", fields, children, type(found))
        case list():
            return Node("list", (), tuple(map(inner, found)))
        case dict():
            return Node("dict", tuple(found), tuple(map(inner, found.values())))
    if dataclasses.is_dataclass(found) and not isinstance(found, type):
        own = attributes_of(found)
        return Node("dataclass", tuple(own), tuple(map(inner, own.values())), type(found))
    try:
        hash(found)
    except TypeError:
        raise UnsupportedError(f"a captured `{type(found).__name__}` is not supported") from None
    return Fixed(found)
