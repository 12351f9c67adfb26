"""Methods and attributes that are refused, by the type that has them: why, and what to do instead."""

from __future__ import annotations

from adcompile.catalogue.entries import Refusal

_MEMORY = "it is about how an array lies in memory"
_WRITES = "nothing is written while a gradient runs"
_ORDER = "the order that it gives is not defined"
_DIGITS = "it takes a number apart"
_NO_SETS = "sets have no order that a compiled program could keep"

MEMBERS: dict[str, tuple[Refusal, ...]] = {
    "ndarray": (
        Refusal("argpartition partition", _ORDER, "Use `np.sort` or `np.argsort`."),
        Refusal("base ctypes data flags strides setflags", _MEMORY, "Compute with the elements."),
        Refusal("byteswap getfield setfield view", _MEMORY, "Convert the numbers: `x.astype(...)`."),
        Refusal("device to_device", "arrays lie in the memory of the processor", "Leave it out."),
        Refusal("dump dumps tobytes tofile", _WRITES, "Return the array, and write it afterwards."),
        Refusal("flat", "it is an iterator", "Use `x.ravel()`; to store, `x.reshape(-1)[k] = ...`."),
        Refusal("imag", "complex values are not supported", "It is zero: `np.zeros_like(x)`."),
        Refusal("put", "there is no rule for it", "Store by an index: `x.reshape(-1)[indices] = values`."),
        Refusal("resize", "an array keeps its size", "Make a larger one: `y = np.zeros(n)`, `y[: len(x)] = x`."),
    ),
    "float": (
        Refusal("as_integer_ratio hex fromhex", _DIGITS, "Compute with the number itself."),
        Refusal("is_integer", "there is no rule for it", "Write `v == math.floor(v)`."),
        Refusal("real conjugate", "complex values are not supported", "Leave it out: a float is its own."),
        Refusal("imag", "complex values are not supported", "It is zero: `0.0`."),
    ),
    "int": (
        Refusal("bit_length bit_count to_bytes from_bytes", _DIGITS, "Count in a loop with `>>` and `&`."),
        Refusal("as_integer_ratio numerator denominator", _DIGITS, "An integer is its own numerator over 1."),
        Refusal("real conjugate", "complex values are not supported", "Leave it out: an integer is its own."),
        Refusal("imag", "complex values are not supported", "It is zero: `0`."),
        Refusal("is_integer", "there is no rule for it", "It is `True`."),
    ),
    "list": (),
    "tuple": (),
    "dict": (Refusal("fromkeys", "there is no rule for it", "Write a comprehension: `{key: value for key in keys}`."),),
    "range": (
        Refusal("count index", "there is no rule for it", "Compute it from `start` and `step`."),
        Refusal("start stop step", "there is no rule for it", "Give them names before: `range(start, stop, step)`."),
    ),
    "set": (Refusal("add update", _NO_SETS, "Use a dict, or a list."),),
}


def refusal(kind: str, name: str) -> Refusal | None:
    """Why a member of a type is refused, if that is known."""
    return next((each for each in MEMBERS.get(kind, ()) if name in each.names.split()), None)
