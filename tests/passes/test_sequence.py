"""All passes one after another, as the pipeline runs them before and after differentiation."""

from functools import partial

from adcompile.ir.nodes import Function
from adcompile.ir.printer import format_function
from adcompile.ir.verify import check
from adcompile.passes.block_sums import block_sums
from adcompile.passes.check_ranges import check_ranges
from adcompile.passes.cse import merge_common
from adcompile.passes.dce import remove_dead
from adcompile.passes.decide import decide
from adcompile.passes.hoist import hoist
from adcompile.passes.promote import promote
from adcompile.passes.simplify import simplify
from adcompile.passes.split_chains import split_chains
from tests.ir.programs import assert_keeps_meaning, copy_function, random_program

SEQUENCE = (
    *(simplify, decide, simplify, merge_common, hoist, merge_common),
    *(check_ranges, decide, simplify, promote, merge_common, remove_dead),
    *(partial(simplify, final=True), remove_dead, merge_common, decide, simplify, hoist, merge_common, remove_dead),
    *(promote, merge_common, remove_dead, block_sums, split_chains),
)


def run_all(function: Function) -> Function:
    for number, transform in enumerate(SEQUENCE):
        function = transform(function)
        check(function, after=f"pass {number}")
    return function


def test_meaning_is_kept() -> None:
    for seed in range(1000, 1200):
        assert_keeps_meaning(run_all, seed)


def test_the_text_is_deterministic() -> None:
    for seed in range(20):
        program = random_program(seed)
        one, other = run_all(copy_function(program)), run_all(copy_function(program))
        assert format_function(one) == format_function(other)


def test_a_second_time_leaves_nothing_to_do_in_most_programs() -> None:
    changed = 0
    for seed in range(60):
        program = run_all(random_program(seed))
        before = format_function(program)
        changed += format_function(run_all(program)) != before
    assert changed < 12
