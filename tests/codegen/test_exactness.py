"""Which integer operations of a program are checked: none that provably stay within 64 bits."""

import ast

import numpy as np
import pytest

from tests.emitted import emit

V = np.ones(6)


def checked(function, *args):
    """The operations of the text that are checked, each with how."""
    build = emit(function, args).build
    nodes = {
        (n.lineno, n.col_offset, n.end_col_offset): ast.unparse(n)
        for n in ast.walk(ast.parse(build.text))
        if isinstance(n, ast.BinOp | ast.UnaryOp | ast.AugAssign | ast.Call)
    }
    return {(nodes[first], mode) for *place, mode, _ in build.promises.checks for first in [tuple(place)]}


def stencil(x):
    s = 0.0
    for i in range(1, x.shape[0] - 1):
        s += x[i - 1] * x[i + 1] * (2 * i + 1)
    return s


def matrix(a, b):
    n, m = a.shape
    v = a.reshape(-1)
    s = 0.0
    for i in range(n):
        for j in range(m):
            s += v[i * m + j] * b[j]
    return s


def counted(x):
    n = 0
    for i in range(x.shape[0]):
        if x[i] > 0.0:
            n += 1
    return np.sum(x) * n


def hashed(x, n):
    h = 7
    for i in range(n):
        h = (h * 31 + i) % 1009
    return x * h


@pytest.mark.parametrize(
    ("function", "args"),
    [(stencil, (V,)), (counted, (V,)), (hashed, (2.0, 5))],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_stays_within_64_bits_is_not_checked(function, args):
    assert checked(function, *args) == set()


def test_nor_is_an_index_that_was_checked_in_front_of_the_loop():
    found = checked(matrix, np.ones((2, 3)), np.ones(3))
    assert {text for text, _ in found} == {"i * m", "offset_1 + m"}
    assert {mode for _, mode in found} == {"saturates"}


def test_products_of_python_integers_are_checked():
    def factorial(x, n):
        f = 1
        for k in range(2, n):
            f *= k
        return x * f

    assert ("f *= k", "raises") in checked(factorial, 2.0, 5)


def test_an_index_stays_at_the_end():
    def picked(x, k):
        return x[k + 2] * x[3 * k]

    found = checked(picked, V, 1)
    assert {mode for _, mode in found} == {"saturates"}
    assert {text for text, _ in found} == {"k + 2", "3 * k"}


def test_so_do_the_bounds_of_a_slice():
    def part(x, k, m):
        return np.sum(x[k << 1 :]) + np.sum(x[k - 4 : m + 7])

    assert {mode for _, mode in checked(part, V, 1, 2)} == {"saturates"}


def test_a_number_that_is_also_used_otherwise_raises():
    def both(x, k):
        m = k + 2
        return x[m] * m

    assert ("k + 2", "raises") in checked(both, V, 1)


def test_divisors_that_may_be_zero():
    def divided(x, n):
        return x * (7 // n) + x * (9 % (n * n + 1)) + 5 % 3

    found = checked(divided, 2.0, 1)
    assert ("7 // n", "raises") in found
    assert all("5" not in text for text, _ in found)


def test_numpys_integers_wrap():
    def wrapping(x, k, n):
        return x * (k[0] * k[1] + n * 3 - (k[2] << n))

    assert {(text, mode) for text, mode in checked(wrapping, 2.0, np.arange(3), np.int64(2))} == {
        ("k[2] << n", "wraps")
    }


def test_a_range_whose_span_is_not_known():
    def spans(x, a, b):
        s = 0.0
        for i in range(a, b):
            s += x * i
        return s

    assert ("range(a, b)", "span") in checked(spans, 2.0, 1, 4)


def test_conversions_of_floats():
    def converted(x, y):
        return x * int(y) + int(np.float64(3.7))

    assert checked(converted, 2.0, 3.5) == {("int(y)", "raises")}


def test_what_the_backward_sweep_computes_again_is_checked_as_before_where_it_is_no_index():
    def part(x, k):
        s = x[0]
        if s > 0.0:
            s += np.sum(x[: k >> 70] * 3.0)
        return s

    build = emit(part, (V, 1)).build
    places = [place for *place, mode, _ in build.promises.checks if mode != "span"]
    lines = build.text.splitlines()
    shifts = [line for line, first, last in places if ">>" in lines[line - 1][first:last]]
    assert len(shifts) == sum(">> 70" in line and "#" not in line for line in lines) == 2
