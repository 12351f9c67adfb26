"""Functions of `scipy.special` that `math` lacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed, erfc, fixed, floating, partial

SPECIAL = "scipy.special"


@composed(external=(SPECIAL, "expit"))
def expit(x: Any) -> Any:
    x = floating(x)
    decay = np.exp(-np.abs(x))
    return partial(np.where(x >= 0, 1.0, decay) / (1.0 + decay), x, decay / (1.0 + decay) ** 2)


@composed(external=(SPECIAL, "log_expit"))
def log_expit(x: Any) -> Any:
    x = floating(x)
    decay = np.exp(-np.abs(x))
    return partial(np.minimum(x, 0.0) - np.log1p(decay), x, np.where(x >= 0, decay, 1.0) / (1.0 + decay))


@composed(external=(SPECIAL, "logit"))
def logit(x: Any) -> Any:
    x = floating(x)
    value = np.where(x < 0.25, np.log(x / (1.0 - x)), 2.0 * np.arctanh(2.0 * x - 1.0))
    return partial(value, x, 1.0 / (x * (1.0 - x)))


@composed(external=(SPECIAL, "xlogy"))
def xlogy(x: Any, y: Any) -> Any:
    x, y = floating(x), floating(y)
    zero = (x == 0) & (y <= 0)  # elsewhere the derivative at x = 0 is log(y)
    return np.where(zero, 0.0, x * np.log(np.where(zero, 1.0, y)))


@composed(external=(SPECIAL, "xlog1py"))
def xlog1py(x: Any, y: Any) -> Any:
    x, y = floating(x), floating(y)
    zero = (x == 0) & (y <= -1)
    return np.where(zero, 0.0, x * np.log1p(np.where(zero, 0.0, y)))


@composed(external=(SPECIAL, "entr"))
def entr(x: Any) -> Any:
    x = floating(x)
    inside = np.where(x > 0, x, 1.0)
    return np.where(x > 0, -inside * np.log(inside), np.where(x == 0, 0.0 * inside, -np.inf))


@composed(external=(SPECIAL, "ndtr"))
def ndtr(x: Any) -> Any:
    x = floating(x)
    size = np.minimum(np.abs(x), 45.0)
    near = np.rint(size * 64.0) / 64.0  # its square is exact
    density = np.exp(-0.5 * near * near) * np.exp(0.5 * (near - size) * (near + size))
    return partial(0.5 * erfc(-x * 0.5**0.5), x, density / (2.0 * np.pi) ** 0.5)


@composed(external=(SPECIAL, "logsumexp"))
def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: Any = False) -> Any:
    a = np.atleast_1d(floating(a))  # as SciPy has it: a number has an axis to sum over
    if a.size == 0:
        what = "adcompile: `scipy.special.logsumexp` of an array without elements is not supported"
        raise NotImplementedError(f"{what}\nLook at its size first.")
    weighed = a
    if b is not None:
        product = a * b
        a, b = np.broadcast_to(a, product.shape), np.broadcast_to(b, product.shape).astype(product.dtype)
        weighed = np.where(b == 0.0, -np.inf, a)
    peak = fixed(np.max(weighed, axis=axis, keepdims=True))
    # At its peak an element is 0 above it, also where both are infinite.
    shifted = partial(np.where(a == peak, 0.0, a - peak), a, 1.0)
    scaled = np.exp(shifted)
    if b is not None:
        scaled = np.where(b == 0.0, partial(0.0 * b, b, scaled), b * scaled)
    total = np.log(np.sum(scaled, axis=axis, keepdims=True)) + peak
    return total if keepdims else np.squeeze(total, axis=axis)[()]


@composed(external=(SPECIAL, "softmax"))
def softmax(x: Any, axis: Any = None) -> Any:
    x = np.asarray(x)
    grown = np.exp(x - fixed(np.max(x, axis=axis, keepdims=True)))
    return grown / np.sum(grown, axis=axis, keepdims=True)


@composed(external=(SPECIAL, "log_softmax"))
def log_softmax(x: Any, axis: Any = None) -> Any:
    x = np.asarray(x)
    shifted = x - fixed(np.max(x, axis=axis, keepdims=True))
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
