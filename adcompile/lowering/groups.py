"""Array names that may mean several arrays, joined by a branch or carried by a loop: what becomes of them.

    all are views of one array                 windows: the name is the ints that tell them apart (`windows`)
    one of them is stored into                 a pool: all are born in one buffer, the name is a slot (`pools`)
    else                                       copies (`rebinding`)

A copy stands for a view only if neither of them is stored to while the copy is used. Where that is not so, all arrays
behind the names lie in one buffer (`arenas`).
"""

from __future__ import annotations

from dataclasses import dataclass

from adcompile.errors import UnsupportedError
from adcompile.ir.loops import carried, trips_of
from adcompile.ir.nodes import Apply, Const, For, If, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array
from adcompile.ir.walk import all_regions, statements
from adcompile.lowering.arenas import Arena, common_steps
from adcompile.lowering.bounds import definitions, room
from adcompile.lowering.lifetimes import Lifetimes
from adcompile.lowering.pools import Pool, most_visible
from adcompile.lowering.windows import Template, Windows, identity, merged, through
from adcompile.ops import array, memory

Shared = Pool | Windows | Arena
_FOLLOWED = (array.index, array.transpose)


def shared_names(region: Region, lifetimes: Lifetimes, written: set[Value]) -> dict[Value, Shared]:
    """For every array name that needs one, its windows, pool or arena.

    What is stored into by way of them joins `written`. Raises UnsupportedError where nothing of this is possible.
    """
    return _Sharing(region, lifetimes, written).shared()


def is_absent(stmt: Stmt | None) -> bool:
    """Does the statement make an array that no path reads: what a name means where it is not bound?"""
    return isinstance(stmt, Apply) and stmt.primitive is array.full and stmt.attrs.fill == "absent"


@dataclass(eq=False, slots=True)
class _Group:
    """Names that may mean the same array. `must`: a copy at the entry of a loop is no way out."""

    members: list[Value]
    must: bool


