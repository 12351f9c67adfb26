"""`for` and `while`: trips that are known now are interpreted one by one, others become loops of the program.

for layer in layers: ...        unrolled: the items are values of the compiler
for i in range(n): ...          a loop (`loops.counted`), unless the body needs to know `i` now
while x > tol: ...              a loop (`loops.conditional`), unless the body needs to know the trip now
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from adcompile.errors import REFUSED
from adcompile.frontend import lists, loops, special, stores
from adcompile.frontend.conditions import truth
from adcompile.frontend.containers import live_items
from adcompile.frontend.control import after, branch, left_by, side
from adcompile.frontend.emitter import where
from adcompile.frontend.exits import BREAKS, FALLS, Outcome, Rest, Truth
from adcompile.frontend.iteration import Trips, items_of, trips
from adcompile.frontend.logic import either, negate
from adcompile.frontend.loops import Left
from adcompile.frontend.needs import NeedsFirstTrip, NeedsStatic
from adcompile.frontend.raising import only_raises, raise_if
from adcompile.frontend.scope import bound_names, exits_of
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import FALSE, TRUE, Abstract, Number, Sequence, Static, Stream
from adcompile.ir.nodes import Apply, Const, Region, integer
from adcompile.ir.primitive import Effect
from adcompile.ir.walk import statements

_UNROLL = 64
_ENDLESS = 10_000
_DEFAULT = Left(FALSE, FALLS)


def for_(t: Tracer, node: ast.For) -> Outcome:
    """`for target in iterable: ... else: ...`"""
    with t.pointing_at(node.iter):
        iterable = special.iterated(t, t.evaluate(node.iter))
        items = items_of(iterable)
    if items is not None:
        return _finish(t, node, _unroll_items(t, node, live_items(iterable, items)))
    with t.pointing_at(node.iter):
        run = trips(t, iterable)
    if run.known() == range(0):
        return _finish(t, node, _DEFAULT)
    growing = [(each, lists.length(each)) for each in _lists_of(iterable)]
    try:
        left = _counted(t, node, run)
    except NeedsFirstTrip as needs:
        return _after_first_trip(t, node, run, needs)
    if any(lists.length(each) != before for each, before in growing):
        raise t.refuse(node, "this loop changes the length of the list that it runs over", "Loop over a copy of it.")
    return _finish(t, node, left)


def _after_first_trip(t: Tracer, node: ast.For, run: Trips, needs: NeedsFirstTrip) -> Outcome:
    """The first trip, then a loop of the others: a name is a number in the one, and an array in the others."""
    start, stop, step = run.bounds
    _require_a_trip(t, Number(loops.ran(t, run.bounds), weak=True), needs)
    others = replace(run, bounds=(t.ints.add(start, step), stop, step))

    def rest() -> Outcome:
        if others.known() is not None and not others.known():
            return _finish(t, node, _DEFAULT)
        with _only_once(t, node):
            return _finish(t, node, _counted(t, node, others))

    stores.assign(t, node.target, run.item(start))
    return _first_trip(t, node, rest)


def _first_trip(t: Tracer, node: ast.For | ast.While, rest: Callable[[], Outcome]) -> Outcome:
    path = t.frame.path
    t.frame.path = (*path, node, 0)
    t.frame.loops += 1
    try:
        outcome = t.execute(node.body).after_trip()
    finally:
        t.frame.loops -= 1
        t.frame.path = path
    if outcome.ends or left_by(t, outcome) != FALSE:
        return after(t, outcome, Rest(rest, _live(t, node))).after_loop()
    return rest()


def _require_a_trip(t: Tracer, runs: Truth, needs: NeedsFirstTrip) -> None:
    what = f"`{needs.name}` is a number if this loop has no iteration, and an array else"
    message = f"{REFUSED}{what}{where(t)}\n{_START}"
    t.require(t.operand(runs), error="NotImplementedError", message=message)


_START = "Start from an array: `np.zeros(n)`, `np.zeros_like(x)`."


@contextmanager
def _only_once(t: Tracer, node: ast.For | ast.While) -> Iterator[None]:
    """One trip in front of the loop decides, or the name has no one type."""
    try:
        yield
    except NeedsFirstTrip as needs:
        what = f"`{needs.name}` is a number in the first iterations of this loop, and an array in later ones"
        raise t.refuse(node, what, _START) from None


def _lists_of(iterable: Abstract) -> tuple[Sequence, ...]:
    """The lists of unknown length that a loop runs over."""
    if isinstance(iterable, Stream):
        return iterable.sources
    return (iterable,) if isinstance(iterable, Sequence) else ()


def _counted(t: Tracer, node: ast.For, run: Trips) -> Left:
    name = node.target.id if isinstance(node.target, ast.Name) and run.direct else ""
    try:
        return loops.counted(t, node, run.bounds, lambda i: stores.assign(t, node.target, run.item(i)), name)
    except NeedsStatic as needs:
        if node not in needs.loops:
            raise
        known = run.known()
        if known is None:
            unknown = next(b for b in run.bounds if not isinstance(b, Const))
            raise needs.because_of(unknown) from None
        if len(known) > _UNROLL and needs.remedy is not None:
            raise needs.because_of(integer(len(known))) from None
        if len(known) > _UNROLL:
            raise _too_many(t, node, f"{needs.what} must be known in advance, but {len(known)} iterations") from None
    static = run.static_items() or []
    return _unroll_items(t, node, lambda: static)


def while_(t: Tracer, node: ast.While) -> Outcome:
    """`while test: ... else: ...`"""

    def test() -> Truth:
        return truth(t, node.test)

    first = side(t, lambda: Outcome(value=test()))
    if first.outcome.value == FALSE:
        return _finish(t, node, _DEFAULT)
    try:
        if bound_names([node.test]) or _writes(first.region) or first.held:
            return loops.conditional(t, node, None, lambda: _tested(t, node)).outcome
        return _finish(t, node, loops.conditional(t, node, test, lambda: t.execute(node.body)))
    except NeedsFirstTrip as needs:
        _require_a_trip(t, test(), needs)

        def rest() -> Outcome:
            with _only_once(t, node):
                return while_(t, node)

        return _first_trip(t, node, rest)
    except NeedsStatic as needs:
        if node not in needs.loops:
            raise
        return _finish(t, node, _unroll_while(t, node, needs))


def _writes(test: Region) -> bool:
    applied = [s.primitive.effect for s in statements(test) if isinstance(s, Apply)]
    return Effect.WRITE in applied


def _tested(t: Tracer, node: ast.While) -> Outcome:
    """A trip that begins with a test which binds names or stores: `while True: if test: ... else: ...; break`."""
    if any(isinstance(each, ast.Break | ast.Continue) for each in exits_of(node.orelse)):
        raise t.refuse(node, "this `else` leaves an outer loop, and the condition of the `while` binds names")
    facts = t.liveness()
    live = facts.head[node] | facts.done[node] | facts.after[node]
    cond = truth(t, node.test)

    def last() -> Outcome:
        return after(t, t.execute(node.orelse) if node.orelse else FALLS, Rest(lambda: BREAKS, live))

    if isinstance(cond, Static):
        return t.execute(node.body) if cond.value else last()
    return branch(t, cond.operand, lambda: t.execute(node.body), last, live)


def _unroll_items(t: Tracer, node: ast.For, live: Callable[[], list[Abstract]]) -> Left:
    def begin(trip: int) -> bool:
        items = live()
        if trip >= len(items):
            return False
        if trip == _ENDLESS:
            raise t.refuse(node, "the list that this loop runs over grows with every iteration")
        stores.assign(t, node.target, items[trip])
        return True

    return _unroll(t, node, begin)


def _unroll_while(t: Tracer, node: ast.While, needs: NeedsStatic) -> Left:
    """Trip by trip, as long as it is known now whether there is another one."""

    def begin(trip: int) -> bool:
        cond = truth(t, node.test)
        if not isinstance(cond, Static):
            raise needs.because_of(cond.operand)
        if trip == _UNROLL and cond.value and needs.remedy is not None:
            raise needs.because_of(integer(trip))
        if trip == _UNROLL and cond.value:
            raise _too_many(t, node, f"{needs.what} must be known in advance, but more than {_UNROLL} iterations")
        return bool(cond.value)

    return _unroll(t, node, begin)


def _too_many(t: Tracer, node: ast.stmt, what: str) -> Exception:
    return t.refuse(node, f"{what} are too many to unroll", f"Loops of up to {_UNROLL} iterations are.")


def _unroll(t: Tracer, node: ast.For | ast.While, begin: Callable[[int], bool]) -> Left:
    path = t.frame.path
    t.frame.loops += 1
    try:
        outcome = _trips(t, node, begin, 0)
    finally:
        t.frame.loops -= 1
        t.frame.path = path
    return Left(outcome.breaks, outcome.after_loop())


def _trips(t: Tracer, node: ast.For | ast.While, begin: Callable[[int], bool], trip: int) -> Outcome:
    """The trips from this one on. Where one may leave the loop, the others are reached if it does not."""
    path = t.frame.path
    while begin(trip):
        t.frame.path = (*path, node, trip)
        outcome = t.execute(node.body).after_trip()
        t.frame.path = path
        trip += 1
        if outcome.ends or left_by(t, outcome) != FALSE:
            return after(t, outcome, Rest(partial(_trips, t, node, begin, trip), _live(t, node)))
    return FALLS


def _finish(t: Tracer, node: ast.For | ast.While, left: Left) -> Outcome:
    """What comes after the last trip: `else`, unless the loop was left."""
    broke, outcome = left.broke, left.outcome
    if not node.orelse or broke == TRUE:
        return outcome
    if isinstance(broke, Static):
        return after(t, outcome, Rest(lambda: t.execute(node.orelse), _live(t, node)))
    if only_raises(node.orelse):
        exhausted = negate(t, either(t, broke, outcome.returns))
        raise_if(t, node.orelse[0], exhausted)
        return outcome
    chosen = Rest(
        lambda: branch(t, broke.operand, lambda: FALLS, lambda: t.execute(node.orelse), _live(t, node)), _live(t, node)
    )
    return after(t, outcome, chosen)


def _live(t: Tracer, node: ast.For | ast.While) -> frozenset[str]:
    facts = t.liveness()
    return facts.done[node] | facts.after[node] | facts.leaving(node.orelse)
