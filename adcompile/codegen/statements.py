"""Regions as Python statements.

    s2 = for i in range(0, n, 1), s1 = 0.0:         s = 0.0
        s3 = add(s1, load(x, i))                    for i in range(n):
        yield s3                                        s += x[i]

Parallel moves (entering a loop, ending a trip, ending a branch) become assignments in an order in which none destroys
what another still reads, or one simultaneous assignment where there is no such order: `a, b = b, a`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from adcompile.codegen.comments import Comments, is_mark
from adcompile.codegen.expressions import (
    Spelled,
    applied,
    binary,
    call,
    dtype_argument,
    element,
    multiplied,
    name,
    opposite,
)
from adcompile.codegen.nesting import extents
from adcompile.codegen.promises import check_of, mark, mark_check, marked, sums_in_any_order
from adcompile.codegen.raising import check, joined
from adcompile.codegen.sweeps import serves
from adcompile.ir.loops import bounds_of, exit_of, goes_on, heads_of, index_of, params_of, trips_of, yields_of
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While, is_const
from adcompile.ir.types import BOOL, Type
from adcompile.ops import library, memory

IN_PLACE = (ast.Add, ast.Sub, ast.Mult, ast.Div)
COMMUTATIVE = (ast.Add, ast.Mult)


@dataclass(frozen=True, slots=True)
class Printer:
    """What is needed to print a region: how values are written, which are read at all, and where marks go."""

    spelled: Spelled
    used: frozenset[Value]
    comments: Comments
    sweeps: Mapping[Stmt, str]


def block(region: Region, printer: Printer) -> list[ast.stmt]:
    """The statements of a region, without what becomes of its yields."""
    nodes: list[ast.stmt] = []
    unpacked = 0
    sweep = ""
    for position, stmt in enumerate(region.body):
        sweep = printer.sweeps.get(stmt, sweep)
        if unpacked:
            unpacked -= 1
            continue
        group = [] if _is_nested(stmt, printer) else extents(region.body, position)
        if group and not any(v in printer.spelled.nested for v in group):
            unpacked = len(group) - 1
            new: list[ast.stmt] = [_unpacking(stmt, group, printer)]
        else:
            new = statement(stmt, printer)
        if isinstance(stmt, Apply) and stmt.attrs.joined:
            _join(nodes[-1], new)
        elif new and not (nodes and joined(nodes[-1], new[-1])):
            quiet = serves(stmt, region.body[position + 1 :])
            nodes += [*printer.comments.mark(stmt.loc, quiet=quiet, sweep=sweep), *new]
            sweep = "" if stmt.loc is not None else sweep
    return nodes


def statement(stmt: Stmt, printer: Printer) -> list[ast.stmt]:
    """One statement of the IR; nothing if it is printed inside another."""
    match stmt:
        case Apply():
            return [] if _is_nested(stmt, printer) else _apply(stmt, printer)
        case If():
            return _if(stmt, printer)
        case For():
            return _for(stmt, printer)
        case While():
            return _while(stmt, printer)
        case _:
            assert_never(stmt)


def _is_nested(stmt: Stmt, printer: Printer) -> bool:
    return isinstance(stmt, Apply) and any(r in printer.spelled.nested for r in stmt.results)


def _unpacking(stmt: Stmt, group: list[Value], printer: Printer) -> ast.stmt:
    """`n, m = x.shape`."""
    assert isinstance(stmt, Apply)
    shape = ast.Attribute(printer.spelled(stmt.operands[0]), "shape", ast.Load())
    return ast.Assign([ast.Tuple([printer.spelled(v) for v in group], ast.Store())], shape)


def _apply(stmt: Apply, printer: Printer) -> list[ast.stmt]:
    spelled = printer.spelled
    if stmt.primitive is memory.store:
        _, *indices, value = stmt.operands
        return [assignment(element(stmt, indices, spelled), spelled.untyped(value))]
    if stmt.primitive is memory.require:
        return [_require(stmt, printer)]
    if stmt.primitive.grows:
        return [_grow(stmt, printer)]
    if stmt.primitive is library.multiply:
        return [ast.Expr(multiplied(stmt, spelled))]
    targets = [spelled(r) for r in stmt.results]
    if len(targets) == 1:
        return [assignment(targets[0], applied(stmt, spelled))]
    return [ast.Assign([ast.Tuple(targets, ast.Store())], applied(stmt, spelled))]


def _require(stmt: Apply, printer: Printer) -> ast.stmt:
    ok, *shown = stmt.operands
    return check(stmt, printer.spelled(ok), _compared_type(ok, printer), [*map(printer.spelled.untyped, shown)])


def _grow(stmt: Apply, printer: Printer) -> ast.stmt:
    """Make the array twice as long when the index has reached its end, or by what is to fit when that does not."""
    array, index = (printer.spelled(o) for o in stmt.operands)
    is_full: ast.cmpop
    if stmt.primitive is memory.grow:
        more, is_full = call("np.empty_like", array), ast.GtE()
    else:
        more, is_full = call("np.empty", index, **dtype_argument(stmt.operands[0].type.dtype)), ast.Gt()
    longer = call("np.concatenate", ast.Tuple([array, more], ast.Load()))
    full = ast.Compare(index, [is_full], [call("len", array)])
    return ast.If(full, [ast.Assign([_stored(array)], longer)], [])


def _join(before: ast.stmt, grown: list[ast.stmt]) -> None:
    """Let the array grow under the condition of the statement before."""
    (own,) = grown
    assert isinstance(before, ast.If) and isinstance(own, ast.If)
    before.body += own.body


def _compared_type(condition: Operand, printer: Printer) -> Type:
    """The type of what a condition compares, if it is a comparison."""
    test = printer.spelled.nested.get(condition) if isinstance(condition, Value) else None
    return test.operands[0].type if test else BOOL


def assignment(target: ast.expr, value: ast.expr) -> ast.stmt:
    """`target = value`, in place where that computes the same."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, IN_PLACE):
        if _same(value.left, target):
            return _in_place(target, value.op, value.right, value)
        if isinstance(value.op, COMMUTATIVE) and _same(value.right, target):
            turned = binary(target, value.op, value.left)
            assert isinstance(turned, ast.BinOp)
            return _in_place(target, turned.op, turned.right, value)
    return ast.Assign([_stored(target)], value)


