"""Decisions: `if`, conditional expressions, boolean operators, `where`."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (1.5, 0.3), compiled=True)
@program(args=lambda rng: (-1.5, 0.3), label="second")
@program(args=lambda rng: (0.1, 0.3), label="third")
def three_ways(x: float, y: float) -> Result:
    if x > 1.0:
        z = x * x * y
    elif x < -1.0:
        z = math.exp(x) - y
        y = y * z
    else:
        z = math.sin(x * y)
        x = x + z
    return z * y + x


@program(args=lambda rng: (2.0,), compiled=True)
@program(args=lambda rng: (0.5,), label="late")
def early_return(x: float) -> Result:
    y = x * x
    if y > 1.0:
        return y * math.log(y)
    y = y + x
    if y > 2.0:
        return y
    return math.exp(y) * x


@program(args=lambda rng: (2.0, 1.0))
@program(args=lambda rng: (-2.0, 1.0), label="negative")
def return_in_nested_branches(x: float, y: float) -> Result:
    if x > 0:
        if y > 0:
            return x * y**2
        x = x + 1.0
    else:
        y = x * y
        if y < 0:
            return math.cos(x) * y
    return x * x + y


@program(args=lambda rng: (0.7, 0.2, 5))
def boolean_operators(x: float, y: float, n: int) -> Result:
    a = x if x > 0 and y < 0 else y * y
    b = x * y if not (x > y or n == 3) else x**2
    c = 3.0 * x if 0 < y < x <= 1 and n % 2 == 1 else 0.0
    flag = x > 0.5 and (n > 2 or y > 1)
    return a + b * c + (x * x if flag else y)


@program(args=lambda rng: (-0.7, 0.2))
def conditional_expressions_nested(x: float, y: float) -> Result:
    z = (x if x > 0 else -x) * (y if y > 1 else 1.0 / y if y > 0.1 else 0.0)
    return z**2 + (math.sqrt(x) if x > 0 else x)


@program(args=lambda rng: (np.array([-1.0, 0.5, 2.0, -0.3]), np.array([0.5, 0.6, -0.7, 0.8])))
def where_guards_singular_branch(x: Array, y: Array) -> Result:
    safe = np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0)
    logs = np.where(y > 0, np.log(y * y) * x, y)
    return np.sum(safe * logs)


@program(args=lambda rng: (np.array([0.0, 1.0, 4.0]),))
def where_with_singular_value_not_taken(x: Array) -> Result:
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0) * np.where(x != 0, x, 2.0))


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=4), 0.3))
def where_broadcasts(x: Array, y: Array, s: float) -> Result:
    picked = np.where(x > y, x * s, y)
    column = np.where(x[:, :1] > 0, s, x)
    return (picked * column).sum()


@program(args=lambda rng: (rng.normal(size=6), rng.integers(0, 2, 6).astype(bool)))
def where_with_boolean_array(x: Array, mask: Array) -> Result:
    return np.sum(np.where(mask, x**2, 3 * x)) * np.mean(np.where(mask, 1.0, x))


@program(args=lambda rng: (rng.normal(size=7), 0.2), compiled=True)
def branches_inside_loop(x: Array, t: float) -> Result:
    s = 0.0
    last = 1.0
    for i in range(len(x)):
        if x[i] > t:
            s += x[i] * last
            last = x[i]
        elif x[i] > -t:
            s = s * x[i]
        else:
            last *= 0.5
    return s * last


@program(args=lambda rng: (rng.normal(size=5),))
def branch_joins_variable_kinds(x: Array) -> Result:
    s = 0
    for i in range(5):
        if i % 2 == 0:
            s = s + x[i] ** 2
        elif i > 2:
            s = 1
    return s * x[0]


@program(args=lambda rng: (rng.normal(size=(2, 3)), "unused", None))
def static_decisions(x: Array, mode: str, bias: None) -> Result:
    if x.ndim == 2:
        y = x.sum(axis=0)
    else:
        y = x
    if bias is None:
        return np.sum(y * y) * len(x)
    return np.sum(y)


@program(args=lambda rng: (rng.normal(size=8),))
def smallest_by_comparison(x: Array) -> Result:
    best = x[0]
    where = 0
    for i in range(1, len(x)):
        if x[i] < best:
            best = x[i]
            where = i
    return best * best + where * x[where]


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=(3, 3)), 0.7, rng.normal(size=3)))
def guarded_in_a_branch_and_outside(x: Array, A: Array, s: float, y: Array) -> Result:
    # the cotangent of s is asked whether it is zero in the branch first, then behind it
    for i in range(len(y)):
        z = np.arange(2) * x[2 - i]
        s += 0.3 * np.mean(y * A[2 - i])
        s = np.max(z) * (y @ x)
        s += np.abs(s) if s <= 2.0 else s
    return s + np.sum(np.sin(x))
