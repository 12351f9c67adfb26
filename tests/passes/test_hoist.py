from adcompile.ir.nodes import Region
from adcompile.ir.types import BOOL, FLOAT, INT
from adcompile.ops import memory, scalar
from adcompile.passes.hoist import hoist
from tests.ir.programs import assert_keeps_meaning
from tests.ir.sketch import VECTOR, Sketch, body_text


def test_meaning_is_kept() -> None:
    for seed in range(100):
        assert_keeps_meaning(hoist, seed)


def hoisted(sketch: Sketch) -> list[str]:
    """The statements in front of the first loop, without names and types."""
    lines = body_text(hoist(sketch.function())).splitlines()
    before = lines[: next(k for k, line in enumerate(lines) if line.startswith(("for ", "while", "(")))]
    return [line.split(" = ")[-1] for line in before]


def test_invariants_leave_all_loops() -> None:
    sketch = Sketch()
    n, a = sketch.param(INT, "n"), sketch.param(FLOAT, "a")
    x = sketch.param(VECTOR, "x")
    with sketch.loop(0, n) as outer, sketch.loop(0, n) as inner:
        last = sketch.op(scalar.sub, sketch.op(scalar.sub, n, 1), outer.params[0])
        sketch.store(x, inner.params[0], sketch.op(scalar.exp, a))
        sketch.store(x, last, a)
    assert body_text(hoist(sketch.function())) == (
        "v3: int64 = n - 1\n"
        "v4: float64 = np.exp(a)\n"
        "for i: int64 in range(0, n, 1):\n"
        "    v6: int64 = v3 - i\n"
        "    for i.1: int64 in range(0, n, 1):\n"
        "        store(x, i.1, v4)\n"
        "        store(x, v6, a)"
    )


def test_what_may_fail_stays_where_the_loop_may_have_no_trip() -> None:
    sketch = Sketch()
    x, k, a = sketch.param(VECTOR, "x"), sketch.param(INT, "k"), sketch.param(FLOAT, "a")
    n = sketch.dim(x)
    with sketch.loop(0, n):
        sketch.op(scalar.mod, k, n)
        sketch.op(scalar.div, 1.0, a)
        sketch.op(scalar.cast, a, type=INT)
        sketch.load(x, k)
        sketch.load(x, 0)
        sketch.require(sketch.op(scalar.gt, k, 0))
        sketch.op(scalar.mod, k, 3)
    assert hoisted(sketch) == ["dim(x) {axis=0}", "k > 0", "k % 3"]


def test_it_moves_where_the_loop_surely_runs() -> None:
    sketch = Sketch()
    x, k = sketch.param(VECTOR, "x"), sketch.param(INT, "k")
    with sketch.loop(0, 3) as loop:
        sketch.require(sketch.op(scalar.gt, k, 0))
        sketch.load(x, k)
        sketch.op(scalar.mod, k, k)
        sketch.require(sketch.op(scalar.gt, k, loop.params[0]))
        sketch.require(sketch.op(scalar.gt, k, 1))
        sketch.load(x, 1)
    assert [line.split(" {")[0] for line in hoisted(sketch)] == [
        "k > 0",
        "require(v2)",
        "load(x, k)",
        "k % k",
        "k > 1",
    ]


def test_a_load_proved_in_range_moves() -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    n = sketch.dim(x)
    with sketch.loop(0, n) as outer, sketch.loop(0, sketch.op(scalar.sub, n, 5)):
        sketch.load(x, outer.params[0])
        sketch.load(x, sketch.op(scalar.add, outer.params[0], 1))
    text = body_text(hoist(sketch.function()))
    assert "\n    v4: float64 = load(x, i)\n" in text
    assert "\n        v7: float64 = load(x, v5)" in text


def test_a_load_from_an_array_that_is_written_stays() -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    y = sketch.alloc(4)
    row = sketch.op(memory.reshape, y, 4, type=VECTOR)
    with sketch.loop(0, 3) as loop:
        sketch.load(y, 0)
        sketch.load(x, 0)
        sketch.store(row, loop.params[0], 1.0)
    assert hoisted(sketch) == ["alloc(4) {fill='zeros'}", "reshape(v1, 4)", "load(x, 0)"]


def test_whole_statements_move() -> None:
    sketch = Sketch()
    x, c, n, a = sketch.param(VECTOR, "x"), sketch.param(BOOL, "c"), sketch.param(INT, "n"), sketch.param(FLOAT, "a")
    y = sketch.alloc(n)
    then, orelse = Region(), Region()
    with sketch.loop(0, 4) as outer:
        with sketch.loop(0, n, inits=(0.0,)) as inner:
            i, s = inner.params
            inner.yields = (sketch.op(scalar.add, s, sketch.load(x, i)),)
        with sketch.branch(then):
            then.yields = (sketch.op(scalar.exp, a),)
        with sketch.branch(orelse):
            orelse.yields = (a,)
        (e,) = sketch.if_(c, then, orelse)
        sketch.store(y, outer.params[0], sketch.op(scalar.mul, e, inner.results[0]))
    lines = body_text(hoist(sketch.function(y))).splitlines()
    first = next(k for k, line in enumerate(lines) if "range(0, 4, 1)" in line)
    inside, after = lines[first + 1 :]
    assert inside.startswith("    store(")
    assert after.startswith("return")


def test_new_arrays_stay_in_their_trip() -> None:
    sketch = Sketch()
    with sketch.loop(0, 4):
        sketch.alloc(3)
    assert hoisted(sketch) == []


def test_the_test_of_a_while_runs_at_least_once() -> None:
    sketch = Sketch()
    x, k = sketch.param(VECTOR, "x"), sketch.param(INT, "k")
    with sketch.while_(k) as (test, body):
        with sketch.inside(test):
            test.yields = (sketch.op(scalar.lt, sketch.op(scalar.mod, k, k), test.params[0]),)
        with sketch.inside(body):
            sketch.load(x, 0)
            body.yields = (sketch.op(scalar.sub, body.params[0], sketch.op(scalar.add, k, 1)),)
    assert hoisted(sketch) == ["k % k", "k + 1"]
