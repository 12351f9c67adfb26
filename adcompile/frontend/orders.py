"""NumPy's memory order of every array of the program: what decides between view and copy.

    x                  as its type says: C, F, or neither         Packed((0, 1)), Packed((1, 0)), Loose(not_c, not_f)
    x.T                the axes the other way round               Packed((1, 0))
    x[:, ::2]          distances m, 2                             Strided((m, 2))
    x.T * 2.0          as its operands lie, else C                Packed((1, 0))
    y if c else y.T    known only when the program runs           Loose()

It is not where our own arrays have their elements: what the function makes, and arguments that it stores into, lie in C
order, and lowering maps logical indices. Axes of extent 1 do not count, and of an array without elements nothing
matters, so extents are taken to be at least 1 (those of arguments that are not known to be 1 at least 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from adcompile.frontend.memory_orders import Loose, Order, Packed, Strided
from adcompile.frontend.polynomials import Distance, Least, Polynomial, Variable, constant, plus, sign, times, variable
from adcompile.frontend.values import ArrayValue
from adcompile.ir.nodes import Apply, Const, Operand, Value, is_const
from adcompile.ir.types import Array
from adcompile.ops import memory, scalar

if TYPE_CHECKING:
    from adcompile.frontend.emitter import Emitter
    from adcompile.frontend.indexing import Item

Axes = tuple[int, ...]


def c_order(ndim: int) -> Axes:
    """The last axis is the fastest."""
    return tuple(range(ndim))


def f_order(ndim: int) -> Axes:
    """The first axis is the fastest."""
    return tuple(reversed(range(ndim)))


def of_argument(x: Value) -> Order | None:
    """The order of an argument, which its type tells."""
    type_ = x.type
    if not isinstance(type_, Array) or type_.layout == "C":
        return None
    if type_.layout == "F":
        return Packed(f_order(type_.ndim))
    if type_.layout == "U":
        return Loose(not_c=True, not_f=True)
    return Strided(tuple(variable(Distance(x, axis)) for axis in range(type_.ndim)), not_c=True, not_f=True)


def order_of(x: ArrayValue) -> Order:
    """NumPy's memory order of an array."""
    return x.order or Packed(c_order(x.ndim))


def is_plain_c(x: ArrayValue) -> bool:
    """Is it in C order, by what is known without a proof?"""
    return order_of(x) == Packed(c_order(x.ndim))


def is_c(e: Emitter, x: ArrayValue) -> bool | None:
    """Is it contiguous in C order? None: known only when the program runs."""
    order = order_of(x)
    return False if not isinstance(order, Packed) and order.not_c else _is_packed(e, x, c_order(x.ndim))


def is_f(e: Emitter, x: ArrayValue) -> bool | None:
    """Is it contiguous in F order?"""
    order = order_of(x)
    return False if not isinstance(order, Packed) and order.not_f else _is_packed(e, x, f_order(x.ndim))


def _is_packed(e: Emitter, x: ArrayValue, axes: Axes) -> bool | None:
    if order_of(x) == Packed(axes):
        return True
    least, have = least_of(e, x), distances(e, x)
    expected = constant(1)
    verdict: bool | None = True
    for axis in reversed(axes):
        extent = x.dims[axis]
        if is_const(extent, 0):
            return True
        if not is_const(extent, 1) and have[axis] != expected:
            if _differ(have[axis], expected, least) and longer_than_one(e, extent, least):
                return False
            verdict = None
        expected = times(expected, extent_of(e, extent))
    return verdict


def _differ(one: Polynomial | None, other: Polynomial, least: Least) -> bool:
    return one is not None and sign(plus(one, other, -1), least) in (1, -1)


def longer_than_one(e: Emitter, extent: Operand, least: Least) -> bool:
    """Is the extent surely more than one, if it is not zero?"""
    return sign(plus(extent_of(e, extent), constant(-1)), least) == 1


def distances(e: Emitter, x: ArrayValue) -> tuple[Polynomial | None, ...]:
    """The distances between elements along each axis."""
    match order_of(x):
        case Strided(distances=known):
            return known
        case Packed(axes=axes):
            found: dict[int, Polynomial] = {}
            distance = constant(1)
            for axis in reversed(axes):
                found[axis] = distance
                distance = times(distance, extent_of(e, x.dims[axis]))
            return tuple(found[axis] for axis in range(x.ndim))
        case Loose():
            return (None,) * x.ndim


