"""Arrays in another shape or memory order: views where NumPy makes one, copies where it must.

a.reshape(shape, order="F")      a.T.reshape(reversed shape).T
a.ravel("K")                     the axes from the slowest to the fastest, then ravel()
np.asfortranarray(a)             np.ascontiguousarray(a.T).T
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import indexing, layouts, orders, result_orders, shapes
from adcompile.frontend.gaps import gaps
from adcompile.frontend.ints import ZERO
from adcompile.frontend.iteration import items_of
from adcompile.frontend.memory_orders import Loose, Packed
from adcompile.frontend.surface import FUNCTIONS, function, method
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Abstract, ArrayValue, Sequence, Static, array_type, describe, is_number
from adcompile.ir.nodes import Const, Operand, integer
from adcompile.ops import array, scalar

C_ORDER, KEEP_ORDER = Static("C"), Static("K")


def expect_array(t: Tracer, x: Abstract, name: str) -> ArrayValue:
    """The array, a number as an array without axes, or a refusal."""
    if is_number(x):
        x = FUNCTIONS[np.array](t, x)
    if isinstance(x, ArrayValue):
        return x
    raise UnsupportedError(f"`{name}` of {describe(x)} is not supported", None, "Pass an array.")


def order_argument(t: Tracer, value: Abstract, x: ArrayValue) -> orders.Axes:
    """An `order` argument for x: its axes from the slowest to the fastest."""
    name = value.value if isinstance(value, Static) else value
    name = name.upper() if isinstance(name, str) and name in ("c", "f", "a", "k") else name
    if name is None or name == "K":
        order = orders.order_of(x)
        if isinstance(order, Packed):
            return order.axes
        name = "A" if orders.is_c(t, x) or orders.is_f(t, x) else name
    if name == "K":
        sorted_ = result_orders.kept(t, [x], x.dims)
        if not isinstance(sorted_, Loose):
            return sorted_.axes if isinstance(sorted_, Packed) else orders.c_order(x.ndim)
    if name == "A":
        c, f = orders.is_c(t, x), orders.is_f(t, x)
        name = "C" if c or f is False else "F" if f and c is False else name
    if name in ("C", "F"):
        return orders.c_order(x.ndim) if name == "C" else orders.f_order(x.ndim)
    if name in ("K", "A"):
        raise UnsupportedError(
            f"`order={name!r}` takes the elements as they lie in memory, which is not known here",
            None,
            "Use `order='C'`.",
        )
    raise ValueError(f"order must be one of 'C', 'F', 'A', or 'K' (got {name!r})")


def permuted(t: Tracer, x: ArrayValue, axes: orders.Axes) -> ArrayValue:
    """A view with the axes in another order."""
    if axes == orders.c_order(x.ndim):
        return x
    dims = tuple(x.dims[k] for k in axes)
    layout = {"C": "F", "F": "C"}.get(x.type.layout, "A") if axes == orders.f_order(x.ndim) else "A"
    value = t.builder.apply(array.transpose, x.value, type=array_type(x.dtype, dims, layout), dims=dims, perm=axes)
    return ArrayValue(value, x.buffer, view=True, readonly=x.readonly, order=orders.transposed(x, axes))


def restored(t: Tracer, x: ArrayValue, axes: orders.Axes) -> ArrayValue:
    """The view that `permuted` was made of."""
    return permuted(t, x, tuple(axes.index(k) for k in range(len(axes))))


def fresh(t: Tracer, x: ArrayValue, axes: orders.Axes) -> ArrayValue:
    """A copy that NumPy lays out in this order."""
    return replace(layouts.fresh(t, x), order=Packed(axes))


def laid_out(t: Tracer, x: ArrayValue, axes: orders.Axes) -> ArrayValue:
    """x itself if it is contiguous in this order, else a copy that is."""
    turned = permuted(t, x, axes)
    found = layouts.contiguous(t, turned, turned.dims)
    return x if found is turned else restored(t, found, axes)


@function(np.reshape)
def reshape(t: Tracer, a: Abstract, shape: Abstract, *, order: Abstract = C_ORDER) -> Abstract:
    x = expect_array(t, a, "reshape")
    parts = items_of(shape) if isinstance(shape, Sequence) else [shape]
    dims = tuple(_inferred(t, x, [t.integer(p, "an extent") for p in parts or []]))
    if order == C_ORDER or order_argument(t, order, x) == orders.c_order(x.ndim):
        return reshaped(t, x, dims)
    if order not in (Static("F"), Static("A")):
        raise ValueError("order 'K' is not permitted for reshaping")
    turned = permuted(t, x, orders.f_order(x.ndim))
    return permuted(t, reshaped(t, turned, dims[::-1]), orders.f_order(len(dims)))


@method("reshape")
def reshape_method(t: Tracer, a: Abstract, *shape: Abstract, order: Abstract = C_ORDER) -> Abstract:
    return reshape(t, a, shape[0] if len(shape) == 1 else Sequence("tuple", list(shape)), order=order)


_NEGATIVE = "negative dimensions are not allowed; a -1 that stands for the rest must be written out"


def _inferred(t: Tracer, x: ArrayValue, wanted: list[Operand]) -> list[Operand]:
    """The extents, -1 worked out; the sizes agree from here on."""
    total = t.ints.product(x.dims)
    unknown = [k for k, d in enumerate(wanted) if isinstance(d, Const) and d.value == -1]
    if len(unknown) > 1:
        raise ValueError("can only specify one unknown dimension")
    message = f"cannot reshape array of size {{}} into shape {shapes.spell(wanted)}"
    if unknown:
        rest = t.ints.product(tuple(d for k, d in enumerate(wanted) if k != unknown[0]))
        if not isinstance(rest, Const):
            shown = [total, *(integer(-1) if k in unknown else d for k, d in enumerate(wanted))]
            t.require(t.ints.compare(scalar.ne, rest, ZERO), *shown, error="ValueError", message=message)
        wanted[unknown[0]] = t.ints.floordiv(total, rest) if rest != ZERO else ZERO
    shown = [total, *(integer(-1) if k in unknown else d for k, d in enumerate(wanted))]
    for k, extent in enumerate(wanted):
        if k not in unknown and not t.ints.is_nonnegative(extent):
            if isinstance(extent, Const):
                raise ValueError("negative dimensions are not allowed")
            ok = t.ints.compare(scalar.ge, extent, ZERO)
            t.require(ok, error="ValueError", message=_NEGATIVE)
            t.ints.assume_nonnegative(extent)
    shapes.require_equal(t, total, t.ints.product(tuple(wanted)), message, shown)
    return wanted


def reshaped(t: Tracer, x: ArrayValue, dims: tuple[Operand, ...]) -> ArrayValue:
    """A view where NumPy makes one (`layouts`); a copy where it must; where that is not certain, no stores."""
    if not orders.is_plain_c(x) and layouts.same_but_ones(x.dims, dims):
        return indexing.view(t, x, layouts.ones_moved(x.dims, dims))
    kind, order = layouts.reshaped(t, x, dims)
    copies = gaps(t, x, dims, packed=False) if kind is layouts.Kind.UNKNOWN else None
    return layouts.reshape(t, x, dims, kind, order, copies)


@function(np.ravel)
@method("ravel")
def ravel(t: Tracer, a: Abstract, order: Abstract = C_ORDER) -> Abstract:
    if not isinstance(a, ArrayValue):
        return FUNCTIONS[np.array](t, Sequence("list", [a]))
    x = a if order == C_ORDER else permuted(t, a, order_argument(t, order, a))
    return layouts.contiguous(t, x, (t.ints.product(x.dims),))


@method("flatten")
def flatten(t: Tracer, a: Abstract, order: Abstract = C_ORDER) -> Abstract:
    x = expect_array(t, a, "flatten")
    x = layouts.fresh(t, x if order == C_ORDER else permuted(t, x, order_argument(t, order, x)))
    return x if x.ndim == 1 else ravel(t, x)


@method("copy")
def copied(t: Tracer, a: Abstract, order: Abstract = C_ORDER) -> Abstract:
    if not isinstance(a, ArrayValue):
        return a
    if order == KEEP_ORDER:
        return FUNCTIONS[np.copy](t, a)
    return layouts.fresh(t, a) if order == C_ORDER else fresh(t, a, order_argument(t, order, a))
