"""NumPy functions written with other NumPy functions: plain Python, read by the front end in place of a call.

    @composed(np.var, method="var")                   np.var(x, axis=1), x.var(axis=1)
    def var(a, axis=None, ...): ...

    @composed(external=("scipy.special", "expit"))    of a module that is not imported here

The signature is what is supported; other arguments are refused. Whatever is made or refused inside stands at the line
of the user's call. The functions at the end of this file are the doors to the compiler: the front end builds them
(`frontend/composed.py`, `frontend/linear_algebra.py`), here stands what they are worth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Composition:
    """A function, and what it stands for."""

    function: Callable[..., Any]
    callables: tuple[Any, ...]
    methods: tuple[str, ...]
    external: tuple[str, ...]


COMPOSITIONS: list[Composition] = []


def composed(*callables: Any, method: str = "", external: tuple[str, ...] = ()) -> Callable[[AnyFunction], AnyFunction]:
    """Register a function for these callables, the method of this name, and `external`: a module and names in it."""

    def register(function: AnyFunction) -> AnyFunction:
        COMPOSITIONS.append(Composition(function, callables, (method,) if method else (), external))
        return function

    return register


def partial(value: Any, x: Any, slope: Any) -> Any:
    """`value`, a function of `x` alone (and elementwise), with `slope` as its derivative."""
    return value


def fixed(x: Any) -> Any:
    """`x`, with derivative zero."""
    return x


def floating(x: Any) -> Any:
    """`x` as the functions of SciPy take it: float32 and Python numbers stay, all else is float64."""
    if isinstance(x, (bool, int, float)) and not isinstance(x, np.generic):
        return float(x)
    return x if np.asarray(x).dtype == np.float32 else np.asarray(x, np.float64)[()]


def in_one_type(a: Any, b: Any) -> Any:
    """Both as arrays of the float type that LAPACK computes in."""
    dtype = np.result_type(a, b)
    return tuple(np.asarray(each, dtype if dtype.kind == "f" else np.float64) for each in (a, b))


def not_to_use(why: Any, advice: Any) -> Any:
    """A result that may be there, but not be used: for the reason told."""
    return None


def apart(x: Any, distance: Any) -> Any:
    """The elements of a vector, which lie apart in NumPy's memory, by a number of elements that is known."""
    return x


def argsorted(line: Any) -> Any:
    """The order that sorts a vector, stable, nan last."""
    return np.argsort(line, kind="stable")


def erfc(x: Any) -> Any:
    """The complementary error function of each element."""
    return np.vectorize(math.erfc, otypes=[np.asarray(x).dtype])(x)[()]
