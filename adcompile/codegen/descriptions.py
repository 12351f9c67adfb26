"""What a reader would call a value that the user has no name for.

    element x[i, j]                    x_ij             x[k, j + 1]      x_next
    extents of the first array         n, m             of the others    rows_w, columns_w
    root, ratio, difference, ...       by the operation that computes it
    an int                             index, size, end, first by what it is used for
    cotangent, residual                x_bar, x_saved after the value that it belongs to

`Descriptions.of` gives names to try, the best one first.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from adcompile.ir.loops import index_of, params_of, trips_of
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Role, Value, While, is_const
from adcompile.ir.types import Array, is_float
from adcompile.ir.walk import regions, statements
from adcompile.ops import memory, scalar

INDICES = "ijklpqrs"
EXTENTS = "nmpq"
AXES = {1: ("size",), 2: ("rows", "columns")}
SUFFIXES = {Role.COTANGENT: "_bar", Role.RESIDUAL: "_saved"}

Origin = Apply | str


@dataclass(slots=True)
class Descriptions:
    """What is known of the values of a function. `names` are those chosen so far; the caller enters them."""

    names: dict[Value, str] = field(default_factory=dict)
    origins: dict[Value, Origin] = field(default_factory=dict)
    uses: dict[Value, str] = field(default_factory=dict)
    first_array: Operand | None = None

    def of(self, value: Value) -> list[str]:
        """Names for a value without one of the user's."""
        origin = self.origins.get(value)
        if (named := self._after_another(value, origin)) is not None:
            return [named]
        if isinstance(origin, str):
            return [origin]
        if origin is not None:
            return self._computed(value, origin)
        return ["work"] if isinstance(value.type, Array) else [self._number(value)]

    def _after_another(self, value: Value, origin: Origin | None) -> str | None:
        """The name of a cotangent or residual after the value that it belongs to."""
        if value.role not in SUFFIXES or value.of is None or value.of.role in SUFFIXES:
            return None
        is_element = isinstance(origin, Apply) and origin.primitive in (memory.load, memory.row)
        if is_element and value.role is Role.COTANGENT:
            return None
        name = self.names.get(value.of) or self.of(value.of)[0]
        return name if is_element else f"{name}{SUFFIXES[value.role]}"

    def computation(self, operand: Operand, depth: int = 4) -> Hashable:
        """What agrees for two values that are computed alike from what has the same names."""
        if isinstance(operand, Const):
            return operand.value
        origin = self.origins.get(operand)
        if operand in self.names or not isinstance(origin, Apply) or not depth:
            return self.names.get(operand, origin if isinstance(origin, str) else None)
        return (origin.primitive.name, *(self.computation(o, depth - 1) for o in origin.operands))

    def _computed(self, value: Value, origin: Apply) -> list[str]:
        if origin.primitive is memory.dim:
            return self._extent(origin)
        if origin.primitive is memory.stride:
            return ["stride"]
        if origin.primitive in (memory.load, memory.row):
            return [self._element(origin.operands)]
        if origin.primitive is memory.reshape:
            shape = "flat" if value.type == Array(value.type.dtype, 1) else f"{len(origin.operands) - 1}d"
            return [f"{self._name(origin.operands[0])}_{shape}"]
        if origin.primitive.routine is not None:
            return [origin.primitive.routine.names[origin.results.index(value)]]
        if isinstance(value.type, Array):
            return ["work"]
        if value.type.dtype == "bool":
            is_zero = origin.primitive is scalar.ne and is_const(origin.operands[1], 0)
            return ["nonzero" if is_zero else "condition"]
        return [origin.primitive.noun or "value" if is_float(value.type) else self._integer(value, origin)]

    def _number(self, value: Value) -> str:
        return "value" if is_float(value.type) else "condition" if value.type.dtype == "bool" else "number"

    def _integer(self, value: Value, origin: Apply) -> str:
        if self.uses.get(value) == "index":
            return "index"
        if origin.primitive is scalar.sub and is_const(origin.operands[1], 1):
            return "last"
        if origin.primitive is scalar.sub and is_const(origin.operands[0], 1):
            return "other"
        return origin.primitive.noun_of_ints or self.uses.get(value, "number")

    def _extent(self, dim: Apply) -> list[str]:
        """The first array has short names, the others the array's."""
        (array,), axis = dim.operands, int(dim.attrs.axis)
        assert isinstance(array.type, Array)
        words = AXES.get(array.type.ndim)
        letter = [EXTENTS[axis]] if array is self.first_array and axis < len(EXTENTS) else []
        return [*letter, f"{words[axis]}_{self._name(array)}" if words else f"shape_{self._name(array)}_{axis}"]

    def _element(self, operands: tuple[Operand, ...]) -> str:
        array, *indices = (self._name(o) for o in operands)
        if indices and all(len(i) == 1 for i in indices):
            return f"{array}_{''.join(indices)}"
        return f"{array}_{self._neighbour(operands[-1])}"

    def _neighbour(self, index: Operand) -> str:
        """`x_next` for x[i + 1], `x_previous` for x[i - 1], `x_first` and `x_last`."""
        if isinstance(index, Const):
            return {0: "first", -1: "last"}.get(int(index.value), "value")
        origin = self.origins.get(index)
        match origin:
            case Apply(primitive=scalar.add, operands=(base, Const(value=1)) | (Const(value=1), base)):
                return "next" if self._is_index(base) else "value"
            case Apply(primitive=scalar.sub, operands=(base, Const(value=1))):
                return "previous" if self._is_index(base) else "last"
        return "value"

    def _is_index(self, operand: Operand) -> bool:
        return isinstance(operand, Value) and isinstance(self.origins.get(operand), str)

    def _name(self, operand: Operand) -> str:
        return self.names.get(operand, "") if isinstance(operand, Value) else ""


