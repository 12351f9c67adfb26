"""Checks: one `if` for one message, which plain Python reads as a sentence and Numba never formats."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import adcompile as ad
from adcompile.codegen.raising import spelled, template
from tests.corpus.registry import Array, Result
from tests.emitted import emit


def distance(x: Array, y: Array) -> Result:
    return np.sum((x - y) ** 2)


def row(x: Array, i: int) -> Result:
    return x[i] * x[-4]


def test_two_pairs_of_extents_are_one_check() -> None:
    text = emit(distance, (np.ones((2, 3)), np.ones((2, 3)))).build.text
    assert text.count("raise ValueError") == 1
    assert "if columns_y != m or n != rows_y:" in text or "if m != columns_y or n != rows_y:" in text


def test_the_text_alone_raises_a_sentence() -> None:
    entry = emit(distance, (np.ones((2, 3)), np.ones((2, 3)))).entry
    with pytest.raises(ValueError, match=r"shapes \(2,3\) \(4,3\) \(test_raising.py:\d+\)$") as caught:
        entry(np.ones((2, 3)), np.ones((4, 3)))
    assert len(caught.value.args) == 1


def test_compiled_code_raises_the_same_sentence() -> None:
    x = np.ones(3)
    gradient = ad.grad(row)
    for call in (gradient, gradient.py_func(x, 1)):
        with pytest.raises(IndexError, match=r"^index 7 is out of bounds for axis 0 with size 3 ") as caught:
            call(x, 7)
        assert len(caught.value.args) == 1


@pytest.mark.parametrize("text", ["n is {n}", "{{n}} {n}{k}", 'a "quoted" {n}\\', "two\nlines {n}"])
def test_a_message_is_its_template_and_what_it_shows(text: str) -> None:
    node = ast.parse("f" + repr(text)).body[0].value  # type: ignore[attr-defined]
    message, shown = template(node)
    scope = {"n": 3, "k": 4}
    values = [eval(ast.unparse(each), scope) for each in shown]
    assert message.format(*values) == eval(spelled(node), scope) == eval("f" + repr(text), scope)
