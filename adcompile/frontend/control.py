"""Control flow whose course is not known now: `if` becomes `If`, `for` becomes `For`.

    if c: s = 0                  s = if c: yield 0.0
    else: s = y                      else: yield y
    for i in range(n):           s1 = for i in range(0, n, 1), s0 = s:
        s += x[i]                    yield s0 + x[i]

*Fixpoint*: a loop body is interpreted with what the names meant before the loop. Where a trip changes that, the two are
joined and the body is interpreted again, until nothing changes. What was found is remembered for each loop and path of
calls, so that a loop inside a loop starts where it ended before: the work is linear in the nesting depth.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from collections.abc import Sequence as Ordered
from dataclasses import dataclass

from adcompile.frontend import shapes
from adcompile.frontend.ints import ZERO
from adcompile.frontend.join import (
    UNBOUND,
    Arr,
    Keep,
    Num,
    Spec,
    Tree,
    abstract_of,
    alike,
    generalise,
    join,
    operands_of,
    parts_of,
    rebase,
    same,
    values_of,
)
from adcompile.frontend.ownership import merge
from adcompile.frontend.scope import bound_names
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    Abstract,
    ArrayValue,
    Mapping,
    Missing,
    NeedsStatic,
    Record,
    Sequence,
    Static,
    is_number,
)
from adcompile.ir.nodes import Const, For, If, Operand, Region, Value, is_const
from adcompile.ir.types import INT
from adcompile.ops import scalar


def fork(
    t: Tracer,
    cond: Operand,
    then: Callable[[], Abstract],
    orelse: Callable[[], Abstract],
    live: frozenset[str] = frozenset(),
) -> Abstract:
    """Interpret both sides, each in a region of its own; join the names that are live after, and the results."""
    before = t.frame.names
    left, right = (_side(t, before, side) for side in (then, orelse))
    everything = list(dict.fromkeys([*left.names, *right.names]))
    changed = [n for n in everything if any(s.names.get(n) is not before.get(n) for s in (left, right))]
    names = [n for n in changed if n in live]
    values = [[*(side.names.get(n, UNBOUND) for n in names), side.result] for side in (left, right)]
    specs = [join(Keep(p), q) for p, q in zip(*values, strict=True)]
    for side, mine in zip((left, right), values, strict=True):
        with t.region(side.region):
            pairs = zip(specs, mine, strict=True)
            side.region.yields = tuple(o for spec, value in pairs for o in operands_of(t, spec, value))
    results = [v for spec, n in zip(specs, [*names, ""], strict=True) for v in values_of(spec, n)]
    if left.region.body or right.region.body or results:
        t.builder.append(If(cond, left.region, right.region, _stamp(t, results), t.builder.loc))
    entering = iter(results)
    joined = [abstract_of(t, spec, entering) for spec in specs]
    t.frame.names = {**before, **dict.fromkeys(changed, UNBOUND), **dict(zip(names, joined, strict=False))}
    return joined[-1]


@dataclass(frozen=True, slots=True)
class _Side:
    region: Region
    names: dict[str, Abstract]
    result: Abstract


def _side(t: Tracer, before: dict[str, Abstract], run: Callable[[], Abstract]) -> _Side:
    t.frame.names = dict(before)
    try:
        with t.region() as region:
            result = run()
        return _Side(region, t.frame.names, result)
    finally:
        t.frame.names = before


def loop(
    t: Tracer,
    node: ast.For,
    bounds: tuple[Operand, Operand, Operand],
    bind: Callable[[Value], None],
    hint: str,
) -> None:
    """Emit a `For`; `bind` gives the loop's target its value from the index."""
    facts = t.liveness()
    bound = bound_names([node.target, *node.body])
    early, after = facts.head[node], facts.after[node]
    names = [n for n in bound if n in early or n in after]
    before = t.frame.names
    inits = [before.get(n, UNBOUND) for n in names]
    late = {n for n, init in zip(names, inits, strict=True) if isinstance(init, Missing) and n not in early}
    try:
        trip = _fixpoint(t, node, dict(zip(names, inits, strict=True)), late, bounds, bind, hint)
    except NeedsStatic as needs:
        t.frame.names = before
        raise needs from None
    t.frame.names = before
    for n, spec in zip(names, trip.specs, strict=True):
        if n in late and isinstance(spec, Num):
            _require_trips(t, n, bounds)
            inits[names.index(n)] = Static(0)
    first = tuple(o for spec, init in zip(trip.specs, inits, strict=True) for o in operands_of(t, spec, init))
    results = [Value(p.type, p.hint, p.dims) for p in trip.region.params[1:]]
    t.builder.append(For(*bounds, first, trip.region, _stamp(t, results), t.builder.loc))
    leaving = iter(results)
    final = [abstract_of(t, spec, leaving) for spec in trip.specs]
    t.frame.names = {**before, **dict.fromkeys(bound, UNBOUND), **dict(zip(names, final, strict=True))}


@dataclass(frozen=True, slots=True)
class _Trip:
    region: Region
    specs: list[Spec]


