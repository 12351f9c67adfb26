"""Names of variables: the user's where there is one, else what a reader would choose (`descriptions.py`).

    argument `x` rebound    x again if the old value is dead, else x_1
    cotangent of x_1        x_1_bar

Variables that do not interfere, have one type and mean one thing may share a name, as they do in the user's text. A
name chosen here is never one of the user's, a keyword, or a name that the emitted text uses for something else.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from itertools import count

from adcompile.codegen.coalescing import Variable, interfere, representation, variables
from adcompile.codegen.descriptions import Descriptions, descriptions
from adcompile.codegen.expressions import globals_of
from adcompile.codegen.liveness import liveness
from adcompile.codegen.nesting import Nesting
from adcompile.ir.nodes import Function, Role, Value
from adcompile.ir.types import INT, Array

Names = dict[Value, str]

# Words for what is used at once; others stand for one number in the whole text.
PASSING = ("index", "offset", "number")


def names(function: Function, nested: Nesting) -> Names:
    """The variable that holds each value, for all values but the nested ones."""
    facts = liveness(function, nested)
    found = variables(function, facts)
    choice = _Choice(function, found, descriptions(function))
    distinct = list(dict.fromkeys(found.values()))
    # Arguments first, then what the user named, then what is named after that; each in the order of definition.
    groups: list[list[Variable]] = [[], [], [], []]
    for variable in distinct:
        group = 0 if variable.argument else 1 if _users_names(variable) else 2 if variable.hint else 3
        groups[group].append(variable)
    for members in groups:
        choice.note_rivals(distinct)
        for variable in members:
            choice.name(variable)
    return choice.known.names


class _Choice:
    """The names chosen so far: what stands for all variables of a name, and what the name means."""

    def __init__(self, function: Function, found: dict[Value, Variable], known: Descriptions) -> None:
        self.known = known
        self.taken = frozenset(keyword.kwlist) | globals_of(function)
        self.hints = frozenset(identifier(v.hint) for v in found if v.hint and _is_users(v))
        self.held: dict[Variable, list[Value]] = {}
        for value, variable in found.items():
            self.held.setdefault(variable, []).append(value)
        self.chosen: dict[str, Variable] = {}
        self.meanings: dict[str, Hashable] = {}
        self.rivals: dict[str, set[str | None]] = {}

    def note_rivals(self, variables: Iterable[Variable]) -> None:
        """The variables that the cotangents of one name belong to."""
        self.rivals = {}
        for variable in variables:
            named = variable.named
            if named is not None and named.role is Role.COTANGENT:
                self.rivals.setdefault(named.hint, set()).add(self._belongs(named))

    def _belongs(self, cotangent: Value) -> str | None:
        return self.known.names.get(cotangent.of) if cotangent.of is not None else None

    def name(self, variable: Variable) -> None:
        """Enter the name of a variable."""
        own, meaning = _users_names(variable), self._meaning(variable)
        for name in self._candidates(variable, own):
            other, meant = self.chosen.get(name), name if name in own else meaning
            if name in self.taken or (name in self.hints and name not in own):
                continue
            if other is not None and (meant != self.meanings[name] or _clash(variable, other)):
                continue
            if other is None:
                self.chosen[name], self.meanings[name] = replace(variable), meant
            else:
                _share(other, variable)
            self.known.names.update(dict.fromkeys(self.held[variable], name))
            return

    def _meaning(self, variable: Variable) -> Hashable:
        """What must agree for two variables to share a name that is not the user's: a name means one thing."""
        named, first = variable.named, variable.members[0]
        if named is not None:
            return (named.role, self._belongs(named))
        if variable.fixed or first.type != INT or self.known.of(first)[0] in PASSING:
            return variable.fixed
        return self.known.computation(first)

    def _candidates(self, variable: Variable, own: list[str]) -> Iterator[str]:
        """Names to try, best first, without end."""
        bases = own or self._bases(variable)
        yield from bases
        for number in count(1):
            yield f"{bases[0 if own else -1]}_{number}"

    def _bases(self, variable: Variable) -> list[str]:
        first, named = variable.members[0], variable.named
        if named is not None:
            belongs = self._belongs(named)
            is_rival = belongs is not None and len(self.rivals.get(named.hint, ())) > 1
            return [f"{belongs}_bar" if is_rival else identifier(named.hint)]
        if variable.argument:
            return ["argument"]
        described = self.known.of(first)
        return list(described[0]) if variable.fixed else described


def _users_names(variable: Variable) -> list[str]:
    """The names that the user gave to what it holds, be it saved and read again: the variable's own one first."""
    named = [variable.named, *variable.members]
    return list(dict.fromkeys(identifier(v.hint) for v in named if v is not None and v.hint and _is_users(v)))


def _is_users(value: Value) -> bool:
    kept = value.of.hint if value.role is Role.RESIDUAL and value.of is not None else None
    return value.role is Role.PRIMAL or value.hint == kept


def _clash(variable: Variable, other: Variable) -> bool:
    """May the variable not have the name of another one, or of several that share it?"""
    kind = representation(variable.members[0].type)
    if interfere(variable, other) or kind != representation(other.members[0].type):
        return True
    # An argument may be read-only, which is part of an array's type in Numba.
    return isinstance(kind, Array) and bool(variable.argument or other.argument)


def _share(other: Variable, variable: Variable) -> None:
    """Let what stands for all variables of a name stand for one more."""
    other.held |= variable.held
    other.conflicts |= variable.conflicts
    other.argument = other.argument or variable.argument


def identifier(hint: str) -> str:
    """The hint as a Python name."""
    name = re.sub(r"\W", "_", hint)
    return f"_{name}" if name[:1].isdigit() else name
