"""Arguments that are stored into: those that overlap in memory are refused, and read-only ones.

    def f(x, y): x[1:] += y[:-1]; ...
    f(a, a)                       ValueError: `x` and `y` overlap in memory, and f stores into `x`: pass `y.copy()`

The program works on a copy of `x`, so `y` would not see what Python would have shown it. Nor would the other elements
of an array that lie where one of them is stored (`as_strided`, `broadcast_to`): the copy takes them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from adcompile.build import Build
from adcompile.frontend.captures import Reach
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure

# How many cases NumPy looks at before it gives up; the problem is NP-complete in the number of axes.
MAXIMUM_WORK = 100_000


def overlaps(one: object, other: object) -> bool:
    """Do two arrays share an element? True where that is too hard to tell."""
    if not isinstance(one, np.ndarray) or not isinstance(other, np.ndarray) or not np.may_share_memory(one, other):
        return False
    try:
        return bool(np.shares_memory(one, other, max_work=MAXIMUM_WORK))  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def overlaps_itself(array: object) -> bool:
    """Do two elements of an array lie in one place? True where that is too hard to tell.

    Not if the distance between neighbours along each axis is more than all shorter axes span together.
    """
    if not isinstance(array, np.ndarray) or array.flags.forc or not array.size:
        return False
    axes = sorted((abs(step), extent) for step, extent in zip(array.strides, array.shape, strict=True) if extent > 1)
    span = array.itemsize
    for step, extent in axes:
        if step < span:
            return not step or array.size > MAXIMUM_WORK or _repeats(array)
        span += step * (extent - 1)
    return False


def _repeats(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bool:
    """Are there two elements that are not an element's size apart? By looking at all of them."""
    places = np.zeros((), np.int64)
    for step, extent in zip(array.strides, array.shape, strict=True):
        places = np.add.outer(places, step * np.arange(extent))
    return bool(np.any(np.diff(np.sort(places, axis=None)) < array.itemsize))


def pairs(written: Iterable[int], arrays: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The positions to compare: each array that is stored into with every other, each pair once."""
    chosen = set(written)
    for one in arrays:
        for other in arrays:
            if one in chosen and other != one and not (other in chosen and other < one):
                yield one, other


def require_disjoint(build: Build, arguments: Mapping[str, Structure], leaves: Sequence[object], function: str) -> None:
    """Raise ValueError if two of what the entry takes overlap, or one overlaps itself, and it is stored into."""
    arrays = [k for k, leaf in enumerate(leaves) if isinstance(leaf, np.ndarray)]
    for one in build.written:
        if overlaps_itself(leaves[one]):
            name = leaf_names(build, arguments)[one]
            raise ValueError(
                f"`{name}` overlaps itself in memory: several of its elements lie in one place, and {function} stores "
                f"into it: pass `{name}.copy()`"
            )
    for one, other in pairs(build.written, arrays):
        if overlaps(leaves[one], leaves[other]):
            names = leaf_names(build, arguments)
            raise ValueError(
                f"`{names[one]}` and `{names[other]}` overlap in memory, and {function} stores into `{names[one]}`: "
                f"pass `{names[other]}.copy()`"
            )


def require_writable(build: Build, arguments: Mapping[str, Structure], leaves: Sequence[object], function: str) -> None:
    """Raise ValueError, as NumPy does, if the function stores into an array that is read-only."""
    for position in build.written:
        leaf = leaves[position]
        if isinstance(leaf, np.ndarray) and not leaf.flags.writeable:
            name = leaf_names(build, arguments)[position]
            raise ValueError(
                f"assignment destination is read-only: {function} stores into `{name}`, pass `{name}.copy()`"
            )


def leaf_names(build: Build, arguments: Mapping[str, Structure]) -> list[str]:
    """What the entry takes, as the user writes it: `w`, `layers[0].bias`."""
    found = [name for parameter, structure in arguments.items() for name in _names(parameter, structure)]
    return found + [name for reach, structure in build.captures for name in _names(_spelled(reach), structure)]


def _names(name: str, structure: Structure) -> Iterator[str]:
    match structure:
        case Leaf():
            yield name
        case Fixed():
            return
        case Node(kind=kind, keys=keys, children=children):
            for key, child in zip(keys or range(len(children)), children, strict=True):
                attribute = kind in ("dataclass", "namedtuple")
                yield from _names(f"{name}.{key}" if attribute else f"{name}[{key!r}]", child)


def _spelled(reach: Reach) -> str:
    text = reach.name
    for kind, key in reach.steps:
        text = f"{text}[{key!r}]" if kind == "item" else f"{text}.{key}"
    return text
