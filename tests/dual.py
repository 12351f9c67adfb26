"""Dual numbers that run through a user's own function: an oracle without a step size.

    Dual(2.0, [1, 0]) * Dual(3.0, [0, 1])  ->  Dual(6.0, [3, 2])

An element carries its value and its derivative with respect to every input element at once. Arrays of them are
`DualArray`, NumPy object arrays, so that indexing, views, stores and broadcasting are NumPy's own. Conventions at ties
and singular points are those of section 5 of the design: written down here a second time, on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Element = Any
Vector = np.ndarray[Any, Any]


class Dual:
    """A float64 value and its tangent, one entry per input element."""

    __slots__ = ("tangent", "value")

    def __init__(self, value: float, tangent: Vector) -> None:
        self.value = np.float64(value)
        self.tangent = tangent

    def __repr__(self) -> str:
        return f"Dual({self.value}, {self.tangent})"

    def __bool__(self) -> bool:
        return bool(self.value != 0)

    __hash__ = None  # type: ignore[assignment]


def value_of(element: Element) -> Any:
    """The value of a dual number; anything else is its own value."""
    return element.value if isinstance(element, Dual) else element


def apply(name: str, *operands: Element) -> Element:
    """An elementwise operation on dual and ordinary numbers."""
    function, partials = ELEMENTWISE[name]
    values = [np.float64(value_of(x)) if isinstance(x, (Dual, float)) else x for x in operands]
    result = function(*values)
    if not any(isinstance(x, Dual) for x in operands):
        return result
    terms = zip(partials(result, *values), operands, strict=True)
    return Dual(result, sum(_scaled(partial, x.tangent) for partial, x in terms if isinstance(x, Dual)))


def _scaled(partial: float, tangent: Vector) -> Vector:
    """`partial * tangent`, where a zero on one side contributes zero however singular the other side is."""
    if partial == 0:
        return np.zeros_like(tangent)
    if np.isfinite(partial):
        return partial * tangent
    return np.where(tangent == 0, 0.0, partial * tangent)


def _power_partials(z: float, x: float, y: float) -> tuple[float, float]:
    by_base = y * np.power(np.float64(x), np.float64(y) - 1.0) if y != 0 else 0.0
    by_exponent = z * np.log(x) if x != 0 else 0.0
    return by_base, by_exponent


def _share(ours: bool, theirs: bool) -> tuple[float, float]:
    """What each operand of `maximum` or `minimum` receives: half each at a tie."""
    return (0.5, 0.5) if ours and theirs else (float(ours), float(theirs))


ELEMENTWISE: dict[str, tuple[Callable[..., Any], Callable[..., tuple[Any, ...]]]] = {
    "add": (np.add, lambda z, x, y: (1.0, 1.0)),
    "subtract": (np.subtract, lambda z, x, y: (1.0, -1.0)),
    "multiply": (np.multiply, lambda z, x, y: (y, x)),
    "divide": (np.divide, lambda z, x, y: (1.0 / np.float64(y), -x / np.float64(y) ** 2)),
    "floor_divide": (np.floor_divide, lambda z, x, y: (0.0, 0.0)),
    "remainder": (np.remainder, lambda z, x, y: (1.0, -np.floor(np.divide(x, y)))),
    "power": (np.power, _power_partials),
    "maximum": (np.maximum, lambda z, x, y: _share(x >= y, y >= x)),
    "minimum": (np.minimum, lambda z, x, y: _share(x <= y, y <= x)),
    "arctan2": (np.arctan2, lambda z, x, y: (y / (x * x + y * y), -x / (x * x + y * y))),
    "hypot": (np.hypot, lambda z, x, y: (x / z, y / z)),
    "negative": (np.negative, lambda z, x: (-1.0,)),
    "positive": (np.positive, lambda z, x: (1.0,)),
    "absolute": (np.absolute, lambda z, x: (np.sign(x),)),
    "exp": (np.exp, lambda z, x: (z,)),
    "expm1": (np.expm1, lambda z, x: (z + 1.0,)),
    "log": (np.log, lambda z, x: (1.0 / x,)),
    "log1p": (np.log1p, lambda z, x: (1.0 / (1.0 + x),)),
    "sqrt": (np.sqrt, lambda z, x: (0.5 / z,)),
    "square": (np.square, lambda z, x: (2.0 * x,)),
    "reciprocal": (np.reciprocal, lambda z, x: (-z * z,)),
    "sin": (np.sin, lambda z, x: (np.cos(x),)),
    "cos": (np.cos, lambda z, x: (-np.sin(x),)),
    "tan": (np.tan, lambda z, x: (1.0 + z * z,)),
    "arcsin": (np.arcsin, lambda z, x: (1.0 / np.sqrt(1.0 - x * x),)),
    "arccos": (np.arccos, lambda z, x: (-1.0 / np.sqrt(1.0 - x * x),)),
    "arctan": (np.arctan, lambda z, x: (1.0 / (1.0 + x * x),)),
    "sinh": (np.sinh, lambda z, x: (np.cosh(x),)),
    "cosh": (np.cosh, lambda z, x: (np.sinh(x),)),
    "tanh": (np.tanh, lambda z, x: (1.0 - z * z,)),
    "sign": (np.sign, lambda z, x: (0.0,)),
    "floor": (np.floor, lambda z, x: (0.0,)),
    "ceil": (np.ceil, lambda z, x: (0.0,)),
    "trunc": (np.trunc, lambda z, x: (0.0,)),
}

OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "power",
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}


def _define_operators() -> None:
    """Give `Dual` its operators; an array operand takes over, so that broadcasting stays NumPy's."""

    def binary(name: str, *, reflected: bool) -> Callable[[Dual, Any], Any]:
        def method(self: Dual, other: Any) -> Any:
            if isinstance(other, np.ndarray):
                return NotImplemented
            return apply(name, other, self) if reflected else apply(name, self, other)

        return method

    def comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Dual, Any], Any]:
        def method(self: Dual, other: Any) -> Any:
            return NotImplemented if isinstance(other, np.ndarray) else bool(compare(self.value, value_of(other)))

        return method

    for operator, name in OPERATORS.items():
        setattr(Dual, f"__{operator}__", binary(name, reflected=False))
        setattr(Dual, f"__r{operator}__", binary(name, reflected=True))
    for operator, compare in COMPARISONS.items():
        setattr(Dual, f"__{operator}__", comparison(compare))
    for operator, name in (("neg", "negative"), ("pos", "positive"), ("abs", "absolute")):
        setattr(Dual, f"__{operator}__", lambda self, name=name: apply(name, self))


