from adcompile.ir.nodes import Region
from adcompile.ir.types import BOOL, FLOAT, INT
from adcompile.ops import memory, scalar
from adcompile.passes.dce import remove_dead
from tests.ir.programs import assert_keeps_meaning
from tests.ir.sketch import MATRIX, VECTOR, Sketch, body_text


def test_meaning_is_kept() -> None:
    for seed in range(100):
        assert_keeps_meaning(remove_dead, seed)


def test_dead_arrays_and_carried_values() -> None:
    sketch = Sketch()
    x, n = sketch.param(VECTOR, "x"), sketch.param(INT, "n")
    t = sketch.alloc(n)
    with sketch.loop(0, n, inits=(0.0, 0), hints=("s", "k"), sums=(True, False)) as loop:
        i, s, k = loop.params
        v = sketch.load(x, i)
        sketch.store(t, i, v)
        loop.yields = (sketch.op(scalar.add, s, v), sketch.op(scalar.add, k, 1))
    assert body_text(remove_dead(sketch.function(loop.results[0]))) == (
        "(s.1: float64) = for i: int64 in range(0, n, 1) carrying (s: float64 = 0.0):  # sums (1,)\n"
        "    v4: float64 = load(x, i)\n"
        "    v5: float64 = s + v4\n"
        "    yield v5\n"
        "return s.1"
    )


def test_carried_values_that_only_feed_each_other() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    with sketch.loop(0, n, inits=(0.0, 1.0, 2.0)) as loop:
        _, p, q, r = loop.params
        loop.yields = (sketch.op(scalar.neg, q), sketch.op(scalar.exp, p), sketch.op(scalar.abs_, r))
    text = body_text(remove_dead(sketch.function(loop.results[2])))
    assert "abs" in text
    assert "exp" not in text
    assert body_text(remove_dead(sketch.function())) == "return"


def test_a_loop_keeps_its_checks() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    with sketch.loop(0, n, inits=(0.0,)) as loop:
        i, s = loop.params
        sketch.require(sketch.op(scalar.lt, i, 5))
        loop.yields = (sketch.op(scalar.add, s, 1.0),)
    assert body_text(remove_dead(sketch.function())) == (
        "for i: int64 in range(0, n, 1):\n    v2: bool = i < 5\n    require(v2) {error='ValueError', message='no'}"
    )


def test_an_exit_is_kept_with_its_loop() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    with sketch.loop(0, n, inits=(0.0,), exits=True) as loop:
        i, s = loop.params
        loop.yields = (sketch.op(scalar.gt, i, 3), sketch.op(scalar.add, s, 1.0))
    text = body_text(remove_dead(sketch.function(loop.results[0])))
    assert "i > 3" in text
    assert "carrying" not in text


def test_a_while_keeps_its_test() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    with sketch.while_(n, 1.0) as (test, body):
        with sketch.inside(test):
            test.yields = (sketch.op(scalar.gt, test.params[0], 0),)
        with sketch.inside(body):
            p, q = body.params
            body.yields = (sketch.op(scalar.sub, p, 1), sketch.op(scalar.exp, q))
    text = body_text(remove_dead(sketch.function(body.results[0])))
    assert "> 0" in text
    assert "np.exp" not in text
    assert text.count(" = n") == 1


def test_results_of_branches() -> None:
    sketch = Sketch()
    c, a = sketch.param(BOOL, "c"), sketch.param(FLOAT, "a")
    then, orelse = Region(), Region()
    with sketch.branch(then):
        then.yields = (sketch.op(scalar.exp, a), sketch.op(scalar.sin, a))
    with sketch.branch(orelse):
        orelse.yields = (sketch.op(scalar.cos, a), sketch.op(scalar.tan, a))
    results = sketch.if_(c, then, orelse)
    text = body_text(remove_dead(sketch.function(results[1])))
    assert [name in text for name in ("exp", "cos", "sin", "tan")] == [False, False, True, True]
    assert body_text(remove_dead(sketch.function())) == "return"


def test_stores_are_kept_for_whoever_reads_the_memory() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    t, unread, shape = sketch.alloc(n), sketch.alloc(n), sketch.alloc(n)
    two = sketch.op(memory.reshape, t, n, 1, type=MATRIX)
    sketch.store(t, 0, 1.0)
    sketch.store(unread, 0, 2.0)
    sketch.store(shape, 0, 3.0)
    like = sketch.op(memory.alloc_like, shape, type=VECTOR, fill="zeros")
    text = body_text(remove_dead(sketch.function(sketch.load(two, 0, 0), like)))
    assert text.count("store") == 1
    assert text.count("alloc(") == 2


def test_stores_into_arguments_and_results_are_kept() -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    y = sketch.alloc(3)
    sketch.store(x, 0, 1.0)
    sketch.store(y, 0, 1.0)
    assert body_text(remove_dead(sketch.function(y))).count("store") == 2
