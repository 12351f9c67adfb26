"""Stencils over time written as slices: jacobi_2d and heat_3d in the NumPy form of NPBench."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def jacobi_2d(steps, A, B):
    for _ in range(1, steps):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A[1:-1, 1:-1] = 0.2 * (B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1])
    return np.sum(A)


@compiled
def smooth(source, target):
    for i in range(1, source.shape[0] - 1):
        for j in range(1, source.shape[1] - 1):
            target[i, j] = 0.2 * (
                source[i, j] + source[i, j - 1] + source[i, j + 1] + source[i + 1, j] + source[i - 1, j]
            )


@compiled
def jacobi_2d_fused(steps, A, B):
    A, B = A.copy(), B.copy()
    for _ in range(1, steps):
        smooth(A, B)
        smooth(B, A)
    return A.sum()


@compiled
def add_edges(inner, edges):
    """What the elements next to the edges hand to the edges; corners are never read."""
    n, m = inner.shape
    for j in range(1, m - 1):
        edges[0, j] += 0.2 * inner[1, j]
        edges[1, j] += 0.2 * inner[n - 2, j]
    for i in range(1, n - 1):
        edges[2, i] += 0.2 * inner[i, 1]
        edges[3, i] += 0.2 * inner[i, m - 2]


@compiled
def set_edges(bar, edges, start):
    n, m = bar.shape
    for j in range(m):
        bar[0, j] = start + edges[0, j]
        bar[n - 1, j] = start + edges[1, j]
    for i in range(1, n - 1):
        bar[i, 0] = start + edges[2, i]
        bar[i, m - 1] = start + edges[3, i]


@compiled
def jacobi_2d_by_hand(steps, A, B):
    # Linear, so nothing is saved. Inner elements are overwritten in every step: their cotangents are written, not
    # added to, and the stencil is its own transpose if the edges are kept apart and zero.
    value = jacobi_2d_fused(steps, A, B)
    n, m = A.shape
    A_bar, B_bar = np.zeros_like(A), np.zeros_like(B)
    A_edges, B_edges = np.zeros((4, max(n, m))), np.zeros((4, max(n, m)))
    A_bar[1:-1, 1:-1] = 1.0
    for _ in range(1, steps):
        add_edges(A_bar, B_edges)
        smooth(A_bar, B_bar)
        add_edges(B_bar, A_edges)
        smooth(B_bar, A_bar)
    if steps > 1:
        B_bar[1:-1, 1:-1] = 0.0
    set_edges(A_bar, A_edges, 1.0)
    set_edges(B_bar, B_edges, 0.0)
    return value, (A_bar, B_bar)


def jacobi_2d_torch(torch, steps, A, B):
    A, B = A.clone(), B.clone()
    for _ in range(1, steps):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A[1:-1, 1:-1] = 0.2 * (B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1])
    return torch.sum(A)


def jacobi_2d_jax(jax, steps, A, B):
    def smoothed(A):
        return 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])

    def step(arrays, _):
        A, B = arrays
        B = B.at[1:-1, 1:-1].set(smoothed(A))
        return (A.at[1:-1, 1:-1].set(smoothed(B)), B), None

    (A, _), _ = jax.lax.scan(step, (A, B), None, length=steps - 1)
    return A.sum()


def heat_3d(steps, A, B):
    for _ in range(1, steps):
        B[1:-1, 1:-1, 1:-1] = (
            0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, :-2, 1:-1])
            + 0.125 * (A[1:-1, 1:-1, 2:] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, 1:-1, :-2])
            + A[1:-1, 1:-1, 1:-1]
        )
        A[1:-1, 1:-1, 1:-1] = (
            0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[:-2, 1:-1, 1:-1])
            + 0.125 * (B[1:-1, 2:, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, :-2, 1:-1])
            + 0.125 * (B[1:-1, 1:-1, 2:] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, 1:-1, :-2])
            + B[1:-1, 1:-1, 1:-1]
        )
    return np.sum(A)


@compiled
def diffuse(source, target):
    n, m, p = source.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            for k in range(1, p - 1):
                here = 2.0 * source[i, j, k]
                target[i, j, k] = (
                    0.125 * (source[i + 1, j, k] - here + source[i - 1, j, k])
                    + 0.125 * (source[i, j + 1, k] - here + source[i, j - 1, k])
                    + 0.125 * (source[i, j, k + 1] - here + source[i, j, k - 1])
                    + source[i, j, k]
                )


@compiled
def heat_3d_fused(steps, A, B):
    A, B = A.copy(), B.copy()
    for _ in range(1, steps):
        diffuse(A, B)
        diffuse(B, A)
    return A.sum()


@compiled
def add_faces(inner, faces):
    """What the elements next to the faces hand to the faces; edges are never read."""
    n, m, p = inner.shape
    for j in range(1, m - 1):
        for k in range(1, p - 1):
            faces[0, j, k] += 0.125 * inner[1, j, k]
            faces[1, j, k] += 0.125 * inner[n - 2, j, k]
    for i in range(1, n - 1):
        for k in range(1, p - 1):
            faces[2, i, k] += 0.125 * inner[i, 1, k]
            faces[3, i, k] += 0.125 * inner[i, m - 2, k]
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            faces[4, i, j] += 0.125 * inner[i, j, 1]
            faces[5, i, j] += 0.125 * inner[i, j, p - 2]


@compiled
def set_faces(bar, faces, start):
    n, m, p = bar.shape
    for j in range(m):
        for k in range(p):
            bar[0, j, k] = start + faces[0, j, k]
            bar[n - 1, j, k] = start + faces[1, j, k]
    for i in range(1, n - 1):
        for k in range(p):
            bar[i, 0, k] = start + faces[2, i, k]
            bar[i, m - 1, k] = start + faces[3, i, k]
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            bar[i, j, 0] = start + faces[4, i, j]
            bar[i, j, p - 1] = start + faces[5, i, j]


@compiled
def heat_3d_by_hand(steps, A, B):
    # As jacobi_2d: linear, its own transpose once the faces are kept apart and zero.
    value = heat_3d_fused(steps, A, B)
    longest = max(A.shape)
    A_bar, B_bar = np.zeros_like(A), np.zeros_like(B)
    A_faces, B_faces = np.zeros((6, longest, longest)), np.zeros((6, longest, longest))
    A_bar[1:-1, 1:-1, 1:-1] = 1.0
    for _ in range(1, steps):
        add_faces(A_bar, B_faces)
        diffuse(A_bar, B_bar)
        add_faces(B_bar, A_faces)
        diffuse(B_bar, A_bar)
    if steps > 1:
        B_bar[1:-1, 1:-1, 1:-1] = 0.0
    set_faces(A_bar, A_faces, 1.0)
    set_faces(B_bar, B_faces, 0.0)
    return value, (A_bar, B_bar)


def heat_3d_torch(torch, steps, A, B):
    inner = (slice(1, -1),) * 3

    def diffused(A):
        here = 2.0 * A[inner]
        return (
            0.125 * (A[2:, 1:-1, 1:-1] - here + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - here + A[1:-1, :-2, 1:-1])
            + 0.125 * (A[1:-1, 1:-1, 2:] - here + A[1:-1, 1:-1, :-2])
            + A[inner]
        )

    A, B = A.clone(), B.clone()
    for _ in range(1, steps):
        B[inner] = diffused(A)
        A[inner] = diffused(B)
    return torch.sum(A)


def heat_3d_jax(jax, steps, A, B):
    inner = (slice(1, -1),) * 3

    def diffused(A):
        here = 2.0 * A[inner]
        return (
            0.125 * (A[2:, 1:-1, 1:-1] - here + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - here + A[1:-1, :-2, 1:-1])
            + 0.125 * (A[1:-1, 1:-1, 2:] - here + A[1:-1, 1:-1, :-2])
            + A[inner]
        )

    def step(arrays, _):
        A, B = arrays
        B = B.at[inner].set(diffused(A))
        return (A.at[inner].set(diffused(B)), B), None

    (A, _), _ = jax.lax.scan(step, (A, B), None, length=steps - 1)
    return A.sum()


PROGRAMS = (
    Program(
        name="jacobi_2d",
        family="stencils",
        kind="array",
        function=jacobi_2d,
        sizes={
            "T=50 N=150": lambda rng: (50, rng.normal(size=(150, 150)), rng.normal(size=(150, 150))),
            "T=80 N=350": lambda rng: (80, rng.normal(size=(350, 350)), rng.normal(size=(350, 350))),
        },
        tiny=lambda rng: (3, rng.normal(size=(5, 6)), rng.normal(size=(5, 6))),
        wrt=(1, 2),
        hand=jacobi_2d_by_hand,
        fused=jacobi_2d_fused,
        expected=2.7,
        expected_at="T=50 N=150",
        peers={"torch": jacobi_2d_torch, "jax": jacobi_2d_jax},
    ),
    Program(
        name="heat_3d",
        family="stencils",
        kind="array",
        function=heat_3d,
        sizes={
            "T=25 N=25": lambda rng: (25, rng.normal(size=(25, 25, 25)), rng.normal(size=(25, 25, 25))),
            "T=50 N=40": lambda rng: (50, rng.normal(size=(40, 40, 40)), rng.normal(size=(40, 40, 40))),
        },
        tiny=lambda rng: (3, rng.normal(size=(4, 5, 4)), rng.normal(size=(4, 5, 4))),
        wrt=(1, 2),
        hand=heat_3d_by_hand,
        fused=heat_3d_fused,
        expected=3.2,
        expected_at="T=25 N=25",
        peers={"torch": heat_3d_torch, "jax": heat_3d_jax},
    ),
)
