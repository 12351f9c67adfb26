"""A seeded sample of random programs; `python -m tests.fuzz` runs more of them and shrinks what fails."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.fuzz.__main__ import RARE
from tests.fuzz.features import FEATURES
from tests.fuzz.generator import Program, generate
from tests.fuzz.run import check
from tests.fuzz.shrink import shrink

SEED = 20240229
PROGRAMS = 200
LAST_LEVEL = 60
COMPILED = range(0, PROGRAMS, 13)


@pytest.mark.parametrize("index", range(PROGRAMS))
def test_program(index: int) -> None:
    program = generate(SEED, index, level=2)
    verdict = check(program, compiled=index in COMPILED)
    assert verdict.kind != "wrong", f"{verdict.stage}: {verdict.detail}\n{program.arguments}\n{program.text}"


@pytest.mark.parametrize("index", range(LAST_LEVEL))
def test_program_of_the_last_level(index: int) -> None:
    """Arrays of three axes, memory orders, states in objects, algebra, missing data, extreme integers."""
    program = generate(SEED, index, level=3)
    verdict = check(program, thorough=False)
    assert verdict.kind != "wrong", f"{verdict.stage}: {verdict.detail}\n{program.arguments}\n{program.text}"


def test_programs_are_deterministic() -> None:
    assert [generate(3, index) for index in range(20)] == [generate(3, index) for index in range(20)]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_programs_are_well_formed(level: int) -> None:
    for index in range(250):
        ast.parse(generate(6002, index, level=level).text)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_no_feature_is_rare(level: int) -> None:
    count = 500
    found = Counter(name for index in range(count) for name in generate(1, index, level=level).features)
    known = {feature.name for feature in FEATURES.values() if feature.level <= level}
    assert {name for name in known if found[name] < RARE * count} == set()
    assert set(found) <= known | {"float32", "array result", "tuple result"}


@pytest.mark.parametrize("name", FEATURES)
def test_a_wanted_feature_occurs(name: str) -> None:
    assert any(name in generate(5, index, only=(name,)).features for index in range(30))


def test_shrinking_keeps_what_fails_and_drops_the_rest() -> None:
    text = "def program(x, s):\n    y = x * s\n    if s > 0:\n        s = s + y[0] // 3.0\n    for i in range(3):\n"
    text += "        s += x[i]\n    return s\n"

    def fails(program: Program) -> bool:
        return any(isinstance(node, ast.FloorDiv) for node in ast.walk(ast.parse(program.text)))

    smallest = shrink(Program("example", text, ("rng.normal(size=3)", "0.7"), ()), fails)
    assert len(smallest.text.splitlines()) < 5
    assert fails(smallest)


def test_a_wrong_program_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "def program(x):\n    return (x * x).sum()\n"
    program = Program("noticed", text, ("rng.normal(size=3)",), ())
    assert check(program).kind == "right"
    monkeypatch.setattr("tests.fuzz.run.dual_gradient", lambda f, args, **_: [args[0] * 2.001])
    monkeypatch.setattr("tests.fuzz.run._Check.differences_agree", lambda *_: False)
    assert check(program).kind == "wrong"
