"""Ints that take two values in turn are told by the number of the trip."""

from __future__ import annotations

import numpy as np
import pytest

import adcompile as ad
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Function
from adcompile.ir.types import INT
from adcompile.ir.verify import verify
from adcompile.ops import scalar
from adcompile.passes.close_alternations import close_alternations
from tests.corpus.registry import Array, Result
from tests.emitted import emit
from tests.ir.programs import assert_keeps_meaning, copy_function
from tests.ir.sketch import Sketch, body_text


def toggled(start: int, first: int, turned: int) -> Function:
    """The sum of what a toggle has been, and what it is in the end."""
    sketch = Sketch()
    n = sketch.param(INT, "n")
    with sketch.loop(start, n, 1, inits=(first, 0), hints=("slot", "total")) as loop:
        i, slot, total = loop.params
        weighted = sketch.op(scalar.mul, slot, i)
        loop.yields = (sketch.op(scalar.sub, turned, slot), sketch.op(scalar.add, total, weighted))
    return sketch.function(*loop.results)


def swapped(start: int, first: int, second: int) -> Function:
    """The same of two values that change places."""
    sketch = Sketch()
    n = sketch.param(INT, "n")
    with sketch.loop(start, n, 1, inits=(first, second, 0), hints=("one", "other", "total")) as loop:
        i, one, other, total = loop.params
        weighted = sketch.op(scalar.sub, sketch.op(scalar.mul, one, i), other)
        loop.yields = (other, one, sketch.op(scalar.add, total, weighted))
    return sketch.function(*loop.results)


@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0), (2, 7), (-1, 4), (5, 5)])
def test_values_are_kept(start: int, first: int, second: int) -> None:
    for before in (toggled(start, first, first + second), swapped(start, first, second)):
        after = close_alternations(copy_function(before))
        assert verify(after) == []
        assert "slot" not in body_text(after).partition("carrying")[2].partition("\n")[0]
        for n in range(8):
            assert run(after, (n,)) == run(before, (n,))


ENDS = [(-(2**62), 2**62 + 2**61), (-(2**63), 2**63 - 1), (2**63 - 1, -1), (2**62, -(2**62) - 1)]


@pytest.mark.parametrize(("first", "second"), ENDS)
def test_values_too_far_apart_for_64_bits_are_carried_on(first: int, second: int) -> None:
    """Their difference is a constant of the text, and the second one may be too large itself."""
    for before in (toggled(0, first, min(first + second, 2**63 - 1)), swapped(0, first, second)):
        after = close_alternations(copy_function(before))
        assert verify(after) == []
        assert after.region.body[0].inits == before.region.body[0].inits  # type: ignore[union-attr]


def turned_beyond(x: float, n: int) -> float:
    k, s = -(2**62), 0.0
    for _ in range(n):
        s += x * (k % 7)
        k = (2**62 + 2**61) - k
    return s


def changed_ends(x: float, n: int) -> float:
    k, m, s = -(2**63), 2**63 - 1, 0.0
    for _ in range(n):
        s += x * (k % 7)
        k, m = m, k
    return s


def test_compiled_at_the_ends_of_64_bits() -> None:
    assert ad.value_and_grad(changed_ends, cache=False)(1.5, 5)[0] == changed_ends(1.5, 5)
    with pytest.raises(OverflowError):
        ad.value_and_grad(turned_beyond, cache=False)(1.5, 2)


def test_other_values_are_carried_on() -> None:
    for seed in range(30):
        assert_keeps_meaning(close_alternations, seed)


def waves(u0: Array, alpha: float, steps: int) -> Result:
    u = u0.copy()
    new = u0.copy()
    for _ in range(steps):
        new[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:]) ** 2
        u, new = new, u
    return np.sum(u * u)


def test_no_toggle_is_saved() -> None:
    text = emit(waves, (np.arange(6.0), 0.1, 3)).build.text
    assert "slot_saved" not in text
    assert "% 2" in text
