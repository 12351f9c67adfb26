"""The programs, family by family."""

from __future__ import annotations

from benchmarks.program import Program
from benchmarks.programs import (
    factorisations,
    iterations,
    mixtures,
    networks,
    reductions,
    regressions,
    scalars,
    sequences,
    simulations,
    stencils,
    sweeps,
)

PROGRAMS: tuple[Program, ...] = tuple(
    program
    for family in (
        scalars,
        networks,
        regressions,
        reductions,
        mixtures,
        simulations,
        sequences,
        stencils,
        sweeps,
        factorisations,
        iterations,
    )
    for program in family.PROGRAMS
)


def by_name(name: str) -> Program:
    """The program of this name."""
    return next(each for each in PROGRAMS if each.name == name)
