"""What a gradient must be, found without the compiler.

    dual_gradient(f, args)        exact: the user's function, run on dual numbers
    difference_gradient(f, args)  extrapolated central differences, for what dual numbers cannot follow
    dot_product_gap(...)          <y_bar, J x_dot> - <J^T y_bar, x_dot>

Each gradient is a list with one array per float leaf of the arguments, depth first. `has_aux` takes the first
item of the result as the value. A result that is not a scalar is contracted with `cotangents`, one per float leaf.

For dual numbers the function is copied with other globals: `np` and `math` give way to proxies whose `zeros` make
arrays that can hold dual numbers, and every function it reaches is copied in the same way.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompile import testing
from tests import dual_functions
from tests.dual import ELEMENTWISE, Dual, DualArray, apply, as_array, as_elements, clip, elementwise, value_of

Gradient = list[np.ndarray[Any, Any]]


def dual_gradient(
    f: Callable[..., Any], args: Sequence[Any], *, has_aux: bool = False, cotangents: Sequence[Any] = (1.0,)
) -> Gradient:
    """The exact gradient, up to rounding. Raises TypeError or AttributeError for what dual numbers cannot follow."""
    shapes = [np.shape(place.value) for place in testing.float_places(tuple(args))]
    total = sum(math.prod(shape) for shape in shapes)
    with np.errstate(all="ignore"):
        result = Substitution().of(f)(*_seeded(args, total))
    combined = np.zeros(total)
    floats = [leaf for leaf in testing.leaves(result[0] if has_aux else result) if as_array(leaf).dtype.kind in "fO"]
    for cotangent, leaf in zip(cotangents, floats, strict=True):
        weights = np.broadcast_to(np.asarray(cotangent, np.float64), np.shape(as_array(leaf)))
        for weight, element in zip(weights.ravel(), as_array(leaf).ravel(), strict=True):
            if isinstance(element, Dual):
                combined = combined + weight * element.tangent
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    parts = np.split(combined, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _seeded(args: Sequence[Any], total: int) -> tuple[Any, ...]:
    """The arguments with every float replaced by a dual number whose tangent is its own unit vector."""
    position = 0

    def seed(leaf: Any) -> Any:
        nonlocal position
        if not testing.is_float(leaf):
            return np.array(leaf).view(DualArray) if isinstance(leaf, np.ndarray) else leaf
        values = np.asarray(leaf, np.float64)
        elements = testing.empty_in_order(np.asarray(leaf), object)
        for index in np.ndindex(values.shape):
            tangent = np.zeros(total)
            tangent[position] = 1.0
            elements[index] = Dual(values[index], tangent)
            position += 1
        return elements.view(DualArray) if isinstance(leaf, np.ndarray) else elements[()]

    return tuple(testing.map_leaves(seed, tuple(args)))


def difference_gradient(
    f: Callable[..., Any], args: Sequence[Any], *, has_aux: bool = False, cotangents: Sequence[Any] = (1.0,)
) -> Gradient:
    """The gradient by extrapolated central differences, good to about nine digits where `f` is smooth."""
    differentiated = (lambda *given: f(*given)[0]) if has_aux else f
    return testing.difference_gradient(differentiated, args, cotangents)


def oracle_gradient(
    f: Callable[..., Any], args: Sequence[Any], *, has_aux: bool = False, cotangents: Sequence[Any] = (1.0,)
) -> Gradient:
    """By dual numbers where they can follow, else by differences."""
    try:
        return dual_gradient(f, args, has_aux=has_aux, cotangents=cotangents)
    except (TypeError, AttributeError, ZeroDivisionError):
        return difference_gradient(f, args, has_aux=has_aux, cotangents=cotangents)


def dot_product_gap(
    f: Callable[..., Any], args: Sequence[Any], gradient: Sequence[Any], cotangents: Sequence[Any], *, seed: int = 0
) -> float:
    """`<y_bar, J x_dot> - <J^T y_bar, x_dot>` for one random direction, relative to the size of its terms.

    `gradient` is the claimed `J^T y_bar`, one entry per float leaf; `J x_dot` comes from differences along the
    direction.
    """
    rng = np.random.default_rng(seed)
    places = testing.float_places(tuple(args))
    directions = [rng.normal(size=np.shape(place.value)) for place in places]

    def along(step: float) -> Any:
        moves = iter(directions)

        def move(leaf: Any) -> Any:
            return leaf + step * next(moves) if testing.is_float(leaf) else testing.copy_leaf(leaf)

        return f(*testing.map_leaves(move, tuple(args)))

    (pushed,) = testing.difference_gradient(along, (0.0,), cotangents)
    terms = [np.sum(np.multiply(one, two)) for one, two in zip(gradient, directions, strict=True)]
    scale = 1.0 + abs(float(pushed)) + sum(abs(float(term)) for term in terms)
    return float(pushed - sum(terms)) / scale


class Substitution:
    """Replaces what a function reaches by its dual-number counterpart, each object once."""

    def __init__(self) -> None:
        self.copies: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """The counterpart of a function, module, array or container; other objects stay as they are."""
        if isinstance(value, types.ModuleType):
            return ModuleProxy(value, self)
        if isinstance(value, np.ndarray):
            return as_elements(np.array(value))
        if isinstance(value, (tuple, list, dict)):
            return testing.map_leaves(self.of, value)
        if hasattr(value, "py_func"):
            return self.of(value.py_func)
        if not callable(value) or isinstance(value, type):
            return {float: to_float, int: to_int}.get(value, value) if isinstance(value, type) else value
        if value in SUBSTITUTES:
            return SUBSTITUTES[value]
        if (getattr(value, "__module__", None) or "").split(".")[0] == "numpy" or isinstance(value, np.ufunc):
            return rewrapped(value)
        if isinstance(value, types.MethodType):
            return types.MethodType(self.of(value.__func__), value.__self__)
        return self.function(value) if isinstance(value, types.FunctionType) else value

    def function(self, f: types.FunctionType) -> types.FunctionType:
        """A copy of `f` with substituted globals, closure and defaults."""
        if id(f) in self.copies:
            found: types.FunctionType = self.copies[id(f)]
            return found
        cells = tuple(types.CellType() for _ in f.__closure__ or ())
        variables = dict(f.__globals__)
        copy = types.FunctionType(f.__code__, variables, f.__name__, None, cells)
        self.copies[id(f)] = copy
        copy.__defaults__ = self.of(f.__defaults__)
        copy.__kwdefaults__ = self.of(f.__kwdefaults__)
        for cell, original in zip(cells, f.__closure__ or (), strict=True):
            cell.cell_contents = self.of(original.cell_contents)
        for name in _names(f.__code__):
            if name in variables:
                variables[name] = self.of(variables[name])
            elif name in ("float", "int"):
                variables[name] = {"float": to_float, "int": to_int}[name]
        return copy


def _names(code: types.CodeType) -> set[str]:
    """The global names that a function and the functions inside it may read."""
    nested = [_names(constant) for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return set(code.co_names).union(*nested)


class ModuleProxy:
    """A module whose attributes are substituted when they are looked up."""

    def __init__(self, module: types.ModuleType, substitution: Substitution) -> None:
        self._module = module
        self._substitution = substitution

    def __getattr__(self, name: str) -> Any:
        return self._substitution.of(getattr(self._module, name))


def rewrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function that works on objects as it is, with its result made a `DualArray`."""

    def call(*args: Any, **keywords: Any) -> Any:
        result = function(*args, **keywords)
        if isinstance(result, np.ndarray):
            return as_elements(result) if result.dtype == object and result.base is None else result.view(DualArray)
        return result

    return call