class _Sharing:
    """The decision for all groups of a function."""

    def __init__(self, region: Region, lifetimes: Lifetimes, written: set[Value]) -> None:
        self.region, self.lifetimes, self.written = region, lifetimes, written
        self.groups = _groups(region)
        self.sources = {result: stmt for stmt in statements(region) for result in stmt.results}
        self.defined = definitions(region)
        self.homes = {v: each for each in all_regions(region) for v in each.params}
        self.homes |= {v: each for each in all_regions(region) for stmt in each.body for v in stmt.results}
        self.grouped = {m for group in self.groups for m in group.members}
        self.carried = {p for stmt in statements(region) if isinstance(stmt, For | While) for p in stmt.body.params}
        self.joined = {m for m in self.grouped if not isinstance(self.sources.get(m), Apply)} - set(region.params)
        self.found: dict[Value, Shared] = {}

    def shared(self) -> dict[Value, Shared]:
        """The decision."""
        left: list[_Group] = []
        for group in self.groups:
            windows = self._windows(group)
            if windows is None:
                left.append(group)
                continue
            self.found.update(dict.fromkeys(group.members, windows))
            if any(m in self.written for m in group.members):
                self.written.update(self.lifetimes.chain(windows.root))
        views = {m for group in left for m in group.members if m in self.lifetimes.bases}
        for group in left:
            borrowed = views.intersection(group.members)
            stored = any(m in self.written for m in group.members if m not in borrowed)
            if group.must or stored or self._varies(group):
                self.found.update(dict.fromkeys(group.members, Pool(tuple(group.members), borrowed)))
        for group in left:
            self._settle(group, views)
        for group in left:
            self._check_sizes(group)
        for pool in dict.fromkeys(self.found.values()):
            if isinstance(pool, Pool):
                pool.slots = most_visible(self.region, pool.members, self.lifetimes)
            elif isinstance(pool, Arena) and pool.again:
                pool.slots = most_visible(self.region, {*pool.members, *pool.roots, *pool.again}, self.lifetimes)
        return self.found

    def _made(self, group: _Group) -> dict[Value, tuple[Value, list[Apply]]]:
        """For every array of the group that an operation makes: the array it is a view of, and how."""
        names = [m for m in group.members if m not in self.joined and not is_absent(self.sources.get(m))]
        return {m: self._steps(m) for m in names}

    def _steps(self, value: Value) -> tuple[Value, list[Apply]]:
        steps: list[Apply] = []
        while isinstance(stmt := self.sources.get(value), Apply) and stmt.primitive in _FOLLOWED:
            steps.append(stmt)
            base = stmt.operands[0]
            assert isinstance(base, Value)
            value = base
        return value, steps[::-1]

    def _is_view(self, root: Value) -> bool:
        """Is it a view of a kind that is not followed?"""
        stmt = self.sources.get(root)
        return isinstance(stmt, Apply) and stmt.primitive.shares is not None

    def _windows(self, group: _Group) -> Windows | None:
        """The windows of a group, if all its arrays are views of one that lives as long as they do."""
        made, own = self._made(group), self.joined.intersection(group.members)
        roots = {top for top, _ in made.values() if top not in own}
        if len(roots) != 1:
            return None
        root = roots.pop()
        stmt = self.sources.get(root)
        if self._is_view(root) and isinstance(stmt, Apply) and stmt.primitive is not array.reshape_view:
            return None
        if (root in self.grouped and root not in group.members) or root in self.joined:
            return None
        if not all(_encloses(self.homes[root], self.homes[m]) for m in group.members):
            return None
        of_root = [_template(root, steps) for top, steps in made.values() if top not in own]
        template: Template | None = of_root[0]
        before = None
        while template is not None and template != before:
            before = template
            again = [_through(template, steps) for top, steps in made.values() if top in own]
            for mine in (*of_root, *again):
                template = merged(template, mine) if template is not None else None
        return Windows(tuple(group.members), root, template) if template is not None else None

    def _settle(self, group: _Group, views: set[Value]) -> None:
        """Where a copy of a view, made where names are joined, would not do: an arena."""
        mine = self.joined.intersection(group.members)
        for view in views.intersection(group.members):
            behind = memory_of(view, self.found, self.lifetimes)
            if behind is not None and isinstance(self.found.get(group.members[0]), Arena):
                return

            def stores(target: Operand, behind: object = behind) -> bool:
                assert isinstance(target, Value)
                of_view = memory_of(target, self.found, self.lifetimes) is behind
                return of_view or self.lifetimes.chain(target)[-1] in mine

            if self.lifetimes.is_stable(mine, stores):
                continue
            arena = self._arena(group)
            if arena is None:
                raise UnsupportedError(
                    "a name that means different arrays stands for a view here, and the memory behind it is written",
                    view.loc,
                    "Use a copy (`.copy()`), or give the view a name of its own.",
                )
            self.found.update(dict.fromkeys((*arena.members, *arena.roots, *arena.again), arena))

    def _check_sizes(self, group: _Group) -> None:
        """Arrays of a pool have one shape, which is checked; those that may differ lie in an arena, if possible."""
        made = [m for m in group.members if m not in self.joined and not is_absent(self.sources.get(m))]
        varies = self._varies(group)
        if isinstance(self.found.get(made[0]), Pool) and (varies or len({m.dims for m in made}) > 1):
            arena = self._arena(group)
            extents = [d for r in (*arena.roots, *arena.again) for d in r.dims] if arena is not None else []
            if arena is not None and all(room(d, self._is_known, self.defined) is not None for d in extents):
                self.found.update(dict.fromkeys((*arena.members, *arena.roots, *arena.again), arena))
            elif varies and any(is_absent(self.sources.get(m)) for m in group.members):
                raise UnsupportedError(
                    "the shape of this array is known only where it is made, inside a branch or loop",
                    made[0].loc,
                    "Make an array of known shape before it, and fill that.",
                )

    def _varies(self, group: _Group) -> bool:
        """Is an extent of one of the names carried through a loop?"""
        return any(extent in self.carried for m in group.members for extent in m.dims)

    def _is_known(self, extent: Operand) -> bool:
        """Can the extent be computed in front of everything, from what the arguments bring?"""
        if isinstance(extent, Const) or extent in self.region.params:
            return True
        stmt = self.sources.get(extent)
        if not isinstance(stmt, Apply) or stmt.primitive.effect is not Effect.PURE:
            return False
        return stmt.primitive is memory.dim or all(map(self._is_known, stmt.operands))

    def _arena(self, group: _Group) -> Arena | None:
        """An arena for the group and all that share arrays with it, if these are made once."""
        together = [group]
        while True:
            made = {m: how for each in together for m, how in self._made(each).items()}
            own = {m for each in together for m in each.members}
            tops = {top for top, _ in made.values()}
            more = [g for g in self.groups if g not in together and self._touches(g, own | tops)]
            if not more:
                break
            together += more
        roots = tops - self.joined
        order = {value: number for number, value in enumerate((*self.region.params, *self.sources))}
        in_order = sorted(roots, key=order.__getitem__)
        if any(self._is_view(root) for root in roots) or len({root.type.dtype for root in roots}) > 1:
            return None
        regions_ = [self.homes[m] for m in (*own, *roots)]
        home = next(r for r in self._around(regions_[0]) if all(_encloses(r, each) for each in regions_))
        again = tuple(root for root in in_order if not self._is_once(home, root))
        known = [(top, _template(top, steps)) for top, steps in made.values() if top in roots]
        steps_ = common_steps(known)
        for name in own:
            loose = name in made and made[name][0] not in roots
            rank = len(name.dims)
            if loose or rank not in steps_:
                steps_[rank] = (None,) * rank
        once = tuple(root for root in in_order if root not in again)
        return Arena(home, tuple(own), once, again, steps_, self.defined, self.lifetimes)

    def _around(self, region: Region) -> list[Region]:
        """The region and those around it, innermost first."""
        return [each for each in reversed(list(all_regions(self.region))) if _encloses(each, region)]

    def _touches(self, group: _Group, names: set[Value]) -> bool:
        return any(m in names for m in group.members) or any(top in names for top, _ in self._made(group).values())

    def _is_once(self, home: Region, root: Value) -> bool:
        """Is the array made at most once whenever the region runs: under branches at most?"""
        path = self.lifetimes.path(root)
        regions_ = [each for each, _ in path]
        if home not in regions_:
            return False
        inner = path[regions_.index(home) : -1]
        return all(isinstance(each.body[number], If) for each, number in inner)


