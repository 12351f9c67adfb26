"""Objects from outside that are not just what they hold: of classes derived from built-in ones."""

from __future__ import annotations

import enum
from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import adcompile as ad
from adcompile.frontend.classes import refusal


class Meters(float):
    def __mul__(self, other):
        return 1000.0 * float(self) * other

    __rmul__ = __mul__


class Weights(list):
    def norm(self):
        return 3.0


class Settings(dict):
    def __missing__(self, key):
        return 3.0


class Name(str):
    @property
    def first(self):
        return "b"


class Plain(float):
    """Nothing but a name."""


class Point(NamedTuple):
    x: float
    y: float


class Turned(NamedTuple):
    x: float
    y: float

    def __iter__(self):
        return iter((self.y, self.x))


@dataclass
class Reading:
    value: float

    def __getattribute__(self, name):
        return 42.0


class Level(enum.IntEnum):
    LOW = 1


class Steep(enum.IntEnum):
    HIGH = 7

    def __rmul__(self, other):
        return -1.0


class Plan(enum.Enum):
    SHORT = 1
    LONG = 2

    def __str__(self):
        return "plan"


class Alike(enum.Enum):
    ONE = 1
    TWO = 2

    def __eq__(self, other):
        return True

    __hash__ = enum.Enum.__hash__


class Shape(np.ndarray):
    pass


PLAIN = [
    1.5,
    2,
    True,
    "a",
    (1.0, 2),
    [1.0],
    {"a": 1.0},
    Point(1.0, 2.0),
    namedtuple("P", "a")(1.0),
    Level.LOW,
    Plan.LONG,
]
PLAIN += [OrderedDict(a=1.0), defaultdict(float), np.float64(1.0), np.zeros(2), None, len, Point, Plain(2.0), Plan.LONG]
OF_THEIR_OWN = [
    Meters(2.0),
    Weights([1.0]),
    Settings(a=1.0),
    Name("a"),
    Turned(1.0, 2.0),
    Reading(1.0),
    Steep.HIGH,
    Alike.ONE,
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain(value):
    assert refusal(value) is None


@pytest.mark.parametrize("value", OF_THEIR_OWN, ids=lambda value: type(value).__name__)
def test_refused_as_arguments_and_captured(value):
    assert refusal(value) is not None
    with pytest.raises(ad.UnsupportedError, match=type(value).__name__):
        ad.grad(lambda x, o: x * 2.0).py_func(1.5, value)
    with pytest.raises(ad.UnsupportedError, match=type(value).__name__):
        ad.grad(lambda x: x * 2.0 if value is None else x).py_func(1.5)


def by_str(x):
    return x if str(Plan.LONG) == "plan" else 2.0 * x


def by_repr(x):
    return x * len(repr(Plan.LONG))


@pytest.mark.parametrize("written", [by_str, by_repr])
def test_text_that_a_class_writes_is_refused(written):
    """It could depend on anything."""
    with pytest.raises(ad.UnsupportedError, match="says how it is written"):
        ad.grad(written).py_func(1.5)


def test_members_are_told_apart():
    assert ad.grad(lambda x: x * 2.0 if Plan.LONG is not Plan.SHORT else x).py_func(1.5)(1.5) == (3.0, 2.0)


POINT = Point(2.0, 3.0)


def test_a_captured_named_tuple():
    def loss(v):
        x, _ = POINT
        return v * x + POINT.y * v * v + len(POINT) * v * POINT[0]

    gradient = ad.value_and_grad(loss)
    assert gradient(1.5) == (loss(1.5), 2.0 + 3.0 * 2 * 1.5 + 2 * 2.0)


def test_the_class_of_a_number_is_not_asked_for():
    """Of a class derived from `float` the program knows no more than that it is one."""
    with pytest.raises(ad.UnsupportedError, match="isinstance"):
        ad.grad(lambda x: x * 2.0 if isinstance(x, Plain) else x).py_func(Plain(1.5))
