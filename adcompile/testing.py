"""Checking gradients against differences: `check_grads` for users and, below it, the parts the test suite shares.

    check_grads(loss, (weights, x, y))

    AssertionError: gradient of loss: 2 of 14 elements are off, the worst in argument `weights`[0, 2]
      adjoint      0.25
      differences  0.5
      off by       0.25 (tolerance 1.5e-06)

The reference is the central difference, extrapolated to step zero (Richardson 1911; Ridders 1982 for choosing among the
extrapolants). A result that is not a scalar is contracted with a fixed random cotangent first.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from adcompile.api import value_and_grad, vjp

LEVELS = 5
STEPS = {"float64": 2e-3, "float32": 1e-1}
TOLERANCES = {"float64": (1e-6, 1e-6), "float32": (2e-3, 2e-3)}


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """One float leaf of the arguments: which argument, and the path inside it as it would be written."""

    argument: int
    path: str
    value: Any


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 1,
    modes: Sequence[str] = ("rev",),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Compare the compiled gradient of `f` at `args` with central differences, element by element.

    Every float leaf of every argument is checked, inside tuples, lists, dicts and dataclasses too. `f` is a plain
    function or an object made by `grad` or `value_and_grad`. An element may be off by `atol + rtol * |reference|`; the
    defaults are wider where float32 takes part. `eps` is the largest step, relative to `max(1, |x|)`. The arguments
    are never modified.

    Raises AssertionError naming the worst element and how far it is off, ValueError if no argument has a float, and
    NotImplementedError for an order or a mode that is not available.

    >>> check_grads(lambda x: (x * x).sum(), (np.arange(3.0),))
    """
    _require_available(order, modes)
    primal = getattr(f, "primal", f)
    arguments = tuple(args)
    places = float_places(arguments)
    if not places:
        raise ValueError("check_grads: none of the arguments holds a float, so there is no gradient to check")
    result = primal(*copy_tree(arguments))
    cotangents = fixed_cotangents(result)
    value, gradients = _adjoint(primal, arguments, result, cotangents)
    tolerance = _tolerance(arguments, result, contract(cotangents, result))
    tolerance = Tolerance(tolerance.atol if atol is None else atol, tolerance.rtol if rtol is None else rtol)
    name = getattr(primal, "__name__", "f")
    _compare_values(name, value, result, tolerance)
    differences = difference_gradient(primal, arguments, cotangents, eps=eps)
    _compare_gradients(name, _argument_names(primal, arguments), places, gradients, differences, tolerance)


@dataclasses.dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a computed number may be from its reference."""

    atol: float
    rtol: float

    def allows(self, reference: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The error allowed in each element."""
        return np.asarray(self.atol + self.rtol * np.abs(reference))


def _tolerance(arguments: tuple[Any, ...], result: Any, value: float) -> Tolerance:
    """The default: as wide as the narrowest float asks for; differences of a large value are less exact."""
    precision = "float32" if any(dtype_name(leaf) == "float32" for leaf in _floats((arguments, result))) else "float64"
    atol, rtol = TOLERANCES[precision]
    return Tolerance(atol * max(1.0, abs(value)) if np.isfinite(value) else atol, rtol)


def _require_available(order: int, modes: Sequence[str]) -> None:
    if order != 1:
        raise NotImplementedError(f"check_grads: order={order} is not available; only first derivatives (order=1) are")
    for mode in modes:
        if mode != "rev":
            raise NotImplementedError(f'check_grads: mode "{mode}" is not available; only reverse mode ("rev") is')


def _adjoint(
    primal: Callable[..., Any], arguments: tuple[Any, ...], result: Any, cotangents: list[Any]
) -> tuple[Any, list[Any]]:
    """The compiled value, and the compiled gradient at each float leaf of the arguments."""
    if is_scalar(result):
        active = tuple(sorted({place.argument for place in float_places(arguments)}))
        value, gradient = value_and_grad(primal, argnums=active)(*arguments)
        full: list[Any] = [None] * len(arguments)
        for position, part in zip(active, gradient, strict=True):
            full[position] = part
        return value, _matching(arguments, full)
    value, pullback = vjp(primal, *arguments)
    given = iter(cotangents)
    cotangent = map_leaves(lambda leaf: next(given) if is_float(leaf) else None, result)
    return value, _matching(arguments, list(pullback(cotangent)))


def _matching(arguments: tuple[Any, ...], gradients: list[Any]) -> list[Any]:
    """The parts of `gradients` that stand where `arguments` has a float."""
    return [part for leaf, part in _paired_leaves(arguments, tuple(gradients)) if is_float(leaf)]


