"""The results in the terminal: one line for each program and size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from benchmarks.contestants import PEERS

SHOWN = ("numpy", "numba", "fused", "primal", "gradient", "hand", *PEERS)
HEADINGS = {"primal": "our primal", "gradient": "our gradient", "hand": "by hand", "fused": "primal by hand"}


def table(results: Sequence[dict[str, Any]], contestants: Sequence[str]) -> Table:
    """Best times, and our gradient over the adjoint by hand and over our primal."""
    shown = [name for name in SHOWN if name in contestants]
    made = Table(title="time of a call, best; gradients include the value", title_justify="left")
    made.add_column("program", no_wrap=True)
    for name in shown:
        made.add_column(HEADINGS.get(name, name), justify="right")
    for heading in ("ours / hand", "ours / primal", "hand / fused"):
        made.add_column(heading, justify="right")
    for result in results:
        title = f"{result['program']} {result['size']}"
        if "failed" in result:
            made.add_row(title, f"[red]failed: {result['failed']}")
            continue
        cells = [_cell(result, name) for name in shown]
        pairs = (("gradient", "hand"), ("gradient", "primal"), ("hand", "fused"))
        made.add_row(title, *cells, *(shown_ratio(result, *pair) for pair in pairs))
    return made


def _cell(result: dict[str, Any], name: str) -> str:
    entry = result["contestants"].get(name)
    if entry is None:
        return ""
    if "error" in entry:
        return "[red]wrong" if entry.get("wrong") else entry["error"].split(":")[0]
    return duration(entry["best"])


def shown_ratio(result: dict[str, Any], upper: str, lower: str) -> str:
    """The ratio of the best times of two contestants, with three figures."""
    found = ratio(result, upper, lower)
    return "" if found is None else figures(found)


def ratio(result: dict[str, Any], upper: str, lower: str, which: str = "best") -> float | None:
    """The ratio of the times of two contestants; None if one of them has none."""
    contestants = result.get("contestants", {})
    above, below = (contestants.get(name, {}).get(which) for name in (upper, lower))
    return above / below if above and below else None


def duration(seconds: float) -> str:
    """A time with three figures and its unit."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{figures(seconds / scale)} {unit}"
    return f"{figures(seconds / 1e-9)} ns"


def figures(number: float) -> str:
    """Three figures, without an exponent."""
    if number <= 0.0 or not math.isfinite(number):
        return f"{number:g}"
    return f"{number:.{max(0, 2 - math.floor(math.log10(number)))}f}"
