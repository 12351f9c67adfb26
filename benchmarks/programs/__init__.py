"""The programs, family by family."""

from __future__ import annotations

from benchmarks.program import Program
from benchmarks.programs import factorisations, iterations, networks, reductions, stencils

PROGRAMS: tuple[Program, ...] = (
    *reductions.PROGRAMS,
    *networks.PROGRAMS,
    *stencils.PROGRAMS,
    *factorisations.PROGRAMS,
    *iterations.PROGRAMS,
)


def by_name(name: str) -> Program:
    """The program of this name."""
    return next(each for each in PROGRAMS if each.name == name)
