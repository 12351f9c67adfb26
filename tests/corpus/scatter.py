"""Stores at arrays of ints and under masks."""

import numpy as np

from tests.corpus.registry import Array, Result, program

INDEX = np.array([2, 0, 2, -1])


@program(args=lambda rng: (rng.normal(size=4), np.array([1, 3, 1, 0])), compiled=True)
def last_write_wins(x: Array, idx: Array) -> Result:
    y = np.ones(4)
    y[idx] = x * x
    y[idx[:2]] = y[2] * x[0]
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=5), np.array([4, 0, 4, 4])), compiled=True)
def buffered_update(x: Array, idx: Array) -> Result:
    x[idx] += x[:4] * 2.0
    x[idx] *= x[idx[::-1]]
    return np.sum(x * x)


@program(args=lambda rng: (rng.normal(size=6), np.array([0, 2, 2, 1, 0, 2])), compiled=True)
def histogram(x: Array, bins: Array) -> Result:
    h = np.zeros(3)
    for i, k in enumerate(bins):
        h[k] += x[i] ** 2
    h[bins] += 1.0
    return np.sum(h * h)


@program(args=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=3)))
def rows_scattered(x: Array, v: Array) -> Result:
    x[INDEX] = v
    x[INDEX, 1] = v[0] * 2.0
    x[:, [0, 2]] *= x[:, [2, 0]]
    x[[0, 1]] = x[[1, 0]]
    return np.sum(x * x)


@program(args=lambda rng: (rng.normal(size=(3, 4)), np.array([0, 2]), np.array([3, 1])))
def pairs_and_grids(x: Array, i: Array, j: Array) -> Result:
    y = np.zeros((3, 4))
    y[i, j] = x[j % 3, i]
    y[i[:, None], j] += x[:2, :2]
    y[1, j] = x[0, 0]
    y[i, 1:3] -= x[1, :2]
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=(2, 3, 4)), np.array([1, 0])))
def arrays_apart(x: Array, i: Array) -> Result:
    y = np.zeros((2, 3, 4))
    y[i, :, i] = x[0, :2, :3] * 2.0
    y[0, 1:, i] = x[1, 0, :2]
    y[..., i] += 1.0
    return np.sum(y * y * x)


@program(args=lambda rng: (rng.normal(size=5), np.array([3, 1])))
def scatter_into_a_view(x: Array, i: Array) -> Result:
    y = x * 1.0
    back = y[::-1]
    back[i] = y[i] * 2.0
    y[1:][i] += back[0]
    m = np.zeros((2, 5))
    m[1][i] = y[:2]
    m.T[i] += 0.5
    return np.sum(y * x) + np.sum(m * m)


@program(args=lambda rng: (rng.normal(size=6),), compiled=True)
def mask_with_a_number(x: Array) -> Result:
    y = x * 2.0
    y[x > 0.0] = 0.5
    y[y < -1.0] *= x[0]
    y[(x < 0.3) & (x > -0.3)] += x[1]
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=6),), compiled=True)
def mask_with_the_same_mask(x: Array) -> Result:
    mask = x > 0.0
    y = np.zeros(6)
    y[mask] = x[mask] ** 2
    y[~mask] = -x[~mask] * 0.5
    y[x > 1.0] = np.log(x[x > 1.0])
    y[mask] -= y[mask] * x[mask]
    return np.sum(y)


@program(args=lambda rng: (rng.normal(size=5), np.array([True, False, True, True, False])))
def mask_takes_values_in_order(x: Array, mask: Array) -> Result:
    y = np.ones(5)
    y[mask] = x[:3] * x[2:]
    x[~mask] = y[[0, 2]]
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=(3, 4)), np.array([True, False, True]), rng.normal(size=4)))
def mask_of_rows(x: Array, mask: Array, v: Array) -> Result:
    y = x * x
    y[mask] = v
    y[mask, 1] = x[0, 0]
    y[~mask] += v * x[~mask]
    y[:, x[0] > 0.0] = 0.25
    y[mask] = x[1:] * 2.0
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def mask_in_two_dimensions(x: Array) -> Result:
    y = x * 1.0
    y[x > 0.5] = -1.0
    y[x < 0.0] **= 2
    y.T[x.T > 0.0] *= 3.0
    rows = y[1]
    rows[rows < 0.0] = x[0, 0]
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=7),), compiled=True)
def reductions_under_a_mask(x: Array) -> Result:
    positive = x > 0.0
    return x[positive].sum() * np.mean(x[~positive] ** 2) + np.sum(np.exp(x[positive])) * len(x[positive])


@program(args=lambda rng: (rng.normal(size=5), 3))
def masks_in_a_loop(x: Array, n: int) -> Result:
    for k in range(n):
        x[x > 1.0] *= 0.5
        x[x < -0.5] += 0.2 * x[k]
    return np.sum(x * x)


@program(args=lambda rng: (rng.normal(size=5),))
def argument_clipped_by_masks(x: Array) -> Result:
    low, high = -0.5, 0.8
    original = x.copy()
    x[x < low] = low
    x[x > high] = high
    return np.sum(x * original)


@program(args=lambda rng: (rng.normal(size=4), np.array([0, 1, 1])))
def mask_that_changes(x: Array, idx: Array) -> Result:
    mask = x > 10.0
    mask[idx] = True
    y = x * 3.0
    y[mask] = x[0]
    mask[0] = False
    y[mask] += 1.0
    return np.sum(y * x)
