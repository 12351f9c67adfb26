"""Loops whose trips are not known now: `for` becomes `For`, `while` becomes `While`.

    for i in range(n):           s1 = for i in range(0, n, 1), s0 = s:
        s += x[i]                    yield s0 + x[i]
    while s > 1:                 trips, s1 = while s0 = s: test: yield s0 > 1
        s /= x                       body: yield s0 / x

*Fixpoint*: a loop body is interpreted with what the names meant before the loop. Where a trip changes that, the two are
joined and the body is interpreted again, until nothing changes. What was found is remembered for each loop and path of
calls, so that a loop inside a loop starts where it ended before: the work is linear in the nesting depth.

*Containers* that a trip changes are found by interpreting it, and then carried like names (`contents`).

*Exits*: a `for` whose body may be left yields the bool "leave after this trip"; a `while` carries it, and its test
looks at it first. How the loop was left, and what the function returns, are carried values that no name means.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Ordered
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace

from adcompile.frontend.carrying import require_shapes
from adcompile.frontend.contents import changes_must_be_known, contents
from adcompile.frontend.control import carriers, join_sides, side, stamp, truth
from adcompile.frontend.exits import Outcome, Truth
from adcompile.frontend.ints import ZERO
from adcompile.frontend.join import agrees, becomes_array, fits, generalise, join, joined_arrays, optional, rebase, same
from adcompile.frontend.lifting import in_scope, lifted
from adcompile.frontend.logic import either, negate
from adcompile.frontend.needs import MOST_ROUNDS, NeedsFirstTrip, NeedsStatic, does_not_settle
from adcompile.frontend.scope import bound_names, exits_of
from adcompile.frontend.specs import (
    UNBOUND,
    Arr,
    Bad,
    Keep,
    Num,
    Opt,
    Spec,
    Tree,
    abstract_of,
    alike,
    operands_of,
    parts_of,
)
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    FALSE,
    NEVER,
    TRUE,
    Abstract,
    ArrayValue,
    Container,
    Mapping,
    Maybe,
    Missing,
    Record,
    Sequence,
    Static,
    is_none,
    is_number,
)
from adcompile.ir.loops import give_results, hand_on, params_of, trip_region
from adcompile.ir.nodes import Const, For, Operand, Region, Value, While, is_const
from adcompile.ir.types import INT
from adcompile.ops import scalar

Bounds = tuple[Operand, Operand, Operand]

# What a loop carries besides the user's names. They are no identifiers, so no name of the user's is meant.
BROKE, RETURNED, VALUE = "<broke>", "<returned>", "<value>"
_HINTS = {BROKE: "broke", RETURNED: "returned", VALUE: "result"}
Key = str | Container


@dataclass(slots=True)
class Left:
    """How a loop was left: by `break`, and by `return` with a value."""

    broke: Truth
    outcome: Outcome


@dataclass(slots=True)
class _Loop:
    """What is carried, and what it is before the loop. `late`: names that only the loop binds and none reads before."""

    node: ast.For | ast.While
    bound: list[str]
    entering: dict[Key, Abstract]
    late: frozenset[str]


@dataclass(slots=True)
class _Trip:
    """One trip, interpreted: what it starts with and ends with, and whether it is the last one.

    `endless`: the condition of the `while` is known to hold.
    """

    region: Region
    started: dict[Key, Abstract]
    test: Region | None = None
    ends: dict[Key, Abstract] = field(default_factory=dict)
    leaves: Truth = FALSE
    specs: dict[Key, Spec] = field(default_factory=dict)
    endless: bool = False


Opened = Callable[[dict[Key, Spec]], AbstractContextManager[_Trip]]


def counted(t: Tracer, node: ast.For, bounds: Bounds, bind: Callable[[Value], None], hint: str) -> Left:
    """Emit a `For`; `bind` gives the loop's target its value from the index."""
    loop = _loop(t, node, [node.target, *node.body], keeps_break=bool(node.orelse))

    @contextmanager
    def opened(specs: dict[Key, Spec]) -> Iterator[_Trip]:
        index = Value(INT, hint)
        params = _params(t, specs)
        stamp(t, [index, *params])
        region = trip_region(index, params)
        with t.region(region), t.inside_loop(node, region):
            _know_index(t, index, bounds)
            trip = _Trip(region, _meanings(t, specs, params))
            _enter(t, loop, trip)
            bind(index)
            _run(t, loop, trip)
            yield trip

    before = t.frame.names
    trip = _fixpoint(t, loop, opened)
    exits = trip.leaves != FALSE
    hand_on(trip.region, trip.region.yields, t.operand(trip.leaves) if exits else None)
    t.frame.names = before
    made = For(*bounds, _first(t, loop, trip), trip.region, (), t.builder.loc, exits=exits)
    results = stamp(t, _results(params_of(made)))
    give_results(made, results, *stamp(t, [Value(INT)] if exits else []))
    t.builder.append(made)
    left = _leave(t, loop, trip, results, lambda: ran(t, bounds))
    if trip.ends.get(RETURNED) == TRUE and is_const(ran(t, bounds), 1):
        # The first trip returns, and there is one.
        return Left(FALSE, replace(left.outcome, returns=TRUE, ends=True))
    return left


