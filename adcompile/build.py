"""What the pipeline is asked for and what it gives: options in, a program and how to call it out.

Kept apart from the stages, so that the run time can hold programs without importing the compiler.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adcompile.frontend.captures import Guard, Reach
    from adcompile.frontend.structure import Structure
    from adcompile.ir.nodes import Function
    from adcompile.ir.types import Type


@dataclass(frozen=True, slots=True)
class Options:
    """What a program is specialised on besides its argument types.

    `mode` is "grad" (value and gradients of a scalar result), "vjp" (the cotangent of the result is an argument)
    or "primal" (no derivative). `wrt` are names of parameters. `disabled` names passes to leave out. With `report` the
    program also returns how many elements of each of its buffers were used. `vector_math` lets compiled loops call
    vector functions; the text is the same. With `workspace` the program is given its buffers, with `out` the arrays
    that its gradients go to.
    """

    mode: str = "grad"
    wrt: tuple[str, ...] = ()
    has_aux: bool = False
    boundscheck: bool = True
    fastmath: bool | frozenset[str] = False
    disabled: frozenset[str] = frozenset()
    report: bool = False
    vector_math: bool = True
    workspace: bool = False
    out: bool = False


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Line `emitted` of the generated text comes from `line` of `file`; `place` tells the calls that lead there too."""

    emitted: int
    file: str
    line: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Dependency:
    """A function whose source the program contains: its qualified name and the hash of its source text."""

    name: str
    file: str
    source_hash: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A buffer of the program, for the loop at `line` of `file`; `kept`: for an array that each trip makes there."""

    name: str
    dtype: str
    file: str
    line: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Buffers:
    """Arrays that the program works in: its function `maker` allocates them, of these types, when it is given those
    of the entry's arguments whose positions are in `takes`."""

    maker: str
    takes: tuple[int, ...]
    types: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Promises:
    """What holds for the text but is not seen in it; lines count from 1, columns from 0.

    `indices` are the line and column of subscripts without a negative index. `sums` are the line of a loop and the
    name of a variable: what the statements of the loop's body add to it may be added in any order. `checks` are the
    line and the columns of integer operations that may leave 64 bits, what is to happen then, and the user's line.
    """

    indices: tuple[tuple[int, int], ...] = ()
    sums: tuple[tuple[int, str], ...] = ()
    checks: tuple[tuple[int, int, int, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """A generated program and how to call it.

    `text` is a module; its function `entry` takes the leaves of the parameters in signature order, then the
    captures, then (mode "vjp") one cotangent per float leaf of `result`, the gradient arrays of the leaves whose
    positions are in `filled`, and the arrays that `buffers` are. It returns a flat tuple: the leaves of
    `result`, the leaves of `aux`, and one gradient for each argument leaf whose position is in `gradients`.
    `written` are the positions, among what the entry takes, of the arrays that the function stores into. The entry
    copies these first; of what it is given it writes only to gradient arrays and buffers. `saved` are the buffers
    that a program with the option `report` counts the elements of, in its last results. `promises` are for the
    compiler of the text.
    """

    text: str
    entry: str
    source_map: tuple[SourceLine, ...]
    captures: tuple[tuple[Reach, Structure], ...]
    guards: tuple[Guard, ...]
    dependencies: tuple[Dependency, ...]
    result: Structure
    aux: Structure | None
    gradients: tuple[int, ...]
    written: tuple[int, ...] = ()
    filled: tuple[int, ...] = ()
    buffers: Buffers | None = None
    saved: tuple[Saved, ...] = ()
    promises: Promises = Promises()
    graph: Function | None = field(default=None, compare=False)
