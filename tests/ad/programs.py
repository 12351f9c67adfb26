"""Random smooth programs in loop-level IR: nested loops, branches, stores, aliases, arrays made in every trip.

Values stay bounded, conditions stay away from their switching points for almost all arguments, and every index is
inside its array, so that central differences of the interpreted program are a fair oracle.
"""

from __future__ import annotations

import random

import numpy as np

from adcompile.ir.builder import Builder
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Function, Operand, Region, Value, While, integer, real
from adcompile.ir.types import BOOL, FLOAT, INT, Array
from adcompile.ops import memory, scalar

VECTOR = Array("float64", 1)
MATRIX = Array("float64", 2)
SIZE = 4
UNARY = (scalar.sin, scalar.cos, scalar.tanh, scalar.neg)
BINARY = (scalar.add, scalar.sub, scalar.mul)


class ProgramGenerator:
    """Writes statements until the fuel is spent; `scalars` and `indices` are in scope."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.builder = Builder()
        self.scalars: list[Value] = []
        self.indices: list[Value] = []
        self.arrays: list[Value] = []
        self.readonly: list[Value] = []
        self.fuel = self.random.randint(6, 22)

    def generate(self) -> Function:
        x, a = Value(VECTOR, "x"), Value(FLOAT, "a")
        region = self.builder.region
        region.params = (x, a)
        self.readonly, self.scalars = [x], [a]
        self.arrays = [self.new_array() for _ in range(2)]
        while self.fuel > 0:
            self.statement(depth=0)
        total: Operand = a
        for array in self.arrays:
            for k in range(SIZE):
                index = (integer(k),) if array.type.ndim == 1 else (integer(k % 2), integer(k // 2))
                total = self.builder.apply(scalar.add, total, self.load(array, index), type=FLOAT)
        region.yields = (self.builder.apply(scalar.add, total, self.pick(), type=FLOAT),)
        return Function("program", region)

    # -- pieces

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def pick(self) -> Operand:
        if self.scalars and self.chance(0.9):
            return self.random.choice(self.scalars[-6:])
        return real(self.random.choice((0.5, -1.5, 2.0)))

    def load(self, array: Value, index: tuple[Operand, ...]) -> Value:
        return self.builder.apply(memory.load, array, *index, type=FLOAT)

    def new_array(self) -> Value:
        if self.chance(0.7):
            return self.builder.apply(memory.alloc, integer(SIZE), type=VECTOR, fill="zeros", hint="v")
        return self.builder.apply(memory.alloc, integer(2), integer(2), type=MATRIX, fill="zeros", hint="m")

    def index(self, array: Value) -> tuple[Operand, ...]:
        extents = (SIZE,) if array.type.ndim == 1 else (2, 2)
        found: list[Operand] = []
        for extent in extents:
            if self.indices and self.chance(0.8):
                i: Operand = self.random.choice(self.indices)
                if self.chance(0.3):
                    i = self.builder.apply(scalar.add, i, integer(self.random.randint(1, 3)), type=INT)
                found.append(self.builder.apply(scalar.mod, i, integer(extent), type=INT))
            else:
                found.append(integer(self.random.randrange(-extent, extent)))
        return tuple(found)

    def expression(self) -> None:
        kind = self.random.random()
        if kind < 0.35:
            array = self.random.choice(self.arrays + self.readonly)
            self.scalars.append(self.load(array, self.index(array)))
        elif kind < 0.6:
            self.scalars.append(self.builder.apply(self.random.choice(UNARY), self.pick(), type=FLOAT))
        elif kind < 0.68:
            square = self.builder.apply(scalar.mul, *[self.pick()] * 2, type=FLOAT)
            positive = self.builder.apply(scalar.add, square, real(1.0), type=FLOAT)
            self.scalars.append(self.builder.apply(scalar.div, self.pick(), positive, type=FLOAT))
            self.scalars.append(self.builder.apply(scalar.sqrt, positive, type=FLOAT))
        else:
            bounded = self.builder.apply(self.random.choice(BINARY), self.pick(), self.pick(), type=FLOAT)
            if self.chance(0.5):
                bounded = self.builder.apply(scalar.sin, bounded, type=FLOAT)
            self.scalars.append(bounded)

    def store(self) -> None:
        array = self.random.choice(self.arrays)
        index = self.index(array)
        value = self.pick()
        if self.chance(0.4):
            before = self.load(array, index)
            value = self.builder.apply(self.random.choice(BINARY), before, value, type=FLOAT)
            if self.chance(0.3):
                value = self.builder.apply(scalar.sin, value, type=FLOAT)
        self.builder.effect(memory.store, array, *index, value)

    def statement(self, depth: int) -> None:
        self.fuel -= 1
        kind = self.random.random()
        if kind < 0.4 or depth == 3:
            self.expression()
        elif kind < 0.65:
            self.store()
        elif kind < 0.7 and self.chance(0.7):
            self.arrays.append(self.new_array())
        elif kind < 0.74:
            self.alias()
        elif kind < 0.78:
            self.temporary()
        elif kind < 0.9:
            self.loop(depth)
        else:
            self.branch(depth)

    def alias(self) -> None:
        array = self.random.choice(self.arrays)
        if array.type.ndim == 1:
            dims: tuple[Operand, ...] = (integer(2), integer(2))
            self.arrays.append(self.builder.apply(memory.reshape, array, *dims, type=MATRIX, hint="r"))
        else:
            self.arrays.append(self.builder.apply(memory.reshape, array, integer(4), type=VECTOR, hint="r"))

    def temporary(self) -> None:
        """A vector filled once by a nest of loops, from elements and scalars in scope, and read later."""
        made = self.builder.apply(
            memory.alloc, integer(SIZE), type=VECTOR, fill="empty", once=True, hint=self.random.choice(("d", "w"))
        )
        factor, source = self.pick(), self.random.choice([a for a in self.arrays + self.readonly if a.type.ndim == 1])
        region = Region((Value(INT, "k"),))
        with self.builder.into(region):
            value = self.load(source, (region.params[0],))
            value = self.builder.apply(self.random.choice(BINARY), value, factor, type=FLOAT)
            if self.chance(0.3):
                value = self.builder.apply(scalar.sin, value, type=FLOAT)
            self.builder.effect(memory.store, made, region.params[0], value)
        self.builder.for_((integer(0), integer(SIZE), integer(1)), (), region, order_free=True)
        self.readonly.append(made)

    def block(self, depth: int) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.statement(depth + 1)

    def loop(self, depth: int) -> None:
        if self.chance(0.25):
            self.while_loop(depth)
            return
        carried = [
            (self.pick(), Value(FLOAT, self.random.choice(("s", "t", "u")))) for _ in range(self.random.randint(0, 2))
        ]
        region = Region((Value(INT, "i"), *(p for _, p in carried)))
        bounds = self.bounds()
        saved = list(self.scalars), list(self.indices), list(self.arrays), list(self.readonly)
        exits = self.chance(0.3)
        with self.builder.into(region):
            self.indices.append(region.params[0])
            self.scalars += [p for _, p in carried]
            self.block(depth)
            leave = (self.condition(),) if exits else ()
            region.yields = (*leave, *(self.bounded(self.pick()) for _ in carried))
        self.scalars, self.indices, self.arrays, self.readonly = saved
        results = self.builder.for_(bounds, tuple(i for i, _ in carried), region, exits=exits)
        if exits:
            self.indices.append(results[0])
        self.scalars += results[exits:]

    def while_loop(self, depth: int) -> None:
        """A few trips, fewer if the carried number grows large."""
        tested = Region((Value(INT, "k"), Value(FLOAT, "s")))
        region = Region((Value(INT, "k"), Value(FLOAT, "s")))
        limit = integer(self.random.choice((0, 1, 2, 3)))
        with self.builder.into(tested):
            few = self.builder.apply(scalar.lt, tested.params[0], limit, type=BOOL)
            small = self.builder.apply(scalar.lt, tested.params[1], real(0.7), type=BOOL)
            tested.yields = (self.builder.apply(scalar.and_, few, small, type=BOOL),)
        saved = list(self.scalars), list(self.indices), list(self.arrays), list(self.readonly)
        with self.builder.into(region):
            self.indices.append(region.params[0])
            self.scalars.append(region.params[1])
            self.block(depth)
            following = self.builder.apply(scalar.add, region.params[0], integer(1), type=INT)
            region.yields = (following, self.bounded(self.pick()))
        self.scalars, self.indices, self.arrays, self.readonly = saved
        results = (Value(INT), Value(INT, "k"), Value(FLOAT, "s"))
        self.builder.append(While((integer(0), self.pick()), tested, region, results))
        self.indices.append(results[0])
        self.scalars.append(results[2])

    def condition(self) -> Operand:
        if self.indices and self.chance(0.6):
            odd = self.builder.apply(scalar.mod, self.random.choice(self.indices), integer(2), type=INT)
            return self.builder.apply(scalar.eq, odd, integer(0), type=BOOL)
        return self.builder.apply(scalar.lt, self.pick(), real(0.3), type=BOOL)

    def bounded(self, value: Operand) -> Operand:
        return self.builder.apply(scalar.sin, value, type=FLOAT) if self.chance(0.7) else value

    def bounds(self) -> tuple[Operand, Operand, Operand]:
        stop: Operand = integer(self.random.choice((0, 1, 2, 3, 3)))
        if self.indices and self.chance(0.4):
            stop = self.random.choice(self.indices)
        start: Operand = integer(self.random.choice((0, 0, 0, 1)))
        if self.chance(0.2):
            return stop, start, integer(-1)
        return start, stop, integer(self.random.choice((1, 1, 1, 2)))

    def branch(self, depth: int) -> None:
        cond = self.condition()
        sides = []
        count = self.random.randint(0, 2)
        for _ in range(2):
            saved = list(self.scalars), list(self.indices), list(self.arrays), list(self.readonly)
            region = Region()
            with self.builder.into(region):
                if self.chance(0.8):
                    self.block(depth)
                region.yields = tuple(self.pick() for _ in range(count))
            sides.append(region)
            self.scalars, self.indices, self.arrays, self.readonly = saved
        self.scalars += self.builder.if_(cond, *sides)


def arguments(seed: int) -> tuple[np.ndarray, float]:
    """An array and a number for a program."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, SIZE), float(rng.uniform(-1, 1))


def differences(function: Function, x: np.ndarray, a: float, h: float = 1e-4) -> tuple[np.ndarray, float] | None:
    """Central differences with one Richardson step; None near a kink, where two step sizes disagree."""

    def value(x: np.ndarray, a: float) -> float:
        return float(run(function, (x, a))[0])

    def along(step) -> float:  # type: ignore[no-untyped-def]
        wide = (value(*step(2 * h)) - value(*step(-2 * h))) / (4 * h)
        narrow = (value(*step(h)) - value(*step(-h))) / (2 * h)
        slopes.append(abs(wide - narrow) / (1 + abs(narrow)))
        return (4 * narrow - wide) / 3

    slopes: list[float] = []
    gradient = np.array([along(lambda t, e=e: (x + t * e, a)) for e in np.eye(SIZE)])
    scalar_part = along(lambda t: (x, a + t))
    return None if max(slopes) > 1e-4 else (gradient, scalar_part)
