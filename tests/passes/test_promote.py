import numpy as np
import pytest

from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Apply, For, Function, Region, Value
from adcompile.ir.printer import format_function
from adcompile.ir.types import FLOAT, INT
from adcompile.ir.verify import verify
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar
from adcompile.passes.check_ranges import check_ranges
from adcompile.passes.cse import merge_common
from adcompile.passes.decide import decide
from adcompile.passes.hoist import hoist
from adcompile.passes.promote import promote
from adcompile.passes.simplify import simplify
from tests.ir.programs import assert_keeps_meaning, copy_function
from tests.ir.sketch import MATRIX, VECTOR, Sketch, body_text
from tests.passes.affine import affine_arguments, affine_program, outcome
from tests.passes.test_check_ranges import are_same


def prepared(program: Function) -> Function:
    for transform in (simplify, decide, simplify, merge_common, hoist, check_ranges):
        program = transform(program)
    return program


def compare(first: int, stop: int) -> int:
    """Programs with and without the pass do the same; in how many it did something."""
    changed = 0
    for seed in range(first, stop):
        program = affine_program(seed) if seed % 3 == 0 else prepared(affine_program(seed))
        before = format_function(program)
        new = promote(copy_function(program))
        assert verify(new) == [], seed
        if before == format_function(new):
            continue
        changed += 1
        for each in range(4):
            arguments = affine_arguments(1000 * seed + each)
            one, other = outcome(program, arguments), outcome(new, arguments)
            assert are_same(one, other), f"seed {seed}: {one} {other}\n{before}\n{format_function(new)}"
    return changed


def test_affine_programs_do_the_same() -> None:
    assert compare(0, 200) > 15


def test_meaning_is_kept() -> None:
    for seed in range(100):
        assert_keeps_meaning(promote, seed)


def stores(function: Function) -> list[Apply]:
    """The stores directly in the bodies of loops that have no loop inside."""
    loops = [s for s in statements(function.region) if isinstance(s, For)]
    innermost = [s for s in loops if not any(isinstance(t, For) for t in s.body.body)]
    return [s for loop in innermost for s in loop.body.body if isinstance(s, Apply) and s.primitive is memory.store]


def is_promoted(function: Function) -> bool:
    assert stores(function)
    new = promote(function)
    assert verify(new) == []
    return not stores(new)


def test_text() -> None:
    sketch = Sketch()
    x, n = sketch.param(VECTOR, "x"), sketch.dim(sketch.builder.region.params[0])
    with sketch.loop(0, n) as outer:
        i = outer.params[0]
        with sketch.loop(0, i) as inner:
            v = sketch.load(x, i)
            sketch.store(x, i, sketch.op(scalar.sub, v, sketch.load(x, inner.params[0])))
    assert body_text(promote(sketch.function())) == (
        "v1: int64 = dim(x) {axis=0}\n"
        "for i: int64 in range(0, v1, 1):\n"
        "    v3: float64 = load(x, i)\n"
        "    (v8: float64) = for i.1: int64 in range(0, i, 1) carrying (v5: float64 = v3):\n"
        "        v6: float64 = load(x, i.1)\n"
        "        v7: float64 = v5 - v6\n"
        "        yield v7\n"
        "    store(x, i, v8)"
    )


def accumulate(sketch: Sketch, array: Value, index: tuple, *others: tuple) -> None:
    total = sketch.load(array, *index)
    for other in others:
        total = sketch.op(scalar.sub, total, sketch.load(array, *other))
    sketch.store(array, *index, total)