def _template(root: Value, steps: list[Apply]) -> Template:
    return _through(identity(len(root.dims)), steps)


def _through(template: Template, steps: list[Apply]) -> Template:
    for step in steps:
        template = through(template, step)
    return template


def _encloses(outer: Region, inner: Region) -> bool:
    return any(each is inner for each in all_regions(outer))


def _groups(region: Region) -> list[_Group]:
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
            for each in carried(stmt):
                if isinstance(each.param.type, Array):
                    join(each.init, each.yielded, *reversed(each.names))
                    if trips_of(stmt) is not None:
                        assert isinstance(each.init, Value)
                        forced.append(each.init)
    found: dict[Value, list[Value]] = {}
    for value in list(parent):
        found.setdefault(find(value), []).append(value)
    return [_Group(members, any(find(f) is root for f in forced)) for root, members in found.items()]


def memory_of(name: Operand, found: dict[Value, Shared], lifetimes: Lifetimes) -> object:
    """What identifies the memory behind an array name: a root, or the pool or arena that it lives in."""
    assert isinstance(name, Value)
    root = lifetimes.chain(name)[-1]
    shared = found.get(root)
    if isinstance(shared, Pool) and root in shared.borrowed:
        return root
    if isinstance(shared, Windows) and shared.root is not root:
        return memory_of(shared.root, found, lifetimes)
    return shared if isinstance(shared, Pool | Arena) else root
