"""Reads: views of views, negative steps, new axes, ellipsis, integer arrays with repeated indices."""

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=10),), compiled=True)
def view_of_view_in_loop(x: Array) -> Result:
    v = x[8:0:-1][::3]
    w = v[::-1]
    s = 0.0
    for i in range(len(w)):
        s += w[i] * v[i] * w[-1]
    return s


@program(args=lambda rng: (rng.normal(size=(4, 5)),))
def negative_indices(a: Array) -> Result:
    s = a[-1, -2] * a[0, -5]
    for i in range(-4, 0):
        s += a[i, i] ** 2
    return s + np.sum(a[-3:-1, -1] * a[1:3, 0])


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def new_axes_and_ellipsis(a: Array) -> Result:
    cube = a[:, None, :] * a[None, ...]
    return np.sum(cube[..., 0] * cube[0, ..., 1]) + np.sum(a[..., -1, None] * a[1])


@program(args=lambda rng: (rng.normal(size=6),))
def overlapping_slices(x: Array) -> Result:
    d = x[2:] - 2.0 * x[1:-1] + x[:-2]
    return np.sum(d * d) + np.sum(x[::2] * x[1::2])


@program(args=lambda rng: (rng.normal(size=(5, 3)), np.array([0, 2, 2, -1, 0, 0])), compiled=True)
def gather_with_repeats(table: Array, index: Array) -> Result:
    rows = table[index]
    s = np.sum(rows * rows[::-1])
    for k in range(len(index)):
        s += table[index[k], k % 3] * rows[k, 0]
    return s


@program(args=lambda rng: (rng.normal(size=(4, 5)), np.array([1, 1, 3]), np.array([0, 0, -1])))
def gather_pairs(a: Array, i: Array, j: Array) -> Result:
    picked = a[i, j]
    return np.sum(picked**2) * picked[0]


@program(args=lambda rng: (rng.normal(size=(4, 5)), np.array([[0, 3], [3, 3]])))
def gather_two_dimensional_index(a: Array, index: Array) -> Result:
    column = a[:, 2]
    return np.sum(column[index] * np.array([1.0, 2.0])) + np.sum(a[index, 1] * a[1, index])


@program(args=lambda rng: (rng.normal(size=5), np.zeros(0, dtype=np.int64)))
def gather_nothing(x: Array, index: Array) -> Result:
    return np.sum(x[index] * 2.0) + np.sum(x * x)


@program(args=lambda rng: (rng.normal(size=(6, 4)), np.array([2, 0, 2], dtype=np.int32)))
def gather_from_view(a: Array, index: Array) -> Result:
    view = a[::-2, 1:]
    return np.sum(view[index, 0] * view[0, index])


@program(args=lambda rng: (rng.normal(size=(2, 3, 4)),))
def transposes(a: Array) -> Result:
    b = a.T
    c = np.transpose(a, (2, 0, 1))
    d = a.transpose(1, 0, 2)
    return np.sum(b[1] * c[1, :, :].T) + d[2, 1, 3] * b[0, 0, 0] + np.sum(d[0] * a[:, 0])


@program(args=lambda rng: (rng.normal(size=(2, 6)),))
def reshapes(a: Array) -> Result:
    b = a.reshape(3, 4)
    c = np.reshape(a * a, (4, -1))
    d = (a.T).reshape(-1)
    return np.sum(b @ c) + d[3] * d[-1] + np.sum(a.reshape((12,))[::5])


@program(args=lambda rng: (np.asfortranarray(rng.normal(size=(3, 4))),))
def reshape_of_fortran(a: Array) -> Result:
    b = a.reshape(2, 6)
    return np.sum(b[0] * b[1]) + b[1, 0] * a[2, 3]


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def flips(a: Array) -> Result:
    return np.sum(np.flip(a, 0) * a) + np.sum(np.flip(a, axis=1)[:, 0] * a[:, 1]) + np.flip(a)[0, 0] * a[0, 0]


@program(args=lambda rng: (rng.normal(size=(4, 4)),))
def diagonals(a: Array) -> Result:
    d = np.diag(a)
    m = np.diag(d * d)
    s = 0.0
    for i in range(4):
        s += d[i] * a[3 - i, i]
    return s + np.sum(m @ a) + np.sum(np.diag(a, 1) * np.diag(a, -1))


@program(args=lambda rng: (rng.normal(size=(3, 4)), 1, 2))
def indices_from_arguments(a: Array, i: int, j: int) -> Result:
    return a[i, j] * a[i - 2, j + 1] + np.sum(a[i:, :j] ** 2) + np.sum(a[-j:, i] * a[:j, 0])


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def slices_past_the_end(a: Array) -> Result:
    return np.sum(a[1:100] ** 2) + np.sum(a[:, -100:2]) * a[0, 0] + np.sum(a[5:])


@program(args=lambda rng: (rng.normal(size=(7, 3))[::-2],))
def strided_argument_in_loop(a: Array) -> Result:
    s = 1.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            s = 0.9 * s + a[i, j] * a[-i, j]
    return s


@program(args=lambda rng: (rng.normal(size=(3, 4)), 0.3), compiled=True)
def row_counted_from_the_end_in_a_recurrence(a: Array, s: float) -> Result:
    """The backward loop counts down: its index is never negative, the other one always."""
    for i in range(a.shape[1]):
        s = np.sin(s) + a[-2, i] * s
    return s
