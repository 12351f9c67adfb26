"""What must be known now, and what to do where it is not.

A loop whose trip it depends on is unrolled (`repeat`); a captured number becomes part of the program, and a remedy is
applied where the function is interpreted again from the start (`trace`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from adcompile.errors import UnsupportedError
from adcompile.ir.nodes import Operand
from adcompile.location import Location


@dataclass(frozen=True, slots=True)
class Growing:
    """Lists made at a place have a length that is not known, and hold numbers of this type."""

    site: Location
    dtype: str
    weak: bool


@dataclass(frozen=True, slots=True)
class Choosing:
    """In the statement at this place, one of the items of a container is chosen when the program runs."""

    site: Location


Remedy = Growing | Choosing


class NeedsStatic(Exception):
    """Something must be known now. `operand` is the value that is not; None if that is the trip of a loop itself.

    `loops` are the loops whose trip it depends on, innermost first; `location` is where it is needed, `advice` another
    way out than making it known. `remedy`: what to do about it if it cannot be made known.
    """

    def __init__(self, what: str, operand: Operand | None, *, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.operand = operand
        self.advice = advice
        self.loops: list[ast.For | ast.While] = []
        self.location: Location | None = None
        self.remedy: Remedy | None = None

    def because_of(self, operand: Operand) -> NeedsStatic:
        """The same need, of another value."""
        other = NeedsStatic(self.what, operand, advice=self.advice)
        other.location, other.remedy = self.location, self.remedy
        return other


class NeedsFirstTrip(Exception):
    """A name is a number before a loop and an array after its first trip: that trip stands in front of the loop."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


# A loop whose names have not settled after so many rounds never settles.
MOST_ROUNDS = 40


def does_not_settle(location: Location) -> UnsupportedError:
    """The error for a loop whose names mean something else after every trip."""
    return UnsupportedError(
        "what the names in this loop mean does not settle: types or shapes change from one iteration to the next",
        location,
        "Give each name one kind of array, for example a copy made before the loop.",
    )
