"""tanh in instructions that LLVM's loop vectoriser widens: no call, no branch, one division.

    y = np.tanh(x)        |x| = k * log(2)/2 + r, k whole, |r| < 0.1734; k = 0 where |x| < 0.55
                          tanh(r) = b / a, b = r * (a + z*p), z = r * r, by polynomials in z
                          exp(2*|x|) = 2**k * (a + b) / (a - b)
                          y = r + r*z*p / a                                       where |x| < 0.55
                              1 - 2 * (a - b) / (2**k * (a + b) + (a - b))        else, and for nan
                          with the sign of x

Every lane divides what is its own: what is added to r or 1 is smaller than that, and rounded first. Nothing of a lane
overflows or is invalid. libmvec's own tanh takes more than twice as long.

p / a has the value of (tanh(r) / r - 1) / z at the Chebyshev nodes of 0 <= z < 0.55**2: the solution of a linear system
in high precision, scaled to p(0) = -1. Relative to tanh, that is within 2**-61 for float64 and 2**-26 for float32,
coefficients rounded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

SMALL = 0.55
PER_HALF_LOG = 2 / math.log(2)


@dataclass(frozen=True, slots=True)
class _Format:
    """What depends on the width of a float; polynomials with the highest power first.

    `high` is log(2) / 2 in so few bits that its product with any k is exact, `low` is the rest. From `most` on, tanh
    is 1.
    """

    bits: int
    mantissa: int
    most: float
    high: float
    low: float
    a: tuple[float, ...]
    p: tuple[float, ...]

    @property
    def bias(self) -> int:
        return (1 << self.bits - self.mantissa - 2) - 1


# By the suffix of a function in C.
_FORMATS = {
    "": _Format(
        bits=64,
        mantissa=52,
        most=20.0,
        high=float.fromhex("0x1.62e42fefp-2"),
        low=3.7203085550061984e-11,
        a=(0.0006200519642445741, 0.06988665307644693, 1.3845176846741423, 3.0),
        p=(-0.0005979549736541534, -0.06150589489138171, -1.0),
    ),
    "f": _Format(
        bits=32,
        mantissa=23,
        most=10.0,
        high=float.fromhex("0x1.62ep-2"),
        low=1.5973092472654708e-05,
        a=(1.2140206098556519, 3.0),
        p=(-0.004677375312894583, -1.0),
    ),
}


def tanh(suffix: str, _context: Any, builder: Any, _signature: Any, args: Any) -> Any:
    """The code of tanh(x) for float64 or, with the suffix "f", float32."""
    (x,) = args
    code = _Code(builder, x.type, _FORMATS[suffix])
    size = code.call("fabs", x)
    near = builder.fcmp_ordered("<", size, code.number(SMALL))
    k, scale = code.doublings(size, near)
    r = code.remainder(size, k)
    z = code.product(r, r)
    a = code.polynomial(code.format.a, z)
    bent = code.product(code.product(r, z), code.polynomial(code.format.p, z))
    b = code.sum(code.product(r, a), bent)
    less = builder.fsub(b, a)
    start = builder.select(near, r, code.number(1.0))
    numerator = builder.select(near, bent, builder.fadd(less, less))
    denominator = builder.select(near, a, code.difference(code.product(scale, code.sum(a, b)), less))
    return code.call("copysign", builder.fadd(start, builder.fdiv(numerator, denominator)), x)


@dataclass(frozen=True, slots=True)
class _Code:
    builder: Any
    type: Any
    format: _Format

    def doublings(self, size: Any, near: Any) -> tuple[Any, Any]:
        """k, which is some whole number for nan too, and 2**k, whose bits are those of its exponent."""
        from llvmlite import ir

        most = self.number(self.format.most)
        known = self.builder.select(self.builder.fcmp_ordered("<", size, most), size, most)
        k = self.call("rint", self.builder.fmul(known, self.number(PER_HALF_LOG)))
        k = self.builder.select(near, self.number(0.0), k)
        # By way of 32 bits, for which AVX2 has an instruction.
        whole = self.builder.fptosi(k, ir.IntType(32))
        integer = ir.IntType(self.format.bits)
        whole = self.builder.sext(whole, integer) if self.format.bits > 32 else whole
        exponent = self.builder.add(whole, ir.Constant(integer, self.format.bias))
        bits = self.builder.shl(exponent, ir.Constant(integer, self.format.mantissa))
        return k, self.builder.bitcast(bits, self.type)

    def remainder(self, size: Any, k: Any) -> Any:
        """size - k * log(2)/2; nan for nan."""
        most = self.number(self.format.most)
        known = self.builder.select(self.builder.fcmp_ordered(">", size, most), most, size)
        high = self.difference(known, self.product(k, self.number(self.format.high)))
        return self.difference(high, self.product(k, self.number(self.format.low)))

    def polynomial(self, coefficients: Sequence[float], z: Any) -> Any:
        numbers = [self.number(each) for each in coefficients]
        return reduce(lambda value, coefficient: self.sum(self.product(value, z), coefficient), numbers)

    # A sum of a product may become one instruction.

    def sum(self, one: Any, other: Any) -> Any:
        return self.builder.fadd(one, other, flags=("contract",))

    def difference(self, one: Any, other: Any) -> Any:
        return self.builder.fsub(one, other, flags=("contract",))

    def product(self, one: Any, other: Any) -> Any:
        return self.builder.fmul(one, other, flags=("contract",))

    def number(self, value: float) -> Any:
        from llvmlite import ir

        return ir.Constant(self.type, value)

    def call(self, name: str, *args: Any) -> Any:
        """A call of an intrinsic function of LLVM."""
        from llvmlite import ir

        signature = ir.FunctionType(self.type, [self.type] * len(args))
        return self.builder.call(self.builder.module.declare_intrinsic(f"llvm.{name}", [self.type], signature), args)
