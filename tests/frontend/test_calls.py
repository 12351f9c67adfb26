"""Errors in functions that the user's function calls show the chain of calls: the user's line first."""

from __future__ import annotations

import functools
import linecache
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompile as ad

V = np.array([0.5, -1.0, 2.0])
M = np.ones((3, 3))


def innermost(x, k):
    return x[k] * np.fft.fft(x)


def between(x, k):
    y = x * 2.0
    return innermost(y, k) + 1.0


def two_deep(x):
    s = 1.0
    return s + 3.0 * between(x, 1)


def element(x, k):
    return x[k] * 2.0


class Weights:
    def __init__(self, w):
        self.w = w

    def __mul__(self, other):
        return element(other, 0) * np.fft.fft(other)

    def applied(self, x):
        return self.w * innermost(x, 0)

    @property
    def total(self):
        return np.fft.fft(self.w)


def in_an_operator(x):
    return 2.0 * (Weights(x) * x)


def in_a_method(x):
    weights = Weights(x)
    return weights.applied(x)


def in_a_property(x):
    return Weights(x).total


def in_a_lambda(x):
    f = lambda y: innermost(y, 1)
    return f(x)


def in_a_nested_function(x):
    def inside(y):
        return between(y, 0)

    return inside(x)


def in_a_sum(x):
    return sum(np.fft.fft(v) for v in x)


def in_a_sum_of_a_helper(x):
    return in_a_sum(x) + 1.0


def in_a_composition(x):
    return np.linalg.norm(x, ord="other")


def in_a_composition_of_a_helper(x):
    return 2.0 * in_a_composition(x)


def given_to_a_composition(x):
    return np.apply_along_axis(innermost, 0, x)


def again(x, n):
    if n == 0:
        return np.fft.fft(x)
    return again(x, n - 1)


def recursive(x):
    return again(x, 12)


def first(x, n):
    return second(x, n)


def second(x, n):
    return np.fft.fft(x) if n == 0 else first(x, n - 1)


def each_other(x):
    return first(x, 5)


def in_a_map(x):
    return sum(map(np.fft.fft, [x])) + sum(map(in_a_sum, [x]))


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) * 2.0

    return wrapper


@doubled
def decorated(x):
    return np.fft.fft(x)


def in_a_decorator(x):
    return decorated(x)


class Rows:
    def __init__(self, x):
        self.x = x

    def __iter__(self):
        return np.fft.fft(self.x)

    def __setitem__(self, key, value):
        np.fft.fft(value)


def in_a_loop_over_an_object(x):
    for _ in Rows(x):
        pass
    return x


def in_a_store(x):
    rows = Rows(x)
    rows[0] = x
    return x


def in_a_condition(x):
    if in_a_sum(x):
        return x[0]
    return x[1]


def shown(function: Callable[..., Any], *args: Any, error: type[Exception] = ad.AdcompileError) -> list[str]:
    """What is told of each place, lines counted from 1 in its function; and its caret as the text under it."""
    with pytest.raises(error) as caught:
        ad.grad(function)(*args)
    lines, found = str(caught.value).splitlines(), []
    for k, line in enumerate(lines):
        if place := re.fullmatch(r"  (.*):(\d+):\d+, in (.*)", line):
            caret = lines[k + 2]
            under = lines[k + 1][caret.index("^") : caret.index("^") + caret.count("^")]
            found.append(f"{place[3].rpartition('.')[2]}: {under}")
        elif line.startswith("  ..."):
            found.append(line.strip())
    return found


REFUSALS = {
    two_deep: ["two_deep: between(x, 1)", "between: innermost(y, k)", "innermost: np.fft.fft(x)"],
    in_an_operator: ["in_an_operator: Weights(x) * x", "__mul__: np.fft.fft(other)"],
    in_a_method: ["in_a_method: weights.applied(x)", "applied: innermost(x, 0)", "innermost: np.fft.fft(x)"],
    in_a_property: ["in_a_property: Weights(x).total", "total: np.fft.fft(self.w)"],
    in_a_lambda: ["in_a_lambda: f(x)", "<lambda>: innermost(y, 1)", "innermost: np.fft.fft(x)"],
    in_a_nested_function: [
        "in_a_nested_function: inside(x)",
        "inside: between(y, 0)",
        "between: innermost(y, k)",
        "innermost: np.fft.fft(x)",
    ],
    in_a_sum: ["in_a_sum: np.fft.fft(v)"],
    in_a_sum_of_a_helper: ["in_a_sum_of_a_helper: in_a_sum(x)", "in_a_sum: np.fft.fft(v)"],
    given_to_a_composition: ["given_to_a_composition: np.apply_along_axis(innermost, 0, x)"],
    in_a_map: ["in_a_map: map(np.fft.fft, [x])"],
    in_a_decorator: ["in_a_decorator: decorated(x)", "decorated: function(*args)", "decorated: np.fft.fft(x)"],
    in_a_loop_over_an_object: ["in_a_loop_over_an_object: Rows(x)", "__iter__: np.fft.fft(self.x)"],
    in_a_store: ["in_a_store: rows[0]", "__setitem__: np.fft.fft(value)"],
    in_a_condition: ["in_a_condition: in_a_sum(x)", "in_a_sum: np.fft.fft(v)"],
    recursive: [
        "recursive: again(x, 12)",
        "again: again(x, n - 1)",
        "... 12 times in a row",
        "again: np.fft.fft(x)",
    ],
    each_other: [
        "each_other: first(x, 5)",
        "first: second(x, n)",
        "second: first(x, n - 1)",
        "... 7 more calls",
        "second: first(x, n - 1)",
        "first: second(x, n)",
        "second: np.fft.fft(x)",
    ],
}


