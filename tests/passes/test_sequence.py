"""All passes one after another, as the pipeline runs them, and what the sequence says of itself."""

import pytest

from adcompile.ir.nodes import Function
from adcompile.ir.printer import format_function
from adcompile.ir.verify import check
from adcompile.passes import sequence
from tests.ir.programs import assert_keeps_meaning, copy_function, random_program

SEQUENCE = tuple(step for steps in sequence.STAGES for step in steps)


def run_all(function: Function) -> Function:
    for step in SEQUENCE:
        function = step.run(function)
        check(function, after=step.name)
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


@pytest.mark.parametrize("steps", sequence.STAGES)
def test_every_step_stands_after_what_it_needs(steps: tuple[sequence.Step, ...]) -> None:
    done: set[str] = set()
    for step in steps:
        assert step.why and step.why[-1] != "."
        assert set(step.after) <= done
        done.add(step.name)
