"""Rules written in NumPy: traced, lowered and put in place of the call that they are the adjoint of.

    def solve(a, b, x, x_bar):                     b_bar = np.linalg.solve(a.T, x_bar)
        b_bar = np.linalg.solve(a.T, x_bar)        for i: for j: a_bar[i, j] -= b_bar[i] * x[j]
        return -np.outer(b_bar, x), b_bar

A rule takes the operands and results of the call, then a cotangent for each result, None where there is none, and then
the marks of `vectors`. It returns a cotangent for each operand. What only inactive operands need is left out, and so
are checks of shapes, which the call itself has made. Statements stand on the line of the call, and names of operands
become those of the user.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from adcompile.ad.loops import copy_elements
from adcompile.ad.sweep import Sweep
from adcompile.frontend.structure import Fixed, Leaf, Structure
from adcompile.frontend.trace import trace
from adcompile.ir.nodes import UNNAMED, Apply, Function, Name, Operand, Region, Stmt, Value, cotangent_of, name_of
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array, element
from adcompile.ir.walk import Substitution, captures, clone_statement, operands, regions, statements
from adcompile.location import Location
from adcompile.lowering.lower import lower
from adcompile.ops import library, memory

Rule = Callable[..., Any]


def put_in_place(
    rule: Rule,
    sweep: Sweep,
    stmt: Apply,
    cotangents: Sequence[Operand | None],
    marks: Sequence[Operand | None] = (),
) -> Iterator[tuple[int, Value]]:
    """Emit what the rule computes: positions of active operands, and what it adds to their cotangents."""
    given: list[Operand | None] = [*stmt.operands, *stmt.results, *cotangents, *marks]
    program = _traced(rule, tuple(Fixed(None) if each is None else Leaf(_plain(each)) for each in given))
    wanted = [k for k, operand in enumerate(stmt.operands) if sweep.is_active(operand)]
    body = _needed(program.region, [program.region.yields[k] for k in wanted])
    mapping = _arguments(program.region, body, stmt, sweep, (*cotangents, *marks))
    names = _names(rule, stmt)
    for each in body:
        if not (isinstance(each, Apply) and each.primitive is memory.dim):
            clone = clone_statement(each, mapping)
            _settle(clone, stmt.loc, names)
            sweep.builder.append(clone)
        else:
            mapping[each.results[0]] = _extent(program.region, each, stmt, sweep, cotangents)
    for k in wanted:
        operand, found = stmt.operands[k], mapping[_value(program.region.yields[k])]
        assert isinstance(operand, Value) and isinstance(found, Value) and operand.type.dtype == found.type.dtype
        yield k, found


@cache
def _traced(rule: Rule, structures: tuple[Structure, ...]) -> Function:
    """The rule on loops, without checks of shapes."""
    names = inspect.signature(rule).parameters
    program = lower(trace(rule, dict(zip(names, structures, strict=True)), boundscheck=False).graph)
    for region in _all_regions(program.region):
        region.body = [stmt for stmt in region.body if not _is_settled(stmt)]
    return program


def _all_regions(region: Region) -> Iterator[Region]:
    yield region
    for stmt in region.body:
        for inner in regions(stmt):
            yield from _all_regions(inner)


def _is_settled(stmt: Stmt) -> bool:
    """Is it a check that the call itself has made?"""
    if not isinstance(stmt, Apply) or stmt.primitive is not memory.require:
        return False
    return bool(stmt.attrs.error != library.ERROR or stmt.attrs.message == library.SQUARE)


def _plain(operand: Operand) -> Any:
    """The type of a C-contiguous array of any shape, or of a number."""
    type_ = operand.type
    return Array(type_.dtype, type_.ndim) if isinstance(type_, Array) else element(type_)


def _needed(region: Region, results: Sequence[Operand]) -> list[Stmt]:
    """The statements that these results depend on, and checks."""
    roots: dict[Value, Value] = {}
    for stmt in statements(region):
        if isinstance(stmt, Apply) and stmt.primitive.shares is not None:
            source = _value(stmt.operands[0])
            roots[stmt.results[0]] = roots.get(source, source)
    live = {roots.get(_value(r), _value(r)) for r in results} | {_value(r) for r in results}
    kept: list[Stmt] = []
    for stmt in reversed(region.body):
        inner = list(statements(Region(body=[stmt])))
        written = {
            roots.get(_value(s.operands[0]), _value(s.operands[0]))
            for s in inner
            if isinstance(s, Apply) and s.primitive.effect is Effect.WRITE
        }
        checks = any(isinstance(s, Apply) and s.primitive.effect is Effect.CHECK for s in inner)
        if checks or not live.isdisjoint(stmt.results) or not live.isdisjoint(written):
            kept.append(stmt)
            used = {*captures(Region(body=[stmt])), *(o for o in operands(stmt) if isinstance(o, Value))}
            live |= used | {roots.get(v, v) for v in used}
    return kept[::-1]


def _arguments(
    region: Region, body: Sequence[Stmt], stmt: Apply, sweep: Sweep, further: Sequence[Operand | None]
) -> Substitution:
    """What the rule's params stand for, of those whose contents are read."""
    read = {o for s in body if not _is_dim(s) for o in captures(Region(body=[s]))}
    primal = [*stmt.operands, *stmt.results]
    params = iter(region.params)
    mapping: Substitution = {}
    for k, each in enumerate(primal):
        param = next(params)
        if param not in read:
            continue
        if k < len(stmt.operands) and library.is_transposed(stmt, k):
            mapping[param] = _transposed(sweep, _value(each))
        else:
            is_result = k >= len(stmt.operands)
            held = sweep.residuals.kept.get(_value(each), _value(each)) if is_result else each
            needed = sweep.residuals.need_array if isinstance(each.type, Array) else sweep.residuals.need
            mapping[param] = needed(held)
    mapping.update(zip(params, (each for each in further if each is not None), strict=True))
    return mapping


