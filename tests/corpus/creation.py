"""Arrays from constants and arrays from arrays."""

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=(3, 4)), 2.5))
def constants(x: Array, s: float) -> Result:
    a = np.zeros(4) + np.ones((3, 1)) * x
    b = np.full((3, 4), s) * np.eye(3, 4)
    return np.sum(a * b) + np.sum(np.full(3, 2) * x[:, 0]) + np.sum(np.eye(3) @ x)


@program(args=lambda rng: (rng.normal(size=(3, 4)), 2.5))
def like_forms(x: Array, s: float) -> Result:
    a = np.ones_like(x) * s
    b = np.full_like(x, s * s)
    c = np.zeros_like(x[0])
    c[1] = s
    d = np.empty_like(x)
    d[:] = x * s
    return np.sum(a * b * x) + np.sum(c * d)


@program(args=lambda rng: (rng.normal(size=5),))
def ranges(x: Array) -> Result:
    return np.sum(np.arange(5) * x) + np.sum(np.arange(1, 6) ** x[0]) + np.sum(np.arange(0.0, 1.0, 0.25) * x[1:])


@program(args=lambda rng: (0.3, 1.9))
def linspace_with_active_ends(a: float, b: float) -> Result:
    t = np.linspace(a, b, 7)
    return np.sum(np.sin(t) * t) + np.linspace(0.0, 1.0, 5)[3] * a


@program(args=lambda rng: (rng.normal(size=(2, 3)), rng.normal(size=(1, 3)), rng.normal(size=3)), compiled=True)
def concatenations(x: Array, y: Array, z: Array) -> Result:
    rows = np.concatenate((x, y, x[:1]))
    columns = np.concatenate([x, x * x], axis=1)
    line = np.concatenate((z, z[::-1]))
    return np.sum(rows**2) + np.sum(columns[:, 1:5] * line[1:5]) + np.sum(np.concatenate((x, x), axis=-1)[0])


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=3)))
def stacks(x: Array, y: Array) -> Result:
    a = np.stack((x, y, x * y))
    b = np.stack([x, y], axis=1)
    c = np.stack((x, y), axis=-1)
    return np.sum(a @ b) + np.sum(c * b) * a[2, 0]


@program(args=lambda rng: (np.array([-2.0, -0.5, 0.3, 1.7]), -1.0, 1.0))
def clips(x: Array, low: float, high: float) -> Result:
    a = np.clip(x, low, high)
    b = x.clip(-0.7, 0.7)
    return np.sum(a * b * x) + np.sum(np.clip(x * x, 0.2, None))


@program(args=lambda rng: (rng.normal(size=4),))
def integer_arrays_made_inside(x: Array) -> Result:
    index = np.arange(4)[::-1]
    sign = np.ones(4, dtype=np.int64)
    sign[1] = -1
    return np.sum(x[index] * sign * x) + np.sum(np.zeros(3, dtype=bool) * x[1:])


@program(args=lambda rng: (rng.normal(size=(2, 3)),))
def eye_forms(x: Array) -> Result:
    return np.sum((np.eye(2) + x @ x.T) ** 2) + np.sum(np.eye(3, k=1) * (x.T @ x)) + np.sum(np.eye(2, 3) * x)


@program(args=lambda rng: (rng.normal(size=3), 4))
def sizes_from_arguments(x: Array, n: int) -> Result:
    a = np.zeros((n, len(x)))
    for i in range(n):
        a[i] = x * i
    b = np.full((x.size, n), x[0])
    return np.sum(a @ b) + np.sum(np.linspace(0, 1, n) * a[:, 1])


@program(args=lambda rng: (rng.normal(size=(3, 2)),))
def diag_clip_flip_composed(x: Array) -> Result:
    m = x.T @ x
    d = np.diag(np.clip(np.flip(np.diag(m)), 0.5, 1.5))
    return np.sum(d * m) + np.sum(np.outer(np.diag(m), np.diag(d)))


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def stack_then_reduce(x: Array, y: Array) -> Result:
    both = np.stack((np.sin(x), y**2))
    return both.max(axis=0), np.concatenate((both[0], both[1])).reshape(4, 2)
