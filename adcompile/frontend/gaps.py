"""Do the axes of an array merge? Computed when the program runs, of the distances of its arguments.

x.reshape(-1) of an argument of layout S       x.strides[0] != m * x.strides[1], if neither extent is 1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from adcompile.frontend.ints import ONE, ZERO
from adcompile.frontend.orders import distances
from adcompile.frontend.polynomials import Distance, Polynomial, Variable
from adcompile.frontend.values import ArrayValue
from adcompile.ir.nodes import Const, Operand, Value, boolean, integer, is_const
from adcompile.ir.types import INT
from adcompile.ops import memory, scalar

if TYPE_CHECKING:
    from adcompile.frontend.emitter import Emitter


def gaps(e: Emitter, x: ArrayValue, dims: Sequence[Operand] = (), *, packed: bool) -> Operand | None:
    """Computed when the program runs: do the axes not merge in C order (and, if `packed`, side by side)?

    Two neighbours need not merge where an axis of the new shape `dims` ends between them, too: where as many elements
    lie behind. None if the distances cannot be computed.
    """
    ends = [e.ints.product(tuple(dims[k:])) for k in range(1, len(dims))]
    have = [None if d is None else _emitted(e, d) for d in distances(e, x)]
    found: Operand = boolean(False)
    started: Operand = boolean(packed)
    expected: Operand = ONE
    behind: Operand = ONE
    for distance, extent in zip(reversed(have), reversed(x.dims), strict=True):
        if is_const(extent, 1):
            continue
        if distance is None:
            return None
        long = e.ints.compare(scalar.ne, extent, ONE)
        apart = e.ints.compare(scalar.ne, distance, expected)
        for end in ends:
            apart = _all(e, apart, e.ints.compare(scalar.ne, behind, end))
        found = _any(e, found, _all(e, long, _all(e, started, apart)))
        expected = e.ints.select(long, e.ints.mul(distance, extent), expected)
        started = _any(e, started, long)
        behind = e.ints.mul(behind, extent)
    return found


def _emitted(e: Emitter, p: Polynomial) -> Operand | None:
    """A polynomial as an operand, if all of it is in scope."""
    total: Operand = ZERO
    for factors, coefficient in _in_order(e, p):
        term: Operand = integer(coefficient)
        for extent in factors:
            if isinstance(extent, Distance):
                extent = _asked(e, extent)
            elif not e.builder.sees(extent):
                return None
            term = e.ints.mul(term, extent)
        total = e.ints.add(total, term)
    return total


def _in_order(e: Emitter, p: Polynomial) -> list[tuple[list[Variable], int]]:
    """The factors of every term, in an order that is the same in every process."""
    several = len({each for monomial, _ in p for each, _ in monomial}) > 1
    positions = {value: k for k, value in enumerate(e.builder.homes)} if several else {}

    def key(x: Variable) -> tuple[int, str, int]:
        if isinstance(x, Distance):
            return -2, x.array.hint, x.axis
        return (positions.get(x, -1), x.hint, 0) if isinstance(x, Value) else (-3, "", 0)

    terms = [(sorted([x for x, power in m for _ in range(power)], key=key), coefficient) for m, coefficient in p]
    return sorted(terms, key=lambda term: [key(x) for x in term[0]])


def _asked(e: Emitter, distance: Distance) -> Operand:
    with e.before_everything():
        return e.builder.apply(memory.stride, distance.array, type=INT, axis=distance.axis)


def _all(e: Emitter, one: Operand, other: Operand) -> Operand:
    if isinstance(one, Const) or isinstance(other, Const):
        known, rest = (one, other) if isinstance(one, Const) else (other, one)
        return rest if known == boolean(True) else boolean(False)
    return e.ints.pure(scalar.and_, one, other)


def _any(e: Emitter, one: Operand, other: Operand) -> Operand:
    if isinstance(one, Const) or isinstance(other, Const):
        known, rest = (one, other) if isinstance(one, Const) else (other, one)
        return rest if known == boolean(False) else boolean(True)
    return e.ints.pure(scalar.or_, one, other)
