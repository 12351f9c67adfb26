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

from adcompile.ad.frames import Layout
from adcompile.ad.residuals import Residuals, TripCounter
from adcompile.ir.nodes import Apply, For, If, Operand, Region, Stmt, Value, While, integer
from adcompile.ir.types import INT
from adcompile.ops import scalar as ops

Finish = Callable[[Region], Value]


def connect(loop: For | While, counter: TripCounter, layout: Layout, residuals: Residuals) -> None:
    """Carry the counter through the loops and branches around `loop`, forward and backward."""
    forward = [layout.bodies[region][index] for region, index in layout.path(*layout.owners[loop.body])]
    sides = [_side(stmt, forward[k + 1 :]) for k, stmt in enumerate(forward)]
    total = counter.total or _count_forward(forward, sides, counter)
    carried = Value(INT, counter.backward.hint)
    backward = [residuals.backward_of[s] for s in forward]
    for stmt in backward:
        if isinstance(stmt, For):
            stmt.start, stmt.stop, stmt.step = residuals.backward_bounds[stmt]
    _thread(backward, sides, total, carried, lambda body: _step_back(body, counter, carried))


def count_trips(path: list[Stmt]) -> TripCounter:
    """Let the forward loops count the trips of the innermost loop on a path of statements."""
    last = max(k for k, stmt in enumerate(path) if isinstance(stmt, For | While))
    sides = [_side(stmt, path[k + 1 :]) for k, stmt in enumerate(path)]
    counter = TripCounter(Value(INT, "trip"), Value(INT, "trip"))
    counter.total = _count_forward(path[: last + 1], sides, counter)
    return counter


def _count_forward(path: list[Stmt], sides: list[int], counter: TripCounter) -> Value:
    following = Value(INT, counter.forward.hint)
    return _thread(path, sides, integer(0), counter.forward, lambda body: _advance(body, counter, following))


def _side(stmt: Stmt, inner: list[Stmt]) -> int:
    """Which branch of an `If` holds the next statement of the path: 0 then, 1 orelse."""
    return int(isinstance(stmt, If) and bool(inner) and inner[0] in stmt.orelse.body)


def _advance(body: Region, counter: TripCounter, following: Value) -> Value:
    body.body.append(Apply(ops.add, (counter.forward, integer(1)), (following,)))
    return following


def _step_back(body: Region, counter: TripCounter, carried: Value) -> Value:
    body.body.insert(0, Apply(ops.sub, (carried, integer(1)), (counter.backward,)))
    return counter.backward


def _thread(path: list[Stmt], sides: list[int], incoming: Operand, last: Value, finish: Finish) -> Value:
    """Give every statement of the path one more carried value; `last` is the innermost loop's param."""
    stmt, result = path[0], Value(INT, last.hint)
    if isinstance(stmt, For | While):
        param = last if len(path) == 1 else Value(INT, last.hint)
        stmt.inits += (incoming,)
        stmt.body.params += (param,)
        inner = finish(stmt.body) if len(path) == 1 else _thread(path[1:], sides[1:], param, last, finish)
        stmt.body.yields += (inner,)
        if isinstance(stmt, While):
            stmt.test.params += (Value(INT, last.hint),)
        else:
            stmt.order_free, stmt.sums = False, ()
    else:
        assert isinstance(stmt, If)
        inner = _thread(path[1:], sides[1:], incoming, last, finish)
        stmt.then.yields += (incoming if sides[0] else inner,)
        stmt.orelse.yields += (inner if sides[0] else incoming,)
    stmt.results += (result,)
    return result
