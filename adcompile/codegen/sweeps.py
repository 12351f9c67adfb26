"""Where the forward and the backward sweep begin, and which statements serve others and need no line of the user's.

# -- forward sweep --
...
# -- backward sweep --
x_bar = np.zeros_like(x)             an array for what comes: no line of the user's above it
"""

from __future__ import annotations

from collections.abc import Sequence

from adcompile.ir.nodes import Apply, For, Region, Role, Stmt, Value
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array, is_float
from adcompile.ir.walk import operands, regions, statements
from adcompile.ops import memory


def sweeps(region: Region) -> dict[Stmt, str]:
    """The statements of the function's own region with which a sweep begins, and what that is called."""
    kinds = [(stmt, _kind(stmt)) for stmt in region.body]
    if not {kind for _, kind in kinds} - {"forward", None}:
        return {}
    found: dict[str, Stmt] = {}
    before = None
    for stmt, kind in kinds:
        if kind is not None and kind != before:
            found.setdefault(kind, stmt)
            before = kind
    return {stmt: kind for kind, stmt in found.items()}


def _kind(stmt: Stmt) -> str | None:
    """To which sweep a statement belongs; None if it tells the extents of an array."""
    inner = list(statements(Region(body=[stmt])))
    backward = any(_is_cotangent(o) for each in inner for o in (*operands(each), *each.results))
    backward = backward or any(_is_cotangent(p) for each in inner for r in regions(each) for p in r.params)
    if not backward:
        return None if isinstance(stmt, Apply) and stmt.primitive is memory.dim else "forward"
    if isinstance(stmt, For) and not stmt.backward and _computes(stmt, inner):
        return "forward and backward"
    return "backward"


def _computes(loop: For, inner: Sequence[Stmt]) -> bool:
    """Does a loop compute something of the function itself: a float with a name of the user's, or an array?"""
    named = any(r.hint and r.role is Role.PRIMAL and is_float(r.type) for r in loop.results)
    return named or any(map(_is_primal_work, inner))


def _is_cotangent(operand: object) -> bool:
    return isinstance(operand, Value) and operand.role is Role.COTANGENT


def _is_primal_work(stmt: Stmt) -> bool:
    """Does it store into an array of the function itself?"""
    if not isinstance(stmt, Apply) or stmt.primitive is not memory.store:
        return False
    array = stmt.operands[0]
    return isinstance(array, Value) and array.role is Role.PRIMAL


def serves(stmt: Stmt, after: Sequence[Stmt]) -> bool:
    """Is it something for the other sweep, or an array or a number for statements from other lines of the user's?"""
    if not isinstance(stmt, Apply):
        return False
    first = stmt.operands[0] if stmt.primitive.effect is Effect.WRITE else next(iter(stmt.results), None)
    if isinstance(first, Value) and first.role is Role.RESIDUAL:
        return True
    if not _is_quiet(stmt):
        return False
    if isinstance(first, Value) and first.role is Role.COTANGENT and stmt.primitive.effect is Effect.ALLOC:
        return True
    following = next((each for each in after if each.loc is not None and not _is_quiet(each)), None)
    if following is None or following.loc is None or stmt.loc is None:
        return False
    return (stmt.loc.file, stmt.loc.line) != (following.loc.file, following.loc.line)


def _is_users(value: Value) -> bool:
    """Has the value a name of the user's?"""
    return bool(value.hint) and value.role is Role.PRIMAL


def _is_quiet(stmt: Stmt) -> bool:
    """Does it make an array, load an element, or compute an int or a condition, that has no name of the user's?"""
    if not isinstance(stmt, Apply) or not stmt.results:
        return False
    result = stmt.results[0]
    if stmt.primitive is memory.load:
        return not _is_users(result)
    is_number = (
        stmt.primitive.effect is Effect.PURE and result.type.dtype in ("int64", "bool") and not _is_users(result)
    )
    return stmt.primitive.effect is Effect.ALLOC or (is_number and not isinstance(result.type, Array))
