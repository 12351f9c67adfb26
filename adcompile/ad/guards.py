"""Where a zero cotangent could meet an infinite partial derivative.

    y = np.where(x > 0, x * np.log(x), 0.0)      at x = 0 both factors' cotangents are 0 times -inf

A rule marked `singular` is guarded always. Any other operation is guarded if an operand depends on a singular operation
or a division (so may be infinite or nan) and its result reaches an operand of a `select`: there the
cotangent may be a zero that stands for "not taken".
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
    risky = _depending_on_singular(region, names)
    found: set[Stmt] = set()
    for stmt in statements(region):
        if not isinstance(stmt, Apply) or stmt.primitive not in RULES or stmt.primitive is ops.select:
            continue
        if _is_singular(stmt) and stmt.primitive is not ops.div:
            found.add(stmt)
        elif stmt.results[0] not in masked or stmt.primitive in LINEAR:
            continue
        elif stmt.primitive is ops.div or any(o in risky for o in stmt.operands):
            found.add(stmt)
    return found


LINEAR = (ops.add, ops.sub, ops.neg, ops.cast)


def _is_singular(stmt: Apply) -> bool:
    """May the result, or a partial derivative, be infinite for finite operands?"""
    if stmt.primitive is ops.div:
        return not isinstance(stmt.operands[1], Const)
    return stmt.primitive in RULES and RULES[stmt.primitive].singular and not _is_smooth_power(stmt)


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

    backwards = list(statements(region))[::-1]  # what is demanded stands before
    size = -1
    while size != len(found):
        size = len(found)
        for stmt in backwards:
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


def _depending_on_singular(region: Region, names: dict[Value, Value]) -> set[Operand]:
    """The values that may be infinite or nan because of a singular operation, through memory too."""
    found: set[Operand] = set()

    def root(array: Operand) -> Value:
        assert isinstance(array, Value)
        return names.get(array, array)

    everything = list(statements(region))
    size = -1
    while size != len(found):
        size = len(found)
        for stmt in everything:
            match stmt:
                case Apply(primitive=memory.store):
                    if stmt.operands[-1] in found:
                        found.add(root(stmt.operands[0]))
                case Apply(primitive=memory.load):
                    if root(stmt.operands[0]) in found:
                        found.update(stmt.results)
                case Apply():
                    if _is_singular(stmt) or any(o in found for o in stmt.operands):
                        found.update(stmt.results)
                case If():
                    for result, then, orelse in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                        if then in found or orelse in found:
                            found.add(result)
                case For() | While():
                    count = len(stmt.inits)
                    ends = (stmt.inits, stmt.body.yields[-count:], stmt.body.params[-count:], stmt.results[-count:])
                    for init, yielded, param, result in zip(*ends, strict=True) if count else ():
                        if init in found or yielded in found:
                            found.update((param, result))
    return found
