"""Copies of arrays that are not needed any more: elided, and only those."""

import numpy as np
import pytest

from adcompile.ir.builder import Builder
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import For, Function, Region, Value, integer, real
from adcompile.ir.types import FLOAT, INT, Array
from adcompile.ir.verify import verify
from adcompile.ops import memory
from adcompile.passes.elide_copies import elide_copies
from tests.emitted import emit
from tests.oracles import dual_gradient


def both_written(x, y):
    """Two arguments that are written to: both are copied on entry, and so are their cotangents in the end."""
    x[1:] = 0.5 * x[1:] * y[:-1]
    y[0] = x[1] * x[2]
    x[0] = y[0] * y[1]
    return np.sum(x * y)


def kept(x):
    """The copy and what it is a copy of are both returned."""
    y = np.empty(x.shape[0])
    z = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        y[i] = np.sin(x[i])
    for i in range(x.shape[0]):
        z[i] = y[i]
    z[0] = 2.0 * y[1]
    return y, z


def partly(x):
    """A part of an array is copied: the others are zero."""
    y = np.sin(x)
    z = np.zeros(x.shape[0])
    for i in range(1, x.shape[0]):
        z[i] = y[i]
    z[2] = z[1] * z[1]
    return np.sum(z * z)


def rebound(x):
    """The copy is written to, and its source read once more."""
    y = np.sin(x)
    z = y.copy()
    z[0] = z[1] * 3.0
    return np.sum(z * y)


def renamed(x):
    """The source is stored into by another name after it was copied."""
    y = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        y[i] = np.sin(x[i])
    r = y.reshape(1, x.shape[0])
    z = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        z[i] = y[i]
    r[0, 0] = 5.0 * x[1]
    return np.sum(z * z) + np.sum(r * r * r)


PROGRAMS = [(renamed, 1), (both_written, 2), (kept, 1), (partly, 1), (rebound, 1)]


@pytest.mark.parametrize("disabled", [frozenset(), frozenset(("elide_copies",))], ids=["on", "off"])
@pytest.mark.parametrize(("function", "count"), PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))
def test_gradients(function, count, disabled):
    rng = np.random.default_rng(3)
    args = tuple(rng.normal(size=5) for _ in range(count))
    value = function(*(arg.copy() for arg in args))
    cotangents = [rng.normal(size=5) for _ in value] if isinstance(value, tuple) else []
    emitted = emit(function, args, mode="vjp" if cotangents else "grad", disabled=disabled)
    values, gradients = emitted.call(*args, cotangents=cotangents)
    for computed, plain in zip(values, value if isinstance(value, tuple) else [value], strict=True):
        np.testing.assert_allclose(computed, plain, rtol=1e-14)
    exact = dual_gradient(function, args, cotangents=cotangents or [1.0])
    for computed, reference in zip(gradients, exact, strict=True):
        np.testing.assert_allclose(computed, reference, rtol=1e-12)


def test_cotangents_of_copied_arguments_are_not_copied_back():
    args = (np.ones(5), np.ones(5))
    text = emit(both_written, args).build.text
    copied = emit(both_written, args, disabled=frozenset(("elide_copies", "overwrite"))).build.text
    assert "x_1_bar" not in text and "y_1_bar" not in text
    assert "x_1_bar" in copied and "y_1_bar" in copied


def copying(*, by_another_name):
    """y = x + 0; z = y; then 7.0 is stored into y by another name of it, or not; z is returned."""
    b = Builder()
    x = Value(Array("float64", 1), "x")
    n = b.apply(memory.dim, x, type=INT, axis=0)
    y, z = (b.apply(memory.alloc, n, type=x.type, hint=hint, fill="empty") for hint in "yz")
    r = b.apply(memory.reshape, y, n, type=x.type, hint="r")
    for source, copy in ((x, y), (y, z)):
        region = Region((Value(INT),))
        with b.into(region):
            moved = b.apply(memory.load, source, region.params[0], type=FLOAT)
            b.effect(memory.store, copy, region.params[0], moved)
        b.for_((integer(0), n, integer(1)), (), region, order_free=True)
    if by_another_name:
        b.effect(memory.store, r, integer(0), real(7.0))
    b.region.params, b.region.yields = (x,), (z,)
    return Function("copying", b.region)


@pytest.mark.parametrize("by_another_name", [False, True])
def test_names_of_the_source_count_as_the_source(by_another_name):
    function = elide_copies(copying(by_another_name=by_another_name))
    assert verify(function) == []
    (copied,) = run(function, [np.arange(3.0)])
    np.testing.assert_array_equal(copied, [0.0, 1.0, 2.0])
    loops = sum(isinstance(stmt, For) for stmt in function.region.body)
    assert loops == (2 if by_another_name else 1)
