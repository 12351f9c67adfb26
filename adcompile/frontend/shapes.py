"""Shapes: broadcasting, axes, extents given by the user.

(n, 1) with (m,)    ->  (n, m)         an extent that is the constant 1 stretches
(n,)   with (m,)    ->  require n == m, before the operation
"""

from __future__ import annotations

from collections.abc import Sequence as Ordered

import numpy as np

from adcompile.errors import UnsupportedError, raised
from adcompile.frontend.emitter import Emitter
from adcompile.frontend.needs import NeedsStatic
from adcompile.frontend.values import Abstract, ArrayValue, Number, Sequence, Static, describe
from adcompile.ir.nodes import Const, Operand, integer, is_const
from adcompile.ops import scalar

_BROADCAST = "operands could not be broadcast together with shapes"


def broadcast_dims(
    e: Emitter, arrays: Ordered[ArrayValue], text: str = _BROADCAST, error: str = "ValueError"
) -> tuple[Operand, ...]:
    """The common shape. Raises the error now, or emits the check, where extents differ."""
    return broadcast_extents(e, [a.dims for a in arrays], text, error)


def broadcast_extents(
    e: Emitter, shapes: Ordered[tuple[Operand, ...]], text: str = _BROADCAST, error: str = "ValueError"
) -> tuple[Operand, ...]:
    """The same of shapes."""
    result = list(shapes[0])
    for shape in shapes[1:]:
        result = _broadcast_two(e, result, list(shape), f"{text} {spell(*shapes)}", shapes, error)
    return tuple(result)


def _broadcast_two(
    e: Emitter,
    left: list[Operand],
    right: list[Operand],
    message: str,
    shapes: Ordered[tuple[Operand, ...]],
    error: str,
) -> list[Operand]:
    result: list[Operand] = []
    for back in range(1, max(len(left), len(right)) + 1):
        if back > len(left) or (back <= len(right) and is_const(left[-back], 1)):
            result.append(right[-back])
        elif back > len(right) or is_const(right[-back], 1):
            result.append(left[-back])
        else:
            require_equal(e, left[-back], right[-back], message, [d for shape in shapes for d in shape], error)
            result.append(left[-back] if isinstance(left[-back], Const) else e.ints.canonical(left[-back]))
    return result[::-1]


def broadcast_to(e: Emitter, x: ArrayValue, dims: tuple[Operand, ...]) -> None:
    """Check that x can be stored into the shape `dims`."""
    message = f"could not broadcast input array from shape {spell(x.dims)} into shape {spell(dims)}"
    shown = [*x.dims, *dims]
    extra = max(len(x.dims) - len(dims), 0)
    for extent in x.dims[:extra]:
        if not is_const(extent, 1):
            raise ValueError(fill(message, shown))
    for extent, wanted in zip(x.dims[::-1], dims[::-1], strict=False):
        if not is_const(extent, 1):
            require_equal(e, extent, wanted, message, shown)


def require_equal(
    e: Emitter, x: Operand, y: Operand, message: str, shown: Ordered[Operand], error: str = "ValueError"
) -> None:
    """The two extents are equal from here on."""
    if e.ints.same(x, y):
        return
    left, right = e.ints.canonical(x), e.ints.canonical(y)
    equal = e.ints.compare(scalar.eq, left, right)
    if isinstance(equal, Const):
        raise raised(error, fill(message, shown))
    e.require(equal, *shown, error=error, message=message)
    e.ints.assume_equal(left, right)


def spell(*shapes: Ordered[Operand]) -> str:
    """Shapes as NumPy writes them, with braces for the extents."""
    texts = [f"({','.join(['{}'] * len(shape))}{',' if len(shape) == 1 else ''})" for shape in shapes]
    return " ".join(texts)


def fill(message: str, shown: Ordered[Operand]) -> str:
    """The message with extents that are not known as `?`."""
    return message.format(*(d.value if isinstance(d, Const) else "?" for d in shown))


def static_int(value: Abstract, what: str) -> int:
    """An int that must be known when the function is compiled."""
    match value:
        case Static(value=bool()):
            pass
        case Static(value=int() | np.integer()):
            return int(value.value)  # type: ignore[call-overload, no-any-return]
        case Number():
            raise NeedsStatic(what, value.operand)
    raise UnsupportedError(f"{what} must be an int, not {describe(value)}")


def static_bool(value: Abstract, what: str) -> bool:
    """A bool that must be known when the function is compiled."""
    match value:
        case Static(value=bool() | int() | np.bool_()):
            return bool(value.value)
        case Number():
            raise NeedsStatic(what, value.operand)
    raise UnsupportedError(f"{what} must be True or False, not {describe(value)}")


def axes_of(value: Abstract, ndim: int) -> tuple[int, ...]:
    """An `axis` argument (None, an int, a tuple) as sorted axes."""
    match value:
        case Static(value=None):
            return tuple(range(ndim))
        case Static(value=tuple() as known):
            given = [static_int(Static(k), "`axis`") for k in known]
        case Sequence(items=items):
            given = [static_int(k, "`axis`") for k in items]
        case _:
            given = [static_int(value, "`axis`")]
    axes = [normal_axis(k, ndim) for k in given]
    if len(set(axes)) < len(axes):
        raise ValueError("duplicate value in 'axis'")
    return tuple(sorted(axes))


def normal_axis(axis: int, ndim: int) -> int:
    """A non-negative axis. Raises NumPy's AxisError."""
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return axis % ndim


def extents(e: Emitter, value: Abstract, what: str = "a shape") -> tuple[Operand, ...]:
    """A shape argument: an int, or a tuple or list of ints."""
    match value:
        case Sequence(items=items):
            parts = [e.integer(k, what) for k in items]
        case Static(value=tuple() as known):
            parts = [e.integer(Static(k), what) for k in known]
        case _:
            parts = [e.integer(value, what)]
    for part in parts:
        if isinstance(part, Const) and part.value < 0:
            raise ValueError("negative dimensions are not allowed")
        if not e.ints.is_nonnegative(part):
            ok = e.ints.compare(scalar.ge, part, integer(0))
            e.require(ok, error="ValueError", message="negative dimensions are not allowed")
            e.ints.assume_nonnegative(part)
    return tuple(parts)
