"""Calls of functions that a Numba decorator declares something of: as declared, or refused.

@njit("float64(float64[:], float64)")
def scaled(x, k): return x.sum() * k

scaled(x, 2)            scaled(x, 2.0)
scaled(x32, 2.0)        refused: Numba casts nothing but numbers
"""

from __future__ import annotations

from adcompile.declared import Declaration, Kind, fitting, told
from adcompile.errors import UnsupportedError
from adcompile.frontend import promote
from adcompile.frontend.scope import positional
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Abstract, ArrayValue, UserFunction, describe, is_number
from adcompile.source import read_source


def arguments(
    t: Tracer, function: UserFunction, declared: Declaration, args: list[Abstract], keywords: dict[str, Abstract]
) -> tuple[list[Abstract], Kind]:
    """The arguments as they are declared, in order, and what the result is declared to be."""
    name = function.function.__name__
    if declared.locals:
        raise UnsupportedError(
            f"`{name}` declares the type of `{declared.locals[0]}` (`locals=`), which is not followed",
            None,
            "Leave `locals` out; what it rounds can be written in the function: `np.float32(s)`.",
        )
    names = positional(read_source(function.function).node.args)
    ordered = [*args, *(keywords[each] for each in names[len(args) :] if each in keywords)]
    found = fitting(declared, [_described(each) for each in ordered])
    if found is None or len(ordered) < len(args) + len(keywords):
        raise UnsupportedError(
            f"`{name}` is declared for {told(declared)}, and Numba would cast other arguments or refuse them",
            None,
            "Leave the types out of the decorator, or convert the arguments to float64, int64 or bool yourself.",
        )
    kinds, result = found
    return [
        t.cast(each, kind.dtype, weak=True) if kind.ndim is None else each
        for each, kind in zip(ordered, kinds, strict=True)
    ], result


def result(t: Tracer, function: UserFunction, declared: Kind, value: Abstract) -> Abstract:
    """What comes back, as it is declared."""
    if declared.name == "none":
        return value
    if declared.ndim is None and declared.dtype and is_number(value):
        return t.cast(value, declared.dtype, weak=True)
    if isinstance(value, ArrayValue) and (value.dtype, value.ndim) == (declared.dtype, declared.ndim):
        return value
    raise UnsupportedError(
        f"`{function.function.__name__}` is declared to return {declared.name}, and gives {describe(value)}",
        None,
        "Leave the types out of the decorator.",
    )


def _described(value: Abstract) -> tuple[str, int | None]:
    if isinstance(value, ArrayValue):
        return value.dtype, value.ndim
    return (promote.dtype_of(value) if is_number(value) else describe(value)), None
