"""Values that are sums of squares: where one of them is zero, so is its derivative.

    s = 0.0                          s is one, whatever x holds
    for i in range(n):
        s += x[i] * x[i]
    r = sqrt(s)                      s_bar = r_bar / (2 r), but 0 where s is 0

A root of such a value has no derivative at zero: its one-sided ones are finite in every direction, and their mean is
zero. By the chain rule it would be inf * 0. That is the convention of `np.linalg.norm`, in every spelling of it.

What is never negative, and flat where it is zero: squares and even powers, absolute values, exponentials, what is cut
off at zero, and sums, products and quotients of these. A value is one until something else flows into it, through
memory and loops too.
"""

from __future__ import annotations

from collections.abc import Mapping

from adcompile.ir.loops import carried, index_of
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While
from adcompile.ir.walk import statements
from adcompile.ops import memory
from adcompile.ops import scalar as ops


def is_root(stmt: Apply) -> bool:
    """Is the derivative infinite where the first operand is zero, and the value zero there?"""
    if stmt.primitive is ops.pow_:
        exponent = stmt.operands[1]
        return isinstance(exponent, Const) and 0.0 < exponent.value < 1.0
    return stmt.primitive in (ops.sqrt, ops.cbrt)


class Squares:
    """The sums of squares among the values of a region. `names` leads from another name of a memory to the array."""

    def __init__(self, region: Region, names: Mapping[Value, Value]) -> None:
        self._names = names
        self._others: set[Value] = set(region.params)
        everything = list(statements(region))
        size = -1
        while size != len(self._others):
            size = len(self._others)
            for stmt in everything:
                self._visit(stmt)

    def has(self, operand: Operand) -> bool:
        """Is it one?"""
        if isinstance(operand, Const):
            return operand.value >= 0
        return self._names.get(operand, operand) not in self._others

    def _visit(self, stmt: Stmt) -> None:
        match stmt:
            case Apply(primitive=memory.store):
                if not self.has(stmt.operands[-1]):
                    self._is_other(stmt.operands[0])
            case Apply(primitive=memory.load):
                if not self.has(stmt.operands[0]):
                    self._is_other(stmt.results[0])
            case Apply():
                if not self._gives_one(stmt):
                    for result in stmt.results:
                        self._is_other(result)
            case If():
                for result, *sides in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                    if not all(map(self.has, sides)):
                        self._is_other(result)
            case For() | While():
                self._carry(stmt)

    def _carry(self, loop: For | While) -> None:
        if isinstance(loop, For):
            self._is_other(index_of(loop))  # an index may be negative
        for each in carried(loop):
            if not (self.has(each.init) and self.has(each.yielded)):
                for name in each.names:
                    self._is_other(name)

    def _gives_one(self, stmt: Apply) -> bool:
        primitive, operands = stmt.primitive, stmt.operands
        if primitive in (memory.dim, memory.alloc, memory.alloc_like):
            return True
        if primitive.shares is not None:
            return self.has(operands[0])
        if primitive is ops.mul and operands[0] is operands[1]:
            return True
        if primitive is ops.pow_:
            exponent = operands[1]
            if not isinstance(exponent, Const):
                return False
            return exponent.value in (2, 4, 6, 8) or (exponent.value >= 1 and self.has(operands[0]))
        if primitive in (ops.maximum, ops.fmax) and any(isinstance(o, Const) and o.value >= 0 for o in operands):
            return True
        return primitive.square is not None and primitive.square(*map(self.has, operands))

    def _is_other(self, operand: Operand) -> None:
        if isinstance(operand, Value) and operand.type.dtype != "bool":
            self._others.add(self._names.get(operand, operand))
