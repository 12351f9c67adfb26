"""Views and copies by memory order: every order, every way to take a view or a copy, stores on either side.

A program gives NumPy's value on an argument with the same strides, raises what NumPy raises, or is refused; every
eighth is differentiated and checked against differences. Each pair of order and way is run with one kind of store,
another one for the next pair, so that all meet.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import adcompile as ad
from adcompile.ad.reverse import IMPROVEMENTS
from adcompile.passes import sequence
from adcompile.runtime.overlap import require_disjoint, require_writable
from adcompile.runtime.trees import aligned
from tests.emitted import emit, structure_of
from tests.memory_orders import ARGUMENTS, COMPUTED, HOW, Array, computed, same_strides, stored, weighted

OPTIONAL = sequence.OPTIONAL.union(IMPROVEMENTS)
Program = Callable[[Array], Any]


def outcome(program: Program, a: Array, mode: str) -> str:
    """Right, raises as NumPy does, or refused; anything else is an error."""
    expected = _run(lambda: program(same_strides(a)))
    found = _run(lambda: _called(program, a, mode))
    if isinstance(found, ad.InternalError):
        raise found
    if isinstance(found, ad.AdcompileError):
        return "refused"
    if isinstance(found, ValueError | IndexError) and isinstance(expected, ValueError | IndexError):
        return "raises"  # a store that can never be is found before the program runs, so perhaps before another error
    if isinstance(expected, ValueError) and not a.size:
        return "right"  # a store of no elements into a view that is read-only, here a copy
    for each in (found, expected):
        if isinstance(each, Exception):
            raise each
    values, gradients = found
    np.testing.assert_allclose(values[0], expected, rtol=1e-11, atol=1e-12)
    if mode == "grad" and not (0 in a.strides and a.size > 1):
        np.testing.assert_allclose(gradients[0], _differences(program, a), rtol=1e-5, atol=1e-6)
    return "right"


def _called(program: Program, a: Array, mode: str) -> Any:
    emitted = emit(program, (a,), mode=mode, disabled=OPTIONAL)
    for check in (require_writable, require_disjoint):
        check(emitted.build, {"x": structure_of(a)}, [a], "program")
    return emitted.call(aligned(a))


def _run(compute: Callable[[], Any]) -> Any:
    """The result, or what is raised."""
    with np.errstate(all="ignore"):
        try:
            return compute()
        except Exception as error:
            return error


def _differences(program: Program, a: Array) -> Array:
    """Extrapolated central differences, on arguments with the same strides."""

    def at(index: tuple[int, ...], step: float) -> Any:
        moved = same_strides(a)
        moved.flags.writeable = True
        moved[index] += step
        moved.flags.writeable = a.flags.writeable
        return program(moved)

    found = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        near, far = (at(index, h) - at(index, -h) for h in (1e-3, 2e-3))
        found[index] = (8.0 * near - far) / 12e-3
    return found


def _chosen(name: str) -> Iterator[tuple[str, Program, str]]:
    start = list(ARGUMENTS).index(name)
    for number, (how_name, how) in enumerate(HOW.items(), start):
        kinds = stored(how)
        kind = list(kinds)[number % len(kinds)]
        yield f"{how_name}, {kind}", kinds[kind], "primal" if zlib.crc32(f"{name} {how_name}".encode()) % 8 else "grad"


@pytest.mark.parametrize("name", ARGUMENTS)
def test_stores_and_memory_orders(name: str) -> None:
    found: Counter[str] = Counter()
    refused: list[str] = []
    for told, program, mode in _chosen(name):
        try:
            what = outcome(program, ARGUMENTS[name], mode)
        except Exception as error:
            raise AssertionError(f"{told}: {error}") from error
        found[what] += 1
        refused += [told] if what == "refused" else []
    # The program gets a copy of what is strided and not aligned, so it cannot look at the distances.
    limit = 0.2 if name in ("unaligned, columns left out", "packed field") else 0.15
    assert len(refused) <= limit * found.total(), refused


@pytest.mark.parametrize("make", COMPUTED)
def test_computed_arrays_lie_as_in_numpy(make: str) -> None:
    for name in ("C", "square F", "transposed", "columns left out", "row", "3-D", "3-D permuted"):
        for how in ("ravel", "T.ravel"):
            a = ARGUMENTS[name]
            try:
                outcome(computed(COMPUTED[make], HOW[how]), a, "primal")
            except Exception as error:
                raise AssertionError(f"{name}, {how}: {error}") from error


@pytest.mark.parametrize("name", ["vector", "vector reversed", "vector strided", "F", "C"])
def test_a_spread_stored_into_a_ravel(name: str) -> None:
    def program(x: Array) -> Any:
        z = x.ravel()
        z[...] = np.std(x, axis=-1, keepdims=True).sum()
        return np.sum(np.tanh(x) * x) + weighted(np.tanh(z) * 0.67)

    assert outcome(program, ARGUMENTS[name], "grad") == "right"
