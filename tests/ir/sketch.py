"""Writing loop-level IR by hand in tests.

sketch = Sketch()
x = sketch.param(VECTOR, "x")
with sketch.loop(0, sketch.dim(x), 1, inits=(0.0,), hints=("s",)) as loop:
    i, s = loop.params
    loop.yields = (sketch.op(scalar.add, s, sketch.load(x, i)),)
function = sketch.function(*loop.results)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Const, Function, Operand, Region, Value, While, boolean, integer, real
from adcompile.ir.primitive import Primitive
from adcompile.ir.printer import format_function
from adcompile.ir.types import BOOL, FLOAT, INT, Array, Type, element
from adcompile.ir.verify import verify
from adcompile.ops import memory, scalar

VECTOR = Array("float64", 1)
MATRIX = Array("float64", 2)

Given = Operand | bool | int | float


def operand(given: Given) -> Operand:
    """Python numbers stand for constants."""
    if isinstance(given, Value | Const):
        return given
    return boolean(given) if isinstance(given, bool) else integer(given) if isinstance(given, int) else real(given)


@dataclass(eq=False)
class Loop:
    """A loop being written: `params` inside, `results` when it is finished."""

    params: tuple[Value, ...]
    yields: tuple[Given, ...] = ()
    results: tuple[Value, ...] = ()


@dataclass(eq=False)
class Branches:
    """An `If` being written."""

    then: Region
    orelse: Region
    results: tuple[Value, ...] = ()


class Sketch:
    """Appends statements to one function."""

    def __init__(self) -> None:
        self.builder = Builder()

    def param(self, type_: Type, hint: str) -> Value:
        value = Value(type_, hint)
        self.builder.stack[0].params += (value,)
        return value

    def op(self, primitive: Primitive, *given: Given, type: Type | None = None, hint: str = "", **attrs: Any) -> Value:
        operands = tuple(map(operand, given))
        result = type or scalar.result_type(primitive, tuple(o.type for o in operands))
        return self.builder.apply(primitive, *operands, type=result, hint=hint, **attrs)

    def dim(self, array: Value, axis: int = 0, hint: str = "") -> Value:
        return self.op(memory.dim, array, type=INT, hint=hint, axis=axis)

    def alloc(self, *extents: Given, hint: str = "") -> Value:
        return self.op(memory.alloc, *extents, type=Array("float64", len(extents)), hint=hint, fill="zeros")

    def load(self, array: Value, *indices: Given, hint: str = "") -> Value:
        return self.op(memory.load, array, *indices, type=element(array.type), hint=hint)

    def store(self, array: Value, *rest: Given) -> None:
        self.builder.effect(memory.store, array, *map(operand, rest))

    def require(self, ok: Given, message: str = "no") -> None:
        self.builder.effect(memory.require, operand(ok), error="ValueError", message=message)

    @contextmanager
    def loop(
        self,
        start: Given,
        stop: Given,
        step: Given = 1,
        *,
        inits: tuple[Given, ...] = (),
        hints: tuple[str, ...] = (),
        **facts: Any,
    ) -> Iterator[Loop]:
        first = tuple(map(operand, inits))
        names = hints or ("",) * len(first)
        params = (Value(INT, "i"), *(Value(f.type, h) for f, h in zip(first, names, strict=True)))
        loop, body = Loop(params), Region(params)
        with self.builder.into(body):
            yield loop
        body.yields = tuple(map(operand, loop.yields))
        bounds = (operand(start), operand(stop), operand(step))
        loop.results = self.builder.for_(bounds, first, body, **facts)

    @contextmanager
    def while_(self, *inits: Given) -> Iterator[tuple[Loop, Loop]]:
        """The loops written are the test and the body; the results are the body's. Use `inside`."""
        first = tuple(map(operand, inits))
        test, body = (Loop(tuple(Value(f.type) for f in first)) for _ in range(2))
        regions = Region(test.params), Region(body.params)
        self._open = {test: regions[0], body: regions[1]}
        yield test, body
        for loop, region in self._open.items():
            region.yields = tuple(map(operand, loop.yields))
        body.results = (Value(INT), *(Value(f.type) for f in first))
        self.builder.append(While(first, *regions, body.results))

    @contextmanager
    def inside(self, loop: Loop) -> Iterator[None]:
        with self.builder.into(self._open[loop]):
            yield

    @contextmanager
    def branch(self, region: Region) -> Iterator[Region]:
        with self.builder.into(region):
            yield region

    def if_(self, cond: Given, then: Region, orelse: Region) -> tuple[Value, ...]:
        return self.builder.if_(operand(cond), then, orelse)

    def function(self, *results: Given) -> Function:
        region = self.builder.region
        region.yields = tuple(map(operand, results))
        function = Function("f", region)
        assert verify(function) == [], format_function(function)
        return function


def yielding(*given: Given) -> Region:
    """A region of no statements."""
    return Region((), [], tuple(map(operand, given)))


def body_text(function: Function) -> str:
    """The statements of a function, without its first line and the indentation."""
    return "\n".join(line[4:] for line in format_function(function).splitlines()[1:])


__all__ = ["BOOL", "FLOAT", "INT", "MATRIX", "VECTOR", "Sketch", "body_text", "operand", "yielding"]
