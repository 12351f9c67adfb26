"""Adjoints of library calls, as array statements.

    x = solve(A, b)       b_bar += solve(A.T, x_bar)         A_bar -= outer(solve(A.T, x_bar), x)

The rules are NumPy functions (`rules.matrices`), whose code goes in place (`traced.py`); products are in `products.py`.
"""

from __future__ import annotations

from adcompile.ad.guards import CopiedGuards
from adcompile.ad.loops import add_elements
from adcompile.ad.products import reverse_product
from adcompile.ad.sweep import Sweep
from adcompile.ad.traced import put_in_place
from adcompile.ad.vectors import mark_whole, marks_of
from adcompile.ir.nodes import Apply, Operand, Value
from adcompile.ir.types import Array
from adcompile.ops import library
from adcompile.rules.matrices import ADJOINTS, VECTORS


def reverse_call(sweep: Sweep, guards: CopiedGuards, stmt: Apply) -> None:
    """Cotangents of the operands of a library call."""
    if stmt.primitive is library.matmul:
        if sweep.is_active(stmt.results[0]):
            _mark_operands(sweep, stmt)
        reverse_product(sweep, guards, stmt)
        return
    cotangents = [_cotangent(sweep, result) for result in stmt.results]
    if all(cotangent is None for cotangent in cotangents):
        return
    _mark_operands(sweep, stmt)
    marks: list[Operand | None] = []
    if stmt.primitive in VECTORS:
        pairs = zip(stmt.results, cotangents, strict=True)
        marks = [None if cotangent is None else marks_of(sweep, result) for result, cotangent in pairs]
    for position, cotangent in put_in_place(ADJOINTS[stmt.primitive], sweep, stmt, cotangents, marks):
        operand, transposed = stmt.operands[position], library.is_transposed(stmt, position)
        assert isinstance(operand, Value)
        if transposed or not sweep.give_shadow(operand, cotangent):
            add_into(sweep, operand, cotangent, transposed=transposed)


def _mark_operands(sweep: Sweep, stmt: Apply) -> None:
    for operand in stmt.operands:
        mark_whole(sweep, operand)


def _cotangent(sweep: Sweep, result: Value) -> Operand | None:
    if isinstance(result.type, Array):
        return sweep.shadow(result) if sweep.is_active(result) else None
    return sweep.take(result)


def add_into(sweep: Sweep, target: Value, cotangent: Value, *, transposed: bool = False) -> None:
    """target_bar += cotangent, element by element."""
    shadow = sweep.shadow(target)
    extents: list[Operand] = [sweep.extent(target, axis) for axis in range(target.type.ndim)]  # type: ignore[union-attr]
    add_elements(sweep.builder, cotangent, shadow, extents, transposed=transposed)
