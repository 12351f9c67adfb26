"""Comments quoting the primal, and the map from emitted lines to primal lines.

    __line_0__                          # h = np.tanh(x + b)
    for i in range(n):                  for i in range(n):
        __line_1__            ->            h[i] = np.tanh(x[i] + b[i])
        h[i] = np.tanh(x[i] + b[i])

A syntax tree holds no comments, so each statement is printed below a *mark*: a bare name standing for its location.
Then marks are replaced. A comment covers the statements that follow at its depth, and what is nested in them, until
another line is quoted; it is not repeated in between.
"""

from __future__ import annotations

import ast
import linecache
import re
from dataclasses import dataclass, field

from adcompile.source import Location

MARK = re.compile(r"( *)__line_(\d+)__$")
# These lines belong to the statement above, whose mark stands there.
CONTINUED = re.compile(r" *(else:|elif .*)$")


@dataclass(slots=True)
class Comments:
    """The locations that marks stand for."""

    locations: list[Location] = field(default_factory=list)

    def mark(self, location: Location | None) -> list[ast.stmt]:
        """The statement to put before one from this location; none if it comes from nowhere."""
        if location is None:
            return []
        self.locations.append(location)
        return [ast.Expr(ast.Name(f"__line_{len(self.locations) - 1}__", ast.Load()))]

    def place(self, mark: ast.stmt) -> tuple[str, int]:
        """The file and line that a mark stands for."""
        found = MARK.match(mark.value.id) if isinstance(mark, ast.Expr) and isinstance(mark.value, ast.Name) else None
        assert found is not None
        location = self.locations[int(found.group(2))]
        return location.file, location.line

    def replace_marks(self, text: str) -> tuple[str, tuple[tuple[int, str, int], ...]]:
        """The text with comments for marks, and its source map: emitted line, primal file, primal line."""
        lines: list[str] = []
        source_map: list[tuple[int, str, int]] = []
        quoted: list[tuple[int, Location]] = []  # the comments that cover the current line, outer first
        current: Location | None = None
        for line in text.splitlines():
            depth = len(line) - len(line.lstrip())
            while line and quoted and quoted[-1][0] > depth:
                quoted.pop()
            if mark := MARK.match(line):
                current = self.locations[int(mark.group(2))]
                if not (quoted and _same_line(quoted[-1][1], current)):
                    lines += _comment(depth, current)
                    quoted = [entry for entry in quoted if entry[0] < depth] + [(depth, current)]
                continue
            lines.append(line)
            if current is not None and not CONTINUED.match(line):
                source_map.append((len(lines), current.file, current.line))
            current = None
        return "\n".join(lines) + "\n", tuple(source_map)


def is_mark(node: ast.stmt) -> bool:
    """Is the statement a mark?"""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Name)


def _same_line(one: Location, other: Location) -> bool:
    return (one.file, one.line) == (other.file, other.line)


def _comment(depth: int, location: Location) -> list[str]:
    source = linecache.getline(location.file, location.line).strip()
    return [" " * depth + f"# {source}"] if source else []
