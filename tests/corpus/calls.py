"""Calls to other functions: defaults, keywords, closures over numbers and arrays, nested and imported ones."""

import math
from collections.abc import Callable

import numpy as np

from tests.corpus import networks
from tests.corpus.networks import softmax as normalise
from tests.corpus.registry import Array, Result, program

WEIGHTS = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
OFFSET = 0.75


def scaled(x: Result, factor: float = 2.0, *, shift: float = OFFSET) -> Result:
    return x * factor + shift


def distance(p: Result, q: Result, power: int = 2) -> Result:
    return np.sum((p - q) ** power)


def sign_of(x: float) -> float:
    if x > 0:
        return 1.0
    return -1.0


def make_filter(kernel: Array, gain: float) -> Callable[..., Result]:
    def apply(x: Array, i: int) -> Result:
        return gain * np.sum(kernel * x[i : i + len(kernel)])

    return apply


smooth = make_filter(np.array([0.25, 0.5, 0.25]), 3.0)


@program(args=lambda rng: (0.4, 1.2))
def defaults_and_keywords(x: float, y: float) -> Result:
    return scaled(x) * scaled(y, 3.0, shift=x) + scaled(factor=y, x=x * y)


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=3)))
def called_twice_with_arrays(p: Array, q: Array) -> Result:
    return distance(p, q) + distance(q * 2.0, p, power=4) * distance(p, OFFSET)


@program(args=lambda rng: (rng.normal(size=5),))
def early_return_in_callee(x: Array) -> Result:
    s = 0.0
    for v in x:
        s += sign_of(v) * v**2 + sign_of(v - s)
    return s


@program(args=lambda rng: (rng.normal(size=6),), compiled=True)
def closure_over_array(x: Array) -> Result:
    s = 0.0
    for i in range(len(x) - 2):
        s += smooth(x, i) * x[i]
    return s


@program(args=lambda rng: (rng.normal(size=3),))
def captured_arrays(x: Array) -> Result:
    y = WEIGHTS @ x + OFFSET
    return np.sum(y * y) + np.sum(WEIGHTS.T[1] * y)


@program(args=lambda rng: (rng.normal(size=4), 0.6))
def nested_function_and_lambda(x: Array, a: float) -> Result:
    def weight(v: Result, power: float = 2.0) -> Result:
        return a * abs(v) ** power

    square = lambda v: v * v + a
    total = 0.0
    for i in range(4):
        total += weight(x[i]) * square(x[i]) + weight(x[i], power=1.5)
    return total


@program(args=lambda rng: (1.3, 0.2))
def several_results(x: float, y: float) -> Result:
    def polar(a: float, b: float) -> tuple[float, float]:
        return math.sqrt(a * a + b * b), math.atan2(b, a)

    r, phi = polar(x, y)
    r2, (phi) = polar(r * phi, r)
    return r * r2 + phi


@program(args=lambda rng: (rng.normal(size=(2, 4)),))
def functions_of_another_module(x: Array) -> Result:
    return np.sum(normalise(x) * networks.softmax(x * 2.0)) + networks.log_sum_exp(x[0])


@program(args=lambda rng: (0.3, 4))
def function_passed_on(x: float, n: int) -> Result:
    def repeat(step: Callable[[float], float], value: float) -> float:
        for _ in range(n):
            value = step(value)
        return value

    return repeat(lambda v: math.cos(v) * x, x) + repeat(math.sin, x * 2.0)


@program(args=lambda rng: (rng.normal(size=4), 1.5))
def default_arguments_left_out(x: Array, scale: float, power: int = 3, offset: float = 0.5) -> Result:
    return np.sum(scale * x**power + offset * x)


@program(args=lambda rng: (rng.normal(size=5),))
def callee_makes_array(x: Array) -> Result:
    def cumulative(v: Array) -> Array:
        out = np.zeros(len(v))
        s = 0.0
        for i in range(len(v)):
            s += v[i]
            out[i] = s
        return out

    once = cumulative(x * x)
    return np.sum(cumulative(once) * once)


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=3)))
def argument_used_through_two_names(x: Array, y: Array) -> Result:
    def mixed(a: Array, b: Array) -> Result:
        return np.sum(a * b[::-1])

    return mixed(x, x) + mixed(y, x * y)


@program(args=lambda rng: (1.7,))
def recursion_as_deep_as_a_loop_says(x: float) -> Result:
    def term(n: int, v: float) -> float:
        if n == 0:
            return 1.0
        return v * term(n - 1, v) / n

    return sum([term(n, x) for n in range(6)])
