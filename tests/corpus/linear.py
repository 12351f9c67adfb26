"""Products of matrices and vectors in every layout."""

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=(3, 5)), rng.normal(size=(5, 4))), compiled=True)
def products_of_transposes(a: Array, b: Array, c: Array) -> Result:
    return np.sum(a.T @ b) + np.sum((a @ c.T) * b) + np.sum((b @ c) ** 2)


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=3)))
def matrix_and_vectors(a: Array, v: Array, w: Array) -> Result:
    return w @ (a @ v) + (w @ a) @ v + v @ v + np.sum(a @ v * w)


@program(args=lambda rng: (rng.normal(size=(4, 4)), rng.normal(size=4)))
def quadratic_form(a: Array, x: Array) -> Result:
    return x @ a @ x + 0.5 * np.sum(a @ a)


@program(args=lambda rng: (np.asfortranarray(rng.normal(size=(3, 4))), rng.normal(size=(8, 6))[::2, ::-3]))
def products_of_fortran_and_strided(a: Array, b: Array) -> Result:
    return np.sum(np.tanh(a @ b)) + np.sum(a[::-1] @ b[:, :1])


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=(4, 2))))
def dot_of_matrices(a: Array, b: Array) -> Result:
    return np.dot(a, b)[0, 1] * np.sum(a.dot(b)) + np.sum(np.dot(a[0], b))


@program(args=lambda rng: (rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 4, 3))))
def batched_product(a: Array, b: Array) -> Result:
    return np.sum((a @ b) ** 2)


@program(args=lambda rng: (rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 2))))
def batched_product_broadcast(a: Array, b: Array) -> Result:
    return np.sum(np.sin(a @ b))


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=4)))
def outer_products(x: Array, y: Array) -> Result:
    m = np.outer(x, y)
    return np.sum(m * m) + np.sum(np.outer(y, y) @ y) + m[0, 1]


@program(args=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=4), 0.1))
def ridge_loss(a: Array, y: Array, penalty: float) -> Result:
    w = a.T @ y
    r = a @ w - y
    return 0.5 * np.sum(r * r) + penalty * (w @ w)


@program(args=lambda rng: (rng.normal(size=(3, 3)), rng.normal(size=3)))
def power_iteration_unrolled(a: Array, v: Array) -> Result:
    u = a @ v
    u = u / np.sqrt(u @ u)
    w = a @ u
    w = w / np.sqrt(w @ w)
    return w @ (a @ w)


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=(3, 3, 4))))
def products_of_rows_in_loop(a: Array, b: Array) -> Result:
    s = 0.0
    for i in range(3):
        s += a[i] @ b[i].T @ (b[i] @ a[i])
    return s


@program(args=lambda rng: (rng.normal(size=(3, 0)), rng.normal(size=(0, 2)), rng.normal(size=2)))
def empty_inner_axis(a: Array, b: Array, c: Array) -> Result:
    return np.sum((a @ b + c) ** 2)


@program(args=lambda rng: (rng.normal(size=(3, 1)), rng.normal(size=(1, 3)), rng.normal(size=1)))
def products_of_size_one(a: Array, b: Array, c: Array) -> Result:
    return np.sum(a @ b) * (b @ a)[0, 0] + np.sum(c @ b)


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.integers(-2, 3, (4, 2))))
def product_with_integers(a: Array, k: Array) -> Result:
    return np.sum((a @ k) ** 2) + np.sum(k.T @ k) * a[0, 0]


@program(args=lambda rng: (rng.normal(size=(4, 3)),))
def gram(a: Array) -> Result:
    g = a.T @ a
    return g - g @ g


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=2)), compiled=True)
def parts_of_a_transpose_in_products(d: Array, v: Array) -> Result:
    d = np.tanh(d)
    t = d.T
    t[1, 2] = v[0]
    s = np.sum(np.sin(t[:, :-1] @ v)) + np.sum(np.cos(t[:-1] @ t[:3, :]))
    return s + np.sum((t[2:] @ d[:, 1:]) ** 2)
