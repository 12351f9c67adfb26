"""Families of programs that grow: what takes their compiler n times as long at n times the size?

    FAMILIES["elif"].make(3)        a function with three `elif`, and arguments for it

Programs are written as text, and known to `linecache`, so that the compiler can read them.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Case = tuple[Callable[..., Any], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Family:
    """`make` gives the program of a size and its arguments; `sizes` are doubled from the first to the last."""

    name: str
    make: Callable[[int], Case]
    sizes: tuple[int, ...]


FAMILIES: dict[str, Family] = {}


def family(name: str, *sizes: int) -> Callable[[Callable[[int], Case]], Callable[[int], Case]]:
    """Register a family; the function itself is left as it is."""

    def register(make: Callable[[int], Case]) -> Callable[[int], Case]:
        FAMILIES[name] = Family(name, make, sizes)
        return make

    return register


def program(text: str, *args: Any) -> Case:
    """The function `loss` of a text, and the arguments."""
    file = f"<growth {hash(text):x}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"np": np, "__name__": __name__}
    exec(compile(text, file, "exec"), scope)
    return scope["loss"], args


def vector(size: int = 3) -> Any:
    """An argument."""
    return np.linspace(0.3, 0.7, size)


def indented(depth: int, line: str) -> str:
    """A line of a nested block."""
    return f"{'    ' * depth}{line}\n"


@family("statements", 50, 100, 200, 400)
def statements(n: int) -> Case:
    """Numbers."""
    lines = [f"    {'yz'[k % 2]} = y * z + np.sin({'zy'[k % 2]}) * {k}.5\n" for k in range(n)]
    return program(f"def loss(x):\n    y = x\n    z = 1.0\n{''.join(lines)}    return y + z\n", 0.5)


@family("array statements", 8, 16, 32, 64)
def array_statements(n: int) -> Case:
    """Expressions of arrays, one from the other."""
    lines = [f"    {'yz'[k % 2]} = y * z + np.sin({'zy'[k % 2]}) * {k}.5\n" for k in range(n)]
    return program(f"def loss(x):\n    y = x\n    z = 2.0 * x\n{''.join(lines)}    return np.sum(y + z)\n", vector())


@family("array sums", 16, 32, 64, 128)
def array_sums(n: int) -> Case:
    """Terms that have nothing to do with each other."""
    lines = [f"    s += np.sum(np.sin(x * {k}.5))\n" for k in range(n)]
    return program(f"def loss(x):\n    s = 0.0\n{''.join(lines)}    return s\n", vector())


@family("stores", 25, 50, 100, 200)
def stores(n: int) -> Case:
    """Elements stored one by one, each read again."""
    lines = [f"    y[{k % 50}] = x[{k % 3}] * y[{(k + 7) % 50}] + np.sin(x[{(k + 1) % 3}])\n" for k in range(n)]
    return program(f"def loss(x):\n    y = np.zeros(50)\n{''.join(lines)}    return np.sum(y)\n", vector())


@family("elif", 12, 24, 48)
def elifs(n: int) -> Case:
    """One decision with many cases."""
    cases = "".join(f"    {'elif' if k else 'if'} x < {k}.0:\n        y = x * {k}.5\n" for k in range(n))
    return program(f"def loss(x):\n{cases}    else:\n        y = x\n    return y\n", 3.5)


@family("conditions", 100, 200, 400, 800)
def conditions(n: int) -> Case:
    """One condition of many comparisons."""
    condition = " and ".join(f"x > {-k}.0" for k in range(n))
    return program(f"def loss(x):\n    if {condition}:\n        return x * x\n    return x\n", 0.5)


@family("branches in turn", 20, 40, 80)
def branches(n: int) -> Case:
    """Decisions one after the other."""
    lines = [f"    if x < {k}.0:\n        y = y * {k}.5\n" for k in range(n)]
    return program(f"def loss(x):\n    y = x\n{''.join(lines)}    return y\n", 3.5)


@family("nested branches", 10, 20, 40)
def nested_branches(n: int) -> Case:
    """Decisions inside decisions."""
    lines = [
        indented(1 + k, f"if x > {k}.0:") + indented(2 + k, f"y = y * np.sin(x) + {k}.5") for k in range(min(n, 90))
    ]
    return program(f"def loss(x):\n    y = x\n{''.join(lines)}    return y\n", 3.5)


@family("returns in a loop", 15, 30, 60)
def returns(n: int) -> Case:
    """A loop that is unrolled and may be left in each trip."""
    sizes = ", ".join(f"{k}.0" for k in range(1, n + 1))
    loop = "    for s in SIZES:\n        if x <= s:\n            return x * s\n"
    return program(f"SIZES = ({sizes},)\ndef loss(x):\n{loop}    return x\n", 3.5)


@family("loops in turn", 8, 16, 32, 64)
def loops(n: int) -> Case:
    """Loops with a carried number."""
    lines = [f"    for i in range(x.shape[0]):\n        s += np.sin(x[i] * {k}.5) * s\n" for k in range(n)]
    return program(f"def loss(x):\n    s = 1.0\n{''.join(lines)}    return s\n", vector())


@family("nested loops", 1, 2, 3, 6)
def nested_loops(n: int) -> Case:
    """Loops inside loops, each with a statement of its own."""
    lines = [
        indented(1 + k, f"for i{k} in range(x.shape[0]):") + indented(2 + k, f"s = np.sin(s) * x[i{k}]")
        for k in range(n)
    ]
    return program(f"def loss(x):\n    s = 1.0\n{''.join(lines)}    return s\n", vector(2))


@family("statements in a loop", 25, 50, 100)
def statements_in_a_loop(n: int) -> Case:
    """A long body."""
    lines = [f"        {'yz'[k % 2]} = y * z + np.sin({'zy'[k % 2]}) * x[i]\n" for k in range(n)]
    head = "def loss(x):\n    y = 1.0\n    z = 1.0\n    for i in range(x.shape[0]):\n"
    return program(f"{head}{''.join(lines)}    return y + z\n", vector())


@family("arrays in a loop", 8, 16, 32)
def arrays_in_a_loop(n: int) -> Case:
    """A body that makes arrays in every trip."""
    lines = [f"        {'yz'[k % 2]} = y * z + np.sin({'zy'[k % 2]}) * {k}.5\n" for k in range(n)]
    head = "def loss(x):\n    y = x\n    z = 2.0 * x\n    for t in range(4):\n"
    return program(f"{head}{''.join(lines)}    return np.sum(y + z)\n", vector())


@family("helper calls", 50, 100, 200)
def helper_calls(n: int) -> Case:
    """A function that is called many times."""
    helper = "def helper(a, b):\n    c = np.sin(a) * b\n    return c + a\n"
    lines = [f"    y = helper(y, x * {k}.5)\n" for k in range(n)]
    return program(f"{helper}def loss(x):\n    y = x\n{''.join(lines)}    return y\n", 0.5)


@family("list of arrays", 8, 16, 32, 64)
def list_of_arrays(n: int) -> Case:
    """A list as an argument: its loop is unrolled."""
    text = "def loss(w, data):\n    s = 0.0\n    for d in data:\n        s += np.sum(np.tanh(d @ w))\n    return s\n"
    rng = np.random.default_rng(0)
    return program(text, np.ones(4), [rng.normal(size=(3, 4)) for _ in range(n)])


@family("layers", 8, 16, 32)
def layers(n: int) -> Case:
    """A network with a list of matrices."""
    text = "def loss(ws, x):\n    for w in ws:\n        x = np.tanh(w @ x)\n    return np.sum(x)\n"
    return program(text, [np.eye(3) for _ in range(n)], vector())


@family("appended arrays", 8, 16, 32, 64)
def appended_arrays(n: int) -> Case:
    """A list that collects arrays."""
    text = f"""def loss(y):
    ys = [y]
    for i in range({n}):
        y = y + 0.1 * np.sin(y) * i
        ys.append(y)
    return (np.array(ys) ** 2).sum()
"""
    return program(text, vector())


@family("stencils", 4, 8, 16, 32)
def stencils(n: int) -> Case:
    """Slices that overlap."""
    lines = [f"    u[1:-1] += {k}.5 * (u[2:] - 2.0 * u[1:-1] + u[:-2])\n" for k in range(n)]
    return program(f"def loss(x):\n    u = x.copy()\n{''.join(lines)}    return np.sum(u * u)\n", vector(9))


@family("rolls", 1, 2, 4, 8)
def rolls(n: int) -> Case:
    """A stencil on a torus, in one expression."""
    around = "np.roll(p, 1, axis=0) + np.roll(p, -1, axis=0) + np.roll(p, 1, axis=1) + np.roll(p, -1, axis=1)"
    lines = [f"    p = p + {k}.5 * ({around})\n" for k in range(n)]
    return program(f"def loss(p):\n{''.join(lines)}    return np.sum(p * p)\n", vector(12).reshape(3, 4))
