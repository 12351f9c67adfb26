"""Block sums: long sums are added up in blocks of 128, so that they are as accurate as NumPy's. Rewrites in place.

    (s.1) = for i in range(0, n, 1)                   (s.1) = for b in range(0, n, 128) carrying (t = 0.0):
            carrying (s = 0.0):  # sums                   e = b + 128
        v: float64 = load(x, i)                           m = np.minimum(e, n)
        u: float64 = s + v                                (s.2) = for i in range(b, m, 1) carrying (s = 0.0):
        yield u                                               v: float64 = load(x, i)
                                                              u: float64 = s + v
                                                              yield u
                                                          w: float64 = t + s.2
                                                          yield w

The error of a sum of n terms grows like n when they are added one by one, and like n / 128 + 128 in blocks (Higham,
*Accuracy and Stability of Numerical Algorithms*, 2002, 4.2); NumPy also adds blocks of 128 one by one. The same holds
of cotangents: that of a number which an array operation reads for every element (the largest one in a `logsumexp`) is
the sum over these, as whoever writes the derivative in NumPy adds them up. What the user's own loops add up, and the
cotangents in their reverse, keep the order of these loops. A sum that is
repeated in a loop around it is left alone: the sum of a row is short as a rule, and a sum over several axes has an
accumulator for each row already.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from adcompile.facts.sums import is_sum
from adcompile.ir.builder import Builder
from adcompile.ir.loops import carried, index_of, params_of, sums_of, trip_region
from adcompile.ir.nodes import (
    Apply,
    Const,
    For,
    Function,
    If,
    Operand,
    Region,
    Stmt,
    Value,
    While,
    integer,
    is_const,
    name_of,
    zero,
)
from adcompile.ir.types import INT, is_float
from adcompile.ir.walk import statements
from adcompile.ops import scalar

BLOCK = 128


def block_sums(function: Function) -> Function:
    """Split the loops that only add up into blocks."""
    _split_region(function.region)
    return function


def _split_region(region: Region) -> None:
    region.body = [_split_statement(stmt) for stmt in region.body]


def _split_statement(stmt: Stmt) -> Stmt:
    match stmt:
        case For():
            known = _with_cotangents(stmt)
            return _split(known) if _is_long_sum(known) else stmt
        case If():
            _split_region(stmt.then)
            _split_region(stmt.orelse)
            return stmt
        case Apply() | While():
            return stmt
        case _:
            assert_never(stmt)


def _with_cotangents(loop: For) -> For:
    """The loop of an array operation, with what it carries known to be sums."""
    if not loop.order_free or loop.exits or not loop.inits:
        return loop
    slots = zip(sums_of(loop), carried(loop), strict=True)
    sums = (known or (is_float(s.param.type) and is_sum(loop.body, s.param, s.yielded)) for known, s in slots)
    return replace(loop, sums=tuple(sums))


def _is_long_sum(loop: For) -> bool:
    if not loop.sums or not all(loop.sums) or loop.exits:
        return False
    if not any(is_float(p.type) for p in params_of(loop)):
        return False  # integers are exact in any order
    if not is_const(loop.start, 0) or not is_const(loop.step, 1):
        return False
    if isinstance(loop.stop, Const) and loop.stop.value <= BLOCK:
        return False
    return not any(isinstance(s, For) and any(s.sums) for s in statements(loop.body))


def _split(loop: For) -> For:
    """The loop over blocks; the loop itself becomes the one inside a block."""
    index, totals = index_of(loop), params_of(loop)
    block = Value(INT, f"{index.hint}0" if index.hint else "", loc=index.loc)
    entering = tuple(Value(t.type, loc=t.loc, **name_of(t)) for t in totals)
    outer = trip_region(block, entering)
    builder = Builder(outer)
    with builder.at(loop.loc):
        end = builder.apply(scalar.add, block, integer(BLOCK), type=INT)
        last = builder.apply(scalar.minimum, end, loop.stop, type=INT)
        partial = builder.for_(
            (block, last, loop.step),
            tuple(zero(t.type) for t in totals),
            loop.body,
            order_free=loop.order_free,
            sums=loop.sums,
            backward=loop.backward,
        )
        outer.yields = tuple(_add(builder, total, part) for total, part in zip(entering, partial, strict=True))
    return replace(loop, step=integer(BLOCK), body=outer)


def _add(builder: Builder, total: Operand, part: Operand) -> Value:
    return builder.apply(scalar.add, total, part, type=total.type)
