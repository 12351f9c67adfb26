"""Integer and boolean values with NumPy's promotion and wraparound, deciding what floats are multiplied by."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=3), np.array([100, -7, 3], np.int8), np.array([250, 5, 9], np.uint8)))
def small_integers_wrap(x: Array, k: Array, u: Array) -> Result:
    doubled = k * 2 + k
    lowered = u - np.array([251, 6, 1], dtype=np.uint8)
    return np.sum(x * doubled) + np.sum(x * x * lowered) + np.sum((u + u) * x)


@program(args=lambda rng: (rng.normal(size=4), np.array([-7, 7, -8, 3]), np.array([2, -3, 3, 5])))
def floor_and_remainder_of_negative_integers(x: Array, a: Array, b: Array) -> Result:
    return np.sum(x * (a // b) + x * x * (a % b)) + x[0] * (a[0] // 2 % b[3])


@program(args=lambda rng: (rng.normal(size=3), np.array([True, False, True]), np.array([True, True, False])))
def boolean_arithmetic(x: Array, p: Array, q: Array) -> Result:
    either = p + q
    both = p * q
    return np.sum(either * x) + np.sum(both / 2 * x) + np.sum(p) * x[1] + q.sum() * np.mean(p)


@program(args=lambda rng: (np.array([0.5, 1.5, 2.5], np.float32), np.arange(3, dtype=np.int16), np.arange(3)))
def promotion_decides_precision(x: Array, narrow: Array, wide: Array) -> Result:
    return np.sum(x * narrow), np.sum(x * wide), x * 2, x / (wide + 1), narrow / 2 * x


@program(args=lambda rng: (rng.normal(size=4), np.array([0, 1, 2, 3])))
def integer_array_exponents(x: Array, k: Array) -> Result:
    s = 0.0
    for i in range(4):
        s += x[i] ** k[i] + (k[i] + 1) ** x[i]
    return s + np.sum(x**k * 2**k) + np.sum(k**2 * x)


@program(args=lambda rng: (rng.normal(size=5), np.int64(3), np.int32(2)))
def numpy_integer_arguments(x: Array, n: int, m: int) -> Result:
    s = 0.0
    for i in range(n):
        s += x[i + m - 1] * (i - m)
    return s * n / m


@program(args=lambda rng: (0.7, 7))
def integer_division_and_mixed_results(x: float, n: int) -> Result:
    a = n / 2
    b = n // 2
    c = -n // 2
    d = -n % 4
    e = abs(-n) + max(n, b) - min(c, 3)
    return a * x + b * x**2 + c * x**3 + d + e * x + max(1, x) + min(x, 2)


@program(args=lambda rng: (rng.normal(size=6), rng.integers(0, 6, 6)))
def indices_computed_from_indices(x: Array, k: Array) -> Result:
    shifted = (k + 1) % 6
    s = np.sum(x[shifted] * x[k[k]])
    for i in k:
        s += x[i] * x[-i - 1]
    return s


@program(args=lambda rng: (rng.normal(size=(2, 3)), np.array([[3, 1, 2], [6, 5, 4]], dtype=np.int32)))
def extremes_and_means_of_integers(x: Array, k: Array) -> Result:
    spread = k.max(axis=1) - np.min(k, axis=1)
    return np.sum(x[:, 0] * spread) + np.mean(k) * x[0, 1] + np.sum(np.mean(k, axis=0, keepdims=True) * x)


@program(args=lambda rng: (rng.normal(size=4),))
def truncated_by_store(x: Array) -> Result:
    k = np.zeros(4, dtype=np.int64)
    for i in range(4):
        k[i] = i * 1.75
    return np.sum(k * x) + x[k[1]]


@program(args=lambda rng: (rng.normal(size=5), 1))
def counters_decide_branches(x: Array, k: int) -> Result:
    s = 1.0
    seen = 0
    for i in range(len(x)):
        if x[i] > 0 or seen == k:
            seen += 1
            s *= x[i] + seen
        elif seen != 0 and not i > 3:
            s -= x[i] * seen
    return s * seen


@program(args=lambda rng: (rng.normal(size=(2, 2)), np.array([[1, 2], [3, 4]]), np.array([2, -1])))
def products_of_integers(x: Array, a: Array, v: Array) -> Result:
    return np.sum((a @ a) * x) + (v @ v) * x[0, 0] + np.sum(np.outer(v, v) * x) + np.sum(np.dot(a, v) @ x)


@program(args=lambda rng: (0.7, 3, 41))
def powers_shifts_and_remainders(x: float, n: int, p: int) -> Result:
    """Checked where they may leave 64 bits, and right where they do not."""
    s = 1
    for i in range(n):
        s = (s * 31 + 7**i) % p
    return x * (10**n + (1 << n) - (p >> 70) + s) + x**2 * (-n // p) + divmod(p, n)[1] * x


@program(args=lambda rng: (rng.normal(size=4), 2**63 - 4, -(2**63)))
def ranges_near_the_ends(x: Array, high: int, low: int) -> Result:
    s = 0.0
    for i in range(high, high + 3):
        s += x[i - high] ** 2
    for i in range(low + 3, low, -1):
        s += x[i - low] * s
    for i in range(low, low):
        s += x[i]
    return s


@program(args=lambda rng: (rng.normal(size=3), np.array([2**62, 2**62, -3]), np.int64(70)))
def numpys_integers_wrap(x: Array, k: Array, n: int) -> Result:
    return np.sum(x * (k + k)) * 1e-18 + x[0] * (k[0] << n) + x[1] * (k[2] >> n) + x[2] * (k[0] * 4 + 1)


@program(args=lambda rng: (1.3, 7, 62))
def numbers_of_combinatorics(x: float, n: int, m: int) -> Result:
    return x * math.factorial(n) + x**2 * math.comb(m, 31) * 1e-16 + math.perm(n, 3) * x - math.isqrt(m * m) * x
