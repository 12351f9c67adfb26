"""Which stores the backward sweep must undo.

A store is undone (the overwritten element was saved before it, and is put back) if the backward sweep may afterwards
read the memory behind it: then invariant M of `frames.py` holds for that read.

    for t in range(T):                    the read of u[i] for trip t comes after the
        v = u[i]; u[i] = sin(v)           reverse of trips t + 1, ...: the store is undone
"""

from __future__ import annotations

from adcompile.ad.frames import Layout, Path
from adcompile.ir.nodes import Apply, For, Value, While
from adcompile.ops import memory


def stores_to_restore(layout: Layout, reads: list[tuple[Value, Path]]) -> set[int]:
    """Numbers (in the order of `layout.writes`) of the stores to undo, given the reads the sweep made."""
    found: set[int] = set()
    for number, stmt in enumerate(layout.writes):
        if not isinstance(stmt, Apply) or stmt.primitive is not memory.store:
            continue
        array = layout.root_of(stmt.operands[0])
        definition = layout.definition(array)
        if isinstance(definition, Apply) and definition.attrs.get("once"):
            continue
        home = layout.homes[array]
        depth = len(layout.path(home.region, home.index)) - 1
        path = layout.path(*layout.places[stmt])
        if any(root is array and _may_follow(layout, path, read, depth) for root, read in reads):
            found.add(number)
    return found


def _may_follow(layout: Layout, store: Path, read: Path, depth: int) -> bool:
    """May the read, in the backward sweep, come after the reverse of the store?

    Compared within the array's lifetime only: `depth` regions are outside it. A loop that contains both separates
    their trips, so the read of an earlier trip follows.
    """
    for (region, stored_at), (other, read_at) in zip(store[depth:], read[depth:], strict=False):
        if region is not other:
            return False
        if stored_at != read_at:
            return stored_at > read_at
        if isinstance(layout.bodies[region][stored_at], For | While):
            return True
    return False
