"""A random program: the text of a function `program`, and how its arguments are made.

    generate(seed=0, index=3, level=2).text

    def program(x, A, s):
        y = np.zeros(4)
        for i in range(4):
            ...

The same seed and index give the same program. Arguments are written as they are in the corpus, as expressions in
`rng`, so that a program that fails can be copied from the report into the corpus.
"""

from __future__ import annotations

import ast
import linecache
import random
import sys
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tests.fuzz import (
    algebra,
    calls,
    expressions,
    extremes,
    held,
    loops,
    memory,
    missing,
    orders,
    records,
    sizes,
    statements,
    tensors,
)
from tests.fuzz.features import FEATURES, Shape
from tests.fuzz.writer import NotApplicable, Variable, Writer

# Imported for what they enter into the table of features.
REGISTERED = (algebra, calls, expressions, extremes, held, loops, memory, missing, orders, records, sizes, tensors)

ENTRY = "program"
MODULE = "random_program"
COPY = "copied_first"
STATEMENTS = (2, 5)
# The share of large programs. Small ones have about half the features and statements, and take a third of the time.
LARGE = 0.3
FOCUSED = 4
# What a feature needs to have something to work on.
NEEDS = {
    "element of a list": "list appended to",
    "indexed through an index array": "new index array",
    "walrus": "if",
    "chained comparison": "if",
    "store into an array of several sizes": sizes.IN_BRANCHES,
    "array of several sizes read": sizes.IN_BRANCHES,
    "part of an array of several sizes": sizes.IN_BRANCHES,
    "three axes to a scalar": "array with three axes",
    "three axes reduced": "array with three axes",
    "three axes multiplied": "array with three axes",
    "part of three axes": "array with three axes",
}


@dataclass(frozen=True, slots=True)
class Program:
    """The text of a module with a function `program`, the expressions in `rng` that make its arguments."""

    name: str
    text: str
    arguments: tuple[str, ...]
    features: tuple[str, ...]
    seed: int = 0

    def args(self) -> tuple[Any, ...]:
        """Fresh arguments, the same ones every time."""
        rng = np.random.default_rng(self.seed)
        return tuple(eval(text, {"np": np, "rng": rng}) for text in self.arguments)

    def function(self) -> Callable[..., Any]:
        """The function, with a source that `inspect` finds."""
        file = f"<{self.name}>"
        linecache.cache[file] = (len(self.text), None, self.text.splitlines(keepends=True), file)
        # A module of its own, so that its classes are found where they say that they stand.
        module = sys.modules[MODULE] = types.ModuleType(MODULE)
        exec(compile(self.text, file, "exec"), vars(module))
        function: Callable[..., Any] = vars(module)[ENTRY]
        return function

    def uses(self, part: types.ModuleType) -> bool:
        """Does it use a feature of this part of the table?"""
        return any(FEATURES[name].write.__module__ == part.__name__ for name in self.features if name in FEATURES)

    def with_copies(self) -> Program:
        """The same program; what is stored into a part of an array is copied before."""
        tree = ast.parse(self.text)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                node.value = ast.Call(ast.Name(COPY, ast.Load()), [node.value], [])
        text = ast.unparse(ast.fix_missing_locations(tree)) + f"\n\ndef {COPY}(v):\n    return copy.copy(v)\n"
        return replace(self, name=f"{self.name} with copies", text="import copy\n" + text)

    @property
    def single(self) -> bool:
        """Does single precision take part?"""
        return any("float32" in text for text in self.arguments)


def generate(
    seed: int, index: int, *, level: int = 3, only: Sequence[str] = (), without: Sequence[str] = ()
) -> Program:
    """Program `index` of a series. `only` names features that it is to have, `without` those it may not have."""
    for attempt in range(20):
        rng = random.Random(f"{seed}:{index}:{attempt}")
        try:
            return _written(rng, f"fuzz {seed} {index}", level, only, frozenset(without))
        except NotApplicable:
            continue
    raise AssertionError(f"no program came of seed {seed}, index {index}")