def conditional(t: Tracer, node: ast.While, test: Callable[[], Truth] | None, body: Callable[[], Outcome]) -> Left:
    """Emit a `While`. Without a test, the body breaks the loop when its test fails, and runs the `else` before."""
    loop = _loop(t, node, [node.test, *node.body, *(node.orelse if test is None else ())], keeps_break=True)
    if test is None:
        loop.entering[BROKE] = FALSE

    @contextmanager
    def opened(specs: dict[Key, Spec]) -> Iterator[_Trip]:
        tested = Region(stamp(t, _params(t, specs)))
        with t.region(tested), t.inside_loop(node, tested):
            asked = _Trip(tested, _meanings(t, specs, tested.params))
            _enter(t, loop, asked)
            tested.yields = (t.operand(_goes_on(t, asked, test or (lambda: TRUE))),)
        region = Region(stamp(t, _params(t, specs)))
        with t.region(region), t.inside_loop(node, region):
            trip = _Trip(region, _meanings(t, specs, region.params), tested, endless=asked.endless)
            _enter(t, loop, trip)
            _run(t, loop, trip, body)
            yield trip

    before = t.frame.names
    trip = _fixpoint(t, loop, opened)
    t.frame.names = before
    assert trip.test is not None
    if all(is_const(goes_on, 1) for goes_on in trip.test.yields):
        raise t.refuse(node, "this loop never ends", "Leave it with `break` or `return`.")
    made = While(_first(t, loop, trip), trip.test, trip.region, (), t.builder.loc)
    results, (trips,) = stamp(t, _results(params_of(made))), stamp(t, [Value(INT)])
    give_results(made, results, trips)
    t.builder.append(made)
    left = _leave(t, loop, trip, results, lambda: t.ints.compare(scalar.gt, trips, ZERO))
    if not trip.endless or test is None:
        return left
    # Left by `break` or by `return`, in any case: there is no `else`, and without `break` nothing comes after it.
    returns = replace(left.outcome, returns=TRUE, ends=True)
    return Left(TRUE, returns if left.broke == FALSE else left.outcome)


def _results(params: Ordered[Value]) -> list[Value]:
    """What is carried, after the loop; extents that are carried too are its own."""
    after: dict[Operand, Value] = {p: Value(p.type, p.hint) for p in params if not p.dims}
    return [after.get(p) or Value(p.type, p.hint, tuple(after.get(d, d) for d in p.dims)) for p in params]


def _loop(t: Tracer, node: ast.For | ast.While, binding: Ordered[ast.AST], *, keeps_break: bool) -> _Loop:
    facts = t.liveness()
    bound = bound_names(binding)
    early, after = facts.head[node], facts.after[node] | facts.done[node]
    before = t.frame.names
    entering: dict[Key, Abstract] = {n: before.get(n, UNBOUND) for n in bound if n in early or n in after}
    late = frozenset(n for n in bound if isinstance(entering.get(n), Missing) and n not in early)
    exits = list(exits_of(node.body))
    if keeps_break and any(isinstance(each, ast.Break) for each in exits):
        entering[BROKE] = FALSE
    if any(isinstance(each, ast.Return) for each in exits):
        entering |= {RETURNED: FALSE, VALUE: NEVER}
    return _Loop(node, bound, entering, late)


def _params(t: Tracer, specs: dict[Key, Spec]) -> list[Value]:
    named = ((_HINTS.get(key, key) if isinstance(key, str) else key, spec) for key, spec in specs.items())
    return [v for key, spec in named for v in carriers(key, spec)]


def _meanings(t: Tracer, specs: dict[Key, Spec], params: Ordered[Value]) -> dict[Key, Abstract]:
    given = iter(params)
    return {key: abstract_of(t, spec, given) for key, spec in specs.items()}


