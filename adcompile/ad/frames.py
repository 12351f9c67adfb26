"""Where the backward sweep stands: a stack of frames, one per region being reversed.

    frame of the function      region, cur = 7, out = [backward code so far]
      frame of a loop body     region, cur = 2, out = [...]

`cur` is the position of the statement being reversed. Invariant M (memory): when the backward sweep handles the
statement at `cur`, every array that is read there holds what it held just after that statement ran.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adcompile.ir.nodes import Apply, For, Operand, Region, Stmt, Value, While
from adcompile.ir.walk import regions
from adcompile.ops import memory


@dataclass(frozen=True, slots=True)
class Conditional:
    """A cotangent that is `value` where the condition holds, and else a zero that stays one."""

    condition: Operand
    value: Operand


@dataclass(eq=False, slots=True)
class Frame:
    """A region being reversed. `known` are primal values at hand in `out`, `bars` the cotangents so far.

    `marks` tell which vectors are read (`vectors.py`).
    `conditional` and `reads` are what is known of cotangents. Their conditions stand in `out`, so they end with the
    frame.
    """

    region: Region
    out: Region
    owner: Stmt | None = None
    cur: int = 0
    known: dict[Value, Operand] = field(default_factory=dict)
    bars: dict[Value, Operand] = field(default_factory=dict)
    shadows: dict[Value, Value] = field(default_factory=dict)
    marks: dict[Value, Value] = field(default_factory=dict)
    conditional: dict[Value, Conditional] = field(default_factory=dict)
    reads: dict[Value, Operand] = field(default_factory=dict)
    index: Operand | None = None

    @property
    def is_loop(self) -> bool:
        """Is the region the body of a loop?"""
        return isinstance(self.owner, For | While)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a value is defined: position `index` of `region` (-1: a param)."""

    region: Region
    index: int


Path = tuple[tuple[Region, int], ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A read of primal memory in the backward sweep: of the array, at a place, of what `access` loaded or stored there.

    `access` is None where the whole array is read.
    """

    array: Value
    path: Path
    access: Apply | None = None


class Layout:
    """What the forward program looks like: homes of values, paths of regions, what a statement may write.

    Positions are those of the program as it was when the layout was made: `bodies` keeps it, whatever is inserted.
    """

    def __init__(self, root: Region, names: dict[Value, Value]) -> None:
        self.root = root
        self.names = names
        self.homes: dict[Value, Home] = {}
        self.owners: dict[Region, tuple[Region, int]] = {}
        self.writes: dict[Stmt, frozenset[Value]] = {}
        self.places: dict[Stmt, tuple[Region, int]] = {}
        self.bodies: dict[Region, tuple[Stmt, ...]] = {}
        self._visit(root)

    def _visit(self, region: Region) -> frozenset[Value]:
        self.bodies[region] = tuple(region.body)
        self.homes.update({p: Home(region, -1) for p in region.params})
        written: frozenset[Value] = frozenset()
        for position, stmt in enumerate(region.body):
            own: frozenset[Value] = frozenset()
            for inner in regions(stmt):
                self.owners[inner] = (region, position)
                own |= self._visit(inner)
            if isinstance(stmt, Apply) and stmt.primitive is memory.store:
                own |= {self.root_of(stmt.operands[0])}
            self.writes[stmt] = own
            self.places[stmt] = (region, position)
            written |= own
            self.homes.update({r: Home(region, position) for r in stmt.results})
        return written

    def root_of(self, array: Operand) -> Value:
        """The array whose memory a name stands for. A private row stands for itself."""
        assert isinstance(array, Value)
        return self.names.get(array, array)

    def definition(self, value: Value) -> Stmt | None:
        """The statement that defines the value, None for a param."""
        home = self.homes[value]
        return None if home.index < 0 else self.bodies[home.region][home.index]

    def path(self, region: Region, position: int) -> Path:
        """The positions from the function's region down to a statement."""
        steps = [(region, position)]
        while steps[0][0] is not self.root:
            steps.insert(0, self.owners[steps[0][0]])
        return tuple(steps)

    def is_loop(self, region: Region, position: int) -> bool:
        """Is the statement a loop?"""
        return isinstance(self.bodies[region][position], For | While)

    def is_clobbered(self, array: Value, region: Region, first: int, last: int) -> bool:
        """May a statement of the region at a position in [first, last] store to the array?"""
        return any(array in self.writes[s] for s in self.bodies[region][first : last + 1])
