"""Functions that are long or deep: right, or refused with a place."""

from __future__ import annotations

import linecache
import sys

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


def test_a_long_chain_of_comparisons():
    text = f"def chain(x):\n    return x * x if {' and '.join(f'x > {-k}.0' for k in range(1500))} else x\n"
    gradient = ad.value_and_grad(defined(text, "chain"), cache=False)
    assert gradient.py_func(1.5)(1.5) == (2.25, 3.0)
    assert gradient.py_func(1.5)(-1400.5) == (-1400.5, 1.0)


def test_comparisons_between_what_may_fail_are_not_evaluated_before():
    """The chain stops where Python's does, and its value is an operand."""

    def chain(x, n):
        found = 0 <= n and n < x.shape[0] and x[n] > 0.0 and n > 0 and n < 3 and x[n - 1]
        return found * x[0] if found else x[0]

    x = np.array([0.5, 2.0, -3.0])
    gradient = ad.grad(chain, cache=False).py_func(x, 1)
    np.testing.assert_array_equal(gradient(x, 1)[-1], [1.0, 0.0, 0.0])  # x[0] * x[0]
    for n in (-1, 0, 2, 3):
        np.testing.assert_array_equal(gradient(x, n)[-1], [1.0, 0.0, 0.0])


def test_operands_that_nest_deeper_than_python_reads():
    deep = defined(f"def deep(x):\n    return {' or '.join(f'(x - {k}.0)' for k in range(150))}", "deep")
    with pytest.raises(ad.UnsupportedError, match="nests too deeply") as caught:
        ad.grad(deep, cache=False).py_func(1.5)
    assert caught.value.location is not None


def test_threads_leave_the_limit_as_it_was():
    """One goes deeper before the other one is back."""
    limit = sys.getrecursionlimit()
    one, other = recursion.deep_recursion(), recursion.deep_recursion()
    one.__enter__()
    other.__enter__()
    assert sys.getrecursionlimit() >= recursion.DEEPEST
    one.__exit__(None, None, None)
    assert sys.getrecursionlimit() >= recursion.DEEPEST
    other.__exit__(None, None, None)
    assert sys.getrecursionlimit() == limit
