"""Stores that are said to be read again are: random loops over one array, run element by element."""

from __future__ import annotations

import random

from adcompile.facts.read_back import ReadBack
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Value
from adcompile.ir.printer import format_function
from adcompile.ir.types import BOOL, FLOAT, INT
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar
from tests.ir.sketch import Sketch

SIZE = 9


class Generator:
    """A program of loops that load from and store to one array of n elements, or of n x n."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.sketch = Sketch()
        self.n = self.sketch.param(INT, "n")
        self.flag = self.sketch.param(BOOL, "flag")
        self.axes = self.random.choice((1, 1, 2))
        self.array = self.sketch.alloc(*(self.n,) * self.axes)
        self.total: Value | Const = Const(0.0, FLOAT)

    def program(self) -> Function:
        for _ in range(self.random.randint(2, 4)):
            self.statement((), 2)
        return self.sketch.function(Const(0.0, FLOAT))

    def statement(self, indices: tuple[Value, ...], depth: int) -> None:
        kind = self.random.choice(("loop", "loop", "loop", "access", "access", "if") if depth else ("access",))
        if kind == "loop":
            first, last = self.bounds(indices)
            with self.sketch.loop(first, last, self.random.choice((1, 1, 1, 2))) as loop:
                for _ in range(self.random.randint(1, 2)):
                    self.statement((*indices, loop.params[0]), depth - 1)
        elif kind == "if":
            region = Region()
            with self.sketch.builder.into(region):
                self.access(indices)
            self.sketch.builder.if_(self.flag, region, Region())
        else:
            self.access(indices)

    def bounds(self, indices: tuple[Value, ...]) -> tuple[Operand | int, Operand | int]:
        less = self.sketch.op(scalar.sub, self.n, 1)
        choices: list[tuple[Operand | int, Operand | int]] = [
            (0, self.n),
            (0, self.n),
            (1, self.n),
            (0, less),
            (1, less),
        ]
        choices += [(0, i) for i in indices] + [(i, self.n) for i in indices]
        return self.random.choice(choices)

    def access(self, indices: tuple[Value, ...]) -> None:
        index = [self.index(indices) for _ in range(self.axes)]
        if self.random.random() < 0.5:
            self.sketch.load(self.array, *index)
        else:
            self.sketch.store(self.array, *index, 1.0)

    def index(self, indices: tuple[Value, ...]) -> Operand | int:
        if not indices or self.random.random() < 0.1:
            return self.random.choice((0, 1, self.sketch.op(scalar.sub, self.n, 1)))
        i = self.random.choice(indices)
        return self.random.choice((i, i, i, self.sketch.op(scalar.sub, i, 1)))


class Run:
    """Runs a program, and notes the stores that stored something that was never read."""

    def __init__(self, function: Function, *, flag: bool) -> None:
        n, chosen = function.region.params
        self.known: dict[Value, int] = {n: SIZE, chosen: int(flag)}
        self.held: dict[tuple[int, ...], tuple[Apply, bool]] = {}
        self.unread: set[Apply] = set()
        self.region(function.region)
        self.unread |= {stmt for stmt, is_read in self.held.values() if not is_read}

    def of(self, operand: Operand) -> int:
        return int(operand.value) if isinstance(operand, Const) else self.known[operand]

    def region(self, region: Region) -> None:
        for stmt in region.body:
            match stmt:
                case For():
                    for k in range(*map(self.of, (stmt.start, stmt.stop, stmt.step))):
                        self.known[stmt.body.params[0]] = k
                        self.region(stmt.body)
                case If():
                    self.region(stmt.then if self.of(stmt.cond) else stmt.orelse)
                case Apply(primitive=memory.load):
                    place = tuple(self.of(o) % SIZE for o in stmt.operands[1:])
                    if place in self.held:
                        self.held[place] = (self.held[place][0], True)
                case Apply(primitive=memory.store):
                    place = tuple(self.of(o) % SIZE for o in stmt.operands[1:-1])
                    before, is_read = self.held.get(place, (stmt, True))
                    if not is_read:
                        self.unread.add(before)
                    self.held[place] = (stmt, False)
                case Apply(primitive=scalar.sub):
                    self.known[stmt.results[0]] = self.of(stmt.operands[0]) - self.of(stmt.operands[1])


def test_what_is_said_to_be_read_is_read() -> None:
    said = really = 0
    for seed in range(1500):
        generator = Generator(seed)
        function = generator.program()
        facts = ReadBack(function.region, {}, frozenset())
        unread = Run(function, flag=True).unread | Run(function, flag=False).unread
        for stmt in statements(function.region):
            if isinstance(stmt, Apply) and stmt.primitive is memory.store:
                is_read = facts.is_read(stmt, generator.array, lambda _: True)
                assert not (is_read and stmt in unread), f"seed {seed}\n{format_function(function)}"
                said, really = said + is_read, really + (stmt not in unread)
    assert said > 0.5 * really > 100, (said, really)
