"""Buffers kept from one call of a program to the next (`workspace=True`).

    kernel = reusing(buffers, entry, maker, types)
    kernel(x, w)              entry(x, w, *maker(x)), with the arrays of an earlier call if the sizes are the same

A call takes a set of buffers out of the pool and puts it back at its end, so calls that run at once never share one.
What is kept is as many sets as calls ran at once, of the sizes that were used last. Nothing that a program returns lies
in a buffer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompile.build import Buffers

Sizes = tuple[object, ...]
Arrays = Sequence[object]


class Pool:
    """Sets of buffers that no call is using, found by the sizes they were made for."""

    def __init__(self) -> None:
        self._free: list[tuple[Sizes, Arrays]] = []
        self._in_use = 0
        self._most = 0
        self._lock = threading.Lock()

    def take(self, sizes: Sizes) -> Arrays | None:
        """A set for these sizes, or None if one must be made. Either way the caller gives one back, or says `lost`."""
        with self._lock:
            self._in_use += 1
            self._most = max(self._most, self._in_use)
            for position in reversed(range(len(self._free))):
                if self._free[position][0] == sizes:
                    return self._free.pop(position)[1]
            # Memory of another size is let go before more is asked for.
            del self._free[: len(self._free) + self._in_use - self._most]
            return None

    def give(self, sizes: Sizes, arrays: Arrays) -> None:
        """A call has ended."""
        with self._lock:
            self._in_use -= 1
            self._free.append((sizes, arrays))

    def lost(self) -> None:
        """A call has failed, and its set is not kept."""
        with self._lock:
            self._in_use -= 1


def reusing(buffers: Buffers, entry: Callable[..., Any], maker: Callable[..., Arrays]) -> Callable[..., Any]:
    """The entry without its last arguments. `maker` runs as plain Python: it only allocates."""
    takes, pool = buffers.takes, Pool()

    def kernel(*leaves: object) -> Any:
        taken = [leaves[position] for position in takes]
        sizes = tuple([each.shape if isinstance(each, np.ndarray) else int(each) for each in taken])  # type: ignore[call-overload]
        arrays = pool.take(sizes)
        try:
            if arrays is None:
                arrays = maker(*[each if isinstance(each, np.ndarray) else int(each) for each in taken])  # type: ignore[call-overload]
            results = entry(*leaves, *arrays)
        except BaseException:
            pool.lost()
            raise
        pool.give(sizes, arrays)
        return results

    return kernel
