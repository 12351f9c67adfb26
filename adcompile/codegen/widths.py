"""About how wide statements and expressions print, while variables have no names yet."""

from __future__ import annotations

from collections.abc import Mapping

from adcompile.ir.nodes import Apply, Const, Operand, Value
from adcompile.ops import memory, scalar


def printed_width(stmt: Apply, operands: int) -> int:
    """The width of an expression, given that of its operands."""
    spelling = stmt.primitive.spelling
    own = len(spelling.text) + 2 if spelling else 2 * len(stmt.operands)
    return operands + own + (len("np.float32()") if stmt.results and stmt.results[0].type.dtype == "float32" else 0)


def width_of(operand: Operand, nested: Mapping[Value, Apply]) -> int:
    """The width of an operand."""
    if isinstance(operand, Const):
        return len(repr(operand.value))
    if operand in nested:
        return sum(width_of(o, nested) for o in nested[operand].operands) + 3
    return len(operand.hint) or 4


def own_width(stmt: Apply, nested: Mapping[Value, Apply], stored: Apply | None) -> int:
    """The width of what is around the operands; nothing for `x[i] += y`, which is short for `x[i] = x[i] + y`.

    `stored` is the statement nested in a store.
    """
    if stmt.primitive is not memory.store:
        return 6
    if stored is None or stored.primitive not in (scalar.add, scalar.sub):
        return 12
    before = stored.operands[0]
    load = nested.get(before) if isinstance(before, Value) else None
    return 0 if load is not None and load.operands == stmt.operands[:-1] else 12