@pytest.mark.parametrize("function", REFUSALS, ids=lambda f: f.__name__)
def test_a_refusal_shows_the_calls_that_lead_to_it(function) -> None:
    assert shown(function, V) == REFUSALS[function]


def test_of_a_composition_only_the_users_line_is_shown() -> None:
    def spread(x):
        return np.quantile(x, 0.5, method="unheard of")

    def outer(x):
        return 2.0 * spread(x)

    assert shown(spread, V) == ['spread: np.quantile(x, 0.5, method="unheard of")']
    assert shown(outer, V) == ["outer: spread(x)", 'spread: np.quantile(x, 0.5, method="unheard of")']


def line(function: Any, offset: int = 1) -> str:
    return f"test_calls.py:{function.__code__.co_firstlineno + offset}"


def twice(x, k):
    a = element(x, k - 1)
    return a + element(x, k)


def added(x, y):
    return x + y


def shapes(x, k):
    return np.sum(added(x, np.ones(k + 1)))


def in_a_row(x, n):
    return element(x, 5) if n == 0 else in_a_row(x, n - 1)


def far_down(x, n):
    return in_a_row(x, 9) * n


def deep(x, n):
    return twice(x, n) + 1.0


def deeper(x, n):
    return deep(x, n)


FAILURES: dict[Callable[..., Any], tuple[type[Exception], str]] = {
    twice: (IndexError, f"{line(twice, 2)} -> {line(element)}"),
    shapes: (ValueError, f"{line(shapes)} -> {line(added)}"),
    deep: (IndexError, f"{line(deep)} -> {line(twice, 2)} -> {line(element)}"),
    deeper: (IndexError, f"{line(deeper)} -> ... -> {line(twice, 2)} -> {line(element)}"),
    far_down: (IndexError, f"{line(far_down)} -> {line(in_a_row)} -> {line(element)}"),
}


@pytest.mark.parametrize("function", FAILURES, ids=lambda f: f.__name__)
def test_an_error_at_run_time_tells_the_calls(function) -> None:
    error, place = FAILURES[function]
    with pytest.raises(error, match=re.escape(f" ({place})") + "$"):
        ad.grad(function, cache=False).py_func(V, 2)(V, 3)


def inverse(x):
    return np.sum(np.linalg.inv(x))


def of_inverses(x):
    return inverse(x) * 2.0


def test_an_error_of_lapack_tells_the_calls() -> None:
    place = f"{line(of_inverses)} -> {line(inverse)}"
    with pytest.raises(np.linalg.LinAlgError, match=re.escape(f"({place})")):
        ad.grad(of_inverses)(np.zeros((3, 3)))


def product(n):
    return n * n * n


def counted(x, n):
    return x * product(n)


def test_an_overflow_tells_the_calls() -> None:
    with pytest.raises(OverflowError, match=re.escape(f"({line(counted)} -> {line(product)})")):
        ad.grad(counted)(2.0, 2**40)


CELL = """
def helper(x):
    return np.fft.fft(x)

def loss(x):
    return helper(x)
"""


@pytest.mark.parametrize("name", ["<ipython-input-3-0123456789ab>", "<stdin-like>"])
def test_in_a_notebook_cell(name) -> None:
    linecache.cache[name] = (len(CELL), None, CELL.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"np": np, "__name__": "__main__"}
    exec(compile(CELL, name, "exec"), namespace)
    assert shown(namespace["loss"], V) == ["loss: helper(x)", "helper: np.fft.fft(x)"]


def test_a_method_of_an_argument() -> None:
    def loss(model, x):
        return model.applied(x)

    assert shown(loss, Weights(V), V)[0] == "loss: model.applied(x)"
