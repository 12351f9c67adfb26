"""Dead stores: what is overwritten or never read again is not stored. Rewrites in place.

    store(A, i, 0.0)                      store(A, i, v)
    store(A, i, v)

    for i in range(1, n):                 for i in range(1, n):
        v = load(A, i)                        v = load(A, i)
        store(A, i, 0.0)                      ...
        ...
    w = load(A, 0)                        w = load(A, 0)

Rules, for an array that the function makes and does not return:

* overwritten   the same element is stored again in the same region, and nothing in between reads the array.
* unread        no load that may come later, while the array lives, may load the same element: for every order in which
                it may come later, a system of linear inequalities has no solution (`ad/final.py`, with the load in the
                place of the later store).
"""

from __future__ import annotations

from collections.abc import Iterator

from adcompile.ad.activity import roots
from adcompile.ad.final import Accesses, orders
from adcompile.ad.frames import Layout
from adcompile.facts.aliases import Aliases
from adcompile.ir.nodes import Apply, Function, Region, Stmt, Value
from adcompile.ir.walk import all_regions, operands, regions, statements
from adcompile.ops import memory
from adcompile.passes.cse import operand_key


def remove_dead_stores(function: Function) -> Function:
    """Remove stores that nothing observes."""
    aliases = Aliases(function)
    _remove_overwritten(function.region, aliases)
    _remove_unread(function, aliases)
    return function


def _local(function: Function, aliases: Aliases) -> set[Value]:
    """The arrays that are made by the function and not returned."""
    made = (r for stmt in statements(function.region) if isinstance(stmt, Apply) for r in stmt.results)
    known = {r for r in made if aliases.root(r) is r and not _is_scalar(r)}
    return known - {aliases.root(y) for y in function.region.yields if isinstance(y, Value)}


def _is_scalar(value: Value) -> bool:
    return not hasattr(value.type, "ndim")


def _accesses(stmt: Stmt) -> Iterator[Apply]:
    for each in statements(Region(body=[stmt])):
        if isinstance(each, Apply):
            yield each


def _touched(stmt: Stmt, aliases: Aliases) -> set[Value]:
    return {
        aliases.root(o) for each in _accesses(stmt) for o in each.operands if isinstance(o, Value) and not _is_scalar(o)
    }


def _touched_by(stmt: Stmt, aliases: Aliases) -> set[Value]:
    """The arrays that the statement itself mentions, not those that statements inside it mention."""
    return {aliases.root(o) for o in operands(stmt) if isinstance(o, Value) and not _is_scalar(o)}


def _remove_overwritten(region: Region, aliases: Aliases) -> None:
    waiting: dict[tuple[object, ...], Apply] = {}
    dead: set[Stmt] = set()
    for stmt in region.body:
        for inner in regions(stmt):
            _remove_overwritten(inner, aliases)
        if isinstance(stmt, Apply) and stmt.primitive is memory.store:
            array, *index, _ = stmt.operands
            key = (array, *map(operand_key, index))
            if key in waiting:
                dead.add(waiting[key])
            waiting[key] = stmt
            continue
        touched = _touched(stmt, aliases) if waiting else set()
        for key in [k for k in waiting if aliases.root(k[0]) in touched]:  # type: ignore[arg-type]
            del waiting[key]
    region.body = [stmt for stmt in region.body if stmt not in dead]


def _remove_unread(function: Function, aliases: Aliases) -> None:
    """Remove the stores after which the element is not loaded (unread)."""
    stores: dict[Value, list[Apply]] = {array: [] for array in _local(function, aliases)}
    loads: dict[Value, list[Apply]] = {array: [] for array in stores}
    for stmt in statements(function.region):
        for array in _touched_by(stmt, aliases) & stores.keys():
            match stmt:
                case Apply(primitive=memory.load):
                    loads[array].append(stmt)
                case Apply(primitive=memory.store):
                    stores[array].append(stmt)
                case Apply(primitive=kind) if not any(map(kind.touches, range(len(stmt.operands)))):
                    pass
                case _:
                    del stores[array]
    candidates = {array: found for array, found in stores.items() if found and loads[array]}
    if not candidates:
        return
    layout = Layout(function.region, roots(function.region))
    accesses = Accesses(layout, set(candidates))
    dead = {s for array, found in candidates.items() for s in found if _is_unread(s, loads[array], layout, accesses)}
    for region in all_regions(function.region):
        region.body = [stmt for stmt in region.body if stmt not in dead]


def _is_unread(store: Apply, loads: list[Apply], layout: Layout, accesses: Accesses) -> bool:
    home = layout.homes[layout.root_of(store.operands[0])]
    depth = len(layout.path(home.region, home.index)) - 1
    stored = layout.path(*layout.places[store])
    for load in loads:
        loaded = layout.path(*layout.places[load])
        if any(accesses.may_clash(load, store, level) for level in orders(layout, loaded, stored, depth)):
            return False
    return True
