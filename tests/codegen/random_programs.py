"""Random programs in loop-level IR, rich in what makes naming hard: carried values that swap, that are read again after
the loop, that are joined by branches, under few names."""

from __future__ import annotations

import random

from adcompile.ir.nodes import Function, Operand, Region, Value, While, boolean, integer, real
from adcompile.ir.types import BOOL, FLOAT, INT, Array, Scalar
from adcompile.ops import memory
from tests.codegen.programs import Writer

SIZE = 4
NAMES = ("", "", "a", "b", "c")


class Generator:
    """Writes one program. `scope` are the scalars that may be read, by region."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.b = Writer()
        self.scope: list[list[Value]] = [[]]
        self.arrays: list[Value] = []
        self.budget = self.random.randint(5, 40)

    def hint(self) -> str:
        return self.random.choice(NAMES)

    def add(self, value: Value) -> Value:
        self.scope[-1].append(value)
        return value

    def pick(self, type_: Scalar) -> Operand:
        values = [v for block in self.scope for v in block if v.type == type_]
        if values and self.random.random() < 0.9:
            return self.random.choice(values[-6:] if self.random.random() < 0.7 else values)
        if type_ == FLOAT:
            return real(self.random.choice((0.5, -1.0, 2.0, 0.0)))
        return integer(self.random.randrange(4)) if type_ == INT else boolean(self.random.random() < 0.5)

    def index(self) -> Operand:
        value = self.pick(INT)
        return self.b.op("mod", value, integer(SIZE)) if isinstance(value, Value) else value

    def statement(self, depth: int) -> None:
        self.budget -= 1
        kinds = ["float"] * 3 + ["int", "test", "load", "load", "store", "store", "alias", "move", "exchange"]
        if depth < 3 and self.budget > 0:
            kinds += ["if", "if", "for", "for", "exit", "while"]
        getattr(self, f"write_{self.random.choice(kinds)}")(depth)

    def write_float(self, _: int) -> None:
        name = self.random.choice(("add", "add", "sub", "mul", "neg", "maximum", "select"))
        x, y = self.pick(FLOAT), self.pick(FLOAT)
        if name == "neg":
            self.add(self.b.op(name, x, hint=self.hint()))
        elif name == "select":
            self.add(self.b.op(name, self.pick(BOOL), x, y, type=FLOAT, hint=self.hint()))
        elif name == "mul":
            self.add(self.b.op(name, x, real(self.random.choice((0.5, -0.25))), hint=self.hint()))
        else:
            self.add(self.b.op(name, x, y, hint=self.hint()))

    def write_int(self, _: int) -> None:
        total = self.b.op(self.random.choice(("add", "sub", "mul")), self.pick(INT), self.pick(INT))
        self.add(self.b.op("mod", total, integer(7), hint=self.hint()))
        if self.random.random() < 0.3:
            self.add(self.b.op("add", self.pick(INT), integer(1)))

    def write_test(self, _: int) -> None:
        kind = self.random.choice((FLOAT, INT))
        test = self.b.op(self.random.choice(("lt", "ge", "eq")), self.pick(kind), self.pick(kind), type=BOOL)
        if self.random.random() < 0.3:
            test = self.b.op(self.random.choice(("and", "or")), test, self.pick(BOOL), type=BOOL)
        self.add(self.b.op("not", test) if self.random.random() < 0.3 else test)

    def write_load(self, _: int) -> None:
        array = self.random.choice(self.arrays)
        self.add(self.b.load(array, *[self.index() for _ in range(array.type.ndim)], hint=self.hint()))

    def write_store(self, _: int) -> None:
        array = self.random.choice(self.arrays)
        indices = [self.index() for _ in range(array.type.ndim)]
        value = self.pick(FLOAT)
        if self.random.random() < 0.4:
            self.b.add_to(array, *indices, value)
        else:
            self.b.store(array, *indices, value)

    def write_exchange(self, _: int) -> None:
        """A load, a store to the same memory, and only then a use of what was loaded."""
        array = self.random.choice(self.arrays)
        indices = [self.index() for _ in range(array.type.ndim)]
        old = self.b.load(array, *indices)
        if self.random.random() < 0.5:
            old = self.b.op("neg", old)
        self.b.store(self.random.choice(self.arrays[:2]), self.index(), self.pick(FLOAT))
        self.b.store(array, *indices, self.pick(FLOAT))
        self.b.store(self.arrays[0], self.index(), self.b.op("sub", old, self.pick(FLOAT)))

    def write_alias(self, depth: int) -> None:
        if depth:
            return
        array = self.random.choice(self.arrays)
        assert isinstance(array.type, Array)
        if self.random.random() < 0.4:
            self.arrays.append(self.b.like(array, self.hint()))
        elif array.type.ndim == 1:
            sides = (integer(SIZE), integer(SIZE))
            named = self.b.apply(memory.reshape, array, *sides, type=Array("float64", 2), hint=self.hint())
            self.arrays.append(named)

    def write_move(self, _: int) -> None:
        """A second reading of an old value, so that it stays alive."""
        if values := [v for block in self.scope[:-1] for v in block if v.type == FLOAT]:
            self.add(self.b.op("add", self.random.choice(values), self.pick(FLOAT), hint=self.hint()))

    def fill(self, depth: int, most: int = 5) -> None:
        for _ in range(self.random.randint(0, most)):
            self.statement(depth)

    def carried(self) -> tuple[list[Operand], list[Value]]:
        types = [self.random.choice((FLOAT, FLOAT, INT, BOOL)) for _ in range(self.random.randint(0, 4))]
        return [self.pick(t) for t in types], [Value(t, self.hint()) for t in types]

    def yields(self, params: list[Value]) -> list[Operand]:
        """What the next trip gets: often the params in another order."""
        chosen = []
        for param in params:
            same = [p for p in params if p.type == param.type]
            chosen.append(self.random.choice(same) if self.random.random() < 0.35 else self.pick(param.type))
        return chosen

    def write_if(self, depth: int, flag: bool | None = None) -> tuple[Value, ...]:
        cond = self.pick(BOOL)
        types = [self.random.choice((FLOAT, FLOAT, INT)) for _ in range(self.random.randint(0, 3))]
        branches = []
        for leaves in (True, False):
            with self.b.into(Region()) as region:
                self.scope.append([])
                self.fill(depth + 1)
                region.yields = tuple(self.pick(t) for t in types)
                if flag is not None:
                    region.yields = (boolean(leaves is flag), *region.yields)
                self.scope.pop()
            branches.append(region)
        hints = [self.hint() for _ in branches[0].yields]
        results = self.b.if_(cond, *branches, hints)
        for result, hint in zip(results, hints):
            result.hint = hint
            self.add(result)
        return results

    def write_for(self, depth: int, exits: bool = False) -> None:
        inits, params = self.carried()
        step = self.random.choice((1, 1, -1))
        start, stop = (integer(0), self.pick(INT)) if step == 1 else (self.pick(INT), integer(-1))
        index = Value(INT, self.random.choice(("", "", "a", "k")))
        with self.b.into(Region((index, *params))) as body:
            self.scope.append([index, *params])
            self.fill(depth + 1)
            flags: tuple[Operand, ...] = ()
            if exits:
                pattern = self.random.random() < 0.5
                flags = (self.write_if(depth + 1, self.random.random() < 0.5)[0] if pattern else self.pick(BOOL),)
            body.yields = (*flags, *self.yields(params))
            self.scope.pop()
        for result in self.b.for_((start, stop, integer(step)), tuple(inits), body, exits=exits):
            self.add(result)

    def write_exit(self, depth: int) -> None:
        self.write_for(depth, exits=True)

    def write_while(self, depth: int) -> None:
        inits, params = self.carried()
        twins = [Value(p.type, p.hint) for p in params]
        counters = Value(INT, "n"), Value(INT, "n")
        with self.b.into(Region((counters[0], *params))) as test:
            self.scope.append([*test.params])
            self.fill(depth + 1, self.random.choice((0, 2)))
            more = self.b.op("lt", counters[0], integer(self.random.randrange(4)))
            test.yields = (self.b.op("and", more, self.pick(BOOL), type=BOOL),)
            self.scope.pop()
        with self.b.into(Region((counters[1], *twins))) as body:
            self.scope.append([*body.params])
            self.fill(depth + 1)
            body.yields = (self.b.op("add", counters[1], integer(1)), *self.yields(twins))
            self.scope.pop()
        results = (Value(INT), *(Value(p.type, p.hint) for p in test.params))
        self.b.append(While((integer(0), *inits), test, body, results))
        for result in results:
            self.add(result)


def random_program(seed: int) -> Function:
    """A program of two floats, an int and two vectors of SIZE * SIZE elements.

    It returns scalars of every kind and all of its arrays.
    """
    g = Generator(seed)
    params = [Value(FLOAT, "x"), Value(FLOAT, "a"), Value(INT, "n"), *(Value(Array("float64", 1), h) for h in "ub")]
    g.scope[0] += params[:3]
    g.arrays += params[3:]
    while g.budget > 0:
        g.statement(0)
    scalars = [v for v in g.scope[0] if g.random.random() < 0.5]
    return Function("random", Region(tuple(params), g.b.region.body, (*scalars, *g.arrays)))