def _in_place(target: ast.expr, operator: ast.operator, operand: ast.expr, value: ast.expr) -> ast.stmt:
    node = ast.AugAssign(_stored(target), operator, operand)
    mark_check(node, check_of(value))
    return node


def _same(one: ast.expr, other: ast.expr) -> bool:
    return ast.dump(one) == ast.dump(other)


def _stored(target: ast.expr) -> ast.Name | ast.Subscript:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Store())
    assert isinstance(target, ast.Subscript)
    stored = ast.Subscript(target.value, target.slice, ast.Store())
    mark(stored, marked(target))
    return stored


def moves(targets: Sequence[Value], sources: Sequence[Operand], printer: Printer) -> list[ast.stmt]:
    """Assign all sources to all targets at once."""
    spelled = printer.spelled
    waiting: list[tuple[ast.expr, ast.expr]] = []
    for target, source in zip(targets, sources, strict=True):
        variable, value = spelled(target), spelled(source)
        if not _same(variable, value):
            waiting.append((variable, value))
    nodes: list[ast.stmt] = []
    while waiting:
        free = next((move for move in waiting if not _is_read(move, waiting)), None)
        if free is None:
            left, right = zip(*waiting, strict=True)
            stored = ast.Tuple([_stored(t) for t in left], ast.Store())
            return [*nodes, ast.Assign([stored], ast.Tuple(list(right), ast.Load()))]
        waiting.remove(free)
        nodes.append(assignment(*free))
    return nodes


def _is_read(move: tuple[ast.expr, ast.expr], waiting: list[tuple[ast.expr, ast.expr]]) -> bool:
    """Does another move still read the target of this one?"""
    target = move[0]
    assert isinstance(target, ast.Name)
    sources = (value for other in waiting if other is not move for value in ast.walk(other[1]))
    return any(isinstance(node, ast.Name) and node.id == target.id for node in sources)


def _if(stmt: If, printer: Printer) -> list[ast.stmt]:
    then = [*block(stmt.then, printer), *moves(stmt.results, stmt.then.yields, printer)]
    orelse = [*block(stmt.orelse, printer), *moves(stmt.results, stmt.orelse.yields, printer)]
    if isinstance(stmt.cond, Const):
        return then if stmt.cond.value else orelse
    return _branches(stmt.cond, then, orelse, printer)


def _branches(cond: Operand, then: list[ast.stmt], orelse: list[ast.stmt], printer: Printer) -> list[ast.stmt]:
    """An `if` without empty branches."""
    test = printer.spelled(cond)
    if not then:
        test, then, orelse = opposite(test, _compared_type(cond, printer)), orelse, []
    if len(orelse) == 2 and is_mark(orelse[0]) and isinstance(orelse[1], ast.If):
        del orelse[0]  # `elif`
    return [ast.If(test, then, orelse)] if then else []


