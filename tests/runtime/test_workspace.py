"""`workspace=True` and `out=`: what is the same memory from call to call, and what never is."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime.workspace import Pool

CALLS = 4  # the wrapper is made at the second call and used from the third on


def smoothing(x, w, steps):
    u = np.tanh(x * w)
    for _ in range(steps):
        for i in range(1, u.shape[0]):
            u[i] = np.sin(u[i - 1]) * u[i]
    return np.sum(u)


def arguments(size=6):
    return np.linspace(0.5, 1.0, size), np.linspace(1.0, 2.0, size)


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def made_buffers(monkeypatch, program):
    """Calls of the pool for which no buffers were free."""
    asked = []
    take = Pool.take

    def counting(self, sizes):
        found = take(self, sizes)
        asked.append(found is None)
        return found

    monkeypatch.setattr(Pool, "take", counting)
    return asked


def test_buffers_are_made_once_and_gradients_every_time(monkeypatch):
    asked = made_buffers(monkeypatch, smoothing)
    x, w = arguments()
    plain = ad.grad(smoothing, argnums=(0, 1))(x, w, 3)
    g = ad.grad(smoothing, argnums=(0, 1), workspace=True)
    given = [g(x, w, 3) for _ in range(CALLS)]
    for gradients in given:
        assert_same(gradients, plain)
    arrays = [array for gradients in given for array in gradients]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k])
    assert asked == [True] + [False] * (CALLS - 1)


def test_other_sizes_get_other_buffers(monkeypatch):
    asked = made_buffers(monkeypatch, smoothing)
    g, plain = ad.grad(smoothing, workspace=True), ad.grad(smoothing)
    for size, steps in ((6, 3), (9, 3), (9, 5), (2, 0), (6, 3)):
        x, w = arguments(size)
        np.testing.assert_array_equal(g(x, w, steps), plain(x, w, steps))
    assert asked == [True] * 5


def test_threads_never_share_buffers():
    g, plain = ad.grad(smoothing, workspace=True), ad.grad(smoothing)
    inputs = [(*arguments(200 + 50 * (k % 2)), 20 + k % 3) for k in range(24)]
    expected = [plain(x * (1 + k), w, steps) for k, (x, w, steps) in enumerate(inputs)]
    start = threading.Barrier(8)

    def work(_):
        start.wait()
        return [g(x * (1 + k), w, steps) for k, (x, w, steps) in enumerate(inputs)]

    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(work, range(8)):
            assert_same(found, expected)


def test_a_pool_keeps_as_many_sets_as_were_used_at_once():
    pool = Pool()
    assert pool.take((1,)) is None
    assert pool.take((1,)) is None
    pool.give((1,), ["a"])
    pool.give((1,), ["b"])
    assert pool.take((1,)) == ["b"]
    pool.give((1,), ["b"])
    assert pool.take((2,)) is None
    pool.give((2,), ["c"])
    assert pool.take((1,)) == ["b"]
    assert pool.take((1,)) is None
    pool.lost()
    pool.lost()
    assert pool.take((2,)) is None
    pool.give((2,), ["d"])
    assert pool.take((2,)) == ["d"]


def fails_late(x, k):
    y = x * 2.0
    y[k] = 1.0
    return np.sum(y * y)


def test_after_an_error_the_next_call_is_right():
    g = ad.grad(fails_late, workspace=True)
    x = np.arange(4.0)
    expected = [0.0, 0.0, 16.0, 24.0]
    for _ in range(CALLS):
        np.testing.assert_array_equal(g(x, 1), expected)
        with pytest.raises(IndexError, match="index 9 is out of bounds"):
            g(x, 9)


def square_table(x, n):
    table = np.zeros((n, n))
    table[0, 0] = x
    for i in range(1, n):
        table[i, 0] = table[i - 1, 0] * x
    return table[n - 1, 0]


def test_a_buffer_that_does_not_fit_in_memory_is_named():
    g = ad.grad(square_table, workspace=True)
    assert g(2.0, 3) == 12.0
    with pytest.raises(MemoryError, match=r"`table` takes 8796093022208000000 bytes"):
        g(2.0, 1048576000)


# -- out=


@dataclass
class Layer:
    w: np.ndarray
    b: float


def network(x, layer, scale):
    return np.sum(np.tanh(x * layer.w + layer.b)) * scale["a"]


def test_arrays_are_filled_and_returned():
    # Without vector math `tanh` is NumPy's, to the last bit.
    x, w = arguments()
    expected = ad.grad(smoothing, argnums=("w", "x"), vector_math=False)(x, w, 3)
    g = ad.grad(smoothing, argnums=("w", "x"), vector_math=False)
    w_bar, x_bar = np.full(6, np.nan), np.full(6, np.nan)
    for _ in range(CALLS):
        found = g(x, w, 3, out=(w_bar, x_bar))
        assert found[0] is w_bar
        assert found[1] is x_bar
        assert_same(found, expected)
        assert_same(g(x, w, 3), expected)
    value, found = g.value_and_grad(x, w, 3, out=(None, x_bar))
    assert value == smoothing(x, w, 3)
    assert found[1] is x_bar
    assert found[0] is not w_bar
    assert_same(found, expected)


def test_a_bare_gradient_takes_a_bare_array():
    x, w = arguments()
    expected = ad.grad(smoothing)(x, w, 3)
    g = ad.value_and_grad(smoothing, workspace=True)
    x_bar = np.empty(6)
    for _ in range(CALLS):
        assert g(x, w, 3, out=x_bar)[1] is x_bar
        np.testing.assert_array_equal(x_bar, expected)
        x_bar[...] = np.nan


def test_trees_are_filled_and_numbers_returned():
    x, layer, scale = np.arange(3.0), Layer(np.ones(3), 0.5), {"a": 2.0}
    g = ad.grad(network, argnums=(1, 2, 0))
    expected = g(x, layer, scale)
    w_bar, x_bar = np.empty(3), np.empty(3)
    for _ in range(CALLS):
        of_layer, of_scale, of_x = g(x, layer, scale, out=(Layer(w_bar, None), None, x_bar))
        assert of_layer.w is w_bar
        assert of_x is x_bar
        assert (of_layer.b, of_scale) == (expected[0].b, expected[1])
        assert_same((w_bar, x_bar), (expected[0].w, expected[2]))


def product(a, b, v):
    return np.sum((a @ b) @ v), a * 1.0


def test_results_of_library_calls_and_auxiliary_results():
    rng = np.random.default_rng(0)
    a, b, v = rng.normal(size=(3, 4)), np.asfortranarray(rng.normal(size=(4, 2))), rng.normal(size=2)
    g = ad.grad(product, argnums=(0, 1, 2), has_aux=True)
    expected, _ = g(a, b, v)
    out = tuple(np.empty(each.shape) for each in (a, b, v))
    for _ in range(CALLS):
        found, aux = g(a, b, v, out=out)
        assert [id(each) for each in found] == [id(each) for each in out]
        assert_same(found, expected)
        np.testing.assert_array_equal(aux, a)


class Model:
    def __init__(self, weight):
        self.weight = weight

    @ad.grad
    def loss(self, x):
        return np.sum(self.weight * x * x)


def test_methods_fill_too():
    x, x_bar = np.arange(3.0), np.empty(3)
    for weight in (1.0, 2.0, 3.0, 4.0):
        assert Model(weight).loss(x, out=x_bar) is x_bar
        np.testing.assert_array_equal(x_bar, 2.0 * weight * x)


def read_only(array):
    array.flags.writeable = False
    return array


X, W = arguments()
REFUSED = [
    (lambda: np.empty(6), TypeError, "`out` must be a tuple of 2, as the gradient is; it is a ndarray"),
    (lambda: (np.empty(6),), TypeError, "`out` must be a tuple of 2, as the gradient is; it is a tuple"),
    (lambda: (np.empty(6), [0.0]), TypeError, "`out[1]` must be an array or None; it is a list"),
    (lambda: (np.empty(5), None), ValueError, "`out[0]` must have the shape (6,) of the gradient; it has (5,)"),
    (lambda: (np.empty((6, 1)), None), ValueError, "`out[0]` must have the shape (6,) of the gradient; it has (6, 1)"),
    (lambda: (np.empty(6, "f4"), None), ValueError, "`out[0]` must have the dtype float64 of the gradient"),
    (lambda: (None, np.empty(6, ">f8")), ValueError, "`out[1]` must have the dtype float64 of the gradient"),
    (lambda: (np.empty(12)[::2], None), ValueError, "`out[0]` must be C-contiguous: pass np.empty((6,)) or None"),
    (lambda: (read_only(np.empty(6)), None), ValueError, "`out[0]` is read-only, so no gradient can be written to it"),
    (lambda: (X, None), ValueError, "`out[0]` and `x` overlap in memory: pass an array of its own"),
    (lambda: (None, X), ValueError, "`out[1]` and `x` overlap in memory: pass an array of its own"),
    (lambda: [W, None], ValueError, "`out[0]` and `w` overlap in memory: pass an array of its own"),
]


@pytest.mark.parametrize(("out", "kind", "message"), REFUSED)
def test_what_cannot_be_filled_is_refused_in_every_call(out, kind, message):
    g = ad.grad(smoothing, argnums=(0, 1))
    for called in range(CALLS):
        given = out()
        with pytest.raises(kind) as caught:
            g(X, W, 3, out=given)
        assert message in str(caught.value)
        if called == 0:
            for _ in range(CALLS):
                g(X, W, 3, out=(np.empty(6), np.empty(6)))


def test_arrays_of_one_memory_are_refused():
    g = ad.grad(smoothing, argnums=(0, 1))
    both = np.empty(9)
    for _ in range(CALLS):
        g(X, W, 3, out=(np.empty(6), np.empty(6)))
    with pytest.raises(ValueError, match=r"`out\[1\]` and `out\[0\]` overlap in memory"):
        g(X, W, 3, out=(both[:6], both[3:]))


def test_numbers_cannot_be_filled():
    g = ad.grad(lambda x, a: np.sum(x) * a, argnums=(0, 1))
    assert g(np.ones(2), 3.0, out=(np.empty(2), None))[1] == 2.0
    for a, told in ((3.0, "a number"), (np.array(3.0), "an array without axes")):
        with pytest.raises(TypeError, match=rf"`out\[1\]` must be None: the gradient is {told} there"):
            g(np.ones(2), a, out=(np.empty(2), np.zeros(())))


def test_a_parameter_of_this_name_is_the_functions_own():
    def weighted(x, out):
        return np.sum(x * out)

    def forwarding(x, **options):
        return np.sum(x * options["out"])

    for function in (weighted, forwarding):
        g = ad.grad(function)
        for _ in range(CALLS):
            np.testing.assert_array_equal(g(X, out=W), W)


def test_none_is_no_array():
    g = ad.grad(smoothing)
    for _ in range(CALLS):
        np.testing.assert_array_equal(g(X, W, 3, out=None), g(X, W, 3))


def test_captured_arrays_count_as_arguments():
    held = np.ones(6)
    g = ad.grad(lambda x: np.sum(x * held))
    for _ in range(CALLS):
        with pytest.raises(ValueError, match="`out` and `held` overlap in memory"):
            g(X, out=held)
        np.testing.assert_array_equal(g(X, out=np.empty(6)), held)


def test_without_compiling(monkeypatch):
    import numba

    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    x_bar = np.full(6, np.nan)
    plain = ad.grad(smoothing, cache=False)(X, W, 4)
    g = ad.grad(smoothing, cache=False, workspace=True)
    for _ in range(CALLS):
        np.testing.assert_allclose(g(X, W, 4), plain)
        assert g(X, W, 4, out=x_bar) is x_bar
        np.testing.assert_allclose(x_bar, plain)


def test_inspection_shows_the_arguments_of_the_program():
    g = ad.grad(smoothing, workspace=True)
    assert "def smoothing_grad_workspace(x, steps):" in g.adjoint_source(X, W, 3)
    np.testing.assert_allclose(g.py_func(X, W, 3)(X, W, 3)[1], ad.grad(smoothing)(X, W, 3))
    g(X, W, 3)
    g(X, W, 3, out=np.empty(6))
    assert len(g.signatures) == 1
