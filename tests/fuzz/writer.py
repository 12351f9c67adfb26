"""The text of a program while it is being written: names in scope, indentation, random choices.

Shapes are known numbers, so that every index that is written is in range. A name keeps its shape.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tests.fuzz.features import FEATURES, Feature, Shape, of_kind

T = TypeVar("T")
FOCUS = {"statement": 8.0, "array": 8.0, "operand": 3.0, "number": 6.0, "condition": 12.0}


class NotApplicable(Exception):
    """A feature cannot be used here: another one is chosen."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A name. `kind` is "float", "int", "array", "index" (an array of ints), "list" (of floats) or
    "ragged" (arrays of several sizes; its shape is the smallest, see `sizes`).

    Ints, and elements of an index, lie in `range(low, high)`; a list has `low` elements. Level 1 stores into `local`
    arrays only. `fixed` names are not assigned again; a `contiguous` array is known to be one, so that reshaping gives
    a view.
    """

    name: str
    kind: str
    shape: Shape = ()
    low: int = 0
    high: int = 0
    local: bool = False
    fixed: bool = False
    contiguous: bool = False
    argument: bool = False


@dataclass(slots=True)
class Writer:
    """A program in the making."""

    random: random.Random
    level: int
    focus: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    lines: list[str] = field(default_factory=list)
    preamble: list[str] = field(default_factory=list)
    scope: list[Variable] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    indent: int = 1
    loops: int = 0
    depth: int = 0
    budget: int = 26
    result: tuple[Shape, ...] = ((),)
    sealed: bool = False

    # -- random choices

    def choose(self, options: Sequence[T]) -> T:
        """One of the options."""
        if not options:
            raise NotApplicable
        return self.random.choice(options)

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random.random() < probability

    def feature(self, kind: str, dims: int | None = None) -> Feature:
        """A random feature of a kind, those in focus more often."""
        known = of_kind(kind, self.level)
        options = [f for f in known if (dims is None or dims in f.dims) and f.name not in self.without]
        weights = [f.weight * (FOCUS[kind] if f.name in self.focus else 1.0) for f in options]
        return self.random.choices(options, weights)[0]

    def write(self, kind: str, *args: Any, dims: int | None = None) -> Any:
        """What a random feature of a kind writes; those that do not apply are passed over."""
        for _ in range(30):
            chosen = self.feature(kind, dims)
            with self.attempt() as attempt:
                result = chosen.write(self, *args)
                self.used[chosen.name] += 1
            if attempt:
                return result
        raise NotApplicable

    def use(self, name: str) -> bool:
        """Write a statement of the named kind, if it applies here."""
        with self.attempt() as attempt:
            FEATURES[name].write(self)
            self.used[name] += 1
        return bool(attempt)

    @contextmanager
    def attempt(self) -> Iterator[list[bool]]:
        """What is written inside is taken back if it turns out not to apply; the list is empty then."""
        lines, scope, used = len(self.lines), list(self.scope), Counter(self.used)
        state = (self.indent, self.loops, self.depth, self.sealed, len(self.preamble))
        succeeded: list[bool] = []
        try:
            yield succeeded
            succeeded.append(True)
        except NotApplicable:
            del self.lines[lines:]
            self.scope, self.used = scope, used
            self.indent, self.loops, self.depth, self.sealed, preamble = state
            del self.preamble[preamble:]

    # -- text

    def line(self, text: str) -> None:
        """Add a line at the current indentation."""
        self.lines.append("    " * self.indent + text)
        self.budget -= 1

    @contextmanager
    def block(self, header: str, *, loop: bool = False) -> Iterator[None]:
        """An indented block; names bound in it end with it. A block that stays empty gets a `pass`."""
        self.line(header)
        scope, start = list(self.scope), len(self.lines)
        self.indent, self.depth, self.loops = self.indent + 1, self.depth + 1, self.loops + loop
        yield
        if len(self.lines) == start:
            self.line("pass")
        self.indent, self.depth, self.loops = self.indent - 1, self.depth - 1, self.loops - loop
        self.scope, self.sealed = scope, False

    def body(self, most: int = 3) -> None:
        """Up to `most` random statements, at least one."""
        for _ in range(self.random.randint(1, most)):
            if self.sealed:
                return
            if self.budget <= 0 or self.depth > 3:
                self.use("scalar update")
            else:
                self.write("statement")

    # -- names

    def fresh(self, stem: str) -> str:
        """A name that is not taken, made from a stem."""
        name, count = stem, 0
        while name in self.names:
            count += 1
            name = f"{stem}{count}"
        self.names.add(name)
        return name

    def bind(self, stem: str, kind: str, shape: Shape = (), **facts: Any) -> Variable:
        """A new name in scope."""
        variable = Variable(self.fresh(stem), kind, shape, **facts)
        self.scope.append(variable)
        return variable

    def update(self, variable: Variable, **facts: Any) -> None:
        """Other facts about a name from here on."""
        self.scope = [replace(v, **facts) if v.name == variable.name else v for v in self.scope]

    def variables(self, kind: str, shape: Shape | None = None, *, dims: int | None = None) -> list[Variable]:
        """The names of a kind, of a shape or of a number of dimensions."""
        return [
            v
            for v in self.scope
            if v.kind == kind and (shape is None or v.shape == shape) and (dims is None or len(v.shape) == dims)
        ]

    def stored(self, shape: Shape | None = None, *, dims: int | None = None) -> Variable:
        """An array to store into; at level 1 one of the function's own, made here if there is none."""
        found = [v for v in self.variables("array", shape, dims=dims) if v.local or self.level > 1]
        if found and self.chance(0.9):
            return self.choose(found)
        dims = dims or self.choose((1, 1, 2))
        return self.make_array(shape or self.choose(self.shapes(dims)))

    def shapes(self, dims: int) -> list[Shape]:
        """The shapes of the arrays in scope, or some shape."""
        found = [v.shape for v in self.variables("array", dims=dims) if min(v.shape) > 1]
        return found or [tuple(self.random.randint(3, 5) for _ in range(dims))]

    def make_array(self, shape: Shape) -> Variable:
        """A new array in a statement of its own, of zeros or computed."""
        zeros = self.chance(0.3)
        text = f"np.zeros({shape[0] if len(shape) == 1 else shape})" if zeros else self.array(shape, 2)
        name = self.fresh(self.choose("yzuvw" if len(shape) == 1 else "BCDM"))
        variable = Variable(name, "array", shape, local=True, contiguous=zeros)
        self.line(f"{variable.name} = {text}")
        self.scope.append(variable)
        return variable

    # -- expressions

    def number(self, depth: int = 2) -> str:
        """A float."""
        return str(self.write("number", depth - 1)) if depth > 0 else self.simple_number()

    def simple_number(self) -> str:
        """A float name, an element or a constant."""
        floats, arrays = self.variables("float"), self.variables("array")
        pick = self.random.random()
        if pick < 0.45 and floats:
            return self.choose(floats).name
        if pick < 0.9 and arrays:
            return self.element(self.choose(arrays))
        return self.constant()

    def constant(self) -> str:
        """A float literal of moderate size."""
        return repr(self.choose((0.25, 0.3, 0.5, 0.7, 1.1, 1.3, 1.7, 2.0, -0.4, -0.8, 3.0, 1.0)))

    def element(self, array: Variable) -> str:
        """An element of an array."""
        return f"{array.name}[{', '.join(self.index(size) for size in array.shape)}]"

    def array(self, shape: Shape, depth: int = 2) -> str:
        """A new array of this shape: an operation."""
        return str(self.write("array", shape, depth - 1, dims=len(shape)))

    def operand(self, shape: Shape, depth: int = 0) -> str:
        """Something of this shape: an operation, or a name or a view where no depth is left."""
        if depth > 0 and self.chance(0.7):
            return f"({self.array(shape, depth)})"
        return str(self.write("operand", shape, depth, dims=len(shape)))

    def condition(self, depth: int = 1) -> str:
        """Something that is true or false."""
        return str(self.write("condition", depth - 1))

    def index(self, size: int) -> str:
        """An int that is a valid index into this many elements, negative ones included."""
        options = []
        for v in self.variables("int"):
            if v.low >= v.high:
                continue
            options += [v.name] * 3 if -size <= v.low and v.high <= size else [f"{v.name} % {size}"]
            options += [f"{v.name} - {k}" for k in (1, 2) if -size <= v.low - k and v.high - k <= size]
            options += [f"{v.name} + {k}" for k in (1, 2) if -size <= v.low + k and v.high + k <= size]
            if v.low >= 0 and v.high <= size:
                options += [f"{size - 1} - {v.name}", f"-1 - {v.name}", f"-{v.name}"]
        if options and self.chance(0.75):
            return self.choose(options)
        indices = [v for v in self.variables("index") if -size <= v.low and v.high <= size and len(v.shape) == 1]
        if indices and self.chance(0.3):
            chosen = self.choose(indices)
            return f"{chosen.name}[{self.index(chosen.shape[0]) if self.chance(0.5) else 0}]"
        return str(self.random.randint(-size, size - 1))

    def slice(self, size: int, count: int) -> str:
        """A slice of an axis of `size` that picks `count` elements."""
        if count > size or count < 1:
            raise NotApplicable
        if count == size and self.chance(0.7):
            return self.choose((":", ":", "::-1"))
        step = self.choose([s for s in (1, 1, 1, 2, 3) if (count - 1) * s < size])
        start = self.random.randint(0, size - 1 - (count - 1) * step)
        last = start + (count - 1) * step
        if self.chance(0.2):
            stop = "" if start == 0 else f"{start - 1}"
            return f"{last}:{stop}:{-step}"
        moving = [v for v in self.variables("int") if v.low >= 0 and v.low < v.high and v.high - 1 + count <= size]
        if step == 1 and moving and self.chance(0.5):
            name = self.choose(moving).name
            return f"{name}:{name} + {count}"
        return self._spelled(start, last + 1, step, size)

    def _spelled(self, start: int, stop: int, step: int, size: int) -> str:
        """`start:stop:step` in one of the ways to write it."""
        stop_text = str(stop)
        if stop == size or stop + step > size:
            stop_text = self.choose(("", "", str(size)))
        elif self.chance(0.6):
            stop_text = str(stop - size)
        start_text = "" if start == 0 and self.chance(0.7) else str(start)
        if start and self.chance(0.2):
            start_text = str(start - size)
        return f"{start_text}:{stop_text}" + (f":{step}" if step > 1 else "")
