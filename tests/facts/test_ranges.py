import itertools
import random
from typing import Any

import numpy as np

from adcompile.facts.comparisons import Comparison
from adcompile.facts.ranges import Ranges
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Apply, Const, For, Function, Operand, Region, Stmt, Value, integer
from adcompile.ir.printer import format_function
from adcompile.ir.types import BOOL, FLOAT, INT, Scalar
from adcompile.ir.walk import statements
from adcompile.ops import memory, scalar
from adcompile.passes.decide import decide
from tests.ir.programs import copy_function
from tests.ir.sketch import VECTOR, Sketch


def at_the_end(sketch: Sketch) -> Ranges:
    """What is known after all statements of a function."""
    function = sketch.function()
    ranges = Ranges(function)
    for stmt in function.region.body:
        ranges.passed(stmt)
    return ranges


def test_extents_are_not_negative_and_known_under_one_name() -> None:
    sketch = Sketch()
    x, k = sketch.param(VECTOR, "x"), sketch.param(INT, "k")
    n, again = sketch.dim(x), sketch.dim(x)
    y = sketch.alloc(k)
    z = sketch.op(memory.alloc_like, y, type=VECTOR, fill="zeros")
    ranges = at_the_end(sketch)
    assert ranges.nonnegative(n)
    assert ranges.proves(n, "==", again)
    assert ranges.nonnegative(k)
    assert ranges.in_range(z, [integer(0)]) is ranges.proves(k, ">", integer(0)) is False
    assert Ranges(sketch.function()).nonnegative(k) is False


def within_loop(start: Any, stop: Any, step: Any, sketch: Sketch, **facts: Any) -> tuple[Ranges, Value, Any]:
    with sketch.loop(start, stop, step, **facts) as loop:
        if facts:
            loop.yields = (sketch.op(scalar.add, loop.params[1], 2),)
    function = sketch.function()
    ranges = Ranges(function)
    (stmt,) = [s for s in function.region.body if isinstance(s, For)]
    assert not ranges.nonnegative(loop.params[0])
    inside = ranges.within(stmt, stmt.body)
    inside.__enter__()
    return ranges, loop.params[0], (stmt, inside)


def test_an_index_lies_between_its_bounds_inside_its_loop_only() -> None:
    sketch = Sketch()
    n = sketch.dim(sketch.param(VECTOR, "x"))
    ranges, i, (_, inside) = within_loop(0, n, 1, sketch)
    assert ranges.nonnegative(i)
    assert ranges.proves(i, "<", n)
    assert ranges.proves(n, ">=", integer(1))
    assert not ranges.proves(i, "<", integer(5))
    inside.__exit__(None, None, None)
    assert not ranges.nonnegative(i)
    assert not ranges.proves(n, ">=", integer(1))


def test_an_index_that_goes_down() -> None:
    sketch = Sketch()
    n = sketch.dim(sketch.param(VECTOR, "x"))
    ranges, i, _ = within_loop(sketch.op(scalar.sub, n, 1), -1, -1, sketch)
    assert ranges.nonnegative(i)
    assert ranges.proves(i, "<", n)
    unknown = Sketch()
    n, k = unknown.dim(unknown.param(VECTOR, "x")), unknown.param(INT, "k")
    ranges, i, _ = within_loop(0, n, k, unknown)
    assert not ranges.nonnegative(i)


def test_a_carried_count_does_not_fall_below_its_init() -> None:
    sketch = Sketch()
    n = sketch.dim(sketch.param(VECTOR, "x"))
    ranges, _, (stmt, _) = within_loop(0, n, 1, sketch, inits=(3,))
    assert ranges.proves(stmt.body.params[1], ">=", integer(3))
    ranges.passed(stmt)
    assert ranges.proves(stmt.results[0], ">", integer(2))
    assert not ranges.proves(stmt.results[0], ">", integer(3))


def test_cases_of_wraparound_and_extremes() -> None:
    sketch = Sketch()
    n, i = sketch.dim(sketch.param(VECTOR, "x")), sketch.param(INT, "i")
    sketch.require(
        sketch.op(scalar.and_, sketch.op(scalar.ge, i, sketch.op(scalar.neg, n)), sketch.op(scalar.lt, i, n))
    )
    wrapped = sketch.op(scalar.select, sketch.op(scalar.lt, i, 0), sketch.op(scalar.add, i, n), i)
    larger = sketch.op(scalar.select, sketch.op(scalar.lt, i, 0), 0, i)
    least = sketch.op(scalar.minimum, sketch.op(scalar.maximum, i, 0), sketch.op(scalar.abs_, i))
    ranges = at_the_end(sketch)
    assert ranges.nonnegative(wrapped)
    assert ranges.proves(wrapped, "<", n)
    assert ranges.nonnegative(larger)
    assert ranges.proves(larger, ">=", i)
    assert ranges.nonnegative(least)
    assert not ranges.nonnegative(i)


