"""Comments quoting the primal, and the map from emitted lines to primal lines.

    __line_0__                          # h = np.tanh(x + b)
    for i in range(n):                  for i in range(n):
        __line_1__            ->            h[i] = np.tanh(x[i] + b[i])
        h[i] = np.tanh(x[i] + b[i])

A syntax tree holds no comments, so each statement is printed below a *mark*: a bare name standing for its location.
Then marks are replaced. A comment covers the statements that follow at its depth, and what is nested in them, until
another line is quoted; it is not repeated in between, nor where the code says the same.
"""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from adcompile.location import Location

MARK = re.compile(r"( *)__(line|quiet)_(\d+)__$")
FIRST_VALUE = re.compile(r" *\w+ = -?[\w.]+$")
# These lines belong to the statement above, whose mark stands there.
CONTINUED = re.compile(r" *(else:|elif .*)$")


@dataclass(slots=True)
class Comments:
    """The locations that marks stand for, and the sweeps that begin at some of them."""

    locations: list[Location] = field(default_factory=list)
    sweeps: dict[int, str] = field(default_factory=dict)

    def mark(self, location: Location | None, *, quiet: bool = False, sweep: str = "") -> list[ast.stmt]:
        """The statement to put before one from this location; none if it comes from nowhere. A `quiet` one leaves no
        comment of that, but says which `sweep` begins here.
        """
        if location is None:
            return []
        if sweep:
            self.sweeps[len(self.locations)] = sweep
        self.locations.append(location)
        return [ast.Expr(ast.Name(f"__{'quiet' if quiet else 'line'}_{len(self.locations) - 1}__", ast.Load()))]

    def place(self, mark: ast.stmt) -> tuple[str, int]:
        """The file and line that a mark stands for."""
        assert isinstance(mark, ast.Expr) and isinstance(mark.value, ast.Name)
        location = self.locations[_number(mark.value.id)]
        return location.file, location.line

    def again(self, mark: ast.stmt) -> list[ast.stmt]:
        """The mark for another place, where no sweep begins."""
        assert isinstance(mark, ast.Expr) and isinstance(mark.value, ast.Name)
        return self.mark(self.locations[_number(mark.value.id)], quiet="quiet" in mark.value.id)

    def replace_marks(self, text: str) -> tuple[str, tuple[tuple[int, str, int, str], ...]]:
        """The text with comments for marks, and its source map: emitted line, primal file, primal line, its place."""
        lines: list[str] = []
        source_map: list[tuple[int, str, int, str]] = []
        quoted: list[tuple[int, Location]] = []  # the comments that cover the current line, outer first
        current: Location | None = None
        given = text.splitlines()
        for number, line in enumerate(given):
            depth = len(line) - len(line.lstrip())
            while line and quoted and quoted[-1][0] > depth:
                quoted.pop()
            if mark := MARK.match(line):
                current = self.locations[int(mark.group(3))]
                if sweep := self.sweeps.get(int(mark.group(3))):
                    lines.append(f"{mark.group(1)}# -- {sweep} sweep --")
                if mark.group(2) == "line" and not (quoted and _same_line(quoted[-1][1], current)):
                    lines += _comment(depth, current, _head(given[number + 1 :]))
                    quoted = [entry for entry in quoted if entry[0] < depth] + [(depth, current)]
                continue
            lines.append(line)
            if current is not None and not CONTINUED.match(line):
                source_map.append((len(lines), current.file, current.line, current.place))
            current = None
        return "\n".join(lines) + "\n", tuple(source_map)


def _number(mark: str) -> int:
    found = MARK.match(mark)
    assert found is not None
    return int(found.group(3))


def is_mark(node: ast.stmt) -> bool:
    """Is the statement a mark?"""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Name)


def _same_line(one: Location, other: Location) -> bool:
    return (one.file, one.line) == (other.file, other.line)


def _head(code: Sequence[str]) -> str:
    """The first line of a statement, behind the first values of what a loop carries."""
    return next((line for line in code[:8] if not FIRST_VALUE.match(line)), code[0])


def _comment(depth: int, location: Location, code: str) -> list[str]:
    """The user's line, unless the code below says the same."""
    source = linecache.getline(location.file, location.line).strip()
    is_said = source.replace(" ", "") == code.replace(" ", "")
    return [" " * depth + f"# {source}"] if source and not is_said else []
