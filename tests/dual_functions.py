"""NumPy functions on arrays of dual numbers that NumPy itself does not compute on objects.

    np.isnan(x)              by the values
    np.nansum(x), np.std(x)  by operations of the elements
    np.linalg.solve(A, b)    by elimination, pivots chosen by the values

Only the forms that programs under test use; others raise TypeError, and differences are asked instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.dual import DualArray, apply, as_array, as_elements, elementwise, value_of


def values(array: Any) -> np.ndarray[Any, Any]:
    """The values of the elements."""
    return np.asarray(np.frompyfunc(value_of, 1, 1)(as_array(array)), dtype=np.float64)


def on_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose result has no derivative."""

    def call(array: Any) -> Any:
        found = function(values(array))
        return found.view(DualArray) if isinstance(found, np.ndarray) and found.ndim else found[()]

    return call


def variance(array: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """The mean of squares of deviations."""
    whole = _dual(array)
    deviations = whole - whole.mean(axis=axis, keepdims=True)
    squares = as_elements(as_array(deviations * deviations))
    total = squares.sum(axis=axis, keepdims=keepdims)
    return total / np.float64(whole.size / max(np.size(total), 1) - ddof)


def deviation(array: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """The root of the variance."""
    return elementwise("sqrt", variance(array, axis, ddof, keepdims))


def without_nan(reduce: Callable[[DualArray], Any]) -> Callable[..., Any]:
    """A reduction of those elements that are a number."""

    def call(array: Any) -> Any:
        whole = _dual(array)
        return reduce(whole[~np.isnan(values(whole))])

    return call


def nan_to_num(array: Any) -> Any:
    """Zero for nan. What is infinite is not expected here."""
    whole = _dual(array)
    if np.isinf(values(whole)).any():
        raise TypeError("an infinite element")
    return choose(~np.isnan(values(whole)), whole, 0.0)


def choose(test: Any, one: Any, other: Any) -> Any:
    """Each element from one of two arrays."""
    return as_elements(np.where(np.asarray(test, bool), as_array(one), as_array(other)))


def larger(name: str) -> Callable[..., Any]:
    """`fmax` and `fmin`: the other one gives way to nan."""

    def element(x: Any, y: Any) -> Any:
        if np.isnan(value_of(x)) or np.isnan(value_of(y)):
            return y if np.isnan(value_of(x)) else x
        return apply(name, x, y)

    def call(x: Any, y: Any) -> Any:
        return as_elements(as_array(np.frompyfunc(element, 2, 1)(as_array(x), as_array(y))))

    return call


def in_order(array: Any, axis: int = -1) -> Any:
    """Sorted by value; equal ones keep their order."""
    whole = _dual(array)
    order = np.argsort(values(whole), axis=axis, kind="stable")
    return as_elements(np.take_along_axis(np.asarray(whole), order, axis))


def norm(array: Any) -> Any:
    """The root of the sum of squares."""
    whole = _dual(array)
    return elementwise("sqrt", (whole * whole).sum())


def solve(matrix: Any, right: Any) -> Any:
    """Gaussian elimination with partial pivoting."""
    solution, _ = _eliminated(matrix, as_array(right))
    return as_elements(solution)


def inverse(matrix: Any) -> Any:
    """The solution for the columns of the identity."""
    return solve(matrix, np.eye(len(matrix)))


def determinant(matrix: Any) -> Any:
    """The product of the pivots, with the sign of the exchanges."""
    _, found = _eliminated(matrix, np.zeros(len(matrix)))
    return found


def _eliminated(matrix: Any, right: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], Any]:
    a, b = np.array(as_array(matrix), object), np.array(right, object)
    if a.ndim != 2:
        raise TypeError("one matrix is expected")
    n, found = len(a), np.float64(1.0)
    for k in range(n):
        pivot = k + int(np.argmax(np.abs(values(a[k:, k]))))
        if pivot != k:
            a[[k, pivot]], b[[k, pivot]], found = a[[pivot, k]], b[[pivot, k]], -found
        found = found * a[k, k]
        for row in range(n):
            if row != k:
                factor = a[row, k] / a[k, k]
                a[row] = a[row] - factor * a[k]
                b[row] = b[row] - factor * b[k]
    diagonal = a[range(n), range(n)]
    return b / (diagonal if b.ndim == 1 else diagonal[:, None]), found


def _dual(array: Any) -> DualArray:
    return as_elements(as_array(np.array(array) if isinstance(array, list | tuple) else array))


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.isnan: on_values(np.isnan),
    np.isfinite: on_values(np.isfinite),
    np.isinf: on_values(np.isinf),
    np.var: variance,
    np.std: deviation,
    np.nansum: without_nan(lambda kept: kept.sum()),
    np.nanmean: without_nan(lambda kept: kept.mean()),
    np.nanvar: without_nan(variance),
    np.nanmax: without_nan(lambda kept: kept.max()),
    np.nanmin: without_nan(lambda kept: kept.min()),
    np.nan_to_num: nan_to_num,
    np.fmax: larger("maximum"),
    np.fmin: larger("minimum"),
    np.sort: in_order,
    np.linalg.norm: norm,
    np.linalg.solve: solve,
    np.linalg.inv: inverse,
    np.linalg.det: determinant,
}
