"""Functions that are long or deep: right, or refused with a place."""

from __future__ import annotations

import linecache

import numpy as np
import pytest

import adcompile as ad
from adcompile import recursion


def defined(text, name):
    """A function from text; the source stands in `linecache`."""
    file = f"<{name} of {len(text)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = {}
    exec(compile(text, file, "exec"), namespace)
    return namespace[name]


def test_a_long_chain_of_operators():
    chain = defined(f"def chain(x):\n    return {' + '.join(['x'] * 1500)}", "chain")
    assert ad.value_and_grad(chain, cache=False).py_func(1.5)(1.5) == (2250.0, 1500.0)


def test_what_nests_too_deeply_is_refused(monkeypatch):
    monkeypatch.setattr(recursion, "DEEPEST", 0)
    chain = defined(f"def chain(x):\n    return {' + '.join(['x'] * 1400)}", "chain")
    with pytest.raises(ad.UnsupportedError, match="`chain` nests too deeply") as caught:
        ad.grad(chain, cache=False).py_func(1.5)
    assert caught.value.location is not None
    assert caught.value.location.line == 1


def test_many_arguments():
    names = [f"a{k}" for k in range(500)]
    text = f"def many({', '.join(names)}):\n    return {' + '.join(f'{each} * {each}' for each in names)}"
    gradient = ad.grad(defined(text, "many"), argnums=499, cache=False)
    args = [float(k) for k in range(500)]
    assert gradient.py_func(*args)(*args)[-1] == 998.0


def doubled(x):
    return 2.0 * x


doubled.__module__ = None  # type: ignore[assignment]


def test_a_function_of_no_module():
    assert ad.grad(lambda x: doubled(x) * x, cache=False).py_func(3.0)(3.0)[-1] == 12.0


def maybe(x):
    if x > 0:
        return x * 2.0


def test_none_on_some_paths():
    with pytest.raises(ad.UnsupportedError, match="returns None on some paths") as caught:
        ad.grad(maybe, cache=False).py_func(np.float64(1.5))
    assert caught.value.location is not None