_define_operators()


class DualArray(np.ndarray):
    """An array whose elements may be dual numbers: reductions and `clip` as methods know about ties."""

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array[()] if return_scalar else array.view(DualArray)

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """The sum; of no terms it is 0.0."""
        if self.dtype != object:
            return super().sum(axis=axis, dtype=dtype, keepdims=keepdims)
        return np.add.reduce(self, axis=axis, keepdims=keepdims, initial=np.float64(0.0))

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """The arithmetic mean."""
        if self.dtype != object:
            return super().mean(axis=axis, dtype=dtype, keepdims=keepdims)
        total = self.sum(axis=axis, keepdims=keepdims)
        return total / np.float64(self.size / np.size(total))

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """The largest element; tied ones share the derivative evenly."""
        return extremum(self, np.max, axis, keepdims)

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """The smallest element; tied ones share the derivative evenly."""
        return extremum(self, np.min, axis, keepdims)

    def std(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:  # type: ignore[override]
        """The standard deviation."""
        from tests.dual_functions import deviation

        return deviation(self, axis, ddof, keepdims)

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Any:  # type: ignore[override]
        """`minimum(maximum(self, min), max)`."""
        return clip(self, min, max)


def extremum(array: DualArray, pick: Callable[..., Any], axis: Any, keepdims: bool) -> Any:
    """The extreme elements along `axis`, an int, a tuple or None for all."""
    if array.dtype != object:
        return pick(np.asarray(array), axis=axis, keepdims=keepdims)
    chosen = (axis,) if isinstance(axis, int) else axis
    axes = tuple(range(array.ndim)) if chosen is None else tuple(k % array.ndim for k in chosen)
    kept = tuple(k for k in range(array.ndim) if k not in axes)
    outer = tuple(array.shape[k] for k in kept)
    moved = array.transpose(kept + axes).reshape((*outer, -1))
    result = np.empty(outer, object).view(DualArray)
    for index in np.ndindex(outer):
        result[index] = _tied(moved[index], pick)
    if keepdims:
        result = result.reshape([1 if k in axes else array.shape[k] for k in range(array.ndim)])
    return result if result.ndim else result[()]


def _tied(elements: DualArray, pick: Callable[..., Any]) -> Element:
    """The extreme of some elements, with the mean of the tangents of those that attain it."""
    values = np.array([value_of(element) for element in elements], np.float64)
    best = pick(values)
    tied = [element for element, value in zip(elements, values, strict=True) if value == best or np.isnan(value)]
    tangents = [element.tangent for element in tied if isinstance(element, Dual)]
    return Dual(best, sum(tangents) / len(tied)) if tangents else best


def clip(array: Any, low: Any = None, high: Any = None) -> Any:
    """`minimum(maximum(array, low), high)`, leaving out a bound that is None."""
    bounded = array if low is None else elementwise("maximum", array, low)
    return bounded if high is None else elementwise("minimum", bounded, high)


def elementwise(name: str, *operands: Any) -> Any:
    """An elementwise operation with broadcasting."""
    arrays = [as_array(x) for x in operands]
    if all(array.dtype != object for array in arrays):
        return ELEMENTWISE[name][0](*operands)
    result = np.frompyfunc(lambda *elements: apply(name, *elements), len(arrays), 1)(*arrays)
    return result.view(DualArray) if isinstance(result, np.ndarray) else result


def as_array(operand: Any) -> np.ndarray[Any, Any]:
    """The operand as an array; a dual number becomes an array without axes."""
    if isinstance(operand, Dual):
        array = np.empty((), object)
        array[()] = operand
        return array
    return np.asarray(operand)


def as_elements(array: np.ndarray[Any, Any]) -> DualArray:
    """The array as a `DualArray`: floats become elements that can be replaced by dual numbers, integers stay."""
    if array.dtype.kind in "iub":
        return array.view(DualArray)
    result = np.empty(array.shape, object)
    for index in np.ndindex(array.shape):
        element = array[index]
        result[index] = element if isinstance(element, Dual) else np.float64(np.nan if element is None else element)
    return result.view(DualArray)
