"""States in dataclasses, dicts and named tuples: arrays and numbers that a loop changes, carries and rebinds."""

from __future__ import annotations

from tests.fuzz.features import statement
from tests.fuzz.held import same_shape
from tests.fuzz.loops import enter, trips
from tests.fuzz.statements import changeable
from tests.fuzz.writer import Variable, Writer

LEVEL = 3
CLASS = (
    "from dataclasses import dataclass",
    "",
    "",
    "@dataclass",
    "class State:",
    "    v: object",
    "    rate: float = 0.5",
    "    steps: int = 0",
    "",
    "    def energy(self):",
    "        return np.sum(self.v * self.v) * self.rate",
    "",
    "    def advance(self, by):",
    "        self.v = self.v + by * self.rate",
    "        self.steps += 1",
    "        return self",
    "",
    "    @property",
    "    def size(self):",
    "        return len(self.v)",
    "",
    "",
)
NAMED = (
    "from typing import NamedTuple",
    "",
    "",
    "class Pair(NamedTuple):",
    "    a: object",
    "    b: float = 0.3",
    "",
    "    def total(self):",
    "        return np.sum(self.a) * self.b",
    "",
    "",
)


def declare(w: Writer, text: tuple[str, ...]) -> None:
    """A class of the module, once."""
    if text[0] not in w.preamble:
        w.preamble += text


def one_style(w: Writer, changed: list[str], made: list[str]) -> list[str]:
    """Two lines that change an object, or that make a new one of it; now and then one of each, which is refused."""
    if w.chance(0.1):
        return [w.choose(changed), w.choose(made)]
    return w.random.sample(w.choose((changed, made)), 2)


@statement("state in a dataclass", level=LEVEL, weight=1.2)
def dataclass_state(w: Writer) -> None:
    enter(w)
    declare(w, CLASS)
    (array,) = same_shape(w, 1)
    state, (size,) = w.fresh("state"), array.shape
    given = w.choose((array.name, f"{array.name}.copy()", w.array(array.shape, 1)))
    w.line(f"{state} = State({given}{w.choose(('', f', {w.number(0)}', f', rate={w.number(0)}'))})")
    text, count = trips(w)
    t = w.fresh("t")
    with w.block(f"for {t} in range({text}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        changed = [
            f"{state}.v[{w.index(size)}] {w.choose(('=', '+=', '*='))} {w.number(1)}",
            f"{state}.rate *= np.tanh({w.number(1)})",
            f"{state}.advance({w.number(1)})",
            f"{state}.v = np.sin({state}.v) + {w.operand(array.shape)}",
        ]
        made = [
            f"{state} = State({state}.v * 0.5, {state}.rate + 0.1)",
            f"{state} = State(np.tanh({state}.v) + {w.operand(array.shape)}, steps={state}.steps + 1)",
        ]
        for line in one_style(w, changed, made):
            w.line(line)
        if w.chance(0.3):
            with w.block(f"if {state}.energy() > {w.number(0)}:"):
                w.line("break")
    w.line(f"{changeable(w).name} += {state}.energy() + 0.1 * {state}.{w.choose(('steps', 'size'))}")


@statement("state in a dict", level=LEVEL, weight=1.2)
def dict_state(w: Writer) -> None:
    enter(w)
    first, second = same_shape(w, 2)
    state, (size,) = w.fresh("params"), first.shape
    w.line(f'{state} = {{"w": {first.name}, "m": {second.name} * 0.0, "lr": {w.number(0)}, "n": 0}}')
    text, count = trips(w)
    t = w.fresh("t")
    with w.block(f"for {t} in range({text}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        moved = w.choose((f'{state}["w"] ** 2', w.operand(first.shape, 1), f'np.cos({state}["w"])'))
        changed = [
            f'{state}["m"] = 0.9 * {state}["m"] + {moved}',
            f'{state}["w"] = {state}["w"] - {state}["lr"] * {state}["m"]',
            f'{state}["w"][{w.index(size)}] += {state}["m"][0]',
            f'{state}["n"] += 1',
            f'{state}["m"] *= {w.number(1)}',
        ]
        made = [
            f'{state} = {{**{state}, "lr": {state}["lr"] * 0.9}}',
            f'{state} = {{**{state}, "m": {moved}, "n": {state}["n"] + 1}}',
        ]
        for line in one_style(w, changed, made):
            w.line(line)
    w.line(f'{changeable(w).name} += np.sum({state}["w"] * {state}["m"]) + {state}["lr"] * {state}["n"]')


@statement("state in a named tuple", level=LEVEL, weight=0.8)
def named_state(w: Writer) -> None:
    enter(w)
    declare(w, NAMED)
    (array,) = same_shape(w, 1)
    pair = w.fresh("pair")
    w.line(f"{pair} = Pair({array.name}{w.choose(('', f', {w.number(0)}'))})")
    text, count = trips(w)
    t = w.fresh("t")
    with w.block(f"for {t} in range({text}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        forms = (
            f"{pair} = {pair}._replace(b={pair}.b * {w.number(0)} + 0.1)",
            f"{pair} = Pair(np.tanh({pair}.a), {pair}.total())",
            f"{pair} = Pair({pair}.a * {pair}[1], 0.5)",
            f"{pair}.a[{w.index(array.shape[0])}] *= {pair}.b",
        )
        w.line(w.choose(forms))
    w.line(f"{changeable(w).name} += {pair}.total()")
