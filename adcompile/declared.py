"""What a Numba decorator declares of a function: types that its arguments are cast to, and those of its variables.

    @njit("float64(float64[:], int64)")       the arguments must be of these types; an int for a float64 is cast
    @njit("float32(float32)")                 refused: Numba computes with such numbers in another way than NumPy
    @njit(locals={"s": float32})              refused
    @njit(cache=True, fastmath=True, ...)     nothing that changes what is computed but in rounding

Numba is not imported: a dispatcher is asked, and its types are read by their names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Numbers of these types are what Python's are; `float32 * 2.0` is a float64 in Numba and a float32 in NumPy.
_SCALARS = {"float64": "float64", "int64": "int64", "boolean": "bool", "bool": "bool"}
_ARRAY = re.compile(r"(?:Array|array|Buffer)\((?:readonly )?(\w+), (\d+)d, .*\)")


@dataclass(frozen=True, slots=True)
class Kind:
    """A number, or an array of so many axes; `dtype` is empty for a type that is not followed."""

    name: str
    dtype: str
    ndim: int | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """The signatures that a dispatcher was compiled for, if it takes no others, and variables with declared types."""

    signatures: tuple[tuple[tuple[Kind, ...], Kind], ...] = ()
    locals: tuple[str, ...] = ()


def declaration(function: object) -> Declaration | None:
    """What is declared of a function; None if nothing is that changes what it computes."""
    if not type(function).__module__.startswith("numba."):
        return None
    variables = tuple(sorted(getattr(function, "locals", None) or {}))
    fixed = not getattr(function, "_can_compile", True)
    compiled = getattr(function, "nopython_signatures", []) if fixed else []
    signatures = tuple((tuple(map(_kind, each.args)), _kind(each.return_type)) for each in compiled)
    return Declaration(signatures, variables) if signatures or variables else None


def _kind(declared: object) -> Kind:
    name = str(declared)
    match = _ARRAY.fullmatch(name)
    if match is not None:
        return Kind(name, {"boolean": "bool"}.get(match[1], match[1]), int(match[2]))
    return Kind(name, _SCALARS.get(name, ""))


def fitting(
    declared: Declaration, given: list[tuple[str, int | None]], *, cast: bool = True
) -> tuple[tuple[Kind, ...], Kind] | None:
    """The signature for arguments of these dtypes and axes (None: a number): the exact one, or one that ints fit."""
    for exact in (True, False) if cast else (True,):
        for kinds, result in declared.signatures:
            if len(kinds) == len(given) and all(
                _fits(kind, *each, exact=exact) for kind, each in zip(kinds, given, strict=True)
            ):
                return kinds, result
    return None


def _fits(kind: Kind, dtype: str, ndim: int | None, *, exact: bool) -> bool:
    if kind.ndim != ndim or not kind.dtype:
        return False
    return kind.dtype == dtype or (not exact and ndim is None and (kind.dtype, dtype) == ("float64", "int64"))


def told(declared: Declaration) -> str:
    """The signatures, for messages."""
    return " or ".join(f"({', '.join(kind.name for kind in kinds)})" for kinds, _ in declared.signatures)
