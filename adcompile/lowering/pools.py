"""Pools: array names that may mean several arrays, which are stored into.

    u = zeros(n); v = ones(n)              pool = alloc(2, n); u is slot 0, v is slot 1
    for t in range(T):                     for t, carrying the slots a = 0, b = 1:
        v[1:-1] = f(u)                         pool[b, 1:-1] = f(pool[a])
        u, v = v, u                            yield b, a

The arrays that may flow into one name are born in one buffer with a leading axis; the name is the number of a slot, an
int that is carried and joined like any other. Aliases stay aliases, because a slot is a place and not a copy. An array
born in a loop takes a slot that no visible name means.

Where all of them are rows of one array (`a, b = y[0], y[1]`), that array is the pool and the row's number the slot.
Arrays that are only read need no pool: a name that may mean several of them is a copy (`rebinding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adcompile.errors import UnsupportedError
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While, integer
from adcompile.ir.types import BOOL, INT, Array
from adcompile.ir.walk import all_operands, operands, regions, statements
from adcompile.lowering.arrays import Axis, Fixed, Map, Memory, Node, View
from adcompile.ops import array
from adcompile.ops import scalar as ops

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering

Visible = tuple[Value, Operand]


@dataclass(eq=False)
class Pool:
    """The arrays of one class. `visible` are the names in scope with their slots, `memory` the buffer, once made."""

    members: tuple[Value, ...]
    rows_of: Value | None = None
    slots: int = 0
    visible: list[Visible] = field(default_factory=list)
    memory: Memory | None = None

    def slot(self, state: Lowering) -> Operand:
        """A slot for a new array: the first that no visible name means."""
        taken = list(dict.fromkeys(slot for _, slot in self.visible))
        constants = [slot.value for slot in taken if isinstance(slot, Const)]
        free = [k for k in range(self.slots) if k not in constants]
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

    def view(self, slot: Operand) -> View:
        """The array in a slot."""
        assert self.memory is not None
        dims = self.memory.dims[1:]
        maps: list[Map] = [Fixed(slot), *(Axis(k) for k in range(len(dims)))]
        return View(dims, self.memory.dtype, base=self.memory, maps=tuple(maps))


def slot_of(node: Node) -> Operand:
    """The slot that a pool's view stands for."""
    assert isinstance(node, View)
    first = node.maps[0]
    assert isinstance(first, Fixed)
    return first.index


def pools(region: Region, written: set[Value]) -> dict[Value, Pool]:
    """For every array name that needs one, its pool. Arrays whose rows are stored into by such names join `written`."""
    groups = _groups(region)
    bases = view_bases(region)
    found: dict[Value, Pool] = {}
    rows = _rows(region)
    for members, must in groups:
        base = _common_base(members, rows, region)
        if base is None:
            _refuse_views(members, bases, written)
        if must or any(m in written for m in members):
            pool = Pool(tuple(members), base)
            found.update(dict.fromkeys(members, pool))
    for pool in dict.fromkeys(found.values()):
        base = pool.rows_of
        while base is not None:  # what is stored into a row is stored into the array
            written.add(base)
            base = bases.get(base)
        pool.slots = _most_visible(region, pool, set(region.params))
    return found


def view_bases(region: Region) -> dict[Value, Value]:
    """For every view, the array it is a view of."""
    found: dict[Value, Value] = {}
    for stmt in statements(region):
        if isinstance(stmt, Apply) and stmt.primitive in array.VIEWS:
            base = stmt.operands[0]
            assert isinstance(base, Value)
            found[stmt.results[0]] = base
    return found


def _rows(region: Region) -> dict[Value, Value | None]:
    """For every array that an operation makes: the array it is a row of, if it is one."""
    found: dict[Value, Value | None] = {}
    for stmt in statements(region):
        if isinstance(stmt, Apply) and stmt.results:
            base = stmt.operands[0] if stmt.operands else None
            is_row = stmt.primitive is array.index and stmt.attrs["items"] == (
                "int",
                *["slice"] * len(stmt.results[0].dims),
            )
            found[stmt.results[0]] = base if is_row and isinstance(base, Value) else None
    return found


def _common_base(members: list[Value], rows: dict[Value, Value | None], region: Region) -> Value | None:
    """The array that all members are rows of, if there is one."""
    made = [rows[m] for m in members if m in rows]
    if any(m in region.params for m in members) or len(set(made)) != 1:
        return None
    base = made[0]
    return base if base is None or base in rows or base in region.params else None


def _groups(region: Region) -> list[tuple[list[Value], bool]]:
    """Array names that may mean the same array, and whether a copy at the entry of a loop is no way out."""
    parent: dict[Value, Value] = {}
    forced: list[Value] = []

    def find(value: Value) -> Value:
        while parent.setdefault(value, value) is not value:
            value = parent[value]
        return value

    def join(*names: Operand) -> None:
        first, *rest = names
        assert isinstance(first, Value)
        for name in rest:
            assert isinstance(name, Value)
            parent[find(name)] = find(first)

    for stmt in statements(region):
        if isinstance(stmt, If):
            for result, then, orelse in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                if isinstance(result.type, Array):
                    join(result, then, orelse)
        elif isinstance(stmt, For | While):
            for names in carried(stmt):
                if isinstance(names[0].type, Array):
                    join(*names)
                    if isinstance(stmt, While) or stmt.exits:
                        assert isinstance(names[0], Value)
                        forced.append(names[0])
    found: dict[Value, list[Value]] = {}
    for value in list(parent):
        found.setdefault(find(value), []).append(value)
    return [(members, any(find(f) is root for f in forced)) for root, members in found.items()]


