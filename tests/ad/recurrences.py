"""Random programs of nested loops that update arrays in place at affine indices: what proofs about elements are about.

    for t in range(2):
        for i in range(1, 5):
            for j in range(0, i):
                m[i, j] = m[i, j] - m[i, j - 1] * m[j, i]
            v[i] = sin(v[i - 1]) * x[i % 4]

Bounds depend on outer indices, loops run up, down and in steps, rows of matrices go by names of their own, some stores
are in branches, and some indices count from the end.
"""

from __future__ import annotations

from adcompile.ir.nodes import Function, Operand, Region, Value, While, integer, real
from adcompile.ir.types import BOOL, FLOAT, INT
from adcompile.ops import memory, scalar
from tests.ad.programs import MATRIX, SIZE, VECTOR, ProgramGenerator

EXTENT = 5
Interval = tuple[int, int]


class RecurrenceGenerator(ProgramGenerator):
    """Keeps an interval of values for every index in scope, so that what is added to it stays inside the arrays."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.intervals: dict[Value, Interval] = {}
        self.names: list[Value] = []
        self.fuel = self.random.randint(3, 10)

    def generate(self) -> Function:
        x, a = Value(VECTOR, "x"), Value(FLOAT, "a")
        self.builder.region.params = (x, a)
        self.readonly, self.scalars = [x], [a]
        self.names = [self.filled(VECTOR), self.filled(MATRIX)]
        if self.chance(0.3):
            self.names.append(self.builder.apply(memory.reshape, self.names[1], integer(EXTENT**2), type=VECTOR))
        while self.fuel > 0:
            self.nest(0)
        total: Operand = a
        for k in range(EXTENT):
            for array, index in ((self.names[0], (k,)), (self.names[1], (k, k)), (self.names[1], (k, 1))):
                element = self.load(array, tuple(map(integer, index)))
                scaled = self.builder.apply(scalar.mul, element, real(0.3 + k), type=FLOAT)
                total = self.builder.apply(scalar.add, total, scaled, type=FLOAT)
        self.builder.region.yields = (total,)
        return Function("program", self.builder.region)

    def filled(self, type_) -> Value:  # type: ignore[no-untyped-def]
        """An array of numbers that depend on the arguments."""
        extents = (integer(EXTENT),) * type_.ndim
        array = self.builder.apply(
            memory.alloc, *extents, type=type_, fill="zeros", hint="m" if type_ == MATRIX else "v"
        )
        region = Region((Value(INT, "k"),))
        with self.builder.into(region):
            k = region.params[0]
            seed = self.load(self.readonly[0], (self.builder.apply(scalar.mod, k, integer(SIZE), type=INT),))
            for column in range(EXTENT if type_ == MATRIX else 1):
                shifted = self.builder.apply(scalar.add, seed, real(0.7 * column), type=FLOAT)
                index = (k, integer(column)) if type_ == MATRIX else (k,)
                value = self.builder.apply(scalar.sin, shifted, type=FLOAT)
                self.builder.effect(memory.store, array, *index, value)
        self.builder.for_((integer(0), integer(EXTENT), integer(1)), (), region)
        return array

    # -- statements

    def nest(self, depth: int) -> None:
        """A loop, sometimes one that only repeats what is inside; or an update."""
        self.fuel -= 1
        kind = self.random.random()
        if depth == 3 or (depth and kind < 0.5):
            self.update()
        elif kind < 0.1 and depth:
            self.in_branch(depth)
        elif kind < 0.16:
            self.in_while(depth)
        else:
            self.in_loop(depth)

    def inside(self, region: Region, depth: int) -> None:
        indices, names = list(self.indices), list(self.names)
        with self.builder.into(region):
            self.indices += [p for p in region.params if p in self.intervals]
            for _ in range(self.random.randint(1, 3)):
                self.nest(depth + 1)
        self.indices, self.names = indices, names

    def in_loop(self, depth: int) -> None:
        index, repeats = Value(INT, "ijk"[min(depth, 2)]), self.chance(0.2)
        if repeats:
            start, stop, interval = integer(0), integer(2), (0, 1)
        else:
            (start, low), (stop, high) = self.bound(first=True), self.bound(first=False)
            interval = (low[0], max(high[1] - 1, low[0]))
        step = self.random.choice((1, 1, 1, 2))
        bounds: tuple[Operand, Operand, Operand] = (start, stop, integer(step))
        if self.chance(0.25):
            bounds = (self.plus(stop, -1), self.plus(start, -1), integer(-step))
        region = Region((index,))
        self.intervals[index] = interval
        self.inside(region, depth)
        exits = self.chance(0.1)
        with self.builder.into(region):
            late = self.builder.apply(scalar.gt, index, integer(2), type=BOOL) if exits else None
            region.yields = (late,) if late is not None else ()
        self.builder.for_(bounds, (), region, exits=exits)

    def bound(self, *, first: bool) -> tuple[Operand, Interval]:
        if self.indices and self.chance(0.45):
            index = self.random.choice(self.indices)
            shift = self.random.choice((0, 0, 1))
            low, high = self.intervals[index]
            if high + shift <= EXTENT:
                return self.plus(index, shift), (low + shift, high + shift)
        value = self.random.choice((0, 0, 1, 2)) if first else EXTENT - self.random.choice((0, 0, 1, 2))
        return integer(value), (value, value)

    def plus(self, operand: Operand, shift: int) -> Operand:
        return self.builder.apply(scalar.add, operand, integer(shift), type=INT) if shift else operand

    def in_branch(self, depth: int) -> None:
        sides = Region(), Region()
        kind = scalar.lt if self.chance(0.5) else scalar.ne
        operands = self.random.choice(self.indices), self.random.choice((*self.indices, integer(2)))
        cond = self.builder.apply(kind, *operands, type=BOOL)
        for side in sides[: self.random.choice((1, 2))]:
            self.inside(side, depth)
        self.builder.if_(cond, *sides)

    def in_while(self, depth: int) -> None:
        """Counts an index up."""
        test, body = Region((Value(INT, "w"),)), Region((Value(INT, "w"),))
        self.intervals[body.params[0]] = (0, 2)
        with self.builder.into(test):
            test.yields = (self.builder.apply(scalar.lt, test.params[0], integer(3), type=BOOL),)
        self.inside(body, depth)
        with self.builder.into(body):
            body.yields = (self.plus(body.params[0], 1),)
        self.builder.append(While((integer(0),), test, body, (Value(INT), Value(INT, "w"))))

    def update(self) -> None:
        """array[place] = a bounded nonlinear function of elements at related places."""
        if self.chance(0.1):
            row = self.affine(EXTENT, negative=False)
            self.names.append(self.builder.apply(memory.row, self.names[1], row, type=VECTOR, hint="row"))
        array = self.random.choice(self.names)
        place = self.place(array)
        old = self.load(array, place) if self.chance(0.6) else self.element()
        more, third = self.element(), self.element()
        product = self.builder.apply(scalar.mul, more, third, type=FLOAT)
        combined = self.builder.apply(
            self.random.choice((scalar.sub, scalar.add, scalar.mul)), old, product, type=FLOAT
        )
        kind = self.random.random()
        if kind < 0.3:
            combined = self.builder.apply(scalar.sin, combined, type=FLOAT)
        elif kind < 0.6:
            square = self.builder.apply(scalar.mul, more, more, type=FLOAT)
            positive = self.builder.apply(scalar.add, square, real(1.0), type=FLOAT)
            combined = self.builder.apply(scalar.div, old, positive, type=FLOAT)
        elif kind < 0.8:
            combined = self.builder.apply(scalar.tanh, combined, type=FLOAT)
        else:
            combined = self.builder.apply(scalar.mul, old, self.builder.apply(scalar.cos, more, type=FLOAT), type=FLOAT)
        self.builder.effect(memory.store, array, *place, combined)

    def element(self) -> Value:
        array = self.random.choice(self.names)
        return self.load(array, self.place(array))

    def place(self, array: Value) -> tuple[Operand, ...]:
        is_long = any(
            s.results == (array,) for s in self.builder.stack[0].body if getattr(s, "primitive", None) is memory.reshape
        )
        return tuple(self.affine(EXTENT**2 if is_long else EXTENT) for _ in range(array.type.ndim))  # type: ignore[union-attr]

    def affine(self, extent: int, *, negative: bool = True) -> Operand:
        """index + shift, or a constant, in range; seldom below zero."""
        if not self.indices or self.chance(0.12):
            return integer(self.random.randrange(-extent if negative and self.chance(0.3) else 0, extent))
        index = self.random.choice(self.indices)
        low, high = self.intervals[index]
        if negative and self.chance(0.05):
            return self.builder.apply(scalar.sub, index, integer(extent), type=INT)
        shifts = [
            s
            for s in (0, 0, 0, -1, -1, 1, 2)
            if (low + s >= 0 or (negative and self.chance(0.1))) and high + s < extent
        ]
        return self.plus(index, self.random.choice(shifts)) if shifts else integer(0)
