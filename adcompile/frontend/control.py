"""Branches whose course is not known now become `If`.

    if c: s = 0                  s = if c: yield 0.0
    else: s = y                      else: yield y

Where one branch leaves the block for good, what follows is interpreted in the other one (it is *sunk*):

    if c: break                  leave, s = if c: yield True, s
    s += x[i]                        else: s1 = s + x[i]; yield False, s1

Where a branch may or may not leave the block, a bool says whether it did, and what follows depends on that.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Ordered
from contextlib import nullcontext
from dataclasses import dataclass, replace

from adcompile.frontend.contents import Held, changes_must_be_known, contents, hints
from adcompile.frontend.exits import RAISES, Outcome, Rest, Truth
from adcompile.frontend.join import merge_sides
from adcompile.frontend.lifting import in_scope
from adcompile.frontend.logic import either
from adcompile.frontend.specs import UNBOUND, Bad, Spec, Tree, abstract_of, operands_of, parts_of, values_of
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import FALSE, NEVER, Abstract, Container, Number, Static
from adcompile.ir.nodes import If, Operand, Region, Value, boolean
from adcompile.ops import memory

_NOBODY: frozenset[str] = frozenset()
_RAISED = (IndexError, ValueError, ZeroDivisionError)


@dataclass(slots=True)
class Side:
    """One branch, interpreted: its statements, what names mean and containers hold at its end, and what it gives."""

    region: Region
    names: dict[str, Abstract]
    held: Held
    outcome: Outcome


def fork(
    t: Tracer,
    cond: Operand,
    then: Callable[[], Abstract],
    orelse: Callable[[], Abstract],
    live: frozenset[str] = _NOBODY,
) -> Abstract:
    """The value of one of two expressions; names that they bind are joined if they are live."""
    return join_sides(t, cond, side(t, _giving(then)), side(t, _giving(orelse)), live).value


def _giving(run: Callable[[], Abstract]) -> Callable[[], Outcome]:
    return lambda: Outcome(value=run())


def branch(
    t: Tracer,
    cond: Operand,
    then: Callable[[], Outcome],
    orelse: Callable[[], Outcome],
    live: frozenset[str] = _NOBODY,
    rest: Rest | None = None,
) -> Outcome:
    """Interpret both sides, each in a region of its own, and what comes after them; join the names that are live."""
    left, right = side(t, then), side(t, orelse)
    if rest is not None and left.outcome.ends != right.outcome.ends:
        _sink(t, right if left.outcome.ends else left, rest)
        return join_sides(t, cond, left, right, live | rest.live)
    outcome = join_sides(t, cond, left, right, live)
    return outcome if rest is None else after(t, outcome, rest)


def after(t: Tracer, first: Outcome, rest: Rest) -> Outcome:
    """The outcome of two blocks in sequence, the second of which is reached if the first is not left."""
    if first.ends:
        return first
    leaves = left_by(t, first)
    if isinstance(leaves, Static):
        return rest.run()
    return branch(t, leaves.operand, lambda: replace(first, ends=True), rest.run, rest.live)


def left_by(t: Tracer, outcome: Outcome) -> Truth:
    """Is the block left before its end?"""
    return either(t, outcome.breaks, outcome.continues, outcome.returns)


def _sink(t: Tracer, target: Side, rest: Rest) -> None:
    before, t.frame.names = t.frame.names, target.names
    try:
        with t.tentative() as held, t.region(target.region):
            for container, parts in target.held.items():
                t.put(container, parts)
            target.outcome = after(t, target.outcome, rest)
        target.names, target.held = t.frame.names, held
    finally:
        t.frame.names = before


def side(t: Tracer, run: Callable[[], Outcome]) -> Side:
    """Interpret one branch. The names of the frame, and containers, stay as they are."""
    before = t.frame.names
    t.frame.names = dict(before)
    try:
        with t.tentative() as held, t.region() as region:
            outcome = _or_raises(t, run)
        return Side(region, t.frame.names, held, outcome)
    finally:
        t.frame.names = before


def _or_raises(t: Tracer, run: Callable[[], Outcome]) -> Outcome:
    """What Python would raise for certain in a branch is raised by the program when it takes this branch."""
    try:
        with t.naming_line(t.builder.loc) if t.builder.loc is not None else nullcontext():
            return run()
    except _RAISED as error:
        if type(error) not in _RAISED:
            raise
        t.frame.names = {}
        message = str(error).replace("{", "{{").replace("}", "}}")
        t.builder.effect(memory.require, boolean(False), error=type(error).__name__, message=message)
        return RAISES


def join_sides(t: Tracer, cond: Operand, left: Side, right: Side, live: frozenset[str] = _NOBODY) -> Outcome:
    """Emit the `If`; the names that are live mean what the branches gave them, and containers hold it."""
    before, sides = t.frame.names, (left, right)
    everything = list(dict.fromkeys([*left.names, *right.names]))
    changed = [n for n in everything if any(_changes(s, n, before) for s in sides)]
    names = [n for n in changed if n in live]
    changes = list(dict.fromkeys([*left.held, *right.held]))
    values = [
        [*(s.names.get(n, _absent(s)) for n in names), *(_held(s, c) for c in changes), *_given(t, s, sides)]
        for s in sides
    ]
    specs = [in_scope(t, merge_sides(p, q), p, q) for p, q in zip(*values, strict=True)]
    for k, container in enumerate(changes, start=len(names)):
        if isinstance(specs[k], Bad):
            given = [part for side_ in values for part in parts_of(side_[k])]
            raise changes_must_be_known(container, given, t.builder.loc)
    for each, mine in zip(sides, values, strict=True):
        with t.region(each.region):
            pairs = zip(specs, mine, strict=True)
            each.region.yields = tuple(o for spec, value in pairs for o in operands_of(t, spec, value))
    keys = [*names, *changes, "", "", "", ""]
    results = [v for key, spec in zip(keys, specs, strict=True) for v in carriers(key, spec)]
    if left.region.body or right.region.body or results:
        t.builder.append(If(cond, left.region, right.region, stamp(t, results), t.builder.loc))
    entering = iter(results)
    *joined, breaks, continues, returns, value = [abstract_of(t, spec, entering) for spec in specs]
    t.frame.names = {**before, **dict.fromkeys(changed, UNBOUND), **dict(zip(names, joined, strict=False))}
    for container, parts in zip(changes, joined[len(names) :], strict=True):
        t.put(container, parts)
    return Outcome(truth(breaks), truth(continues), truth(returns), value, left.outcome.ends and right.outcome.ends)


def _changes(one: Side, name: str, before: dict[str, Abstract]) -> bool:
    if one.outcome.ends and name not in one.names:
        return False
    return one.names.get(name) is not before.get(name)


def _held(one: Side, container: Container) -> Abstract:
    """What a container holds at the end of a branch; of no interest where an error is raised."""
    outcome = one.outcome
    if outcome.ends and outcome.breaks == outcome.continues == outcome.returns == FALSE:
        return NEVER
    return one.held.get(container) or contents(container)


def carriers(key: str | Container, spec: Spec) -> list[Value]:
    """New values for what is joined or carried under a name, or of the parts of a container."""
    if isinstance(key, str) or not isinstance(spec, Tree):
        return values_of(spec, key if isinstance(key, str) else "")
    return [v for part, hint in zip(spec.parts, hints(key), strict=True) for v in values_of(part, hint)]


def _absent(one: Side) -> Abstract:
    """A name that a branch does not have: unbound, or of no interest where the branch leaves the block."""
    return NEVER if one.outcome.ends else UNBOUND


def _given(t: Tracer, one: Side, sides: Ordered[Side]) -> list[Abstract]:
    """How a branch is left. One that does not return keeps the array that the loop around it carries for that."""
    mine, carried = one.outcome, t.frame.returning
    keeps = not isinstance(carried, Number) and any(s.outcome.value is not NEVER for s in sides)
    value = carried if keeps and mine.value is NEVER else mine.value
    return [mine.breaks, mine.continues, mine.returns, value]


def truth(value: Abstract) -> Truth:
    """The value, which is a truth."""
    assert isinstance(value, Static | Number)
    return value


def stamp(t: Tracer, values: Ordered[Value]) -> tuple[Value, ...]:
    """The values, defined at the current place."""
    for value in values:
        value.loc = t.builder.loc
    return tuple(values)
