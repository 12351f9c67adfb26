"""Array names that may mean several arrays, joined by a branch or carried by a loop: what becomes of them.

    all are views of one array                 windows: the name is the ints that tell them apart (`windows`)
    one of them is stored into                 a pool: all are born in one buffer, the name is a slot (`pools`)
    else                                       copies (`rebinding`)

A copy stands for a view only if neither of them is stored to while the copy is used.
"""

from __future__ import annotations

from adcompile.errors import UnsupportedError
from adcompile.ir.nodes import Apply, For, If, Operand, Region, Stmt, Value, While
from adcompile.ir.types import Array
from adcompile.ir.walk import all_regions, statements
from adcompile.lowering.lifetimes import Lifetimes, carried
from adcompile.lowering.pools import Pool, most_visible
from adcompile.lowering.windows import Template, Windows, identity, merged, through
from adcompile.ops import array

Shared = Pool | Windows
_FOLLOWED = (array.index, array.transpose)


def shared_names(region: Region, lifetimes: Lifetimes, written: set[Value]) -> dict[Value, Shared]:
    """For every array name that needs one, its windows or pool. What is stored into by way of them joins `written`."""
    groups = _groups(region)
    sources = {result: stmt for stmt in statements(region) for result in stmt.results}
    homes = {v: each for each in all_regions(region) for v in each.params}
    homes |= {v: each for each in all_regions(region) for stmt in each.body for v in stmt.results}
    joined = {m for members, _ in groups for m in members if not isinstance(sources.get(m), Apply)}
    joined -= set(region.params)
    grouped = {m for members, _ in groups for m in members}
    found: dict[Value, Shared] = {}
    left: list[tuple[list[Value], bool]] = []
    for members, must in groups:
        windows = _windows(members, joined, grouped, sources, homes, lifetimes)
        if windows is None:
            left.append((members, must))
            continue
        found.update(dict.fromkeys(members, windows))
        if any(m in written for m in members):
            written.update(lifetimes.chain(windows.root))
    views = {m for members, _ in left for m in members if m in lifetimes.bases}
    for members, must in left:
        if must or any(m in written for m in members if m not in views):
            found.update(dict.fromkeys(members, Pool(tuple(members), views.intersection(members))))
    for members, _ in left:
        _check_views(members, joined, views, found, lifetimes)
    for pool in dict.fromkeys(found.values()):
        if isinstance(pool, Pool):
            pool.slots = most_visible(region, pool, lifetimes)
    return found


def is_absent(stmt: Stmt | None) -> bool:
    """Does the statement make an array that no path reads: what a name means where it is not bound?"""
    return isinstance(stmt, Apply) and stmt.primitive is array.full and stmt.attrs["fill"] == "absent"


def _windows(
    members: list[Value],
    joined: set[Value],
    grouped: set[Value],
    sources: dict[Value, Stmt],
    homes: dict[Value, Region],
    lifetimes: Lifetimes,
) -> Windows | None:
    """The windows of a group, if all its arrays are views of one that lives as long as they do."""
    made = {m: _steps(m, sources) for m in members if m not in joined and not is_absent(sources.get(m))}
    own = set(members) & joined
    roots = {top for top, _ in made.values() if top not in own}
    if len(roots) != 1:
        return None
    root = roots.pop()
    stmt = sources.get(root)
    is_view = isinstance(stmt, Apply) and stmt.primitive in array.VIEWS and stmt.primitive is not array.reshape_view
    if is_view or (root in grouped and root not in members) or root in joined:
        return None
    if not all(_encloses(homes[root], homes[m]) for m in members):
        return None
    template: Template | None = identity(len(root.dims))
    first = True
    while template is not None:
        before = template
        for top, steps in made.values():
            mine: Template = template if top in own and not first else identity(len(root.dims))
            if top in own and first:
                continue
            for step in steps:
                mine = through(mine, step)
            template = mine if first else merged(template, mine)
            first = False
            if template is None:
                return None
        if template == before:
            break
    return Windows(tuple(members), root, template) if template is not None else None


def _steps(value: Value, sources: dict[Value, Stmt]) -> tuple[Value, list[Apply]]:
    """The array that a view is made from by indexing and transposing, and how."""
    steps: list[Apply] = []
    while isinstance(stmt := sources.get(value), Apply) and stmt.primitive in _FOLLOWED:
        steps.append(stmt)
        base = stmt.operands[0]
        assert isinstance(base, Value)
        value = base
    return value, steps[::-1]


def _encloses(outer: Region, inner: Region) -> bool:
    return any(each is inner for each in all_regions(outer))


def _groups(region: Region) -> list[tuple[list[Value], bool]]:
    """Array names that may mean the same array, and whether a copy at the entry of a loop is no way out."""
    parent: dict[Value, Value] = {}
    forced: list[Value] = []

    def find(value: Value) -> Value:
        while parent.setdefault(value, value) is not value:
            value = parent[value]
        return value

    def join(*names: Operand) -> None:
        first, *rest = names
        assert isinstance(first, Value)
        for name in rest:
            assert isinstance(name, Value)
            parent[find(name)] = find(first)

    for stmt in statements(region):
        if isinstance(stmt, If):
            for result, then, orelse in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                if isinstance(result.type, Array):
                    join(result, then, orelse)
        elif isinstance(stmt, For | While):
            for names in carried(stmt):
                if isinstance(names[0].type, Array):
                    join(*names)
                    if isinstance(stmt, While) or stmt.exits:
                        assert isinstance(names[0], Value)
                        forced.append(names[0])
    found: dict[Value, list[Value]] = {}
    for value in list(parent):
        found.setdefault(find(value), []).append(value)
    return [(members, any(find(f) is root for f in forced)) for root, members in found.items()]


def _check_views(
    members: list[Value], joined: set[Value], views: set[Value], found: dict[Value, Shared], lifetimes: Lifetimes
) -> None:
    """Refuse names for which a copy of a view, made where names are joined, would not do."""
    mine = joined.intersection(members)
    for view in views.intersection(members):
        behind = memory_of(view, found, lifetimes)

        def stores(target: Operand, behind: object = behind) -> bool:
            assert isinstance(target, Value)
            return memory_of(target, found, lifetimes) is behind or lifetimes.chain(target)[-1] in mine

        if not lifetimes.is_stable(mine, stores):
            raise UnsupportedError(
                "a name that means different arrays stands for a view here, and the memory behind it is written",
                view.loc,
                "Use a copy (`.copy()`), or give the view a name of its own.",
            )


def memory_of(name: Operand, found: dict[Value, Shared], lifetimes: Lifetimes) -> object:
    """What identifies the memory behind an array name: a root, or the pool that it lives in."""
    assert isinstance(name, Value)
    root = lifetimes.chain(name)[-1]
    shared = found.get(root)
    if isinstance(shared, Pool) and root in shared.borrowed:
        return root
    if isinstance(shared, Windows) and shared.root is not root:
        return memory_of(shared.root, found, lifetimes)
    return shared if isinstance(shared, Pool) else root
