"""Which arguments of a function of NumPy or SciPy are arrays: there a list is what `np.asarray` makes of it.

np.maximum([x, 1.0], y)          np.maximum(np.asarray([x, 1.0]), y)
np.concatenate([[x], (y, z)])    each of the parts
np.zeros([2, 3])                 a shape stays a list
x - [0.1, 0.2]                   beside an array too

The parameters of builders have NumPy's names, and NumPy uses a name alike everywhere: `tests/test_catalogue.py`
compares these with what NumPy documents as `array_like`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from adcompile.frontend.needs import NeedsStatic
from adcompile.frontend.values import Abstract, ArrayValue, Number, Range, Sequence, Static

_ARRAYS = """
    A B a a1 a2 a_max a_min ar args arr array ary atol b base bins condition default dst f fill_value fp indices m
    operands rtol src start stop v val values varargs weights where x x1 x2 xi xp y
"""
ARRAYS = frozenset(_ARRAYS.split())
# Sequences of arrays.
SEVERAL = frozenset({"arrays", "arrs", "tup"})
# What decides which program it is: an axis, a norm, how many parts.
_NAMES = "axis axis1 axis2 axisa axisb axisc axes destination indices_or_sections ord source trans"
KNOWN = frozenset(_NAMES.split())
_KNOWN_OF = frozenset({("np.linalg.cond", "p"), ("np.rollaxis", "start")})
_LIBRARIES = ("np", "scipy", "ndarray")
# These look at the list itself.
_TAKE_LISTS = frozenset({"np.array", "np.asarray", "np.arange", "np.array_split"})


def as_arrays(name: str, bound: inspect.BoundArguments, asarray: Callable[[Abstract], Abstract]) -> None:
    """Make arrays of the lists among the arguments of a function that is spelled `name`."""
    if name.partition(".")[0] not in _LIBRARIES or name in _TAKE_LISTS:
        return
    for parameter, value in bound.arguments.items():
        if isinstance(value, tuple) and parameter in ARRAYS:
            bound.arguments[parameter] = tuple(asarray(each) if _is_list(each) else each for each in value)
        elif parameter in ARRAYS and _is_list(value):
            bound.arguments[parameter] = asarray(value)
        elif parameter in SEVERAL and isinstance(value, Sequence) and not value.grown:
            items = [asarray(each) if _is_list(each) else each for each in value.items]
            bound.arguments[parameter] = Sequence(value.kind, items)


def require_known(name: str, bound: inspect.BoundArguments) -> None:
    """An int that must be known is made so, the captured one, the trip of a loop that is unrolled, or is refused."""
    if name.partition(".")[0] not in _LIBRARIES:
        return
    for parameter, value in bound.arguments.items():
        if parameter in KNOWN or (name, parameter) in _KNOWN_OF:
            for number in _numbers(value):
                raise NeedsStatic(f"`{parameter}` of `{name}`", number.operand)


def _numbers(value: Abstract) -> Iterator[Number]:
    if isinstance(value, Number):
        yield value
    elif isinstance(value, Sequence):
        for each in value.items:
            yield from _numbers(each)


def beside_arrays(
    left: Abstract, right: Abstract, asarray: Callable[[Abstract], Abstract], *, repeats: bool = False
) -> tuple[Abstract, Abstract]:
    """The operands of an operator, a list beside an array as an array. A NumPy number `repeats` a list by `*`."""
    if _is_numpy(left, repeats=repeats) and _is_list(right):
        return left, asarray(right)
    if _is_list(left) and _is_numpy(right, repeats=repeats):
        return asarray(left), right
    return left, right


def _is_numpy(value: Abstract, *, repeats: bool) -> bool:
    if isinstance(value, Number):
        return not (repeats or value.weak or value.mixed)
    return isinstance(value, ArrayValue)


def _is_list(value: Abstract) -> bool:
    return isinstance(value, Sequence | Range) or (isinstance(value, Static) and isinstance(value.value, (tuple, list)))
