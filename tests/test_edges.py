"""The conventions at edges (section 5 of the design), each pinned for the emitted program and for the oracle."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import special

import adcompile as ad
from tests.emitted import emit
from tests.oracles import dual_gradient


@dataclass(frozen=True, slots=True)
class Edge:
    """A function at an edge, and the gradient that is promised there, one entry per float leaf."""

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    gradient: tuple[Any, ...]


def absolute(x: float) -> float:
    return 3.0 * abs(x)


def absolute_of_array(x: np.ndarray) -> float:
    return np.sum(np.abs(x) * 2.0)


def absolute_by_math(x: float) -> float:
    return math.fabs(x) + x


def square_root(x: float) -> float:
    return np.sqrt(x)


def square_root_of_unused(x: np.ndarray) -> float:
    return np.sum(0.0 * np.sqrt(x) + x)


def maximum(x: float, y: float) -> float:
    return 4.0 * np.maximum(x, y)


def minimum(x: np.ndarray, y: np.ndarray) -> float:
    return np.sum(np.minimum(x, y) * 4.0)


def python_max(x: float, y: float) -> float:
    return 4.0 * max(x, y)


def python_min(x: float, y: float) -> float:
    return 4.0 * min(x, y)


def python_if(x: float, y: float) -> float:
    if x > y:
        return x * x
    return 3.0 * y


def conditional_expression(x: float) -> float:
    return x * 5.0 if x >= 0 else -x


def largest(x: np.ndarray) -> float:
    return np.max(x) * 6.0


def smallest_over_axis(x: np.ndarray) -> float:
    return np.sum(x.min(axis=1) * 6.0)


def largest_over_all(x: np.ndarray) -> float:
    return x.max() ** 2


def power_zero(x: float, p: float) -> float:
    return x**p


def power_of_zero(x: np.ndarray, p: np.ndarray) -> float:
    return np.sum(x**p)


def integer_power(x: float) -> float:
    return x**2 + x**1 + x**0


def guarded_square_root(x: np.ndarray) -> float:
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


def guarded_logarithm(x: np.ndarray) -> float:
    return np.sum(np.where(x > 0, x * np.log(x), x))


def guarded_division(x: np.ndarray, y: np.ndarray) -> float:
    return np.sum(np.where(y != 0, x / y, x))


def guarded_arcsine(x: np.ndarray) -> float:
    return np.sum(np.where(np.abs(x) < 1, np.arcsin(x), x * 2.0))


def guarded_by_if(x: float) -> float:
    if x > 0:
        return math.sqrt(x)
    return 0.0 * x


def guarded_in_loop(x: np.ndarray) -> float:
    s = 0.0
    for i in range(len(x)):
        root = np.sqrt(x[i])
        s += root if x[i] > 0 else 2.0 * x[i]
    return s


def integer_steps(x: float) -> float:
    return x // 1.0 * 3.0 + x % 1.0


def clipped(x: np.ndarray) -> float:
    return np.sum(np.clip(x, 0.0, 1.0) * 2.0)


def hypotenuse(x: float, y: float) -> float:
    return np.hypot(x, y)


def larger_of_numbers(x: np.ndarray, y: np.ndarray) -> float:
    return np.sum(np.fmax(x, y) * 4.0)


def logs_added(x: float, y: float) -> float:
    return np.logaddexp(x, y)


def sign_copied(x: float) -> float:
    return np.copysign(x, -2.0)


def cardinal_sine(x: float) -> float:
    return np.sinc(x)


def middle(x: np.ndarray) -> float:
    return np.median(x)


def in_order(x: np.ndarray) -> float:
    return np.sum(np.sort(x) * np.array([1.0, 2.0, 3.0]))


def product(x: np.ndarray) -> float:
    return np.prod(x)


def times_logarithm(x: np.ndarray, y: np.ndarray) -> float:
    return np.sum(special.xlogy(x, y))


def entropy(x: np.ndarray) -> float:
    return np.sum(special.entr(x))


def angle(y: float, x: float) -> float:
    return np.arctan2(y, x)


def logs_summed(x: np.ndarray) -> float:
    return special.logsumexp(x)


def arc(x: float) -> float:
    return np.arcsin(x) - np.arccos(x)


def spread(x: np.ndarray) -> float:
    return np.sum(np.std(x, axis=0)) + np.nanstd(x, axis=1, ddof=1)[0]


def length_by_loop(x: np.ndarray) -> float:
    total = 0.0
    for each in x:
        total += each**2
    return math.sqrt(total)


def length_of_list(x: np.ndarray) -> float:
    return sum([each * each for each in x]) ** 0.5


def length_in_place(x: np.ndarray) -> float:
    squares = np.zeros(1)
    for k in range(len(x)):
        squares[0] = squares[0] + x[k] * x[k] / len(x)
    return np.sqrt(squares)[0]


def length_unless(x: np.ndarray) -> float:
    squares = np.abs(x[0]) ** 3 if x[1] > 1.0 else x[0] ** 2 + np.exp(-np.inf) * x[1] ** 2
    return np.cbrt(squares)


def distances_by_loop(x: np.ndarray) -> float:
    total = 0.0
    for i in range(len(x)):
        for j in range(len(x)):
            squares = 0.0
            for k in range(x.shape[1]):
                squares += (x[i, k] - x[j, k]) ** 2
            total += math.sqrt(squares)
    return total


def distances(x: np.ndarray) -> float:
    gaps = x[:, np.newaxis] - x
    return np.sum(np.sqrt(np.sum(gaps**2, axis=-1)))


def distances_by_products(x: np.ndarray) -> float:
    squares = np.sum(x * x, axis=1)
    return np.sum(np.sqrt(np.maximum(squares[:, np.newaxis] + squares - 2.0 * (x @ x.T), 0.0)))


def not_of_squares(x: np.ndarray) -> float:
    return np.sqrt(x[0] * 4.0 + x[1] ** 2)


LENGTHS: list[Callable[[np.ndarray], Any]] = [
    lambda x: np.linalg.norm(x),
    lambda x: np.sqrt(np.sum(x * x)),
    lambda x: np.sqrt(x @ x),
    lambda x: math.sqrt(np.dot(x, x)),
    lambda x: np.sqrt(np.vdot(x, x)),
    lambda x: np.sqrt(np.einsum("i,i", x, x)),
    lambda x: np.sqrt(np.tensordot(x, x, 1)),
    lambda x: (x**2).sum() ** 0.5,
    lambda x: np.mean(np.square(x)) ** 0.5,
    lambda x: np.sum(np.abs(x) ** 3) ** (1 / 3),
    lambda x: np.hypot(x[0], x[1]),
    lambda x: math.hypot(x[0], x[1], 0.0),
    lambda x: math.dist((x[0], x[1]), (0.0, 0.0)),
    length_by_loop,
    length_of_list,
    length_in_place,
    length_unless,
]
POINTS = np.array([[0.0, 0.0], [3.0, 4.0]])


@pytest.mark.parametrize("function", LENGTHS)
def test_a_length_of_zero_has_derivative_zero_in_every_spelling(function: Callable[[np.ndarray], Any]) -> None:
    (value,), (gradient,) = emit(function, (np.zeros(2),)).call(np.zeros(2))
    assert value == 0.0
    np.testing.assert_array_equal(gradient, [0.0, 0.0])


@pytest.mark.parametrize("function", [distances_by_loop, distances, distances_by_products])
def test_the_distance_of_a_point_to_itself(function: Callable[[np.ndarray], Any]) -> None:
    _, (gradient,) = emit(function, (POINTS,)).call(POINTS)
    np.testing.assert_allclose(gradient, [[-1.2, -1.6], [1.2, 1.6]], rtol=1e-14)


ZEROS = np.zeros(2)
EDGES = [
    Edge("abs at 0", absolute, (0.0,), (0.0,)),
    Edge("np.abs at 0", absolute_of_array, (np.array([-1.0, 0.0, 1.0]),), ([-2.0, 0.0, 2.0],)),
    Edge("math.fabs at 0", absolute_by_math, (0.0,), (1.0,)),
    Edge("sqrt at 0", square_root, (0.0,), (np.inf,)),
    Edge("sqrt at 0 with zero cotangent", square_root_of_unused, (ZEROS,), ([1.0, 1.0],)),
    Edge("maximum at a tie", maximum, (1.5, 1.5), (2.0, 2.0)),
    Edge("minimum at a tie", minimum, (np.array([1.0, 2.0]), np.array([1.0, 3.0])), ([2.0, 4.0], [2.0, 0.0])),
    Edge("Python max at a tie takes the first", python_max, (1.5, 1.5), (4.0, 0.0)),
    Edge("Python min at a tie takes the first", python_min, (1.5, 1.5), (4.0, 0.0)),
    Edge("if takes the branch", python_if, (1.5, 1.5), (0.0, 3.0)),
    Edge("conditional expression takes the branch", conditional_expression, (0.0,), (5.0,)),
    Edge("np.max shares ties", largest, (np.array([2.0, 1.0, 2.0, 2.0]),), ([2.0, 0.0, 2.0, 2.0],)),
    Edge("np.min shares ties per row", smallest_over_axis, (np.array([[1.0, 1.0], [0.0, 2.0]]),), ([[3, 3], [6, 0]],)),
    Edge("max method shares ties", largest_over_all, (np.full((2, 2), 3.0),), (np.full((2, 2), 1.5),)),
    Edge("x ** 0.0 at 0", power_zero, (0.0, 0.0), (0.0, 0.0)),
    Edge("0.0 ** x", power_zero, (0.0, 2.0), (0.0, 0.0)),
    Edge("array powers at 0", power_of_zero, (np.array([0.0, 0.0]), np.array([0.0, 3.0])), ([0, 0], [0, 0])),
    Edge("integer powers at 0", integer_power, (0.0,), (1.0,)),
    Edge("sqrt guarded by where", guarded_square_root, (np.array([0.0, 4.0, -1.0]),), ([0.0, 0.25, 0.0],)),
    Edge("log guarded by where", guarded_logarithm, (np.array([0.0, 1.0, -1.0]),), ([1.0, 1.0, 1.0],)),
    Edge(
        "division guarded by where",
        guarded_division,
        (np.array([3.0, 3.0]), np.array([0.0, 2.0])),
        ([1.0, 0.5], [0.0, -0.75]),
    ),
    Edge("arcsin guarded by where", guarded_arcsine, (np.array([1.0, 0.0, 3.0]),), ([2.0, 1.0, 2.0],)),
    Edge("sqrt guarded by if", guarded_by_if, (0.0,), (0.0,)),
    Edge("sqrt guarded in a loop", guarded_in_loop, (np.array([0.0, 4.0, -1.0]),), ([2.0, 0.25, 2.0],)),
    Edge("floor division is flat", integer_steps, (2.0,), (1.0,)),
    Edge("clip at its bounds", clipped, (np.array([0.0, 0.5, 1.0, 2.0]),), ([1.0, 2.0, 1.0, 0.0],)),
]

# What dual numbers on object arrays cannot follow.
OF_THE_SURFACE = [
    Edge("hypot at the origin", hypotenuse, (0.0, 0.0), (0.0, 0.0)),
    Edge(
        "fmax at a tie, and with nan",
        larger_of_numbers,
        (np.array([1.0, np.nan, 2.0]), np.array([1.0, 3.0, np.nan])),
        ([2, 0, 4], [2, 4, 0]),
    ),
    Edge("logaddexp of equal infinities", logs_added, (-np.inf, -np.inf), (0.5, 0.5)),
    Edge("copysign of 0", sign_copied, (0.0,), (0.0,)),
    Edge("sinc at 0", cardinal_sine, (0.0,), (0.0,)),
    Edge("median at ties takes the middle one", middle, (np.array([2.0, 1.0, 2.0]),), ([1.0, 0.0, 0.0],)),
    Edge("sort leaves equal ones in order", in_order, (np.array([5.0, 4.0, 5.0]),), ([2.0, 1.0, 3.0],)),
    Edge(
        "xlogy at x = 0",
        times_logarithm,
        (np.array([0.0, 0.0, 0.0]), np.array([2.0, 0.0, -1.0])),
        ([np.log(2.0), 0.0, 0.0], [0.0, 0.0, 0.0]),
    ),
    Edge("arctan2 at the origin", angle, (0.0, 0.0), (0.0, 0.0)),
    Edge("arcsin and arccos at 1", arc, (1.0,), (np.inf,)),
    Edge("logsumexp of one infinity", logs_summed, (np.array([1.0, np.inf, -np.inf]),), ([0.0, 1.0, 0.0],)),
    Edge("logsumexp of equal infinities", logs_summed, (np.array([-np.inf, -np.inf]),), ([0.5, 0.5],)),
    Edge("std of equal numbers", spread, (np.full((1, 3), 1.5),), ([[0.0, 0.0, 0.0]],)),
    Edge("the root of what may be negative", not_of_squares, (np.array([0.0, 0.0]),), ([np.inf, np.nan],)),
    Edge("entr at 0 and 1", entropy, (np.array([0.0, 1.0]),), ([0.0, -1.0],)),
    Edge("prod with one zero", product, (np.array([2.0, 0.0, 3.0]),), ([0.0, 6.0, 0.0],)),
    Edge("prod with two zeros", product, (np.array([2.0, 0.0, 0.0]),), ([0.0, 0.0, 0.0],)),
]


@pytest.mark.parametrize("edge", [*EDGES, *OF_THE_SURFACE], ids=lambda edge: edge.name)
def test_emitted_gradient(edge: Edge) -> None:
    _, gradients = emit(edge.function, edge.args).call(*edge.args)
    for computed, expected in zip(gradients, edge.gradient, strict=True):
        np.testing.assert_array_equal(computed, expected)


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.name)
def test_dual_numbers(edge: Edge) -> None:
    for computed, expected in zip(dual_gradient(edge.function, edge.args), edge.gradient, strict=True):
        np.testing.assert_array_equal(computed, expected)


def test_integers_and_booleans_are_never_active() -> None:
    def mixed(x: np.ndarray, n: int, k: np.ndarray, flag: bool) -> float:
        return np.sum(x * k) * n + flag * x[0]

    args = (np.array([1.0, 2.0]), 3, np.array([4, 5]), True)
    program = emit(mixed, args)
    _, gradients = program.call(*args)
    assert len(gradients) == 1
    np.testing.assert_array_equal(gradients[0], [13.0, 15.0])


def pairs_of_different_length(x, step):
    best = x[1:2] * 1.0
    for k in range(2, len(x), step):
        pair = x[k : k + step] * 2.0
        if pair[0] > best[0]:
            best = pair
            best[0] = 0.1
    return best[0]


def test_arrays_of_different_size_under_one_name_are_told_apart_or_refused():
    x = np.array([3.0, 2.0, 1.0, 5.0])
    value, gradient = ad.value_and_grad(pairs_of_different_length)(x, 1)
    assert value == pairs_of_different_length(x, 1)
    np.testing.assert_array_equal(gradient, [0.0, 0.0, 0.0, 0.0])
    with pytest.raises(ad.UnsupportedError, match="an array of 1 elements first and one of 2 later"):
        ad.grad(pairs_of_different_length)(x, 2)


def item_too_far(x):
    items = [v for v in x]
    return items[len(x)] + x[0]


def popped_too_often(x):
    items = [x[0]]
    while items[-1] > -1.0:
        items.pop()
    return items[0]


def none_after_all(x):
    last = None
    for v in x:
        if v > 1.5:
            last = v
    return last * 2


def entry_too_far(x):
    table = (1.0, 2.0)
    s = 0.0
    for k in range(len(x)):
        s += table[k] * x[k]
    return s


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (item_too_far, IndexError, r"list index out of range \(test_edges\.py:\d+\)"),
        (popped_too_often, IndexError, r"list index out of range \(test_edges\.py:\d+\)"),
        (none_after_all, TypeError, r"`last` is None here \(test_edges\.py:\d+\)"),
        (entry_too_far, IndexError, r"tuple index out of range \(test_edges\.py:\d+\)"),
    ],
)
def test_what_python_would_raise_names_the_line(function, error, message):
    x = np.array([0.3, 0.2, 0.1])
    with pytest.raises(error):
        function(x)
    with pytest.raises(error, match=message):
        ad.grad(function)(x)


def spread_out(x: Any) -> Any:
    x[::2] = x[:-2]
    return x[4] * x[4]


def test_a_store_reads_all_before_it_writes_even_where_numpy_does_not() -> None:
    """NumPy 2.4 copies from the front where overlapping slices start together, over what it has yet to read."""
    x = np.arange(1.0, 6.0)
    values, (gradient,) = emit(spread_out, (x,)).call(x)
    assert values == [9.0]
    np.testing.assert_array_equal(gradient, [0.0, 0.0, 6.0, 0.0, 0.0])
