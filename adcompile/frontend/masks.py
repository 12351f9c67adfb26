"""Boolean masks as indices. What is read under a mask keeps all elements, so that its length need not be known.

y[mask] = 0.0                 assign_where(y, mask, 0.0; mode fill)
y[mask] = x[mask] * 2         assign_where(y, mask, x * 2; mode aligned), as the masks are the same
y[mask] = v                   assign_where(y, mask, v; mode packed): v has one item for every True
x[mask].sum()                 sum(select(mask, x, 0))
"""

from __future__ import annotations

from collections.abc import Callable

from adcompile.errors import UnsupportedError
from adcompile.frontend import result_orders, shapes
from adcompile.frontend.emitter import Emitter, constant
from adcompile.frontend.ints import ONE, ZERO
from adcompile.frontend.values import FALSE, NAUGHT, NONE, Abstract, ArrayValue, Buffer, Masked, Number, array_type
from adcompile.ir.nodes import Apply, Operand, Region, Stmt, Value, is_const
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Scalar
from adcompile.ir.walk import statements
from adcompile.ops import array, scalar


def refuse_shape() -> UnsupportedError:
    """The error where the number of elements under a mask would have to be known."""
    return UnsupportedError(
        "indexing with a boolean mask gives a shape that depends on data",
        None,
        "Take `np.extract(mask, x)`, which counts the elements first, or of rows `np.compress(mask, x, axis=0)`.",
    )


def select(e: Emitter, x: ArrayValue, mask: ArrayValue) -> Masked:
    """x[mask]: a copy."""
    return Masked(_copy(e, x), _copy(e, mask), mask.value, e.builder.region)


def _copy(e: Emitter, x: ArrayValue) -> ArrayValue:
    copied = e.builder.apply(array.copy, x.value, type=array_type(x.dtype, x.dims), dims=x.dims)
    return ArrayValue(copied, Buffer(), order=result_orders.copied(e, x))


def elementwise(e: Emitter, compute: Callable[..., Abstract], arguments: tuple[Abstract, ...], name: str) -> Masked:
    """An operation on what lies under one mask, numbers, and arrays that broadcast to the axes behind the mask."""
    first = next(a for a in arguments if isinstance(a, Masked))
    behind = first.array.ndim - first.mask.ndim
    whole: list[Abstract] = []
    for argument in arguments:
        if isinstance(argument, Masked):
            if not same_mask(e, argument, first.key):
                raise refuse_shape()
            whole.append(argument.array)
        elif isinstance(argument, ArrayValue) and argument.ndim > behind:
            raise refuse_shape()
        else:
            whole.append(argument)
    result = compute(e, *whole)
    if not isinstance(result, ArrayValue) or result.ndim != first.array.ndim:
        raise UnsupportedError(f"`{name}` of the elements under a mask is not supported")
    return Masked(result, first.mask, first.key, first.home)


def total(e: Emitter, x: Masked) -> ArrayValue:
    """The elements, zero where the mask is False: what a sum runs over."""
    dims = x.array.dims
    operands = (_spread(e, x).value, x.array.value, constant(0, x.array.dtype))
    value = e.builder.apply(scalar.select, *operands, type=array_type(x.array.dtype, dims), dims=dims)
    return ArrayValue(value, Buffer(), order=x.array.order)


def axes(x: Masked, axis: Abstract, keepdims: Abstract) -> Abstract:
    """The axes of the whole array that a reduction of x along `axis` runs over: all, or those of the mask."""
    behind = x.array.ndim - x.mask.ndim
    if keepdims != FALSE or (axis != NONE and not (axis == NAUGHT and (x.mask.ndim == 1 or not behind))):
        raise refuse_shape()
    return axis if behind else NONE


def count(e: Emitter, x: Masked, over: Abstract = NONE) -> Number:
    """How many elements there are, in all or (`over` is not None) along the first axis."""
    counted = e.cast(x.mask if over != NONE else _spread(e, x), "int64")
    assert isinstance(counted, ArrayValue)
    value = e.builder.apply(array.sum_, counted.value, type=Scalar("int64"), axes=tuple(range(counted.ndim)))
    return Number(value, weak=True)


def _spread(e: Emitter, x: Masked) -> ArrayValue:
    """The mask, for each element of the array."""
    mask, dims, behind = x.mask, x.mask.dims, x.array.ndim - x.mask.ndim
    if not behind:
        return mask
    items = ("slice",) * mask.ndim + ("new",) * behind
    operands = [o for _ in dims for o in (ZERO, ONE)]
    type_ = array_type("bool", (*dims, *(ONE,) * behind))
    value = e.builder.apply(array.index, mask.value, *operands, type=type_, dims=(*dims, *(ONE,) * behind), items=items)
    spread = e.builder.apply(
        array.broadcast, value, *x.array.dims, type=array_type("bool", x.array.dims), dims=x.array.dims
    )
    return ArrayValue(spread, Buffer())


