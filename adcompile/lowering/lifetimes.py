"""From where to where arrays are used, and whether memory is stored to meanwhile: may a copy stand for a view?

    z = y.T.reshape(-1)        z: this statement to the last one that reads z, views of z, or a name that z flows into;
    s = z.sum()                a copy does if nothing between them stores to the memory of y
    y[0] = 1.0

The question is asked of the statements of one region: the innermost one that holds all of them, each counted with
everything nested in it. That is coarse in one direction only: more stores than can matter are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from adcompile.ir.loops import carried
from adcompile.ir.nodes import Apply, For, If, Operand, Region, Stmt, Value, While
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array
from adcompile.ir.walk import operands, regions, statements

Place = tuple[Region, int]


class Lifetimes:
    """Where the array names of a function stand, and what they flow into."""

    def __init__(self, root: Region) -> None:
        self.root = root
        self.bases: dict[Value, Value] = {}
        self.perhaps: set[Value] = set()
        self._places: dict[Value, list[tuple[Place, ...]]] = {}
        self._flows: dict[Value, list[Value]] = {}
        self._paths: dict[Stmt, tuple[Place, ...]] = {}
        self._visit(root, ())

    def is_stable(self, names: Iterable[Value], stores: Callable[[Operand], bool], made: Stmt | None = None) -> bool:
        """Is there no store, of those that `stores` tells by their target, as long as the names are used?

        With `made`, only what stands after that statement counts.
        """
        family = self._family(names)
        paths = [path for name in family for path in self._places.get(name, ())]
        if not paths:
            return True
        depth = 0
        while all(_goes_with(p, paths[0], depth) for p in paths):
            depth += 1
        region = paths[0][depth][0]
        numbers = [p[depth][1] for p in paths]
        first = min(numbers)
        starts = region.body[first] if first < len(region.body) else None
        inside = any(len(p) > depth + 1 for p in paths if p[depth][1] == first)
        if starts is made or (isinstance(starts, If) and not inside):
            first += 1
        last = max(numbers) + 1
        ends = region.body[last - 1] if last <= len(region.body) else None
        if isinstance(ends, Apply) and ends.primitive.effect is Effect.WRITE and ends.operands[0] not in family:
            last -= 1  # what is stored is read before
        within = (each for stmt in region.body[first:last] for each in _with_nested(stmt))
        return not any(
            isinstance(s, Apply) and s.primitive.effect is Effect.WRITE and stores(s.operands[0]) for s in within
        )

    def takes_over(self, view: Value, made: Apply) -> bool:
        """Is the array behind a view made beside it, and used by no other name after it? Then a copy is as good."""
        root = self.chain(view)[-1]
        path = self._paths[made]
        home, number = path[-1]
        if not any(isinstance(s, Apply) and root in s.results for s in home.body[:number]):
            return False
        family = self.views(root)
        others = family - self.views(view)
        if any(target not in family for name in others for target in self._flows.get(name, ())):
            return False
        level = len(path) - 1
        return all(use[level][1] <= number for name in others for use in self._places.get(name, ()))

    def dies_at(self, value: Value, loop: Stmt) -> bool:
        """Is the array, by any name, used neither in the loop (but as what it starts from) nor after it?

        Only if it is defined beside the loop: else a loop around this one may use it in its next trip.
        """
        path = self._paths[loop]
        home, number = path[-1]
        if not any(value in stmt.results for stmt in home.body) and not (home is self.root and value in home.params):
            return False
        names = self.views(value)
        if any(y in names for y in home.yields):
            return False
        level = len(path) - 1
        uses = (use for name in names for use in self._places.get(name, ()))
        return all(use[level][1] < number or use == path for use in uses)

    def region_of(self, stmt: Stmt) -> Region:
        """The region in which a statement stands."""
        return self._paths[stmt][-1][0]

    def path(self, value: Value) -> tuple[Place, ...]:
        """Where the array is defined: a region and a position in it, for each region around it."""
        return ((self.root, 0),) if value in self.root.params else self._places[value][0]

    def chain(self, value: Value) -> list[Value]:
        """The array, what it is a view of, what that is a view of, and so on."""
        found = [value]
        while found[-1] in self.bases:
            found.append(self.bases[found[-1]])
        return found

    def stored(self, value: Value) -> list[Value]:
        """The chain of what is stored into with the array: up to a view that would then be a copy."""
        found = self.chain(value)
        ends = next((k for k, name in enumerate(found) if name in self.perhaps), len(found))
        return found[: ends + 1]

    def views(self, value: Value) -> set[Value]:
        """The array and the views of it."""
        return {value, *(view for view in self.bases if value in self.chain(view))}

    def _family(self, names: Iterable[Value]) -> set[Value]:
        """The names, views of them, and what these flow into."""
        found: set[Value] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._flows.get(name, ())
        return found

    def _visit(self, region: Region, path: tuple[Place, ...]) -> None:
        for number, stmt in enumerate(region.body):
            here = self._paths[stmt] = (*path, (region, number))
            for operand in (*operands(stmt), *stmt.results, *(p for r in regions(stmt) for p in r.params)):
                self._note(operand, here)
            for inner in regions(stmt):
                self._visit(inner, here)
                for operand in inner.yields:
                    self._note(operand, here)
            for source, target in _flows(stmt):
                self._flows.setdefault(source, []).append(target)
            if isinstance(stmt, Apply) and stmt.primitive.shares is not None:
                base = stmt.operands[0]
                assert isinstance(base, Value)
                self.bases[stmt.results[0]] = base
                if not stmt.attrs.sure:
                    self.perhaps.add(stmt.results[0])
        if not path:
            for operand in region.yields:
                self._note(operand, ((region, len(region.body)),))

    def _note(self, operand: Operand, path: tuple[Place, ...]) -> None:
        if isinstance(operand, Value) and isinstance(operand.type, Array):
            self._places.setdefault(operand, []).append(path)


def _goes_with(path: tuple[Place, ...], other: tuple[Place, ...], depth: int) -> bool:
    """Do both lead into the same region of the same statement, below this depth?"""
    deeper = min(len(path), len(other)) > depth + 1
    return deeper and path[depth][1] == other[depth][1] and path[depth + 1][0] is other[depth + 1][0]


def _with_nested(stmt: Stmt) -> Iterator[Stmt]:
    yield stmt
    for inner in regions(stmt):
        yield from statements(inner)


def _flows(stmt: Stmt) -> Iterator[tuple[Value, Value]]:
    """Array names that a statement lets another name mean, or see the memory of."""
    pairs: list[tuple[Operand, Operand]]
    match stmt:
        case Apply(primitive=primitive) if primitive.shares is not None:
            pairs = [(stmt.operands[0], stmt.results[0])]
        case If(then=then, orelse=orelse, results=results):
            pairs = [*zip(then.yields, results, strict=True), *zip(orelse.yields, results, strict=True)]
        case For() | While():
            pairs = [(s, t) for each in carried(stmt) for s in (each.init, each.yielded) for t in each.names]
        case _:
            pairs = []
    for source, target in pairs:
        if isinstance(source, Value) and isinstance(source.type, Array) and isinstance(target, Value):
            yield source, target