@pytest.mark.parametrize(
    ("start", "other", "promoted"),
    [
        (0, lambda sketch, i, k: k, True),
        (0, lambda sketch, i, k: sketch.op(scalar.sub, k, 1), False),  # -1 is the last
        (1, lambda sketch, i, k: sketch.op(scalar.sub, k, 1), True),
        (0, lambda sketch, i, k: sketch.op(scalar.add, k, 1), False),  # k + 1 may be i
        (0, lambda sketch, i, k: i, True),  # the element itself
        (0, lambda sketch, i, k: sketch.op(scalar.sub, k, i), False),  # negative
        (
            0,
            lambda sketch, i, k: sketch.op(scalar.cast, sketch.load(sketch.builder.stack[0].params[0], 0), type=INT),
            False,
        ),
    ],
)
def test_only_elements_that_are_proved_others_may_be_read(start, other, promoted) -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    n = sketch.dim(x)
    with sketch.loop(0, n) as outer, sketch.loop(start, outer.params[0]) as inner:
        i, k = outer.params[0], inner.params[0]
        accumulate(sketch, x, (i,), (other(sketch, i, k),))
    assert is_promoted(sketch.function()) is promoted


def test_another_name_of_the_memory_prevents_it() -> None:
    for other in (False, True):
        sketch = Sketch()
        m, y = sketch.param(MATRIX, "m"), sketch.alloc(3, 3)
        row = sketch.op(memory.row, y, 0, type=VECTOR)
        with sketch.loop(0, 3) as loop:
            v = sketch.op(scalar.add, sketch.load(y, 1, 1), sketch.load(m, 0, 0))
            sketch.store(y, 1, 1, v)
            if other:
                sketch.load(row, loop.params[0])
        assert is_promoted(sketch.function()) is not other


def test_it_reaches_accesses_in_inner_loops_and_branches() -> None:
    for shift in (0, 1):
        sketch = Sketch()
        x = sketch.param(VECTOR, "x")
        n, then = sketch.dim(x), Region()
        with sketch.loop(0, n) as outer, sketch.loop(0, 3) as middle:
            accumulate(sketch, x, (outer.params[0],))
            with sketch.branch(then), sketch.loop(shift, 2) as inner:
                sketch.load(x, sketch.op(scalar.add, outer.params[0], inner.params[0]))
            sketch.if_(sketch.op(scalar.lt, middle.params[0], 1), then, Region())
        new = promote(sketch.function())
        loops = [s for s in statements(new.region) if isinstance(s, For)]
        assert bool(loops[1].results) is bool(shift)


def test_the_element_must_exist() -> None:
    for trips, promoted in ((3, True), (None, False)):
        sketch = Sketch()
        x, n, k = sketch.param(VECTOR, "x"), sketch.param(INT, "n"), sketch.param(INT, "k")
        with sketch.loop(0, trips or n):
            accumulate(sketch, x, (k,))
        assert is_promoted(sketch.function()) is promoted


def test_a_check_in_front_of_the_load_stays_in_front() -> None:
    sketch = Sketch()
    x, k = sketch.param(VECTOR, "x"), sketch.param(INT, "k")
    with sketch.loop(0, 3):
        sketch.require(sketch.op(scalar.lt, k, 0))
        accumulate(sketch, x, (k,))
    assert not is_promoted(sketch.function())


def test_loops_with_exits_stay() -> None:
    sketch = Sketch()
    x = sketch.alloc(3)
    with sketch.loop(0, 3, exits=True) as loop:
        accumulate(sketch, x, (0,))
        loop.yields = (sketch.op(scalar.gt, loop.params[0], 1),)
    assert not is_promoted(sketch.function())


def test_nested_accumulation_leaves_all_loops() -> None:
    sketch = Sketch()
    x, a = sketch.param(VECTOR, "x"), sketch.param(FLOAT, "a")
    y = sketch.alloc(2)
    with sketch.loop(0, sketch.dim(x)) as outer, sketch.loop(0, 3):
        sketch.store(y, 1, sketch.op(scalar.add, sketch.load(y, 1), sketch.load(x, outer.params[0])))
    sketch.store(y, 0, a)
    function = sketch.function(sketch.load(y, 1))
    (expected,) = run(copy_function(function), (np.arange(4.0), 1.0))
    new = promote(function)
    assert not [s for s in statements(new.region) if isinstance(s, For) and stores(Function("", s.body))]
    assert run(new, (np.arange(4.0), 1.0)) == (expected,)
