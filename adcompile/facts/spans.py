"""Spans of integers, and what arithmetic makes of them: [0, 9] * [-1, 2] is [-9, 18].

Ends are Python's integers, so a span may reach beyond 64 bits: then so may the operation that it is of.
(Interval arithmetic: Moore, *Interval Analysis*, 1966.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOATS
from adcompile.ops import scalar


class Span(NamedTuple):
    """All integers from `low` to `high`, both included."""

    low: int
    high: int

    def holds(self, other: Span) -> bool:
        """Is the other span part of this one?"""
        return self.low <= other.low and other.high <= self.high

    def meet(self, other: Span) -> Span:
        """What both have in common; this span if that is nothing (the place is never reached)."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Span(low, high) if low <= high else self


INT64 = Span(-(2**63), 2**63 - 1)


def of_dtype(dtype: str) -> Span:
    """What a dtype can hold; for floats, what can become of one that is converted to int64."""
    if dtype == "bool":
        return Span(0, 1)
    if dtype in FLOATS:
        return INT64
    limits = np.iinfo(dtype)
    return Span(int(limits.min), int(limits.max))


def hull(spans: Iterable[Span]) -> Span:
    """The smallest span that holds all of them."""
    lows, highs = zip(*spans, strict=True)
    return Span(min(lows), max(highs))


def _add(x: Span, y: Span) -> Span:
    return Span(x.low + y.low, x.high + y.high)


def _sub(x: Span, y: Span) -> Span:
    return Span(x.low - y.high, x.high - y.low)


def _mul(x: Span, y: Span) -> Span:
    ends = [p * q for p in x for q in y]
    return Span(min(ends), max(ends))


def _neg(x: Span) -> Span:
    return Span(-x.high, -x.low)


def _abs(x: Span) -> Span:
    return Span(0 if x.low <= 0 <= x.high else min(map(abs, x)), max(map(abs, x)))


def _floordiv(x: Span, y: Span) -> Span | None:
    if y.low <= 0 <= y.high:
        return None
    ends = [p // q for p in x for q in y]
    return Span(min(ends), max(ends))


def _mod(x: Span, y: Span) -> Span | None:
    if y.low <= 0 <= y.high:
        return None
    if y.low > 0:
        return Span(0, min(x.high, y.high - 1) if x.low >= 0 else y.high - 1)
    return Span(y.low + 1, 0)


def _lshift(x: Span, y: Span) -> Span | None:
    return _mul(x, Span(1 << y.low, 1 << y.high)) if y.low >= 0 and y.high < 64 else None


def _rshift(x: Span, y: Span) -> Span | None:
    if y.low < 0 or y.high > 63:
        return None
    ends = [p >> q for p in x for q in y]
    return Span(min(ends), max(ends))


def _pow(x: Span, y: Span) -> Span | None:
    if y.low < 0 or y.high > 64:
        return None
    ends = [abs(p) ** y.high for p in x]
    return Span(min(x.low, 0) and -max(ends), max(*ends, 1))


def _bitand(x: Span, y: Span) -> Span:
    highs = [each.high for each in (x, y) if each.low >= 0]
    return Span(0, min(highs)) if highs else INT64


SPANS: dict[Primitive, Callable[..., Span | None]] = {
    scalar.add: _add,
    scalar.sub: _sub,
    scalar.mul: _mul,
    scalar.neg: _neg,
    scalar.abs_: _abs,
    scalar.floordiv: _floordiv,
    scalar.mod: _mod,
    scalar.lshift: _lshift,
    scalar.rshift: _rshift,
    scalar.pow_: _pow,
    scalar.bitand: _bitand,
    scalar.invert: lambda x: Span(~x.high, ~x.low),
    scalar.maximum: lambda x, y: Span(max(x.low, y.low), max(x.high, y.high)),
    scalar.minimum: lambda x, y: Span(min(x.low, y.low), min(x.high, y.high)),
    scalar.sign: lambda x: Span(-1, 1),
    scalar.stop: lambda x: x,
    scalar.cast: lambda x: x,
}
