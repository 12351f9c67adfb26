"""Where something stands in the user's source: what errors point at, and comments and the source map name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

# Between the places that `Location.place` names.
CALLS = " -> "
# More places than these are not told in a line: the first and the last ones are.
_MOST_PLACES = 3


@dataclass(frozen=True, slots=True)
class Location:
    """A range of one source line: `line` counts from 1; `col`, `end_col` from 0 in UTF-8 bytes, as in `ast`.

    Without `end_col` the range is the rest of the line. In a function that the user's calls, `called_from` is where.
    """

    file: str
    line: int
    col: int = 0
    end_col: int | None = None
    function: str = ""
    called_from: Location | None = field(default=None, compare=False)

    @property
    def place(self) -> str:
        """`model.py:14`; in a function that line 20 calls, `model.py:20 -> model.py:14`."""
        calls = [place for place, _ in groupby(f"{Path(each.file).name}:{each.line}" for each in self.calls)]
        return CALLS.join(calls if len(calls) <= _MOST_PLACES else (calls[0], "...", *calls[1 - _MOST_PLACES :]))

    @property
    def brief(self) -> str:
        """`(model.py:14)`, to end a message with."""
        return f"({self.place})"

    @property
    def calls(self) -> tuple[Location, ...]:
        """The calls that lead here, the user's first, and this place."""
        found = [self]
        while found[-1].called_from is not None:
            found.append(found[-1].called_from)
        return tuple(reversed(found))

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.col}"
        return f"{where}, in {self.function}" if self.function else where


def without_calls(text: str) -> str:
    """A text with the last one of the places that it names: `(b.py:14)` for `(a.py:20 -> b.py:14)`."""
    return re.sub(rf"\((?:[^()]*{CALLS})([^()]*:\d+\))", r"(\1", text)
