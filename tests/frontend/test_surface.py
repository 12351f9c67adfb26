"""Python around the numbers: comprehensions, classes, containers, functions that hold things."""

from __future__ import annotations

import copy
import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import adcompile as ad
from adcompile.errors import UnsupportedError
from tests.frontend import tracing

x3 = np.array([0.5, -1.0, 2.0])
m34 = np.arange(12.0).reshape(3, 4) * 0.3 - 1.0
GAIN = 2.0
programs: list[Any] = []


def program(*args: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a program with its arguments."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        programs.append(pytest.param(function, args, id=function.__name__))
        return function

    return register


class Pair(NamedTuple):
    """A NamedTuple with a method that uses a global."""

    a: float
    b: float = 1.5

    def scaled(self):
        return self._replace(a=self.a * GAIN)


@dataclasses.dataclass
class Vector:
    """A dataclass with operators."""

    x: float
    y: float = 0.0
    tags: list = dataclasses.field(default_factory=list)

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, s):
        return Vector(self.x * s, self.y * s)

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1.0

    def __getitem__(self, k):
        return (self.x, self.y)[k]

    @classmethod
    def unit(cls):
        return cls(1.0)

    @staticmethod
    def zero():
        return Vector(0.0)


class Meter:
    """An ordinary class."""

    scale = 0.5

    def __init__(self, n):
        self.total = np.zeros(n)
        self.count = 0

    def add(self, v):
        self.total[self.count] += v * self.scale
        self.count += 1
        return self


@program(x3, 3)
def sums_of_rounds(x, n):
    return sum(x[i] * x[j] for i in range(n) for j in range(i) if x[j] > -0.5), sum((v for v in x), 1.5)


@program(x3, 3)
def extrema_of_rounds(x, n):
    return max(v * v for v in x), min([v for v in x]), max(x[i] for i in range(n))


@program(x3, 3)
def conditions_of_rounds(x, n):
    return any(v > 1 for v in x), all(v > -3 for v in x), any(x[i] < -5 for i in range(n))


@program(m34)
def arrays_of_rounds(x):
    return np.array([math.sin(r[0]) for r in x]), np.sum([r[1] * 2 for r in x]), len([0 for _ in x])


@program(x3)
def names_of_rounds_are_apart(x):
    total, v = 2.0, x[0]
    return sum(total * v for v in x) * v + sum(1 for v in x if v > 0)


@program(x3)
def known_rounds(x):
    pairs = {k: [x[k], 2.0] for k in range(3)}
    return [a * b for a, b in pairs.values()], sum(v for v in [x[0], x[1]] if v > 0)


@program(x3)
def vectors(x):
    v = Vector.zero() + Vector(x[0], x[1]) * 2.0 + 3.0 * Vector.unit() + -Vector(x[2])
    v.tags.append(v[1])
    v.x += v.tags[0]
    w = dataclasses.replace(v, y=x[2])
    return v.x, v.y, w.y, len(w.tags)


@program(x3)
def pairs(x):
    p = Pair(x[0]).scaled()
    a, b = p
    return a, b, p[0] * p.b, len(p), p._asdict()["a"]


@program(x3)
def meters(x):
    m = Meter(3)
    m.add(x[0]).add(x[1] * x[2])
    m.count -= 1
    return m.add(2.0 * x[1]).total


@program(x3)
def functions_that_hold(x):
    scaled = functools.partial(lambda u, v, w: u * v + w, x[0], w=2.0)
    return functools.reduce(lambda a, b: a * scaled(b), [x[1], x[2]]), list(map(scaled, [1.0, 2.0]))


@program(2.5, -3.5, 7)
def rounded(a, b, n):
    return round(a), round(b), round(a + 0.2), round(n), divmod(n, 4), abs(b)


@program(x3, "mean")
def text(x, mode):
    label = f"{mode!r:>8}-{3:03d}" + "a,b".split(",")[1].upper() + f"{mode:.2}"
    return x[0] * len(label)


@program({"w": 1.5, "l": [0.5, 2.0]})
def argument_containers_changed(p):
    p["w"] *= 2.0
    p["l"].append(p["w"])
    p.update(v=p["l"].pop(0))
    return p["w"] * p["v"], sum(p["l"])


@pytest.mark.parametrize(("function", "args"), programs)
def test_agrees_with_python(function, args):
    computed = tracing.outputs(function, *args)
    fresh = copy.deepcopy(args)
    expected = list(tracing.leaves(function(*fresh)))
    assert len(computed) == len(expected)
    for got, want in zip(computed, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12)
        assert np.asarray(got).dtype == np.asarray(want).dtype


def penalty(weight, centre):
    def of(v):
        return weight * np.sum((v - centre) ** 2) * GAIN

    return of


def penalised(x, f):
    return f(x) + x[0]


def test_functions_as_arguments_are_told_apart_by_what_they_hold(monkeypatch):
    g = ad.grad(penalised, cache=False)
    unit = np.array([1.0, 0.0, 0.0])
    for weight, centre in ((0.5, x3), (2.0, x3), (2.0, x3 + 1.0)):
        np.testing.assert_allclose(g(x3, penalty(weight, centre)), 4.0 * weight * (x3 - centre) + unit)
    monkeypatch.setitem(globals(), "GAIN", 3.0)
    np.testing.assert_allclose(g(x3, penalty(2.0, x3 + 1.0)), 12.0 * -np.ones(3) + unit)
    np.testing.assert_allclose(g(x3, np.sum), 1.0 + unit)


def changed_in_a_branch(x):
    state = {"a": 0.0}
    if x[0] > 0:
        state["b"] = x[1]
    return state["a"]


def appended_in_a_loop(x, n):
    out = []
    for i in range(n):
        out.append((x[i], i))
    return out[0][0]


@pytest.mark.parametrize(("function", "args"), [(changed_in_a_branch, (x3,)), (appended_in_a_loop, (x3, 2))])
def test_changes_whose_number_is_not_known_are_refused(function, args):
    with pytest.raises(UnsupportedError, match="the number of changes to a list, dict or object") as caught:
        tracing.traced(function, *args)
    assert "store into that" in str(caught.value)
    assert "^" in str(caught.value)
