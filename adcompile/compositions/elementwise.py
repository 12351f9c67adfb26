"""Elementwise functions of NumPy and `math` that are made of others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adcompile.compositions import composed


@composed(np.round, np.around, method="round")
def round_(a: Any, decimals: Any = 0) -> Any:
    a = np.asarray(a)[()]
    if a.dtype.kind in "iu":
        if decimals < 0:
            raise NotImplementedError("adcompile: rounding integers to tens is not supported\nWrite `x // 10 * 10`.")
        return +a
    if a.dtype.kind == "b" and decimals != 0:
        raise TypeError("bools cannot be rounded to decimals")
    if decimals == 0:
        return np.rint(a)
    if decimals > 0:
        return np.rint(a * 10.0**decimals) / 10.0**decimals
    return np.rint(a / 10.0**-decimals) * 10.0**-decimals


@composed(method="conj")
@composed(method="conjugate")
def conj(x: Any) -> Any:
    return x  # of an array without complex numbers, the array itself


@composed(np.conjugate)
def conjugate(x: Any) -> Any:
    return x.astype(np.int8) if np.asarray(x).dtype == np.bool_ else +x


@composed(np.divmod)
def divmod_(x1: Any, x2: Any) -> Any:
    return x1 // x2, x1 % x2


@composed(np.modf)
def numpy_modf(x: Any) -> Any:
    whole = np.trunc(x * 1.0)
    return np.where(np.isinf(x), 0.0, x - whole), whole


@composed(method="item")
def item(a: Any) -> Any:
    if a.size != 1:
        raise ValueError("can only convert an array of size 1 to a Python scalar")
    first = a if a.ndim == 0 else a.reshape(-1)[0]
    if a.dtype.kind == "f":
        return float(first)
    return bool(first) if a.dtype.kind == "b" else int(first)


@composed(np.fix)
def fix(x: Any) -> Any:
    return np.trunc(x)


@composed(np.fabs)
def fabs(x: Any) -> Any:
    return np.abs(x * 1.0).astype(np.sqrt(x).dtype)  # refuses the integers for which NumPy takes float16


@composed(np.heaviside)
def heaviside(x1: Any, x2: Any) -> Any:
    step = np.where(np.isnan(x1), np.nan, np.where(x1 < 0, 0.0, np.where(x1 == 0, x2, 1.0)))
    return step.astype(np.arctan2(x1, x2).dtype)


@composed(np.nan_to_num)
def nan_to_num(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    if not copy:
        what = "adcompile: `np.nan_to_num` in place (`copy=False`) is not supported"
        raise NotImplementedError(f"{what}\nStore the result: `x[...] = np.nan_to_num(x)`.")
    x = np.asarray(x)[()]
    if x.dtype.kind in "iub":
        return np.array(x)[()]
    largest = np.finfo(x.dtype).max
    high = largest if posinf is None else posinf
    low = -largest if neginf is None else neginf
    return np.where(np.isnan(x), nan, np.where(np.isinf(x), np.where(x > 0, high, low), x)).astype(x.dtype)


@composed(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: Any = False) -> Any:
    near = (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b) | (a == b)
    return near | (np.isnan(a) & np.isnan(b)) if equal_nan else near


@composed(np.allclose)
def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: Any = False) -> Any:
    return bool(np.all(np.isclose(a, b, rtol, atol, equal_nan)))


@composed(math.floor)
def floor(x: Any, /) -> Any:
    return int(np.floor(x))


@composed(math.ceil)
def ceil(x: Any, /) -> Any:
    return int(np.ceil(x))


@composed(math.trunc)
def trunc(x: Any, /) -> Any:
    return int(np.trunc(x))


@composed(math.isnan)
def isnan(x: Any, /) -> Any:
    return bool(np.isnan(x))


@composed(math.isinf)
def isinf(x: Any, /) -> Any:
    return bool(np.isinf(x))


@composed(math.isfinite)
def isfinite(x: Any, /) -> Any:
    return bool(np.isfinite(x))


@composed(math.isclose)
def is_close(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Any:
    if a == b:
        return True
    if math.isinf(a) or math.isinf(b):
        return False
    return abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol)


@composed(math.hypot)
def hypot(*coordinates: Any) -> Any:
    total = 0.0
    for k, each in enumerate(coordinates):
        total = abs(float(each)) if k == 0 else float(np.hypot(total, each))
    return total


@composed(math.dist)
def dist(p: Any, q: Any, /) -> Any:
    if len(p) != len(q):
        raise ValueError("both points must have the same number of dimensions")
    total = 0.0
    for one, other in zip(p, q, strict=True):
        total = float(np.hypot(total, one - other))
    return total


@composed(math.prod)
def prod(iterable: Any, /, *, start: Any = 1) -> Any:
    result = start
    for each in iterable:
        result = result * each
    return result


@composed(math.modf)
def modf(x: Any, /) -> Any:
    whole = float(np.trunc(x))
    return 0.0 if math.isinf(x) else x - whole, whole


@composed(math.ldexp)
def ldexp(x: Any, i: Any, /) -> Any:
    if abs(i) > 1000:
        raise NotImplementedError(
            "adcompile: `math.ldexp` is supported for exponents of up to 1000\nWrite `x * 2.0**i`."
        )
    return float(x) * 2.0**i


@composed(math.gcd)
def gcd(a: Any, b: Any, /) -> Any:
    a, b = abs(a), abs(b)
    while b:
        a, b = b, a % b
    return a


@composed(math.lcm)
def lcm(a: Any, b: Any, /) -> Any:
    return abs(a // max(math.gcd(a, b), 1) * b)


@composed(math.isqrt)
def isqrt(n: Any, /) -> Any:
    if n < 0:
        raise ValueError("isqrt() argument must be nonnegative")
    if n == 0:
        return 0
    root = int(math.sqrt(n))
    while root > n // root:
        root -= 1
    while root + 1 <= n // (root + 1):
        root += 1
    return root


@composed(math.perm)
def perm(n: Any, k: Any, /) -> Any:
    if n < 0 or k < 0:
        raise ValueError("n must be a non-negative integer and k too")
    result = 1
    for j in range(k):
        result = result * (n - j)
    return result


@composed(math.factorial)
def factorial(n: Any, /) -> Any:
    if n < 0:
        raise ValueError("factorial() not defined for negative values")
    result = 1
    for k in range(2, n + 1):
        result = result * k
    return result


@composed(math.comb)
def comb(n: Any, k: Any, /) -> Any:
    if n < 0 or k < 0:
        raise ValueError("n must be a non-negative integer and k too")
    if k > n:
        return 0
    result = 1
    for j in range(1, min(k, n - k) + 1):
        # result * (n - j + 1) // j, without a product that is larger than the quotient
        shared = math.gcd(result, j)
        result = result // shared * ((n - j + 1) // (j // shared))
    return result


def _outer(ufunc: Any) -> Any:
    def outer(A: Any, B: Any, /) -> Any:
        A, B = np.asarray(A), np.asarray(B)
        return ufunc(A.reshape(A.shape + (1,) * B.ndim), B)

    return outer


for _ufunc in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.hypot, np.arctan2):
    composed(_ufunc.outer)(_outer(_ufunc))