def _for(stmt: For, printer: Printer) -> list[ast.stmt]:
    counter = _counter(stmt, printer)
    before = moves(params_of(stmt), stmt.inits, printer)
    body = _exiting_trip(stmt, counter, printer)
    if body is None:
        body = [*block(stmt.body, printer), *_trip_end(stmt, counter, printer)]
    loop = ast.For(printer.spelled(index_of(stmt)), _range(stmt, printer), body, [])
    mark(loop, tuple(printer.spelled.names[p] for p in sums_in_any_order(stmt) if p in printer.spelled.names))
    return [*before, *_start(counter), loop] if body else before


def _range(stmt: For, printer: Printer) -> ast.expr:
    bounds = [printer.spelled(o) for o in bounds_of(stmt)]
    if is_const(stmt.step, 1):
        bounds.pop()
        if is_const(stmt.start, 0):
            del bounds[0]
    node = call("range", *bounds)
    mark_check(node, printer.spelled.checks.get(stmt))
    return node


def _trip_end(stmt: For, counter: ast.expr | None, printer: Printer) -> list[ast.stmt]:
    """Hand the carried values on, count the trip, and leave if it says so."""
    handed_on = [*moves(params_of(stmt), yields_of(stmt), printer), *_step(counter)]
    leave = exit_of(stmt)
    if leave is None:
        return handed_on
    flag = printer.spelled(leave)
    written = {printer.spelled.names[p] for p in params_of(stmt)}
    if any(isinstance(node, ast.Name) and node.id in written for node in ast.walk(flag)):
        return [ast.If(flag, [*handed_on, ast.Break()], []), *handed_on]  # it reads what this trip started with
    return [*handed_on, *_leave(leave, printer)]


def _leave(flag: Operand, printer: Printer) -> list[ast.stmt]:
    if isinstance(flag, Const):
        return [ast.Break()] if flag.value else []
    return [ast.If(printer.spelled(flag), [ast.Break()], [])]


def _exiting_trip(stmt: For, counter: ast.expr | None, printer: Printer) -> list[ast.stmt] | None:
    """A trip that ends in an `if` which decides about leaving: one branch ends in `break`, the other needs no `else`.

    Returns None if the trip has another form.
    """
    flag = exit_of(stmt)
    last = stmt.body.body[-1] if stmt.body.body else None
    if not isinstance(flag, Value) or not isinstance(last, If) or flag not in last.results or flag in yields_of(stmt):
        return None
    place = last.results.index(flag)
    leaves = [branch.yields[place] for branch in (last.then, last.orelse)]
    if not (is_const(leaves[0]) and is_const(leaves[1])) or _value(leaves[0]) == _value(leaves[1]):
        return None
    branches = []
    for branch in (last.then, last.orelse):
        kept = [(r, y) for r, y in zip(last.results, branch.yields, strict=True) if r is not flag]
        joined = moves([r for r, _ in kept], [y for _, y in kept], printer)
        handed_on = moves(params_of(stmt), yields_of(stmt), printer)
        branches.append([*block(branch, printer), *joined, *handed_on, *_step(counter)])
    test = printer.spelled(last.cond)
    if not _value(leaves[0]):
        test = opposite(test, _compared_type(last.cond, printer))
        branches.reverse()
    leaving, staying = branches
    leading = Region(stmt.body.params, stmt.body.body[:-1])
    exit_ = ast.If(test, [*leaving, ast.Break()], [])
    return [*block(leading, printer), *printer.comments.mark(last.loc), exit_, *staying]


def _value(operand: Operand) -> bool:
    return isinstance(operand, Const) and bool(operand.value)


def _while(stmt: While, printer: Printer) -> list[ast.stmt]:
    counter = _counter(stmt, printer)
    before = [*moves(heads_of(stmt), stmt.inits, printer), *_start(counter)]
    test = block(stmt.test, printer)
    ends = [*moves(heads_of(stmt), yields_of(stmt), printer), *_step(counter)]
    body = [*block(stmt.body, printer), *ends]
    condition = printer.spelled(goes_on(stmt))
    if test:
        leave = opposite(condition, _compared_type(goes_on(stmt), printer))
        body = [*test, ast.If(leave, [ast.Break()], []), *body]
        condition = ast.Constant(True)
    return [*before, ast.While(condition, body or [ast.Pass()], [])]


def _counter(stmt: For | While, printer: Printer) -> ast.expr | None:
    """The variable for the number of trips, if anything reads it."""
    trips = trips_of(stmt)
    return name(printer.spelled.names[trips]) if trips is not None and trips in printer.used else None


def _start(counter: ast.expr | None) -> list[ast.stmt]:
    return [ast.Assign([_stored(counter)], ast.Constant(0))] if counter else []


def _step(counter: ast.expr | None) -> list[ast.stmt]:
    return [ast.AugAssign(_stored(counter), ast.Add(), ast.Constant(1))] if counter else []
