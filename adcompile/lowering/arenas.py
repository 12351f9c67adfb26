"""Arenas: array names that may mean views of different arrays, which are stored into.

    w = a[i, :]                            memory = alloc(n + m * n); x from 0, a from n on
    for t in range(T):                     for t, carrying the offsets p = 0, q = n + i * n:
        x[2:] *= s                             memory[p + 2 + k] *= s
        x, w = w, x                            yield q, p

The arrays lie one behind the other in one buffer, and a name is carried and joined as the offset of its first element
and the distances of its axes, as NumPy's own arrays are. It is the last resort: one buffer says less of what is
stored where than several (`windows`, `pools`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adcompile.errors import UnsupportedError
from adcompile.ir.nodes import Apply, Const, Operand, Stmt, Value, integer
from adcompile.lowering.arrays import Along, Memory, Node, View
from adcompile.lowering.windows import Template
from adcompile.ops import scalar as ops
from adcompile.ops.primitive import Effect

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


@dataclass(eq=False)
class Arena:
    """Arrays that lie in one buffer, and the names that may mean views of any of them.

    `steps`: for every rank of a name, the distances that are the same constant for all names, None for the others.
    `definitions` are the statements that the extents of `roots` are computed by.
    """

    members: tuple[Value, ...]
    roots: tuple[Value, ...]
    steps: dict[int, tuple[int | None, ...]]
    definitions: dict[Value, Stmt]
    memory: Memory | None = None

    def hints(self, name: Value) -> list[str]:
        """A name for each int that is carried."""
        return ["first", *("step" for step in self.steps[len(name.dims)] if step is None)]

    def carried(self, state: Lowering, value: Value) -> tuple[Operand, ...]:
        """The ints that a view is carried as."""
        node = state.node(value)
        assert isinstance(node, View)
        (along,) = node.maps
        assert isinstance(along, Along)
        known = self.steps[len(value.dims)]
        return (along.offset, *(own for own, step in zip(along.steps, known, strict=True) if step is None))

    def enter(self, state: Lowering, value: Value, ints: tuple[Operand, ...]) -> None:
        """The name means the view that the ints tell."""
        if self.memory is None:
            self._make(state, value)
        offset, *rest = ints
        given = iter(rest)
        steps = tuple(next(given) if s is None else integer(s) for s in self.steps[len(value.dims)])
        self._name(state, value, state.dims(value), Along(offset, steps))

    def birth(self, state: Lowering, value: Value, node: Node | None) -> None:
        """A root gets its place and contents; a view stays one; nothing (None) is anywhere."""
        if value not in self.roots:
            if node is not None:
                state.nodes[value] = node
            else:
                self.enter(state, value, tuple(integer(0) for _ in self.hints(value)))
            return
        if self.memory is None:
            self._make(state, value)
        assert self.memory is not None
        extents = [self._extents(state, root) for root in self.roots]
        place = self.roots.index(value)
        offset: Operand = integer(0)
        for before in extents[:place]:
            offset = state.emitter.int_op(ops.add, offset, _size(state, before))
        self._name(state, value, extents[place], Along(offset, _distances(state, extents[place])))
        target = state.nodes[value]
        if node is not None:
            assert isinstance(target, View)
            state.before_write(self.memory.base)
            state.fill(target, node)

    def _name(self, state: Lowering, value: Value, dims: tuple[Operand, ...], along: Along) -> None:
        assert self.memory is not None
        state.nodes[value] = View(dims, self.memory.dtype, base=self.memory, maps=(along,))

    def _make(self, state: Lowering, value: Value) -> None:
        total: Operand = integer(0)
        for root in self.roots:
            total = state.emitter.int_op(ops.add, total, _size(state, self._extents(state, root)))
        self.memory = state.new_root((total,), value.type.dtype, hint="memory")

    def _extents(self, state: Lowering, root: Value) -> tuple[Operand, ...]:
        return tuple(self._lifted(state, extent) for extent in root.dims)

    def _lifted(self, state: Lowering, operand: Operand) -> Operand:
        """What an extent is, computed here if that has not been done yet."""
        if isinstance(operand, Const) or operand in state.scalars:
            return state.scalar(operand)
        stmt = self.definitions.get(operand)
        if isinstance(stmt, Apply) and stmt.primitive.effect is Effect.PURE:
            operands = [self._lifted(state, each) for each in stmt.operands]
            return state.builder.apply(stmt.primitive, *operands, type=operand.type, **stmt.attrs)
        raise UnsupportedError(
            "a name means views of different arrays, and the size of one of them is known only where it is made",
            operand.loc,
            "Use a copy (`.copy()`), or make the array at the beginning.",
        )


def common_steps(views: list[tuple[Value, Template]]) -> dict[int, tuple[int | None, ...]]:
    """For every rank, the distances that all views have; a view is given with its template in its root."""
    found: dict[int, tuple[int | None, ...]] = {}
    for root, template in views:
        unit: dict[int, int | None] = {}
        for axis, entry in enumerate(template):
            if entry is not None:
                contiguous = axis == len(root.dims) - 1
                unit[entry.axis] = entry.step if contiguous else None
        mine = tuple(unit.get(axis) for axis in sorted(unit))
        rank = len(mine)
        if rank in found:
            found[rank] = tuple(p if p == q else None for p, q in zip(found[rank], mine, strict=True))
        else:
            found[rank] = mine
    return found


def _size(state: Lowering, dims: tuple[Operand, ...]) -> Operand:
    size: Operand = integer(1)
    for extent in dims:
        size = state.emitter.int_op(ops.mul, size, extent)
    return size


def _distances(state: Lowering, dims: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """Of the axes of an array in C order."""
    found: list[Operand] = [integer(1)]
    for extent in reversed(dims[1:]):
        found.append(state.emitter.int_op(ops.mul, found[-1], extent))
    return tuple(reversed(found)) if dims else ()
