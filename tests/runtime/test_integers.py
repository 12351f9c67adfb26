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
