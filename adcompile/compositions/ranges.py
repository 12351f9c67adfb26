"""Items and slices of a `range`, as Python has them.

range(n)[::-1]        range(n - 1, -1, -1)
range(2, n)[1:]       range(3, n)
"""

from __future__ import annotations

from typing import Any


def item(start: Any, stop: Any, step: Any, k: Any) -> Any:
    """`range(start, stop, step)[k]`."""
    count = len(range(start, stop, step))
    if k < -count or k >= count:
        raise IndexError("range object index out of range")
    return start + (k + count if k < 0 else k) * step


def part(start: Any, stop: Any, step: Any, low: Any, high: Any, stride: Any) -> Any:
    """`range(start, stop, step)[low:high:stride]`, with a stride that is known."""
    stride = 1 if stride is None else stride
    if stride == 0:
        raise ValueError("slice step cannot be zero")
    count = len(range(start, stop, step))
    first, last = (0, count) if stride > 0 else (count - 1, -1)
    least, most = min(first, last), max(first, last)
    if low is not None:
        first = _within(low, count, least, most)
    if high is not None:
        last = _within(high, count, least, most)
    return range(start + first * step, start + last * step, step * stride)


def _within(bound: Any, count: Any, least: Any, most: Any) -> Any:
    """A bound of a slice, counted from the front."""
    return max(bound + count, least) if bound < 0 else min(bound, most)
