"""What every part of the front end emits with: the builder, shared ints, casts and checks.

e.cast(n, "float64")                     np.float64(n)
e.require(ok, n, m, message=...)         raises when the program runs
with e.region() as body: ...             statements, and shared ints, of a nested region
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from adcompile.errors import LargeIntegerError, UnsupportedError, placed, raised
from adcompile.frontend import orders, result_orders
from adcompile.frontend.ints import Ints
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Buffer,
    Number,
    Static,
    array_type,
    describe,
    is_number,
    scalar_number,
)
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Const, Operand, Region, Stmt, Value, boolean, integer
from adcompile.ir.types import DTYPES, INT, Scalar
from adcompile.ir.walk import all_operands, operands, regions
from adcompile.ops import array, memory, scalar


class Recorder(Builder):
    """A builder that remembers which statement defines a value, and in which region."""

    def __init__(self, region: Region) -> None:
        super().__init__(region)
        self.definitions: dict[Value, Stmt] = {}
        self.homes: dict[Value, Region] = {}

    @contextmanager
    def into(self, region: Region) -> Iterator[Region]:
        """Open a region; statements go there until the block ends."""
        self.homes.update(dict.fromkeys(region.params, region))
        with super().into(region):
            yield region

    def append(self, stmt: Stmt) -> None:
        """Append a finished statement."""
        super().append(stmt)
        self.definitions.update((result, stmt) for result in stmt.results)
        self.homes.update(dict.fromkeys(stmt.results, self.region))

    def sees(self, operand: Operand) -> bool:
        """Is the operand in scope here? Arguments and what is computed in front of everything are everywhere."""
        home = None if isinstance(operand, Const) else self.homes.get(operand)
        return home is None or home is self.stack[0] or any(home is region for region in self.stack)

    def sources(self, operand: Operand) -> Iterator[Value]:
        """The params that an operand is computed from."""
        pending, seen = [operand], set[Value]()
        while pending:
            each = pending.pop()
            if isinstance(each, Const) or each in seen:
                continue
            seen.add(each)
            stmt = self.definitions.get(each)
            if stmt is None:
                yield each
                continue
            pending += operands(stmt)
            for inner in regions(stmt):
                pending += all_operands(inner)


class Emitter:
    """Appends to the graph. Arguments and their extents go to the prologue, everything else to the open region."""

    def __init__(self, *, boundscheck: bool = True) -> None:
        self.prologue = Region()
        self.builder = Recorder(self.prologue)
        self.ints = Ints(self.builder)
        self.boundscheck = boundscheck

    @contextmanager
    def region(self, region: Region | None = None) -> Iterator[Region]:
        """Open a region (again, if one is given)."""
        with self.builder.into(region or Region()) as opened, self.ints.scope():
            yield opened

    @contextmanager
    def before_everything(self) -> Iterator[None]:
        """Statements of the block go to the prologue."""
        with self.builder.into(self.prologue), self.ints.scope(0):
            yield

    def require(self, ok: Operand, *operands: Operand, error: str, message: str, own: bool = False) -> None:
        """Raise `error` with `message`, its braces filled with the operands, unless `ok` when the program runs.

        The user's line is told, but in a message of the user's `own`.
        """
        if isinstance(ok, Const):
            if not ok.value:
                raise_now(error, message, operands)
            return
        loc = self.builder.loc
        if loc is not None and not own:
            message = placed(message, loc)
        if self.ints.once(ok, name="require"):
            self.builder.effect(memory.require, ok, *operands, error=error, message=message)

    def array(self, value: Value, buffer: Buffer | None = None) -> ArrayValue:
        """A fresh array, or a view of a buffer."""
        return ArrayValue(value, buffer or Buffer(), view=buffer is not None)

    def extents(self, value: Value, buffer: Buffer) -> ArrayValue:
        """A param that is an array: its extents are read in the prologue."""
        ones = getattr(value.type, "ones", ()) or (False,) * getattr(value.type, "ndim", 0)
        dims: list[Operand] = []
        with self.before_everything():
            for axis, one in enumerate(ones):
                if one:
                    dims.append(integer(1))
                    continue
                extent = self.builder.apply(memory.dim, value, type=INT, axis=axis)
                self.ints.nonnegative[extent] = True
                dims.append(extent)
        value.dims = tuple(dims)
        return ArrayValue(value, buffer, order=orders.of_argument(value))

    def operand(self, value: Abstract, dtype: str | None = None) -> Operand:
        """The operand of a scalar, converted to a dtype."""
        match value:
            case Static(value=known) if is_number(value):
                return constant(known, dtype or np.result_type(known).name)  # type: ignore[arg-type]
            case Number(operand=operand, weak=weak):
                if dtype is None or operand.type.dtype == dtype:
                    return operand
                if weak:
                    self._require_fit(operand, dtype)
                return self._cast(operand, dtype)
            case _:
                raise UnsupportedError(f"a number is expected here, not {describe(value)}")

    def integer(self, value: Abstract, what: str) -> Operand:
        """The operand of an int (an extent, an index)."""
        match value:
            case Static(value=bool() | np.bool_()):
                return integer(int(value.value))  # type: ignore[call-overload]
            case Static(value=int() | np.integer()):
                return whole(int(value.value))  # type: ignore[call-overload]
            case Number() if value.dtype != "bool" and np.dtype(value.dtype).kind in "iu":
                return self.whole_number(value)
            case ArrayValue() if value.ndim == 0 and np.dtype(value.dtype).kind in "iu":
                return self.whole_number(self.item(value))
            case _:
                raise UnsupportedError(f"{what} must be an int, not {describe(value)}")

    def whole_number(self, value: Number) -> Operand:
        """An int as Python's: an unsigned one that has no sign bit to spare does not fit."""
        if value.dtype == "uint64":
            most = Const(2**63 - 1, Scalar("uint64"))
            fits = self.builder.apply(scalar.le, value.operand, most, type=Scalar("bool"))
            message = f"an integer leaves the 64 bits that it has in a compiled program{where(self)}"
            self.require(fits, error="OverflowError", message=message)
        return self.operand(value, "int64")

    def item(self, x: ArrayValue) -> Number:
        """The one element of a 0-d array."""
        return Number(self.builder.apply(array.element, x.value, type=Scalar(x.dtype)))

    def cast(self, value: Abstract, dtype: str, *, weak: bool = False) -> Abstract:
        """The number or array in another dtype."""
        if not isinstance(value, ArrayValue):
            return scalar_number(self.operand(value, dtype), weak=weak)
        if value.dtype == dtype:
            return value
        result = self.builder.apply(scalar.cast, value.value, type=array_type(dtype, value.dims, "C"), dims=value.dims)
        return ArrayValue(result, Buffer(), order=result_orders.copied(self, value))

    def _require_fit(self, operand: Operand, dtype: str) -> None:
        """NumPy takes a Python int only if the dtype holds it."""
        if operand.type.dtype != "int64" or np.dtype(dtype).kind not in "iu" or isinstance(operand, Const):
            return
        limits = np.iinfo(dtype)
        fits = self.ints.compare(scalar.ge, operand, integer(int(limits.min)))
        if limits.max < 2**63:
            fits = self.ints.pure(scalar.and_, fits, self.ints.compare(scalar.le, operand, integer(int(limits.max))))
        message = f"Python integer {{}} out of bounds for {dtype}{where(self)}"
        self.require(fits, operand, error="OverflowError", message=message)

    def _cast(self, operand: Operand, dtype: str) -> Operand:
        if isinstance(operand, Const):
            return constant(operand.value, dtype)
        return self.builder.apply(scalar.cast, operand, type=Scalar(dtype))


