"""Stencils that use what they have just written: seidel_2d in the NumPy form of NPBench, and nonlinear advection."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def seidel_2d(steps, A):
    n = A.shape[0]
    for _ in range(steps - 1):
        for i in range(1, n - 1):
            A[i, 1:-1] += (
                A[i - 1, :-2] + A[i - 1, 1:-1] + A[i - 1, 2:] + A[i, 2:] + A[i + 1, :-2] + A[i + 1, 1:-1] + A[i + 1, 2:]
            )
            for j in range(1, n - 1):
                A[i, j] += A[i, j - 1]
                A[i, j] /= 9.0
    return np.sum(A)


@compiled
def seidel_2d_fused(steps, A):
    A = A.copy()
    n = A.shape[0]
    for _ in range(steps - 1):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] += (
                    A[i - 1, j - 1]
                    + A[i - 1, j]
                    + A[i - 1, j + 1]
                    + A[i, j + 1]
                    + A[i + 1, j - 1]
                    + A[i + 1, j]
                    + A[i + 1, j + 1]
                )
            left = A[i, 0]
            for j in range(1, n - 1):
                left = (A[i, j] + left) / 9.0
                A[i, j] = left
    return A.sum()


@compiled
def seidel_2d_by_hand(steps, A):
    # Linear. In a row only the recurrence is serial; what it yields is then gathered into three rows.
    value = seidel_2d_fused(steps, A)
    n = A.shape[0]
    A_bar = np.ones_like(A)
    row = np.zeros(n)
    ninth = 1.0 / 9.0
    for _ in range(steps - 1):
        for i in range(n - 2, 0, -1):
            right = 0.0
            for j in range(n - 2, 0, -1):
                right = (A_bar[i, j] + right) * ninth
                row[j] = right
            A_bar[i, 0] += row[1]
            A_bar[i, n - 1] += row[n - 2]
            A_bar[i - 1, 0] += row[1]
            A_bar[i - 1, n - 1] += row[n - 2]
            A_bar[i + 1, 0] += row[1]
            A_bar[i + 1, n - 1] += row[n - 2]
            for j in range(1, n - 1):
                pair = row[j - 1] + row[j]
                A_bar[i, j] = pair
                A_bar[i - 1, j] += pair + row[j + 1]
                A_bar[i + 1, j] += pair + row[j + 1]
    return value, (A_bar,)


def seidel_2d_torch(torch, steps, A):
    A = A.clone()
    last = A.shape[0] - 1
    for _ in range(steps - 1):
        for i in range(1, last):
            A[i, 1:-1] += (
                A[i - 1, :-2] + A[i - 1, 1:-1] + A[i - 1, 2:] + A[i, 2:] + A[i + 1, :-2] + A[i + 1, 1:-1] + A[i + 1, 2:]
            )
            for j in range(1, last):
                A[i, j] += A[i, j - 1].clone()
                A[i, j] /= 9.0
    return torch.sum(A)


def seidel_2d_jax(jax, steps, A):
    n = A.shape[0]

    def row(above, rows):
        here, below = rows
        inner = here[1:-1] + here[2:] + above[:-2] + above[1:-1] + above[2:] + below[:-2] + below[1:-1] + below[2:]

        def along(left, element):
            left = (element + left) / 9.0
            return left, left

        _, inner = jax.lax.scan(along, here[0], inner)
        here = here.at[1:-1].set(inner)
        return here, here

    def step(A, _):
        _, inner = jax.lax.scan(row, A[0], (A[1 : n - 1], A[2:]))
        return A.at[1 : n - 1].set(inner), None

    A, _ = jax.lax.scan(step, A, None, length=steps - 1)
    return A.sum()


def advection(u, c, steps):
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            u[i] = u[i] - c * u[i] * (u[i + 1] - u[i - 1])
    return np.sum(u * u)


@compiled
def advection_by_hand(u, c, steps):
    # Row t holds the elements in front of step t: every element is overwritten where a product reads it.
    n = u.shape[0]
    states = np.empty((steps + 1, n))
    states[0, :] = u
    for t in range(steps):
        left = u[0]
        states[t + 1, 0] = left
        for i in range(1, n - 1):
            here = states[t, i]
            left = here - c * here * (states[t, i + 1] - left)
            states[t + 1, i] = left
        states[t + 1, n - 1] = u[n - 1]
    value = 0.0
    u_bar = np.empty_like(u)
    for i in range(n):
        value += states[steps, i] * states[steps, i]
        u_bar[i] = 2.0 * states[steps, i]
    c_bar = 0.0
    for t in range(steps - 1, -1, -1):
        right_bar = u_bar[n - 1]
        here_bar = u_bar[n - 2]
        for i in range(n - 2, 0, -1):
            here = states[t, i]
            slope = states[t, i + 1] - states[t + 1, i - 1]
            c_bar -= here * slope * here_bar
            flow = c * here * here_bar
            u_bar[i + 1] = right_bar - flow
            right_bar = here_bar - c * slope * here_bar
            here_bar = u_bar[i - 1] + flow
        u_bar[1] = right_bar
        u_bar[0] = here_bar
    return value, (u_bar, c_bar)


def advection_torch(torch, u, c, steps):
    u = u.clone()
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            u[i] = u[i].clone() - c * u[i].clone() * (u[i + 1].clone() - u[i - 1].clone())
    return torch.sum(u * u)


def advection_jax(jax, u, c, steps):
    def step(u, _):
        def along(left, pair):
            here, right = pair
            left = here - c * here * (right - left)
            return left, left

        _, inner = jax.lax.scan(along, u[0], (u[1:-1], u[2:]))
        return u.at[1:-1].set(inner), None

    u, _ = jax.lax.scan(step, u, None, length=steps)
    return (u * u).sum()


PROGRAMS = (
    Program(
        name="seidel_2d",
        family="sweeps",
        kind="loop",
        function=seidel_2d,
        sizes={
            "T=8 N=50": lambda rng: (8, rng.normal(size=(50, 50))),
            "T=15 N=100": lambda rng: (15, rng.normal(size=(100, 100))),
        },
        tiny=lambda rng: (3, rng.normal(size=(5, 5))),
        wrt=(1,),
        hand=seidel_2d_by_hand,
        fused=seidel_2d_fused,
        expected=4.0,
        expected_at="T=8 N=50",
        peers={"torch": seidel_2d_torch, "jax": seidel_2d_jax},
    ),
    Program(
        name="advection",
        family="sweeps",
        kind="loop",
        function=advection,
        sizes={
            "T=20 N=64": lambda rng: (rng.uniform(0.5, 1.0, 64), 0.1, 20),
            "T=200 N=1000": lambda rng: (0.5 + 0.1 * np.sin(np.arange(1000) / 30.0), 0.1, 200),
        },
        tiny=lambda rng: (rng.uniform(0.5, 1.0, 7), 0.1, 3),
        wrt=(0, 1),
        hand=advection_by_hand,
        peers={"torch": advection_torch, "jax": advection_jax},
    ),
)
