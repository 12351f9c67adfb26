"""Every public name: how it is called, where its arguments lie, or why it is refused.

    Entry("np.arccosh np.acosh", "np.arccosh(x)", domain="above 1")
    Refusal("np.fft", "complex values are not supported", "...")

Data only. The tests turn each case into a function of the names in it (see `tests/catalogue.py` for what they are) and
compare value and gradient with NumPy's; docs/supported.md is written from here.
"""

from __future__ import annotations

from collections.abc import Iterator

from adcompile.catalogue import arrays, elementwise, linear_algebra
from adcompile.catalogue.entries import Entry, Family, Refusal

__all__ = ["Entry", "Family", "Refusal", "families"]


def families() -> Iterator[Family]:
    """All families, in the order of docs/supported.md."""
    yield from (elementwise.FAMILY, elementwise.MATH, elementwise.SPECIAL)
    yield from (arrays.REDUCTIONS, arrays.SHAPES, arrays.SELECTION, arrays.SEQUENCES)
    yield from (linear_algebra.FAMILY, linear_algebra.SCIPY)
