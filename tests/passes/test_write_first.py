"""The first accumulation into zeros becomes a store; random programs go through the whole sequence."""

from __future__ import annotations

import numpy as np
import pytest

from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Apply, Function
from adcompile.ir.primitive import Primitive
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar
from adcompile.passes.write_first import write_first
from tests.ir.sketch import VECTOR, Sketch


def accumulating(primitive: Primitive, *, reverse: bool = False, read_before: bool = False) -> Function:
    """a = zeros; a[i] = a[i] op x[i] for every i, or x[i] op a[i]; the sum of a."""
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    n = sketch.dim(x)
    a = sketch.alloc(n, hint="a")
    early = sketch.load(a, 0) if read_before else 0.0
    with sketch.loop(0, n) as loop:
        (i,) = loop.params
        pair = (sketch.load(a, i), sketch.load(x, i))
        sketch.store(a, i, sketch.op(primitive, *(reversed(pair) if reverse else pair)))
    with sketch.loop(0, n, inits=(early,)) as loop:
        i, s = loop.params
        loop.yields = (sketch.op(scalar.add, s, sketch.load(a, i)),)
    return sketch.function(*loop.results)


def fills(function: Function) -> list[object]:
    applied = (s for s in statements(function.region) if isinstance(s, Apply))
    return [s.attrs.fill for s in applied if s.primitive is memory.alloc]


@pytest.mark.parametrize(
    ("program", "fill"),
    [
        (accumulating(scalar.add), "empty"),
        (accumulating(scalar.add, reverse=True), "empty"),
        (accumulating(scalar.sub), "empty"),
        (accumulating(scalar.sub, reverse=True), "zeros"),
        (accumulating(scalar.mul), "zeros"),
        (accumulating(scalar.sub, read_before=True), "zeros"),
    ],
)
def test_what_is_added_to_zeros_or_taken_from_them_is_written(program: Function, fill: str) -> None:
    x = np.array([1.0, 2.0, 4.0])
    expected = run(program, (x,))
    write_first(program)
    assert fills(program) == [fill]
    assert run(program, (x,)) == expected
