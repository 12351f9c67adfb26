"""Extents computed inside a branch or loop, computed in front of it, for arrays that are joined or carried there.

for i in range(n):                 m = min(k + 3, n) is computed in the trip where the array is made, and
    if x[i] > 1.0:                 again before the loop, which carries an array of m elements
        return x[k : k + 3] * 2.0
"""

from __future__ import annotations

from adcompile.facts.totality import is_total
from adcompile.frontend.emitter import Emitter
from adcompile.frontend.specs import Arr, Bad, Opt, Spec, Tree, alike, parts_of
from adcompile.frontend.values import Abstract, ArrayValue, Maybe
from adcompile.ir.attributes import NONE
from adcompile.ir.nodes import Apply, Const, Operand
from adcompile.ir.types import Array


def in_scope(e: Emitter, spec: Spec, *values: Abstract) -> Spec:
    """The spec with extents that are in scope here; those that differ between `values` are equal if computed alike."""
    match spec:
        case Opt(inner=inner):
            found = in_scope(e, inner, *(v.value if isinstance(v, Maybe) else v for v in values))
            return spec if found is inner else found if isinstance(found, Bad) else Opt(found, spec.or_none)
        case Tree(like=like, parts=parts):
            columns = zip(*(parts_of(v) for v in values if alike(like, v)), strict=True)
            inner_values = [list(column) for column in columns] or [[] for _ in parts]
            scoped = tuple(in_scope(e, part, *mine) for part, mine in zip(parts, inner_values, strict=True))
            return spec if all(p is q for p, q in zip(scoped, parts, strict=True)) else Tree(like, scoped)
        case Arr(dims=dims):
            arrays = [v for v in values if isinstance(v, ArrayValue)]
            found_dims = tuple(
                lifted(e, d) if d is not None else _common(e, [a.dims[axis] for a in arrays])
                for axis, d in enumerate(dims)
            )
            if found_dims == dims:
                return spec
            return Arr(spec.dtype, spec.layout, found_dims, spec.buffer, spec.readonly, spec.order)
        case _:
            return spec


def _common(e: Emitter, extents: list[Operand]) -> Operand | None:
    found = [lifted(e, each) for each in extents]
    return found[0] if found and all(each == found[0] for each in found) else None


def lifted(e: Emitter, operand: Operand) -> Operand | None:
    """The operand, or an equal one in scope here; None if it depends on what is not."""
    if isinstance(operand, Const) or e.builder.sees(operand):
        return operand
    stmt = e.builder.definitions.get(operand)
    if not isinstance(stmt, Apply) or not _may_be_repeated(stmt):
        return None
    operands = [lifted(e, each) for each in stmt.operands]
    known = [each for each in operands if each is not None]
    if len(known) < len(operands):
        return None
    if stmt.attrs is not NONE:
        return e.builder.apply(stmt.primitive, *known, type=stmt.results[0].type, attrs=stmt.attrs)
    result = e.ints.pure(stmt.primitive, *known)
    if operand in e.ints.nonnegative and not isinstance(result, Const):
        e.ints.nonnegative[result] = True
    return result


def _may_be_repeated(stmt: Apply) -> bool:
    return is_total(stmt) and not any(isinstance(o.type, Array) for o in stmt.operands)