def _enter(t: Tracer, loop: _Loop, trip: _Trip) -> None:
    """Names mean, and containers hold, what is carried."""
    _take(t, loop, trip.started)


def _take(t: Tracer, loop: _Loop, meanings: dict[Key, Abstract]) -> None:
    mine = {key: value for key, value in meanings.items() if isinstance(key, str) and key not in _HINTS}
    t.frame.names = {**t.frame.names, **dict.fromkeys(loop.bound, UNBOUND), **mine}
    for key, value in meanings.items():
        if not isinstance(key, str):
            t.put(key, value)


def _run(t: Tracer, loop: _Loop, trip: _Trip, body: Callable[[], Outcome] | None = None) -> None:
    """The trip itself."""
    outer, t.frame.returning = t.frame.returning, trip.started.get(VALUE, NEVER)
    t.frame.loops += 1
    try:
        outcome = body() if body is not None else t.execute(loop.node.body)
    finally:
        t.frame.returning = outer
        t.frame.loops -= 1
    names = t.frame.names
    absent = NEVER if outcome.ends else UNBOUND
    left = _left(outcome)
    for key, started in trip.started.items():
        end = left.get(key, names.get(key, absent)) if isinstance(key, str) else contents(key)
        trip.ends[key] = started if end is NEVER else end
    trip.leaves = either(t, outcome.breaks, outcome.returns) if isinstance(loop.node, ast.For) else FALSE


def _left(outcome: Outcome) -> dict[str, Abstract]:
    return {BROKE: outcome.breaks, RETURNED: outcome.returns, VALUE: outcome.value}


def _goes_on(t: Tracer, trip: _Trip, test: Callable[[], Truth]) -> Truth:
    """The test of a `while`: not left yet, and the user's condition, in this order."""
    left = either(t, truth(trip.started.get(BROKE, FALSE)), truth(trip.started.get(RETURNED, FALSE)))
    if isinstance(left, Static):
        known = test()
        trip.endless = known == TRUE
        return known
    user = side(t, lambda: Outcome(value=test()))
    trip.endless = user.outcome.value == TRUE
    if trip.endless:
        return negate(t, left)
    return truth(join_sides(t, left.operand, side(t, lambda: Outcome(value=FALSE)), user).value)


def _fixpoint(t: Tracer, loop: _Loop, opened: Opened) -> _Trip:
    found = t.loops.setdefault((*t.frame.path, loop.node), {})
    loop.entering.update((key, contents(key)) for key in found if not isinstance(key, str) and t.is_alive(key))
    before = t.frame.names
    for _ in range(MOST_ROUNDS):
        specs = {n: _start(t, found.get(n), init, late=n in loop.late) for n, init in loop.entering.items()}
        t.frame.names = before
        try:
            with t.tentative(trip=True), opened(specs) as trip:
                new = {key: held for key, held in t.changed().items() if key not in loop.entering}
                wider = {n: _wider(loop, n, spec, trip.ends[n]) for n, spec in specs.items()}
                for key, spec in wider.items():
                    if isinstance(spec, Bad) and not isinstance(key, str):
                        raise changes_must_be_known(key, parts_of(trip.ends[key]))
                    if becomes_array(spec, loop.entering[key], trip.ends[key]) and isinstance(key, str):
                        raise NeedsFirstTrip(key)
                settled = not new and all(wider[n] is spec for n, spec in specs.items())
                if settled:
                    trip.specs = specs
                    trip.region.yields = tuple(_yields(t, specs, trip.ends))
        except (NeedsStatic, NeedsFirstTrip) as needs:
            if isinstance(needs, NeedsStatic):
                needs.location = needs.location or t.locate(loop.node)
            t.frame.names = before
            raise
        if settled:
            wider = {n: _freed(t, spec, trip.ends[n]) for n, spec in specs.items()}
            if all(wider[n] is spec for n, spec in specs.items()):
                return trip
        loop.entering.update(new.items())
        wider = {n: in_scope(t, spec) for n, spec in wider.items()}
        found.update((n, w) for n, w in wider.items() if w is not specs[n])
    raise does_not_settle(t.locate(loop.node))


def _start(t: Tracer, found: Spec | None, init: Abstract, *, late: bool) -> Spec:
    if found is not None and not fits(t, found):
        return Keep(init)
    if found is not None and init is NEVER:
        return found
    return found if late and isinstance(found, Num | Arr) else rebase(found, init)


