"""Rules of factorizations where the matrix is a special one: repeated values, singular, of lower rank.

What has a derivative there is compared with closed forms or extrapolated differences of NumPy; what has none, or one
that the cotangents do not tell, must raise `LinAlgError`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.emitted import emit

Array = np.ndarray[Any, Any]

rng = np.random.default_rng(3)
TURN = np.linalg.qr(rng.normal(size=(4, 4)))[0]
OTHER = np.linalg.qr(rng.normal(size=(5, 5)))[0]
WEIGHTS = rng.normal(size=(4, 4))
TALL_WEIGHTS = rng.normal(size=(5, 4))
LOW = rng.normal(size=(5, 2)) @ rng.normal(size=(2, 4))


def symmetric(*values: float) -> Array:
    return (TURN * np.array(values)) @ TURN.T


def tall(*values: float) -> Array:
    return (OTHER[:, :4] * np.array(values)) @ TURN.T


def of(function: Callable[..., Any], *args: Any) -> Array:
    _, (gradient, *_) = emit(function, args).call(*args)
    return np.asarray(gradient)


def along(function: Callable[[Array], Any], a: Array, direction: Array) -> float:
    """The derivative in a direction: central differences, extrapolated twice."""
    rows = [[(function(a + h * direction) - function(a - h * direction)) / (2 * h)] for h in (4e-3, 2e-3, 1e-3, 5e-4)]
    values = [row[0] for row in rows]
    for power in (4.0, 16.0, 64.0):
        values = [(power * fine - coarse) / (power - 1.0) for coarse, fine in pairwise(values)]
    return float(values[0])


def check(function: Callable[[Array], Any], a: Array, directions: list[Array], rtol: float = 1e-6) -> None:
    gradient = of(function, a)
    assert np.all(np.isfinite(gradient))
    for direction in directions:
        expected = along(function, a, direction)
        found = float(np.sum(gradient * direction))
        assert abs(found - expected) <= rtol * np.sqrt(np.sum(gradient * gradient) * np.sum(direction**2)) + 1e-9


def any_symmetric() -> list[Array]:
    return [d + d.T for d in rng.normal(size=(3, 4, 4))]


def any_tall() -> list[Array]:
    return list(rng.normal(size=(3, 5, 4)))


def of_same_rank() -> list[Array]:
    """Directions that keep the rank of LOW to first order, as `along` leaves it: changes of its column space alone."""
    return [step @ LOW for step in rng.normal(size=(3, 5, 5))]


def lower_projector(a):
    _, v = np.linalg.eigh(a)
    n = v[:, :2]
    return np.sum((n @ n.T) * WEIGHTS)


def one_vector(a):
    _, v = np.linalg.eigh(a)
    return np.sum(v[0, 0] * v[:, 0] * WEIGHTS[0])


def leading_pair(a):
    w, v = np.linalg.eigh(a)
    return w[3] * v[0, 3] * v[1, 3] + w[2] * v[2, 2] * v[1, 2]


def exponential(a):
    w, v = np.linalg.eigh(a)
    return np.sum(((v * np.exp(w)) @ v.T) * WEIGHTS)


def logdet(a):
    return np.sum(np.log(np.linalg.eigh(a)[0]))


@pytest.mark.parametrize("second", [1.0 + 1e-14, 1.0 + 1e-12, 1.0 + 1e-10, 1.0 + 1e-6, 1.3])
def test_projector_on_eigenvectors_of_values_close_to_each_other(second: float) -> None:
    check(lower_projector, symmetric(1.0, second, 2.0, 3.0), any_symmetric())


@pytest.mark.parametrize("function", [lower_projector, one_vector, exponential])
def test_where_the_values_are_equal_exactly_a_turn_may_change_nothing_by_chance(function) -> None:
    with pytest.raises(np.linalg.LinAlgError, match="repeated eigenvalues"):
        of(function, np.diag([1.0, 1.0, 2.0, 3.0]))
    check(leading_pair, np.diag([1.0, 1.0, 2.0, 3.0]), any_symmetric())


@pytest.mark.parametrize("function", [one_vector, exponential])
@pytest.mark.parametrize("second", [1.0, 1.0 + 1e-15, 1.0 + 1e-12, 1.0 + 1e-9])
def test_what_a_basis_decides_is_refused(function: Callable[[Array], Any], second: float) -> None:
    with pytest.raises(np.linalg.LinAlgError, match="repeated eigenvalues"):
        of(function, symmetric(1.0, second, 2.0, 3.0))


@pytest.mark.parametrize("function", [one_vector, exponential, logdet, leading_pair])
def test_values_that_are_told_apart(function: Callable[[Array], Any]) -> None:
    check(function, symmetric(1.0, 1.5, 2.5, 4.0), any_symmetric())


def test_vectors_beside_a_space_of_repeated_values_that_is_not_used() -> None:
    check(leading_pair, symmetric(0.0, 0.0, 2.0, 3.0), any_symmetric())
    check(logdet, symmetric(1.0, 1.0, 2.0, 3.0), any_symmetric())


def element(name: str, i: int, j: int) -> Callable[[Array], Any]:
    """An element of a function of a matrix, by its eigenvalues, as a product or as a sum over vectors."""
    function = {"log": np.log, "sqrt": np.sqrt, "exp": np.exp}[name]

    def of_matrix(a):
        w, v = np.linalg.eigh(a)
        return ((v * function(w)) @ v.T)[i, j]

    return of_matrix


def log_by_columns(a):
    w, v = np.linalg.eigh(a)
    total = np.zeros_like(a)
    for k in range(len(w)):
        total += np.log(w[k]) * np.outer(v[:, k], v[:, k])
    return total[0, 1]


def log_by_singular_values(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return ((u * np.log(s)) @ vt)[0, 1]


def log_by_singular_rows(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    total = np.zeros_like(a)
    for k in range(len(s)):
        total += np.log(s[k]) * np.outer(u[:, k], vt[k])
    return total[0, 1]


def vectors_alone(a):
    return np.linalg.eigh(a)[1][0, 1] ** 2


def log_weighed(a):
    w, v = np.linalg.eigh(a)
    return np.sum(((v * np.log(w)) @ v.T) * (1.0 - np.eye(4)))


def log_transposed(a):
    w, v = np.linalg.eigh(a)
    rows = v.T.copy()
    return (rows.T @ np.diag(np.log(w)) @ rows)[0, 1]


def log_of_upper(a):
    w, v = np.linalg.eigh(a, UPLO="U")
    return np.dot(v[0] * np.log(w), v[1])


def in_stack(a):
    w, v = np.linalg.eigh(np.stack((a, 2.0 * a)))
    return np.sum((v[0] * np.log(w[0])) @ v[0].T * (1.0 - np.eye(4)))


def with_signs(a):
    w, v = np.linalg.eigh(a)
    v *= np.where(v[0] < 0.0, -1.0, 1.0)
    return ((v * np.log(w)) @ v.T)[0, 1]


def by_copies(a):
    w, v = np.linalg.eigh(a)
    values, vectors = np.empty(4), np.empty((4, 4))
    for k in range(4):
        values[k] = w[3 - k]
        vectors[k] = v[:, 3 - k]
    values = np.log(values) ** 2
    return vectors[:, 0] @ np.diag(values) @ vectors[:, 1]


def of_those_above(a):
    w, v = np.linalg.eigh(a)
    return ((v * np.where(w > 0.5, np.log(w), w)) @ v.T)[0, 1]


def in_while(a):
    w, v = np.linalg.eigh(a)
    total, k = 0.0, 0
    while k < len(w):
        total += np.log(w[k]) * v[0, k] * v[1, k]
        k += 1
    return total


def in_branch(a):
    w, v = np.linalg.eigh(a)
    total = np.zeros(4)
    for k in range(4):
        row = v[k].copy()
        if a[0, 0] > 0.0:
            total += row * np.log(w) * v[0]
        else:
            total -= row
    return total[1] + total[2]


def in_one_buffer(a):
    w, v = np.linalg.eigh(a)
    buffer, total = np.zeros(4), 0.0
    for k in range(4):
        for i in range(4):
            buffer[i] = v[i, k]
        total += np.log(w[k]) * buffer[0] * buffer[1]
    return total


def in_list(a):
    w, v = np.linalg.eigh(a)
    found = []
    for k in range(len(a)):
        found.append(np.log(w[k]) * v[0, k])
    return np.sum(np.array(found) * v[1])


def reshaped(a):
    w, v = np.linalg.eigh(a)
    both = np.zeros((2, 4, 4))
    both[0], both[1] = v, 2.0 * v
    rows = both.reshape(8, 4)
    return np.sum(rows[0] * np.log(w) * rows[5])


def turned_in_loop(a):
    w, v = np.linalg.eigh(a)
    total = 0.0
    for _ in range(3):
        v, w = np.ascontiguousarray(v[:, ::-1]), w[::-1].copy()
        total += np.sum(v[0] * np.log(w) * v[1])
    return total


BY_CHANCE = [
    in_while,
    in_branch,
    in_one_buffer,
    in_list,
    reshaped,
    turned_in_loop,
    with_signs,
    by_copies,
    of_those_above,
    *(element(name, i, j) for name in ("log", "sqrt", "exp") for i, j in ((0, 1), (2, 0), (3, 2), (0, 0))),
    log_by_columns,
    log_by_singular_values,
    log_by_singular_rows,
    vectors_alone,
    log_weighed,
    log_transposed,
    log_of_upper,
    in_stack,
]


@pytest.mark.parametrize("function", BY_CHANCE)
def test_cotangents_that_are_zero_by_chance_do_not_pass_for_vectors_that_are_not_used(function) -> None:
    for a in (np.eye(4), np.diag([1.0, 1.0, 3.0, 3.0])):
        with pytest.raises(np.linalg.LinAlgError, match="repeated"):
            of(function, a)


def covariance(x):
    centred = x - np.mean(x, axis=0)
    return centred.T @ centred


def explained(x):
    w, v = np.linalg.eigh(covariance(x))
    return np.sum((x @ v[:, -2:] / np.sqrt(w[-2:])) ** 4) + w[-1] / np.sum(w)


def explained_in_order(x):
    w, v = np.linalg.eigh(covariance(x))
    order = np.argsort(w)[::-1]
    w, v = w[order], v[:, order]
    return np.sum((x @ (v[:, :2] * np.sqrt(w[:2]))) ** 4)


def above_a_bound(x):
    w, v = np.linalg.eigh(covariance(x))
    total = 0.0
    for k in range(len(w)):
        if w[k] > 1e-6:
            total += np.sum((x @ v[:, k]) ** 4) / w[k]
    return total


def leading(x):
    w, v = np.linalg.eigh(covariance(x))
    return w[-1] * np.sum(v[:, -1] ** 4)


def beside_the_null_space(x):
    w, v = np.linalg.eigh(covariance(x))
    null = v[:, :2]
    return np.sum((null @ null.T) * WEIGHTS) + np.log(w[-1])


def of_upper(x):
    w, v = np.linalg.eigh(covariance(x), UPLO="U")
    return np.sum((x @ v[:, 2:]) ** 4) + w[3] / np.sum(w)


def low_rank(x):
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    return np.sum((u[:, :2] * s[:2]) ** 4) + np.sum(vt[:2] ** 4) + s[0] / np.sum(s[:2])


def of_values(x):
    return np.sum(np.sqrt(np.linalg.eigh(covariance(x))[0][-2:]))


def whitened(x):
    w, v = np.linalg.eigh(covariance(x))
    root = (v * np.where(w > 1e-6, np.abs(w) ** -0.5, 0.0)) @ v.T
    return np.sum((x @ root) * TALL_WEIGHTS)


def inverted(x):
    w, v = np.linalg.eigh(covariance(x))
    return np.sum((v * np.where(w > 1e-6, 1.0 / w, 0.0)) @ v.T * WEIGHTS)


def pseudo(x):
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    return np.sum((vt.T * np.where(s > 1e-6, 1.0 / s, 0.0)) @ u.T * TALL_WEIGHTS.T)


def signed(x):
    w, v = np.linalg.eigh(covariance(x))
    v *= np.where(v[0] < 0.0, -1.0, 1.0)
    return np.sum((x @ v[:, 2:]) ** 3) + w[3] / np.sum(w)


def copied(x):
    w, v = np.linalg.eigh(covariance(x))
    w, v = w[::-1].copy(), np.ascontiguousarray(v[:, ::-1])
    return np.sum((x @ v[:, :2]) ** 4) + w[0] / np.sum(w)


def stacked(x):
    w, v = np.linalg.eigh(np.stack((covariance(x), x.T @ x)))
    return np.sum(v[:, :, 2:] ** 4) + np.sum(w[:, 3] / np.sum(w, axis=1))


PRINCIPAL = [
    whitened,
    inverted,
    pseudo,
    signed,
    copied,
    stacked,
    explained,
    explained_in_order,
    above_a_bound,
    leading,
    beside_the_null_space,
    of_upper,
    low_rank,
    of_values,
]


@pytest.mark.parametrize("function", PRINCIPAL)
def test_principal_components_of_data_of_lower_rank(function: Callable[[Array], Any]) -> None:
    check(function, LOW, of_same_rank(), rtol=1e-5)


def test_eigenvectors_of_zero() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        of(one_vector, np.zeros((4, 4)))
    assert of(lambda a: np.sum(np.linalg.eigh(a)[1] ** 2), np.zeros((0, 0))).shape == (0, 0)


def polar(a):
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum((u @ vt) * TALL_WEIGHTS)


def truncated(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum(((u[:, :2] * s[:2]) @ vt[:2]) ** 3 * TALL_WEIGHTS)


def rebuilt(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum(((u * s) @ vt) ** 3 * TALL_WEIGHTS)


def column_space(a):
    u, _, _ = np.linalg.svd(a, full_matrices=False)
    n = u[:, :2]
    return np.sum((n @ n.T)[:, :4] * TALL_WEIGHTS)


def null_space(a):
    _, _, vt = np.linalg.svd(a, full_matrices=False)
    n = vt[2:]
    return np.sum((n.T @ n) * WEIGHTS)


def one_singular_vector(a):
    _, _, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum(vt[3] * WEIGHTS[0])


def test_polar_factor_of_repeated_singular_values() -> None:
    check(polar, tall(1.0 + 3e-13, 1.0 + 2e-13, 1.0 + 1e-13, 1.0), any_tall())
    check(polar, tall(2.0 + 1e-13, 2.0, 1.0, 0.5), any_tall())
    with pytest.raises(np.linalg.LinAlgError, match="singular value 0"):
        of(polar, tall(2.0, 1.0, 0.0, 0.0))


def test_spaces_of_a_matrix_of_lower_rank() -> None:
    for function in (truncated, column_space, null_space):
        check(function, tall(3.0, 2.0, 0.5, 0.4), any_tall())
        check(function, LOW, of_same_rank())
        check(function, tall(3.0, 2.0, 0.5 + 1e-13, 0.5), any_tall())


@pytest.mark.parametrize("values", [(3.0, 2.0, 0.5, 0.5), (3.0, 2.0, 0.0, 0.0), (3.0, 2.0, 0.5, 0.0)])
def test_singular_vectors_that_a_basis_decides_are_refused(values: tuple[float, ...]) -> None:
    if values[2] == values[3]:
        with pytest.raises(np.linalg.LinAlgError):
            of(one_singular_vector, tall(*values))
    with pytest.raises(np.linalg.LinAlgError):
        of(rebuilt, tall(*values))


def adjugate(a: Array) -> Array:
    n = len(a)
    minors = [[np.delete(np.delete(a, i, 0), j, 1) for j in range(n)] for i in range(n)]
    return np.array([[(-1.0) ** (i + j) * np.linalg.det(minors[i][j]) for j in range(n)] for i in range(n)])


def determinant(a):
    return np.linalg.det(a)


@pytest.mark.parametrize(
    "a",
    [
        np.ones((2, 2)),
        np.zeros((3, 3)),
        np.diag([1.0, 2.0, 0.0]),
        np.diag([1.0, 0.0, 0.0]),
        np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]),
        np.array([[2.0, 4.0], [-1.0, -2.0]]),
        np.zeros((1, 1)),
        np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
        WEIGHTS,
    ],
)
def test_determinant_of_any_rank(a: Array) -> None:
    np.testing.assert_allclose(of(determinant, a), adjugate(a), rtol=1e-9, atol=1e-12)


def upper(a):
    q, r = np.linalg.qr(a)
    return np.sum(r * WEIGHTS) + np.sum(q * TALL_WEIGHTS)


def test_qr() -> None:
    check(upper, tall(3.0, 2.0, 0.5, 0.4), any_tall())
    for a in (LOW, np.zeros((5, 4))):
        with pytest.raises(np.linalg.LinAlgError, match="depend on each other"):
            of(upper, a)


def pseudoinverse(a):
    return np.sum(np.linalg.pinv(a).T * TALL_WEIGHTS)


def least_squares(a):
    return np.sum(np.linalg.lstsq(a, TALL_WEIGHTS[:, 0])[0] * WEIGHTS[0])


@pytest.mark.parametrize("function", [pseudoinverse, least_squares])
def test_pseudoinverse_of_lower_rank(function: Callable[[Array], Any]) -> None:
    check(function, tall(3.0, 2.0, 0.5, 0.4), any_tall())
    check(function, LOW, of_same_rank())


@pytest.mark.parametrize("function", [lower_projector, polar, determinant])
def test_in_single_precision(function: Callable[[Array], Any]) -> None:
    a = {lower_projector: symmetric(1.0, 1.0 + 1e-6, 2.0, 3.0), polar: tall(2.0 + 1e-6, 2.0, 1.0, 0.5)}.get(
        function, np.ones((2, 2))
    )
    single = a.astype(np.float32)
    found = of(function, single)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, of(function, a), atol=1e-5)
