from functools import partial

from adcompile.ir.nodes import Region
from adcompile.ir.types import BOOL, FLOAT, INT, Scalar
from adcompile.ops import memory, scalar
from adcompile.passes.cse import merge_common
from tests.ir.programs import assert_keeps_meaning
from tests.ir.sketch import MATRIX, VECTOR, Sketch, body_text, yielding


def test_meaning_is_kept() -> None:
    for seed in range(80):
        assert_keeps_meaning(merge_common, seed)
        assert_keeps_meaning(partial(merge_common, forward_stores=False), seed, arguments=1)


def test_loads_products_and_stored_values_are_shared() -> None:
    sketch = Sketch()
    x, y, i = sketch.param(VECTOR, "x"), sketch.param(VECTOR, "y"), sketch.param(INT, "i")
    a = sketch.load(x, i, hint="a")
    b = sketch.op(scalar.mul, a, a, hint="b")
    sketch.store(y, i, b)
    c = sketch.load(x, i)
    total = sketch.op(scalar.add, sketch.op(scalar.mul, c, c), sketch.load(y, i))
    assert body_text(merge_common(sketch.function(total))) == (
        "a: float64 = load(x, i)\nb: float64 = a * a\nstore(y, i, b)\nv5: float64 = b + b\nreturn v5"
    )


def loads_left(sketch: Sketch, *results: object, forward_stores: bool = True) -> int:
    return body_text(merge_common(sketch.function(*results), forward_stores=forward_stores)).count("load(")  # type: ignore[arg-type]


def test_a_store_to_the_array_lies_between() -> None:
    for same_array in (True, False):
        sketch = Sketch()
        x, y, i = sketch.param(VECTOR, "x"), sketch.param(VECTOR, "y"), sketch.param(INT, "i")
        a = sketch.load(x, 0)
        sketch.store(x if same_array else y, i, 1.0)
        assert loads_left(sketch, a, sketch.load(x, 0)) == (2 if same_array else 1)


def test_a_store_to_another_name_of_the_array_lies_between() -> None:
    sketch = Sketch()
    x, n = sketch.param(VECTOR, "x"), sketch.param(INT, "n")
    two = sketch.op(memory.reshape, x, n, 1, type=MATRIX)
    a, b = sketch.load(x, 0), sketch.load(two, 0, 0)
    sketch.store(two, n, 0, 1.0)
    c, d = sketch.load(x, 0), sketch.load(two, 0, 0)
    sketch.store(x, n, 1.0)
    assert loads_left(sketch, a, b, c, d, sketch.load(two, 0, 0)) == 5


def test_a_stored_value_is_forwarded_unless_something_else_is_stored() -> None:
    for between, forward, left in ((False, True, 0), (True, True, 1), (False, False, 1)):
        sketch = Sketch()
        x, i, v = sketch.param(VECTOR, "x"), sketch.param(INT, "i"), sketch.param(FLOAT, "v")
        sketch.store(x, i, v)
        if between:
            sketch.store(x, 0, 1.0)
        assert loads_left(sketch, sketch.load(x, i), forward_stores=forward) == left


def test_a_loop_that_writes_reads_afresh_in_every_trip() -> None:
    sketch = Sketch()
    x, n = sketch.param(VECTOR, "x"), sketch.param(INT, "n")
    before = sketch.load(x, 0)
    with sketch.loop(0, n) as loop:
        inside = sketch.load(x, 0)
        sketch.store(x, loop.params[0], sketch.op(scalar.mul, inside, before))
    after = sketch.load(x, 0)
    assert loads_left(sketch, before, after) == 3


def test_a_branch_that_writes_counts_afterwards() -> None:
    sketch = Sketch()
    x, c, i = sketch.param(VECTOR, "x"), sketch.param(BOOL, "c"), sketch.param(INT, "i")
    before = sketch.load(x, 0)
    then, orelse = Region(), Region()
    with sketch.branch(then):
        sketch.store(x, i, 1.0)
        then.yields = (sketch.load(x, 0),)
    with sketch.branch(orelse):
        orelse.yields = (sketch.load(x, 0),)
    (joined,) = sketch.if_(c, then, orelse)
    # Left are the first, the one after the store in its branch, and the last; the other branch knows the first.
    assert loads_left(sketch, before, joined, sketch.load(x, 0)) == 3


def test_what_a_branch_computes_is_not_known_after_it() -> None:
    sketch = Sketch()
    c, a = sketch.param(BOOL, "c"), sketch.param(FLOAT, "a")
    then = Region()
    with sketch.branch(then):
        then.yields = (sketch.op(scalar.exp, a),)
    (y,) = sketch.if_(c, then, yielding(0.0))
    assert body_text(merge_common(sketch.function(y, sketch.op(scalar.exp, a)))).count("np.exp") == 2


def test_types_and_signs_are_told_apart() -> None:
    sketch = Sketch()
    a = sketch.param(FLOAT, "a")
    single = Scalar("float32")
    results = [
        *(sketch.op(scalar.cast, given, type=FLOAT) for given in (True, 1, 1.0)),
        *(sketch.op(scalar.cast, a, type=t) for t in (FLOAT, single, INT)),
        *(sketch.op(scalar.add, a, zero) for zero in (0.0, -0.0)),
        *(sketch.op(scalar.sub, *pair) for pair in ((a, 1.0), (1.0, a))),
    ]
    assert len(body_text(merge_common(sketch.function(*results))).splitlines()) == len(results) + 1


def test_sums_and_products_commute() -> None:
    sketch = Sketch()
    a, b = sketch.param(FLOAT, "a"), sketch.param(FLOAT, "b")
    results = [sketch.op(scalar.add, a, b), sketch.op(scalar.add, b, a), sketch.op(scalar.add, a, a)]
    assert body_text(merge_common(sketch.function(*results))).splitlines()[-1] == "return v2, v2, v3"


def test_new_arrays_are_never_shared() -> None:
    sketch = Sketch()
    assert body_text(merge_common(sketch.function(sketch.alloc(3), sketch.alloc(3)))).count("alloc") == 2
