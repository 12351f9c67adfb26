"""The memory order of what NumPy computes: like its operands where they agree ("K"), else C order.

    x.T * 2.0                       F for x in C order
    x.T * x2                        C: of two orders that disagree it wins
    x[:, :1] * row                  C: where an axis of one operand is stretched, it has no opinion
    x3.transpose(2, 0, 1).sum(2)    the axes that are left, as they lie
    np.copy(x.T), x.T.astype(t)     F: the same without gaps

NumPy sorts the axes by the distances of all operands (`npyiter_find_best_axis_ordering`,
`PyArray_CreateMultiSortedStridePerm`); so does this, with what is known of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from adcompile.frontend.memory_orders import Loose, Order, Packed
from adcompile.frontend.orders import c_order, distances, f_order, is_c, is_f, is_plain_c, least_of, nested
from adcompile.frontend.polynomials import Polynomial, constant, never_negative, plus, sign
from adcompile.frontend.values import ArrayValue
from adcompile.ir.nodes import Operand, is_const

if TYPE_CHECKING:
    from adcompile.frontend.emitter import Emitter
    from adcompile.frontend.indexing import Item


class Vote(Enum):
    """Shall two axes be swapped, so that the one that is faster in C order becomes the slower one?"""

    KEEP = "keep"
    SWAP = "swap"
    UNKNOWN = "unknown"
    NONE = "none"


def kept(e: Emitter, arrays: Sequence[ArrayValue], dims: tuple[Operand, ...]) -> Order | None:
    """The order of what NumPy computes element by element: that of the operands, where they agree, else C order."""
    if len(dims) < 2 or all(is_plain_c(a) for a in arrays):
        return None
    ballots = [_Ballot(e, a, _last(a, len(dims)), zeros_count=False) for a in arrays]
    slow_first = _sorted([*f_order(len(dims))], lambda slow, fast: _vote(ballots, slow, fast))
    return Loose() if slow_first is None else Packed(tuple(reversed(slow_first)))


def reduced(e: Emitter, x: ArrayValue, axes: Sequence[int]) -> Order | None:
    """The order of a reduction of x over some axes, which are not kept."""
    left = [axis for axis in range(x.ndim) if axis not in axes]
    order = kept(e, [x], x.dims) if len(left) > 1 else None
    if not isinstance(order, Packed):
        return order
    return Packed(tuple(left.index(axis) for axis in order.axes if axis in left))


def joined(e: Emitter, parts: Sequence[ArrayValue], ndim: int) -> Order | None:
    """The order of np.concatenate(parts)."""
    if ndim < 2 or all(is_plain_c(a) for a in parts):
        return None
    ballots = [_Ballot(e, a, _last(a, ndim), zeros_count=True) for a in parts]
    found = _sorted([*c_order(ndim)], lambda fast, slow: _vote(ballots, slow, fast))
    return Loose() if found is None else Packed(tuple(found))


def copied(e: Emitter, x: ArrayValue) -> Order | None:
    """The order of np.copy(x): that of x without the gaps."""
    c, f = is_c(e, x), is_f(e, x)
    if c or x.ndim < 2:
        return None
    if c is None or f is None:
        return Loose()
    return Packed(f_order(x.ndim)) if f else joined(e, [x], x.ndim)


def gathered(e: Emitter, x: ArrayValue, items: Sequence[Item], front: int, ndim: int) -> Order | None:
    """The order of x at integer arrays: their axes are the slowest ones, then come the other axes as they lie."""
    if ndim < 2:
        return None
    plain = [item.kind for item in items if item.kind in ("slice", "new")]
    axis = 0
    axes: list[int | None] = []
    for item in items:
        axes += [axis] if item.kind == "slice" else [None] if item.kind == "new" else []
        axis += item.kind != "new"
    width = ndim - len(plain)
    places = [k if k < front else k + width for k in range(len(plain))]
    kept_ = kept(e, [x], x.dims)
    if kept_ is not None and not isinstance(kept_, Packed):
        return kept_
    order = kept_.axes if kept_ is not None else c_order(x.ndim)
    slow_first = sorted(range(len(plain)), key=lambda k: -1 if axes[k] is None else order.index(axes[k]))
    return Packed((*range(front, front + width), *(places[k] for k in slow_first)))


def contracted(
    e: Emitter, operands: Sequence[tuple[ArrayValue, Sequence[str]]], output: Sequence[str], rest: Sequence[str]
) -> Order | None:
    """The order of a sum of products, labels for axes: `output` are those of the result, `rest` are summed."""
    labels = [*output, *rest]
    places = [[own.index(label) if label in own else None for label in labels] for _, own in operands]
    ballots = [_Ballot(e, x, axes, zeros_count=False) for (x, _), axes in zip(operands, places, strict=True)]
    slow_first = _sorted([*f_order(len(labels))], lambda slow, fast: _vote(ballots, slow, fast))
    if slow_first is None:
        return Loose() if len(output) > 1 else None
    return Packed(tuple(axis for axis in reversed(slow_first) if axis < len(output)))


def _last(x: ArrayValue, ndim: int) -> list[int | None]:
    """The axes of x as the last ones of `ndim`."""
    return [*[None] * (ndim - x.ndim), *range(x.ndim)]


class _Ballot:
    """What one operand has to say."""

    def __init__(self, e: Emitter, x: ArrayValue, axes: Sequence[int | None], *, zeros_count: bool) -> None:
        """`axes` are those of x that stand for the axes of the result; None: it is the same along this one."""
        self.least, self.zeros_count, have = least_of(e, x), zeros_count, distances(e, x)
        self.distances = [constant(0) if axis is None else have[axis] for axis in axes]
        self.sizes = [self._size(distance) for distance in self.distances]
        self.ones = [axis is None or is_const(x.dims[axis], 1) for axis in axes]

    def _size(self, distance: Polynomial | None) -> Polynomial | None:
        """The absolute value of a distance; None if it is not known."""
        if distance is None or never_negative(distance, self.least):
            return distance
        return plus(constant(0), distance, -1) if sign(distance, self.least) == -1 else None

    def vote(self, slow: int, fast: int) -> Vote:
        one, other = self.sizes[slow], self.sizes[fast]
        zero = one == constant(0) or other == constant(0)
        if self.ones[slow] or self.ones[fast] or (zero and not self.zeros_count):
            return Vote.NONE
        if one is None or other is None:
            farther = nested(self.distances[slow], self.distances[fast])
            return Vote.UNKNOWN if farther is None else Vote.KEEP if farther else Vote.SWAP
        if never_negative(plus(one, other, -1), self.least):
            return Vote.KEEP
        return Vote.SWAP if sign(plus(other, one, -1), self.least) == 1 else Vote.UNKNOWN


def _vote(ballots: Sequence[_Ballot], slow: int, fast: int) -> Vote:
    """The result: C order wins."""
    votes = {ballot.vote(slow, fast) for ballot in ballots}
    return next((each for each in (Vote.KEEP, Vote.UNKNOWN, Vote.SWAP) if each in votes), Vote.NONE)


def _sorted(axes: list[int], vote: Callable[[int, int], Vote]) -> list[int] | None:
    """NumPy's insertion sort, by the vote on an axis and one before it. None if a vote is not known."""
    for here in range(1, len(axes)):
        place = here
        for before in range(here - 1, -1, -1):
            match vote(axes[here], axes[before]):
                case Vote.UNKNOWN:
                    return None
                case Vote.KEEP:
                    break
                case Vote.SWAP:
                    place = before
        axes.insert(place, axes.pop(here))
    return axes
