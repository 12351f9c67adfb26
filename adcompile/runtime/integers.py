"""Integer operations as Python has them, for what Numba compiles: those that leave 64 bits raise, with the line.

s = _raises_mul(s, a, 0)                      OverflowError("an integer leaves ...", 0)
x[_saturates_add(k, 2, 1)]                    the largest integer where k + 2 is beyond it
for i in range(k, _span_range(k, m, 1, 2))    no trips, or OverflowError, where m - k leaves 64 bits
_raises_floordiv(a, b, 3)                     ZeroDivisionError, where NumPy's integers give 0

Which operations need it is found with the program (`codegen/exactness.py`). Those of NumPy's integers wrap, as the
processor's do, but for shifts by 64 or more and the smallest integer over -1, which NumPy defines and LLVM does not.
The last argument is the number of the check among those of the program (`Promises.checks`), which know the user's line.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adcompile.runtime.arithmetic import Typed, numbas_own

LEAVES = (OverflowError, "an integer leaves the 64 bits that it has in a compiled program")
SPAN = (OverflowError, "a range of more numbers than 64 bits count")
ZERO = (ZeroDivisionError, "integer division or modulo by zero")
SHIFT = (ValueError, "negative shift count")
NAN = (ValueError, "cannot convert float NaN to integer")
INFINITY = (OverflowError, "cannot convert float infinity to integer")
MESSAGES = frozenset(message for _, message in (LEAVES, SPAN, ZERO, SHIFT, NAN, INFINITY))

LEAST, MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Code:
    """Writes LLVM's instructions for the operation of one check, on numbers of 64 bits."""

    context: Any
    builder: Any
    check: int

    def fail(self, condition: Any, failure: tuple[type[Exception], str]) -> None:
        """Raise where the condition holds."""
        kind, message = failure
        with self.builder.if_then(condition, likely=False):
            self.context.call_conv.return_user_exc(self.builder, kind, (message, self.check))

    def number(self, value: int) -> Any:
        """A constant."""
        from llvmlite import ir

        return ir.Constant(ir.IntType(64), value)

    def with_overflow(self, name: str, x: Any, y: Any) -> tuple[Any, Any]:
        """The low 64 bits of a sum, difference or product, and whether that is not all of it."""
        from llvmlite import ir

        pair = ir.LiteralStructType([x.type, ir.IntType(1)])
        function = self.builder.module.declare_intrinsic(
            f"llvm.s{name}.with.overflow", [x.type], ir.FunctionType(pair, [x.type, y.type])
        )
        result = self.builder.call(function, [x, y])
        return self.builder.extract_value(result, 0), self.builder.extract_value(result, 1)

    def is_negative(self, x: Any) -> Any:
        """x < 0"""
        return self.builder.icmp_signed("<", x, self.number(0))

    def end(self, downward: Any) -> Any:
        """The smallest integer, or else the largest."""
        return self.builder.select(downward, self.number(LEAST), self.number(MOST))


def _arithmetic(name: str) -> Callable[[Code, Any, Any], Any]:
    def exact(code: Code, x: Any, y: Any) -> Any:
        result, leaves = code.with_overflow(name, x, y)
        code.fail(leaves, LEAVES)
        return result

    return exact


def _saturated(name: str) -> Callable[[Code, Any, Any], Any]:
    def saturated(code: Code, x: Any, y: Any) -> Any:
        result, leaves = code.with_overflow(name, x, y)
        signs = code.builder.xor(x, y) if name == "mul" else x
        return code.builder.select(leaves, code.end(code.is_negative(signs)), result)

    return saturated


def _shifted(code: Code, x: Any, y: Any) -> tuple[Any, Any]:
    """x << y for y >= 0, and whether bits are lost."""
    builder = code.builder
    large = builder.icmp_signed(">", y, code.number(63))
    within = builder.select(large, code.number(63), y)
    result = builder.shl(x, within)
    lost = builder.icmp_signed("!=", builder.ashr(result, within), x)
    # Shifted by 63 bits, only 0 and -1 come back; and of these, -1 may not go on.
    lost = builder.or_(lost, builder.and_(large, builder.icmp_signed("!=", x, code.number(0))))
    return result, lost


