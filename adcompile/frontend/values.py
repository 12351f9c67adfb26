"""Abstract values: what the front end knows of a Python object while it interprets the function.

    3, None, "mean", np, np.float64, f     Static(object)       known now, computed with by Python itself
    a float argument, x[i], x.sum()        Number(operand)      a scalar of the program
    x, x[1:], x * 2.0                      ArrayValue(value)    an array of the program
    x[mask]                                Masked               as many elements as the mask has
    (a, 1), [x, y]                         Sequence             containers exist only at compile time
    {"w": x}                               Mapping
    Point(a, b)                            Record               a dataclass or a NamedTuple
    range(n)                               Range
    a nested def or lambda                 LocalFunction
    x.sum                                  Method

Weakness (NEP 50) is a fact about a Python number, so it is kept here and not on the IR's values.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING

import numpy as np

from adcompile.declared import Declaration
from adcompile.frontend.captures import Reach
from adcompile.frontend.memory_orders import Order
from adcompile.ir.nodes import Const, Operand, Region, Value
from adcompile.ir.types import Array, Scalar
from adcompile.location import Location
from adcompile.source import FunctionSource

if TYPE_CHECKING:
    from adcompile.frontend.scope import Frame


@dataclass(eq=False, slots=True)
class Buffer:
    """The memory behind an array and its views.

    `owner` is "local" for arrays made by the function, else "argument" or "captured". `name` is how to speak of it.
    """

    owner: str = "local"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Static:
    """An object known now. `reach` says where a captured one was found."""

    value: object
    reach: Reach | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A scalar of the program. `weak`: a Python number, not a NumPy one; `mixed`: a Python number on some path."""

    operand: Operand
    weak: bool = False
    mixed: bool = False

    @property
    def dtype(self) -> str:
        """The NumPy name of its type."""
        return self.operand.type.dtype


@dataclass(frozen=True, slots=True)
class ArrayValue:
    """An array of the program. `readonly`: NumPy would not let it be written to; `order` is NumPy's (None: C order)."""

    value: Value
    buffer: Buffer
    view: bool = False
    readonly: bool = False
    order: Order | None = None

    @property
    def type(self) -> Array:
        """Its IR type."""
        assert isinstance(self.value.type, Array)
        return self.value.type

    @property
    def dtype(self) -> str:
        """The NumPy name of its elements' type."""
        return self.value.type.dtype

    @property
    def dims(self) -> tuple[Operand, ...]:
        """Its extents."""
        return self.value.dims

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.value.dims)


@dataclass(frozen=True, slots=True)
class Masked:
    """x[mask], whose length depends on data: all elements of x as they were, of which those under the mask count.

    The axes of the mask lead. `key` is the mask as the user had it, in the region `home`.
    """

    array: ArrayValue
    mask: ArrayValue
    key: Value
    home: Region


@dataclass(frozen=True, slots=True)
class Grown:
    """The items of a list whose length is not known: the first `count` elements of an array."""

    array: ArrayValue
    count: Operand
    weak: bool


@dataclass(eq=False, slots=True)
class Sequence:
    """A tuple or a list.

    `home` is the region it was made in, None if it may not be changed; `site` the place in the source. Of a list whose
    length is not known, `grown` has the items (`lists`). What `enumerate`, `zip` and the like make of containers that
    may change while a loop runs has its items from `live`.
    """

    kind: str
    items: list[Abstract]
    home: Region | None = None
    site: Location | None = None
    grown: Grown | None = None
    live: Callable[[], list[Abstract]] | None = None


@dataclass(eq=False, slots=True)
class Mapping:
    """A dict with static keys."""

    items: dict[object, Abstract]
    home: Region | None = None


@dataclass(eq=False, slots=True)
class Record:
    """An instance of a dataclass, a NamedTuple or a class of the user's. `home` as for lists."""

    cls: type
    fields: dict[str, Abstract]
    home: Region | None = None


@dataclass(frozen=True, slots=True)
class Object:
    """Any other captured object: its attributes are captured one by one."""

    value: object
    reach: Reach


@dataclass(frozen=True, slots=True)
class Range:
    """A `range`."""

    start: Abstract
    stop: Abstract
    step: Abstract


@dataclass(frozen=True, slots=True)
class Stream:
    """What `enumerate` and `zip` give over arrays and ranges: item k of `length` items."""

    length: Operand
    item: Callable[[Operand], Abstract]
    sources: tuple[Sequence, ...] = ()


