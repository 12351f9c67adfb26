"""Lines of comment: where a sweep begins, and the user's lines above what they say and nothing else."""

from __future__ import annotations

import itertools

import numpy as np

from tests.corpus.registry import Array, Result
from tests.emitted import emit


def recurrence(x: Array, a: float) -> Result:
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = np.sin(a * y[i - 1]) + x[i]
    return np.sum(y)


def product(x: float, y: float) -> Result:
    return x * y


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def test_sweeps_are_set_apart() -> None:
    lines = _lines(emit(recurrence, (np.ones(5), 2.0)).build.text)
    forward, backward = (lines.index(f"# -- {sweep} sweep --") for sweep in ("forward", "backward"))
    assert forward < lines.index("y[0] = x[0]") < backward < lines.index("x_bar = np.zeros_like(x)")


def test_no_comment_repeats_the_code() -> None:
    lines = _lines(emit(recurrence, (np.ones(5), 2.0)).build.text)
    pairs = itertools.pairwise(lines)
    said = [after for before, after in pairs if before.startswith("#") and before.lstrip("# ") == after]
    assert said == []


def test_arrays_for_the_other_sweep_stand_under_no_line_of_the_users() -> None:
    lines = _lines(emit(recurrence, (np.ones(5), 2.0)).build.text)
    made = [k for k, line in enumerate(lines) if "_bar = np.zeros_like" in line or "_saved = np." in line]
    assert made
    assert not [lines[k - 1] for k in made if lines[k - 1].startswith("# y[") or lines[k - 1].startswith("# for")]


def test_the_source_map_has_the_lines_without_a_comment_too() -> None:
    emitted = emit(recurrence, (np.ones(5), 2.0)).build
    lines = emitted.text.splitlines()
    mapped = {each.emitted for each in emitted.source_map}
    assert [k for k, line in enumerate(lines, 1) if "np.zeros_like" in line and k not in mapped] == []


def test_expressions_alone_have_both_sweeps_or_none() -> None:
    assert "sweep" not in emit(product, (2.0, 3.0)).build.text
