"""Arrays that a program allocates become arguments, so that the caller may use the same memory at every call.

    def f(x):                                   def f(x, h, x_bar):
        n = dim(x) {axis=0}                         n = dim(x) {axis=0}
        h = alloc(n) {empty}
        x_bar = alloc_like(x) {zeros}               for i in range(0, n): store(x_bar, i, 0.0)
        ...                                         ...
        return s, x_bar                             return s, x_bar

                                                def f_workspace(x):
                                                    n = dim(x) {axis=0}
                                                    return alloc(n) {empty}

* results    (`out=`) Arrays that are returned as gradients. One that is not an allocation of its own, for instance the
             product of a library call, is copied into the argument at the end.
* buffers    (`workspace=True`) Arrays of which nothing is returned, made outside loops and branches, in a size that is
             a matter of the shapes and ints among the arguments alone. One more function makes them.

What was allocated as zeros is filled with zeros where it was allocated. It runs last: other passes take it that
arguments are not written to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from adcompile.ad.loops import copy_elements, fill_elements
from adcompile.facts.aliases import Aliases
from adcompile.facts.totality import is_total
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, Function, Operand, Region, Stmt, Value
from adcompile.ir.types import INT, Array, Scalar
from adcompile.ir.walk import Substitution, clone_statement, clone_value, statements, substitute
from adcompile.ops import memory


@dataclass(frozen=True, slots=True)
class Workspace:
    """The function that makes the buffers, and which arguments it takes."""

    maker: Function
    takes: tuple[int, ...]


def take_results(function: Function, results: Sequence[int]) -> Function:
    """These results are arrays that the function is given after its other arguments, and fills."""
    region = function.region
    aliases = Aliases(function)
    body, yields, given = list(region.body), list(region.yields), []
    returned = Counter(aliases.root(y) for y in yields if isinstance(y.type, Array))
    for number in results:
        result = yields[number]
        assert isinstance(result, Value) and isinstance(result.type, Array)
        made = _definition(body, result)
        if made is not None and returned[result] == 1:
            body = _replaced(body, [made])
        else:
            yields[number] = result = _copied(body, result)
        given.append(result)
    return Function(function.name, Region((*region.params, *given), body, tuple(yields)))


def take_buffers(function: Function) -> tuple[Function, Workspace | None]:
    """The function with its buffers as last arguments, and what makes them; None if it has none."""
    region = function.region
    chosen, needed = _buffers(function)
    if not chosen:
        return function, None
    buffers = tuple(stmt.results[0] for stmt in chosen)
    taken = Region((*region.params, *buffers), _replaced(region.body, chosen), region.yields)
    return Function(function.name, taken), _workspace(function, buffers, needed)


def _definition(body: Sequence[Stmt], array: Value) -> Apply | None:
    """The statement that allocates the array in this body."""
    made = (s for s in body if isinstance(s, Apply) and s.primitive.allocates)
    return next((s for s in made if s.results[0] is array), None)


def _replaced(body: Sequence[Stmt], allocations: Sequence[Apply]) -> list[Stmt]:
    """The body with loops that fill instead of the allocations."""
    builder = Builder()
    for stmt in body:
        if stmt not in allocations:
            builder.append(stmt)
        elif isinstance(stmt, Apply) and stmt.attrs.fill == "zeros":
            with builder.at(stmt.loc):
                fill_elements(builder, stmt.results[0], _extents(builder, stmt))
    return builder.region.body


def _extents(builder: Builder, stmt: Apply) -> list[Operand]:
    if stmt.primitive is memory.alloc:
        return list(stmt.operands)
    return _dims(builder, stmt.operands[0])


def _dims(builder: Builder, array: Operand) -> list[Operand]:
    assert isinstance(array.type, Array)
    return [builder.apply(memory.dim, array, type=INT, axis=axis) for axis in range(array.type.ndim)]


def _copied(body: list[Stmt], result: Value) -> Value:
    """An argument into which the result is copied at the end of the body."""
    assert isinstance(result.type, Array)
    given = Value(Array(result.type.dtype, result.type.ndim), result.hint)
    builder = Builder(Region(body=body))
    copy_elements(builder, result, given, _dims(builder, result))
    return given


def _buffers(function: Function) -> tuple[list[Apply], list[Stmt]]:
    """The allocations to hand over, and all statements that their sizes are computed by, themselves included."""
    region = function.region
    aliases = Aliases(function)
    kept = {aliases.root(y) for y in region.yields if isinstance(y.type, Array)}
    kept |= {
        aliases.root(stmt.operands[0])
        for stmt in statements(region)
        if isinstance(stmt, Apply) and stmt.primitive is memory.grow
    }
    known = {p for p in region.params if isinstance(p.type, Array) or p.type.dtype == "int64"}
    chosen: list[Apply] = []
    computed: list[Stmt] = []
    for stmt in region.body:
        if not isinstance(stmt, Apply) or not all(o in known for o in stmt.operands if isinstance(o, Value)):
            continue
        if stmt.primitive.allocates and stmt.results[0] not in kept and _has_axes(stmt.results[0]):
            chosen.append(stmt)
        elif not _is_size(stmt):
            continue
        computed.append(stmt)
        known.update(stmt.results)
    return chosen, computed


def _has_axes(array: Value) -> bool:
    return isinstance(array.type, Array) and array.type.ndim > 0


def _is_size(stmt: Apply) -> bool:
    """Does the statement compute an int64 or a bool from such numbers, or from the shape of an array?"""
    if stmt.primitive is memory.dim:
        return all(map(_counts, stmt.results))
    return stmt.primitive.elementwise and is_total(stmt) and all(map(_counts, (*stmt.operands, *stmt.results)))


def _counts(operand: Operand) -> bool:
    return isinstance(operand.type, Scalar) and operand.type.dtype in ("int64", "bool")


def _workspace(function: Function, buffers: tuple[Value, ...], computed: Sequence[Stmt]) -> Workspace:
    """The function that allocates the buffers, with only what it needs for that."""
    needed: set[Operand] = set(buffers)
    body: list[Stmt] = []
    for stmt in reversed(computed):
        if isinstance(stmt, Apply) and needed & set(stmt.results):
            body.insert(0, stmt)
            needed.update(stmt.operands)
    takes = tuple(position for position, param in enumerate(function.region.params) if param in needed)
    mapping: Substitution = {}
    params = tuple(clone_value(function.region.params[position], mapping) for position in takes)
    made = [clone_statement(_empty(stmt), mapping) for stmt in body]
    yields = tuple(substitute(buffer, mapping) for buffer in buffers)
    return Workspace(Function(f"{function.name}_workspace", Region(params, made, yields)), takes)


def _empty(stmt: Stmt) -> Stmt:
    """An allocation without zeros: the program fills what it is given itself."""
    if isinstance(stmt, Apply) and stmt.primitive.allocates:
        return Apply(stmt.primitive, stmt.operands, stmt.results, stmt.attrs.but(fill="empty"), stmt.loc)
    return stmt