@dataclass(frozen=True, slots=True)
class Iterator:
    """What `iter` gives: good for nothing but to be what an `__iter__` returns."""

    source: Abstract


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice with parts that may be numbers of the program."""

    start: Abstract
    stop: Abstract
    step: Abstract


@dataclass(eq=False, slots=True)
class LocalFunction:
    """A function defined inside the interpreted one, or (`inline`) what an expression of it is written out as; `frame`
    is where its free names live."""

    node: ast.FunctionDef | ast.Lambda
    frame: Frame
    source: FunctionSource
    defaults: dict[str, Abstract]
    name: str
    inline: bool = False


@dataclass(frozen=True, slots=True)
class UserFunction:
    """A Python function found outside, and where. `declared`: by a Numba decorator."""

    function: FunctionType
    reach: Reach | None
    bound: Abstract | None = None
    declared: Declaration | None = None


@dataclass(frozen=True, slots=True)
class Partial:
    """A `functools.partial`."""

    function: Abstract
    args: list[Abstract]
    keywords: dict[str, Abstract]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of an array, a container or a string, not yet called."""

    owner: Abstract
    name: str


@dataclass(frozen=True, slots=True)
class Super:
    """`super()`: the classes after this one in the order of the object's."""

    after: type
    owner: Record


@dataclass(frozen=True, slots=True)
class Missing:
    """A name without one usable value here. `why` is the error raised where it is used, `advice` the way out.

    `first_trip`: it is a number on one path and an array on another, as in the first trip of a loop that adds arrays.
    """

    why: str
    advice: str = ""
    first_trip: bool = False


@dataclass(frozen=True, slots=True)
class Maybe:
    """A name that is bound on some paths only, or None on others: its value, if `bound` when the program runs."""

    bound: Operand
    value: Abstract
    or_none: bool = False


Abstract = (
    Static
    | Number
    | ArrayValue
    | Masked
    | Sequence
    | Mapping
    | Record
    | Object
    | Range
    | Stream
    | Iterator
    | Slice
    | LocalFunction
    | UserFunction
    | Method
    | Partial
    | Super
    | Missing
    | Maybe
)
Container = Sequence | Mapping | Record

# What a path that is never taken gives: no other path has to agree with it.
NEVER = Missing("this is never reached")
NONE, FALSE, TRUE, NAUGHT, UNIT = map(Static, (None, False, True, 0, 1))


def tuple_of(*items: Abstract) -> Sequence:
    """A tuple."""
    return Sequence("tuple", list(items))


def slice_of(start: Abstract, stop: Abstract, step: Abstract) -> Abstract:
    """A slice; static if its parts are."""
    if isinstance(start, Static) and isinstance(stop, Static) and isinstance(step, Static):
        return Static(slice(start.value, stop.value, step.value))
    return Slice(start, stop, step)


def is_none(value: Abstract) -> bool:
    """Is it Python's None?"""
    return isinstance(value, Static) and value.value is None


def is_number(value: Abstract) -> bool:
    """Is it a scalar, known or not?"""
    return isinstance(value, Number) or (
        isinstance(value, Static) and isinstance(value.value, bool | int | float | np.number | np.bool_)
    )


def is_static_int(value: Abstract) -> bool:
    """Is it an int known now?"""
    return isinstance(value, Static) and isinstance(value.value, int | np.integer)


def scalar_number(operand: Operand, *, weak: bool = False) -> Static | Number:
    """The abstract value of a scalar operand; a constant of Python's own type is static."""
    if isinstance(operand, Const) and weak:
        return Static(operand.value)
    return Number(operand, weak)


def array_type(dtype: str, dims: tuple[Operand, ...], layout: str = "C") -> Array:
    """The type of an array with these extents."""
    ones = tuple(isinstance(d, Const) and d.value == 1 for d in dims)
    return Array(dtype, len(dims), layout, ones if any(ones) else ())


def describe(value: Abstract) -> str:
    """The value in a few words, for messages."""
    match value:
        case Static(value=known):
            name = getattr(known, "__name__", None)
            return f"`{name}`" if name else f"`{known!r}`"
        case Number():
            return {"f": "a float", "b": "a bool"}.get(np.dtype(value.dtype).kind, "an int")
        case ArrayValue():
            return f"a {value.ndim}-D {value.dtype} array"
        case Masked():
            return "the elements of an array under a mask"
        case Sequence(kind=kind):
            return f"a {kind}"
        case Mapping():
            return "a dict"
        case Record(cls=cls):
            return f"a `{cls.__name__}`"
        case Object(value=known):
            return f"a `{type(known).__name__}`"
        case Range():
            return "a range"
        case Stream() | Iterator():
            return "an iterator"
        case Slice():
            return "a slice"
        case LocalFunction() | UserFunction() | Partial():
            return "a function"
        case Method(name=name):
            return f"the method `{name}`"
        case Super():
            return "`super()`"
        case Missing():
            return "nothing"
        case Maybe(value=inner):
            return describe(inner)


def weak_type(value: Abstract) -> Scalar | None:
    """The type of a Python number (its dtype in the program), or None for anything else."""
    match value:
        case Number(weak=True):
            return Scalar(value.dtype, weak=True)
        case Static(value=bool()):
            return Scalar("bool", weak=True)
        case Static(value=np.generic()):
            return None
        case Static(value=int()):
            return Scalar("int64", weak=True)
        case Static(value=float()):
            return Scalar("float64", weak=True)
        case _:
            return None
