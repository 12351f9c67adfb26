"""Which arguments a function stores into, by whatever name.

    u, v = x, y                       v may be x in the second trip, so both x and y are stored into
    for t in range(T):
        v[1:-1] = f(u)
        u, v = v, u

Such an argument is copied on entry, so another argument that overlaps it in memory would not see the stores: the run
time refuses the pair. Names flow one way: an array that a stored-into name may stand for is stored into, but not
the other names that may stand for the same array (rule A1).
"""

from __future__ import annotations

from adcompile.ir.loops import carried
from adcompile.ir.nodes import For, If, Operand, Region, Value, While
from adcompile.ir.types import Array
from adcompile.ir.walk import statements
from adcompile.lowering.lifetimes import Lifetimes
from adcompile.lowering.lower import written


def stored_arguments(region: Region) -> tuple[int, ...]:
    """Positions of the params of a graph whose memory may be stored to."""
    stored = written(region)
    if not stored:
        return ()
    sources = _sources(region)
    waiting = list(stored)
    while waiting:
        for source in sources.get(waiting.pop(), ()):
            if source not in stored:
                stored.add(source)
                waiting.append(source)
    return tuple(k for k, param in enumerate(region.params) if param in stored)


def _sources(region: Region) -> dict[Value, list[Value]]:
    """For every array name the names whose array it may stand for, or be a view of."""
    lifetimes = Lifetimes(region)
    found = {view: [base] for view, base in lifetimes.bases.items() if view not in lifetimes.perhaps}

    def flows(target: Operand, *sources: Operand) -> None:
        assert isinstance(target, Value)
        if isinstance(target.type, Array):
            found.setdefault(target, []).extend(s for s in sources if isinstance(s, Value))

    for stmt in statements(region):
        if isinstance(stmt, If):
            for result, then, orelse in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                flows(result, then, orelse)
        elif isinstance(stmt, For | While):
            for each in carried(stmt):
                for name in each.names:
                    flows(name, each.init, each.yielded)
    return found
