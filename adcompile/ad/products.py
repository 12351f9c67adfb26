"""Adjoints of products of matrices and vectors.

    C = A @ B             A_bar += C_bar @ B.T               B_bar += A.T @ C_bar

The transposes are moved into the BLAS call (Giles 2008, section 2.2.2). An element of C that is not chosen has a zero
cotangent, which BLAS multiplies with whatever stands in A and B. Where that may be infinite or nan, and the product
turns out not to be finite, it is computed again in loops that keep such a zero:

    A_bar = C_bar @ B.T
    if not finite:        A_bar[i, j] = sum of C_bar[i, k] * B[j, k] over the k where C_bar[i, k] is not 0

A value that only `maximum` or `minimum` did not choose is no nan, so its factors are none either: no check for these.
"""

from __future__ import annotations

from dataclasses import dataclass

from adcompile.ad.guards import CopiedGuards
from adcompile.ad.loops import add_elements, nest
from adcompile.ad.sweep import Sweep
from adcompile.ir.loops import trip_region
from adcompile.ir.nodes import Apply, Operand, Region, Value, boolean, integer, real
from adcompile.ir.types import BOOL, INT, Array, Scalar, element
from adcompile.ops import library, memory
from adcompile.ops import scalar as ops


def reverse_product(sweep: Sweep, guards: CopiedGuards, stmt: Apply) -> None:
    """Cotangents of both operands."""
    x, y = stmt.operands
    assert isinstance(x, Value) and isinstance(y, Value)
    if not sweep.is_active(stmt.results[0]):
        return
    adjoint = _Adjoint(sweep, guards, stmt, sweep.shadow(stmt.results[0]))
    transpose_x, transpose_y = stmt.attrs.transpose
    if sweep.is_active(x):
        if _ndim(y) == 1:
            adjoint.outer(x, y, cotangent_first=True, transposed=transpose_x)
        elif _ndim(x) == 1 or transpose_x:
            adjoint.product(x, y, cotangent_first=False, transpose=(transpose_y, _ndim(x) == 2))
        else:
            adjoint.product(x, y, cotangent_first=True, transpose=(False, not transpose_y))
    if sweep.is_active(y):
        if _ndim(x) == 1:
            adjoint.outer(y, x, cotangent_first=False, transposed=transpose_y)
        elif _ndim(y) == 1 or not transpose_y:
            adjoint.product(y, x, cotangent_first=False, transpose=(not transpose_x, False))
        else:
            adjoint.product(y, x, cotangent_first=True, transpose=(True, transpose_x))


def _ndim(array: Value) -> int:
    assert isinstance(array.type, Array)
    return array.type.ndim