def test_remainders_quotients_products_and_conversions() -> None:
    sketch = Sketch()
    n, i = sketch.dim(sketch.param(VECTOR, "x")), sketch.param(INT, "i")
    byte = sketch.param(Scalar("uint8"), "b")
    rest = sketch.op(scalar.mod, i, 3)
    half = sketch.op(scalar.floordiv, n, 2)
    square = sketch.op(scalar.mul, n, half)
    wide = sketch.op(scalar.cast, byte, type=INT)
    unknown = sketch.op(scalar.mod, i, n)
    ranges = at_the_end(sketch)
    assert ranges.nonnegative(rest)
    assert ranges.proves(rest, "<=", integer(2))
    assert ranges.nonnegative(half)
    assert ranges.proves(half, "<=", n)
    assert ranges.nonnegative(square)
    assert ranges.nonnegative(wide)
    assert not ranges.nonnegative(unknown)
    assert not ranges.nonnegative(sketch.op(scalar.mul, i, n))


def test_floats_are_never_decided() -> None:
    sketch = Sketch()
    a = sketch.param(FLOAT, "a")
    same = sketch.op(scalar.eq, a, a)
    assert at_the_end(sketch).decide(same) is None


def test_narrow_integers_may_wrap() -> None:
    sketch = Sketch()
    byte = sketch.param(Scalar("uint8"), "b")
    less = sketch.op(scalar.sub, byte, Const(1, Scalar("uint8")))
    ranges = at_the_end(sketch)
    assert ranges.nonnegative(less)
    assert not ranges.proves(less, "<", byte)


# -- against brute force


