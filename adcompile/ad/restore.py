"""Which stores the backward sweep must undo.

A store is undone (the overwritten element was saved before it, and is put back) if the backward sweep may afterwards
read the memory behind it: then invariant M of `frames.py` holds for that read.

    for t in range(T):                    the read of u[i] for trip t comes after the
        v = u[i]; u[i] = sin(v)           reverse of trips t + 1, ...: the store is undone

Without `accesses` any store to the array that is read counts; with them, only one that may have stored the element
that is read (`final.py`).
"""

from __future__ import annotations

from adcompile.ad.final import Accesses, orders
from adcompile.ad.frames import Layout, Path, Read
from adcompile.ir.nodes import Apply
from adcompile.ops import memory


def stores_to_restore(layout: Layout, reads: list[Read], accesses: Accesses | None, *, every: bool = False) -> set[int]:
    """Numbers (in the order of `layout.writes`) of the stores to undo, given the reads the sweep made.

    `every`: all to arrays that are made outside loops and branches.
    """
    found: set[int] = set()
    for number, stmt in enumerate(layout.writes):
        if not isinstance(stmt, Apply) or stmt.primitive is not memory.store:
            continue
        array = layout.root_of(stmt.operands[0])
        definition = layout.definition(array)
        if isinstance(definition, Apply) and definition.attrs.once:
            continue
        home = layout.homes[array]
        depth = len(layout.path(home.region, home.index)) - 1
        path = layout.path(*layout.places[stmt])
        if (every and home.region is layout.root) or any(
            read.array is array and _spoils(layout, stmt, path, read, depth, accesses) for read in reads
        ):
            found.add(number)
    return found


def _spoils(layout: Layout, store: Apply, path: Path, read: Read, depth: int, accesses: Accesses | None) -> bool:
    """May the read, in the backward sweep, come after the reverse of the store, and want what it has overwritten?"""
    for level in orders(layout, path, read.path, depth):
        if accesses is None or read.access is None or accesses.may_clash(store, read.access, level):
            return True
    return False
