"""Which values are one variable of the emitted text.

    s0 = 0.0                                        s = 0.0
    s2 = for i in range(n), s1 = s0:                for i in range(n):
        s3 = add(s1, e)                                 s += e
        yield s3

A move between two values vanishes if both are the same variable. They may be if they do not interfere, have the same
type (Numba gives a variable one type), and neither is an argument that the user calls by another name. Those that the
user calls alike come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from adcompile.codegen.liveness import Live, Liveness
from adcompile.ir.loops import heads_of, index_of, params_of, trips_of, yields_of
from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Role, Value, While
from adcompile.ir.types import Array, Type
from adcompile.ir.walk import regions


@dataclass(eq=False, slots=True)
class Variable:
    """The values that it holds at different times, in the order of their definition.

    `held` is the set of them, `conflicts` that of the values which are alive where one of them is written. `argument`
    is the parameter of the function among them; `fixed` marks a loop's index.
    """

    members: list[Value]
    held: Live
    conflicts: Live
    argument: Value | None = None
    fixed: bool = False

    @property
    def named(self) -> Value | None:
        """The value whose name it has: the argument, or the first value with a name, the user's if there is one."""
        if self.argument is not None and self.argument.hint:
            return self.argument
        with_name = [v for v in self.members if v.hint]
        return next((v for v in with_name if v.role is Role.PRIMAL), with_name[0] if with_name else None)

    @property
    def hint(self) -> str:
        """The name that was given to it, or ""."""
        return self.named.hint if self.named is not None else ""


def variables(function: Function, facts: Liveness) -> dict[Value, Variable]:
    """The variable of every value that is printed under a name."""
    found: dict[Value, Variable] = {}
    arguments = set(function.region.params)
    for value, fixed in _definitions(function.region):
        if value in facts.conflicts and value not in found:
            argument = value if value in arguments else None
            found[value] = Variable([value], facts.bits[value], facts.conflicts[value], argument, fixed)
    for same_name in (True, False):
        for target, source in _moves(function.region):
            one, other = found.get(facts.of(target)), found.get(facts.of(source))
            if one and other and one is not other and _may_join(one, other, same_name=same_name):
                one.argument = one.argument or other.argument
                one.members.extend(other.members)
                one.held |= other.held
                one.conflicts |= other.conflicts
                found.update(dict.fromkeys(other.members, one))
    for value, first in facts.head.items():
        if facts.of(first) in found:
            found[value] = found[facts.of(first)]
    return found


def _definitions(region: Region) -> Iterator[tuple[Value, bool]]:
    """Every value in the order of its first assignment, and whether it is a loop's index."""
    yield from ((p, False) for p in region.params)
    for stmt in region.body:
        match stmt:
            case Apply():
                yield from ((r, False) for r in stmt.results)
            case If():
                yield from ((r, False) for r in stmt.results)
                yield from _definitions(stmt.then)
                yield from _definitions(stmt.orelse)
            case For():
                if (trips := trips_of(stmt)) is not None:
                    yield trips, False
                yield from ((p, False) for p in params_of(stmt))
                yield index_of(stmt), True
                yield from _definitions(stmt.body)
            case While():
                yield trips_of(stmt), False
                yield from _definitions(stmt.test)
                yield from _definitions(stmt.body)
            case _:
                assert_never(stmt)


def _moves(region: Region) -> Iterator[tuple[Value, Value]]:
    """The pairs (target, source) of all parallel moves; inner ones first, and those that end a trip before entries."""
    for stmt in region.body:
        for inner in regions(stmt):
            yield from _moves(inner)
        match stmt:
            case Apply():
                pass
            case If():
                yield from _pairs(stmt.results, stmt.then.yields)
                yield from _pairs(stmt.results, stmt.orelse.yields)
            case For() | While():
                yield from _pairs(heads_of(stmt), yields_of(stmt))
                yield from _pairs(heads_of(stmt), stmt.inits)
            case _:
                assert_never(stmt)


def _pairs(targets: Sequence[Value], sources: Sequence[Operand]) -> Iterator[tuple[Value, Value]]:
    return ((t, s) for t, s in zip(targets, sources, strict=True) if isinstance(s, Value))


def interfere(one: Variable, other: Variable) -> bool:
    """Is one of them written while the other is still read?"""
    return bool(one.conflicts & other.held or other.conflicts & one.held)


def representation(type_: Type) -> Type:
    """What a variable's values must have in common: Numba makes no difference between Python's and NumPy's numbers."""
    return type_ if isinstance(type_, Array) else type(type_)(type_.dtype)


def _may_join(one: Variable, other: Variable, *, same_name: bool) -> bool:
    if one.fixed or other.fixed or interfere(one, other):
        return False
    if same_name and one.hint and other.hint and one.hint != other.hint:
        return False
    if representation(one.members[0].type) != representation(other.members[0].type):
        return False
    argument = one.argument or other.argument
    return argument is None or all(v.hint in ("", argument.hint) for v in (*one.members, *other.members))