def put(e: Emitter, x: ArrayValue, mask: ArrayValue, value: Abstract, *, leading: bool) -> None:
    """x[mask] = value, where the axes of the mask lead; if they were put there (not `leading`), numbers only."""
    behind = x.dims[mask.ndim :]
    match value:
        case Masked():
            if value.array.ndim != x.ndim or not same_mask(e, value, mask.value):
                raise refuse_shape()
            shapes.broadcast_to(e, value.array, x.dims)
            _assign(e, x, mask, value.array, "aligned")
        case ArrayValue() if value.ndim and not leading:
            raise UnsupportedError("storing an array under a mask that is not the first index is not supported")
        case ArrayValue() if value.ndim <= len(behind):
            shapes.broadcast_to(e, value, behind)
            _assign(e, x, mask, e.item(value) if value.ndim == 0 else value, "fill")
        case ArrayValue() if is_const(value.dims[-len(behind) - 1], 1):
            put(e, x, mask, _first(e, value, len(behind)), leading=leading)
        case ArrayValue() if value.ndim == len(behind) + 1:
            dims = (value.dims[0], *behind)
            shapes.broadcast_to(e, value, dims)
            _assign(e, x, mask, _broadcast(e, value, dims), "packed")
        case ArrayValue():
            raise ValueError("NumPy boolean array indexing assignment: too many axes")
        case _:
            _assign(e, x, mask, Number(e.operand(value, x.dtype)), "fill")


def _assign(e: Emitter, x: ArrayValue, mask: ArrayValue, value: ArrayValue | Number, mode: str) -> None:
    converted = e.cast(value, x.dtype)
    operand = converted.value if isinstance(converted, ArrayValue) else e.operand(converted)
    e.builder.effect(array.assign_where, x.value, mask.value, operand, mode=mode)


def _first(e: Emitter, x: ArrayValue, behind: int) -> ArrayValue:
    """x without its leading axes of extent 1."""
    items = ("int",) * (x.ndim - behind) + ("slice",) * behind
    operands: list[Operand] = [ZERO] * (x.ndim - behind)
    operands += [o for _ in range(behind) for o in (ZERO, ONE)]
    dims = x.dims[x.ndim - behind :]
    value = e.builder.apply(array.index, x.value, *operands, type=array_type(x.dtype, dims), dims=dims, items=items)
    return ArrayValue(value, x.buffer, view=True)


def _broadcast(e: Emitter, x: ArrayValue, dims: tuple[Operand, ...]) -> ArrayValue:
    if x.dims == dims:
        return x
    value = e.builder.apply(array.broadcast, x.value, *dims, type=array_type(x.dtype, dims, "A"), dims=dims)
    return ArrayValue(value, x.buffer, view=True, readonly=True)


def same_mask(e: Emitter, x: Masked, mask: Value) -> bool:
    """Is it certain that x was read under this mask?

    It is if both are one array, or were computed alike in this region, and nothing was stored since that matters.
    """
    region, definitions = e.builder.region, e.builder.definitions
    if x.home is not region:
        return False
    if x.key is mask:
        taken = next(k for k, stmt in enumerate(region.body) if x.mask.value in stmt.results)
        return all(target.type.dtype != "bool" for target in _targets(region.body[taken:]))
    compared: list[Stmt] = []

    def equal(one: Operand, other: Operand) -> bool:
        if one == other:
            return True
        first = definitions.get(one) if isinstance(one, Value) else None
        second = definitions.get(other) if isinstance(other, Value) else None
        if not (isinstance(first, Apply) and isinstance(second, Apply)) or one.type != other.type:
            return False
        compared.extend((first, second))
        alike = first.primitive is second.primitive and first.attrs == second.attrs
        return alike and all(map(equal, first.operands, second.operands))

    if not equal(x.key, mask) or not all(stmt in region.body for stmt in compared):
        return False
    return not _targets(region.body[min(map(region.body.index, compared)) :])


def _targets(body: list[Stmt]) -> list[Operand]:
    """The arrays that the statements store into."""
    return [
        s.operands[0]
        for s in statements(Region(body=body))
        if isinstance(s, Apply) and s.primitive.effect is Effect.WRITE
    ]
