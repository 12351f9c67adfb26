"""Which values are printed inside their only use instead of under a name of their own.

    a = load(x, i)
    t = add(a, b)               y[i] = np.tanh(x[i] + b)
    u = tanh(t)
    store(y, i, u)

Rules, cited in the code by name:

* *once*: the value is pure or a load, has one use, and no name given by the user (cotangents and residuals have none);
* *contributions*: where a cotangent with a name gets several, each has a line, under the statement that it comes from;
* *no repetition*: the use is in the same region, or in a branch below it, never in a loop;
* *same contents*: no store to an array of the same memory lies between a load and where it is printed;
* *in place*: no loop or branch lies between, unless the use is inside it: a reader finds the value at its line;
* *size*: no line much longer than 100 columns.

Exempt are `offsets`: `i + 1` with a loop index or an extent `i` is repeated wherever it is an index or a loop bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from adcompile.codegen.widths import own_width, printed_width, width_of
from adcompile.ir.loops import index_of, taken_by
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Role, Stmt, Value, While
from adcompile.ir.primitive import Effect
from adcompile.ir.types import INT, Array
from adcompile.ir.walk import all_operands, operands, regions, statements
from adcompile.ops import library, memory, scalar

MAXIMUM_WIDTH = 100
MAXIMUM_DEPTH = 8
INDENT = 4

# What is called so for want of a name of the user's.
UNNAMED_ROLES = (Role.COTANGENT, Role.RESIDUAL)

Nesting = dict[Value, Apply]


@dataclass(frozen=True, slots=True)
class Use:
    """Where a value is read: `stmt` is None if a region yields it, `position` is then its place among the yields."""

    region: Region
    stmt: Stmt | None
    position: int


@dataclass(frozen=True, slots=True)
class Tree:
    """What is known of an expression that may still be nested: the memory it reads, its width and depth in print."""

    definition: Apply
    region: Region
    roots: frozenset[Value]
    width: int
    depth: int


@dataclass(slots=True)
class _Search:
    uses: dict[Value, list[Use]]
    owners: dict[int, tuple[Stmt, Region]]
    roots: dict[Value, Value]
    nested: Nesting
    pending: dict[Value, Tree] = field(default_factory=dict)
    named: set[Value] = field(default_factory=set)


def nesting(function: Function) -> Nesting:
    """The values to print inside their use, each with the statement that computes it."""
    uses: dict[Value, list[Use]] = {p: [] for p in function.region.params}
    owners: dict[int, tuple[Stmt, Region]] = {}
    _collect(function.region, uses, owners)
    search = _Search(uses, owners, _roots(function.region), _offsets(function, uses))
    search.named |= {o for stmt in search.nested.values() for o in stmt.operands if isinstance(o, Value)}
    search.named |= _changing(function)
    search.named |= _unpacked(function.region, search)
    _walk(function.region, search, 1)
    return search.nested


def _collect(region: Region, uses: dict[Value, list[Use]], owners: dict[int, tuple[Stmt, Region]]) -> None:
    """Enter every use of every value, and for each inner region its statement and the region around that."""
    for stmt in region.body:
        for position, operand in enumerate(operands(stmt)):
            if isinstance(operand, Value):
                uses.setdefault(operand, []).append(Use(region, stmt, position))
        for inner in regions(stmt):
            owners[id(inner)] = (stmt, region)
            _collect(inner, uses, owners)
    for position, operand in enumerate(region.yields):
        if isinstance(operand, Value):
            uses.setdefault(operand, []).append(Use(region, None, position))


def _roots(region: Region) -> dict[Value, Value]:
    """The array whose memory another name stands for."""
    roots: dict[Value, Value] = {}
    for stmt in statements(region):
        if isinstance(stmt, Apply) and stmt.primitive.shares is not None:
            source = stmt.operands[0]
            assert isinstance(source, Value)
            roots[stmt.results[0]] = roots.get(source, source)
    return roots


def extents(body: Sequence[Stmt], position: int) -> list[Value]:
    """The extents of one array, one an axis in order, if `dim` statements for all of them start at `position`."""
    first = body[position]
    if not (isinstance(first, Apply) and first.primitive is memory.dim):
        return []
    array = first.operands[0].type
    assert isinstance(array, Array)
    group = [stmt for stmt in body[position : position + array.ndim] if isinstance(stmt, Apply)]
    found = [
        stmt.results[0]
        for axis, stmt in enumerate(group)
        if stmt.primitive is memory.dim and stmt.operands == first.operands and stmt.attrs.axis == axis
    ]
    return found if len(found) == array.ndim > 1 else []


def _unpacked(region: Region, search: _Search) -> set[Value]:
    """Extents to name because others of the array are named: `n, m = x.shape`."""
    named: set[Value] = set()
    for block in (region, *(inner for stmt in statements(region) for inner in regions(stmt))):
        for position in range(len(block.body)):
            group = extents(block.body, position)
            if any(
                v in search.named or v.hint or len(search.uses[v]) > 1 or not _is_nestable(v, block, search)
                for v in group
            ):
                named.update(group)
    return named


def _offsets(function: Function, uses: dict[Value, list[Use]]) -> Nesting:
    """`i + 1`, `n - 1` and the like, used only as indices and loop bounds. Their base never changes its value."""
    steady = {p for p in function.region.params if p.type == INT}
    for stmt in statements(function.region):
        if isinstance(stmt, For):
            steady.add(index_of(stmt))
        elif isinstance(stmt, Apply) and stmt.primitive is memory.dim and _has_name(stmt.results[0], uses):
            steady.add(stmt.results[0])
    return {
        stmt.results[0]: stmt
        for stmt in statements(function.region)
        if isinstance(stmt, Apply)
        and stmt.primitive in (scalar.add, scalar.sub)
        and stmt.results[0].type == INT
        and not stmt.results[0].hint
        and _shifts(stmt, steady)
        and all(_is_place(use) for use in uses[stmt.results[0]])
    }


def _shifts(stmt: Apply, steady: set[Value]) -> bool:
    """Does it add a constant to a value that never changes, or subtract one from it?"""
    base, distance = stmt.operands
    if stmt.primitive is scalar.add and isinstance(base, Const):
        base, distance = distance, base
    return base in steady and isinstance(distance, Const)


def _changing(function: Function) -> set[Value]:
    """The extents of arrays that grow: they are read where they stand."""
    applies = [stmt for stmt in statements(function.region) if isinstance(stmt, Apply)]
    growing = {stmt.operands[0] for stmt in applies if stmt.primitive.grows}
    return {s.results[0] for s in applies if s.primitive is memory.dim and s.operands[0] in growing}


def _has_name(extent: Value, uses: dict[Value, list[Use]]) -> bool:
    """Is it used more than once, be it through what is computed from it?"""
    first = uses[extent][0].stmt
    results = first.results if isinstance(first, Apply) else ()
    return bool(extent.hint) or len(uses[extent]) > 1 or any(len(uses[r]) > 1 for r in results)


def _is_place(use: Use) -> bool:
    """Is the value used as an index or as the bound of a loop?"""
    match use.stmt:
        case Apply(primitive, ops):
            last = len(ops) - 1 if primitive is memory.store else len(ops)
            return primitive.accesses and 0 < use.position < last
        case For():
            return use.position < 3
        case _:
            return False


def _walk(region: Region, search: _Search, level: int) -> None:
    """Walk forward with the expressions that may still be nested; a use takes them, a store drops them."""
    for stmt in region.body:
        match stmt:
            case Apply():
                _visit_apply(stmt, region, search, level)
            case If():
                _take((stmt.cond,), search, level, 3)
                _drop_all(search, inside=stmt)
                _walk(stmt.then, search, level + 1)
                _walk(stmt.orelse, search, level + 1)
            case For():
                _take((stmt.start, stmt.stop, stmt.step, *stmt.inits), search, level, 15)
                _drop_all(search)
                _walk(stmt.body, search, level + 1)
            case While():
                _take(stmt.inits, search, level, 6)
                _drop_all(search)
                _walk(stmt.test, search, level + 1)
                _walk(stmt.body, search, level + 1)
            case _:
                assert_never(stmt)
    _take(region.yields, search, level, 10)
    for value in [v for v, tree in search.pending.items() if tree.region is region]:
        del search.pending[value]


def _visit_apply(stmt: Apply, region: Region, search: _Search, level: int) -> None:
    if stmt.results and stmt.results[0] in search.nested:
        return
    width = own_width(stmt, search.nested, _pending_definition(stmt, search))
    tree = _take(stmt.operands, search, level, width, stmt, region)
    if stmt.primitive.effect is Effect.WRITE:
        _drop_readers(stmt.operands[0], search)
    if _may_nest(stmt, region, search):
        search.pending[stmt.results[0]] = tree


def _pending_definition(stmt: Apply, search: _Search) -> Apply | None:
    """The statement that may be nested as the last operand."""
    last = stmt.operands[-1] if stmt.operands else None
    tree = search.pending.get(last) if isinstance(last, Value) else None
    return tree.definition if tree is not None else None


def _take(
    taken: tuple[Operand, ...],
    search: _Search,
    level: int,
    own_width: int,
    stmt: Apply | None = None,
    region: Region | None = None,
) -> Tree:
    """Nest the pending operands, except the widest ones where the line would become too long (*size*)."""
    limit = MAXIMUM_WIDTH - INDENT * level
    trees = {o: search.pending.pop(o) for o in taken if isinstance(o, Value) and o in search.pending}
    while True:
        width = own_width + sum(trees[o].width if o in trees else width_of(o, search.nested) for o in taken)
        depth = 1 + max((tree.depth for tree in trees.values()), default=0)
        if not trees or (width <= limit and depth <= MAXIMUM_DEPTH):
            break
        if depth > MAXIMUM_DEPTH:
            trees.pop(max(trees, key=lambda o: trees[o].depth))
        else:
            trees.pop(max(trees, key=lambda o: trees[o].width))
    search.nested.update({value: tree.definition for value, tree in trees.items()})
    roots = frozenset[Value]().union(*(tree.roots for tree in trees.values()))
    if stmt is None or region is None:
        return Tree(Apply(scalar.stop, (), ()), Region(), roots, width, depth)
    if stmt.primitive.effect is Effect.READ:
        roots |= {_root(stmt.operands[0], search)}
    return Tree(stmt, region, roots, printed_width(stmt, width - own_width), depth)


def _may_nest(stmt: Apply, region: Region, search: _Search) -> bool:
    """*Once* and *no repetition*."""
    if len(stmt.results) != 1 or stmt.results[0] in search.named:
        return False
    value = stmt.results[0]
    if stmt.primitive.effect not in (Effect.PURE, Effect.READ) or len(search.uses.get(value, ())) != 1:
        return False
    if value.hint and (value.role not in UNNAMED_ROLES or _contributes(stmt)):
        return False
    return _is_nestable(value, region, search)


def _contributes(stmt: Apply) -> bool:
    """Is it a contribution to a cotangent that has others already (*contributions*)?"""
    before, result = stmt.operands[0], stmt.results[0]
    if stmt.primitive not in (scalar.add, scalar.sub) or result.role is not Role.COTANGENT:
        return False
    return isinstance(before, Value) and before.role is Role.COTANGENT and before.hint == result.hint


def _is_nestable(value: Value, region: Region, search: _Search) -> bool:
    use = search.uses[value][0]
    return _reaches(use.region, region, search) and _takes(use, value, region, search)


def _reaches(inner: Region, outer: Region, search: _Search) -> bool:
    """Is `inner` the region `outer`, or a branch below it?"""
    while inner is not outer:
        if id(inner) not in search.owners:
            return False
        owner, above = search.owners[id(inner)]
        if not isinstance(owner, If):
            return False
        inner = above
    return True


def _takes(use: Use, value: Value, region: Region, search: _Search) -> bool:
    """Does it read well to nest the value there?"""
    if use.stmt is None:
        return _yield_takes(use, value, region, search)
    match use.stmt:
        case Apply(primitive):
            # An array under another name is worth a name, unless a library call takes it whole.
            if primitive is memory.require and use.position > 0:
                return False  # a message shows names
            return not isinstance(value.type, Array) or primitive.routine is not None or primitive is library.multiply
        case If():
            return True
        case For():
            return use.position < 3  # the first value of a carried variable is assigned where it is computed
        case While():
            return False
        case _:
            assert_never(use.stmt)


def _yield_takes(use: Use, value: Value, region: Region, search: _Search) -> bool:
    """A yield becomes an assignment, so its value is assigned where it is computed; three kinds do not."""
    if use.region is not region:
        return True  # computed above a branch that alone needs it
    owner = search.owners[id(region)][0] if id(region) in search.owners else None
    match owner:
        case None:
            return not isinstance(value.type, Array)
        case If():
            return False
        case For() | While():
            param = taken_by(owner, region, use.position)
            if param is None:
                return True
        case Apply():
            return False
        case _:
            assert_never(owner)
    return _is_read_after(param, value, region)


def _is_read_after(param: Value, value: Value, region: Region) -> bool:
    """Is the param of this trip still read after the value of the next trip is computed (`a, b = b, a + b`)?"""
    after = False
    for stmt in region.body:
        if after and param in _reads_of(stmt):
            return True
        after = after or value in stmt.results
    return any(y is param for y in region.yields)


def _reads_of(stmt: Stmt) -> list[Operand]:
    return [*operands(stmt), *(o for inner in regions(stmt) for o in all_operands(inner))]


def _root(array: Operand, search: _Search) -> Value:
    assert isinstance(array, Value)
    return search.roots.get(array, array)


def _drop_readers(array: Operand, search: _Search) -> None:
    """*Same contents*: what reads the memory being written is computed where it stands."""
    root = _root(array, search)
    for value in [v for v, tree in search.pending.items() if root in tree.roots]:
        del search.pending[value]


def _drop_all(search: _Search, inside: If | None = None) -> None:
    """*In place*: a loop or branch begins. Only what a branch of it takes may wait, and extents, which never change."""
    for value, tree in list(search.pending.items()):
        if tree.definition.primitive is memory.dim:
            continue
        use = search.uses[value][0]
        branches = (inside.then, inside.orelse) if inside else ()
        if not any(_reaches(use.region, branch, search) for branch in branches):
            del search.pending[value]