def _transposed(sweep: Sweep, array: Value) -> Value:
    source = sweep.residuals.need_array(array)
    extents = [sweep.extent(array, axis) for axis in (1, 0)]
    type_ = Array(array.type.dtype, 2)
    made = sweep.builder.apply(memory.alloc, *extents, type=type_, hint=array.hint, fill="empty", once=True)
    copy_elements(sweep.builder, source, made, extents, transposed=True)
    return made


def _is_dim(stmt: Stmt) -> bool:
    return isinstance(stmt, Apply) and stmt.primitive is memory.dim


def _extent(region: Region, dim: Apply, stmt: Apply, sweep: Sweep, cotangents: Sequence[Operand | None]) -> Operand:
    """An extent of a param, as it is known at the call."""
    carrying = (r for r, cotangent in zip(stmt.results, cotangents, strict=True) if cotangent is not None)
    alike = [*stmt.operands, *stmt.results, *carrying]
    k, axis = region.params.index(_value(dim.operands[0])), dim.attrs.axis
    flipped = k < len(stmt.operands) and library.is_transposed(stmt, k)
    return sweep.extent(alike[k], 1 - axis if flipped else axis)


def _names(rule: Rule, stmt: Apply) -> dict[str, Name]:
    """The user's names, or none, for the names that the rule gives to operands, results and their cotangents."""
    found: dict[str, Name] = {}
    for name, value in zip(inspect.signature(rule).parameters, (*stmt.operands, *stmt.results), strict=False):
        if isinstance(value, Value):
            found |= {name: name_of(value), f"{name}_bar": cotangent_of(value)}
        else:
            found |= {name: UNNAMED, f"{name}_bar": UNNAMED}
    return found


def _settle(stmt: Stmt, loc: Location | None, names: dict[str, Name]) -> None:
    """The place and the names of the statement and of those inside."""
    for each in statements(Region(body=[stmt])):
        each.loc = loc
        if isinstance(each, Apply) and each.primitive is memory.require and loc is not None:
            place = f" {loc.brief}".replace("{", "{{").replace("}", "}}")
            each.attrs = each.attrs.but(message=each.attrs.message + place)
        for value in (*each.results, *(p for inner in regions(each) for p in inner.params)):
            value.loc = loc
            if value.hint in names:
                name = names[value.hint]
                value.hint, value.role, value.of = name["hint"], name["role"], name["of"]


def _value(operand: Operand) -> Value:
    assert isinstance(operand, Value)
    return operand
