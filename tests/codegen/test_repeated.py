"""What repeats in a long program becomes a function; what only looks alike does not."""

from __future__ import annotations

import ast
import textwrap
from typing import Any

import numpy as np
import pytest

import adcompile as ad
from adcompile.codegen import repeated
from adcompile.codegen.comments import Comments
from adcompile.codegen.emit import to_text
from adcompile.codegen.flow import flow_of


def parts(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The text of a function, split as if it were long."""
    for name, value in {"LONG": 0, "SHORTEST": 2, "WORTHWHILE": -10, "MOST_PARTS": 1}.items():
        monkeypatch.setattr(repeated, name, value)
    function = ast.parse(textwrap.dedent(text)).body[0]
    assert isinstance(function, ast.FunctionDef)
    return "".join(to_text(each) for each in repeated.split(function, Comments()))


STEPS = """
    def f(x, y, n):
        s = 0.0
        {0}
        {1}
        {2}
        return s
"""
LOOP = "{a} = {b} + 1.0\n        for i in range(n):\n            s += {a} * {b}\n        {after}"


def test_stretches_with_other_names_become_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    loops = [LOOP.format(a=a, b=b, after="s = s * s") for a, b in (("p", "x"), ("q", "y"), ("r", "x"))]
    text = parts(STEPS.format(*loops), monkeypatch)
    assert text == textwrap.dedent('''\
        def f_part(x, n, s):
            """What is done at 3 places."""
            p = x + 1.0
            for i in range(n):
                s += p * x
            s = s * s
            return s
        def f(x, y, n):
            s = 0.0
            s = f_part(x, n, s)
            s = f_part(y, n, s)
            s = f_part(x, n, s)
            return s
    ''')


def test_one_name_may_stand_for_what_has_two_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the second stretch y is read, and then another y is written."""
    loops = [
        LOOP.format(a="p", b="x", after="z = s * 2.0\n        s = z"),
        LOOP.format(a="q", b="y", after="y = s * 2.0\n        s = y"),
        LOOP.format(a="r", b="x", after="z = s * 2.0\n        s = z"),
    ]
    assert parts(STEPS.format(*loops), monkeypatch).count("f_part(") == 4


def test_stretches_that_mix_their_names_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    loops = [
        LOOP.format(a=a, b=b, after=f"s = s * {c}") for a, b, c in (("p", "x", "p"), ("q", "y", "y"), ("r", "x", "n"))
    ]
    text = parts(STEPS.format(*loops), monkeypatch)
    assert "s * " not in text.split("def f(")[0] and text.count("s * ") == 3


def test_what_takes_no_longer_than_a_call_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = ["s = s * x\n        s = s + y\n        s = s * s"] * 3
    assert "f_part" not in parts(STEPS.format(*steps), monkeypatch)


def test_a_constant_that_differs_is_another_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    loops = [LOOP.format(a="p", b="x", after=f"s = s * {c}.0") for c in range(3)]
    assert "s * " in parts(STEPS.format(*loops), monkeypatch).split("def f(")[1]


def test_what_is_read_behind_one_stretch_is_a_result_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    loops = [LOOP.format(a=a, b=b, after="s = s * s") for a, b in (("p", "x"), ("q", "y"), ("r", "x"))]
    text = parts(STEPS.format(*loops).replace("return s", "return s + q"), monkeypatch)
    assert "q, s = f_part(y, n, s)" in text
    assert "return p, s" in text


def test_what_a_stretch_may_leave_as_it_is_enters_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each `k` may come from in front of its stretch."""
    step = "if n > {0}:\n            k = x * y\n        for i in range(n):\n            s = s + k"
    text = parts(STEPS.format(*[step.format(3)] * 3).replace("s = 0.0", "s = 0.0\n        k = 1.0"), monkeypatch)
    assert text.startswith("def f_part(") and "k" in text.split("(")[1].split(")")[0].split(", ")


def test_what_is_not_surely_bound_is_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """`k` is bound in front of none of them for certain."""
    step = "if n > 3:\n            k = x * y\n        if n > 3:\n            s = s + k"
    assert "f_part" not in parts(STEPS.format(*[step] * 3), monkeypatch).split("def f(")[1].splitlines()[2]


def test_what_leaves_a_loop_stays_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    step = "s += x\n            s *= y\n            if s > x:\n                break"
    text = f"""
        def f(x, y, n):
            s = 0.0
            for i in range(n):
                {step.replace(chr(10), chr(10) + "    ")}
                {step.replace(chr(10), chr(10) + "    ")}
                {step.replace(chr(10), chr(10) + "    ")}
            return s
    """
    assert "break" in parts(text, monkeypatch).split("def f(")[1]


LEFT = """
def f(x, n):
    for i in range(n):
        y = x
        if x > i:
            break
        x = y + i
    return x
"""


def test_what_is_alive_in_a_loop_that_is_left() -> None:
    """A name that is read behind the loop is alive where `break` may be next, though the trip writes it below."""
    (function,) = ast.parse(LEFT).body
    assert isinstance(function, ast.FunctionDef)
    loop = function.body[0]
    assert isinstance(loop, ast.For)
    flow = flow_of(function)
    assert "x" in flow.alive[loop.body[0]]
    assert flow.alive[loop.body[1]] >= {"y"}
    assert flow.exposed[loop] == {"x", "n", "range"}
    assert flow.bound[loop.body[1]] == {"x", "n", "i", "y"}


def test_numba_compiles_the_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    def loss(w: Any, data: list[Any]) -> Any:
        s = 0.0
        for d in data:
            s += np.sum(np.tanh(d @ w))
        return s

    monkeypatch.setattr(repeated, "LONG", 50)
    monkeypatch.setattr(repeated, "WORTHWHILE", 5)
    rng = np.random.default_rng(0)
    w, data = rng.normal(size=4), [rng.normal(size=(3 + k, 4)) for k in range(5)]
    gradient = ad.value_and_grad(loss, cache=False)
    assert gradient.adjoint_source(w, data).count("def ") == 3
    value, w_bar = gradient(w, data)
    np.testing.assert_allclose(value, loss(w, data), rtol=1e-14)
    np.testing.assert_allclose(w_bar, sum(d.T @ (1.0 - np.tanh(d @ w) ** 2) for d in data), rtol=1e-12)
    data[3] = data[3][:, :3]
    with pytest.raises(ValueError, match="not aligned"):
        gradient(w, data)


CHECKED = """{a} = {b} + 1.0
        for i in range(n):
            if i > {a}:
                raise ValueError(f"bad {{i}} ({calls}f.py:3)")
            s += {a}"""


def test_what_several_lines_call_tells_the_line_in_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_calls(*calls: str) -> str:
        stretches = [CHECKED.format(a=a, b=b, calls=each) for a, b, each in zip("pqr", "xyx", calls, strict=True)]
        return parts(STEPS.format(*stretches), monkeypatch)

    text = with_calls("", "", "")
    assert "f_part(y, n, s)" in text
    assert with_calls("f.py:7 -> ", "f.py:8 -> ", "f.py:5 -> f.py:9 -> ") == text
    assert with_calls(*["f.py:7 -> "] * 3) == text.replace("(f.py:3)", "(f.py:7 -> f.py:3)")