def extent_of(e: Emitter, extent: Operand, around: frozenset[Operand] = frozenset()) -> Polynomial:
    """An extent, of an array that has elements, as a polynomial.

    `around` are those that it is a part of: one that is known to equal an expression of itself stays a variable.
    """
    extent = e.ints.canonical(extent)
    if isinstance(extent, Const):
        return constant(int(extent.value))
    if extent in around:
        return variable(extent)
    around |= {extent}
    base, offset = e.ints.split(extent)
    if offset and base is not None:
        return plus(extent_of(e, base, around), constant(offset))
    stmt = e.builder.definitions.get(extent)
    if isinstance(stmt, Apply) and len(stmt.operands) == 2:
        one, other = stmt.operands
        if stmt.primitive is scalar.maximum and is_const(other, 0):
            return extent_of(e, one, around)  # it is not zero
        if stmt.primitive is scalar.mul:
            return times(extent_of(e, one, around), extent_of(e, other, around))
        if stmt.primitive in (scalar.add, scalar.sub):
            sign_ = 1 if stmt.primitive is scalar.add else -1
            return plus(extent_of(e, one, around), extent_of(e, other, around), sign_)
    return variable(extent)


def least_of(e: Emitter, *arrays: ArrayValue) -> Least:
    """The least values of what extents are made of, if the arrays have elements."""
    return least_if_there(e, [extent for x in arrays for extent in _there(x)])


