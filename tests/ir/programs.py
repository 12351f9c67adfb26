"""Random programs in loop-level IR, with arguments, and the comparison of what two programs do.

Every program ends, and its loads and stores stay inside the arrays; a `require` may fail. Integers stay small, so that
nothing overflows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompile.ir.builder import Builder
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Function, Operand, Region, Value, While, boolean, integer, real
from adcompile.ir.printer import format_function
from adcompile.ir.types import BOOL, FLOAT, INT, Array, Scalar
from adcompile.ir.verify import verify
from adcompile.ir.walk import clone_region
from adcompile.ops import library, memory, scalar

VECTOR = Array("float64", 1)
MATRIX = Array("float64", 2)
FLOATS = (0.0, -0.0, 1.0, -1.0, 2.0, -0.5, 3.0)
FLOAT_UNARY = (scalar.neg, scalar.neg, scalar.abs_, scalar.sqrt, scalar.tanh, scalar.stop)
FLOAT_BINARY = (scalar.add, scalar.sub, scalar.mul, scalar.div, scalar.maximum, scalar.minimum)
COMPARISONS = tuple(scalar.OPPOSITE)


class ProgramGenerator:
    """Writes a program statement by statement; `scope` are the scalars that may be used here."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.builder = Builder()
        self.scope: list[Value] = []
        self.arrays: list[Value] = []
        self.fuel = self.random.randint(8, 30)

    def generate(self) -> Function:
        x, y = Value(VECTOR, "x"), Value(VECTOR, "y")
        m = Value(MATRIX, "m")
        n, a, flag = Value(INT, "n"), Value(FLOAT, "a"), Value(BOOL, "flag")
        region = self.builder.region
        region.params = (x, y, m, n, a, flag)
        self.arrays += [x, y, m]
        self.scope += [n, a, flag]
        while self.fuel > 0:
            self.block(depth=0)
        outputs = [self.pick(t) for t in (FLOAT, FLOAT, INT, BOOL)]
        region.yields = (*outputs, *self.arrays[3:5])
        return Function("program", region)

    # -- operands

    def pick(self, type_: Scalar) -> Operand:
        found = [v for v in self.scope if v.type == type_]
        if found and self.random.random() < 0.8:
            # Recent values are likelier, so that chains come about.
            return found[max(self.random.randrange(len(found)), self.random.randrange(len(found)))]
        if type_ == FLOAT:
            return real(self.random.choice(FLOATS))
        return boolean(self.random.random() < 0.5) if type_ == BOOL else integer(self.random.randint(-2, 4))

    def extent(self, array: Value, axis: int = 0) -> Value:
        return self.builder.apply(memory.dim, array, type=INT, axis=axis)

    def index(self, array: Value, axis: int) -> Operand:
        """An index inside the array: what `%` leaves, perhaps counted from the end, perhaps wrapped by a select."""
        extent = self.extent(array, axis)
        inside = self.builder.apply(scalar.mod, self.pick(INT), extent, type=INT)
        kind = self.random.random()
        if kind < 0.3:
            return inside
        if kind < 0.5:
            return self.random.choice((integer(0), integer(-1)))
        negative = self.builder.apply(scalar.sub, inside, extent, type=INT)
        if kind < 0.7:
            return negative
        candidate = self.random.choice((inside, negative))
        below = self.builder.apply(scalar.lt, candidate, integer(0), type=BOOL)
        wrapped = self.builder.apply(scalar.add, candidate, extent, type=INT)
        return self.builder.apply(scalar.select, below, wrapped, candidate, type=INT)

    def indices(self, array: Value) -> tuple[Operand, ...]:
        assert isinstance(array.type, Array)
        return tuple(self.index(array, axis) for axis in range(array.type.ndim))

    # -- statements

    def block(self, depth: int) -> None:
        for _ in range(self.random.randint(1, 5)):
            if self.fuel <= 0:
                return
            self.fuel -= 1
            nested = (self.if_, self.for_, self.for_, self.while_) if depth < 3 else ()
            self.random.choice((*self.flat(), *self.flat(), *nested))(depth)

    def flat(self) -> tuple[Callable[[int], None], ...]:
        return (
            self.float_,
            self.float_,
            self.int_,
            self.bool_,
            self.load,
            self.load,
            self.store,
            self.store,
            self.array,
        )

    def float_(self, _: int) -> None:
        kind = self.random.random()
        if kind < 0.3:
            operands: tuple[Operand, ...] = (self.pick(FLOAT),)
            primitive = self.random.choice(FLOAT_UNARY)
        elif kind < 0.85:
            operands = (self.pick(FLOAT), self.pick(FLOAT))
            primitive = self.random.choice(FLOAT_BINARY)
        else:
            operands = (self.pick(BOOL), self.pick(FLOAT), self.pick(FLOAT))
            primitive = scalar.select
        self.scope.append(self.builder.apply(primitive, *operands, type=FLOAT, hint=self.random.choice(("", "v"))))

    def int_(self, _: int) -> None:
        x, y = self.pick(INT), self.pick(INT)
        primitive = self.random.choice((scalar.add, scalar.sub, scalar.mul, scalar.maximum, scalar.minimum, scalar.mod))
        if primitive is scalar.mul:
            y = integer(self.random.choice((-1, 0, 1, 2)))
        if primitive is scalar.mod:
            y = integer(self.random.choice((1, 3, 5)))
        value = self.builder.apply(primitive, x, y, type=INT)
        if self.random.random() < 0.5:
            value = self.builder.apply(scalar.mod, value, integer(5), type=INT)
        self.scope.append(value)

    def bool_(self, _: int) -> None:
        kind = self.random.random()
        if kind < 0.6:
            type_ = self.random.choice((INT, INT, FLOAT))
            value = self.builder.apply(self.random.choice(COMPARISONS), self.pick(type_), self.pick(type_), type=BOOL)
        elif kind < 0.8:
            value = self.builder.apply(scalar.not_, self.pick(BOOL), type=BOOL)
        else:
            primitive = self.random.choice((scalar.and_, scalar.or_))
            value = self.builder.apply(primitive, self.pick(BOOL), self.pick(BOOL), type=BOOL)
        self.scope.append(value)

    def load(self, _: int) -> None:
        array = self.random.choice(self.arrays)
        self.scope.append(self.builder.apply(memory.load, array, *self.indices(array), type=FLOAT))

    def store(self, _: int) -> None:
        array = self.random.choice(self.arrays)
        self.builder.effect(memory.store, array, *self.indices(array), self.pick(FLOAT))

    def array(self, _: int) -> None:
        """A new array, another name for one, a product, or a check."""
        kind, source = self.random.random(), self.random.choice(self.arrays)
        extent = self.extent(source)
        if kind < 0.3:
            self.arrays.append(self.builder.apply(memory.alloc, extent, type=VECTOR, hint="t", fill="zeros"))
        elif kind < 0.5:
            self.arrays.append(self.builder.apply(memory.alloc_like, source, type=source.type, fill="zeros"))
        elif kind < 0.6 and source.type == VECTOR:
            two = self.builder.apply(memory.reshape, source, extent, integer(1), type=MATRIX, hint="r")
            self.arrays.append(two)
        elif kind < 0.7 and source.type == MATRIX:
            self.arrays.append(self.builder.apply(memory.row, source, integer(0), type=VECTOR))
        elif kind < 0.8 and source.type == MATRIX:
            product = self.builder.apply(library.matmul, source, source, type=MATRIX, transpose=(True, False))
            self.arrays.append(product)
        elif kind < 0.9:
            ok = self.builder.apply(scalar.lt, self.pick(INT), integer(self.random.choice((2, 4, 9))), type=BOOL)
            message = f"number {self.random.randint(0, 99)}: {{}}"
            self.builder.effect(memory.require, ok, extent, error="ValueError", message=message)
        else:
            self.scope.append(extent)

    def inner(self, depth: int, params: tuple[Value, ...], wanted: tuple[Scalar, ...]) -> Region:
        """A region over params that yields operands of the wanted types. What it defines is gone after it."""
        scalars, arrays = len(self.scope), len(self.arrays)
        region = Region(params)
        self.scope += params
        with self.builder.into(region):
            self.block(depth + 1)
            region.yields = tuple(self.small(self.pick(t)) for t in wanted)
        del self.scope[scalars:], self.arrays[arrays:]
        return region

    def small(self, operand: Operand) -> Operand:
        """Integers that go round a loop must not grow."""
        if operand.type != INT or (self.random.random() < 0.2 and not isinstance(operand, Value)):
            return operand
        return self.builder.apply(scalar.mod, operand, integer(7), type=INT)

    def types(self) -> tuple[Scalar, ...]:
        return tuple(self.random.choice((FLOAT, FLOAT, INT, BOOL)) for _ in range(self.random.randint(0, 3)))

    def if_(self, depth: int) -> None:
        types, cond = self.types(), self.pick(BOOL)
        then, orelse = (self.inner(depth, (), types) for _ in range(2))
        self.scope += self.builder.if_(cond, then, orelse, [""] * len(types))

    def for_(self, depth: int) -> None:
        types, exits = self.types(), self.random.random() < 0.25
        bounds = self.bounds()
        inits = tuple(self.pick(t) for t in types)
        params = (Value(INT, "i"), *(Value(t, self.random.choice(("", "s"))) for t in types))
        body = self.inner(depth, params, (BOOL, *types) if exits else types)
        if types and self.random.random() < 0.2:
            # A carried value that stays as it is.
            body.yields = (*body.yields[:-1], params[-1])
        self.scope += self.builder.for_(bounds, inits, body, exits=exits)

    def bounds(self) -> tuple[Operand, Operand, Operand]:
        n = self.extent(self.random.choice(self.arrays))
        last = self.builder.apply(scalar.sub, n, integer(1), type=INT)
        few = self.builder.apply(scalar.mod, self.pick(INT), integer(4), type=INT)
        choices: list[tuple[Operand, Operand, Operand]] = [
            (integer(0), n, integer(1)),
            (integer(1), last, integer(1)),
            (last, integer(-1), integer(-1)),
            (integer(0), few, integer(1)),
            (few, integer(5), integer(2)),
            (few, n, integer(1)),
            (integer(self.random.randint(0, 2)), integer(self.random.randint(0, 3)), integer(1)),
        ]
        return self.random.choice(choices)

    def while_(self, depth: int) -> None:
        """Counts down from a small number, perhaps stopping early."""
        types = (INT, *self.types())
        start = self.builder.apply(scalar.mod, self.pick(INT), integer(4), type=INT)
        inits = (start, *(self.pick(t) for t in types[1:]))
        test = Region(tuple(Value(t) for t in types))
        with self.builder.into(test):
            more = self.builder.apply(scalar.gt, test.params[0], integer(0), type=BOOL)
            test.yields = (self.builder.apply(scalar.and_, more, self.pick(BOOL), type=BOOL),)
        params = tuple(Value(t, "w") for t in types)
        body = self.inner(depth, params, types[1:])
        with self.builder.into(body):
            body.yields = (self.builder.apply(scalar.sub, params[0], integer(1), type=INT), *body.yields)
        results = (Value(INT), *(Value(t) for t in types))
        self.builder.append(While(inits, test, body, results))
        self.scope += results


