"""How NumPy has the elements of an array in memory, as far as it is known; found by `orders` and `result_orders`."""

from __future__ import annotations

from dataclasses import dataclass

from adcompile.frontend.polynomials import Polynomial
from adcompile.ir.nodes import Operand


@dataclass(frozen=True, slots=True)
class Packed:
    """NumPy has the elements side by side, the axes in this order from the slowest to the fastest."""

    axes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Strided:
    """NumPy's distances between elements along each axis; None where one is not known.

    `there` are extents of the arrays that this is a view of: where there are elements, none of these is zero.
    `not_c`, `not_f`: it is known not to be contiguous in this order.
    """

    distances: tuple[Polynomial | None, ...]
    there: frozenset[Operand] = frozenset()
    not_c: bool = False
    not_f: bool = False


@dataclass(frozen=True, slots=True)
class Loose:
    """NumPy's order is known only when the program runs; `not_c`, `not_f`: not contiguous in this order."""

    not_c: bool = False
    not_f: bool = False


Order = Packed | Strided | Loose
