"""Grow together: buffers that are as long as each other, always, grow under one condition. Rewrites in place.

    while ...:                               while ...:
        grow(s_saved, trip)                      grow(s_saved, trip)
        store(s_saved, trip, s)                  grow(c_saved, trip) {joined}
        grow(c_saved, trip)                      store(s_saved, trip, s)
        store(c_saved, trip, c)                  store(c_saved, trip, c)

What is joined is printed inside the `if` of the statement before. Numba counts references to an array that may be
replaced: three conditions took half as long again as the rest of a trip of Newton's method. Rules, for a set of arrays:

* alike    they are made in one region, with the same first extent, and grow in the same regions by the same numbers.
* early    all of them can grow where the first does: nothing in between mentions another name of a later one's memory.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from adcompile.facts.aliases import Aliases
from adcompile.ir.nodes import Apply, Function, Operand, Region, Stmt, Value
from adcompile.ir.types import Array
from adcompile.ir.walk import all_operands, all_regions, operands, regions
from adcompile.ops import memory
from adcompile.passes.cse import operand_key


def grow_together(function: Function) -> Function:
    """Let buffers of the same length share their conditions."""
    made: dict[Value, Hashable] = {}
    grown: dict[Value, dict[Hashable, tuple[Region, Apply]]] = {}
    for region in all_regions(function.region):
        for stmt in region.body:
            if isinstance(stmt, Apply) and stmt.primitive is memory.alloc and stmt.operands:
                made[stmt.results[0]] = (region, operand_key(stmt.operands[0]))
            elif isinstance(stmt, Apply) and stmt.primitive.grows:
                array, number = stmt.operands
                assert isinstance(array, Value)
                grown.setdefault(array, {})[region, stmt.primitive, operand_key(number)] = (region, stmt)
    if len(grown) > 1:
        aliases = Aliases(function)
        for sets in _alike(made, grown):
            if all(_is_early(region, stmts, aliases) for region, stmts in sets):
                for region, stmts in sets:
                    _join(region, stmts)
    return function


def _alike(
    made: dict[Value, Hashable], grown: dict[Value, dict[Hashable, tuple[Region, Apply]]]
) -> list[list[tuple[Region, list[Apply]]]]:
    """For every set of arrays of the same length: where they grow, and the statements there (alike)."""
    groups: dict[Hashable, list[Value]] = {}
    for array, places in grown.items():
        if array in made:
            groups.setdefault((made[array], frozenset(places)), []).append(array)
    return [
        [(grown[arrays[0]][key][0], [grown[each][key][1] for each in arrays]) for key in grown[arrays[0]]]
        for arrays in groups.values()
        if len(arrays) > 1
    ]


def _is_early(region: Region, stmts: list[Apply], aliases: Aliases) -> bool:
    """May all of them stand where the first one does (early)?"""
    places = sorted(region.body.index(stmt) for stmt in stmts)
    for place in places[1:]:
        stmt = region.body[place]
        assert isinstance(stmt, Apply)
        array = stmt.operands[0]
        named = (o for each in region.body[places[0] : place] for o in _mentioned(each))
        if any(isinstance(o.type, Array) and o is not array and aliases.root(o) is array for o in named):
            return False
    return True


def _mentioned(stmt: Stmt) -> list[Operand]:
    return [*operands(stmt), *(o for inner in regions(stmt) for o in all_operands(inner))]


def _join(region: Region, stmts: list[Apply]) -> None:
    first = min(region.body.index(stmt) for stmt in stmts)
    leader = region.body[first]
    rest = [stmt for stmt in region.body if stmt not in stmts]
    joined = [replace(stmt, attrs=stmt.attrs.but(joined=True)) for stmt in stmts if stmt is not leader]
    region.body = [*rest[:first], leader, *joined, *rest[first:]]
