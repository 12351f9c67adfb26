"""Solvers and factorizations, also in loops and with their results changed in place."""

import numpy as np

from tests.corpus.registry import Array, Result, Rng, program


def positive(rng: Rng, size: int = 4) -> Array:
    """A symmetric positive definite matrix."""
    root = rng.normal(size=(size, size))
    return root @ root.T + size * np.eye(size)


@program(args=lambda rng: (rng.normal(size=(6, 2)), rng.normal(size=6), 0.7, 0.3), compiled=True)
def gaussian_process_likelihood(x: Array, y: Array, scale: float, noise: float) -> Result:
    squares = np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=2)
    k = np.exp(-0.5 * squares / scale**2) + noise * np.eye(len(y))
    factor = np.linalg.cholesky(k)
    alpha = np.linalg.solve(k, y)
    return 0.5 * (y @ alpha) + np.sum(np.log(np.diag(factor)))


@program(args=lambda rng: (positive(rng), rng.normal(size=(4, 2))))
def solve_in_loop(a: Array, b: Array) -> Result:
    x = b
    for k in range(3):
        x = np.linalg.solve(a + k * np.eye(4), np.sin(x))
    return np.sum(x * x)


@program(args=lambda rng: (positive(rng), rng.normal(size=4)), compiled=True)
def results_changed_in_place(a: Array, b: Array) -> Result:
    s = 0.0
    for k in range(3):
        x = np.linalg.solve(a, b + k)
        s += x @ x
        x *= x
        x[0] = s
        inverse = np.linalg.inv(a * (1.0 + x[1]))
        inverse[1] *= inverse[0] + x
        s += np.sum(np.sin(inverse)) + np.linalg.det(inverse)
    return s


@program(args=lambda rng: (positive(rng), rng.normal(size=4)), compiled=True)
def eigenvalues_in_branch(a: Array, b: Array) -> Result:
    s = 0.0
    for k in range(4):
        if k % 2 == 0:
            w, v = np.linalg.eigh(a * (k + 1.0))
            s += np.sum(np.log(w)) + (v[0] * v[0]) @ b
        else:
            sign, logdet = np.linalg.slogdet(a - 30.0 * k * np.eye(4))
            s += sign * logdet
    return s


@program(args=lambda rng: (rng.normal(size=(3, 3)),), compiled=True)
def sum_and_difference_solved(a: Array) -> Result:
    """The cotangents of both start as copies of one array."""
    even = a @ a
    odd = a @ even
    return np.sum(np.linalg.solve(even - odd, even + odd))


@program(args=lambda rng: (rng.normal(size=(3, 3)), rng.normal(size=(3, 3))))
def transposed_operands(a: Array, b: Array) -> Result:
    return np.sum(np.sin(np.linalg.solve(a.T, b.T))) + np.sum(np.linalg.inv(b.T)[0] * a[1])


@program(args=lambda rng: (np.asfortranarray(positive(rng)), rng.normal(size=(8, 6))[::2, ::-3]))
def fortran_and_strided_operands(a: Array, b: Array) -> Result:
    return np.sum(np.linalg.solve(a, b) ** 2) + np.linalg.slogdet(a)[1]


@program(args=lambda rng: (positive(rng, 3).astype(np.float32), rng.normal(size=3).astype(np.float32)), compiled=True)
def single_precision(a: Array, b: Array) -> Result:
    factor = np.linalg.cholesky(a)
    return np.sum(np.linalg.solve(factor, b)) * np.linalg.det(a) + np.linalg.slogdet(a)[1]


@program(args=lambda rng: (rng.normal(size=3), 5))
def while_with_eigenvalues(x: Array, n: int) -> Result:
    a = np.outer(x, x) + np.diag(np.arange(1.0, 4.0))
    k = 0
    while k < n and x[0] < 100.0:
        w, v = np.linalg.eigh(a)
        a = a + 0.1 * np.outer(w, w) + v * v
        k += 1
    return np.sum(a * a)