def _lshift(code: Code, x: Any, y: Any) -> Any:
    code.fail(code.is_negative(y), SHIFT)
    result, lost = _shifted(code, x, y)
    code.fail(lost, LEAVES)
    return result


def _saturated_lshift(code: Code, x: Any, y: Any) -> Any:
    result, lost = _shifted(code, x, y)
    return code.builder.select(lost, code.end(code.is_negative(x)), result)


def _rshift(code: Code, x: Any, y: Any) -> Any:
    code.fail(code.is_negative(y), SHIFT)
    return _numpy_rshift(code, x, y)


def _numpy_lshift(code: Code, x: Any, y: Any) -> Any:
    """NumPy takes the count as unsigned: of what is too large, or negative, nothing is left."""
    builder = code.builder
    within = builder.icmp_unsigned("<", y, code.number(64))
    return builder.select(within, builder.shl(x, builder.select(within, y, code.number(0))), code.number(0))


def _numpy_rshift(code: Code, x: Any, y: Any) -> Any:
    builder = code.builder
    within = builder.icmp_unsigned("<", y, code.number(64))
    return builder.ashr(x, builder.select(within, y, code.number(63)))


def _divided(code: Code, x: Any, y: Any, function: Callable[..., object]) -> Any:
    """Numba's division, which gives 0 for 0."""
    from numba.core import types

    own = [types.int64, types.int64]
    _, generate = numbas_own(function, code.context.typing_context, tuple(own))
    return generate(code.context, code.builder, None, (x, y))


def _overflows(code: Code, x: Any, y: Any) -> Any:
    """Is it the smallest integer over -1?"""
    builder = code.builder
    smallest = builder.icmp_signed("==", x, code.number(LEAST))
    return builder.and_(smallest, builder.icmp_signed("==", y, code.number(-1)))


def _floordiv(code: Code, x: Any, y: Any) -> Any:
    code.fail(code.builder.icmp_signed("==", y, code.number(0)), ZERO)
    code.fail(_overflows(code, x, y), LEAVES)
    return _divided(code, x, y, operator.floordiv)


def _mod(code: Code, x: Any, y: Any) -> Any:
    code.fail(code.builder.icmp_signed("==", y, code.number(0)), ZERO)
    return _divided(code, x, y, operator.mod)


def _numpy_floordiv(code: Code, x: Any, y: Any) -> Any:
    quotient = _divided(code, x, y, operator.floordiv)
    return code.builder.select(_overflows(code, x, y), code.number(LEAST), quotient)


def _neg(code: Code, x: Any) -> Any:
    return _arithmetic("sub")(code, code.number(0), x)


def _saturated_neg(code: Code, x: Any) -> Any:
    return _saturated("sub")(code, code.number(0), x)


def _abs(code: Code, x: Any) -> Any:
    return code.builder.select(code.is_negative(x), _neg(code, x), x)


def _pow(code: Code, x: Any, y: Any) -> Any:
    from numba.core import types

    two: Any = types.UniTuple(types.int64, 2)  # type: ignore[no-untyped-call]
    pair = code.context.compile_internal(code.builder, _power(), two(types.int64, types.int64), (x, y))
    code.fail(code.builder.icmp_signed("!=", code.builder.extract_value(pair, 1), code.number(0)), LEAVES)
    return code.builder.extract_value(pair, 0)


def _truncated(code: Code, x: Any) -> Any:
    """int(x) of a float."""
    from llvmlite import ir

    builder = code.builder
    limit = ir.Constant(x.type, 2.0**63)
    low = builder.fcmp_ordered(">=", x, ir.Constant(x.type, -(2.0**63)))
    fits = builder.and_(low, builder.fcmp_ordered("<", x, limit))
    with builder.if_then(builder.not_(fits), likely=False):
        code.fail(builder.fcmp_unordered("uno", x, x), NAN)
        magnitude = builder.select(low, x, builder.fneg(x))
        code.fail(builder.fcmp_ordered("==", magnitude, ir.Constant(x.type, float("inf"))), INFINITY)
        code.fail(builder.not_(fits), LEAVES)
    return builder.fptosi(x, ir.IntType(64))


