"""Contract: an axis of which every trip of a loop uses its own place only is dropped. Rewrites in place.

    w = alloc(n, m) {empty}                    w = alloc(m) {empty}
    for i in range(0, n):                      for i in range(0, n):
        for j in range(0, m):                      for j in range(0, m):
            store(w, i, j, v)                          store(w, j, v)
        ...                                        ...
        u = load(w, i, j)                          u = load(w, j)

For an array that is made empty, that nothing but loads and stores in one loop of the same region touches, and that has
the loop's index as the first index of each: a trip can only read what it has written itself.
"""

from __future__ import annotations

from adcompile.facts.ranges import Ranges
from adcompile.ir.loops import index_of
from adcompile.ir.nodes import Apply, For, Function, Region, Stmt, Value, name_of
from adcompile.ir.types import Array
from adcompile.ir.walk import all_regions, defined, mentions, operands, statements
from adcompile.ops import memory


def contract(function: Function) -> Function:
    """Drop the first axis of arrays that are used trip by trip."""
    ranges = Ranges(function)
    for region in all_regions(function.region):
        for stmt in list(region.body):
            if _is_candidate(stmt):
                _try(stmt, region, ranges)
    return function


def _is_candidate(stmt: Stmt) -> bool:
    if not isinstance(stmt, Apply) or stmt.primitive is not memory.alloc or stmt.attrs.fill != "empty":
        return False
    return len(stmt.operands) > 1


def _try(alloc: Stmt, region: Region, ranges: Ranges) -> None:
    assert isinstance(alloc, Apply)
    array = alloc.results[0]
    using = [stmt for stmt in region.body if mentions(stmt, array)]
    if len(using) != 1 or not isinstance(using[0], For) or any(y is array for y in region.yields):
        return
    loop = using[0]
    accesses = [s for s in statements(loop.body) if array in operands(s)]
    forms = set()
    for access in accesses:
        is_access = isinstance(access, Apply) and access.primitive.accesses
        if not is_access or sum(o is array for o in operands(access)) != 1:
            return
        forms.add(ranges.form(operands(access)[1]))
    if len(forms) != 1 or any(array in inner.yields for inner in all_regions(loop.body)):
        return
    index = index_of(loop)
    inside = defined(loop.body)
    terms = dict(next(iter(forms)).terms)
    if not terms.pop(index, 0) or not inside.isdisjoint(terms):
        return
    narrow = Array(array.type.dtype, len(alloc.operands) - 1)
    kept = Value(narrow, loc=array.loc, **name_of(array))
    alloc.operands, alloc.results = alloc.operands[1:], (kept,)
    for access in accesses:
        assert isinstance(access, Apply)
        access.operands = (kept, *access.operands[2:])
