"""np.require: an array with a dtype, in a memory order, and what else is asked of it.

np.require(a, requirements="C")     np.asanyarray(a, order="C")
np.require(a, requirements="A")     a itself if it is aligned: known of what the program makes, not of arguments
"""

from __future__ import annotations

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import layouts, orders, reshaping
from adcompile.frontend.creation import asarray
from adcompile.frontend.iteration import items_of
from adcompile.frontend.surface import function
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import NONE, Abstract, ArrayValue, Static, describe

_FLAGS = {
    **dict.fromkeys(("C", "C_CONTIGUOUS", "CONTIGUOUS"), "C"),
    **dict.fromkeys(("F", "F_CONTIGUOUS", "FORTRAN"), "F"),
    **dict.fromkeys(("A", "ALIGNED"), "A"),
    **dict.fromkeys(("W", "WRITEABLE"), "W"),
    **dict.fromkeys(("O", "OWNDATA"), "O"),
    **dict.fromkeys(("E", "ENSUREARRAY"), "E"),
}


@function(np.require)
def require(t: Tracer, a: Abstract, dtype: Abstract = NONE, requirements: Abstract = NONE) -> Abstract:
    flags = _flags(requirements)
    if {"C", "F"} <= flags:
        raise ValueError('Cannot specify both "C" and "F" order')
    order = next((each for each in "CF" if each in flags), None)
    x = asarray(t, a, dtype, reshaping.KEEP_ORDER if order is None else Static(order))
    if not isinstance(x, ArrayValue):
        return reshaping.expect_array(t, x, "np.require")
    if "W" in flags and x.readonly:
        return reshaping.copied(t, x, Static("A" if order is None else order))
    given = x.view or x.buffer.owner in ("argument", "captured")
    if given and flags & {"A", "O"}:
        return layouts.reshape(t, x, x.dims, layouts.Kind.UNKNOWN, orders.plain(x))
    return x


def _flags(requirements: Abstract) -> set[str]:
    if requirements == NONE:
        return set()
    known = requirements.value if isinstance(requirements, Static) else None
    given = [*map(Static, known)] if isinstance(known, str) else items_of(requirements) or [requirements]
    names = [each.value.upper() for each in given if isinstance(each, Static) and isinstance(each.value, str)]
    if len(names) < len(given):
        raise UnsupportedError(
            f"the requirements must be strings, not {describe(requirements)}", None, 'Write `["C"]`.'
        )
    return {_FLAGS[name] for name in names}
