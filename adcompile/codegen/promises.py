"""What is known of the emitted text and LLVM cannot find out by itself: handed to the run time beside the text.

    for i in range(n):                     indices   line 2, column 8: no index of A[i, j] is negative
        for j in range(i + 1, m):          sums      line 3, "s": what s gets in this loop may be added in any order
            s += A[i, j]

A negative index counts from the end, so where LLVM cannot exclude one it chooses between two addresses for every
access, and no loop with such a choice is vectorised well. It does see for itself that the index of a loop that counts
up from a constant is not negative.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from adcompile.facts.ranges import Ranges
from adcompile.ir.loops import carried, index_of, sums_of
from adcompile.ir.nodes import Apply, Const, For, Function, Operand, Region, Value
from adcompile.ir.types import FLOATS
from adcompile.ir.walk import regions, statements
from adcompile.ops import memory, scalar

_MARK = "_adcompile_promise"
_CHECK = "_adcompile_check"


def certain_accesses(function: Function) -> frozenset[Apply]:
    """The loads, stores and rows whose indices are never negative, but for those where LLVM sees it too."""
    evident = {
        index_of(stmt)
        for stmt in statements(function.region)
        if isinstance(stmt, For) and _counts_up(stmt.start) and _counts_up(stmt.step)
    }
    ranges = Ranges(function)
    return frozenset(_certain(function.region, ranges, evident))


def _counts_up(operand: Operand) -> bool:
    return isinstance(operand, Const) and operand.value >= 0


def _certain(region: Region, ranges: Ranges, evident: set[Value]) -> Iterator[Apply]:
    for stmt in region.body:
        if isinstance(stmt, Apply) and stmt.primitive in (memory.load, memory.store, memory.row):
            indices = _indices(stmt)
            hidden = [i for i in indices if isinstance(i, Value) and i not in evident]
            if hidden and all(i in evident or ranges.nonnegative(i) for i in indices):
                yield stmt
        for inner in regions(stmt):
            with ranges.within(stmt, inner):
                yield from _certain(inner, ranges, evident)
        ranges.passed(stmt)


def _indices(stmt: Apply) -> tuple[Operand, ...]:
    return stmt.operands[1:-1] if stmt.primitive is memory.store else stmt.operands[1:]


def sums_in_any_order(loop: For) -> list[Value]:
    """The carried values of a loop that are sums of floats whose order is open, or of whole numbers."""
    defined = {r: stmt for stmt in loop.body.body if isinstance(stmt, Apply) for r in stmt.results}
    return [
        each.param
        for each, is_sum in zip(carried(loop), sums_of(loop), strict=True)
        if each.param.type.dtype in FLOATS and (is_sum or _counts(each.param, each.yielded, defined))
    ]


def _counts(param: Value, result: Operand, defined: dict[Value, Apply]) -> bool:
    """Does each trip add one or nothing, so that every order is exact?"""
    added = defined.get(result) if isinstance(result, Value) else None
    if added is None or added.primitive is not scalar.add or param not in added.operands:
        return False
    choices = [defined.get(o) for o in added.operands if isinstance(o, Value) and o is not param]
    return len(choices) == 1 and choices[0] is not None and _is_one_or_zero(choices[0])


def _is_one_or_zero(stmt: Apply) -> bool:
    return stmt.primitive is scalar.select and {o.value for o in stmt.operands[1:] if isinstance(o, Const)} == {0, 1}


def mark(node: ast.AST, promise: object = True) -> None:
    """Note a promise about the node; it does not show in print."""
    setattr(node, _MARK, promise)


def marked(node: ast.AST) -> object:
    """What was promised about the node, None if nothing was."""
    return getattr(node, _MARK, None)


Checked = tuple[str, str]


def mark_check(node: ast.AST, check: Checked | None) -> None:
    """Note how the operation is to be checked at run time (`exactness.py`), and where the user has it."""
    if check is not None:
        setattr(node, _CHECK, check)


def check_of(node: ast.AST) -> Checked | None:
    """What was noted about checking the operation."""
    return getattr(node, _CHECK, None)


# The line and column of each subscript without a negative index; the line of a loop and the name of each of its sums;
# the line, the first and the last column of each operation to check, how, and the user's line.
Check = tuple[int, int, int, str, str]
Located = tuple[tuple[tuple[int, int], ...], tuple[tuple[int, str], ...], tuple[Check, ...]]


def located(module: ast.Module, text: str) -> Located:
    """The promises marked in a syntax tree that was printed as `text`, at the places where they stand there."""
    indices: list[tuple[int, int]] = []
    sums: list[tuple[int, str]] = []
    checks: list[Check] = []
    # The trees differ in nothing but statements that became comments.
    for node, printed in zip(_markable(module), _markable(ast.parse(text)), strict=True):
        match marked(node):
            case tuple() as names:
                sums += [(printed.lineno, name) for name in names]
            case True:
                indices.append((printed.lineno, printed.col_offset))
        if (check := check_of(node)) is not None:
            checks.append((printed.lineno, printed.col_offset, printed.end_col_offset or 0, *check))
    return tuple(sorted(indices)), tuple(sums), tuple(sorted(checks))


_Markable = ast.Subscript | ast.For | ast.BinOp | ast.AugAssign | ast.UnaryOp | ast.Call


def _markable(tree: ast.AST) -> list[_Markable]:
    return [node for node in ast.walk(tree) if isinstance(node, _Markable)]