def _fixpoint(
    t: Tracer,
    node: ast.For,
    entering: dict[str, Abstract],
    late: set[str],
    bounds: tuple[Operand, Operand, Operand],
    bind: Callable[[Value], None],
    hint: str,
) -> _Trip:
    found = t.loops.setdefault((*t.frame.path, node), {})
    before = t.frame.names
    names, inits = list(entering), list(entering.values())
    while True:
        specs = [_start(found.get(n), init, late=n in late) for n, init in entering.items()]
        t.frame.names = before
        params = [v for spec, n in zip(specs, names, strict=True) for v in values_of(spec, n)]
        index = Value(INT, hint)
        region = Region(_stamp(t, [index, *params]))
        unbound = dict.fromkeys(bound_names([node.target, *node.body]), UNBOUND)
        with t.attempt() as discard, t.region(region), t.inside_loop(node, region):
            _know_index(t, index, bounds)
            given = iter(params)
            started = [abstract_of(t, spec, given) for spec in specs]
            t.frame.names = {**before, **unbound, **dict(zip(names, started, strict=True))}
            bind(index)
            t.execute(node.body)
            ends = [t.frame.names.get(n, UNBOUND) for n in names]
            wider = [
                _late(s, end) if n in late else _widen(s, end) for n, s, end in zip(names, specs, ends, strict=True)
            ]
            if all(w is s for w, s in zip(wider, specs, strict=True)):
                region.yields = tuple(_yields(t, names, specs, inits, ends))
                return _Trip(region, specs)
            discard()
        found.update((n, w) for n, w, s in zip(names, wider, specs, strict=True) if w is not s)


def _start(found: Spec | None, init: Abstract, *, late: bool) -> Spec:
    return found if late and isinstance(found, Num) else rebase(found, init)


def _late(spec: Spec, end: Abstract) -> Spec:
    """A number that is first bound in the loop, and read after it: there is one if the loop ran."""
    return generalise(end) if isinstance(spec, Keep) and is_number(end) else _widen(spec, end)


def _require_trips(t: Tracer, name: str, bounds: tuple[Operand, Operand, Operand]) -> None:
    start, stop, step = bounds
    if isinstance(step, Const):
        ran = t.ints.compare(scalar.lt, *((start, stop) if step.value > 0 else (stop, start)))
    else:
        up = t.ints.compare(scalar.gt, step, ZERO)
        ran = t.ints.select(up, t.ints.compare(scalar.lt, start, stop), t.ints.compare(scalar.gt, start, stop))
    message = f"`{name}` is bound in a loop that did not run"
    t.require(ran, error="UnboundLocalError", message=message)


def _widen(spec: Spec, end: Abstract) -> Spec:
    """Join with the end of a trip. Extents stay those of the value before the loop: a check sees to it."""
    match spec:
        case Keep(value=init) if not same(init, end) and isinstance(init, ArrayValue | Sequence | Mapping | Record):
            return _widen(generalise(init), end)
        case Arr() if isinstance(end, ArrayValue) and len(spec.dims) == end.ndim and spec.dtype == end.dtype:
            layout = spec.layout if spec.layout == end.type.layout else "A"
            buffer, readonly = merge(spec.buffer, end.buffer), spec.readonly or end.readonly
            same_kind = layout == spec.layout and buffer is spec.buffer and readonly == spec.readonly
            return spec if same_kind else Arr(spec.dtype, layout, spec.dims, buffer, readonly)
        case Tree() if alike(spec.like, end):
            parts = tuple(_widen(p, v) for p, v in zip(spec.parts, parts_of(end), strict=True))
            return spec if all(p is q for p, q in zip(parts, spec.parts, strict=True)) else Tree(spec.like, parts)
        case _:
            return join(spec, end)


def _yields(
    t: Tracer, names: Ordered[str], specs: Ordered[Spec], inits: Ordered[Abstract], ends: Ordered[Abstract]
) -> list[Operand]:
    for name, spec, init, end in zip(names, specs, inits, ends, strict=True):
        if isinstance(spec, Arr) and isinstance(init, ArrayValue) and isinstance(end, ArrayValue):
            before, after = shapes.spell(init.dims), shapes.spell(end.dims)
            message = f"`{name}` changes its shape in a loop, from {before} to {after}"
            for have, new in zip(init.dims, end.dims, strict=True):
                shapes.require_equal(t, have, new, message, [*init.dims, *end.dims])
    return [o for spec, end in zip(specs, ends, strict=True) for o in operands_of(t, spec, end)]


def _know_index(t: Tracer, index: Value, bounds: tuple[Operand, Operand, Operand]) -> None:
    start, stop, step = bounds
    if not isinstance(step, Const):
        return
    if step.value > 0:
        t.ints.below[index] = stop
        if t.ints.is_nonnegative(start):
            t.ints.nonnegative[index] = True
    elif t.ints.is_nonnegative(stop) or is_const(stop, -1):
        t.ints.nonnegative[index] = True


def _stamp(t: Tracer, values: Ordered[Value]) -> tuple[Value, ...]:
    for value in values:
        value.loc = t.builder.loc
    return tuple(values)
