"""Arithmetic with a promise, in code that Numba compiles.

x[_index(i)]         i is not negative: Numba takes an unsigned index as it is; to a signed one it adds the length
                     where it is negative, which LLVM cannot vectorise well
s = _add(s, v)       a sum whose order is open: LLVM may keep several partial sums, one for each lane of a register
                     (`reassoc`), which is what NumPy does; inf and nan come out as ever
m = _maximum(m, v)   one instruction of LLVM, which it knows how to vectorise, instead of comparisons; of two zeros
                     of different sign it gives the greater one
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

EXTREMES = frozenset(("maximum", "minimum"))
# What an intrinsic gives for types it is used with: a signature and what generates the code.
Typed = tuple[Any, Callable[..., Any]]


@functools.cache
def index() -> Any:
    """A function that takes an integer that is not negative and returns it."""
    from numba.core import types
    from numba.extending import intrinsic

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.cast(builder, args[0], signature.args[0], signature.return_type)

    def typed(typing_context: Any, value: Any) -> Typed:
        return types.uint64(value), generate

    return intrinsic(typed)


@functools.cache
def add() -> Any:
    """A function that adds two numbers; floats as part of a sum whose order is open."""
    from numba.extending import intrinsic

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fadd(*args, flags=("reassoc", "nsz"))

    def typed(typing_context: Any, total: Any, value: Any) -> Typed:
        if _is_one_float(total, value):
            return total(total, value), generate
        return numbas_own(operator.add, typing_context, (total, value))

    return intrinsic(typed)


@functools.cache
def extreme(name: str) -> Any:
    """A function that gives the greater (or smaller) of two numbers, and nan if one of them is."""
    from llvmlite import ir
    from numba.extending import intrinsic

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        type_ = args[0].type
        function = builder.module.declare_intrinsic(f"llvm.{name}", [type_], ir.FunctionType(type_, [type_, type_]))
        return builder.call(function, args)

    def typed(typing_context: Any, x: Any, y: Any) -> Typed:
        if _is_one_float(x, y):
            return x(x, y), generate
        return numbas_own(getattr(np, name), typing_context, (x, y))

    return intrinsic(typed)


def numbas_own(function: Callable[..., Any], typing_context: Any, types: tuple[Any, ...]) -> Typed:
    """Numba's implementation of a function, for an intrinsic that has none of its own for these types."""
    known = typing_context.resolve_value_type(function)
    signature = known.get_call_type(typing_context, types, {})

    def generate(context: Any, builder: Any, _: Any, args: Any) -> Any:
        return context.get_function(known, signature)(builder, args)

    return signature, generate


def _is_one_float(x: Any, y: Any) -> bool:
    from numba.core import types

    return isinstance(x, types.Float) and x == y
