"""How large the numbers of a program can be: a bound of their absolute value, inf where they may be infinite or nan.

    for i in range(n):
        t = sin(2.0 * i)            of(t) is 1.0: an integer has no more than 64 bits
        u = sin(x[i])               inf: what an argument holds may be nan
        v = exp(x[i])               inf

Bounds go forward through memory and loops. One that is still growing after a few rounds is inf.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from adcompile.ir.loops import carried
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOATS
from adcompile.ir.walk import statements
from adcompile.ops import memory
from adcompile.ops import scalar as ops

ROUNDS = 4


class Magnitudes:
    """The bounds of a region's values. `names` leads from another name of a memory to the array."""

    def __init__(self, region: Region, names: Mapping[Value, Value]) -> None:
        self._names = names
        self._bounds: dict[Value, float] = {p: math.inf for p in region.params if p.type.dtype in FLOATS}
        everything = list(statements(region))
        rounds, grown = 0, True
        while grown:
            before, rounds = dict(self._bounds), rounds + 1
            for stmt in everything:
                self._visit(stmt)
            larger = [value for value, bound in self._bounds.items() if bound != before.get(value)]
            grown = bool(larger)
            if rounds > ROUNDS:
                self._bounds.update(dict.fromkeys(larger, math.inf))

    def of(self, operand: Operand) -> float:
        """The bound of a number, or of the elements of an array."""
        if isinstance(operand, Const):
            return abs(float(operand.value)) if not math.isnan(operand.value) else math.inf
        if operand.type.dtype not in FLOATS:
            return 1.0 if operand.type.dtype == "bool" else 2.0**64
        return self._bounds.get(self._names.get(operand, operand), 0.0)

    def _raise(self, value: Value, bound: float) -> None:
        if value.type.dtype in FLOATS:
            known = self._names.get(value, value)
            self._bounds[known] = max(self._bounds.get(known, 0.0), bound)

    def _visit(self, stmt: Stmt) -> None:
        match stmt:
            case Apply(primitive=memory.store):
                array = stmt.operands[0]
                assert isinstance(array, Value)
                self._raise(array, self.of(stmt.operands[-1]))
            case Apply(primitive=memory.load):
                self._raise(stmt.results[0], self.of(stmt.operands[0]))
            case Apply():
                self._apply(stmt)
            case If():
                for result, *sides in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                    self._raise(result, max(map(self.of, sides)))
            case For() | While():
                for each in carried(stmt):
                    bound = max(self.of(each.init), self.of(each.yielded))
                    for name in each.names:
                        self._raise(name, bound)

    def _apply(self, stmt: Apply) -> None:
        if stmt.primitive.routine is not None:
            for result in stmt.results:
                self._raise(result, math.inf)
        elif stmt.primitive.elementwise:
            last, result = stmt.operands[-1], stmt.results[0]
            divisor = float(last.value) if isinstance(last, Const) else 0.0
            bounds = [self.of(o) for o in stmt.operands]
            self._raise(result, magnitude(stmt.primitive, bounds, divisor, result.type.dtype))


def magnitude(primitive: Primitive, bounds: Sequence[float], divisor: float, dtype: str) -> float:
    """The bound of what a scalar operation gives, from those of its operands. `divisor`: the second one, if known."""
    known = bounds[1:] if primitive is ops.select else bounds[:1] if primitive.alias else bounds
    if math.inf in known:
        bound = math.inf
    elif primitive is ops.div:
        bound = bounds[0] / abs(divisor) if divisor else math.inf
    else:
        bound = primitive.bound(*bounds) if primitive.bound is not None else math.inf
    return bound if bound < np.finfo(dtype if dtype in FLOATS else "float64").max else math.inf
