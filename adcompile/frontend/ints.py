"""Integer arithmetic of shapes and indices: constants are folded, equal expressions are one value.

    n - 1  written twice          one value, if the first dominates the second
    (n - 1) - 1                   n - 2
    max(n - 0, 0)                 n, for an extent is never negative

Sums with a constant are kept as (base, offset), so that `x[2:]`, `x[1:-1]` and `x[:-2]` have the same extent. What
is known of a value: extents and indices of rising loops are not negative; the index of `range(a, n)` is below `n`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import eq, ge, gt, le, lt, ne

from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Const, Operand, Value, boolean, integer
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import INT
from adcompile.ops import scalar
from adcompile.ops.scalar import numpy_overflow, result_type

Key = tuple[str, tuple[Operand, ...]]

_COMPARE = {scalar.lt: lt, scalar.le: le, scalar.gt: gt, scalar.ge: ge, scalar.eq: eq, scalar.ne: ne}
ZERO, ONE = integer(0), integer(1)
LEAST = -(2**63)


class Ints:
    """Smart constructors over a builder. Tables are scoped like regions: an entry is seen where it dominates."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.known: list[dict[Key, Operand]] = [{}]
        self.equal: list[dict[Value, Operand]] = [{}]
        self.linear: dict[Value, tuple[Value, int]] = {}
        self.nonnegative: dict[Value, bool] = {}
        self.below: dict[Value, Operand] = {}

    @contextmanager
    def scope(self, depth: int | None = None) -> Iterator[None]:
        """Entries made in the block end with it. With `depth`, they join those of that open scope instead."""
        self.known.append({} if depth is None else self.known[depth])
        self.equal.append({} if depth is None else self.equal[depth])
        try:
            yield
        finally:
            self.known.pop()
            self.equal.pop()

    def pure(self, primitive: Primitive, *operands: Operand) -> Operand:
        """A scalar operation, shared with an equal one that dominates."""
        key = (primitive.name, operands)
        for table in reversed(self.known):
            if key in table:
                return table[key]
        result = self.builder.apply(primitive, *operands, type=result_type(primitive, tuple(o.type for o in operands)))
        self.known[-1][key] = result
        return result

    def wrapping(self, primitive: Primitive, *operands: Operand) -> Operand:
        """An operation on NumPy's integers, which wrap; shared with an equal one that dominates."""
        key = (f"numpy {primitive.name}", operands)
        for table in reversed(self.known):
            if key in table:
                return table[key]
        result = self.builder.apply(primitive, *operands, type=INT, **numpy_overflow(INT))
        self.known[-1][key] = result
        return result

    def once(self, *fact: Operand, name: str) -> bool:
        """Is this the first time that a check is made here? Later ones that it dominates are left out."""
        if any((name, fact) in table for table in self.known):
            return False
        self.known[-1][name, fact] = boolean(True)
        return True

    def split(self, x: Operand) -> tuple[Value | None, int]:
        """The operand as base + offset."""
        if isinstance(x, Const):
            return None, int(x.value)
        return self.linear.get(x, (x, 0))

    def add(self, x: Operand, y: Operand) -> Operand:
        """x + y."""
        (base_x, offset_x), (base_y, offset_y) = self.split(x), self.split(y)
        if abs(offset_x + offset_y) < 2**63:
            if base_x is None:
                return self._offset(base_y, offset_x + offset_y)
            if base_y is None:
                return self._offset(base_x, offset_x + offset_y)
        result = self.pure(scalar.add, x, y)
        self._mark(result, self.is_nonnegative(x) and self.is_nonnegative(y))
        return result

    def sub(self, x: Operand, y: Operand) -> Operand:
        """x - y."""
        (base_x, offset_x), (base_y, offset_y) = self.split(x), self.split(y)
        if base_x is base_y:
            return integer(offset_x - offset_y)
        if base_y is None and abs(offset_x - offset_y) < 2**63:
            return self._offset(base_x, offset_x - offset_y)
        if x == ZERO:
            return self.neg(y)
        return self.pure(scalar.sub, x, y)

    def neg(self, x: Operand) -> Operand:
        """-x."""
        return integer(-int(x.value)) if isinstance(x, Const) and x.value > LEAST else self.pure(scalar.neg, x)

    def mul(self, x: Operand, y: Operand) -> Operand:
        """x * y."""
        match x, y:
            case Const(value=p), Const(value=q) if abs(int(p) * int(q)) < 2**63:
                return integer(int(p) * int(q))
            case (Const(value=1), other) | (other, Const(value=1)):
                return other
            case (Const(value=0), _) | (_, Const(value=0)):
                return ZERO
        result = self.pure(scalar.mul, x, y)
        self._mark(result, self.is_nonnegative(x) and self.is_nonnegative(y))
        return result

    def floordiv(self, x: Operand, y: Operand) -> Operand:
        """x // y."""
        match x, y:
            case Const(value=p), Const(value=q) if q != 0 and p > LEAST:
                return integer(int(p) // int(q))
            case _, Const(value=1):
                return x
        result = self.pure(scalar.floordiv, x, y)
        self._mark(result, self.is_nonnegative(x) and self.is_nonnegative(y))
        return result

    def ceildiv(self, x: Operand, y: Operand) -> Operand:
        """x / y rounded up, for a positive y: (x + y - 1) // y."""
        return self.floordiv(self.add(x, self.sub(y, ONE)), y)

    def count(self, start: Operand, stop: Operand, step: Operand) -> Operand:
        """len(range(start, stop, step)): max(0, ceil(distance / size of the step)). The step is not zero."""
        if isinstance(step, Const):
            span = self.sub(stop, start) if step.value > 0 else self.sub(start, stop)
            return self.max(self.ceildiv(span, integer(abs(int(step.value)))), ZERO)
        rising = self.compare(scalar.gt, step, ZERO)
        span = self.select(rising, self.sub(stop, start), self.sub(start, stop))
        return self.max(self.ceildiv(span, self.select(rising, step, self.neg(step))), ZERO)

    def mod(self, x: Operand, y: Operand) -> Operand:
        """x % y."""
        if isinstance(x, Const) and isinstance(y, Const) and y.value != 0:
            return integer(int(x.value) % int(y.value))
        result = self.pure(scalar.mod, x, y)
        self._mark(result, self.is_nonnegative(y))
        return result

    def min(self, x: Operand, y: Operand) -> Operand:
        """The smaller."""
        if self.at_most(x, y):
            return x
        if self.at_most(y, x):
            return y
        result = self.pure(scalar.minimum, x, y)
        self._mark(result, self.is_nonnegative(x) and self.is_nonnegative(y))
        return result

    def max(self, x: Operand, y: Operand) -> Operand:
        """The larger."""
        if self.at_most(x, y):
            return y
        if self.at_most(y, x):
            return x
        result = self.pure(scalar.maximum, x, y)
        self._mark(result, self.is_nonnegative(x) or self.is_nonnegative(y))
        return result

    def compare(self, primitive: Primitive, x: Operand, y: Operand) -> Operand:
        """A comparison of two ints."""
        (base_x, offset_x), (base_y, offset_y) = self.split(x), self.split(y)
        if base_x is base_y:
            return boolean(_COMPARE[primitive](offset_x, offset_y))
        return self.pure(primitive, x, y)

    def product(self, factors: tuple[Operand, ...]) -> Operand:
        """The number of elements of a shape."""
        result: Operand = ONE
        for factor in factors:
            result = self.mul(result, factor)
        return result

    def select(self, cond: Operand, x: Operand, y: Operand) -> Operand:
        """x where cond else y."""
        if isinstance(cond, Const):
            return x if cond.value else y
        return x if x == y else self.pure(scalar.select, cond, x, y)

    def is_nonnegative(self, x: Operand) -> bool:
        """Is it known not to be negative?"""
        if isinstance(x, Const):
            return x.value >= 0
        base, offset = self.split(x)
        if x in self.nonnegative or (base in self.nonnegative and offset >= 0):
            return True
        return any(("nonnegative", (x,)) in table for table in self.known)

    def assume_nonnegative(self, x: Operand) -> None:
        """Record that x >= 0 holds from here on."""
        self.known[-1]["nonnegative", (x,)] = boolean(True)

    def at_most(self, x: Operand, y: Operand) -> bool:
        """Is it known that x <= y?"""
        if x == y or (isinstance(x, Const) and isinstance(y, Const)):
            return x == y or x.value <= y.value  # type: ignore[union-attr]
        (base_x, offset_x), (base_y, offset_y) = self.split(x), self.split(y)
        if base_x is base_y:
            return offset_x <= offset_y
        if base_x is None:
            return offset_x <= 0 and self.is_nonnegative(y)
        if base_x in self.below:
            # base_x <= limit - 1
            limit, shift = self.split(self.below[base_x])
            return limit is base_y and offset_x + shift - 1 <= offset_y
        return False

    def differ(self, x: Operand, y: Operand) -> bool:
        """Are they known to be different, or is one the other made shorter, as the extent of `x[1:]`?"""
        (base_x, offset_x), (base_y, offset_y) = self.split(x), self.split(y)
        if base_x is base_y:
            return offset_x != offset_y
        clamped = [k for table in self.known for k, v in table.items() if v is y and k[0] == scalar.maximum.name]
        return any(self.split(part) == (base_x, offset_x - k) for _, parts in clamped for part in parts for k in (1, 2))

    def same(self, x: Operand, y: Operand) -> bool:
        """Are they known to be equal here?"""
        return self.canonical(x) == self.canonical(y)

    def canonical(self, x: Operand) -> Operand:
        """One representative of the operands known to be equal to x."""
        while isinstance(x, Value):
            for table in reversed(self.equal):
                if x in table:
                    x = table[x]
                    break
            else:
                return x
        return x

    def assume_equal(self, x: Operand, y: Operand) -> None:
        """Record that x == y holds from here on."""
        x, y = self.canonical(x), self.canonical(y)
        if isinstance(y, Value):
            self.equal[-1][y] = x
        elif isinstance(x, Value):
            self.equal[-1][x] = y

    def _offset(self, base: Value | None, offset: int) -> Operand:
        if base is None:
            return integer(offset)
        if offset == 0:
            return base
        primitive = scalar.add if offset > 0 else scalar.sub
        result = self.pure(primitive, base, integer(abs(offset)))
        assert isinstance(result, Value)
        self.linear[result] = (base, offset)
        return result

    def _mark(self, result: Operand, nonnegative: bool) -> None:
        if nonnegative and isinstance(result, Value):
            self.nonnegative[result] = True
