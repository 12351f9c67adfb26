"""What an entry of the catalogue says of a public name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be called by these names, space-separated; `cases` are expressions.

    Floats, no two alike, are drawn from `domain`: "real", "positive", "unit" (between -1 and 1) or "above 1". `edges`
    are further numbers at which a case of one number is checked. `integers`: the cases are run with integer arrays
    too. `discrete`: no derivative, or zero. `loss`: how many times larger than rounding errors may become, as the
    algorithms of linear algebra have it.
    """

    names: str
    cases: tuple[str, ...]
    domain: str = "real"
    edges: tuple[float, ...] = ()
    integers: bool = True
    discrete: bool = False
    loss: float = 1.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Names, space-separated, that are refused, why, and what to do instead."""

    names: str
    reason: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Entries that belong together."""

    title: str
    entries: tuple[Entry, ...]


def entry(
    names: str,
    *cases: str,
    domain: str = "real",
    edges: tuple[float, ...] = (),
    integers: bool = True,
    discrete: bool = False,
    loss: float = 1.0,
) -> Entry:
    """An entry; without cases, its one case is the first name applied to `x`."""
    return Entry(names, cases or (f"{names.split()[0]}(x)",), domain, edges, integers, discrete, loss)
