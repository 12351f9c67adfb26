"""Random programs whose loops run over affine indices, checked and sometimes out of range; loop level.

for i in range(1, n):
    for j in range(i, m):
        require(-e <= i - 1 and i - 1 < e)
        a[i - 1, j] = a[i - 1, j] + b[j] ...

Every load and store comes after the check of its index, as the front end writes it.
"""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np

from adcompile.ir.builder import Builder
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Function, Operand, Region, Value, integer, real
from adcompile.ir.types import BOOL, FLOAT, INT, Array
from adcompile.ops import memory, scalar

VECTOR = Array("float64", 1)
MATRIX = Array("float64", 2)


class AffineGenerator:
    """Writes statements until the fuel is spent. `safe`: few indices are out of range."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.builder = Builder()
        self.scalars: list[Value] = []
        self.indices: list[Value] = []
        self.arrays: list[Value] = []
        self.sizes: list[Value] = []
        self.fuel = self.random.randint(5, 16)
        self.safe = self.random.random() < 0.6

    def generate(self) -> Function:
        x, m, n, k = Value(VECTOR, "x"), Value(MATRIX, "m"), Value(INT, "n"), Value(INT, "k")
        region = self.builder.region
        region.params = (x, m, n, k)
        self.arrays = [x, m]
        self.sizes = [n, k]
        self.sizes += [self.builder.apply(memory.dim, a, type=INT, axis=b) for a, b in ((x, 0), (m, 0), (m, 1))]
        self.scalars = [self.builder.apply(scalar.cast, n, type=FLOAT)]
        while self.fuel > 0:
            self.statement(0)
        region.yields = (self.scalars[-1],)
        return Function("program", region)

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def op(self, primitive: Any, *operands: Operand, type: Any = INT) -> Value:
        return self.builder.apply(primitive, *operands, type=type)

    def affine(self) -> Operand:
        kind = self.random.random()
        i: Operand = self.random.choice(self.indices) if self.indices and kind < 0.85 else integer(0)
        if kind > 0.95 or (not self.indices and self.chance(0.3)):
            i = self.random.choice(self.sizes)
        shift = self.random.choice((0, 0, 0, -1, 1, -2))
        if self.chance(0.1):
            i = self.op(scalar.mul, i, integer(self.random.choice((2, -1))))
        if self.chance(0.1) and self.indices:
            i = self.op(scalar.add, i, self.random.choice(self.indices))
        return self.op(scalar.add, i, integer(shift)) if shift else i

    def place(self, array: Value) -> tuple[Operand, ...]:
        """Checked indices of the array."""
        found: list[Operand] = []
        for axis in range(array.type.ndim):  # type: ignore[union-attr]
            extent = self.builder.apply(memory.dim, array, type=INT, axis=axis)
            index = self.affine()
            if self.safe and self.chance(0.9):
                index = self.op(scalar.minimum, self.op(scalar.maximum, index, integer(0)), self.last(extent))
            low = self.op(scalar.ge, index, self.op(scalar.neg, extent), type=BOOL)
            high = self.op(scalar.lt, index, extent, type=BOOL)
            self.check(self.op(scalar.and_, low, high, type=BOOL), index, axis, extent)
            if self.chance(0.5):  # wrapped, as lowering does it
                negative = self.op(scalar.lt, index, integer(0), type=BOOL)
                index = self.op(scalar.select, negative, self.op(scalar.add, index, extent), index)
            found.append(index)
        return tuple(found)

    def last(self, extent: Value) -> Value:
        return self.op(scalar.sub, extent, integer(1))

    def check(self, ok: Operand, index: Operand, axis: int, extent: Operand) -> None:
        message = "checked: {} on {} of {}"
        self.builder.effect(memory.require, ok, index, integer(axis), extent, error="IndexError", message=message)

    def statement(self, depth: int) -> None:
        self.fuel -= 1
        kind = self.random.random()
        if kind < 0.15:
            array = self.random.choice(self.arrays)
            self.scalars.append(self.load(array, self.place(array)))
        elif kind < 0.6:
            self.update()
        elif kind < 0.65 and self.chance(0.5):
            ok = self.op(scalar.lt, self.affine(), integer(6), type=BOOL)
            self.builder.effect(memory.require, ok, error="ValueError", message="no")
        elif kind < 0.92 and depth < 3:
            self.loop(depth)
        elif depth < 3:
            self.branch(depth)

    def load(self, array: Value, place: tuple[Operand, ...]) -> Value:
        return self.builder.apply(memory.load, array, *place, type=FLOAT)

    def update(self) -> None:
        array = self.random.choice(self.arrays)
        place = self.place(array)
        value: Operand = self.random.choice(self.scalars)
        if self.chance(0.7):
            other = self.random.choice(self.arrays)
            more = self.load(other, self.place(other))
            value = self.op(scalar.mul, real(0.5), more, type=FLOAT)
        if self.chance(0.8):
            value = self.op(scalar.add, self.load(array, place), value, type=FLOAT)
        self.builder.effect(memory.store, array, *place, value)

    def inside(self, region: Region, depth: int, index: Value | None = None) -> None:
        saved = list(self.scalars), list(self.indices)
        with self.builder.into(region):
            self.indices += [index] if index is not None else []
            for _ in range(self.random.randint(1, 3)):
                self.statement(depth + 1)
        self.scalars, self.indices = saved

    def loop(self, depth: int) -> None:
        region = Region((Value(INT, self.random.choice("ijk")),))
        start = self.affine() if self.chance(0.4) else integer(self.random.choice((0, 0, 1)))
        stop = self.affine() if self.chance(0.3) else self.random.choice(self.sizes)
        if self.chance(0.3):
            stop = self.op(scalar.sub, stop, integer(1))
        step = integer(self.random.choice((1, 1, 1, 1, 2, -1, -2)))
        bounds = (stop, start, step) if int(step.value) < 0 else (start, stop, step)
        self.inside(region, depth, region.params[0])
        exits = self.chance(0.1)
        if exits:
            with self.builder.into(region):
                region.yields = (self.op(scalar.gt, self.random.choice(self.scalars), real(2.0), type=BOOL),)
        self.builder.for_(bounds, (), region, exits=exits)

    def branch(self, depth: int) -> None:
        cond = self.op(scalar.lt, self.affine(), self.affine(), type=BOOL)
        regions = Region(), Region()
        for region in regions:
            if self.chance(0.8):
                self.inside(region, depth)
        self.builder.if_(cond, *regions)


def affine_program(seed: int) -> Function:
    """A program that the seed decides; its arguments are those of `affine_arguments`."""
    return AffineGenerator(seed).generate()


def affine_arguments(seed: int) -> tuple[Any, ...]:
    """Arguments (x, m, n, k); the arrays may be empty."""
    values = np.random.default_rng(seed)
    sizes = values.integers(0, 5, 3) if values.random() < 0.3 else values.integers(3, 7, 3)
    x, m = values.normal(size=sizes[0]), values.normal(size=tuple(sizes[1:]))
    return x, m, int(values.integers(0, 5)), int(values.integers(-1, 4))


def outcome(function: Function, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Results and what became of the arrays; or the error. Of an IndexError it is only checked that it is justified."""
    own = tuple(a.copy() if isinstance(a, np.ndarray) else a for a in arguments)
    try:
        results = run(function, own)
    except ValueError as error:
        return ("ValueError", str(error))
    except IndexError as error:
        return ("IndexError", *judged(str(error)))
    return (*results, *own[:2])


def judged(message: str) -> tuple[str, ...]:
    """Nothing, if the message comes from a check and names an index that is out of range."""
    found = re.fullmatch(r"checked: (-?\d+) on \d of (\d+)", message)
    if not found:
        return ("not from a check", message)
    index, extent = map(int, found.groups())
    return () if not -extent <= index < extent else ("a good index", message)
