import numpy as np
import pytest

from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Function
from adcompile.ir.printer import format_function
from adcompile.ir.types import FLOAT
from adcompile.ir.verify import verify
from adcompile.ops import memory, scalar
from adcompile.passes import split_chains as module
from adcompile.passes.split_chains import split_chains
from tests.ir.programs import ProgramGenerator, assert_keeps_meaning
from tests.ir.sketch import MATRIX, VECTOR, Sketch, body_text


def logarithms(start: int = 0, step: int = 1, stop: int | None = None, **facts: object) -> Function:
    """s += exp(x[i])."""
    sketch = Sketch()
    x, first = sketch.param(VECTOR, "x"), sketch.param(FLOAT, "first")
    n = sketch.dim(x, hint="n")
    with sketch.loop(start, n if stop is None else stop, step, inits=(first,), hints=("s",), **facts) as loop:
        i, s = loop.params
        loop.yields = (sketch.op(scalar.add, s, sketch.op(scalar.exp, sketch.load(x, i))),)
    return sketch.function(*loop.results)


def is_split(function: Function) -> bool:
    before = format_function(function)
    return format_function(split_chains(function)) != before


def test_the_terms_are_computed_before_they_are_added() -> None:
    function = split_chains(logarithms())
    assert verify(function) == []
    assert body_text(function) == (
        "n: int64 = dim(x) {axis=0}\n"
        "terms: float64[128] = alloc(128) {fill='empty'}\n"
        "(s.3: float64) = for i0: int64 in range(0, n, 128) carrying (s: float64 = first):\n"
        "    v6: int64 = i0 + 128\n"
        "    v7: int64 = np.minimum(v6, n)\n"
        "    for i: int64 in range(i0, v7, 1):\n"
        "        v9: float64 = load(x, i)\n"
        "        v10: float64 = np.exp(v9)\n"
        "        v11: int64 = i - i0\n"
        "        store(terms, v11, v10)\n"
        "    (s.2: float64) = for i.1: int64 in range(i0, v7, 1) carrying (s.1: float64 = s):\n"
        "        v14: int64 = i.1 - i0\n"
        "        v15: float64 = load(terms, v14)\n"
        "        v16: float64 = s.1 + v15\n"
        "        yield v16\n"
        "    yield s.2\n"
        "return s.3"
    )


@pytest.mark.parametrize("n", [0, 1, 127, 128, 129, 1000])
@pytest.mark.parametrize("start", [0, 3])
def test_the_result_is_the_same_to_the_last_bit(n: int, start: int) -> None:
    x = np.random.default_rng(n).normal(size=n)
    assert run(split_chains(logarithms(start)), (x, 0.1)) == run(logarithms(start), (x, 0.1))


@pytest.mark.parametrize(
    "function",
    [
        logarithms(step=2),
        logarithms(stop=15),
        logarithms(sums=(True,)),
    ],
    ids=["another step", "few trips", "in any order"],
)
def test_loops_that_stay(function: Function) -> None:
    assert not is_split(function)


def test_as_many_trips_as_are_worth_it() -> None:
    assert is_split(logarithms(stop=16))


def recurrence(*, expensive_in_chain: bool = False, chain_reads: str = "x", chain_stores: str = "") -> Function:
    """s = s * chain_reads[k] + tanh(x[i]) + i, with y[i] = tanh(x[i]) and perhaps a store of s. k counts down."""
    sketch = Sketch()
    arrays = {name: sketch.param(VECTOR, name) for name in ("x", "y", "z")}
    # Another name for the memory of y.
    arrays["row"] = sketch.op(memory.row, sketch.op(memory.reshape, arrays["y"], 1, 40, type=MATRIX), 0, type=VECTOR)
    with sketch.loop(0, 40, inits=(1.0, 39), hints=("s", "k")) as loop:
        i, s, k = loop.params
        value = sketch.load(arrays["x"], i)
        term = sketch.op(scalar.tanh, s if expensive_in_chain else value)
        sketch.store(arrays["y"], i, term)
        product = sketch.op(scalar.mul, s, sketch.load(arrays[chain_reads], k))
        index = sketch.op(scalar.cast, i, type=FLOAT)
        result = sketch.op(scalar.add, product, sketch.op(scalar.add, term, index))
        if chain_stores:
            sketch.store(arrays[chain_stores], i, result)
        loop.yields = (result, sketch.op(scalar.sub, k, 1))
    return sketch.function(loop.results[0], arrays["y"], arrays["z"])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"chain_reads": "z"}, True),
        ({"chain_stores": "z"}, True),
        ({"chain_stores": "z", "chain_reads": "z"}, True),
        ({"expensive_in_chain": True}, False),
        ({"chain_reads": "y"}, False),
        ({"chain_reads": "row"}, False),
        ({"chain_stores": "x"}, False),
        ({"chain_stores": "y"}, False),
        ({"chain_stores": "row"}, False),
    ],
)
def test_the_parts_share_no_memory(options: dict, expected: bool) -> None:
    function = recurrence(**options)
    assert is_split(function) == expected
    assert verify(function) == []
    given = [np.random.default_rng(k).normal(size=40) for k in range(3)]
    results = [run(f, [each.copy() for each in given]) for f in (function, recurrence(**options))]
    for result, plain in zip(*results, strict=True):
        np.testing.assert_array_equal(result, plain)


def test_what_is_read_is_read_again_and_what_is_computed_is_kept() -> None:
    sketch = Sketch()
    x, y = sketch.param(VECTOR, "x"), sketch.param(VECTOR, "y")
    with sketch.loop(0, 40, inits=(1.0,)) as loop:
        i, s = loop.params
        product = sketch.op(scalar.mul, s, sketch.load(x, i))
        loop.yields = (sketch.op(scalar.add, product, sketch.op(scalar.tanh, sketch.load(y, i))),)
    text = body_text(split_chains(sketch.function(*loop.results)))
    chain = text[text.rindex(" = for ") :]
    assert "load(x, " in chain
    assert "load(terms" in chain
    assert "load(y, " not in chain
    assert "tanh" not in chain
    assert text.count("alloc(128)") == 1


def test_arrays_are_made_before_the_outermost_loop() -> None:
    sketch = Sketch()
    x = sketch.param(MATRIX, "x")
    with sketch.loop(0, sketch.dim(x), inits=(0.0,)) as outer:
        i, total = outer.params
        with sketch.loop(0, sketch.dim(x, axis=1), inits=(total,)) as inner:
            j, s = inner.params
            inner.yields = (sketch.op(scalar.add, s, sketch.op(scalar.exp, sketch.load(x, i, j))),)
        outer.yields = inner.results
    function = split_chains(sketch.function(*outer.results))
    kinds = [stmt.primitive if hasattr(stmt, "primitive") else None for stmt in function.region.body]
    assert kinds.index(memory.alloc) == kinds.index(None) - 1
    assert verify(function) == []
    x_value = np.random.default_rng(0).normal(size=(3, 300))
    assert run(function, (x_value,)) == (np.add.accumulate(np.exp(x_value.ravel()))[-1],)


def test_random_programs_keep_their_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """With blocks of two and everything counted as expensive, so that loops are split."""
    monkeypatch.setattr(module, "BLOCK", 2)
    monkeypatch.setattr(module, "FEWEST_TRIPS", 0)
    monkeypatch.setattr(module, "_is_expensive", lambda stmt: stmt.primitive.elementwise)
    split = 0
    for seed in range(300):
        split += is_split(ProgramGenerator(seed).generate())
        assert_keeps_meaning(split_chains, seed)
    assert split > 20
