"""Where things stand in the user's source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A range of one source line: `line` counts from 1, `col` and `end_col` from 0 in characters, as carets are drawn.

    Without `end_col` the range is the rest of the line.
    """

    file: str
    line: int
    col: int = 0
    end_col: int | None = None
    function: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.col}"
        return f"{where}, in {self.function}" if self.function else where