def _wider(loop: _Loop, name: Key, spec: Spec, end: Abstract) -> Spec:
    """A number or array that is first bound in the loop and read after it: there is one if the loop ran."""
    if name not in loop.late:
        return _widen(spec, end)
    first = isinstance(spec, Keep) and (is_number(end) or isinstance(end, ArrayValue))
    return generalise(end) if first else join(spec, end)


def _widen(spec: Spec, end: Abstract) -> Spec:
    """Join with the end of a trip. Extents stay those of the value before the loop: a check sees to it."""
    match spec:
        case Keep(value=init) if not same(init, end) and isinstance(init, ArrayValue | Sequence | Mapping | Record):
            return _widen(generalise(init), end)
        case Opt(inner=inner) if not isinstance(end, Missing) and not is_none(end) and agrees(spec, end):
            wider = _widen(inner, end.value if isinstance(end, Maybe) else end)
            return spec if wider is inner else optional(wider, or_none=spec.or_none)
        case Arr() if isinstance(end, ArrayValue) and len(spec.dims) == end.ndim and spec.dtype == end.dtype:
            return joined_arrays(spec, end, spec.dims)
        case Tree() if alike(spec.like, end):
            parts = tuple(_widen(p, v) for p, v in zip(spec.parts, parts_of(end), strict=True))
            return spec if all(p is q for p, q in zip(parts, spec.parts, strict=True)) else Tree(spec.like, parts)
        case _:
            return join(spec, end)


def _freed(t: Tracer, spec: Spec, end: Abstract) -> Spec:
    """Extents that the trip decides are carried: the others stay those of the value before the loop, as is checked."""
    match spec:
        case Opt(inner=inner):
            freed = _freed(t, inner, end.value if isinstance(end, Maybe) else end)
            return spec if freed is inner else Opt(freed, spec.or_none)
        case Tree(parts=parts):
            inside = tuple(_freed(t, p, v) for p, v in zip(parts, parts_of(end), strict=False))
            return spec if all(p is q for p, q in zip(inside, parts, strict=False)) else Tree(spec.like, inside)
        case Arr(dims=dims) if isinstance(end, ArrayValue):
            kept = tuple(d if lifted(t, new) is not None else None for d, new in zip(dims, end.dims, strict=True))
            return spec if kept == dims else Arr(spec.dtype, spec.layout, kept, spec.buffer, spec.readonly, spec.order)
        case _:
            return spec


def _yields(t: Tracer, specs: dict[Key, Spec], ends: dict[Key, Abstract]) -> Iterator[Operand]:
    for key, spec in specs.items():
        what = "what a container holds" if not isinstance(key, str) else f"`{key}`"
        require_shapes(t, "what is returned" if key in _HINTS else what, spec, ends[key])
        yield from operands_of(t, spec, ends[key])


def _first(t: Tracer, loop: _Loop, trip: _Trip) -> tuple[Operand, ...]:
    return tuple(o for n, spec in trip.specs.items() for o in operands_of(t, spec, loop.entering[n]))


def _leave(t: Tracer, loop: _Loop, trip: _Trip, results: Ordered[Value], ran: Callable[[], Operand]) -> Left:
    """Names mean what the last trip gave them."""
    final = _meanings(t, trip.specs, results)
    for n, spec in trip.specs.items():
        if n in loop.late and isinstance(spec, Num | Arr):
            happened = ran()
            final[n] = final[n] if is_const(happened, 1) else Maybe(happened, final[n])
    _take(t, loop, final)
    returned, broke = truth(final.get(RETURNED, FALSE)), truth(final.get(BROKE, FALSE))
    return Left(broke, Outcome(returns=returned, value=final.get(VALUE, NEVER)))


def ran(t: Tracer, bounds: Bounds) -> Operand:
    start, stop, step = bounds
    if isinstance(step, Const):
        return t.ints.compare(scalar.lt, *((start, stop) if step.value > 0 else (stop, start)))
    up = t.ints.compare(scalar.gt, step, ZERO)
    return t.ints.select(up, t.ints.compare(scalar.lt, start, stop), t.ints.compare(scalar.gt, start, stop))


def _know_index(t: Tracer, index: Value, bounds: Bounds) -> None:
    start, stop, step = bounds
    if not isinstance(step, Const):
        return
    if step.value > 0:
        t.ints.below[index] = stop
        if t.ints.is_nonnegative(start):
            t.ints.nonnegative[index] = True
    elif t.ints.is_nonnegative(stop) or is_const(stop, -1):
        t.ints.nonnegative[index] = True
