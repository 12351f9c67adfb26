"""One gradient called with arrays that lie in memory in all ways, in turn: each call is as NumPy has it."""

import numpy as np
import pytest

import adcompile as ad
from tests.memory_orders import same_strides


def _field(values, *, packed):
    """A field of records: not aligned if they are packed."""
    kind = np.dtype([("flag", np.uint8), ("number", np.float64)], align=not packed)
    records = np.zeros(values.shape, kind)
    records["number"] = values
    return records["number"]


def _odd(values):
    """An array that starts between two numbers."""
    return np.frombuffer(bytearray(b"." + values.tobytes()), offset=1).reshape(values.shape)


PLAIN = np.linspace(-1.3, 1.1, 12).reshape(3, 4)
LAYOUTS = {
    "C": PLAIN,
    "F": np.asfortranarray(PLAIN),
    "rows strided": np.repeat(PLAIN, 2, axis=0)[::2],
    "strided": np.repeat(PLAIN, 2, axis=1)[:, ::2],
    "field": _field(PLAIN, packed=False),
    "odd offset": _odd(PLAIN),
    "odd offset, F": _odd(PLAIN.T).T,
    "odd offset, strided": _odd(np.repeat(PLAIN, 2, axis=1))[:, ::2],
    "packed field": _field(PLAIN, packed=True),
}


def through_ravel(x):
    z = x.ravel()
    z[0] = 2.0 * x[0, 1]
    return np.sum(x * np.cos(x)) + z[0] * z[1]


def through_reshape(x):
    z = x.reshape(-1)
    z[0] = 2.0 * x[0, 1]
    return np.sum(x * np.cos(x)) + z[0] * z[1]


def differences(function, x):
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        near, far = (same_strides(x), same_strides(x))
        near[index] -= 1e-6
        far[index] += 1e-6
        found[index] = (function(far) - function(near)) / 2e-6
    return found


def check(g, function, x):
    value, gradient = g(x)
    np.testing.assert_allclose(value, function(same_strides(x)), rtol=1e-14)
    np.testing.assert_allclose(gradient, differences(function, x), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("first", LAYOUTS)
def test_every_layout_after_every_other(first, monkeypatch):
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    for second in LAYOUTS:
        g = ad.value_and_grad(through_ravel, cache=False)
        for name in (first, first, first, second, first, second):
            check(g, through_ravel, LAYOUTS[name])


def test_compiled():
    g = ad.value_and_grad(through_reshape, cache=False)
    for name in ("C", "F", "rows strided", "odd offset", "C", "rows strided"):
        check(g, through_reshape, LAYOUTS[name])
    for merges in (PLAIN[::-1, ::-1], LAYOUTS["strided"], LAYOUTS["field"]):
        with pytest.raises(ad.UnsupportedError, match="contiguous by chance"):
            g(merges)


@pytest.mark.parametrize("name", ["packed field", "odd offset, strided"])
def test_what_is_not_known_is_refused(name):
    with pytest.raises(ad.UnsupportedError, match="view or a copy"):
        ad.grad(through_reshape, cache=False)(LAYOUTS[name])
