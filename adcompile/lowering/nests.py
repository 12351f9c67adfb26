"""Loop nests over the elements of arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adcompile.ir.loops import trip_region
from adcompile.ir.nodes import Operand, Value, integer, is_const
from adcompile.ir.types import INT
from adcompile.lowering.arrays import Node, Partial, Tabulated, aligned
from adcompile.lowering.emitter import Emitter, Index


@dataclass(eq=False)
class Nest:
    """Loops over index tuples, outermost first; what an outer index settles is computed in the outer loop."""

    emitter: Emitter
    dims: tuple[Operand, ...]
    nodes: tuple[Node, ...]
    order_free: bool = True

    def run(self, body: Callable[[Index], None]) -> None:
        """Emit the loops; `body` emits the innermost statements."""
        self._level((), body)

    def _level(self, index: Index, body: Callable[[Index], None]) -> None:
        outer = self.emitter.computed
        self.emitter.computed = dict(outer)
        depth = len(index)
        if depth == len(self.dims):
            body(index)
            self.emitter.computed = outer
            return
        for node in self.nodes:
            self.prefetch(node, aligned(node, (*index, *[None] * (len(self.dims) - depth))))
        if is_const(self.dims[depth], 1):
            self._level((*index, integer(0)), body)
        else:
            at = Value(INT)
            with self.emitter.builder.into(trip_region(at)) as region:
                self._level((*index, at), body)
            bounds = (integer(0), self.dims[depth], integer(1))
            self.emitter.builder.for_(bounds, (), region, order_free=self.order_free)
        self.emitter.computed = outer

    def prefetch(self, node: Node, index: Partial) -> None:
        """Compute what is known here already, so that inner loops find it."""
        known = tuple(i for i in index if i is not None)
        if len(known) < len(index):
            for child, child_index in node.children(index):
                self.prefetch(child, child_index)
        elif not isinstance(node, Tabulated) and (node, known) not in self.emitter.computed:
            self.emitter.computed[node, known] = node.at(self.emitter, known)
