"""Names of variables: the user's where there is one, else what a reader would choose.

    index of a loop         i, j, k by depth
    element x[i, j]         x_ij
    carried number          s
    extents of an array     n, m
    argument `x` rebound    x again if the old value is dead, else x_1

Variables that do not interfere and have one type may share a name, as they do in the user's text. A name chosen here
is never one of the user's, a keyword, or a name that the emitted text uses for something else.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import assert_never

from adcompile.codegen.coalescing import Variable, interfere, representation, variables
from adcompile.codegen.expressions import globals_of
from adcompile.codegen.liveness import liveness
from adcompile.codegen.nesting import Nesting
from adcompile.ir.nodes import Apply, For, Function, If, Operand, Region, Value, While
from adcompile.ir.types import Array, Type, is_float
from adcompile.ir.walk import regions
from adcompile.ops import memory

Names = dict[Value, str]

INDICES = "ijklpqrs"
EXTENTS = "nmpq"


def names(function: Function, nested: Nesting) -> Names:
    """The variable that holds each value, for all values but the nested ones."""
    facts = liveness(function, nested)
    found = variables(function, facts)
    origins = _origins(function.region)
    taken = frozenset(keyword.kwlist) | globals_of(function)
    hints = frozenset(identifier(v.hint) for v in found if v.hint)
    held: dict[Variable, list[Value]] = {}
    for value, variable in found.items():
        held.setdefault(variable, []).append(value)
    chosen: dict[str, Variable] = {}
    result: Names = {}
    for variable in _in_order(found):
        own, kind = identifier(variable.hint), representation(variable.members[0].type)
        for name in _candidates(variable, origins, result):
            other = chosen.get(name)
            if name in taken or (name in hints and name != own) or (other and _clash(variable, kind, other)):
                continue
            if other is None:
                chosen[name] = replace(variable)
            else:
                _share(other, variable)
            result.update(dict.fromkeys(held[variable], name))
            break
    return result


def _in_order(found: dict[Value, Variable]) -> list[Variable]:
    """Arguments first, then what the user named, then the rest; each in the order of definition."""
    distinct = list(dict.fromkeys(found.values()))
    return sorted(distinct, key=lambda v: 0 if v.argument else 1 if v.hint else 2)


def _clash(variable: Variable, kind: Type, other: Variable) -> bool:
    """May the variable not have the name of another one, or of several that share it?"""
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


Origin = Apply | str


def _origins(region: Region, depth: int = 0) -> dict[Value, Origin]:
    """Where values without a name come from: the statement that computes them, or a word."""
    found: dict[Value, Origin] = {}
    for stmt in region.body:
        match stmt:
            case Apply():
                found.update(dict.fromkeys(stmt.results, stmt))
                if stmt.primitive in (memory.load, memory.store):
                    last = len(stmt.operands) - (stmt.primitive is memory.store)
                    indices = [o for o in stmt.operands[1:last] if isinstance(o, Value)]
                    found |= {o: "index" for o in indices if _is_arithmetic(found.get(o))}
            case For():
                found[stmt.body.params[0]] = INDICES[min(depth, 3) :]
                found.update((p, "s") for p in stmt.body.params[1:] if is_float(p.type))
                found.update(dict.fromkeys(stmt.results[: int(stmt.exits)], "trips"))
            case While():
                found[stmt.results[0]] = "trips"
            case If():
                pass
            case _:
                assert_never(stmt)
        for inner in regions(stmt):
            found |= _origins(inner, depth + isinstance(stmt, For))
    return found


def _is_arithmetic(origin: Origin | None) -> bool:
    return isinstance(origin, Apply) and origin.primitive not in memory.MEMORY and origin.primitive.routine is None


def _candidates(variable: Variable, origins: dict[Value, Origin], result: Names) -> Iterator[str]:
    """Names to try, best first, without end."""
    first = variable.members[0]
    if variable.hint:
        bases = [identifier(variable.hint)]
    elif variable.argument:
        bases = ["argument"]
    elif variable.fixed:
        bases = list(str(origins[first]))
    else:
        bases = _described(first, origins.get(first), result)
    yield from bases
    for number in count(1):
        yield f"{bases[0]}_{number}"


def _described(value: Value, origin: Origin | None, result: Names) -> list[str]:
    """What to call a value without a name of the user's."""
    if isinstance(origin, str):
        return [origin]
    if origin is not None:
        if origin.primitive is memory.dim:
            return list(EXTENTS[origin.attrs["axis"] :]) or ["n"]
        if origin.primitive is memory.stride:
            return ["stride"]
        if origin.primitive in (memory.load, memory.row):
            return [_element(origin.operands, result)]
        if origin.primitive is memory.reshape:
            shape = "flat" if value.type == Array(value.type.dtype, 1) else f"{len(origin.operands) - 1}d"
            return [f"{_name(origin.operands[0], result)}_{shape}"]
        if origin.primitive.routine is not None:
            return [origin.primitive.routine.names[origin.results.index(value)]]
    if isinstance(value.type, Array):
        return ["work"]
    return ["t" if value.type.dtype.startswith("float") else "test" if value.type.dtype == "bool" else "count"]


def _element(operands: tuple[Operand, ...], result: Names) -> str:
    """`x[i, j]` is called `x_ij`."""
    array, *indices = (_name(o, result) for o in operands)
    return f"{array}_{''.join(indices)}" if indices and all(len(i) == 1 for i in indices) else f"{array}_t"


def _name(operand: Operand, result: Names) -> str:
    return result.get(operand, "") if isinstance(operand, Value) else ""
