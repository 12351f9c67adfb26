"""The cases of the catalogue as functions, and the arguments that the names in them stand for.

x y     (3, 4) floats       v w   (5,) floats       z     (4,) floats       u     (2, 3, 4) floats
s t     float numbers       A B   (3, 3) floats     P     (3, 3) symmetric positive definite
i j     (3, 4) int64        k     (4,) indices 0..2 n     2                  m     (3, 4) bool
p       (6,) increasing
"""

from __future__ import annotations

import ast
import linecache
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompile.catalogue import Entry, families

SHAPES = {"x": (3, 4), "y": (3, 4), "v": (5,), "w": (5,), "z": (4,), "u": (2, 3, 4), "s": (), "t": (), "p": (6,)}
SQUARES = ("A", "B")
RANGES = {"real": (-2.1, 1.9), "positive": (0.2, 2.9), "unit": (-0.93, 0.89), "above 1": (1.1, 4.2)}
FILE = "<catalogue {}>"


@dataclass(frozen=True, slots=True)
class Case:
    """An expression of an entry."""

    entry: Entry
    text: str
    number: int

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments, in order."""
        found = {node.id for node in ast.walk(ast.parse(self.text)) if isinstance(node, ast.Name)}
        return tuple(sorted(found & {*SHAPES, *SQUARES, *"ijknmP"}))

    def function(self) -> Callable[..., Any]:
        """`def case(x, y): return ...`, with a source."""
        text = f"def case({', '.join(self.names)}):\n    return {self.text}\n"
        return defined(text, FILE.format(self.text))

    def with_captured_ints(self) -> Callable[..., Any] | None:
        """The case with every int that is an argument of a call as a global of its module; None if there is none."""
        lifted = _Lifted()
        text = ast.unparse(lifted.visit(ast.parse(self.text)))
        if not lifted.ints:
            return None
        made = defined(f"def case({', '.join(self.names)}):\n    return {text}\n", f"<captured {self.number}: {text}>")
        made.__globals__.update(lifted.ints)
        return made

    def args(self, *, seed: int = 0) -> tuple[Any, ...]:
        """Fresh arguments: float64, C order."""
        rng = np.random.default_rng([seed, zlib.crc32(self.text.encode())])
        return tuple(_argument(name, self.entry.domain, rng) for name in self.names)


class _Lifted(ast.NodeTransformer):
    """Ints among the arguments of calls become names."""

    def __init__(self) -> None:
        self.ints: dict[str, int] = {}

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        node.args = [self._named(each) for each in node.args]
        for keyword in node.keywords:
            keyword.value = self._named(keyword.value)
        return node

    def _named(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                node.elts = [self._named(each) for each in parts]
            case ast.Constant(value=int()) | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int())):
                value = ast.literal_eval(node)
                if not isinstance(value, bool):
                    name = f"C{len(self.ints)}"
                    self.ints[name] = value
                    return ast.Name(name, ast.Load())
        return node


def defined(text: str, file: str) -> Callable[..., Any]:
    """The function `case` that a text defines, with that text as its source."""
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = dict(GLOBALS)
    exec(compile(text, file, "exec"), namespace)
    made: Callable[..., Any] = namespace["case"]
    return made


def _globals() -> dict[str, Any]:
    import math
    import operator

    import scipy
    import scipy.linalg
    import scipy.special

    return {
        "np": np,
        "math": math,
        "operator": operator,
        "scipy": scipy,
        "special": scipy.special,
        "linalg": scipy.linalg,
        "__name__": "catalogue",
    }


GLOBALS = _globals()


def _argument(name: str, domain: str, rng: np.random.Generator) -> Any:
    match name:
        case "i" | "j":
            return rng.integers(-5, 9, size=(3, 4))
        case "k":
            return rng.integers(0, 3, size=4)
        case "n":
            return 2
        case "m":
            return rng.random((3, 4)) > 0.4
        case "P":
            half = rng.normal(size=(3, 3))
            return half @ half.T + 2.0 * np.eye(3)
        case "A" | "B":
            return rng.normal(size=(3, 3)) + 2.0 * np.eye(3)
        case "p":
            return np.sort(_spread(6, *RANGES["real"], rng))
    size = int(np.prod(SHAPES[name]))
    values = _spread(size, *RANGES[domain], rng).reshape(SHAPES[name])
    return float(values) if name in "st" else values


def _spread(size: int, low: float, high: float, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Numbers of which no two are close, none is near a whole or a half one."""
    steps = np.linspace(low, high, 2 * size + 1)[1::2]
    return rng.permutation(steps + rng.uniform(-0.2, 0.2, size) * (high - low) / (2 * size))


def cases() -> Iterator[Case]:
    """Every case of every entry."""
    number = 0
    for family in families():
        for entry in family.entries:
            for text in entry.cases:
                yield Case(entry, text, number)
                number += 1
