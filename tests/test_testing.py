"""`check_grads` passes right gradients, and says precisely what is wrong with wrong ones."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import adcompile as ad
from adcompile import testing
from adcompile.testing import check_grads

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


class Pair(NamedTuple):
    left: np.ndarray
    right: float


@dataclasses.dataclass
class Model:
    weights: np.ndarray
    size: int


def quadratic(x: np.ndarray, scale: float) -> float:
    return scale * np.sum(x * x)


def with_adjoint(monkeypatch: pytest.MonkeyPatch, compute: Callable[..., tuple[Any, list[Any]]]) -> None:
    """Let `compute(*arguments)` stand for the compiled program: it returns a value and a gradient per float leaf."""
    monkeypatch.setattr(testing, "_adjoint", lambda primal, arguments, result, cotangents: compute(*arguments))


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda pair, x, n: np.sum((x @ pair.left + pair.right) ** n), (Pair(np.array([0.5, -1.0, 2.0]), 0.3), X, 2)),
        (lambda x, s: (x * s, (3, s * s)), (X, 2.0)),
        (ad.grad(lambda x: np.sum(np.sin(x) * x)), (X.astype(np.float32),)),
    ],
    ids=["containers", "several results", "decorated, single precision"],
)
def test_compiled_gradients_pass(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args)


def test_right_gradient_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    with_adjoint(monkeypatch, lambda x, s: (quadratic(x, s), [2 * s * x, np.sum(x * x)]))
    check_grads(quadratic, (X, 3.0))


def test_wrong_element_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(x: np.ndarray, s: float) -> tuple[float, list[Any]]:
        gradient = 2 * s * x
        gradient[1, 2] += 0.5
        gradient[0, 0] += 0.001
        return quadratic(x, s), [gradient, np.sum(x * x)]

    with_adjoint(monkeypatch, wrong)
    with pytest.raises(AssertionError) as caught:
        check_grads(quadratic, (X, 3.0))
    message = str(caught.value)
    assert "gradient of quadratic: 2 of 7 elements are off" in message
    assert "argument `x`[1, 2]" in message
    assert "adjoint      -4.0" in message
    assert re.search(r"off by +0\.5 \(tolerance", message)


def test_tolerances_are_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    with_adjoint(monkeypatch, lambda x, s: (quadratic(x, s), [2 * s * x * 1.001, np.sum(x * x)]))
    check_grads(quadratic, (X, 3.0), rtol=1e-2)
    with pytest.raises(AssertionError, match="argument `x`"):
        check_grads(quadratic, (X, 3.0), rtol=1e-4, atol=1e-6)


def test_nan_in_gradient_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    with_adjoint(monkeypatch, lambda x, s: (quadratic(x, s), [2 * s * x, np.nan]))
    with pytest.raises(AssertionError, match="1 of 7 elements are off, the worst in argument `scale`"):
        check_grads(quadratic, (X, 3.0))


def test_missing_gradient_and_wrong_shape_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    with_adjoint(monkeypatch, lambda x, s: (quadratic(x, s), [2 * s * x, None]))
    with pytest.raises(AssertionError, match="`scale` has shape \\(\\), its gradient is missing"):
        check_grads(quadratic, (X, 3.0))
    with_adjoint(monkeypatch, lambda x, s: (quadratic(x, s), [2 * s * x.T, np.sum(x * x)]))
    with pytest.raises(AssertionError, match="of shape \\(3, 2\\)"):
        check_grads(quadratic, (X, 3.0))


def test_wrong_value_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    with_adjoint(monkeypatch, lambda x, s: (quadratic(x, s) + 0.1, [2 * s * x, np.sum(x * x)]))
    with pytest.raises(AssertionError, match="value of quadratic: the compiled program gives"):
        check_grads(quadratic, (X, 3.0))


def test_paths_inside_containers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def loss(params: dict[str, Any]) -> float:
        return np.sum(params["pair"].left ** 2) * params["pair"].right

    params = {"pair": Pair(np.array([1.0, 2.0]), 3.0), "name": "unused", "count": 2}
    with_adjoint(monkeypatch, lambda p: (loss(p), [6 * p["pair"].left + [0.0, 1.0], 5.0]))
    with pytest.raises(AssertionError, match=re.escape("argument `params`['pair'].left[1]")):
        check_grads(loss, (params,))


def test_arguments_are_never_modified(monkeypatch: pytest.MonkeyPatch) -> None:
    def overwrites(x: np.ndarray, parts: list[np.ndarray]) -> float:
        x *= 2.0
        parts[0][0] = 5.0
        return np.sum(x) + np.sum(parts[0])

    x, parts = np.ones(3), [np.ones(2)]
    with_adjoint(monkeypatch, lambda x, parts: (11 + 1.0, [np.full(3, 2.0), np.array([0.0, 1.0])]))
    check_grads(overwrites, (x, parts))
    np.testing.assert_array_equal(x, np.ones(3))
    np.testing.assert_array_equal(parts[0], np.ones(2))


def test_not_available_yet() -> None:
    with pytest.raises(NotImplementedError, match="order=2"):
        check_grads(quadratic, (X, 3.0), order=2)
    with pytest.raises(NotImplementedError, match='mode "fwd"'):
        check_grads(quadratic, (X, 3.0), modes=("rev", "fwd"))


def test_no_float_to_check() -> None:
    with pytest.raises(ValueError, match="none of the arguments holds a float"):
        check_grads(lambda n: n * 2, (3,))


@pytest.mark.parametrize(("scale", "eps"), [(1e-3, 2e-6), (1.0, None), (1e4, None)])
def test_differences_are_accurate_to_nine_digits(scale: float, eps: float | None) -> None:
    x = np.array([0.3, -1.2, 2.5]) * scale
    (gradient,) = testing.difference_gradient(lambda x: np.sum(np.sin(x / scale) ** 2), (x,), [1.0], eps=eps)
    np.testing.assert_allclose(gradient, np.sin(2 * x / scale) / scale, rtol=1e-8, atol=1e-9 / scale)


def test_differences_in_single_precision() -> None:
    x = np.array([0.3, -1.2, 2.5], dtype=np.float32)
    (gradient,) = testing.difference_gradient(lambda x: np.sum(np.sin(x)), (x,), [1.0])
    np.testing.assert_allclose(gradient, np.cos(x), rtol=1e-3, atol=1e-4)


def test_differences_contract_every_float_of_the_result() -> None:
    result = (np.array([1.0, 4.0]), 3, 4.0)
    cotangents = testing.fixed_cotangents(result)
    assert [np.shape(cotangent) for cotangent in cotangents] == [(2,), ()]
    (gradient,) = testing.difference_gradient(lambda x: (x * x, 3, 2 * x[1]), (np.array([1.0, 2.0]),), cotangents)
    expected = [2 * cotangents[0][0], 4 * cotangents[0][1] + 2 * cotangents[1]]
    np.testing.assert_allclose(gradient, expected, rtol=1e-9)


def test_containers_are_taken_apart_and_put_together() -> None:
    tree = ({"a": 1.0, "b": [X, Pair(X, 2.0)]}, Model(X, 3), None)
    paths = [f"{place.argument}{place.path}" for place in testing.float_places(tree)]
    assert paths == ["0['a']", "0['b'][0]", "0['b'][1].left", "0['b'][1].right", "1.weights"]
    copied = testing.copy_tree(tree)
    assert isinstance(copied[1], Model)
    assert isinstance(copied[0]["b"][1], Pair)
    assert not np.shares_memory(copied[1].weights, X)
    np.testing.assert_array_equal(copied[0]["b"][1].left, X)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(24.0).reshape(4, 6)[::2, ::2],
        np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1)[::-1],
        np.arange(6.0)[::-2],
        np.arange(6.0, dtype=np.float32).reshape(6, 1)[:, ::-1],
        np.broadcast_to(np.float64(2.0), (3,)),
        np.zeros((0, 3)),
        np.array(1.5),
    ],
)
def test_copies_have_the_memory_order_of_what_they_copy(array):
    copy = testing.copy_leaf(array)
    np.testing.assert_array_equal(copy, array)
    assert copy.dtype == array.dtype
    assert not np.shares_memory(copy, array)
    if 0 not in array.strides and array.size:
        assert [s for s, n in zip(copy.strides, copy.shape) if n > 1] == [
            s for s, n in zip(array.strides, array.shape) if n > 1
        ]


def test_gradients_of_what_depends_on_memory_order():
    def loss(a):
        flat = np.ravel(a)  # a view or a copy, by the order of a
        a[0] *= 2.0
        return np.sum(flat * flat) + np.sum(a)

    for array in (np.arange(6.0).reshape(2, 3), np.arange(24.0).reshape(4, 6)[::2, ::2]):
        check_grads(loss, (array,))
