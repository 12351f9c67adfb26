"""Counters of trips: the index into flat buffers.

for i in range(n):             c = 0 before; carried through both loops
    for j in range(i):         c is this trip's element of the buffer
        c + 1
...
for i backwards:               c carried on, from the total down
    for j backwards:
        c - 1 is this trip's element
"""

from __future__ import annotations

from collections.abc import Callable

from adcompile.ad.buffers import Stretch, TripCounter, counter_named
from adcompile.ad.frames import Layout
from adcompile.ad.residuals import Residuals
from adcompile.ir.loops import Carried, carry
from adcompile.ir.nodes import Apply, For, If, Operand, Region, Stmt, Value, While, integer
from adcompile.ops import scalar as ops

# Statements, each one in a region of the one before; of an `If`, which branch that is.
Path = list[tuple[Stmt, int]]
Finish = Callable[[Region], Operand]


def connect(loop: For | While, counter: TripCounter, layout: Layout, residuals: Residuals) -> None:
    """Carry the counter through the loop and the loops and branches around it, forward and backward."""
    path = _around(loop, layout)
    total = counter.total or _count_forward(path, counter)
    carried = counter_named(counter.backward.hint)
    _thread(_backwards(path, residuals), total, carried, lambda body: _step_back(body, counter, carried))


def connect_stretch(loop: For, stretch: Stretch, layout: Layout, residuals: Residuals) -> None:
    """Carry where the loop's part of its buffers starts through the loops and branches around it."""
    if isinstance(stretch.forward, Value) and isinstance(stretch.backward, Value):
        path = _around(loop, layout)[:-1]
        total = _thread(path, integer(0), stretch.forward, lambda _: stretch.forward_end)
        _thread(_backwards(path, residuals), total, stretch.carried, lambda _: stretch.backward)


def _around(loop: For | While, layout: Layout) -> Path:
    """The statements from the function down to the loop."""
    forward = [layout.bodies[region][index] for region, index in layout.path(*layout.owners[loop.body])]
    return _sided(forward)


def _backwards(path: Path, residuals: Residuals) -> Path:
    """Their reversals. The loops run from the last trip to the first, also where order does not matter."""
    backward = [(residuals.backward_of[stmt], side) for stmt, side in path]
    for stmt, _ in backward:
        if isinstance(stmt, For):
            stmt.start, stmt.stop, stmt.step = residuals.backward_bounds[stmt]
    return backward


def count_trips(path: list[Stmt]) -> TripCounter:
    """Let the forward loops count the trips of the innermost loop on a path of statements."""
    last = max(k for k, stmt in enumerate(path) if isinstance(stmt, For | While))
    counter = TripCounter(counter_named("trips"), counter_named("trip"))
    counter.total = _count_forward(_sided(path)[: last + 1], counter)
    return counter


def _count_forward(path: Path, counter: TripCounter) -> Value:
    following = counter_named(counter.forward.hint)
    return _thread(path, integer(0), counter.forward, lambda body: _advance(body, counter, following))


def _sided(path: list[Stmt]) -> Path:
    """With every statement, which branch of it holds the next one, if it is an `If`: 0 then, 1 orelse."""
    following = [*path[1:], None]
    return [
        (stmt, int(isinstance(stmt, If) and inner in stmt.orelse.body))
        for stmt, inner in zip(path, following, strict=True)
    ]


def _advance(body: Region, counter: TripCounter, following: Value) -> Value:
    body.body.append(Apply(ops.add, (counter.forward, integer(1)), (following,)))
    return following


def _step_back(body: Region, counter: TripCounter, carried: Value) -> Value:
    body.body.insert(0, Apply(ops.sub, (carried, integer(1)), (counter.backward,)))
    return counter.backward


def _thread(path: Path, incoming: Operand, last: Value, finish: Finish) -> Value:
    """Give every statement of the path one more carried value, and return what leaves the first one.

    `last` is the innermost loop's param, `finish` gives what the innermost region passes on.
    """
    (stmt, side), rest = path[0], path[1:]
    result = counter_named(last.hint)
    if isinstance(stmt, For | While):
        is_last = not any(isinstance(inner, For | While) for inner, _ in rest)
        param = last if is_last else counter_named(last.hint)
        passed = _thread(rest, param, last, finish) if rest else finish(stmt.body)
        tested = counter_named(last.hint) if isinstance(stmt, While) else None
        carry(stmt, Carried(incoming, param, passed, result, tested))
        if isinstance(stmt, For):
            stmt.order_free, stmt.sums = False, ()
    else:
        assert isinstance(stmt, If)
        inner = _thread(rest, incoming, last, finish) if rest else finish((stmt.then, stmt.orelse)[side])
        stmt.then.yields += (incoming if side else inner,)
        stmt.orelse.yields += (inner if side else incoming,)
        stmt.results += (result,)
    return result
