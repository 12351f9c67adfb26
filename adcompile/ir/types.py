"""Types of values: what is known about a value before the program runs.

    float64        Scalar("float64")             a NumPy scalar or an element
    float          Scalar("float64", weak=True)  a Python number: gives way in promotion (NEP 50)
    float64[:, :]  Array("float64", 2)

Types are hashable and order-free, so that they can key a specialisation.
"""

from __future__ import annotations

from dataclasses import dataclass

FLOATS = ("float64", "float32")
SIGNED = ("int64", "int32", "int16", "int8")
UNSIGNED = ("uint64", "uint32", "uint16", "uint8")
_PYTHON = {"float64": "float", "int64": "int", "bool": "bool"}
DTYPES = (*FLOATS, *SIGNED, *UNSIGNED, "bool")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number: `dtype` is a NumPy name; `weak` marks a Python number."""

    dtype: str
    weak: bool = False

    def __str__(self) -> str:
        return _PYTHON[self.dtype] if self.weak else self.dtype

    @property
    def spoken(self) -> str:
        """With an article, as messages have it: "a Python int", "an int64"."""
        if self.weak:
            return f"a Python {self}"
        return f"{'an' if self.dtype.startswith('int') else 'a'} {self.dtype}"


@dataclass(frozen=True, slots=True)
class Array:
    """An array: `layout` is "C", "F" or "A" (strided); `ones[k]` says that axis k is known to have extent 1.

    There are three more layouts of arguments. "S" is strided like a slice of an array in C order: neighbours along an
    axis are as far apart as all later axes reach, or farther. "T" is the transpose of one like that. "U" is strided and
    not aligned: the program gets a copy of it in C order.
    """

    dtype: str
    ndim: int
    layout: str = "C"
    ones: tuple[bool, ...] = ()

    def __str__(self) -> str:
        axes = ", ".join("1" if one else ":" for one in self.ones or (False,) * self.ndim)
        order = "" if self.layout == "C" else f" {self.layout}"
        return f"{self.dtype}[{axes}]{order}"


Type = Scalar | Array

INT = Scalar("int64")
FLOAT = Scalar("float64")
BOOL = Scalar("bool")


def is_float(type_: Type) -> bool:
    """Can values of this type carry a derivative?"""
    return type_.dtype in FLOATS


def element(type_: Type) -> Scalar:
    """The scalar type of an array's elements; a scalar type is its own."""
    return type_ if isinstance(type_, Scalar) else Scalar(type_.dtype)