def random_program(seed: int) -> Function:
    """A program that the seed decides; its arguments are those of `random_arguments`."""
    return ProgramGenerator(seed).generate()


def random_arguments(seed: int) -> tuple[Any, ...]:
    """Arguments (x, y, m, n, a, flag); the arrays are not empty."""
    values = np.random.default_rng(seed)
    sizes = values.integers(1, 5, 4)
    x, y, m = (np.round(values.normal(size=s), 1) for s in (sizes[0], sizes[1], tuple(sizes[2:])))
    return x, y, m, int(values.integers(-2, 6)), float(values.choice(FLOATS)), bool(values.integers(2))


def copy_function(function: Function) -> Function:
    """The same function, its values and statements new."""
    return Function(function.name, clone_region(function.region, {}))


def outcome(function: Function, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Results and what became of the array arguments; or the error that was raised."""
    own = tuple(a.copy() if isinstance(a, np.ndarray) else a for a in arguments)
    try:
        results = run(function, own)
    except ValueError as error:
        return ("raised", str(error))
    return (*(np.array(r) for r in results), *own[:3])


def are_equal(one: tuple[Any, ...], other: tuple[Any, ...], *, rtol: float = 0.0) -> bool:
    """Do the outcomes agree, in dtype and shape, to the sign of a zero?"""
    if one[:1] == ("raised",) or other[:1] == ("raised",):
        return one == other
    return all(_same(np.asarray(a), np.asarray(b), rtol) for a, b in zip(one, other, strict=True))


def _same(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    if rtol:
        return bool(np.allclose(a, b, rtol=rtol, atol=rtol, equal_nan=True))
    number = ~np.isnan(a)
    return bool(np.array_equal(a, b, equal_nan=True) and np.array_equal(np.signbit(a[number]), np.signbit(b[number])))


def assert_keeps_meaning(
    transform: Callable[[Function], Function], seed: int, *, rtol: float = 0.0, arguments: int = 3
) -> None:
    """The transformed program is well-formed and does what the program did, for several arguments."""
    program = random_program(seed)
    assert verify(program) == [], format_function(program)
    new = transform(copy_function(program))
    assert verify(new) == [], f"{format_function(program)}\n\n{format_function(new)}"
    for each in range(arguments):
        given = random_arguments(1000 * seed + each)
        before, after = outcome(program, given), outcome(new, given)
        if not are_equal(before, after, rtol=rtol):
            texts = f"{format_function(program)}\n\n{format_function(new)}"
            raise AssertionError(f"seed {seed}, arguments {given}:\n{before}\n{after}\n{texts}")
