"""Which scalars of a trip to save so that all others can be computed again: the fewest bytes.

    for i in range(n):           the derivative of sin wants z. Computed again, z needs a and b, two floats a trip;
        z = a + b                saved itself, it needs one
        s = s + sin(z)

For each loop: the values that adjoint statements ask for, what they are computed from, and what cannot be computed
again (the sources). Every set that separates the sources from what is asked for will do; the smallest is a minimum
vertex cut of this graph, found by augmenting paths (Ford & Fulkerson 1956; for adjoints Moses & Churavy 2020). Of
several, the one next to what is asked for leaves least to compute again. What lies outside the loop is taken as given.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from adcompile.ad.residuals import Residuals
from adcompile.ir.nodes import For, Value, While
from adcompile.ir.types import Scalar

Node = tuple[Value, bool] | str
SOURCE, SINK = "source", "sink"
UNLIMITED = 1 << 40


def least_cut(residuals: Residuals) -> set[Value]:
    """The values to save where that takes fewer bytes than what has been saved, or as many and fewer operations; empty
    if it does nowhere.
    """
    chosen: set[Value] = set()
    is_better = False
    for loop, values in _by_loop(residuals).items():
        mine = [v for v in residuals.saved if v in values]
        if len(mine) < 2 and all(size(v) == 1 for v in mine):
            continue
        cut = _minimum_cut(residuals, values, _asked_for(residuals, loop, values))
        spared = sum(map(size, mine)) - sum(map(size, cut))
        if spared > 0 or (spared == 0 and cut != set(mine)):
            is_better = True
            chosen |= cut
        else:
            chosen.update(mine)
    return chosen if is_better else set()


def size(value: Value) -> int:
    """The bytes of a value."""
    return np.dtype(value.type.dtype).itemsize


def _by_loop(residuals: Residuals) -> dict[For | While, set[Value]]:
    """The values that were saved or computed again, by the innermost loop around them."""
    found: dict[For | While, set[Value]] = {}
    for value in (*residuals.saved, *residuals.repeated):
        loop = _loop_of(residuals, value)
        if loop is not None and isinstance(value.type, Scalar):
            found.setdefault(loop, set()).add(value)
    return found


def _loop_of(residuals: Residuals, value: Value) -> For | While | None:
    layout = residuals.layout
    region = layout.homes[value].region
    while region is not layout.root:
        outer, position = layout.owners[region]
        stmt = layout.bodies[outer][position]
        if isinstance(stmt, For | While):
            return stmt
        region = outer
    return None


def _asked_for(residuals: Residuals, loop: For | While, values: set[Value]) -> set[Value]:
    """What adjoint statements ask for, and what is computed again in loops inside this one."""
    inner = (v for v in residuals.repeated if _loop_of(residuals, v) is not loop)
    used = {o for v in inner for o in residuals.repeated[v]}
    return values & (residuals.wanted | used)


def _minimum_cut(residuals: Residuals, values: set[Value], asked: set[Value]) -> set[Value]:
    """Every value is two nodes, with its size between them; what it is computed from leads to the first one."""
    capacity: dict[Node, dict[Node, int]] = {SOURCE: {}, SINK: {}}

    def connect(one: Node, other: Node, room: int) -> None:
        capacity.setdefault(one, {})[other] = room
        capacity.setdefault(other, {}).setdefault(one, 0)

    for value in sorted(values, key=lambda v: residuals.layout.homes[v].index):
        connect((value, False), (value, True), size(value))
        if value in residuals.saved:
            connect(SOURCE, (value, False), UNLIMITED)
        for operand in residuals.repeated.get(value, ()):
            if operand in values:
                connect((operand, True), (value, False), UNLIMITED)
        if value in asked:
            connect((value, True), SINK, UNLIMITED)
    while path := _path(capacity):
        room = min(capacity[one][other] for one, other in path)
        for one, other in path:
            capacity[one][other] -= room
            capacity[other][one] += room
    backward: dict[Node, dict[Node, int]] = {node: {} for node in capacity}
    for one, others in capacity.items():
        for other, room in others.items():
            backward[other][one] = room
    reaching = _reached(backward, SINK)
    return {v for v in values if (v, True) in reaching and (v, False) not in reaching}


def _path(capacity: dict[Node, dict[Node, int]]) -> list[tuple[Node, Node]]:
    """A path from source to sink with room left, the shortest."""
    came_from = _reached(capacity)
    if SINK not in came_from:
        return []
    path: list[tuple[Node, Node]] = []
    node: Node = SINK
    while node != SOURCE:
        path.append((came_from[node], node))
        node = came_from[node]
    return path


def _reached(capacity: dict[Node, dict[Node, int]], start: Node = SOURCE) -> dict[Node, Node]:
    """The nodes that can be reached where there is room left, and from where."""
    found: dict[Node, Node] = {start: start}
    waiting: deque[Node] = deque([start])
    while waiting:
        node = waiting.popleft()
        for other, room in capacity[node].items():
            if room > 0 and other not in found:
                found[other] = node
                waiting.append(other)
    return found
