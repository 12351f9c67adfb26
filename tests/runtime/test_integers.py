"""Checked operations, compiled: at all ends of the 64 bits they give Python's number, or raise what Python raises."""

import operator
import random

import numba
import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime.integers import LEAST, MESSAGES, MOST, OPERATIONS, operation

ENDS = [LEAST, LEAST + 1, -(2**32), -3, -1, 0, 1, 2, 7, 62, 63, 64, 70, 2**31, 2**62, MOST - 1, MOST]
PYTHON = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
    "abs": operator.abs,
    "pow": operator.pow,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
}
NUMPY = {"lshift": np.left_shift, "rshift": np.right_shift, "floordiv": np.floor_divide}
UNARY = ("neg", "abs")


def compiled(mode, name):
    checked = operation(mode, name)
    if name in UNARY or name == "int":
        return numba.njit(error_model="numpy")(lambda x: checked(x, 3))
    return numba.njit(error_model="numpy")(lambda x, y: checked(x, y, 3))


def python(name, args):
    """What Python gives; OverflowError for what has more than 64 bits."""
    if name in ("lshift", "pow") and args[1] > 70:
        if args[0] == 0 or (args[0] == 1 and name == "pow"):
            return args[0]
        if args[0] == -1 and name == "pow":
            return -1 if args[1] % 2 else 1
        return MOST + 1 if args[0] > 0 else LEAST - 1
    return PYTHON[name](*args)


def outcome(function, *args):
    try:
        return function(*args)
    except (ArithmeticError, ValueError) as error:
        return type(error)


def arguments(name):
    values = [(x,) for x in ENDS] if name in UNARY else [(x, y) for x in ENDS for y in ENDS]
    return [args for args in values if name != "pow" or args[1] >= 0]


@pytest.mark.parametrize("name", PYTHON)
def test_exact_operations(name):
    function = compiled("raises", name)
    for args in arguments(name):
        expected = outcome(python, name, args)
        if isinstance(expected, int) and not LEAST <= expected <= MOST:
            expected = OverflowError
        assert outcome(function, *args) == expected, args


@pytest.mark.parametrize("name", [name for mode, name in OPERATIONS if mode == "saturates"])
def test_saturated_operations(name):
    function = compiled("saturates", name)
    for args in arguments(name):
        if name != "lshift" or 0 <= args[1] < 64:
            assert function(*args) == min(max(python(name, args), LEAST), MOST), args


@pytest.mark.parametrize("name", NUMPY)
def test_numpys_operations(name):
    function = compiled("wraps", name)
    with np.errstate(all="ignore"):
        for x, y in arguments(name):
            assert function(x, y) == NUMPY[name](np.int64(x), np.int64(y)), (x, y)


def test_conversions():
    function = compiled("raises", "int")
    random.seed(3)
    numbers = [0.0, -0.0, 1.9, -1.9, 2.0**62, -(2.0**63), 2.0**63, 1e30, -1e30, np.inf, -np.inf, np.nan]
    for x in [*numbers, np.nextafter(2.0**63, 0), *(random.uniform(-9, 9) for _ in range(9))]:
        expected = outcome(int, x)
        if isinstance(expected, int) and not LEAST <= expected <= MOST:
            expected = OverflowError
        assert outcome(function, x) == expected, x


def test_ranges():
    stop = operation("span", "range")

    @numba.njit
    def trips(a, b, c):
        n = 0
        for _ in range(a, stop(a, b, c, 3), c):
            n += 1
            if n == 9:
                break
        return n

    for a in ENDS:
        for b in ENDS:
            for c in (1, 3, 2**62, MOST, -1, -3, -(2**62), LEAST):
                expected = min(-((a - b) // c) if (b - a) * c > 0 else 0, 9)
                found = outcome(trips, a, b, c)
                refused = not LEAST < b - a <= MOST and expected > 0
                assert found == (OverflowError if refused else expected), (a, b, c)


def test_the_message_has_the_users_line():
    def loss(x, n):
        return x * 10**n

    with pytest.raises(OverflowError, match=r"64 bits .* \(test_integers.py:\d+\)$"):
        ad.grad(loss)(2.0, 30)
    assert ad.grad(loss)(2.0, 3) == 1000.0
    assert all("{" not in message for message in MESSAGES)


def test_bounds_of_slices_beyond_the_64_bits_are_the_end():
    def whole(x, high, low):
        s = np.sum(x[low - 3 : high + 2]) + np.sum(x[: high * 2] * x[2 * low :])
        return s + np.sum(x[high << 1 :]) + np.sum(x[: low - 1 : -1] * 2.0) + x[min(high + 1, 5)]

    x = np.linspace(0.5, 1.5, 6)
    value, gradient = ad.value_and_grad(whole)(x, MOST, LEAST)
    np.testing.assert_allclose(value, whole(x, MOST, LEAST), rtol=1e-12)
    np.testing.assert_allclose(gradient, 3.0 + 2.0 * x + (np.arange(6) == 5), rtol=1e-12)


@pytest.mark.parametrize("n", [300, -129])
def test_a_python_integer_must_fit_numpys(n):
    def loss(x, n):
        return x * np.int8(n)

    with pytest.raises(OverflowError, match=rf"Python integer {n} out of bounds for int8 \(test_integers.py"):
        ad.grad(loss)(2.0, n)
    assert ad.grad(loss)(2.0, -128) == -128.0


def test_an_integer_beyond_64_bits_is_refused_with_its_line():
    def loss(x, n):
        return x * ((n * 6364136223846793005 + 1) % 2**64 % 1000)

    with pytest.raises(ad.UnsupportedError, match="18446744073709551616 does not fit into the 64 bits") as caught:
        ad.grad(loss)(2.0, 3)
    assert isinstance(caught.value, OverflowError)
    assert "% 2**64" in str(caught.value)


def test_unsigned_integers_that_are_no_int64():
    def loss(x, k):
        return x[k] * int(k)

    with pytest.raises(OverflowError, match="64 bits"):
        ad.grad(loss)(np.ones(3), np.uint64(2**64 - 1))
    np.testing.assert_array_equal(ad.grad(loss)(np.ones(3), np.uint64(2)), [0.0, 0.0, 2.0])


def test_elements_of_a_range_that_ends_beyond_64_bits():
    def loss(x, k):
        return np.sum(x * np.arange(k, k + 2))

    with pytest.raises(OverflowError, match="64 bits"):
        ad.grad(loss)(2.0, MOST)
    assert ad.grad(loss)(2.0, LEAST) == float(LEAST) + float(LEAST + 1)
