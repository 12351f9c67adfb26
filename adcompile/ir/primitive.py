"""What a primitive is: data. What passes want to know of an operation is a field here; none keeps a list of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np

from adcompile.ir.types import Array, Scalar, Type


class Effect(Enum):
    """What a primitive does besides computing its results from its operands."""

    PURE = "pure"  # may be repeated, moved and dropped
    READ = "read"  # reads the contents of its first operand
    WRITE = "write"  # writes the contents of its first operand
    ALLOC = "alloc"  # makes a new array
    CHECK = "check"  # raises if its first operand is False


class Cost(Enum):
    """What computing it once more costs."""

    CHEAP = "cheap"  # an instruction or two, of many elements at once
    MODERATE = "moderate"  # a few instructions, or one that takes long
    FUNCTION = "function"  # a function of analysis: 5 to 50 times an addition
    ARRAYS = "arrays"  # it goes through whole arrays


Level = Literal["graph", "loops"]


class Dtypes(Enum):
    """Which dtypes the operands of a scalar operation have, and its result."""

    SAME = "T, T -> T"
    REAL = "F, F -> F"  # floats only
    COMPARED = "T, T -> bool"
    CLASSIFIED = "T -> bool"
    LOGICAL = "bool, bool -> bool"
    CHOSEN = "bool, T, T -> T"
    CONVERTED = "T -> U"
    POWER = "T, T -> T; F, int -> F"


class Total(Enum):
    """For which operands it has a result. Of floats every operation has one (nan, inf), but for a cast to integers."""

    ALWAYS = "always"
    DIVISOR = "the last operand is not 0"
    EXPONENT = "the last operand is not negative"
    SHIFT = "the last operand is from 0 to 63"
    FINITE = "not a float that becomes an integer"
    CHECKED = "what it requires holds"  # indices in range, shapes that agree, a matrix that is not singular

    def holds_for(self, last: bool | int | float) -> bool:
        """Has it a result if this is the last operand?"""
        match self:
            case Total.ALWAYS:
                return True
            case Total.DIVISOR:
                return last != 0
            case Total.EXPONENT:
                return last >= 0
            case Total.SHIFT:
                return 0 <= last < 64
            case Total.FINITE | Total.CHECKED:
                return False


class Complex(Enum):
    """What it means on complex numbers."""

    NONE = "it is not defined"
    HOLOMORPHIC = "it has a complex derivative"
    PARTS = "it looks at the real part, the imaginary one or the absolute value"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How an operation is written in Python: `kind` is "binary", "unary", "compare", "bool", "call" or "special"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Signature:
    """The axes of the operands and results of a library call, a letter each; one that no operand has is the smallest
    extent of the operands: `("mn",), ("mk", "k", "kn")`.
    """

    operands: tuple[str, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routine:
    """A library call: what it takes and gives, what to call its results, and the keywords it is written with.

    With `gives`, the results have this dtype, and the operands may have any.
    """

    signatures: tuple[Signature, ...]
    names: tuple[str, ...]
    keywords: tuple[tuple[str, bool | str], ...] = ()
    gives: str = ""

    def signature_of(self, types: Sequence[Type]) -> Signature | None:
        """The signature that fits operands of these types; None if there is none."""
        ranks = [type_.ndim if isinstance(type_, Array) else 0 for type_ in types]
        return next((s for s in self.signatures if list(map(len, s.operands)) == ranks), None)

    def result_types(self, operands: Sequence[Type]) -> tuple[Type, ...] | None:
        """The types of the results; None if no signature fits."""
        signature = self.signature_of(operands)
        if signature is None:
            return None
        dtype = self.gives or operands[0].dtype
        return tuple(Array(dtype, len(axes)) if axes else Scalar(dtype) for axes in signature.results)


@dataclass(frozen=True, slots=True)
class Public:
    """How people call an elementwise function, and where to try it.

    `numpy` are the names of it as a ufunc of NumPy, `special` those in `scipy.special`, `math` that of the twin for
    numbers. Numbers are drawn from `samples`: "real", "positive", "unit" (between -1 and 1) or "above 1"; `edges` are
    further ones. `integers`: integer arrays are tried too. `exact` is its value in terms of `mpmath` and x, for the
    tests of accuracy; they have their own text for a function that has other special points.
    """

    numpy: tuple[str, ...] = ()
    special: tuple[str, ...] = ()
    math: str = ""
    samples: str = "real"
    edges: tuple[float, ...] = ()
    integers: bool = True
    exact: str = ""

    @property
    def ufuncs(self) -> list[np.ufunc]:
        """NumPy's functions of these names."""
        found = (getattr(np, name) for name in self.numpy)
        return [function for function in found if isinstance(function, np.ufunc)]

    @property
    def twin(self) -> Callable[..., float] | None:
        """The function of `math`."""
        return getattr(math, self.math) if self.math else None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Primitive:
    """An operation: how it is written, what it means, and the facts of it that the compiler asks for."""

    name: str
    arity: int
    """The number of operands; -1 if it varies."""
    effect: Effect
    cost: Cost
    total: Total
    level: Level | None = None
    """Where it stands; None: in both."""
    spelling: Spelling | None = None
    """How a program writes it."""
    evaluate: Callable[..., Any] | None = None
    """Its meaning on NumPy scalars and arrays, for the interpreter."""
    routine: Routine | None = None
    """What a library call takes and gives."""

    # Scalar operations
    elementwise: bool = False
    """It is an operation on scalars; applied to arrays it goes element by element."""
    dtypes: Dtypes | None = None
    exact: Callable[..., int] | None = None
    """What it means on Python's integers, if that may leave 64 bits: in the IR, arithmetic of int64 is exact or raises,
    but for NumPy's integers (attribute `overflow`: "wraps") and what cannot leave them ("never")."""
    defined_by_llvm: bool = True
    """LLVM defines for all integers what NumPy does."""
    rule: Callable[..., object] | None = None
    """`lambda g, z, x, y: (cotangent of x, cotangent of y)`, of expressions."""
    flat: bool = False
    """The derivative is zero wherever it exists."""
    singular: bool = False
    """A partial derivative can be infinite, so that the adjoint keeps a zero cotangent zero."""
    commutative: bool = False
    polynomial: bool = False
    """The result is a polynomial of the operands: `+ - *` and what only renames a number."""
    alias: bool = False
    """The result is the first operand: it says something of derivatives only."""
    chooses: bool = False
    """The result is one of the operands, chosen by their values (or by a first operand that decides)."""
    drops_nan: bool = False
    """It chooses, and an operand that it does not choose may be nan."""
    bound: Callable[..., float] | None = None
    """A bound of the result's absolute value, from those of the operands, which are finite; None: there is none."""
    square: Callable[..., bool] | None = None
    """Is the result never negative, and flat where it is zero, given which operands are? None: never."""
    kept: bool = False
    """Expensive, and derivatives, its own or of what is made of it, read the result: not to be computed twice."""
    native_float32: bool = True
    """Of float32 it is computed in float32; else in float64, and rounded."""
    complex: Complex = Complex.NONE
    public: Public = Public()
    noun: str = ""
    """What a reader would call its result; of ints `noun_of_ints`."""
    noun_of_ints: str = ""

    # Operations on memory
    contents: tuple[int, ...] | None = None
    """The operands, arrays, whose elements it reads; None: every array among them."""
    shares: int | None = None
    """The operand whose memory the result is another name of."""
    accesses: bool = False
    """It loads or stores one element of its first operand."""
    grows: bool = False
    """It may move the array to a larger memory, contents kept."""

    def __repr__(self) -> str:
        return self.name

    def reads(self, operand: int) -> bool:
        """Does it read the elements of this operand, if that is an array?"""
        return self.contents is None or operand in self.contents

    def touches(self, operand: int) -> bool:
        """Does it read or write the elements of this operand, if that is an array?"""
        return self.reads(operand) or (self.effect is Effect.WRITE and operand == 0)

    @property
    def asks_shapes(self) -> bool:
        """Does it look at the shape of arrays only: is no element of them read, and no other name made?"""
        return self.contents == () and self.shares is None and self.effect in (Effect.PURE, Effect.ALLOC)

    @property
    def is_function(self) -> bool:
        """Is it a scalar function of analysis, expensive?"""
        return self.cost is Cost.FUNCTION

    @property
    def compares(self) -> bool:
        """Does it compare two numbers?"""
        return self.dtypes is Dtypes.COMPARED

    @property
    def renames(self) -> bool:
        """Is its result the number of the first operand, perhaps in another dtype?"""
        return self.alias or self.dtypes is Dtypes.CONVERTED

    @property
    def gives_bool(self) -> bool:
        """Is its result a bool, whatever the operands are?"""
        return self.dtypes in (Dtypes.COMPARED, Dtypes.CLASSIFIED, Dtypes.LOGICAL)

    @property
    def allocates(self) -> bool:
        """Is it there to make a new array, which a library call does on the way?"""
        return self.effect is Effect.ALLOC and self.routine is None


SCALARS: dict[str, Primitive] = {}
"""The scalar operations by name: filled by `ops.scalar`, which has a row for each."""