def _stop(code: Code, start: Any, stop: Any, step: Any) -> Any:
    """The stop of a range whose span has 64 bits; of an empty one, its start."""
    builder = code.builder
    span, leaves = code.with_overflow("sub", stop, start)
    # Numba divides the span by the step, and the smallest integer cannot be divided by -1.
    leaves = builder.or_(leaves, builder.icmp_signed("==", span, code.number(LEAST)))
    rising, falling = builder.icmp_signed("<", start, stop), builder.icmp_signed("<", stop, start)
    runs = builder.select(code.is_negative(step), falling, rising)
    code.fail(builder.and_(leaves, runs), SPAN)
    return builder.select(leaves, start, stop)


OPERATIONS: dict[tuple[str, str], Callable[..., Any]] = {
    **{("raises", name): _arithmetic(name) for name in ("add", "sub", "mul")},
    **{("saturates", name): _saturated(name) for name in ("add", "sub", "mul")},
    ("raises", "neg"): _neg,
    ("saturates", "neg"): _saturated_neg,
    ("raises", "abs"): _abs,
    ("raises", "pow"): _pow,
    ("raises", "lshift"): _lshift,
    ("saturates", "lshift"): _saturated_lshift,
    ("raises", "rshift"): _rshift,
    ("raises", "floordiv"): _floordiv,
    ("raises", "mod"): _mod,
    ("raises", "int"): _truncated,
    ("wraps", "lshift"): _numpy_lshift,
    ("wraps", "rshift"): _numpy_rshift,
    ("wraps", "floordiv"): _numpy_floordiv,
    ("span", "range"): _stop,
}


@functools.cache
def operation(mode: str, name: str) -> Any:
    """The function for an operation: of one, two or three numbers and the number of the check."""
    from numba.core import types
    from numba.extending import intrinsic

    write = OPERATIONS[mode, name]

    def typed(*given: Any) -> Typed:
        *kinds, check = given
        takes = [kind if isinstance(kind, types.Float) else types.int64 for kind in kinds]

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            cast = [context.cast(builder, a, s, t) for a, s, t in zip(args, signature.args, takes, strict=False)]
            return write(Code(context, builder, check.literal_value), *cast)

        return types.int64(*takes, check), generate

    def one(typing_context: Any, x: Any, check: Any) -> Typed:
        return typed(x, check)

    def two(typing_context: Any, x: Any, y: Any, check: Any) -> Typed:
        return typed(x, y, check)

    def three(typing_context: Any, x: Any, y: Any, z: Any, check: Any) -> Typed:
        return typed(x, y, z, check)

    arity = 1 if name in ("neg", "abs", "int") else 3 if name == "range" else 2
    return intrinsic(prefer_literal=True)((one, two, three)[arity - 1])


@functools.cache
def _power() -> Callable[[int, int], tuple[int, int]]:
    """A power by squaring, and 1 if it leaves 64 bits."""
    times: Any = _times()

    def power(base: int, exponent: int) -> tuple[int, int]:
        result, leaves = 1, 0
        while exponent > 0:
            if exponent & 1:
                result, left = times(result, base)
                leaves |= left
            exponent >>= 1
            if exponent:
                base, left = times(base, base)
                leaves |= left
        return result, leaves

    return power


def _times() -> Any:
    """A function that gives the low 64 bits of a product, and 1 if that is not all of it."""
    from numba.core import types
    from numba.extending import intrinsic

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        result, leaves = Code(context, builder, 0).with_overflow("mul", *args)
        return context.make_tuple(builder, signature.return_type, (result, builder.zext(leaves, result.type)))

    def times(typing_context: Any, x: Any, y: Any) -> Typed:
        pair: Any = types.UniTuple(types.int64, 2)  # type: ignore[no-untyped-call]
        return pair(types.int64, types.int64), generate

    return intrinsic(times)