def created(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes arrays: those of floats hold elements."""

    def dtype(value: Any) -> Any:
        return float if value is to_float else int if value is to_int else value

    def create(*args: Any, **keywords: Any) -> DualArray:
        return as_elements(function(*map(dtype, args), **{name: dtype(value) for name, value in keywords.items()}))

    return create


def to_float(value: Any) -> Any:
    """`float(value)` that keeps a derivative."""
    element = value[()] if isinstance(value, np.ndarray) else value
    return element if isinstance(element, Dual) else float(element)


def to_int(value: Any) -> int:
    """`int(value)`: the derivative ends here."""
    return int(value_of(value[()] if isinstance(value, np.ndarray) else value))


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, **keywords: Any) -> Any:
    steps = np.arange(num)
    weights = steps / max(num - 1 if endpoint else num, 1)
    return as_elements(as_array(start) + (as_array(stop) - as_array(start)) * weights)


def _arange(*bounds: Any, **keywords: Any) -> Any:
    if not any(isinstance(bound, Dual) for bound in bounds):
        return created(np.arange)(*bounds, **keywords)
    counts = np.arange(len(np.arange(*map(value_of, bounds))))
    start, step = (0.0 if len(bounds) == 1 else bounds[0]), (bounds[2] if len(bounds) > 2 else 1.0)
    return as_elements(as_array(start) + counts * as_array(step))


def _diag(array: Any, k: int = 0) -> Any:
    result = np.diag(as_array(array), k)
    return as_elements(result) if np.ndim(array) == 1 else result.view(DualArray)


def _clip(array: Any, a_min: Any = None, a_max: Any = None) -> Any:
    return clip(array, a_min, a_max)


def _reduction(name: str) -> Callable[..., Any]:
    def reduce(array: Any, axis: Any = None, keepdims: bool = False, **keywords: Any) -> Any:
        if name == "sum" and set(keywords) == {"where"}:
            array = dual_functions.choose(keywords.pop("where"), array, 0.0)
        return getattr(_as_dual(array), name)(axis=axis, keepdims=keepdims, **keywords)

    return reduce


def _as_dual(value: Any) -> DualArray:
    if isinstance(value, np.ndarray):
        return value.view(DualArray)
    return as_elements(as_array(np.array(value) if isinstance(value, (list, tuple)) else value))


def _on_scalars(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A `math` function: its NumPy twin where a dual number takes part."""

    def call(*args: Any) -> Any:
        elements = [x[()] if isinstance(x, np.ndarray) else x for x in args]
        return apply(name, *elements) if any(isinstance(x, Dual) for x in elements) else function(*elements)

    return call


MATH_TWINS = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "arctan2",
    "fabs": "absolute",
    "pow": "power",
}


def _substitutes() -> dict[Any, Callable[..., Any]]:
    table: dict[Any, Callable[..., Any]] = {}
    for name in ELEMENTWISE:
        table[getattr(np, name)] = lambda *operands, name=name: elementwise(name, *operands)
    for name in dir(math):
        twin = MATH_TWINS.get(name, name)
        if twin in ELEMENTWISE:
            table[getattr(math, name)] = _on_scalars(twin, getattr(math, name))
    for function in (np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.array, np.copy):
        table[function] = created(function)
    table[np.asarray] = lambda value, *args: (
        value if isinstance(value, DualArray) else created(np.asarray)(value, *args)
    )
    for function in (np.zeros_like, np.ones_like, np.empty_like, np.full_like):
        table[function] = lambda like, *args, function=function, **keywords: created(function)(
            as_array(like), *args, **keywords
        )
    table |= {np.sum: _reduction("sum"), np.mean: _reduction("mean"), np.clip: _clip, np.diag: _diag}
    table |= {np.max: _reduction("max"), np.min: _reduction("min"), np.amax: _reduction("max")}
    table |= dual_functions.FUNCTIONS
    return table | {np.amin: _reduction("min"), np.linspace: _linspace, np.arange: _arange}


SUBSTITUTES = _substitutes()