def least_if_there(e: Emitter, extents: Iterable[Operand]) -> Least:
    """The least values of what these extents are made of, if none of them is zero."""
    known: dict[Variable, int] = {}
    for extent in extents:
        terms = dict(extent_of(e, extent))
        offset = terms.pop(frozenset(), 0)
        match [(list(monomial), coefficient) for monomial, coefficient in terms.items()]:
            case [([(variable_, 1)], factor)] if factor > 0:
                known[variable_] = max(known.get(variable_, 0), -((offset - 1) // factor))
            case [(factors, 1)] if not offset:
                known.update((each, max(known.get(each, 0), 1)) for each, _ in factors if _is_nonnegative(e, each))

    def least(extent: Variable) -> int | None:
        if isinstance(extent, Distance):
            return None
        low = known.get(extent)
        stmt = e.builder.definitions.get(extent) if isinstance(extent, Value) else None
        if low is not None and isinstance(stmt, Apply) and stmt.primitive is memory.dim:
            return max(low, 2)
        return low if low is not None else 0 if e.ints.is_nonnegative(extent) else None

    return least


def _is_nonnegative(e: Emitter, variable_: Variable) -> bool:
    return not isinstance(variable_, Distance) and e.ints.is_nonnegative(variable_)


def extents_differ(e: Emitter, one: Operand, other: Operand) -> bool:
    """Are two extents surely different, unless they are zero: n and n + m, n and (n + 1) // 2?"""
    least = least_if_there(e, [each for each in (one, other) if not isinstance(each, Const)])
    for x, y in ((one, other), (other, one)):
        stmt = None if isinstance(y, Const) else e.builder.definitions.get(y)
        if isinstance(stmt, Apply) and stmt.primitive is scalar.floordiv:
            divided, divisor = stmt.operands
            if isinstance(divisor, Const) and divisor.value > 1:
                more = times(extent_of(e, x), constant(int(divisor.value)))
                if sign(plus(more, extent_of(e, divided), -1), least) == 1:
                    return True
    return _differ(extent_of(e, one), extent_of(e, other), least)


def transposed(x: ArrayValue, perm: Axes) -> Order:
    """The order of x.transpose(perm)."""
    match order_of(x):
        case Packed(axes=axes):
            return Packed(tuple(perm.index(axis) for axis in axes))
        case Strided(distances=known, there=there, not_c=not_c, not_f=not_f):
            flags = (not_f, not_c) if perm == f_order(x.ndim) else (False, False)
            return Strided(tuple(known[axis] for axis in perm), there, *flags)
        case Loose(not_c=not_c, not_f=not_f):
            return Loose(not_f, not_c) if perm == f_order(x.ndim) else Loose()


def indexed(e: Emitter, x: ArrayValue, items: Sequence[Item]) -> Order:
    """The order of a view by basic indexing."""
    order = order_of(x)
    taken = [item for item in items if item.kind != "new"]
    same = all(item.full or is_const(extent, 1) for item, extent in zip(taken, x.dims, strict=True))
    if isinstance(order, Loose) and same:
        return order
    if order == Packed(c_order(x.ndim)) and _stays_c(taken):
        return Packed(c_order(sum(item.kind != "int" for item in items)))
    found: list[Polynomial | None] = []
    axes = iter(distances(e, x))
    for item in items:
        if item.kind == "new":
            found.append(constant(0))
            continue
        distance = next(axes)
        if item.kind == "slice":
            step = item.operands[1]
            known = distance is not None and isinstance(step, Const)
            found.append(times(distance, constant(int(step.value))) if known else None)  # type: ignore[arg-type, union-attr]
    flags = (order.not_c, order.not_f) if same and isinstance(order, Strided) else (False, False)
    return Strided(tuple(found), _there(x), *flags)


def _stays_c(taken: Sequence[Item]) -> bool:
    """C order survives leading ints, then one slice without gaps, then whole axes."""
    ints = next((k for k, item in enumerate(taken) if item.kind != "int"), len(taken))
    head, rest = taken[ints : ints + 1], taken[ints + 1 :]
    return all(is_const(item.operands[1], 1) for item in head) and all(item.full for item in rest)


def stretched(e: Emitter, x: ArrayValue, dims: tuple[Operand, ...]) -> Order:
    """The order of np.broadcast_to(x, dims)."""
    added = len(dims) - x.ndim
    own = [
        constant(0) if is_const(d, 1) and not is_const(wanted, 1) else distance
        for d, wanted, distance in zip(x.dims, dims[added:], distances(e, x), strict=True)
    ]
    return Strided((*[constant(0)] * added, *own), _there(x))


def on_diagonal(e: Emitter, x: ArrayValue) -> Order:
    """The order of a diagonal of the last two axes."""
    *others, down, right = distances(e, x)
    along = plus(down, right) if down is not None and right is not None else None
    return Strided((*others, along), _there(x))


def settled(e: Emitter, x: ArrayValue) -> Order | None:
    """The order of x in the simplest words."""
    if not isinstance(x.order, Strided):
        return x.order
    c, f = is_c(e, x), is_f(e, x)
    if c or f:
        return Packed(c_order(x.ndim) if c else f_order(x.ndim))
    return replace(x.order, not_c=c is False, not_f=f is False)


def plain(x: ArrayValue) -> Packed | Loose:
    """The order in words that hold wherever the name of the array goes, as long as the number of axes is the same."""
    order = order_of(x)
    return Loose(order.not_c, order.not_f) if isinstance(order, Strided) else order


def common_order(one: Packed | Loose, other: Packed | Loose) -> Packed | Loose:
    """What holds for both."""
    if one == other:
        return one
    loose = [each for each in (one, other) if isinstance(each, Loose)]
    return Loose(all(each.not_c for each in loose), all(each.not_f for each in loose)) if len(loose) == 2 else Loose()


def _there(x: ArrayValue) -> frozenset[Operand]:
    order = order_of(x)
    return frozenset(x.dims) | (order.there if isinstance(order, Strided) else frozenset())


def neighbours_merge(e: Emitter, x: ArrayValue, axes: Sequence[int]) -> bool | None:
    """Can the axes be counted through as one: is every distance that of the next one times its extent?"""
    least, have = least_of(e, x), distances(e, x)
    verdict: bool | None = True
    for outer, inner in pairwise(axes):
        far, near = have[outer], have[inner]
        whole = times(near, extent_of(e, x.dims[inner])) if near is not None else None
        if far is None or whole is None:
            verdict = None
        elif far != whole:
            if _differ(far, whole, least) and all(longer_than_one(e, x.dims[k], least) for k in (outer, inner)):
                return False
            verdict = None
    return verdict


def nested(one: Polynomial | None, other: Polynomial | None) -> bool | None:
    """Are neighbours farther apart by the first distance (True) or the second one, of an argument of layout S or T?

    Both may be multiples: a slice has two elements along an axis only if the axis of the argument reaches farther.
    """
    first, second = _multiplied(one), _multiplied(other)
    if first is None or second is None or first.array is not second.array or first.axis == second.axis:
        return None
    type_ = first.array.type
    layout = type_.layout if isinstance(type_, Array) else ""
    return (first.axis < second.axis) == (layout == "S") if layout in ("S", "T") else None


def _multiplied(p: Polynomial | None) -> Distance | None:
    """The distance that a polynomial is a multiple of."""
    match [[*monomial] for monomial, _ in p or ()]:
        case [[(Distance() as found, 1)]]:
            return found
        case _:
            return None
