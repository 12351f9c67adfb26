"""Fingerprints: equal for what a program may treat as the same, different for everything else; reaches."""

import dataclasses
import enum
import functools
import math
import subprocess
import sys
from types import MethodType

import numba
import numpy as np
import pytest

from adcompile.frontend.captures import Guard, Reach, fingerprint


class Mode(enum.Enum):
    MEAN = 1
    SUM = 2


@dataclasses.dataclass
class Layer:
    weight: np.ndarray
    name: str = "dense"

    def apply(self, x):
        return self.weight @ x


@dataclasses.dataclass
class OtherLayer:
    weight: np.ndarray
    name: str = "dense"


class Plain:
    def __init__(self, scale):
        self.scale = scale


def closing_over(held):
    return lambda x: (x, held)


def with_default(value):
    def f(x, y=value):
        return x

    return f


def recursive():
    def f(x):
        return f(x)

    return f


SAME = [
    ("mean", "me" + "an"),
    (1.5, 1.5),
    (np.dtype("float64"), np.dtype(float)),
    ([1.0, "a"], [1.0, "a"]),
    ({"w": np.ones(3)}, {"w": np.ones(3)}),
    (closing_over(1.0), closing_over(2.0)),
    (closing_over(np.ones(2)), closing_over(np.ones(2) * 2)),
    (closing_over("a"), closing_over("a")),
    (with_default(1.0), with_default(2.0)),
    (closing_over([np.ones(2), 1]), closing_over([np.zeros(2), 2])),
    (Layer(np.ones(2)), Layer(np.ones(2))),
    (Plain(1.0), Plain(2.0)),
    (functools.partial(math.pow, 2.0), functools.partial(math.pow, 3.0)),
    (recursive(), recursive()),
]
DIFFERENT = [
    ("mean", "sum"),
    ("1", 1),
    (1, 1.0),
    (True, 1),
    (None, "None"),
    (np.float64, np.float32),
    (np.sin, np.cos),
    (np.sum, np.mean),
    (math.sin, math.cos),
    (math, np),
    (len, sum),
    ([1.0], [1.0, 2.0]),
    ([1.0, 2.0], [1.0, 3.0]),
    ({"w": np.ones(3)}, {"w": np.zeros(3)}),
    (Layer(np.ones(2)), Layer(np.zeros(2))),
    ((0, 1), (0, 2)),
    ([1.0], (1.0,)),
    ([1.0], ["1.0"]),
    ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}),
    (closing_over("a"), closing_over("b")),
    (closing_over(1.0), closing_over("a")),
    (with_default("a"), with_default("b")),
    (closing_over(1), with_default(1)),
    (Layer(np.ones(2)), OtherLayer(np.ones(2))),
    (Layer(np.ones(2)), Layer(np.ones(2), "conv")),
    (Mode.MEAN, Mode.SUM),
    (slice(1, 2), slice(1, 3)),
    (numba.njit(with_default("a")), with_default("a")),
    ({"a", "b"}, {"a", "c"}),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one, other):
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one, other):
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one, values=True) != fingerprint(other, values=True)


@pytest.mark.parametrize("held", [1.0, np.ones(2), [1.0], {"w": np.ones(2)}, (1, "a")])
def test_what_functions_hold_counts_on_request(held):
    other = {float: 2.0, np.ndarray: np.zeros(2), list: [2.0], dict: {"w": np.zeros(2)}, tuple: (2, "a")}[type(held)]
    for making in (closing_over, with_default):
        assert fingerprint(making(held)) == fingerprint(making(other))
        assert fingerprint(making(held), values=True) != fingerprint(making(other), values=True)
        assert fingerprint(making(held), values=True) == fingerprint(making(held), values=True)


def test_the_same_in_another_process():
    program = (
        "from adcompile.frontend.captures import fingerprint\n"
        "print(fingerprint({'b', 'a', 'c', 'd'}), fingerprint([print, 'x', {'k': 1.0}, lambda_]))"
    ).replace(", lambda_", "")
    runs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1


def test_a_guard_holds_until_what_it_names_changes():
    mode = "mean"

    def f(x):
        return mode, x  # noqa: F821

    guard = Guard(Reach("closure", "mode"), fingerprint("mean"))
    assert guard.holds(f)
    mode = "sum"
    assert not guard.holds(f)
    del mode
    assert not guard.holds(f)


def test_a_guard_on_values():
    factor = 2.0

    def helper(x):
        return x * factor

    def f(x):
        return helper(x)

    structure = Guard(Reach("closure", "helper"), fingerprint(helper))
    value = Guard(Reach("closure", "helper"), fingerprint(helper, values=True))
    factor = 3.0
    assert structure.holds(f)
    assert not value.holds(f)


def test_reach_from_self():
    method = MethodType(lambda self, x: self.weight @ x, Layer(np.ones(2)))
    assert Reach("self", "self", (("attr", "name"),)).fetch(method) == "dense"
