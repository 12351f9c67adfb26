"""The programs of the benchmark at tiny sizes: adjoints by hand and generated ones agree, with differences too.

Nothing is compiled: functions, adjoints by hand and generated adjoints run as plain Python.
"""

import json

import numpy as np
import pytest

pytest.importorskip("rich")

import adcompile as ad
from benchmarks import __main__ as command
from benchmarks.programs import PROGRAMS
from benchmarks.worker import disagreement


def copies(args):
    return [each.copy() if isinstance(each, np.ndarray) else each for each in args]


def plain(function):
    """A function by hand without Numba, and without it in what it calls."""
    python = function.py_func
    scope = {name: getattr(value, "py_func", value) for name, value in python.__globals__.items()}
    return type(python)(python.__code__, _Plain(python.__globals__, scope), python.__name__)


class _Plain(dict):
    """The names of a module, its compiled functions as Python functions that see the same."""

    def __init__(self, module, scope):
        super().__init__(scope)
        for name, value in scope.items():
            if hasattr(module[name], "py_func"):
                self[name] = type(value)(value.__code__, self, name)


@pytest.fixture(params=PROGRAMS, ids=lambda program: program.name)
def program(request):
    return request.param


def slope(program, args, directions):
    """The derivative of the value along `directions`, from differences of two orders."""

    def value(step):
        moved = copies(args)
        for place, along in zip(program.wrt, directions, strict=True):
            moved[place] = moved[place] + step * along
        return float(program.function(*moved))

    def central(step):
        return (value(step) - value(-step)) / (2.0 * step)

    return (4.0 * central(1e-4) - central(2e-4)) / 3.0


def test_the_adjoint_by_hand_has_the_value_and_the_slope_of_the_function(program):
    args = program.tiny(np.random.default_rng(1))
    value, gradients = plain(program.hand)(*copies(args))
    assert np.isclose(value, float(program.function(*copies(args))), rtol=1e-12)
    rng = np.random.default_rng(2)
    directions = [rng.normal(size=np.shape(args[place])) for place in program.wrt]
    directions = [float(each) if each.ndim == 0 else each for each in map(np.asarray, directions)]
    expected = slope(program, args, directions)
    along = sum(float(np.sum(g * d)) for g, d in zip(gradients, directions, strict=True))
    assert np.isclose(along, expected, rtol=1e-6, atol=1e-8)


def test_the_adjoint_by_hand_does_not_write_to_its_arguments(program):
    args = program.tiny(np.random.default_rng(1))
    given = copies(args)
    plain(program.hand)(*given)
    for before, after in zip(args, given, strict=True):
        np.testing.assert_array_equal(before, after)


def test_the_generated_adjoint_agrees_with_the_one_by_hand(program):
    args = program.tiny(np.random.default_rng(1))
    result = ad.value_and_grad(program.function, program.wrt).py_func(*args)(*copies(args))
    assert not disagreement((float(result[0]), result[1:]), plain(program.hand)(*copies(args)))


@pytest.mark.parametrize("program", [each for each in PROGRAMS if each.fused], ids=lambda program: program.name)
def test_the_primal_by_hand_has_the_value_of_the_function(program):
    args = program.tiny(np.random.default_rng(1))
    assert np.isclose(plain(program.fused)(*copies(args)), float(program.function(*copies(args))), rtol=1e-12)


def test_another_package_takes_the_place_of_numpy_in_helpers_too():
    class Package:
        def __getattr__(self, name):
            used.add(name)
            return getattr(np, name)

    used = set()
    program = next(each for each in PROGRAMS if each.name == "lstm")
    args = program.tiny(np.random.default_rng(1))
    assert program.over(Package())(*copies(args)) == program.function(*copies(args))
    assert used == {"exp", "log", "sum", "tanh"}


def test_programs_have_names_of_their_own_and_sizes():
    assert len({program.name for program in PROGRAMS}) == len(PROGRAMS)
    assert all(program.sizes and program.wrt for program in PROGRAMS)
    assert all(program.expected_at in program.sizes for program in PROGRAMS if program.expected)


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ((1.0, (np.array([1.0, 2.0]),)), ""),
        ((1.1, (np.array([1.0, 2.0]),)), "another value"),
        ((1.0, (np.array([1.0, 2.1]),)), "off by"),
        ((1.0, (np.array([1.0, np.nan]),)), "off by"),
        ((1.0, (np.array([1.0]),)), "shape"),
    ],
)
def test_disagreement_is_told(found, problem):
    told = disagreement(found, (1.0, (np.array([1.0, 2.0]),)))
    assert bool(told) == bool(problem)
    assert problem in told


def test_the_command_measures_a_program_and_reports(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    out = tmp_path / "out.json"
    options = ["--quick", "--ours", "--only", "scalar", "--json", str(out), "--output", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["benchmarks", *options])
    assert command.main() == 0
    assert (tmp_path / "scalars.png").exists()
    assert "| scalar 2 numbers (loop) |" in (tmp_path / "RESULTS.md").read_text()
    (result,) = json.loads(out.read_text())["programs"]
    assert {"gradient", "hand"} <= result["contestants"].keys()
    assert all("error" not in each for each in result["contestants"].values())
