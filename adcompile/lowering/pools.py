"""Pools: array names that may mean several arrays, which are stored into.

    u = zeros(n); v = ones(n)              pool = alloc(2, n); u is slot 0, v is slot 1
    for t in range(T):                     for t, carrying the slots a = 0, b = 1:
        v[1:-1] = f(u)                         pool[b, 1:-1] = f(pool[a])
        u, v = v, u                            yield b, a

The arrays that may flow into one name are born in one buffer with a leading axis; the name is the number of a slot, an
int that is carried and joined like any other. Aliases stay aliases, because a slot is a place and not a copy. An array
born in a loop takes a slot that no visible name means.

Which names need a pool is decided in `groups`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adcompile.errors import REFUSED, placed
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Value, While, integer
from adcompile.ir.types import BOOL, INT
from adcompile.ir.walk import regions
from adcompile.lowering.arrays import Memory, Node, View
from adcompile.lowering.lifetimes import Lifetimes
from adcompile.lowering.maps import Axis, Fixed, Map
from adcompile.lowering.windows import Windows
from adcompile.ops import memory
from adcompile.ops import scalar as ops

if TYPE_CHECKING:
    from adcompile.lowering.arenas import Arena
    from adcompile.lowering.lower import Lowering

Visible = tuple[Value, Operand]


@dataclass(eq=False)
class Pool:
    """The arrays of one class. `visible` are the names in scope with their slots, `memory` the buffer, once made.

    `borrowed`: views of other arrays, copied into a slot where they flow into another name.
    """

    members: tuple[Value, ...]
    borrowed: set[Value]
    slots: int = 0
    visible: list[Visible] = field(default_factory=list)
    memory: Memory | None = None

    def hints(self, _: Value) -> list[str]:
        """A name for each int that is carried."""
        return ["slot"]

    def carried(self, state: Lowering, value: Value) -> tuple[Operand, ...]:
        """The ints that an array of the pool is carried as: its slot."""
        node = state.node(value)
        if value in self.borrowed:
            self._fill_new(state, value, node)
            copy = state.nodes[value]
            state.nodes[value], node = node, copy
        assert isinstance(node, View)
        first = node.maps[0]
        assert isinstance(first, Fixed)
        return (first.index,)

    def enter(self, state: Lowering, value: Value, ints: tuple[Operand, ...]) -> None:
        """The name means the array in the slot."""
        (slot,) = ints
        self.visible.append((value, slot))
        state.nodes[value] = self._view(slot, state.dims(value))

    def birth(self, state: Lowering, value: Value, node: Node | None) -> None:
        """A new array, filled with the node's elements; a view stays one."""
        if value in self.borrowed and node is not None:
            state.nodes[value] = node
        else:
            self._fill_new(state, value, node)

    def _fill_new(self, state: Lowering, value: Value, node: Node | None) -> None:
        dims = node.dims if node is not None else state.dims(value)
        if self.memory is None:
            self.make(state, dims, value)
        else:
            self._check(state, dims)
        self.enter(state, value, (free_slot(state, self.visible, range(self.slots)),))
        target = state.nodes[value]
        if node is not None:
            assert self.memory is not None
            assert isinstance(target, View)
            state.before_write(self.memory.base)
            state.fill(target, node)

    def _check(self, state: Lowering, dims: tuple[Operand, ...]) -> None:
        """The array is not larger than a slot."""
        assert self.memory is not None
        for own, room in zip(dims, self.memory.dims[1:], strict=True):
            if own != room:
                ok = state.builder.apply(ops.le, own, room, type=BOOL)
                what = "a name means an array of {} elements first and one of {} later, which is not supported here"
                message = f"{REFUSED}{what}\nMake an array of the largest size, and fill a part of it."
                if state.builder.loc is not None:
                    message = placed(message, state.builder.loc)
                state.builder.effect(memory.require, ok, room, own, error="NotImplementedError", message=message)

    def make(self, state: Lowering, dims: tuple[Operand, ...], value: Value) -> None:
        """The buffer, made where the first array of the pool is born."""
        self.memory = state.new_root((integer(self.slots), *dims), value.type.dtype, hint=value.hint)

    def _view(self, slot: Operand, dims: tuple[Operand, ...]) -> View:
        """The array in a slot."""
        assert self.memory is not None
        maps: list[Map] = [Fixed(slot), *(Axis(k) for k in range(len(dims)))]
        return View(dims, self.memory.dtype, base=self.memory, maps=tuple(maps))


def free_slot(state: Lowering, visible: list[Visible], slots: range) -> Operand:
    """A slot for a new array: the first that no visible name means."""
    taken = list(dict.fromkeys(slot for _, slot in visible))
    constants = [slot.value for slot in taken if isinstance(slot, Const)]
    free = [k for k in slots if k not in constants]
    dynamic = [slot for slot in taken if isinstance(slot, Value)]
    chosen: Operand = integer(free[-1])
    for candidate in reversed(free[:-1]) if dynamic else ():
        clear: Operand | None = None
        for slot in dynamic:
            other = state.builder.apply(ops.ne, slot, integer(candidate), type=BOOL)
            clear = other if clear is None else state.builder.apply(ops.and_, clear, other, type=BOOL)
        assert clear is not None
        chosen = state.builder.apply(ops.select, clear, integer(candidate), chosen, type=INT)
    return chosen if dynamic else integer(free[0])


def most_visible(region: Region, names: Collection[Value], lifetimes: Lifetimes) -> int:
    """How many slots are needed: the most names that are visible when an array is born, and that array."""
    members, most = set(names), 0

    def visit(inner: Region, visible: list[Value]) -> None:
        nonlocal most
        for stmt in inner.body:
            if isinstance(stmt, For | While):
                alive = [v for v in visible if not lifetimes.dies_at(v, stmt)]
                for own in regions(stmt):
                    visit(own, alive + [p for p in own.params if p in members])
            elif isinstance(stmt, If):
                for own in regions(stmt):
                    visit(own, list(visible))
            born = [r for r in stmt.results if r in members]
            visible += born
            if isinstance(stmt, Apply) and born:
                most = max(most, len(visible))

    start = [p for p in region.params if p in members]
    most = len(start)
    visit(region, start)
    return most


@contextmanager
def scope(state: Lowering) -> Iterator[None]:
    """Names that become visible in the block are not visible after it."""
    kept = {pool: list(pool.visible) for pool in pools_of(state)}
    try:
        yield
    finally:
        for pool, visible in kept.items():
            pool.visible = visible


def pools_of(state: Lowering) -> list[Pool | Arena]:
    """All pools and arenas of the function."""
    return [each for each in dict.fromkeys(state.shared.values()) if not isinstance(each, Windows)]
