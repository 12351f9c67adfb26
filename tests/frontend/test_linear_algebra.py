"""Linear algebra: every name against NumPy's value and differences; NumPy's errors; the register of rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import linalg

import adcompile as ad
from adcompile.errors import UnsupportedError
from adcompile.ops import library
from adcompile.rules.matrices import ADJOINTS
from adcompile.rules.table import NONDIFFERENTIABLE
from adcompile.testing import difference_gradient, fixed_cotangents, float_places, is_scalar
from tests.emitted import emit, numbers_of

rng = np.random.default_rng(5)
A = rng.normal(size=(4, 4))
P = A @ A.T + 4.0 * np.eye(4)
B = rng.normal(size=(4, 2))
V = rng.normal(size=4)
TALL = A[:, :3] + np.eye(4, 3)
STACK = rng.normal(size=(2, 3, 3)) + np.eye(3)
POSITIVE = STACK @ STACK.swapaxes(1, 2) + np.eye(3)
N = np.array([[4, 1], [-2, 3]])


def sum_of_factors(u: Any, s: Any, vh: Any) -> Any:
    """What does not depend on the signs of singular vectors."""
    return u[0] * s * vh[:, 0] + (u * u).sum(axis=0) * s + (u[1] * s * vh[:, 1]) ** 2


CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "solve": (lambda a, b: np.linalg.solve(a, b), (A, B)),
    "solve of a vector": (lambda a, b: np.linalg.solve(a, b), (A, V)),
    "solve of one matrix by its transpose": (lambda a: np.linalg.solve(a.T, a), (A,)),
    "solve of ints": (lambda a, b: np.linalg.solve(a, b), (N, V[:2])),
    "solve of mixed types": (lambda a, b: np.linalg.solve(a, b), (A.astype(np.float32), V)),
    "inv": (lambda a: np.linalg.inv(a), (A,)),
    "det": (lambda a: np.linalg.det(a), (A,)),
    "slogdet": (lambda a: np.linalg.slogdet(a), (A,)),
    "slogdet by name": (lambda a: np.linalg.slogdet(a).logabsdet, (A,)),
    "cholesky": (lambda a: np.linalg.cholesky(a), (P,)),
    "cholesky, upper": (lambda a: np.linalg.cholesky(a, upper=True), (P,)),
    "cholesky reads the lower triangle": (lambda a: np.linalg.cholesky(a), (P + np.triu(A, 1),)),
    "eigh": (lambda a: np.linalg.eigh(a)[1] ** 2 * np.linalg.eigh(a)[0], (P,)),
    "eigh of the upper triangle": (lambda a: np.linalg.eigh(a, UPLO="U").eigenvectors ** 2, (P + np.tril(A, -1),)),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(a), (P,)),
    "qr": (lambda a: np.linalg.qr(a), (TALL,)),
    "qr, the triangular factor": (lambda a: np.linalg.qr(a, mode="r"), (A,)),
    "qr, the orthogonal factor": (lambda a: np.linalg.qr(a).Q, (A,)),
    "svd, tall": (lambda a: sum_of_factors(*np.linalg.svd(a, full_matrices=False)), (TALL,)),
    "svd, wide": (lambda a: sum_of_factors(*np.linalg.svd(a, full_matrices=False)), (TALL.T,)),
    "svd, the values": (lambda a: np.linalg.svd(a, compute_uv=False), (TALL,)),
    "svd, the left vectors": (lambda a: np.linalg.svd(a, full_matrices=False).U ** 2, (TALL,)),
    "svd, the right vectors": (lambda a: np.linalg.svd(a, full_matrices=False).Vh ** 2, (TALL,)),
    "pinv, tall": (lambda a: np.linalg.pinv(a), (TALL,)),
    "pinv, wide": (lambda a: np.linalg.pinv(a), (TALL.T,)),
    "pinv with a limit": (lambda a: np.linalg.pinv(a, 1e-3), (TALL,)),
    "lstsq": (lambda a, b: np.linalg.lstsq(a, b)[0], (TALL, V)),
    "lstsq, many": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], (TALL, B)),
    "solve, stacked": (lambda a, b: np.linalg.solve(a, b), (STACK, STACK[0, :, :2])),
    "solve, stacked sides": (lambda a, b: np.linalg.solve(a, b), (A[:3, :3], STACK[:, :, :1])),
    "solve, stacked with a vector": (lambda a, b: np.linalg.solve(a, b), (STACK, V[:3])),
    "inv, stacked": (lambda a: np.linalg.inv(a), (STACK.reshape(1, 2, 3, 3),)),
    "det, stacked": (lambda a: np.linalg.det(a), (STACK,)),
    "slogdet, stacked": (lambda a: np.linalg.slogdet(a), (STACK,)),
    "cholesky, stacked": (lambda a: np.linalg.cholesky(a), (POSITIVE,)),
    "cholesky, stacked, upper": (lambda a: np.linalg.cholesky(a, upper=True), (POSITIVE,)),
    "eigh, stacked": (lambda a: np.linalg.eigh(a)[1] ** 2, (POSITIVE,)),
    "eigvalsh, stacked": (lambda a: np.linalg.eigvalsh(a), (POSITIVE,)),
    "norm": (lambda x: np.linalg.norm(x), (V,)),
    "norm of a matrix": (lambda x: np.linalg.norm(x), (A,)),
    "norm of more axes": (lambda x: np.linalg.norm(x), (STACK,)),
    "norm along an axis": (lambda x: np.linalg.norm(x, axis=1), (A,)),
    "norm, kept": (lambda x: np.linalg.norm(x, axis=-1, keepdims=True), (STACK,)),
    "norm of all, kept": (lambda x: np.linalg.norm(x, keepdims=True), (A,)),
    "norm, 1": (lambda x: np.linalg.norm(x, 1), (V,)),
    "norm, 1 along an axis": (lambda x: np.linalg.norm(x, 1, axis=0, keepdims=True), (A,)),
    "norm, inf": (lambda x: np.linalg.norm(x, np.inf), (V,)),
    "norm, -inf": (lambda x: np.linalg.norm(x, -np.inf, axis=1), (A,)),
    "norm, 3": (lambda x: np.linalg.norm(x, 3), (V,)),
    "norm, 2.5 along an axis": (lambda x: np.linalg.norm(x, ord=2.5, axis=0), (A,)),
    "norm, 0": (lambda x: np.linalg.norm(x, 0), (V,)),
    "norm, fro": (lambda x: np.linalg.norm(x, "fro"), (A,)),
    "norm, fro of a stack": (lambda x: np.linalg.norm(x, "fro", axis=(0, 2)), (STACK,)),
    "norm, 2": (lambda x: np.linalg.norm(x, 2), (TALL,)),
    "norm, nuc": (lambda x: np.linalg.norm(x, "nuc", keepdims=True), (TALL,)),
    "norm, 1 of a matrix": (lambda x: np.linalg.norm(x, 1), (A,)),
    "norm, -1 of a stack": (lambda x: np.linalg.norm(x, -1, axis=(1, 2)), (STACK,)),
    "norm, inf of a matrix": (lambda x: np.linalg.norm(x, np.inf, keepdims=True), (A,)),
    "norm of ints": (lambda x, s: s * np.linalg.norm(x), (N, 2.0)),
    "norm in single precision": (lambda x: np.linalg.norm(x), (V.astype(np.float32),)),
    "solve_triangular": (lambda a, b: linalg.solve_triangular(a, b), (P, V)),
    "solve_triangular, lower": (lambda a, b: linalg.solve_triangular(a, b, lower=True), (P, B)),
    "solve_triangular, transposed": (lambda a, b: linalg.solve_triangular(a, b, trans=1), (P, B)),
    "solve_triangular, T, lower": (lambda a, b: linalg.solve_triangular(a, b, trans="T", lower=True), (P, V)),
    "solve_triangular, unit": (lambda a, b: linalg.solve_triangular(a, b, unit_diagonal=True, lower=True), (P, B)),
    "solve_triangular, unit, T": (lambda a, b: linalg.solve_triangular(a, b, "T", True, True), (P, V)),
    "solve_triangular of mixed types": (lambda a, b: linalg.solve_triangular(a, b), (P.astype(np.float32), V)),
    "cho_factor": (lambda a: linalg.cho_factor(a)[0], (P,)),
    "cho_solve": (lambda a, b: linalg.cho_solve(linalg.cho_factor(a), b), (P, B)),
    "cho_solve, lower": (lambda a, b: linalg.cho_solve((np.linalg.cholesky(a), True), b), (P, V)),
    "scipy's cholesky": (lambda a: linalg.cholesky(a), (P,)),
    "scipy's cholesky, lower": (lambda a: linalg.cholesky(a, lower=True), (P,)),
    "scipy's solve": (lambda a, b: linalg.solve(a, b), (A, B)),
    "scipy's solve, positive": (lambda a, b: linalg.solve(a, b, assume_a="pos"), (P, V)),
    "scipy's inv and det": (lambda a: linalg.inv(a) * linalg.det(a), (A,)),
    "scipy's pinv": (lambda a: linalg.pinv(a), (TALL,)),
    "scipy's eigh": (lambda a: linalg.eigh(a, driver="evd")[1] ** 2 + linalg.eigh(a, eigvals_only=True), (P,)),
    "scipy's eigvalsh": (lambda a: linalg.eigvalsh(a, lower=False), (P,)),
    "scipy's svd": (lambda a: linalg.svd(a, full_matrices=False)[1] * linalg.svdvals(a), (TALL,)),
    "scipy's norm": (lambda a: linalg.norm(a, 1) * linalg.norm(a), (A,)),
    "vdot": (lambda a, b: np.vdot(a, b), (A, P)),
    "inner": (lambda a, b: np.inner(a, b), (A, STACK[0, 0, 0] * P[:3])),
    "inner of vectors": (lambda a, b: np.inner(a, b) + np.inner(a, 2.0)[0], (V, A[1])),
    "inner of more axes": (lambda a, b: np.inner(a, b), (STACK, V[:3])),
    "tensordot": (lambda a, b: np.tensordot(a, b), (STACK, A[:3, :3])),
    "tensordot, 1": (lambda a, b: np.tensordot(a, b, axes=1), (STACK, TALL.T)),
    "tensordot, 0": (lambda a, b: np.tensordot(a, b, axes=0), (V, B)),
    "tensordot of axes": (lambda a, b: np.tensordot(a, b, axes=([2, 0], [0, 1])), (STACK, B[:3])),
    "tensordot of an axis": (lambda a, b: np.tensordot(a, b, axes=(0, -1)), (A, STACK[:, :2, :2].T @ B.T)),
    "einsum, a product": (lambda a, b: np.einsum("ij,jk->ik", a, b), (A, B)),
    "einsum, implicit": (lambda a, b: np.einsum("ij, kj", a, b), (A, P)),
    "einsum, a transpose": (lambda a: np.einsum("ijk->kij", a) * 2.0, (STACK,)),
    "einsum, sums": (lambda a: np.einsum("ij->j", a), (A,)),
    "einsum, everything": (lambda a: np.einsum("ijk->", a), (STACK,)),
    "einsum, trace": (lambda a: np.einsum("ii", a), (A,)),
    "einsum, diagonals": (lambda a: np.einsum("kii->ki", a), (STACK,)),
    "einsum, batched": (lambda a, b: np.einsum("bij,bjk->bik", a, b), (STACK, STACK[::-1])),
    "einsum, three": (lambda a, b, c: np.einsum("ij,jk,k->i", a, b, c), (A, P, V)),
    "einsum, a quadratic form": (lambda x, a: np.einsum("bi,ij,bj->b", x, a, x), (B.T, P)),
    "einsum, outer": (lambda a, b: np.einsum("i,j->ji", a, b), (V, A[0])),
    "einsum, inner": (lambda a, b: np.einsum("ij,ij", a, b), (A, P)),
    "einsum, elementwise": (lambda a, b: np.einsum("ij,ij->ij", a, b), (A, P)),
    "einsum, ellipsis": (lambda a, b: np.einsum("...ij,jk->...ik", a, b), (STACK, A[:3, :2])),
    "einsum, ellipses": (lambda a, b: np.einsum("...i,...i", a, b), (STACK, A[:3, :3])),
    "einsum of ints": (lambda k, b: np.einsum("ij,jk->ik", k, b), (N, B[:2])),
    "einsum of single precision": (lambda a, b: np.einsum("ij,kj->ik", a, b), (A.astype(np.float32),) * 2),
    "einsum, optimised": (lambda a, b: np.einsum("ij,jk", a, b, optimize=True), (A, B)),
    "diagonal": (lambda a: np.diagonal(a, 1, 2, 1), (STACK,)),
    "diagonal of a transpose": (lambda a: a.diagonal(-1, axis1=1, axis2=0), (TALL,)),
    "trace": (lambda a: np.trace(a, axis1=1, axis2=2), (STACK,)),
    "trace below": (lambda a: a.trace(-1), (TALL,)),
    "kron": (lambda a, b: np.kron(a, b), (A, B)),
    "kron of different ranks": (lambda a, b: np.kron(a, b), (V, STACK)),
    "cross": (lambda a, b: np.cross(a, b), (TALL, V[:3])),
    "cross along axes": (lambda a, b: np.cross(a, b, axis=0), (TALL.T, TALL.T[::-1])),
    "multi_dot": (lambda a, b, c: np.linalg.multi_dot([a, b, c]), (TALL.T, A, B)),
    "multi_dot of a vector": (lambda a, b, c: np.linalg.multi_dot((a, b, c)), (TALL.T, A, V)),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, 5), (A,)),
    "matrix_power, 0 and 1": (lambda a: np.linalg.matrix_power(a, 0) + np.linalg.matrix_power(a, 1), (A,)),
    "matrix_power, negative": (lambda a: np.linalg.matrix_power(a, -3), (A,)),
    "matrix_rank": (lambda a: a[0] * np.linalg.matrix_rank(a), (TALL,)),
    "cond": (lambda a: np.linalg.cond(a), (TALL,)),
    "cond, 1": (lambda a: np.linalg.cond(a, 1), (A,)),
    "lstsq, the values": (lambda a, b: np.linalg.lstsq(a, b)[3], (TALL, V)),
}


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name: str) -> None:
    function, args = CASES[name]
    value = function(*args)
    emitted = emit(function, args, mode="grad" if is_scalar(value) else "vjp")
    cotangents = fixed_cotangents(value)
    values, gradients = emitted.call(*args, cotangents=[] if is_scalar(value) else cotangents)
    single = any(np.asarray(a).dtype == np.float32 for a in args)
    for computed, plain in zip(values, numbers_of([value]), strict=True):
        assert np.asarray(computed).dtype == np.asarray(plain).dtype
        np.testing.assert_allclose(computed, plain, rtol=1e-6 if single else 1e-12, atol=1e-6 if single else 1e-13)
    reference = difference_gradient(function, args, cotangents)
    for gradient, expected, place in zip(gradients, reference, float_places(args), strict=True):
        assert np.asarray(gradient).dtype == np.asarray(place.value).dtype
        np.testing.assert_allclose(gradient, expected, rtol=1e-3 if single else 1e-8, atol=1e-3 if single else 1e-9)


def test_what_is_not_read_has_derivative_zero() -> None:
    gradient = ad.grad(lambda a: np.sum(np.linalg.cholesky(a)))(P)
    np.testing.assert_array_equal(np.triu(gradient, 1), 0.0)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.linalg.norm(x),
        lambda x: np.sum(np.linalg.norm(x, axis=0)),
        lambda x: np.sum(np.linalg.norm(x, ord=3, axis=1)),
        lambda x: np.linalg.norm(x[0], 1) + np.linalg.norm(x[1], 2.5),
    ],
)
def test_the_norm_of_zeros_has_derivative_zero(function: Callable[..., Any]) -> None:
    values, gradients = emit(function, (np.zeros((2, 3)),)).call(np.zeros((2, 3)))
    assert values == [0.0]
    np.testing.assert_array_equal(gradients[0], 0.0)


def test_the_vectors_of_repeated_singular_values_have_no_derivative() -> None:
    emitted = emit(lambda a: np.linalg.svd(a, full_matrices=False)[0][0, 0], (np.eye(3),))
    with pytest.raises(np.linalg.LinAlgError, match="singular vectors of repeated singular values"):
        emitted.call(np.eye(3))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda a: np.sum(np.linalg.svd(a)[0]), "the derivative needs `full_matrices=False`"),
        (lambda a: np.sum(np.linalg.qr(a, mode="complete")[0]), "with `mode=complete` is not supported"),
        (lambda a: np.linalg.lstsq(a, a)[1][0], "only the solution and the singular values"),
        (lambda a: np.sum(np.linalg.eigvals(a)), "complex values are not supported"),
        (lambda a: np.sum(np.einsum(a, [0, 1], [1, 0])), "the subscripts of `np.einsum` must be a string"),
    ],
    ids=["svd", "qr", "lstsq", "eigvals", "einsum"],
)
def test_refused(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(ad.AdcompileError) as caught:
        emit(function, (TALL,))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.sum(np.linalg.eigh(a, "U")[1] * V),
        lambda a: np.sum(np.linalg.eigh(np.stack((a, a @ a)), "u")[1] * V),
        lambda a: np.sum(linalg.eigh(a, driver="evd")[1] * V),
        lambda a: np.sum(linalg.eigh(a, lower=False, driver="evd")[1] * V),
        lambda a: np.sum(linalg.eigh(a)[0] * V),
    ],
)
def test_eigenvectors_have_the_signs_of_the_library(function: Callable[..., Any]) -> None:
    for seed in range(5):
        half = np.random.default_rng(seed).normal(size=(len(V), len(V)))
        a = half + half.T
        (value,), _ = emit(function, (a,)).call(a)
        np.testing.assert_allclose(value, function(a), rtol=1e-9)


def test_compiled_eigenvectors_of_the_upper_triangle() -> None:
    def weighed(a: Any) -> Any:
        return np.sum(np.linalg.eigh(a, "U")[1] * V)

    half = np.random.default_rng(1).normal(size=(len(V), len(V)))
    value, _ = ad.value_and_grad(weighed)(half + half.T)
    np.testing.assert_allclose(value, weighed(half + half.T), rtol=1e-9)


def test_eigenvectors_of_another_driver_are_refused() -> None:
    with pytest.raises(ad.AdcompileError, match="the signs of the eigenvectors"):
        emit(lambda a: np.sum(linalg.eigh(a)[1] ** 2), (P,))


def test_every_library_call_has_a_rule() -> None:
    assert {library.matmul, *ADJOINTS} == set(library.LIBRARY) - NONDIFFERENTIABLE


def inverse(a: np.ndarray[Any, Any]) -> Any:
    return np.sum(np.linalg.inv(a))


def logarithm(a: np.ndarray[Any, Any]) -> Any:
    return np.linalg.slogdet(a)[1]


def vectors(a: np.ndarray[Any, Any]) -> Any:
    return np.linalg.eigh(a)[1][0, 0]


SINGULAR = np.ones((2, 2))


@pytest.mark.parametrize(
    ("function", "argument", "message"),
    [
        (inverse, SINGULAR, "[Ss]ingular"),
        (inverse, np.ones((2, 3)), "Last 2 dimensions of the array must be square"),
        (inverse, V, "1-dimensional array given. Array must be at least two-dimensional"),
        (logarithm, np.diag((1.0, 0.0)), "[Ss]ingular"),
        (vectors, np.eye(3), "eigenvectors of repeated eigenvalues have no derivative"),
        (lambda a: np.sum(np.linalg.cholesky(a)), -np.eye(2), "not positive definite"),
    ],
    ids=["singular", "not square", "vector", "determinant 0", "repeated", "not positive"],
)
def test_errors_of_numpy(function: Callable[..., Any], argument: Any, message: str) -> None:
    """The type of NumPy's error, as plain Python; a derivative that does not exist is an error too."""

    def differentiate() -> None:
        emit(function, (argument,)).call(argument)

    with pytest.raises(np.linalg.LinAlgError, match=message):
        differentiate()


