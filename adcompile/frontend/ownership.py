"""What may be changed: the function's own arrays and its arguments, by whatever name; not what it captures.

    y = np.zeros(n); z = y; z[0] = 1.0      fine: one array, two names
    x[0] = 0.0                              x is an argument: the function works on a copy, made on entry
    W[0] = 0.0                              W is a global: refused, a call would change the next one

Lists, dicts and objects: see `contents`.

Which names mean which memory is not decided here: the graph has aliases and views as they are.
"""

from __future__ import annotations

from adcompile.errors import UnsupportedError
from adcompile.frontend.values import ArrayValue, Buffer


def check_store(target: ArrayValue) -> None:
    """Refuse a store into memory that is not the function's to change."""
    buffer = target.buffer
    if buffer.owner == "captured":
        advice = f"Work on a copy: `{buffer.name} = {buffer.name}.copy()`."
        raise UnsupportedError(f"this writes into `{buffer.name}`, an array of the enclosing scope", None, advice)
    if target.readonly:
        raise ValueError("assignment destination is read-only")


def merge(one: Buffer, other: Buffer) -> Buffer:
    """The buffer of a name that may mean either array: `one` itself if that says enough already."""
    if _facts(one) == _facts(other) or one is other:
        return one
    locked = other if one.owner != "captured" and other.owner == "captured" else one
    return one if _facts(locked) == _facts(one) else Buffer(locked.owner, locked.name)


def _facts(buffer: Buffer) -> tuple[object, ...]:
    """What decides about stores. Names of arrays that may be written to do not matter."""
    captured = buffer.owner == "captured"
    return captured, buffer.name if captured else ""