def _written(rng: random.Random, name: str, level: int, only: Sequence[str], without: frozenset[str]) -> Program:
    names = [feature.name for feature in FEATURES.values() if feature.level <= level and feature.name not in without]
    large = rng.random() < LARGE or level < 2
    focus = list(only) or rng.sample(names, FOCUSED if large else FOCUSED // 2)
    w = Writer(rng, level, frozenset(focus), without)
    single = w.chance(0.05)
    if single:
        w.without |= CHANGING_PRECISION
    w.names |= {"np", "math", "e", ENTRY, *_KEYWORDS}
    parameters, arguments = _arguments(w, single=single)
    w.result = _result(w)
    planned: list[str | None] = [name for name in focus if FEATURES[name].kind == "statement"]
    planned += [NEEDS[name] for name in focus if name in NEEDS and NEEDS[name] not in without]
    planned += [None] * (rng.randint(*STATEMENTS) if large else 1)
    rng.shuffle(planned)
    planned.sort(key=lambda name: name not in NEEDS.values())
    for feature in planned:
        if feature in w.without:
            continue
        if feature is None:
            w.write("statement")
        else:
            w.use(feature)
    statements.write_return(w)
    header = f"def {ENTRY}({', '.join(parameters)}):"
    text = "\n".join(["import math", "", "import numpy as np", "", "", *w.preamble, header, *w.lines]) + "\n"
    return Program(name, text, arguments, tuple(sorted(w.used)), rng.randrange(10**6))


# Where precisions mix, a name that is bound again could change its dtype from path to path, which has no single type.
CHANGING_PRECISION = frozenset(
    (
        "array rebound",
        "array rebound in a loop",
        "array rebound in a branch",
        "arrays swapped in a loop",
        "array chosen by a condition",
        "name bound in both branches",
        "return in a loop",
        "early return",
        sizes.IN_BRANCHES,
        "array of another size chosen",
        "array of another size in a branch",
        "array of several sizes from a helper",
        "matrix of several shapes",
        "array of another size bound in a loop",
        "arrays of different sizes swapped in a loop",
        "arrays in a dict, swapped in a loop",
        "arrays in a list, chosen by an int",
        "best of several, in a tuple",
        "helper given the same memory twice",
        "None until it is bound",
    )
)
_KEYWORDS = ("if", "in", "is", "or", "as")


def _arguments(w: Writer, *, single: bool) -> tuple[list[str], tuple[str, ...]]:
    """The parameters and how each argument is made: arrays of related sizes, scalars, an index, an int."""
    n, m = w.random.randint(3, 5), w.random.randint(2, 4)
    options: list[tuple[float, Variable, str]] = [
        (1.0, Variable("x", "array", (n,)), ""),
        (0.8, Variable("A", "array", (m, n)), ""),
        (0.7, Variable("s", "float"), w.choose(("0.7", "-0.4", "1.3"))),
        (0.4, Variable("y0", "array", (w.choose((n, m)),)), ""),
        (0.3, Variable("B0", "array", w.choose(((n, m), (n, n), (m, m)))), ""),
        (0.6, Variable("idx", "index", (w.choose((2, n, n, m)),), low=w.choose((0, 0, -3)), high=3), ""),
        (0.2, Variable("k", "int", low=2, high=3), "2"),
    ]
    if w.level > 2:
        options += _unusual(w, n, m)
    parameters, arguments = [], []
    for probability, variable, made in options:
        if not w.chance(probability):
            continue
        made = made or _made(w, variable)
        if single and variable.kind == "array" and w.chance(0.7):
            made = f"({made}).astype(np.float32)"
        w.names.add(variable.name)
        plain = variable.kind == "array" and made.startswith("rng") and made.endswith(")")
        w.scope.append(replace(variable, argument=True, contiguous=plain and "[" not in made))
        parameters.append(variable.name)
        arguments.append(made)
    if single and any("float32" in text for text in arguments):
        w.used["float32"] += 1
    return parameters, tuple(arguments)


def _unusual(w: Writer, n: int, m: int) -> list[tuple[float, Variable, str]]:
    """Arguments with three axes, with missing elements, and integers at the ends of their range, where wanted."""

    def share(usual: float, part: types.ModuleType) -> float:
        return 1.0 if any(FEATURES[name].write.__module__ == part.__name__ for name in w.focus) else usual

    tensor, size = (w.choose((2, 3)), m, n), w.choose((n, n, n, 5))
    known = f"np.where(np.arange({size}) % {missing.PERIOD} == {missing.FIRST}, np.nan, rng.normal(size={size}))"
    layouts = (
        f"rng.normal(size={tensor})",
        f"rng.normal(size={tensor[::-1]}).T",
        f"np.asfortranarray(rng.normal(size={tensor}))",
        f"rng.normal(size={(2 * tensor[0], m, n)})[::2]",
    )
    return [
        (share(0.2, tensors), Variable("T", "tensor", tensor, local=True), w.choose(layouts)),
        (share(0.15, missing), Variable("d", "missing", (size,)), known),
        (share(0.04, extremes), Variable("b", "extreme"), str(w.choose(extremes.VALUES))),
    ]


def _made(w: Writer, variable: Variable) -> str:
    """An expression for an argument, matrices in several layouts."""
    if variable.kind == "index":
        return f"np.array({[w.random.randrange(variable.low, 3) for _ in range(variable.shape[0])]})"
    if len(variable.shape) == 1:
        n = variable.shape[0]
        return w.choose((f"rng.normal(size={n})", f"rng.normal(size={n})", f"rng.normal(size={2 * n})[::2]"))
    rows, columns = variable.shape
    plain = f"rng.normal(size=({rows}, {columns}))"
    if w.level > 2 and w.chance(0.4):
        larger = f"rng.normal(size={(2 * rows, 2 * columns)})"
        return w.choose((f"np.asfortranarray({plain})", f"{plain}[::-1]", f"{larger}[::2, ::2]"))
    return w.choose(
        (plain, plain, f"rng.normal(size=({columns}, {rows})).T", f"rng.normal(size=({rows}, {columns + 2}))[:, 1:-1]")
    )


def _result(w: Writer) -> tuple[Shape, ...]:
    """What the program returns: mostly one number."""
    shape = w.choose([v.shape for v in w.variables("array", dims=1)] or [(3,)])
    pick = w.random.random()
    if pick < 0.8:
        return ((),)
    w.used["array result" if pick < 0.9 else "tuple result"] += 1
    return (shape,) if pick < 0.9 else ((), shape)