def test_errors_from_compiled_code() -> None:
    gradient = ad.grad(inverse)
    gradient(P)
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        gradient(SINGULAR)
    with pytest.raises(np.linalg.LinAlgError, match="must be square"):
        gradient(np.ones((2, 3)))


def test_operands_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"operands of solve do not fit: \(4,4\) \(3,\)"):
        ad.grad(lambda a, b: np.sum(np.linalg.solve(a, b)))(A, V[:3])


def raises(a: np.ndarray[Any, Any]) -> Any:
    if a[0] < 0.0:
        raise np.linalg.LinAlgError("below zero")
    return a[0] ** 2


def test_raising_the_error_of_linear_algebra() -> None:
    gradient = ad.grad(raises)
    np.testing.assert_array_equal(gradient(np.array([3.0])), [6.0])
    with pytest.raises(np.linalg.LinAlgError, match="below zero"):
        gradient(np.array([-3.0]))


def test_scalars_are_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"`np.linalg.inv` of a float is not supported"):
        ad.grad(lambda x: np.linalg.inv(x))(1.0)


def power_stored_into(a, n):
    m = np.linalg.matrix_power(a, n)
    m[0, 0] = 5.0
    return np.sum(a * a) + np.sum(m)


def base_stored_into(a, n):
    b = a * 1.0
    m = np.linalg.matrix_power(b, n)
    b[0, 0] = 5.0
    return np.sum(b * b) + np.sum(m)


@pytest.mark.parametrize("n", [-1, 0, 1, 2, 3])
@pytest.mark.parametrize("function", [power_stored_into, base_stored_into])
def test_the_first_power_is_the_array_itself(function, n):
    """The exponent is known when the program runs only; a store into either shows in the other, or is refused."""
    a = np.random.default_rng(0).normal(size=(3, 3))
    try:
        emitted = emit(function, (a.copy(), n))
    except ad.UnsupportedError:
        assert function is power_stored_into
        return
    np.testing.assert_allclose(emitted.call(a.copy(), n)[0][0], function(a.copy(), n))
