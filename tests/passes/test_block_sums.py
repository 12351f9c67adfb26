import mpmath
import numpy as np
import pytest

from adcompile.ir.interpreter import run
from adcompile.ir.nodes import For, Function
from adcompile.ir.types import FLOAT, INT
from adcompile.ir.verify import verify
from adcompile.ir.walk import statements
from adcompile.ops import scalar
from adcompile.passes.block_sums import block_sums
from tests.emitted import emit
from tests.ir.programs import assert_keeps_meaning
from tests.ir.sketch import VECTOR, Sketch, body_text


def total(*, start: int = 0, step: int = 1, stop: int | None = None, sums: tuple[bool, ...] = (True, True)) -> Function:
    """The sums of x and of the indices."""
    sketch = Sketch()
    x, first = sketch.param(VECTOR, "x"), sketch.param(FLOAT, "first")
    n = sketch.dim(x, hint="n")
    with sketch.loop(start, n if stop is None else stop, step, inits=(first, 7), hints=("s", "k"), sums=sums) as loop:
        i, s, k = loop.params
        loop.yields = (sketch.op(scalar.add, s, sketch.load(x, i)), sketch.op(scalar.add, k, i))
    return sketch.function(*loop.results)


def test_random_programs_have_no_sums() -> None:
    for seed in range(10):
        assert_keeps_meaning(block_sums, seed)


def test_a_sum_of_integers_is_exact_in_any_order() -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    with sketch.loop(0, sketch.dim(x, hint="n"), 1, inits=(7,), hints=("k",), sums=(True,)) as loop:
        i, k = loop.params
        loop.yields = (sketch.op(scalar.add, k, i),)
    function = sketch.function(*loop.results)
    before = body_text(function)
    assert body_text(block_sums(function)) == before


def test_a_long_sum_is_split() -> None:
    function = block_sums(total())
    assert verify(function) == []
    assert body_text(function) == (
        "n: int64 = dim(x) {axis=0}\n"
        "(s.3: float64, k.3: int64) = for i0: int64 in range(0, n, 128)"
        " carrying (s: float64 = first, k: int64 = 7):  # sums (1, 1)\n"
        "    v6: int64 = i0 + 128\n"
        "    v7: int64 = np.minimum(v6, n)\n"
        "    (s.2: float64, k.2: int64) = for i: int64 in range(i0, v7, 1)"
        " carrying (s.1: float64 = 0.0, k.1: int64 = 0):  # sums (1, 1)\n"
        "        v11: float64 = load(x, i)\n"
        "        v12: float64 = s.1 + v11\n"
        "        v13: int64 = k.1 + i\n"
        "        yield v12, v13\n"
        "    v16: float64 = s + s.2\n"
        "    v17: int64 = k + k.2\n"
        "    yield v16, v17\n"
        "return s.3, k.3"
    )


def test_what_reverses_a_loop_does_so_in_blocks() -> None:
    function = total()
    (loop,) = (stmt for stmt in function.region.body if isinstance(stmt, For))
    loop.backward = True
    loops = [stmt for stmt in statements(block_sums(function).region) if isinstance(stmt, For)]
    assert len(loops) == 2
    assert all(each.backward for each in loops)


@pytest.mark.parametrize("n", [0, 1, 127, 128, 129, 1000])
def test_the_sum_is_the_same(n: int) -> None:
    x = np.arange(1.0, n + 1)
    expected = run(total(), (x, -2.5))
    assert run(block_sums(total()), (x, -2.5)) == expected
    assert expected[0] == n * (n + 1) / 2 - 2.5


def test_it_is_more_accurate() -> None:
    x = np.full(20_000, 0.1)
    plain, blocks = (abs(run(f, (x, 0.0))[0] - 2_000.0) for f in (total(), block_sums(total())))
    assert blocks < plain / 10


@pytest.mark.parametrize(
    "function",
    [total(stop=128), total(step=2), total(start=1), total(sums=(True, False)), total(sums=())],
    ids=["short", "step", "start", "not all sums", "no sums"],
)
def test_other_loops_stay(function: Function) -> None:
    before = body_text(function)
    assert body_text(block_sums(function)) == before


def reverse(*, order_free: bool) -> Function:
    """What the loop of an array operation leaves of the cotangent of a number that it reads for every element."""
    sketch = Sketch()
    x, first = sketch.param(VECTOR, "x"), sketch.param(FLOAT, "first")
    n = sketch.dim(x, hint="n")
    with sketch.loop(0, n, inits=(first,), hints=("m_bar",)) as loop:
        i, m_bar = loop.params
        loop.yields = (sketch.op(scalar.sub, m_bar, sketch.load(x, i)),)
    function = sketch.function(*loop.results)
    (found,) = [stmt for stmt in function.region.body if isinstance(stmt, For)]
    found.order_free = order_free
    return function


def test_cotangents_of_array_operations_are_sums() -> None:
    x = np.full(20_000, 0.1)
    plain, blocks = (
        abs(run(f, (x, 2_000.0))[0]) for f in (reverse(order_free=True), block_sums(reverse(order_free=True)))
    )
    assert blocks < plain / 10
    kept = reverse(order_free=False)
    before = body_text(kept)
    assert body_text(block_sums(kept)) == before


def log_of_sum(x):
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


def test_the_derivative_of_the_largest_of_many() -> None:
    x = np.linspace(0.0, 1.0, 80_000)
    _, (found,) = emit(log_of_sum, (x,)).call(x)
    exact = mpmath.exp(1) / mpmath.fsum(mpmath.exp(mpmath.mpf(float(each))) for each in x)
    assert abs(found[-1] / float(exact) - 1.0) < 1e-10


def test_once_is_enough() -> None:
    once = block_sums(total())
    before = body_text(once)
    assert body_text(block_sums(once)) == before


def test_a_sum_that_is_repeated_in_a_loop_is_left_alone() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    with sketch.loop(0, n, inits=(0.0,), sums=(True,)) as outer:
        with sketch.loop(0, n, inits=(outer.params[1],), sums=(True,)) as inner:
            inner.yields = (sketch.op(scalar.add, inner.params[1], 1.0),)
        outer.yields = inner.results
    function = block_sums(sketch.function(*outer.results))
    assert verify(function) == []
    assert body_text(function).count("for ") == 2
    assert run(function, (200,)) == (40_000.0,)
