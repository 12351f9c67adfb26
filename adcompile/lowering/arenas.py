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

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adcompile.errors import UnsupportedError
from adcompile.ir.nodes import Apply, Operand, Region, Value, integer
from adcompile.ir.primitive import Effect
from adcompile.ir.types import INT
from adcompile.lowering.arrays import Memory, Node, View
from adcompile.lowering.bounds import Definitions, emitted, room
from adcompile.lowering.lifetimes import Lifetimes
from adcompile.lowering.maps import ONE, ZERO, Along, row_major
from adcompile.lowering.pools import Visible, free_slot
from adcompile.lowering.windows import Template
from adcompile.ops import scalar as ops

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


@dataclass(eq=False)
class Arena:
    """Arrays that lie in one buffer, made in the region `home`, and the names that may mean views of any of them.

    `roots` are made once and have places of their own. Those in `again` are made again in every trip of a loop: each
    takes one of the `slots` places behind, large enough for any of them, one that no visible name means. Then names
    carry the number of the place too, 0 for the others.
    `steps`: for every rank of a name, the distances that are the same constant for all names, None for the others.
    `definitions` are what the extents of the arrays are computed by. An array whose extents are known only where it is
    made has room for the largest that they can be.
    """

    home: Region
    members: tuple[Value, ...]
    roots: tuple[Value, ...]
    again: tuple[Value, ...]
    steps: dict[int, tuple[int | None, ...]]
    definitions: Definitions
    lifetimes: Lifetimes
    slots: int = 0
    visible: list[Visible] = field(default_factory=list)
    memory: Memory | None = None
    _slots: dict[Value, Operand] = field(default_factory=dict)
    _sizes: dict[Value, tuple[Operand, ...]] = field(default_factory=dict)
    _roomy: set[Value] = field(default_factory=set)

    def hints(self, name: Value) -> list[str]:
        """A name for each int that is carried."""
        loose = (step for step in self.steps[len(name.dims)] if step is None)
        return [*(["slot"] if self.again else []), "first", *("step" for _ in loose)]

    def carried(self, state: Lowering, value: Value) -> tuple[Operand, ...]:
        """The ints that a view is carried as."""
        node = state.node(value)
        assert isinstance(node, View)
        (along,) = node.maps
        assert isinstance(along, Along)
        known = self.steps[len(value.dims)]
        steps = (own for own, step in zip(along.steps, known, strict=True) if step is None)
        return (*((self._slot(value),) if self.again else ()), along.offset, *steps)

    def enter(self, state: Lowering, value: Value, ints: tuple[Operand, ...]) -> None:
        """The name means the view that the ints tell."""
        if self.memory is None:
            self.make(state)
        given = iter(ints)
        slot = next(given) if self.again else ZERO
        offset = next(given)
        steps = tuple(next(given) if s is None else integer(s) for s in self.steps[len(value.dims)])
        self._name(state, value, state.dims(value), Along(offset, steps), slot)

    def birth(self, state: Lowering, value: Value, node: Node | None) -> None:
        """An array gets its place and contents; a view stays one; nothing (None) is anywhere."""
        if value not in (*self.roots, *self.again):
            if node is not None:
                state.nodes[value] = node
                self._slots[value] = self._slot(value)
                self.visible.append((value, self._slots[value]))
            else:
                self.enter(state, value, tuple(ZERO for _ in self.hints(value)))
            return
        if self.memory is None:
            self.make(state)
        assert self.memory is not None
        dims = self._sizes[value] if value not in self._roomy else node.dims if node is not None else state.dims(value)
        slot: Operand = ZERO
        if value in self.roots:
            before = self.roots[: self.roots.index(value)]
            offset = self._size(state, before)
        else:
            slot = free_slot(state, self.visible, range(1, self.slots + 1))
            number = state.emitter.int_op(ops.sub, slot, ONE)
            behind = state.emitter.int_op(ops.mul, number, self._largest(state))
            offset = state.emitter.int_op(ops.add, self._size(state, self.roots), behind)
        self._name(state, value, dims, Along(offset, row_major(state.emitter, dims)), slot)
        target = state.nodes[value]
        if node is not None:
            assert isinstance(target, View)
            state.before_write(self.memory.base)
            state.fill(target, node)

    def _slot(self, value: Value) -> Operand:
        """The number of the place that the array, or the one that it is a view of, takes."""
        return next((self._slots[each] for each in self.lifetimes.chain(value) if each in self._slots), ZERO)

    def _name(self, state: Lowering, value: Value, dims: tuple[Operand, ...], along: Along, slot: Operand) -> None:
        assert self.memory is not None
        state.nodes[value] = View(dims, self.memory.dtype, base=self.memory, maps=(along,))
        self._slots[value] = slot
        self.visible.append((value, slot))

    def make(self, state: Lowering) -> None:
        """The buffer, and the extents of all arrays: in front of the first of them."""
        for each in (*self.roots, *self.again):
            self._sizes[each] = tuple(self._room(state, each, extent) for extent in each.dims)
        total = self._size(state, self.roots)
        if self.again:
            behind = state.emitter.int_op(ops.mul, integer(self.slots), self._largest(state))
            total = state.emitter.int_op(ops.add, total, behind)
        self.memory = state.new_root((total,), self.members[0].type.dtype, hint="memory")

    def _largest(self, state: Lowering) -> Operand:
        """The number of elements of the largest array that is made again."""
        sizes = list(dict.fromkeys(self._size(state, (each,)) for each in self.again))
        largest = sizes[0]
        for size in sizes[1:]:
            largest = state.builder.apply(ops.maximum, largest, size, type=INT)
        return largest

    def _size(self, state: Lowering, arrays: tuple[Value, ...]) -> Operand:
        """The number of elements of some of the arrays."""
        total: Operand = ZERO
        for each in arrays:
            size: Operand = ONE
            for extent in self._sizes[each]:
                size = state.emitter.int_op(ops.mul, size, extent)
            total = state.emitter.int_op(ops.add, total, size)
        return total

    def _room(self, state: Lowering, value: Value, extent: Operand) -> Operand:
        """An extent, computed here if that has not been done yet, or what it is at most."""
        if self._can_lift(state, extent):
            return self._lifted(state, extent)
        self._roomy.add(value)
        found = room(extent, lambda operand: self._can_lift(state, operand), self.definitions)
        if found is None:
            raise UnsupportedError(
                "a name means views of different arrays, and the size of one of them is known only where it is made",
                value.loc,
                "Use a copy (`.copy()`), or make the array at the beginning.",
            )
        return emitted(state, found, lambda operand: self._lifted(state, operand))

    def _can_lift(self, state: Lowering, operand: Operand) -> bool:
        """Can the int be computed here, if that has not been done yet?"""
        if state.is_known(operand):
            return True
        stmt = self.definitions.get(operand) if isinstance(operand, Value) else None
        pure = isinstance(stmt, Apply) and stmt.primitive.effect is Effect.PURE
        return pure and all(self._can_lift(state, each) for each in stmt.operands)  # type: ignore[union-attr]

    def _lifted(self, state: Lowering, operand: Operand) -> Operand:
        if state.is_known(operand):
            return state.scalar(operand)
        assert isinstance(operand, Value)
        stmt = self.definitions[operand]
        assert isinstance(stmt, Apply)
        operands = [self._lifted(state, each) for each in stmt.operands]
        return state.builder.apply(stmt.primitive, *operands, type=operand.type, attrs=stmt.attrs)


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
