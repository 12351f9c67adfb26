"""Linear algebra in loops over rows: cholesky, trisolv and durbin in the NumPy form of NPBench."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def cholesky(A):
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, A.shape[0]):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    return np.sum(A)


@compiled
def factored(A):
    """The factor in the lower half. Its transpose is kept beside it, so that inner loops run along rows."""
    n = A.shape[0]
    L = np.empty((n, n))
    L[:, :] = A
    U = np.empty((n, n))
    for i in range(n):
        row = L[i]
        for j in range(i):
            element = row[j] / U[j, j]
            row[j] = element
            U[j, i] = element
            rest, above = row[j + 1 : i + 1], U[j, j + 1 : i + 1]
            for k in range(rest.shape[0]):
                rest[k] -= element * above[k]
        row[i] = np.sqrt(row[i])
        U[i, i] = row[i]
    return L


@compiled
def cholesky_fused(A):
    return factored(A).sum()


@compiled
def cholesky_by_hand(A):
    # Nothing is saved: the factor holds all that is read. The row at work has an array of its own: rows of one could
    # overlap for all that LLVM knows.
    L = factored(A)
    n = L.shape[0]
    bar = np.ones((n, n))
    row_bar = np.empty(n)
    for i in range(n - 1, -1, -1):
        row = L[i]
        diagonal_bar = bar[i, i] / (2.0 * row[i])
        twice = 2.0 * diagonal_bar
        row_bar[i] = diagonal_bar
        below = bar[i]
        for j in range(i):
            row_bar[j] = below[j] - twice * row[j]
        for k in range(i - 1, -1, -1):
            element_bar = row_bar[k] / L[k, k]
            row_bar[k] = element_bar
            bar[k, k] -= element_bar * row[k]
            other, other_bar = L[k, :k], bar[k, :k]
            for j in range(k):
                row_bar[j] -= element_bar * other[j]
                other_bar[j] -= element_bar * row[j]
        for j in range(i + 1):
            below[j] = row_bar[j]
    return L.sum(), (bar,)


def cholesky_torch(torch, A):
    A = A.clone()
    A[0, 0] = torch.sqrt(A[0, 0].clone())
    for i in range(1, A.shape[0]):
        for j in range(i):
            A[i, j] -= torch.dot(A[i, :j].clone(), A[j, :j].clone())
            A[i, j] /= A[j, j].clone()
        A[i, i] -= torch.dot(A[i, :i].clone(), A[i, :i].clone())
        A[i, i] = torch.sqrt(A[i, i].clone())
    return torch.sum(A)


def cholesky_jax(jax, A):
    jnp = jax.numpy
    n = A.shape[0]
    columns = jnp.arange(n)

    def factor_row(A, i):
        def element(row, j):
            known = jnp.where(columns < j, A[j], 0.0)
            value = (row[j] - jnp.dot(row, known)) / A[j, j]
            return jnp.where((columns == j) & (j < i), value, row), None

        row, _ = jax.lax.scan(element, A[i], columns)
        left = jnp.where(columns < i, row, 0.0)
        row = row.at[i].set(jnp.sqrt(row[i] - jnp.dot(left, left)))
        return A.at[i].set(row), None

    A, _ = jax.lax.scan(factor_row, A, columns)
    return A.sum()


def trisolv(L, x, b):
    for i in range(L.shape[0]):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.sum(x)


@compiled
def solved(L, b):
    x = np.empty_like(b)
    for i in range(L.shape[0]):
        x[i] = (b[i] - np.dot(L[i, :i], x[:i])) / L[i, i]
    return x


@compiled
def trisolv_fused(L, x, b):
    return solved(L, b).sum()


@compiled
def trisolv_by_hand(L, x, b):
    x_new = solved(L, b)
    n = L.shape[0]
    L_bar = np.empty_like(L)
    b_bar = np.ones_like(b)
    for i in range(n - 1, -1, -1):
        element_bar = b_bar[i] / L[i, i]
        b_bar[i] = element_bar
        for j in range(i):
            b_bar[j] -= element_bar * L[i, j]
        for j in range(i + 1):
            L_bar[i, j] = -element_bar * x_new[j]
        for j in range(i + 1, n):
            L_bar[i, j] = 0.0
    return x_new.sum(), (L_bar, np.zeros_like(x), b_bar)


def trisolv_torch(torch, L, x, b):
    x = x.clone()
    for i in range(L.shape[0]):
        x[i] = (b[i] - L[i, :i] @ x[:i].clone()) / L[i, i]
    return torch.sum(x)


def trisolv_jax(jax, L, x, b):
    jnp = jax.numpy
    columns = jnp.arange(L.shape[0])

    def element(x, row):
        i, coefficients, right = row
        known = jnp.where(columns < i, x, 0.0)
        return x.at[i].set((right - jnp.dot(coefficients, known)) / coefficients[i]), None

    x, _ = jax.lax.scan(element, x, (columns, L, b))
    return x.sum()


def durbin(r):
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y)


@compiled
def durbin_fused(r):
    n = r.shape[0]
    reverse = r[::-1].copy()
    y = np.empty_like(r)
    alpha, beta = -r[0], 1.0
    y[0] = alpha
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(reverse[n - k :], y[:k])) / beta
        for i in range(k // 2):
            low, high = y[i], y[k - 1 - i]
            y[i] = low + alpha * high
            y[k - 1 - i] = high + alpha * low
        if k % 2 == 1:
            y[k // 2] += alpha * y[k // 2]
        y[k] = alpha
    return y.sum()


@compiled
def durbin_by_hand(r):
    # Row k of `rows` is y in front of trip k; a trip writes the next row instead of saving the last.
    n = r.shape[0]
    reverse = r[::-1].copy()
    rows = np.empty(n * (n + 1) // 2)
    betas = np.empty(n)
    rows[0], betas[0] = -r[0], 1.0
    start = 0
    for k in range(1, n):
        y = rows[start : start + k]
        alpha = y[k - 1]
        betas[k] = betas[k - 1] * (1.0 - alpha * alpha)
        alpha = -(r[k] + np.dot(reverse[n - k :], y)) / betas[k]
        start += k
        y_next = rows[start : start + k + 1]
        for i in range(k):
            y_next[i] = y[i] + alpha * y[k - 1 - i]
        y_next[k] = alpha
    value = rows[start : start + n].sum()

    y_bar, flipped = np.ones(n), np.empty(n)
    reverse_bar = np.zeros(n)
    r_bar = np.zeros(n)
    beta_bar, alpha_bar = 0.0, 0.0
    for k in range(n - 1, 0, -1):
        alpha = rows[start + k]
        start -= k
        y = rows[start : start + k]
        for i in range(k):
            flipped[i] = y_bar[k - 1 - i]
        alpha_bar += y_bar[k] + np.dot(flipped[:k], y)
        scaled = -alpha_bar / betas[k]
        r_bar[k] += scaled
        beta_bar += scaled * alpha
        shifted, shifted_bar = reverse[n - k :], reverse_bar[n - k :]
        for i in range(k):
            y_bar[i] += alpha * flipped[i] + scaled * shifted[i]
        for i in range(k):
            shifted_bar[i] += scaled * y[i]
        last = y[k - 1]
        alpha_bar = -2.0 * last * betas[k - 1] * beta_bar
        beta_bar *= 1.0 - last * last
    r_bar[0] -= alpha_bar + y_bar[0]
    for i in range(n):
        r_bar[i] += reverse_bar[n - 1 - i]
    return value, (r_bar,)


def durbin_torch(torch, r):
    y = torch.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.shape[0]):
        beta = beta * (1.0 - alpha * alpha)
        alpha = -(r[k] + torch.dot(torch.flip(r[:k], (0,)), y[:k].clone())) / beta
        y[:k] += alpha * torch.flip(y[:k].clone(), (0,))
        y[k] = alpha
    return torch.sum(y)


def durbin_jax(jax, r):
    jnp = jax.numpy
    n = r.shape[0]
    columns = jnp.arange(n)

    def trip(carried, k):
        y, alpha, beta = carried
        beta = beta * (1.0 - alpha * alpha)
        before = columns < k
        known = jnp.where(before, y, 0.0)
        alpha = -(r[k] + jnp.dot(jnp.where(before, r[k - 1 - columns], 0.0), known)) / beta
        y = known + alpha * jnp.where(before, known[k - 1 - columns], 0.0)
        return (y.at[k].set(alpha), alpha, beta), None

    first = jnp.zeros(n).at[0].set(-r[0])
    (y, _, _), _ = jax.lax.scan(trip, (first, -r[0], 1.0), columns[1:])
    return y.sum()


def positive(rng, n):
    A = rng.normal(size=(n, n))
    return (A @ A.T / n + np.eye(n),)


def triangular(rng, n):
    L = np.tril(rng.normal(size=(n, n))) / n + np.eye(n)
    return (L, rng.normal(size=n), rng.normal(size=n))


def decaying(rng, n):
    return (0.5 * rng.normal(size=n) / np.arange(1, n + 1),)


PROGRAMS = (
    Program(
        name="cholesky",
        family="factorisations",
        kind="loop",
        function=cholesky,
        sizes={"N=100": lambda rng: positive(rng, 100), "N=300": lambda rng: positive(rng, 300)},
        tiny=lambda rng: positive(rng, 5),
        wrt=(0,),
        hand=cholesky_by_hand,
        fused=cholesky_fused,
        expected=2.0,
        expected_at="N=100",
        peers={"torch": cholesky_torch, "jax": cholesky_jax},
    ),
    Program(
        name="trisolv",
        family="factorisations",
        kind="array",
        function=trisolv,
        sizes={"N=400": lambda rng: triangular(rng, 400), "N=2000": lambda rng: triangular(rng, 2000)},
        tiny=lambda rng: triangular(rng, 5),
        wrt=(0, 1, 2),
        hand=trisolv_by_hand,
        fused=trisolv_fused,
        expected=6.0,
        expected_at="N=2000",
        peers={"torch": trisolv_torch, "jax": trisolv_jax},
    ),
    Program(
        name="durbin",
        family="factorisations",
        kind="array",
        function=durbin,
        sizes={"N=200": lambda rng: decaying(rng, 200), "N=1000": lambda rng: decaying(rng, 1000)},
        tiny=lambda rng: decaying(rng, 6),
        wrt=(0,),
        hand=durbin_by_hand,
        fused=durbin_fused,
        expected=6.6,
        expected_at="N=1000",
        peers={"torch": durbin_torch, "jax": durbin_jax},
    ),
)