def _paired_leaves(tree: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    parts = children(tree)
    if parts is None:
        yield tree, other
    elif other is None:
        for leaf in leaves(tree):
            yield leaf, None
    else:
        for (_, one), (_, two) in zip(parts, children(other) or [], strict=True):
            yield from _paired_leaves(one, two)


def _compare_values(name: str, value: Any, result: Any, tolerance: Tolerance) -> None:
    for computed, expected in zip(_floats(value), _floats(result), strict=True):
        expected = np.asarray(expected, np.float64)
        error = np.abs(np.asarray(computed, np.float64) - expected)
        if not np.all((error <= tolerance.allows(expected)) | (np.isnan(expected) & np.isnan(error))):
            raise AssertionError(f"value of {name}: the compiled program gives {computed}, Python gives {expected}")


def _compare_gradients(
    name: str,
    argument_names: list[str],
    places: list[Place],
    gradients: list[Any],
    differences: list[np.ndarray[Any, Any]],
    tolerance: Tolerance,
) -> None:
    worst, off, total, message = 0.0, 0, 0, ""
    for place, gradient, expected in zip(places, gradients, differences, strict=True):
        where = f"argument `{argument_names[place.argument]}`{place.path}"
        if gradient is None or np.shape(gradient) != expected.shape:
            found = "missing" if gradient is None else f"of shape {np.shape(gradient)}"
            raise AssertionError(f"gradient of {name}: {where} has shape {expected.shape}, its gradient is {found}")
        computed = np.asarray(gradient, np.float64)
        error = np.abs(computed - expected)
        allowed = tolerance.allows(expected)
        bad = ~(error <= allowed)
        total, off = total + bad.size, off + int(bad.sum())
        for index in zip(*np.nonzero(np.atleast_1d(bad)), strict=True):
            at = index if expected.ndim else ()
            excess = float(error[at] / allowed[at]) if np.isfinite(error[at]) else np.inf
            if excess > worst:
                worst = excess
                element = f"[{', '.join(str(i) for i in at)}]" if at else ""
                message = (
                    f"the worst in {where}{element}\n"
                    f"  adjoint      {computed[at]}\n  differences  {expected[at]}\n"
                    f"  off by       {error[at]:.3g} (tolerance {allowed[at]:.3g})"
                )
    if off:
        raise AssertionError(f"gradient of {name}: {off} of {total} elements are off, {message}")


def _argument_names(primal: Callable[..., Any], arguments: tuple[Any, ...]) -> list[str]:
    try:
        bound = inspect.signature(primal).bind(*arguments)
    except (TypeError, ValueError):
        return [str(position) for position in range(len(arguments))]
    names = []
    for name, value in bound.arguments.items():
        variadic = bound.signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL
        names += [f"{name}[{k}]" for k in range(len(value))] if variadic else [name]
    return names


def difference_gradient(
    f: Callable[..., Any], args: Sequence[Any], cotangents: Sequence[Any], *, eps: float | None = None
) -> list[np.ndarray[Any, Any]]:
    """The gradient of `<cotangents, f(*args)>` by extrapolated central differences, one array per float leaf.

    `cotangents` has one entry per float leaf of the result.
    """
    arguments = tuple(args)

    def contracted(position: int, index: tuple[int, ...], step: float) -> tuple[float, float]:
        """The contracted value with one element moved, and how far it moved after rounding."""
        moved = 0.0
        count = iter(range(len(places)))

        def move(leaf: Any) -> Any:
            nonlocal moved
            if not is_float(leaf) or next(count) != position:
                return copy_leaf(leaf)
            changed = copy_leaf(np.asarray(leaf))
            changed[index] += changed.dtype.type(step)
            moved = float(changed[index]) - float(np.asarray(leaf)[index])
            return changed if isinstance(leaf, np.ndarray) else type(leaf)(changed[()])

        result = f(*map_leaves(move, arguments))
        return contract(cotangents, result), moved

    places = float_places(arguments)
    precision = "float32" if any(dtype_name(place.value) == "float32" for place in places) else "float64"
    gradients = []
    for position, place in enumerate(places):
        values = np.asarray(place.value, np.float64)
        gradient = np.zeros(values.shape)
        for index in np.ndindex(values.shape):
            largest = (eps or STEPS[precision]) * max(1.0, abs(float(values[index])))
            gradient[index] = _extrapolate(lambda step: _slope(contracted, position, index, step), largest)  # noqa: B023
        gradients.append(gradient)
    return gradients


def _slope(
    contracted: Callable[[int, tuple[int, ...], float], tuple[float, float]],
    position: int,
    index: tuple[int, ...],
    step: float,
) -> float:
    above, up = contracted(position, index, step)
    below, down = contracted(position, index, -step)
    return (above - below) / (up - down)


def _extrapolate(slope: Callable[[float], float], largest: float) -> float:
    """Ridders' choice: among the extrapolants, the one that differs least from the two it was made of."""
    best, smallest = slope(largest), np.inf
    previous = [best]
    for level in range(1, LEVELS):
        row = [slope(largest / 2**level)]
        for k in range(level):
            row.append(row[k] + (row[k] - previous[k]) / (4.0 ** (k + 1) - 1.0))
            error = max(abs(row[k + 1] - row[k]), abs(row[k + 1] - previous[k]))
            if error < smallest:
                best, smallest = row[k + 1], error
        previous = row
    return best


def fixed_cotangents(result: Any) -> list[Any]:
    """One cotangent per float leaf of the result: 1 for a scalar result, else fixed numbers between 0.5 and 1.5."""
    if is_scalar(result):
        return [1.0]
    rng = np.random.default_rng(20240229)
    return [_like(leaf, rng.uniform(0.5, 1.5, np.shape(leaf))) for leaf in _floats(result)]


def _like(leaf: Any, values: Any) -> Any:
    return values.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else type(leaf)(values)


def contract(cotangents: Sequence[Any], result: Any) -> float:
    """`<cotangents, result>` over the float leaves of the result."""
    pairs = zip(cotangents, _floats(result), strict=True)
    return float(sum(np.sum(np.multiply(one, two, dtype=np.float64)) for one, two in pairs))


def is_float(leaf: Any) -> bool:
    """Can this leaf carry a derivative?"""
    return isinstance(leaf, (float, np.ndarray, np.floating)) and np.asarray(leaf).dtype.kind == "f"


def is_scalar(result: Any) -> bool:
    """Is this one float, as `grad` wants it?"""
    return is_float(result) and np.ndim(result) == 0


def dtype_name(leaf: Any) -> str:
    """The NumPy name of the leaf's dtype."""
    return np.asarray(leaf).dtype.name


def children(tree: Any) -> list[tuple[str, Any]] | None:
    """The parts of a container, each with its path as it would be written; None for a leaf."""
    if isinstance(tree, dict):
        return [(f"[{key!r}]", value) for key, value in tree.items()]
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return [(f".{field}", getattr(tree, field)) for field in tree._fields]
    if isinstance(tree, (tuple, list)):
        return [(f"[{k}]", value) for k, value in enumerate(tree)]
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [(f".{field.name}", getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    return None


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves, depth first."""
    parts = children(tree)
    if parts is None:
        yield tree
    else:
        for _, part in parts:
            yield from leaves(part)


def _floats(tree: Any) -> list[Any]:
    return [leaf for leaf in leaves(tree) if is_float(leaf)]


def float_places(arguments: tuple[Any, ...]) -> list[Place]:
    """Every float leaf of the arguments, depth first."""

    def search(position: int, path: str, tree: Any) -> Iterator[Place]:
        parts = children(tree)
        if parts is not None:
            for step, part in parts:
                yield from search(position, path + step, part)
        elif is_float(tree):
            yield Place(position, path, tree)

    return [place for position, argument in enumerate(arguments) for place in search(position, "", argument)]


def map_leaves(change: Callable[[Any], Any], tree: Any) -> Any:
    """The same containers with every leaf changed, depth first."""
    parts = children(tree)
    if parts is None:
        return change(tree)
    changed = [map_leaves(change, part) for _, part in parts]
    if isinstance(tree, dict):
        return dict(zip(tree, changed, strict=True))
    if isinstance(tree, (tuple, list)) and not hasattr(tree, "_fields"):
        return type(tree)(changed)
    if isinstance(tree, tuple):
        return type(tree)(*changed)
    return dataclasses.replace(tree, **{step[1:]: part for (step, _), part in zip(parts, changed, strict=True)})


def copy_leaf(leaf: Any) -> Any:
    """A leaf that shares no memory with the given one, and has its memory order: views depend on that."""
    if not isinstance(leaf, np.ndarray):
        return leaf
    copy = empty_in_order(leaf, leaf.dtype)
    copy[...] = leaf
    return copy


def empty_in_order(array: np.ndarray[Any, Any], dtype: Any) -> np.ndarray[Any, Any]:
    """A new array of `dtype` with the shape of `array`, and gaps, transposed and reversed axes where that has them."""
    steps = [stride / array.itemsize for stride in array.strides]
    if array.flags.forc or not array.size or not all(step and step.is_integer() for step in steps):
        return np.empty_like(array, dtype)
    ends = [int(step) * (size - 1) for step, size in zip(steps, array.shape, strict=True)]
    first, last = -sum(min(end, 0) for end in ends), sum(max(end, 0) for end in ends)
    memory = np.empty(first + last + 1, dtype)
    strides = [int(step) * memory.itemsize for step in steps]
    return np.lib.stride_tricks.as_strided(memory[first:], array.shape, strides)


def copy_tree(tree: Any) -> Any:
    """Containers and arrays that share no memory with the given ones."""
    return map_leaves(copy_leaf, tree)
