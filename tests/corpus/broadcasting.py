"""Array expressions: broadcasting on both sides, fused expressions used twice, integer arrays among floats."""

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=(3, 1)), rng.normal(size=(1, 4))), compiled=True)
def both_sides(x: Array, y: Array) -> Result:
    z = x * y + np.sin(x) / (2.0 + np.cos(y))
    return np.sum(z * z - x)


@program(args=lambda rng: (rng.normal(size=(2, 1, 3)), rng.normal(size=(4, 1)), 0.5))
def three_axes(x: Array, y: Array, s: float) -> Result:
    z = (x - y) ** 2 * s + y
    return (z * x).sum() + z.mean()


@program(args=lambda rng: (rng.normal(size=(1, 1)), rng.normal(size=(3, 2)), rng.normal(size=1)))
def size_one_axes(a: Array, b: Array, c: Array) -> Result:
    return np.sum(a * b + c) * np.sum(a) * c[0]


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def expression_used_twice(x: Array) -> Result:
    e = np.exp(-x * x)
    return np.sum(e * x) / np.sum(e) + np.sum(e, axis=0)[1]


@program(args=lambda rng: (rng.normal(size=5), 2.0, 3))
def scalars_and_arrays(x: Array, a: float, n: int) -> Result:
    y = a * x - n
    z = n / (1 + y**2) + a**x
    return np.sum(y * z) * a


@program(args=lambda rng: (rng.uniform(0.5, 2.0, (3, 2)), rng.normal(size=2)))
def array_powers(x: Array, p: Array) -> Result:
    return np.sum(x**2 + x**-1 + x**0.5 + x**p + 1.5**p + x ** np.array([2, 3]))


@program(args=lambda rng: (rng.uniform(-5, 5, (2, 3)), rng.uniform(1, 2, 3)))
def floor_and_remainder_of_arrays(x: Array, y: Array) -> Result:
    return np.sum((x // y) * y * x + (x % y) ** 2 + x % 2)


@program(args=lambda rng: (rng.uniform(0.1, 0.9, (2, 3)), rng.uniform(0.1, 0.9, 3)))
def every_function(x: Array, y: Array) -> Result:
    a = np.exp(x) + np.log(y) * np.log1p(x) - np.expm1(y)
    b = np.sqrt(x) * np.sin(y) + np.cos(x) / np.tan(y)
    c = np.arcsin(x) - np.arccos(y) * np.arctan(x) + np.arctan2(x, y)
    d = np.sinh(x) + np.cosh(y) * np.tanh(x) - np.abs(x - y)
    return np.sum(a * b + c * d) + np.sum(np.maximum(x, y) - np.minimum(x * y, 0.2))


@program(args=lambda rng: (rng.normal(size=4), rng.integers(-3, 4, 4), rng.normal(size=4) > 0))
def integer_and_boolean_arrays(x: Array, k: Array, mask: Array) -> Result:
    y = x * k + k / 2
    z = mask * x - (k > 0)
    return np.sum(y * z) + np.sum(k * k) * x[0] + np.mean(k)


@program(args=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=3)))
def names_rebound(x: Array, b: Array) -> Result:
    x = x - b
    y = x
    x = np.tanh(x * 2.0)
    x = x * y
    return np.sum(x + y)


@program(args=lambda rng: (np.asfortranarray(rng.normal(size=(3, 4))), rng.normal(size=(8, 6))[::2, ::-2]))
def fortran_and_strided(x: Array, y: Array) -> Result:
    z = x[:, :3] * y[:3] + x.T[1:, :].T
    return np.sum(z * np.exp(-z))


@program(args=lambda rng: (rng.normal(size=()), rng.normal(size=(2, 2))))
def zero_dimensional(s: Array, x: Array) -> Result:
    t = s * s + 1.0
    return np.sum(x * s) / t + s[()]


@program(args=lambda rng: (rng.normal(size=(0, 3)), rng.normal(size=3)))
@program(args=lambda rng: (rng.normal(size=(1, 3)), rng.normal(size=3)), label="one_row")
def possibly_empty(x: Array, y: Array) -> Result:
    return np.sum(x * y + np.sin(x)) + np.sum(y * y)


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=(2, 3))))
def broadcast_result(x: Array, y: Array) -> Result:
    return x[:, None] * x + y[0] - y[1][:, None]


@program(args=lambda rng: (np.arange(12.0).reshape(3, 4), rng.permutation(np.arange(12.0) + 0.5).reshape(3, 4)))
def comparisons_as_numbers(x: Array, y: Array) -> Result:
    count = np.sum(x > y)
    same = (x >= y) * x + (x < y) * y
    return np.sum(same * same) * count


@program(args=lambda rng: (rng.normal(size=(3, 3)),))
def diamond_of_arrays(x: Array) -> Result:
    a = np.sin(x)
    b = a * x.T
    c = a + b
    d = b * c - a.T
    return np.sum(d * c * x)


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=4)))
def augmented_assignment_of_fresh_array(x: Array, b: Array) -> Result:
    y = x * 2.0
    y += b
    y *= y
    y -= x[:1]
    y /= 1.0 + b**2
    return np.sum(y * x)
