"""Sums, maxima and minima as loops.

    s = sum(x, axis=1)        for i: t = 0.0
                                     for j: t = t + x[i, j]

The last reduced axis is the innermost loop and has an accumulator of its own, so that errors grow with the lengths of
the axes rather than their product. float32 is summed in float64.

    m = max(x)                m = -inf;  for j: m = maximum(m, stop(x[j]))
                              k = 0;     for j: k = k + (x[j] == m ? 1 : 0)
                                         for j: m = attach(m, x[j], x[j] == m ? 1 / k : 0)

The last loop computes nothing: it says that the k elements which tie share the derivative evenly. It vanishes from the
forward sweep and is the adjoint of the maximum in the backward sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from adcompile.ir.loops import trip_region
from adcompile.ir.nodes import Const, Operand, Value, integer, is_const, zero
from adcompile.ir.types import BOOL, FLOAT, INT, Scalar, is_float
from adcompile.lowering.arrays import Node, Partial
from adcompile.lowering.emitter import Emitter, Index
from adcompile.ops import scalar as ops


@dataclass(eq=False)
class Reduction(Node):
    """`kind` is "sum", "max" or "min" over the `axes` of `base`; the other axes are the node's own."""

    base: Node = field(kw_only=True)
    axes: tuple[int, ...] = field(kw_only=True)
    kind: str = field(kw_only=True)
    name: str = ""

    @property
    def reads(self) -> frozenset[Value]:
        return self.base.reads

    def children(self, index: Partial) -> list[tuple[Node, Partial]]:
        kept = iter(index)
        return [(self.base, tuple(None if k in self.axes else next(kept) for k in range(len(self.base.dims))))]

    def emit(self, emitter: Emitter, index: Index) -> Operand:
        if self.kind == "sum":
            return self._sum(emitter, index)
        return self._extremum(emitter, index)

    def _element(self, emitter: Emitter, index: Index, reduced: Index) -> Operand:
        kept, own = iter(index), iter(reduced)
        full = tuple(next(own) if k in self.axes else next(kept) for k in range(len(self.base.dims)))
        return self.base.at(emitter, full)

    def _sum(self, emitter: Emitter, index: Index) -> Operand:
        builder, total = emitter.builder, accumulator(self.scalar)

        def level(reduced: Index) -> Operand:
            if len(reduced) == len(self.axes):
                value = self._element(emitter, index, reduced)
                return value if value.type.dtype == total.dtype else builder.apply(ops.cast, value, type=total)
            return self._fold(
                emitter,
                reduced,
                zero(total),
                lambda s, inner: builder.apply(ops.add, s, level(inner), type=total, **ops.numpy_overflow(total)),
                hint=(self.name or "total") if not reduced else "",
            )

        result = level(())
        return result if total.dtype == self.dtype else builder.apply(ops.cast, result, type=self.scalar)

    def _fold(
        self,
        emitter: Emitter,
        reduced: Index,
        init: Operand,
        step: Callable[[Operand, Index], Operand],
        *,
        hint: str,
        sums: bool = True,
    ) -> Operand:
        """One loop over the next reduced axis, carrying an accumulator through `step`."""
        extent = self.base.dims[self.axes[len(reduced)]]
        if is_const(extent, 1):
            return step(init, (*reduced, integer(0)))
        at, total = Value(INT), Value(Scalar(init.type.dtype), hint)
        outer = emitter.computed
        emitter.computed = dict(outer)
        with emitter.builder.into(trip_region(at, (total,))) as region:
            region.yields = (step(total, (*reduced, at)),)
        emitter.computed = outer
        bounds = (integer(0), extent, integer(1))
        return emitter.builder.for_(bounds, (init,), region, order_free=True, sums=(sums,))[0]

    def _everywhere(
        self,
        emitter: Emitter,
        index: Index,
        init: Operand,
        step: Callable[[Operand, Operand], Operand],
        *,
        hint: str,
        sums: bool,
    ) -> Operand:
        """Fold `step(accumulator, element)` over all reduced axes with one accumulator."""

        def level(carried: Operand, reduced: Index) -> Operand:
            if len(reduced) == len(self.axes):
                return step(carried, self._element(emitter, index, reduced))
            return self._fold(emitter, reduced, carried, level, hint=hint, sums=sums)

        return level(init, ())

    def _extremum(self, emitter: Emitter, index: Index) -> Operand:
        builder, type_ = emitter.builder, self.scalar
        pick, name = (ops.maximum, "largest") if self.kind == "max" else (ops.minimum, "smallest")
        name = self.name or name

        def bound(best: Operand, x: Operand) -> Operand:
            constant = builder.apply(ops.stop, x, type=type_) if is_float(type_) else x
            return builder.apply(pick, best, constant, type=type_)

        def wins(x: Operand) -> Operand:
            return builder.apply(ops.eq, x, best, type=BOOL)

        def count(k: Operand, x: Operand) -> Operand:
            one = builder.apply(ops.select, wins(x), Const(1.0, type_), Const(0.0, type_), type=type_)
            return builder.apply(ops.add, k, one, type=type_)

        def share(r: Operand, x: Operand) -> Operand:
            weight = builder.apply(ops.select, wins(x), each, Const(0.0, type_), type=type_)
            return builder.apply(ops.attach, r, x, weight, type=type_)

        best = self._everywhere(emitter, index, Const(worst(self.kind, type_), type_), bound, hint=name, sums=False)
        if not is_float(type_):
            return best
        ties = self._everywhere(emitter, index, Const(0.0, type_), count, hint="ties", sums=False)
        each = builder.apply(ops.div, Const(1.0, type_), ties, type=type_)
        return self._everywhere(emitter, index, best, share, hint=name, sums=True)


def accumulator(type_: Scalar) -> Scalar:
    """The type a sum is accumulated in."""
    return FLOAT if type_.dtype == "float32" else type_


def worst(kind: str, type_: Scalar) -> float | int | bool:
    """The value that any element replaces."""
    dtype = np.dtype(type_.dtype)
    if dtype.kind == "f":
        return -np.inf if kind == "max" else np.inf
    if dtype.kind == "b":
        return kind != "max"
    info = np.iinfo(dtype)
    return int(info.min if kind == "max" else info.max)
