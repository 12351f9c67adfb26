"""Every function of the catalogue: its result, and the arguments, after a store through a flat view or copy of it.

A case `np.sort(x)` becomes

    def case(x):
        made = np.sort(x)
        flat = made.T.reshape(-1)
        flat[0] = 2
        return made.copy(), flat.copy(), x.copy()

for arguments in C and Fortran order, strided, reversed and with permuted axes: NumPy's values, or refused. Every 80th
program is run here, all of them with `ADCOMPILE_FULL`.
"""

from __future__ import annotations

import os
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
from tests.catalogue import Case, cases, defined
from tests.emitted import emit, structure_of
from tests.memory_orders import Array, same_strides

FULL = bool(os.environ.get("ADCOMPILE_FULL"))
OPTIONAL = sequence.OPTIONAL.union(IMPROVEMENTS)
WAYS = ("ravel()", "reshape(-1)", "T.reshape(-1)", "T.ravel()", "ravel('K')", "ravel('F')", "reshape(2, -1)[0]")
TEXT = """
def case({names}):
    made = {expression}
    flat = made.{way}
    flat[0] = 2
    return {results}
"""
PARTS = 4


def _strided(a: Array) -> Array:
    wide = np.zeros((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)
    wide[..., ::2] = a
    return wide[..., ::2]


def _with_last_axes_swapped(a: Array) -> Array:
    return np.ascontiguousarray(np.swapaxes(a, 0, -1)).swapaxes(0, -1) if a.ndim > 2 else _left_out(a)


def _left_out(a: Array) -> Array:
    wide = np.zeros(tuple(extent + 1 for extent in a.shape), a.dtype)
    inner = tuple(slice(1, None) for _ in a.shape)
    wide[inner] = a
    return wide[inner]


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "C": lambda a: a.copy(),
    "F": np.asfortranarray,
    "strided": _strided,
    "rows reversed": lambda a: a[::-1].copy()[::-1],
    "columns reversed": lambda a: a[..., ::-1].copy()[..., ::-1],
    "axes swapped, or left out": _with_last_axes_swapped,
}


def programs(case: Case) -> Iterator[tuple[str, Callable[..., Any], str]]:
    """A program for every array of the result, way and layout: what it is called, itself, the layout."""
    with np.errstate(all="ignore"):
        result = case.function()(*case.args())
    parts = enumerate(result) if isinstance(result, tuple | list) else [(None, result)]
    for number, part in parts:
        if not isinstance(part, np.ndarray) or not part.size or not part.ndim:
            continue
        for way in WAYS if part.ndim > 1 else ("ravel()", "reshape(-1)"):
            for layout in LAYOUTS:
                told = f"{case.text}[{number}].{way}, {layout}"
                if FULL or zlib.crc32(told.encode()) % 80 == 0:
                    yield told, _program(case, number, way), layout


def _program(case: Case, number: int | None, way: str) -> Callable[..., Any]:
    expression = f"({case.text})" + ("" if number is None else f"[{number}]")
    arrays = [name for name, value in zip(case.names, case.args(), strict=True) if isinstance(value, np.ndarray)]
    results = ", ".join(f"{name}.copy()" for name in ("made", "flat", *arrays))
    text = TEXT.format(names=", ".join(case.names), expression=expression, way=way, results=results)
    return defined(text, f"<stored {expression} {way}>")


def outcome(program: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """As in NumPy, raises as NumPy does, or refused."""
    expected = _run(lambda: program(*_fresh(args)))
    found = _run(lambda: _called(program, _fresh(args)))
    if isinstance(found, ad.InternalError):
        raise found
    if isinstance(found, ad.AdcompileError):
        return "refused"
    if isinstance(found, ValueError) and isinstance(expected, ValueError):
        return "raises"
    for each in (found, expected):
        if isinstance(each, Exception):
            raise each
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    return "right"


def _fresh(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(same_strides(a) if isinstance(a, np.ndarray) else a for a in args)


def _called(program: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    emitted = emit(program, args, mode="primal", disabled=OPTIONAL)
    arguments = {str(number): structure_of(a) for number, a in enumerate(args)}
    for check in (require_writable, require_disjoint):
        check(emitted.build, arguments, list(args), "program")
    return emitted.call(*args)[0]


def _run(compute: Callable[[], Any]) -> Any:
    with np.errstate(all="ignore"):
        try:
            return compute()
        except Exception as error:
            return error


@pytest.mark.parametrize("part", range(PARTS))
def test_stores_through_flat_views_of_results(part: int) -> None:
    found: Counter[str] = Counter()
    refused: list[str] = []
    wrong: list[str] = []
    for case in list(cases())[part::PARTS]:
        for told, program, layout in programs(case):
            args = tuple(LAYOUTS[layout](a) if isinstance(a, np.ndarray) else a for a in case.args())
            try:
                what = outcome(program, args)
            except Exception as error:
                what = "wrong"
                wrong.append(f"{told}: {type(error).__name__}: {error}")
            found[what] += 1
            refused += [told] if what == "refused" else []
    assert not wrong, "\n".join(wrong)
    assert len(refused) <= (0.3 if FULL else 0.4) * found.total(), refused