def descriptions(function: Function) -> Descriptions:
    """What is known of the values of a function, none of which has a name yet."""
    found = Descriptions(origins=_origins(function.region))
    for stmt in statements(function.region):
        if isinstance(stmt, Apply | For):
            for value, word in _used_as(stmt):
                found.uses[value] = "index" if word == "index" else found.uses.get(value, word)
    dims = (s for s in statements(function.region) if isinstance(s, Apply) and s.primitive is memory.dim)
    found.first_array = next((s.operands[0] for s in dims if not s.results[0].hint), None)
    return found


def _origins(region: Region, depth: int = 0) -> dict[Value, Origin]:
    """Where values without a name come from: the statement that computes them, or a word."""
    found: dict[Value, Origin] = {}
    for stmt in region.body:
        match stmt:
            case Apply():
                found.update(dict.fromkeys(stmt.results, stmt))
            case For():
                found[index_of(stmt)] = INDICES[min(depth, 3) :]
                found.update((p, "s") for p in params_of(stmt) if is_float(p.type))
            case While() | If():
                pass
            case _:
                assert_never(stmt)
        if isinstance(stmt, For | While) and (trips := trips_of(stmt)) is not None:
            found[trips] = "trips"
        for inner in regions(stmt):
            found |= _origins(inner, depth + isinstance(stmt, For))
    return found


def _used_as(stmt: Apply | For) -> list[tuple[Value, str]]:
    """The ints that a statement takes for indices, sizes or bounds."""
    taken: Sequence[tuple[Operand, str]] = ()
    match stmt:
        case For():
            down = isinstance(stmt.step, Const) and stmt.step.value < 0
            taken = [(stmt.start, "last" if down else "first"), (stmt.stop, "end")]
        case Apply(primitive=memory.load | memory.row):
            taken = [(o, "index") for o in stmt.operands[1:]]
        case Apply(primitive=memory.store):
            taken = [(o, "index") for o in stmt.operands[1:-1]]
        case Apply(primitive=memory.alloc):
            taken = [(o, "size") for o in stmt.operands]
        case Apply():
            pass
    return [(o, word) for o, word in taken if isinstance(o, Value)]
