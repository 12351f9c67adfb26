"""Generated text as it is, for programs of all kinds: what a change does to it is read as the difference of files.

    pytest tests/test_golden.py --update-golden          writes the files of `tests/golden` anew

Line numbers of the corpus are left out of the texts, so that a program may move.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adcompile import testing
from tests.corpus import PROGRAMS, Program
from tests.emitted import emit

FOLDER = Path(__file__).parent / "golden"

NAMES = """
    aliases.double_buffering
    branches.branches_inside_loop
    containers.list_of_unknown_length_by_comprehension
    containers.state_in_a_dict
    everyday.burgers
    everyday.heat_by_copies
    everyday.heat_by_slots
    everyday.heat_by_swapping
    everyday.n_body
    everyday.ridge_by_rows
    everyday.robust_regression
    everyday.root_of_a_cubic
    everyday.softmax_classifier
    everyday.waves_by_a_helper
    exits.interpolation_table
    float32.single_network
    linear_algebra.gaussian_process_likelihood
    mutation.thomas_algorithm
    networks.convolution_and_pooling
    objects.operators_of_objects
    returns.quadratic_or_linear
    scatter.histogram
    stores.cholesky
    surface.dataclass_argument
    surface.recursion_of_known_depth
    whiles.bisection
    windows.halves_swapped
""".split()


def _text(program: Program) -> str:
    with_number = testing.is_scalar(program.function(*program.args()))
    built = emit(program.function, program.args(), mode="grad" if with_number else "vjp").build
    return re.sub(r"(\w+\.py):\d+(?=\)| -> )", r"\1", built.text)


@pytest.mark.parametrize("name", NAMES)
def test_text(name: str, request: pytest.FixtureRequest) -> None:
    (program,) = (each for each in PROGRAMS if each.name == name)
    text, file = _text(program), FOLDER / f"{name}.py"
    if request.config.getoption("--update-golden"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "if the change is meant: --update-golden"


def test_every_file_belongs_to_a_program() -> None:
    assert sorted(file.stem for file in FOLDER.glob("*.py")) == sorted(NAMES)
