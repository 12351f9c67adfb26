"""Where a zero cotangent could meet an infinite partial derivative.

    y = np.where(x > 0, np.sqrt(x), 0.0)      at x = 0 the root's cotangent is 0 and its partial inf

A rule marked `singular` is guarded always, a division only where its result reaches an operand of a `select`: there
the cotangent may be a zero that stands for "not taken".
"""

from __future__ import annotations

from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While
from adcompile.ir.walk import statements
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.rules.table import RULES


def guarded(region: Region, names: dict[Value, Value]) -> set[Stmt]:
    """The statements whose adjoint must keep a zero cotangent zero."""
    masked = _reaching_selects(region, names)
    found: set[Stmt] = set()
    for stmt in statements(region):
        if not isinstance(stmt, Apply) or stmt.primitive not in RULES:
            continue
        if stmt.primitive is ops.div:
            if stmt.results[0] in masked:
                found.add(stmt)
        elif RULES[stmt.primitive].singular and not _is_smooth_power(stmt):
            found.add(stmt)
    return found


def _is_smooth_power(stmt: Apply) -> bool:
    exponent = stmt.operands[-1]
    return stmt.primitive is ops.pow_ and isinstance(exponent, Const) and exponent.value >= 1


def _reaching_selects(region: Region, names: dict[Value, Value]) -> set[Value]:
    """The values that an operand of a `select` may depend on, through memory too."""
    found: set[Value] = set()

    def demand(*operands: Operand) -> None:
        for operand in operands:
            if isinstance(operand, Value):
                found.update((operand, names.get(operand, operand)))

    size = -1
    while size != len(found):
        size = len(found)
        for stmt in statements(region):
            match stmt:
                case Apply(primitive=ops.select):
                    demand(*stmt.operands[1:])
                case Apply(primitive=memory.store):
                    array = stmt.operands[0]
                    assert isinstance(array, Value)
                    if names.get(array, array) in found:
                        demand(stmt.operands[-1])
                case Apply():
                    if any(r in found for r in stmt.results):
                        demand(*stmt.operands)
                case If():
                    for result, then, orelse in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                        if result in found:
                            demand(then, orelse)
                case For() | While():
                    _demand_carried(stmt, found, demand)
    return found


def _demand_carried(stmt: For | While, found: set[Value], demand) -> None:  # type: ignore[no-untyped-def]
    count = len(stmt.inits)
    carried = zip(stmt.inits, stmt.body.yields[-count:], stmt.body.params[-count:], stmt.results[-count:], strict=True)
    for init, yielded, param, result in carried if count else ():
        if result in found or param in found:
            demand(init, yielded)
