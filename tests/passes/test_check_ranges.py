from collections import Counter
from typing import Any

import numpy as np

from adcompile.ir.nodes import Apply, For, Function, Region, Value, integer
from adcompile.ir.printer import format_function
from adcompile.ir.types import INT
from adcompile.ir.verify import verify
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar
from adcompile.passes.check_ranges import check_ranges
from adcompile.passes.cse import merge_common
from adcompile.passes.dce import remove_dead
from adcompile.passes.hoist import hoist
from tests.ir.programs import copy_function
from tests.ir.sketch import VECTOR, Sketch, body_text
from tests.passes.affine import affine_arguments, affine_program, outcome


def checks_in_loops(function: Function) -> int:
    loops = [s for s in statements(function.region) if isinstance(s, For)]
    return sum(isinstance(s, Apply) and s.primitive is memory.require for loop in loops for s in loop.body.body)


def are_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    if isinstance(one[0], str) or isinstance(other[0], str):
        return one == other
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def compare(first: int, stop: int) -> tuple[Counter[str], int, int]:
    """Programs with and without the pass do the same; how they ended, and the checks in loops before and after."""
    ends: Counter[str] = Counter()
    before = after = 0
    for seed in range(first, stop):
        program = hoist(affine_program(seed))
        new = check_ranges(copy_function(program))
        assert verify(new) == [], seed
        before, after = before + checks_in_loops(program), after + checks_in_loops(new)
        for each in range(3):
            arguments = affine_arguments(1000 * seed + each)
            one, other = outcome(program, arguments), outcome(new, arguments)
            assert are_same(one, other), f"seed {seed}: {one} {other}\n{format_function(program)}"
            assert len(other) == 1 or other[0] != "IndexError", other
            ends[one[0] if isinstance(one[0], str) else "value"] += 1
    return ends, before, after


def test_programs_end_as_they_did() -> None:
    ends, before, after = compare(0, 120)
    assert min(ends["value"], ends["IndexError"]) > 100 and ends["ValueError"]
    assert after < 0.7 * before


def check_index(sketch: Sketch, index: Value, extent: Value) -> None:
    ok = sketch.op(scalar.lt, index, extent)
    message = "checked: {} on {} of {}"
    sketch.builder.effect(memory.require, ok, index, integer(0), extent, error="IndexError", message=message)


def test_the_last_trip_is_checked_in_front() -> None:
    sketch = Sketch()
    x, n = sketch.param(VECTOR, "x"), sketch.param(INT, "n")
    m = sketch.dim(x)
    with sketch.loop(0, n) as outer, sketch.loop(0, outer.params[0]) as inner:
        index = sketch.op(scalar.add, inner.params[0], 1)
        check_index(sketch, index, m)
        sketch.load(x, index)
    assert body_text(remove_dead(merge_common(check_ranges(sketch.function())))) == (
        "v2: int64 = dim(x) {axis=0}\n"
        "v3: int64 = n - 1\n"
        "v4: bool = 0 >= v3\n"
        "v5: bool = v3 < v2\n"
        "v6: bool = v4 or v5\n"
        "require(v6, v3, 0, v2) {error='IndexError', message='checked: {} on {} of {}'}"
    )


def moved(sketch: Sketch) -> bool:
    """Is no check left in a loop?"""
    function = sketch.function()
    assert checks_in_loops(function) > 0
    return checks_in_loops(check_ranges(function)) == 0


def test_a_check_stays_where_something_else_may_end_the_loop() -> None:
    for other in ("nothing", "exit", "require", "while", "division"):
        sketch = Sketch()
        x, n = sketch.param(VECTOR, "x"), sketch.param(INT, "n")
        m = sketch.dim(x)
        with sketch.loop(0, n, exits=other == "exit") as loop:
            check_index(sketch, loop.params[0], m)
            if other == "exit":
                loop.yields = (sketch.op(scalar.gt, loop.params[0], 3),)
            elif other == "require":
                sketch.require(sketch.op(scalar.lt, loop.params[0], 3))
            elif other == "division":
                sketch.op(scalar.floordiv, n, loop.params[0])
            elif other == "while":
                with sketch.while_(n) as (test, body):
                    with sketch.inside(test):
                        test.yields = (sketch.op(scalar.lt, test.params[0], 3),)
                    body.yields = body.params
        assert moved(sketch) is (other == "nothing"), other


def test_a_check_of_what_is_not_affine_stays() -> None:
    for kind in ("affine", "loaded", "square", "carried"):
        sketch = Sketch()
        x, n = sketch.param(VECTOR, "x"), sketch.param(INT, "n")
        m = sketch.dim(x)
        with sketch.loop(0, n, inits=(0,)) as loop:
            i, carried = loop.params
            index = {
                "affine": lambda i=i: sketch.op(scalar.mul, i, 2),
                "loaded": lambda i=i: sketch.op(scalar.cast, sketch.load(x, 0), type=INT),
                "square": lambda i=i: sketch.op(scalar.mul, i, i),
                "carried": lambda carried=carried: carried,
            }[kind]()
            check_index(sketch, index, m)
            loop.yields = (sketch.op(scalar.mul, carried, 3),)
        assert moved(sketch) is (kind == "affine"), kind


def test_a_check_in_a_branch_stays_there() -> None:
    sketch = Sketch()
    x, n = sketch.param(VECTOR, "x"), sketch.param(INT, "n")
    m, then = sketch.dim(x), Region()
    with sketch.loop(0, n) as loop:
        with sketch.branch(then):
            check_index(sketch, loop.params[0], m)
        sketch.if_(sketch.op(scalar.lt, loop.params[0], 2), then, Region())
    after = check_ranges(sketch.function())
    assert any(isinstance(s, Apply) and s.primitive is memory.require for s in then.body)
    assert checks_in_loops(after) == 0