def carried(stmt: For | While) -> list[tuple[Operand, ...]]:
    """For every carried value: result, init, param (of the test too), yield."""
    count = len(stmt.inits)
    if not count:
        return []
    columns: list[Sequence[Operand]] = [
        stmt.results[-count:],
        stmt.inits,
        stmt.body.params[-count:],
        stmt.body.yields[-count:],
    ]
    if isinstance(stmt, While):
        columns.append(stmt.test.params)
    return list(zip(*columns, strict=True))


def _refuse_views(members: list[Value], bases: dict[Value, Value], written: set[Value]) -> None:
    is_written = any(member in written for member in members)
    for member in members:
        base = bases.get(member)
        while base is not None:
            if is_written or base in written:
                raise UnsupportedError(
                    "a name that means different arrays stands for a view here, and the memory behind it is written",
                    member.loc,
                    "Use a copy (`.copy()`), or give the view a name of its own.",
                )
            base = bases.get(base)


def _most_visible(region: Region, pool: Pool, params: set[Value]) -> int:
    """How many slots are needed: the most names that are visible when an array is born, and that array."""
    members, most = set(pool.members), 0
    order = {stmt: number for number, stmt in enumerate(statements(region))}

    def visit(inner: Region, visible: list[Value]) -> None:
        nonlocal most
        for stmt in inner.body:
            if isinstance(stmt, For | While):
                alive = [v for v in visible if not dies_at(v, stmt, inner, region, order)]
                for own in regions(stmt):
                    visit(own, alive + [p for p in own.params if p in members])
            elif isinstance(stmt, If):
                for own in regions(stmt):
                    visit(own, list(visible))
            born = [r for r in stmt.results if r in members]
            visible += born
            if isinstance(stmt, Apply) and born:
                most = max(most, len(visible))

    start = [p for p in region.params if p in params and p in members]
    most = len(start)
    visit(region, start)
    return most


def dies_at(value: Value, loop: Stmt, home: Region, root: Region, order: dict[Stmt, int]) -> bool:
    """Is the array, by any name, used neither in the loop (but as what it starts from) nor after it?"""
    defined_here = any(value in stmt.results for stmt in home.body) or (home is root and value in home.params)
    if not defined_here:
        return False
    names = {value, *(view for view, base in root_bases(root).items() if base is value)}

    def reads(region: Region) -> bool:
        return any(o in names for o in all_operands(region))

    later = any(o in names for stmt in statements(root) if order[stmt] > order[loop] for o in operands(stmt))
    yielded = any(y in names for region in (home, root) for y in region.yields)
    return not (later or yielded or any(reads(own) for own in regions(loop)))


def root_bases(region: Region) -> dict[Value, Value]:
    """For every view, the array that it is a view of in the end."""
    bases = view_bases(region)
    found: dict[Value, Value] = {}
    for view, base in bases.items():
        found[view] = found.get(base, base)
    return found


@contextmanager
def scope(state: Lowering) -> Iterator[None]:
    """Names that become visible in the block are not visible after it."""
    kept = {pool: list(pool.visible) for pool in dict.fromkeys(state.pools.values())}
    try:
        yield
    finally:
        for pool, visible in kept.items():
            pool.visible = visible


def enter(state: Lowering, value: Value, slot: Operand) -> None:
    """The name means the array in the slot."""
    pool = state.pools[value]
    pool.visible.append((value, slot))
    state.nodes[value] = pool.view(slot)


def birth(state: Lowering, value: Value, node: Node | None) -> None:
    """A new array of the pool, filled with the node's elements; or a row of the array that is the pool."""
    pool = state.pools[value]
    if pool.rows_of is not None:
        assert node is not None
        _enter_row(state, pool, value, node)
        return
    dims = node.dims if node is not None else state.dims(value)
    if pool.memory is None:
        make(state, pool, dims, value)
    slot = pool.slot(state)
    enter(state, value, slot)
    if node is not None:
        assert pool.memory is not None
        state.before_write(pool.memory.base)
        state.fill(pool.view(slot), node)


def _enter_row(state: Lowering, pool: Pool, value: Value, node: Node) -> None:
    assert pool.rows_of is not None
    base = state.memory(pool.rows_of)
    whole = isinstance(node, View) and node.base is base and node.dims == base.dims[1:]
    if isinstance(base, Memory):
        pool.memory = base
    if not whole or any(not isinstance(m, Axis) or not m.is_identity for m in node.maps[1:]):  # type: ignore[attr-defined]
        raise UnsupportedError(
            "a name that means different rows, and is stored into, stands for a part of a row here",
            value.loc,
            "Take whole rows, or use a copy (`.copy()`).",
        )
    enter(state, value, slot_of(node))


def make(state: Lowering, pool: Pool, dims: tuple[Operand, ...], value: Value) -> None:
    """The buffer, made where the first array of the pool is born."""
    pool.memory = state.new_root((integer(pool.slots), *dims), value.type.dtype, hint=value.hint)
