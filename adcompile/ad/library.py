"""Adjoints of library calls, as array statements.

    C = A @ B             A_bar += C_bar @ B.T               B_bar += A.T @ C_bar
    x = solve(A, b)       b_bar += solve(A.T, x_bar)         A_bar -= outer(solve(A.T, x_bar), x)

For products the transposes are moved into the BLAS call (Giles 2008, section 2.2.2). The rules of all other calls are
NumPy functions (`rules.matrices`), whose code goes in place (`traced.py`).
"""

from __future__ import annotations

from adcompile.ad.loops import add_elements, nest
from adcompile.ad.sweep import Sweep
from adcompile.ad.traced import put_in_place
from adcompile.ir.nodes import Apply, Operand, Value
from adcompile.ir.types import Array, element
from adcompile.ops import library, memory
from adcompile.ops import scalar as ops
from adcompile.rules.matrices import ADJOINTS


def reverse_call(sweep: Sweep, stmt: Apply) -> None:
    """Cotangents of the operands of a library call."""
    if stmt.primitive is library.matmul:
        _matmul(sweep, stmt)
        return
    cotangents = [_cotangent(sweep, result) for result in stmt.results]
    if all(cotangent is None for cotangent in cotangents):
        return
    for position, cotangent in put_in_place(ADJOINTS[stmt.primitive], sweep, stmt, cotangents):
        operand, transposed = stmt.operands[position], library.is_transposed(stmt, position)
        assert isinstance(operand, Value)
        if transposed or not sweep.give_shadow(operand, cotangent):
            add_into(sweep, operand, cotangent, transposed=transposed)


def _cotangent(sweep: Sweep, result: Value) -> Operand | None:
    if isinstance(result.type, Array):
        return sweep.shadow(result) if sweep.is_active(result) else None
    return sweep.take(result)


def _matmul(sweep: Sweep, stmt: Apply) -> None:
    """Cotangents of both operands of a product of matrices, or of a matrix and a vector."""
    x, y = stmt.operands
    result = stmt.results[0]
    assert isinstance(x, Value) and isinstance(y, Value)
    if not sweep.is_active(result):
        return
    transpose_x, transpose_y = stmt.attrs["transpose"]
    cotangent = sweep.shadow(result)
    if sweep.is_active(x):
        if y.type.ndim == 1:  # type: ignore[union-attr]
            _add_outer(sweep, x, (cotangent, sweep.residuals.need_array(y)), transposed=transpose_x)
        elif x.type.ndim == 1:  # type: ignore[union-attr]
            _add_product(sweep, x, sweep.residuals.need_array(y), cotangent, (transpose_y, False))
        elif transpose_x:
            _add_product(sweep, x, sweep.residuals.need_array(y), cotangent, (transpose_y, True))
        else:
            _add_product(sweep, x, cotangent, sweep.residuals.need_array(y), (False, not transpose_y))
    if sweep.is_active(y):
        if x.type.ndim == 1:  # type: ignore[union-attr]
            _add_outer(sweep, y, (sweep.residuals.need_array(x), cotangent), transposed=transpose_y)
        elif y.type.ndim == 1 or not transpose_y:  # type: ignore[union-attr]
            _add_product(sweep, y, sweep.residuals.need_array(x), cotangent, (not transpose_x, False))
        else:
            _add_product(sweep, y, cotangent, sweep.residuals.need_array(x), (True, transpose_x))


def _add_product(sweep: Sweep, target: Value, x: Value, y: Value, transpose: tuple[bool, bool]) -> None:
    """target_bar += op(x) @ op(y)"""
    type_ = Array(target.type.dtype, target.type.ndim)  # type: ignore[union-attr]
    product = sweep.builder.apply(library.matmul, x, y, type=type_, transpose=transpose)
    if not sweep.give_shadow(target, product):
        add_into(sweep, target, product)


def _add_outer(sweep: Sweep, target: Value, factors: tuple[Value, Value], *, transposed: bool) -> None:
    """target_bar[i, j] += u[i] * v[j], or its transpose."""
    u, v = reversed(factors) if transposed else factors
    extents = [sweep.extent(target, axis) for axis in range(2)]

    def body(index: tuple[Value, ...]) -> None:
        i, j = index
        left = sweep.builder.apply(memory.load, u, i, type=element(u.type))
        right = sweep.builder.apply(memory.load, v, j, type=element(v.type))
        sweep.accumulate(target, index, sweep.builder.apply(ops.mul, left, right, type=element(u.type)))

    sweep.shadow(target)
    nest(sweep.builder, extents, body)


def add_into(sweep: Sweep, target: Value, cotangent: Value, *, transposed: bool = False) -> None:
    """target_bar += cotangent, element by element."""
    shadow = sweep.shadow(target)
    extents: list[Operand] = [sweep.extent(target, axis) for axis in range(target.type.ndim)]  # type: ignore[union-attr]
    add_elements(sweep.builder, cotangent, shadow, extents, transposed=transposed)
