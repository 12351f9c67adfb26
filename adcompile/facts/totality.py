"""Which operations have a result whatever their operands are: they may run where the program would not run them."""

from __future__ import annotations

from adcompile.ir.nodes import Apply, Const
from adcompile.ir.primitive import Effect, Total
from adcompile.ir.types import FLOATS


def is_total(stmt: Apply) -> bool:
    """Is it a pure operation that cannot fail with these operands?"""
    if stmt.primitive.effect is not Effect.PURE:
        return False
    match stmt.primitive.total:
        case Total.ALWAYS:
            return True
        case Total.FINITE:  # int(nan) fails
            return stmt.operands[0].type.dtype not in FLOATS or stmt.results[0].type.dtype in FLOATS
        case domain:
            last = stmt.operands[-1] if stmt.operands else None
            return isinstance(last, Const) and domain.holds_for(last.value)