@dataclass(frozen=True, slots=True)
class _Adjoint:
    """The adjoint of one product, whose result has this cotangent."""

    sweep: Sweep
    guards: CopiedGuards
    stmt: Apply
    cotangent: Value

    def product(self, target: Value, factor: Value, *, cotangent_first: bool, transpose: tuple[bool, bool]) -> None:
        """target_bar += op(cotangent) @ op(factor), or op(factor) @ op(cotangent)"""
        builder, needed = self.sweep.builder, self.sweep.residuals.need_array(factor)
        x, y = (self.cotangent, needed) if cotangent_first else (needed, self.cotangent)
        type_ = Array(target.type.dtype, _ndim(target))
        product = builder.apply(library.matmul, x, y, type=type_, transpose=transpose)
        extents = [self.sweep.extent(target, axis) for axis in range(_ndim(target))]
        if self._is_at_risk(factor):
            self._unless_finite(product, extents, (x, y), transpose)
        if not self.sweep.give_shadow(target, product):
            add_elements(builder, product, self.sweep.shadow(target), extents)

    def outer(self, target: Value, factor: Value, *, cotangent_first: bool, transposed: bool) -> None:
        """target_bar[i, j] += cotangent[i] * factor[j], or the other way round, or its transpose."""
        sweep, builder, needed = self.sweep, self.sweep.builder, self.sweep.residuals.need_array(factor)
        is_guarded = self._is_at_risk(factor)

        def body(index: tuple[Value, ...]) -> None:
            i, j = index if cotangent_first is not transposed else index[::-1]
            g = builder.apply(memory.load, self.cotangent, i, type=element(self.cotangent.type))
            other = builder.apply(memory.load, needed, j, type=element(needed.type))
            left, right = (g, other) if cotangent_first is not transposed else (other, g)
            found = builder.apply(ops.mul, left, right, type=element(needed.type))
            sweep.accumulate(target, index, self._kept(g, found) if is_guarded else found)

        sweep.shadow(target)
        nest(builder, [sweep.extent(target, axis) for axis in range(2)], body)

    def _is_at_risk(self, factor: Value) -> bool:
        """May a zero that must stay one meet what is not finite?"""
        return self.guards.is_needed_in_product(self.stmt, self.stmt.operands.index(factor))

    def _kept(self, g: Operand, product: Value) -> Value:
        type_ = element(product.type)
        nonzero = self.sweep.builder.apply(ops.ne, g, real(0.0, Scalar(g.type.dtype)), type=BOOL)
        return self.sweep.builder.apply(ops.select, nonzero, product, real(0.0, type_), type=type_)

    def _unless_finite(
        self, product: Value, extents: list[Operand], factors: tuple[Value, Value], transpose: tuple[bool, bool]
    ) -> None:
        """Compute the product again where it is not finite."""
        builder = self.sweep.builder
        again = Region()
        with builder.into(again):
            nest(builder, extents, lambda index: self._element(product, index, factors, transpose))
        finite = self._is_finite(product, extents, ())
        builder.if_(builder.apply(ops.not_, finite, type=BOOL), again, Region())

    def _is_finite(self, product: Value, extents: list[Operand], index: tuple[Value, ...]) -> Operand:
        """Are all elements at and behind this index finite?"""
        builder, before = self.sweep.builder, Value(BOOL, "finite")
        if len(index) == len(extents):
            number = builder.apply(memory.load, product, *index, type=element(product.type))
            return builder.apply(ops.isfinite, number, type=BOOL)
        at = Value(INT)
        with builder.into(trip_region(at, (before,))) as body:
            inner = self._is_finite(product, extents, (*index, at))
            body.yields = (builder.apply(ops.and_, before, inner, type=BOOL),)
        bounds = (integer(0), extents[len(index)], integer(1))
        return builder.for_(bounds, (boolean(True),), body)[0]

    def _element(
        self,
        product: Value,
        index: tuple[Value, ...],
        factors: tuple[Value, Value],
        transpose: tuple[bool, bool],
    ) -> None:
        """product[i, j] = sum of x[i, k] * y[k, j] where the cotangent among them is not zero"""
        builder, type_ = self.sweep.builder, element(product.type)
        x, y = factors
        own = [index[:1] if _ndim(x) == 2 else (), index[-1:] if _ndim(y) == 2 else ()]
        total, k = Value(type_, "total"), Value(INT)
        with builder.into(trip_region(k, (total,))) as body:
            at_x = (k, *own[0]) if transpose[0] else (*own[0], k)
            at_y = (*own[1], k) if transpose[1] else (k, *own[1])
            left, right = (builder.apply(memory.load, array, *at, type=type_) for array, at in ((x, at_x), (y, at_y)))
            term = builder.apply(ops.mul, left, right, type=type_)
            kept = self._kept(left if x is self.cotangent else right, term)
            body.yields = (builder.apply(ops.add, total, kept, type=type_),)
        bounds = (integer(0), self._inner_extent(factors, transpose), integer(1))
        found = builder.for_(bounds, (real(0.0, type_),), body, sums=(True,))[0]
        builder.effect(memory.store, product, *index, found)

    def _inner_extent(self, factors: tuple[Value, Value], transpose: tuple[bool, bool]) -> Operand:
        """The extent that the sum runs over: one of the cotangent's."""
        is_first = factors[0] is self.cotangent
        last = _ndim(self.cotangent) - 1
        axis = last if is_first is not transpose[0 if is_first else 1] else 0
        return self.sweep.extent(self.stmt.results[0], axis)
