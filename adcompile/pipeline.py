"""The stages, read top to bottom: a Python function in, the text of its adjoint out.

    f + argument structures -> graph -> loops -> adjoint -> source
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adcompile.frontend.captures import Guard, Reach
from adcompile.frontend.structure import Structure
from adcompile.ir.nodes import Function


@dataclass(frozen=True, slots=True)
class Options:
    """What a program is specialised on besides its argument types.

    `mode` is "grad" (value and gradients of a scalar result), "vjp" (the cotangent of the result is an argument)
    or "primal" (no derivative). `wrt` are names of parameters. `disabled` names passes to leave out.
    """

    mode: str = "grad"
    wrt: tuple[str, ...] = ()
    has_aux: bool = False
    boundscheck: bool = True
    fastmath: bool | frozenset[str] = False
    disabled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Line `emitted` of the generated text comes from `line` of `file`."""

    emitted: int
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Dependency:
    """A function whose source the program contains: its qualified name and the hash of its source text."""

    name: str
    file: str
    source_hash: str


@dataclass(frozen=True, slots=True)
class Build:
    """A generated program and how to call it.

    `text` is a module; its function `entry` takes the leaves of the parameters in signature order, then the
    captures, then (mode "vjp") one cotangent per float leaf of `result`. It returns a flat tuple: the leaves of `result`, the
    leaves of `aux`, and one gradient for each argument leaf whose position is in `gradients`.
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
    graph: Function | None = field(default=None, compare=False)


def build(function: Callable[..., object], arguments: Mapping[str, Structure], options: Options) -> Build:
    """Generate the program for one specialisation. `arguments` maps every parameter to its structure."""
    raise NotImplementedError
