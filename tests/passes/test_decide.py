from adcompile.ir.nodes import Region
from adcompile.ir.types import INT
from adcompile.ops import memory, scalar
from adcompile.passes.dce import remove_dead
from adcompile.passes.decide import decide, remove_assumed
from adcompile.passes.simplify import simplify
from tests.ir.programs import assert_keeps_meaning
from tests.ir.sketch import VECTOR, Sketch, body_text, yielding


def test_meaning_is_kept() -> None:
    for seed in range(80):
        assert_keeps_meaning(decide, seed)


def test_bounds_checks_and_wraparound_go_away() -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    n = sketch.dim(x, hint="n")
    with sketch.loop(0, n, inits=(0.0,)) as loop:
        i, s = loop.params
        k = sketch.op(scalar.select, sketch.op(scalar.lt, i, 0), sketch.op(scalar.add, i, n), i)
        sketch.require(sketch.op(scalar.lt, k, n))
        loop.yields = (sketch.op(scalar.add, s, sketch.load(x, k)),)
    assert body_text(remove_dead(simplify(decide(sketch.function(*loop.results))))) == (
        "n: int64 = dim(x) {axis=0}\n"
        "(v6: float64) = for i: int64 in range(0, n, 1) carrying (v3: float64 = 0.0):\n"
        "    v4: float64 = load(x, i)\n"
        "    v5: float64 = v3 + v4\n"
        "    yield v5\n"
        "return v6"
    )


def test_a_check_repeated_is_known() -> None:
    sketch = Sketch()
    i = sketch.param(INT, "i")
    n = sketch.dim(sketch.param(VECTOR, "x"))
    for _ in range(2):
        sketch.require(sketch.op(scalar.lt, i, n))
    assert body_text(simplify(decide(sketch.function()))).count("require") == 1


def test_a_condition_computed_outside_is_known_inside() -> None:
    sketch = Sketch()
    i = sketch.param(INT, "i")
    below = sketch.op(scalar.lt, i, 5)
    then = Region()
    with sketch.branch(then):
        then.yields = sketch.if_(below, yielding(1.0), yielding(2.0))
    (y,) = sketch.if_(sketch.op(scalar.lt, i, 2), then, yielding(3.0))
    text = body_text(simplify(decide(sketch.function(y))))
    assert [line.strip() for line in text.splitlines() if "yield" in line] == ["yield 1.0", "yield 3.0"]


def test_extremes_and_remainders_of_known_order() -> None:
    sketch = Sketch()
    n = sketch.dim(sketch.param(VECTOR, "x"), hint="n")
    more = sketch.op(scalar.add, n, 2, hint="more")
    results = [
        sketch.op(scalar.maximum, n, more),
        sketch.op(scalar.minimum, more, n),
        sketch.op(scalar.abs_, more),
        sketch.op(scalar.mod, n, more),
        sketch.op(scalar.mod, more, n),
    ]
    assert body_text(decide(sketch.function(*results))).endswith("return more, n, more, n, v3")


def test_what_is_assumed_tells_of_what_follows_and_goes_away() -> None:
    sketch = Sketch()
    n, m = (sketch.dim(sketch.param(VECTOR, name)) for name in "xy")
    same = sketch.op(scalar.eq, n, m)
    sketch.builder.effect(memory.require, same, error="AssertionError", message="", assumed=True)
    sketch.require(sketch.op(scalar.le, n, m))
    text = body_text(remove_assumed(remove_dead(simplify(decide(sketch.function(n))))))
    assert "require" not in text