def where(e: Emitter) -> str:
    """The user's file and line, to end a run-time message with."""
    loc = e.builder.loc
    return f" {loc.brief}".replace("{", "{{").replace("}", "}}") if loc else ""


def whole(value: int) -> Const:
    """The constant of a Python integer. Raises LargeIntegerError if it has more than 64 bits."""
    if -(2**63) <= value < 2**63:
        return integer(value)
    shown = str(value) if value.bit_length() < 256 else f"an integer of {value.bit_length()} bits"
    what = f"{shown} does not fit into the 64 bits that an integer has in a compiled program"
    raise LargeIntegerError(what, None, "Compute with floats here (`2.0**64`), or keep the numbers smaller.")


def constant(value: float | np.number | np.bool_, dtype: str) -> Const:
    """A constant of this dtype. Raises OverflowError, as NumPy does, for a Python int that does not fit."""
    if dtype not in DTYPES:
        raise UnsupportedError(
            f"numbers of type {dtype} are not supported", None, "Use float64, float32 or an int type."
        )
    if dtype == "int64":
        return whole(int(value))
    if dtype == "bool":
        return boolean(bool(value))
    converted = np.dtype(dtype).type(value).item()
    return Const(converted, Scalar(dtype))


def raise_now(error: str, message: str, operands: tuple[Operand, ...]) -> None:
    """Raise what the program would raise: everything it depends on is known."""
    values = [o.value if isinstance(o, Const) else "?" for o in operands]
    raise raised(error, message.format(*values))
