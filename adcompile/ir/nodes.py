"""Structured SSA: the one representation between the front end and the emitted text.

    function  ::= name region
    region    ::= params statement* yields
    statement ::= results = primitive(operands, attrs)                         Apply
                | results = if operand: region else: region                    If
                | results = for i in range(start, stop, step), inits: region   For
                | results = while inits: test region, body region              While
    operand   ::= value | constant

* A value is defined once, by a statement or as a region's param, and used only where its definition dominates:
  later in the same region, or in a region nested there (a *capture*).
* An `If` has regions without params; both yield as many operands as the statement has results.
* A `For` body has params (index, carried...) and yields the carried values of the next trip. `start`, `stop` and
  `step` are int operands, read once; a `step` that is not constant is never zero. The results are the carried
  values after the last trip, the inits if there was none. If `exits`, the first yield is a bool: the loop ends after a
  trip that yields True there; such a loop has one more result in front, the number of trips it ran.
* A `While` has a test region (carried...) yielding one bool, and a body region (carried...) yielding the next
  carried values. It has one more result in front, the number of trips it ran.
* Scalars and array names are values. Array contents are memory: `load` and `store` keep their order.
* Facts found by analyses live in dictionaries keyed by value, never on nodes.
* Where the parts of a loop stand among params, yields and results is asked of `ir/loops.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypedDict

from adcompile.ir.attributes import NONE, Attributes
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import BOOL, FLOAT, FLOATS, INT, Scalar, Type
from adcompile.location import Location


class Role(Enum):
    """What a value is for. Passes ask for the role; what a value is called decides nothing."""

    PRIMAL = "of the function itself, or computed on the way"
    COTANGENT = "the derivative of the result with respect to `Value.of`"
    RESIDUAL = "what the backward sweep reads of the forward sweep, and the array that keeps it"
    COUNTER = "a number of trips, or where a part of such an array starts"


@dataclass(eq=False, slots=True)
class Value:
    """A scalar or the name of an array.

    `hint` is the user's name for it, one made of that, or "": it is for printing only. In the graph an array's `dims`
    are its extents, one int operand an axis. `of` is the value that a cotangent belongs to, for printing too.
    """

    type: Type
    hint: str = ""
    dims: tuple[Operand, ...] = ()
    loc: Location | None = None
    role: Role = Role.PRIMAL
    of: Value | None = None

    def take_name(self, name: Name) -> None:
        """Be called so, unless there is a name already."""
        if not self.hint and name["of"] is not self:
            self.hint, self.role, self.of = name["hint"], name["role"], name["of"]


class Name(TypedDict):
    """What a value is called and for, as arguments of `Value` and `Builder.apply`."""

    hint: str
    role: Role
    of: Value | None


UNNAMED: Name = {"hint": "", "role": Role.PRIMAL, "of": None}


def name_of(value: Value) -> Name:
    """The name of a value, for another one that stands for the same."""
    return {"hint": value.hint, "role": value.role, "of": value.of}


def cotangent_of(value: Value) -> Name:
    """The name of a value's cotangent."""
    return {"hint": f"{value.hint}_bar" if value.hint else "", "role": Role.COTANGENT, "of": value}


@dataclass(frozen=True, slots=True)
class Const:
    """A number known now. The type is part of its identity: True, 1 and 1.0 are three constants."""

    value: bool | int | float
    type: Scalar


Operand = Value | Const


@dataclass(eq=False, slots=True)
class Apply:
    """One primitive applied to operands. `attrs` is what the operation knows statically."""

    primitive: Primitive
    operands: tuple[Operand, ...]
    results: tuple[Value, ...]
    attrs: Attributes = NONE
    loc: Location | None = None


@dataclass(eq=False, slots=True)
class Region:
    """A block of statements with its own params and yields."""

    params: tuple[Value, ...] = ()
    body: list[Stmt] = field(default_factory=list)
    yields: tuple[Operand, ...] = ()


@dataclass(eq=False, slots=True)
class If:
    """Both regions yield the results."""

    cond: Operand
    then: Region
    orelse: Region
    results: tuple[Value, ...]
    loc: Location | None = None


@dataclass(eq=False, slots=True)
class For:
    """A counted loop; `loops` gives its parts by name.

    Four fields are stated by who makes the loop, for no analysis could find them again:

    * `exits`: it may be left after a trip, so its body yields an exit and it has the number of trips as a result. The
      front end says so for a `for` with `break` or `return`; lowering keeps it. Never changed afterwards.
    * `order_free`: no trip reads what another trip writes, but for the carried sums, so trips may run in any order.
      Lowering says so of the loops of array operations (as NumPy leaves their order open), reverse mode of those that
      reverse one, `split_updates` and `fuse` of what they make; who adds a dependence takes it back (`ad/counters`).
      Read by reverse mode (it keeps the order of the trips then), `fuse`, `promote`, `block_sums`, `independence`.
    * `sums[k]`: carried value k is only ever added to, by a reduction whose order NumPy leaves open, so that it may be
      summed in blocks; empty if there is none (`loops.sums_of`). Lowering says so of reductions, `block_sums` of
      cotangents. Read by `block_sums`, `split_chains` and by what the emitted text says of its loops (`promises`).
    * `backward`: it reverses a loop, so its float params are cotangents, and a zero among them contributes nothing
      whatever it is multiplied with. Reverse mode says so; read by `skip_zeros`, and by
      `codegen/sweeps` to tell the sweeps apart.
    """

    start: Operand
    stop: Operand
    step: Operand
    inits: tuple[Operand, ...]
    body: Region
    results: tuple[Value, ...]
    loc: Location | None = None
    order_free: bool = False
    sums: tuple[bool, ...] = ()
    exits: bool = False
    backward: bool = False


@dataclass(eq=False, slots=True)
class While:
    """Runs as long as the test region yields True."""

    inits: tuple[Operand, ...]
    test: Region
    body: Region
    results: tuple[Value, ...]
    loc: Location | None = None


Stmt = Apply | If | For | While


@dataclass(eq=False, slots=True)
class Function:
    """A program: the region's params are the arguments, its yields the results."""

    name: str
    region: Region


def integer(value: int) -> Const:
    """An int64 constant."""
    return Const(int(value), INT)


def real(value: float, type_: Scalar = FLOAT) -> Const:
    """A float constant."""
    return Const(float(value), type_)


def boolean(value: bool) -> Const:
    """A bool constant."""
    return Const(bool(value), BOOL)


def zero(type_: Type) -> Const:
    """The zero of a type of elements."""
    value = 0.0 if type_.dtype in FLOATS else type_.dtype != "bool" and 0
    return Const(value, Scalar(type_.dtype))


def is_const(operand: Operand, value: float | None = None) -> bool:
    """Is the operand a constant (of this value)?"""
    return isinstance(operand, Const) and (value is None or operand.value == value)
