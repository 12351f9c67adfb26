"""Objects of the user's classes, whose special methods say what syntax means; what comprehensions run over."""

import dataclasses
from dataclasses import InitVar, dataclass, field
from typing import NamedTuple, Self

import numpy as np

from tests.corpus.registry import Array, Result, program


class Dual:
    """A number and its slope, with the operators that they need."""

    def __init__(self, v: float, d: float) -> None:
        self.v = v
        self.d = d

    def __add__(self, o: "Dual") -> "Dual":
        return Dual(self.v + o.v, self.d + o.d)

    def __mul__(self, o: "Dual") -> "Dual":
        return Dual(self.v * o.v, self.v * o.d + self.d * o.v)

    def __radd__(self, o: float) -> "Dual":
        return Dual(o + self.v, self.d)

    def __pow__(self, k: int) -> "Dual":
        return Dual(self.v**k, k * self.v ** (k - 1) * self.d)

    def __iadd__(self, o: float) -> Self:
        self.v = self.v + o
        return self

    def __lt__(self, o: "Dual") -> bool:
        return self.v < o.v

    def __bool__(self) -> bool:
        return bool(self.v > 0.0)


class Interval(NamedTuple):
    """Bounds that are gone through from the middle."""

    low: float
    high: float

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((0.5 * (self.low + self.high), self.high - self.low))

    def __contains__(self, v: object) -> bool:
        return self.low < v < self.high  # type: ignore[operator]


@dataclass(order=True)
class Layer:
    """A dataclass with what dataclasses have."""

    weight: float
    scale: InitVar[float] = 1.0
    calls: int = field(default=0, kw_only=True)
    parts: list[float] = field(default_factory=list, compare=False)
    bias: float = field(init=False, default=0.5)

    def __post_init__(self, scale: float) -> None:
        self.weight = self.weight * scale
        self.parts.append(scale)


class Base:
    """Private to each class: `__rate`."""

    def __init__(self, rate: float) -> None:
        self.__rate = rate

    def scaled(self, v: float) -> float:
        return self.__rate * v

    @property
    def rate(self) -> float:
        return self.__rate

    @rate.setter
    def rate(self, value: float) -> None:
        self.__rate = 2.0 * value


class Derived(Base):
    def __init__(self, rate: float) -> None:
        super().__init__(rate * rate)
        self.__rate = 10.0

    def scaled(self, v: float) -> float:
        return super().scaled(v) + self.__rate * v + len(type(self).__name__)


@program(args=lambda rng: (rng.normal(size=4),), compiled=True)
def operators_of_objects(x: Array) -> Result:
    total = Dual(0.0, 0.0)
    for v in x:
        total = total + Dual(v, 1.0) ** 2 * Dual(v, 0.5)
    total = 1.0 + total
    total += x[0]
    return total.v * total.d if total else total.v - total.d


@program(args=lambda rng: (rng.normal(size=2), 0.3))
def truth_and_order_of_objects(x: Array, s: float) -> Result:
    p, q = Dual(x[0] * 1.0, s), Dual(x[1] * 1.0, s * s)
    first = p.v if p < q else q.d
    return first * (1.0 if not q else s) + (p and q).v


@program(args=lambda rng: (0.3, 1.7))
def tuples_with_a_way_of_their_own(a: float, b: float) -> Result:
    interval = Interval(a, b)
    middle, width = interval
    inside = 2.0 if 1.0 in interval else 3.0
    return middle * width * inside + sum(interval) + interval[0] * len(interval)


@program(args=lambda rng: (rng.normal(size=2),))
def dataclasses_as_they_are_made(x: Array) -> Result:
    one = Layer(x[0], 2.0, calls=1)
    other = dataclasses.replace(one, weight=x[1], scale=3.0)
    larger = one if one < other else other
    return larger.weight * other.bias + sum(other.parts) * one.weight * one.calls + (1.0 if one == other else x[0])


@program(args=lambda rng: (0.7, 1.3))
def private_names_and_super(rate: float, v: float) -> Result:
    derived = Derived(rate)
    before = derived.scaled(v)
    derived.rate = v
    return before + derived.scaled(v) * derived.rate


@program(args=lambda rng: (rng.normal(size=3),))
def comprehensions_run_over_what_is_made_once(x: Array) -> Result:
    stack = [[x[0], x[1]], [x[2], x[0]], [x[1] * 2.0]]
    values = [v * 2.0 for v in stack.pop()]
    total = sum(v for v in stack.pop())
    return values[0] * len(stack) + total + np.sum(np.array([v * v for v in stack.pop()])) + len(stack)


@program(args=lambda rng: (rng.normal(size=3),))
def walrus_binds_in_the_function(x: Array) -> Result:
    last = 0.0
    for k in range(3):
        parts = [last := last * 0.5 + v for v in (x[k], x[0])]
        y = k > 1 and (last := parts[0] * last)
    return last * y + sum(found := v * 2.0 for v in (x[1], x[2])) * found
