"""Every public name: how it is called, where its arguments lie, or why it is refused.

    Entry("np.arccosh np.acosh", "np.arccosh(x)", domain="above 1")
    Refusal("np.fft", "complex values are not supported", "...")

Data only. The tests turn each case into a function of the names in it (see `tests/catalogue.py` for what they are) and
compare value and gradient with NumPy's; docs/supported.md is written from here.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def families() -> Iterator[Family]:
    """All families, in the order of docs/supported.md."""
    from adcompile.catalogue import arrays, elementwise, linear_algebra

    yield from (elementwise.FAMILY, elementwise.MATH, elementwise.SPECIAL)
    yield from (arrays.REDUCTIONS, arrays.SHAPES, arrays.SELECTION, arrays.SEQUENCES)
    yield from (linear_algebra.FAMILY, linear_algebra.SCIPY)