class IntegerPrograms:
    """Programs of loops, branches and integers. Each comparison is counted in `ran` and, when true, in `true`."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.sketch = Sketch()
        self.slots = 0
        x, y = (self.sketch.param(VECTOR, name) for name in "xy")
        k = self.sketch.param(INT, "k")
        self.ran, self.true = (self.sketch.param(VECTOR, name) for name in ("ran", "true"))
        self.scope: list[Operand] = [self.sketch.dim(x, hint="n"), self.sketch.dim(y, hint="m"), k]
        self.scope.append(self.sketch.dim(self.sketch.alloc(self.sketch.dim(x))))
        for _ in range(3):
            self.block(0)

    def pick(self) -> Operand:
        return self.random.choice([*self.scope, *self.scope[-3:], integer(self.random.randint(-2, 3))])

    def compare(self) -> Value:
        return self.sketch.op(self.random.choice(tuple(scalar.OPPOSITE)), self.pick(), self.pick())

    def count(self) -> None:
        if self.slots < 40:
            cond = self.compare()
            slot, self.slots = integer(self.slots), self.slots + 1
            for array, amount in ((self.ran, True), (self.true, cond)):
                number = self.sketch.op(scalar.cast, amount, type=FLOAT)
                self.sketch.store(array, slot, self.sketch.op(scalar.add, self.sketch.load(array, slot), number))

    def value(self) -> Value:
        op, a, b = self.sketch.op, self.pick(), self.pick()
        kind = self.random.randrange(9)
        if kind < 4:
            return op(self.random.choice((scalar.add, scalar.sub, scalar.maximum, scalar.minimum)), a, b)
        if kind == 4:
            return op(scalar.mul, a, self.random.choice((-1, 2, b)))
        if kind == 5:
            return op(scalar.select, self.compare(), a, b)
        if kind == 6:
            return op(self.random.choice((scalar.mod, scalar.floordiv)), a, self.random.choice((2, 3, -2)))
        if kind == 7:
            return op(scalar.abs_, a)
        return op(scalar.select, op(scalar.lt, a, 0), op(scalar.add, a, self.scope[0]), a)

    def block(self, depth: int) -> None:
        scope = list(self.scope)
        for _ in range(self.random.randint(2, 5)):
            kind = self.random.random()
            if kind < 0.3:
                self.count()
            elif kind < 0.55:
                self.scope.append(self.value())
            elif kind < 0.6:
                self.sketch.require(self.compare())
            elif depth < 3 and kind < 0.75:
                self.branch(depth)
            elif depth < 3:
                self.loop(depth)
        self.count()
        self.scope = scope

    def branch(self, depth: int) -> None:
        then, orelse = Region(), Region()
        cond = self.compare()
        if self.random.random() < 0.4:
            cond = self.sketch.op(self.random.choice((scalar.and_, scalar.or_)), cond, self.compare())
        if self.random.random() < 0.2:
            cond = self.sketch.op(scalar.not_, cond)
        for region in (then, orelse):
            with self.sketch.branch(region):
                self.block(depth + 1)
        self.sketch.if_(cond, then, orelse)

    def loop(self, depth: int) -> None:
        # Small bounds, so that the loops end soon; what is carried drifts or is anything small.
        bounds = [self.sketch.op(scalar.minimum, self.pick(), 4), self.sketch.op(scalar.maximum, self.pick(), -3)]
        start, stop = self.random.sample([*bounds, self.random.choice(self.scope[:3]), integer(0)], 2)
        start, stop = (self.sketch.op(scalar.mod, b, 6) if self.random.random() < 0.2 else b for b in (start, stop))
        low = self.sketch.op(scalar.maximum, start, -4)
        high = self.sketch.op(scalar.minimum, stop, 6)
        step = self.random.choice((1, 1, 1, 2, 3, -1, -2))
        first, last = (low, high) if step > 0 else (high, low)
        with self.sketch.loop(first, last, step, inits=(self.pick(),)) as loop:
            i, p = loop.params
            self.scope += [i, p]
            self.block(depth + 1)
            self.scope = self.scope[: self.scope.index(i)]
            drift = self.sketch.op(scalar.add, p, self.random.randint(-1, 2))
            loop.yields = (self.random.choice((drift, self.sketch.op(scalar.mod, drift, 3))),)
        self.scope.append(loop.results[0])

    def function(self) -> Function:
        return self.sketch.function()


def decisions(function: Function) -> list[bool | None]:
    """Slot by slot, what `decide` says of the comparison."""
    found: list[bool | None] = []
    decided = {s.results[0]: s for s in statements(decide(function).region) if isinstance(s, Apply) and s.results}
    for stmt in statements(function.region):
        if is_count(stmt):
            total = decided[stmt.operands[-1]]  # type: ignore[index]
            number = decided[total.operands[1]].operands[0]  # type: ignore[index]
            found.append(bool(number.value) if isinstance(number, Const) else None)
    return found


def is_count(stmt: Stmt) -> bool:
    return isinstance(stmt, Apply) and stmt.primitive is memory.store and stmt.operands[0].hint == "true"  # type: ignore[union-attr]


def observations(function: Function, arguments: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """How often each comparison ran and was true, over all small arguments (or some of them)."""
    total = np.zeros((2, 64))
    sizes = list(itertools.product(range(4), range(4), range(-2, 4)))
    for n, m, k in [(0, 0, 0), *arguments.sample(sizes, 14)]:
        ran, true = np.zeros(64), np.zeros(64)
        try:
            run(function, (np.zeros(n), np.zeros(m), k, ran, true))
        except ValueError:
            pass
        total += ran, true
    return total[0], total[1]


def test_decisions_agree_with_brute_force() -> None:
    decided = constant = 0
    for seed in range(60):
        function = IntegerPrograms(seed).function()
        ran, true = observations(function, random.Random(seed))
        for slot, decision in enumerate(decisions(copy_function(function))):
            if decision is not None:
                expected = ran[slot] if decision else 0
                assert true[slot] == expected, f"seed {seed}, slot {slot}\n{format_function(function)}"
            if ran[slot]:
                decided += decision is not None
                constant += true[slot] in (0, ran[slot])
    # Not every comparison that happens to come out one way does so for all arguments.
    assert decided > 0.4 * constant


def test_comparisons_of_all_kinds() -> None:
    sketch = Sketch()
    i = sketch.param(INT, "i")
    above = sketch.op(scalar.add, i, 1)
    ranges = at_the_end(sketch)
    outcomes: dict[Comparison, tuple[bool, bool]] = {
        "<": (True, False),
        "<=": (True, False),
        ">": (False, True),
        ">=": (False, True),
        "==": (False, False),
        "!=": (True, True),
    }
    for comparison, expected in outcomes.items():
        assert (ranges.proves(i, comparison, above), ranges.proves(above, comparison, i)) == expected


def test_bools_as_conditions() -> None:
    sketch = Sketch()
    c, n = sketch.param(BOOL, "c"), sketch.dim(sketch.param(VECTOR, "x"))
    true = sketch.op(scalar.ge, n, 0)
    conds = [
        sketch.op(scalar.and_, c, true),
        sketch.op(scalar.or_, c, true),
        sketch.op(scalar.not_, true),
        sketch.op(scalar.and_, sketch.op(scalar.not_, true), c),
    ]
    ranges = at_the_end(sketch)
    assert [ranges.decide(cond) for cond in conds] == [None, True, False, False]


def test_long_chains_of_sums() -> None:
    sketch = Sketch()
    i = first = sketch.param(INT, "i")
    for k in range(3000):
        i = sketch.op(scalar.add, i, first if k % 2 else 1)
    assert at_the_end(sketch).proves(i, "==", i)
