"""Which arrays may be written to: those the function made, under one name.

    y = np.zeros(n); y[0] = x           fine
    x[0] = 0.0                          x is an argument: refused
    z = y; z[0] = 0.0                   two names for one array: refused
    row = y[0]; row[1] = 0.0; use y     written through a view that has a name while the base is used: refused

Views that are only read are fine: the graph has them as views, and memory keeps its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adcompile.errors import UnsupportedError
from adcompile.frontend.scope import Frame
from adcompile.frontend.values import Abstract, ArrayValue, Buffer, LocalFunction, children


def check_store(frames: Iterable[Frame], target: ArrayValue) -> None:
    """Refuse a store into `target` unless it is certain which arrays it changes."""
    buffer = target.buffer
    copy = f"Work on a copy: `{buffer.name} = {buffer.name}.copy()`." if buffer.name else "Work on a copy."
    if buffer.owner == "argument":
        raise UnsupportedError(f"this function writes into its argument `{buffer.name}`", None, copy)
    if buffer.owner == "captured":
        raise UnsupportedError(f"this writes into `{buffer.name}`, an array of the enclosing scope", None, copy)
    if target.readonly:
        raise ValueError("assignment destination is read-only")
    if buffer.frozen:
        raise UnsupportedError(f"this writes into an array that {buffer.frozen}", None, "Write into a copy of it.")
    held = list(holders(frames, buffer))
    mine = [each for each in held if each.value is target.value]
    bases = [each for each in held if not each.view]
    if len(mine) > 1 or len({id(b.value) for b in bases}) < len(bases):
        raise UnsupportedError("this writes into an array that has a second name", None, "Write into a copy of it.")
    if mine and target.view and len(held) > 1:
        raise UnsupportedError(
            "this writes through a named view, while other names see the same memory",
            None,
            "Index the array itself on the left: `y[1:][0] = v` becomes `y[1] = v`.",
        )


def solely_held(frames: Iterable[Frame], array: ArrayValue, names: int) -> bool:
    """Is it an array of the function's own, reachable under no more than this many names?"""
    buffer = array.buffer
    if buffer.owner != "local" or buffer.frozen or array.view:
        return False
    return sum(1 for _ in holders(frames, buffer)) <= names


def holders(frames: Iterable[Frame], buffer: Buffer) -> Iterator[ArrayValue]:
    """The arrays on this buffer that names of the active calls can reach, once for each name or container entry."""
    seen: set[Frame] = set()
    for frame in frames:
        yield from _in_frame(frame, buffer, seen)


def _in_frame(frame: Frame, buffer: Buffer, seen: set[Frame]) -> Iterator[ArrayValue]:
    if frame in seen:
        return
    seen.add(frame)
    if frame.parent is not None:
        yield from _in_frame(frame.parent, buffer, seen)
    for value in list(frame.names.values()):
        yield from _in_value(value, buffer, seen)


def _in_value(value: Abstract, buffer: Buffer, seen: set[Frame]) -> Iterator[ArrayValue]:
    if isinstance(value, ArrayValue):
        if value.buffer is buffer:
            yield value
        return
    if isinstance(value, LocalFunction):
        yield from _in_frame(value.frame, buffer, seen)
    for child in children(value):
        yield from _in_value(child, buffer, seen)
