"""Which array names mean the same memory. At loop level `reshape`, `row` and `part` give an array another name.

r: float64[:, :] = reshape(x, n, 1)
q: float64[:] = row(r, 0)                 Aliases(function).root(q) is x
"""

from __future__ import annotations

from adcompile.ir.nodes import Apply, Function, Operand, Region, Stmt, Value
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array
from adcompile.ir.walk import all_operands, operands, regions, statements


class Aliases:
    """The roots of a function's array names. Arrays with different roots share no memory."""

    def __init__(self, function: Function) -> None:
        self._roots: dict[Value, Value] = {}
        for stmt in statements(function.region):
            if isinstance(stmt, Apply) and stmt.primitive.shares is not None:
                self._roots[stmt.results[0]] = self.root(stmt.operands[0])

    def root(self, array: Operand) -> Value:
        """The array that the name is a name of."""
        assert isinstance(array, Value)
        return self._roots.get(array, array)

    def mentions(self, stmt: Stmt, root: Value) -> bool:
        """Does the statement, or one inside it, use a name of the memory?"""
        used = (*operands(stmt), *(o for inner in regions(stmt) for o in all_operands(inner)))
        return any(isinstance(o.type, Array) and self.root(o) is root for o in used)

    def written(self, *regions: Region) -> list[Value]:
        """The roots that statements of the regions, nested ones included, may write to."""
        found = {
            self.root(stmt.operands[0]): None
            for region in regions
            for stmt in statements(region)
            if isinstance(stmt, Apply) and stmt.primitive.effect is Effect.WRITE
        }
        return list(found)
