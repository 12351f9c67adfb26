from adcompile.ir.nodes import Region
from adcompile.ir.types import BOOL, FLOAT, INT
from adcompile.ops import scalar
from adcompile.passes.simplify import simplify
from tests.ir.programs import assert_keeps_meaning
from tests.ir.sketch import VECTOR, Sketch, body_text, yielding


def test_meaning_is_kept() -> None:
    for seed in range(80):
        assert_keeps_meaning(simplify, seed)
        assert_keeps_meaning(lambda f: simplify(simplify(f, final=True)), seed)


def test_a_known_branch_is_inlined() -> None:
    sketch = Sketch()
    x, s = sketch.param(VECTOR, "x"), sketch.param(FLOAT, "s")
    n = sketch.dim(x, hint="n")
    again = sketch.op(scalar.add, sketch.op(scalar.sub, n, 1), 1)
    then = Region()
    with sketch.branch(then):
        then.yields = (sketch.op(scalar.mul, s, 1.0),)
    (y,) = sketch.if_(sketch.op(scalar.eq, again, n), then, yielding(0.0))
    text = body_text(simplify(sketch.function(y)))
    assert text.endswith("return s")
    assert "if" not in text


def test_inside_a_branch_its_condition_is_known() -> None:
    sketch = Sketch()
    c = sketch.param(BOOL, "c")
    then, orelse = Region(), Region()
    with sketch.branch(then):
        then.yields = sketch.if_(sketch.op(scalar.not_, c), yielding(1.0), yielding(2.0))
    with sketch.branch(orelse):
        orelse.yields = (sketch.op(scalar.select, c, 3.0, 4.0),)
    (y,) = sketch.if_(c, then, orelse)
    text = body_text(simplify(sketch.function(y)))
    assert [line.strip() for line in text.splitlines() if "yield" in line] == ["yield 2.0", "yield 4.0"]


def test_results_that_are_the_same_in_both_branches() -> None:
    sketch = Sketch()
    c, a = sketch.param(BOOL, "c"), sketch.param(FLOAT, "a")
    results = sketch.if_(c, yielding(a, True, 1.0), yielding(a, False, 1.0))
    assert body_text(simplify(sketch.function(*results))) == "return a, c, 1.0"
    other = Sketch()
    c = other.param(BOOL, "c")
    zeros = other.if_(c, yielding(0.0, False), yielding(-0.0, True))
    assert "yield 0.0, False" in body_text(simplify(other.function(*zeros)))


def test_a_negated_condition_swaps_the_branches() -> None:
    sketch = Sketch()
    c = sketch.param(BOOL, "c")
    (y,) = sketch.if_(sketch.op(scalar.not_, c), yielding(1.0), yielding(2.0))
    text = body_text(simplify(sketch.function(y)))
    assert text.splitlines()[1:] == ["(v2: float64) = if c:", "    yield 2.0", "else:", "    yield 1.0", "return v2"]


def test_loops_without_trips_and_of_one_trip() -> None:
    sketch = Sketch()
    a = sketch.param(FLOAT, "a")
    with sketch.loop(3, 3, inits=(a,), exits=True) as none:
        none.yields = (False, 1.0)
    with sketch.loop(2, 3, inits=(a,), exits=True) as one:
        i, s = one.params
        one.yields = (False, sketch.op(scalar.mul, s, sketch.op(scalar.cast, i, type=FLOAT)))
    assert body_text(simplify(sketch.function(*none.results, *one.results))) == (
        "v1: float64 = a * 2.0\nreturn 0, a, 1, v1"
    )


def test_a_loop_from_a_bound_to_itself_has_no_trips() -> None:
    sketch = Sketch()
    n, step = sketch.param(INT, "n"), sketch.param(INT, "step")
    with sketch.loop(n, n, step, inits=(1.0,)) as loop:
        loop.yields = (2.0,)
    assert body_text(simplify(sketch.function(*loop.results))) == "return 1.0"


def test_what_a_loop_passes_on_unchanged_is_its_init() -> None:
    sketch = Sketch()
    n, a = sketch.param(INT, "n"), sketch.param(FLOAT, "a")
    with sketch.loop(0, n, inits=(a, 2.0, 0.0), sums=(False, False, True)) as loop:
        _, p, two, s = loop.params
        loop.yields = (p, 2.0, sketch.op(scalar.add, s, sketch.op(scalar.mul, p, two)))
    assert body_text(simplify(sketch.function(*loop.results))) == (
        "(v6: float64) = for i: int64 in range(0, n, 1) carrying (v3: float64 = 0.0):  # sums (1,)\n"
        "    v4: float64 = a * 2.0\n"
        "    v5: float64 = v3 + v4\n"
        "    yield v5\n"
        "return a, 2.0, v6"
    )


def test_the_same_in_a_while() -> None:
    sketch = Sketch()
    a = sketch.param(FLOAT, "a")
    with sketch.while_(a, 1.0) as (test, body):
        with sketch.inside(test):
            test.yields = (sketch.op(scalar.lt, test.params[1], test.params[0]),)
        with sketch.inside(body):
            body.yields = (body.params[0], sketch.op(scalar.mul, body.params[1], 2.0))
    text = body_text(simplify(sketch.function(body.results[1])))
    assert text.endswith("return a")
    assert text.count("carrying") == 1
    assert " < a" in text


def test_checks_that_hold_disappear_and_others_stay() -> None:
    sketch = Sketch()
    n = sketch.param(INT, "n")
    sketch.require(sketch.op(scalar.le, n, n))
    sketch.require(False, "never")
    assert body_text(simplify(sketch.function())) == "require(False) {error='ValueError', message='never'}"


def test_marks_for_differentiation_go_at_the_end() -> None:
    sketch = Sketch()
    a = sketch.param(FLOAT, "a")
    y = sketch.op(scalar.attach, sketch.op(scalar.stop, a), a, 0.5)
    function = sketch.function(y)
    assert "attach(" in body_text(simplify(function))
    assert body_text(simplify(function, final=True)) == "return a"


def test_the_users_name_is_kept() -> None:
    sketch = Sketch()
    a = sketch.param(FLOAT, "a")
    product = sketch.op(scalar.mul, a, a)
    named = sketch.op(scalar.mul, product, 1.0, hint="energy")
    assert body_text(simplify(sketch.function(named))) == "energy: float64 = a * a\nreturn energy"
