"""Items of tuples and lists at an index that is not known when the function is compiled.

rates = (0.1, 0.2, 0.5)
s += rates[k % 3] * x[k]           the loop is unrolled if its trips are known; else

if k % 3 == 0: rate = 0.1          one of the items is chosen when the program runs
elif k % 3 == 1: ...
"""

from __future__ import annotations

from collections.abc import Callable

from adcompile.frontend import lists, shapes
from adcompile.frontend.control import fork
from adcompile.frontend.emitter import where
from adcompile.frontend.ints import ZERO
from adcompile.frontend.needs import Choosing, NeedsStatic
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Abstract, Number, Sequence, describe
from adcompile.ir.nodes import Operand, integer
from adcompile.ops import scalar

# The items among which to choose.
MOST = 16


def chosen(t: Tracer, owner: Sequence, key: Abstract) -> Abstract:
    """owner[key]"""
    index = _index(t, owner, key)
    return owner.items[index] if isinstance(index, int) else _one_of(t, owner.items, index)


def put(t: Tracer, owner: Sequence, key: Abstract, value: Abstract) -> None:
    """owner[key] = value"""
    index = _index(t, owner, key)
    if isinstance(index, int):
        owner.items[index] = value
        return
    for k, old in enumerate(owner.items):
        here = t.ints.compare(scalar.eq, index, integer(k))
        owner.items[k] = fork(t, here, _giving(value), _giving(old))


def _index(t: Tracer, owner: Sequence, key: Abstract) -> int | Operand:
    """The index: known, or a checked one from 0 on. Raises NeedsStatic unless it was found that it cannot be known."""
    what = f"the index of {describe(owner)}"
    if not isinstance(key, Number):
        return shapes.static_int(key, what)
    site = t.builder.loc
    if site is None or t.remedies.get(site) != Choosing(site) or len(owner.items) > MOST:
        needs = NeedsStatic(what, key.operand)
        if len(owner.items) > MOST:
            needs.remedy = lists.remedy(owner, [])
        elif site is not None:
            needs.remedy = Choosing(site)
        raise needs
    count = integer(len(owner.items))
    index = t.integer(key, what)
    if not t.ints.is_nonnegative(index):
        negative = t.ints.compare(scalar.lt, index, ZERO)
        index = t.ints.select(negative, t.ints.add(index, count), index)
    for ok in (t.ints.compare(scalar.ge, index, ZERO), t.ints.compare(scalar.lt, index, count)):
        t.require(ok, error="IndexError", message=f"{owner.kind} index out of range{where(t)}")
    return index


def _one_of(t: Tracer, items: list[Abstract], index: Operand) -> Abstract:
    result = items[-1]
    for k in range(len(items) - 2, -1, -1):
        here = t.ints.compare(scalar.eq, index, integer(k))
        result = fork(t, here, _giving(items[k]), _giving(result))
    return result


def _giving(value: Abstract) -> Callable[[], Abstract]:
    return lambda: value
