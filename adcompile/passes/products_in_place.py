"""Products in place: what a loop multiplies is written where it is wanted, not to a new array in every trip.

    for t in range(0, n):                              p = alloc(m) {empty}
        p = matmul(w, x)                               for t in range(0, n):
        for i in range(0, m): ... load(p, i) ...           multiply(p, w, x)
                                                           for i in range(0, m): ... load(p, i) ...
    for t in range(0, n):
        p = matmul(w, x)                               for t in range(0, n):
        r = row(kept, t)                                   r = row(kept, t)
        for i in range(0, m): store(r, i, load(p, i))      multiply(r, w, x)

`hoist_arrays` moves the allocation out of the loop. In the gradient of a hidden Markov model with 8 states, two new
arrays a trip took half of the time. Rewrites in place. Rules:

* copied   the only use of the product is to be copied as a whole to another array, of the same extents and contiguous,
           which has no memory in common with the factors. Between the product and the copy nothing is written.
* here     else the product has its memory made in front of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from adcompile.facts.aliases import Aliases
from adcompile.facts.ranges import Ranges
from adcompile.ir.attributes import Attributes
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, For, Function, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Effect
from adcompile.ir.types import INT, Array
from adcompile.ir.walk import all_operands, regions
from adcompile.ops import library, memory
from adcompile.passes.elide_copies import copied


def products_in_place(function: Function, *, everywhere: bool = False) -> Function:
    """Let products write to memory that is there: those inside loops, or all."""
    uses = Counter(o for o in all_operands(function.region) if isinstance(o, Value))
    _InPlace(Ranges(function), Aliases(function), uses).visit(function.region, in_loop=everywhere)
    return function


class _InPlace:
    def __init__(self, ranges: Ranges, aliases: Aliases, uses: Counter[Value]) -> None:
        self.ranges = ranges
        self.aliases = aliases
        self.uses = uses

    def visit(self, region: Region, *, in_loop: bool) -> None:
        """Rewrite the products of a region, and of those inside it."""
        body: list[Stmt] = []
        for stmt in region.body:
            for inner in regions(stmt):
                with self.ranges.within(stmt, inner):
                    self.visit(inner, in_loop=in_loop or isinstance(stmt, For | While))
            moved = self._moved(stmt, body) if in_loop and isinstance(stmt, For) else None
            if moved is not None:
                product, target = moved
                body.remove(product)
                body.append(_multiply(product, target))
                continue
            body.append(stmt)
            self.ranges.passed(stmt)
        region.body = list(self._made_here(body)) if in_loop else body

    def _moved(self, nest: For, before: list[Stmt]) -> tuple[Apply, Value] | None:
        """The product that the nest copies, and where to (copied)."""
        found = copied(nest, self.ranges)
        if found is None:
            return None
        source, target = found
        for stmt in reversed(before):
            if not isinstance(stmt, Apply) or stmt.primitive.effect is Effect.WRITE:
                return None
            if stmt.results == (source,):
                is_product = stmt.primitive is library.matmul and self.uses[source] == 1
                return (stmt, target) if is_product and self._fits(stmt, target) else None
        return None

    def _fits(self, product: Apply, target: Value) -> bool:
        """Can the product be written there?"""
        source = product.results[0]
        assert isinstance(source.type, Array) and isinstance(target.type, Array)
        if (target.type.dtype, target.type.ndim, target.type.layout) != (source.type.dtype, source.type.ndim, "C"):
            return False
        if self.aliases.root(target) in map(self.aliases.root, product.operands):
            return False
        axes = range(source.type.ndim)
        return all(self.ranges.extent(source, axis) == self.ranges.extent(target, axis) for axis in axes)

    def _made_here(self, body: list[Stmt]) -> Iterator[Stmt]:
        """The statements, with an allocation in front of each product (here)."""
        for stmt in body:
            if isinstance(stmt, Apply) and stmt.primitive is library.matmul:
                yield from _allocated(stmt)
                yield _multiply(stmt, stmt.results[0])
            else:
                yield stmt


def _multiply(product: Apply, target: Value) -> Apply:
    transpose = product.attrs.transpose
    return Apply(library.multiply, (target, *product.operands), (), Attributes(transpose=transpose), product.loc)


def _allocated(product: Apply) -> list[Stmt]:
    """The allocation of the product's memory, and what it takes."""
    (result,) = product.results
    assert isinstance(result.type, Array) and product.primitive.routine is not None
    result.hint = result.hint or product.primitive.routine.names[0]
    builder = Builder(Region())
    with builder.at(product.loc):
        extents = [_extent(builder, product, axis) for axis in range(result.type.ndim)]
    return [*builder.region.body, Apply(memory.alloc, tuple(extents), (result,), Attributes(fill="empty"), product.loc)]


def _extent(builder: Builder, product: Apply, axis: int) -> Operand:
    ((factor, own),) = library.extent_places(product, 0, axis)
    return builder.apply(memory.dim, product.operands[factor], type=INT, axis=own)
