"""Two names for one memory: aliases, views of views, helpers that write into what they are given, swapped names."""

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=4),), compiled=True)
def alias_of_an_alias(x: Array) -> Result:
    y = x * 2.0
    z = y
    w = z[:]
    w[1] = z[0] * y[2]
    y[0] = w[1] ** 2
    return np.sum(z * w) + x[1]


@program(args=lambda rng: (rng.normal(size=6),))
def views_of_views(x: Array) -> Result:
    y = x * x
    odd = y[1::2]
    last = odd[::-1][:2]
    last[0] = y[0] * 3.0
    odd[0] += last[1] * y[5]
    y[3] *= odd[2]
    return np.sum(y * x) + np.sum(last)


@program(args=lambda rng: (rng.normal(size=(3, 4)),))
def transpose_written_through(x: Array) -> Result:
    y = x * 1.0
    t = y.T
    t[1] = y[0, :3] * 2.0
    t[:, 0] *= t[2, 1]
    y[2] += y[1]
    return np.sum(t[3] * y[:, 0]) + np.sum(y**2)


@program(args=lambda rng: (rng.normal(size=(2, 6)),))
def reshapes_written_through(x: Array) -> Result:
    y = x + 1.0
    flat = y.reshape(-1)
    cube = flat.reshape(3, 2, 2)
    cube[1, :, 1] = flat[:2] * flat[10:]
    flat[3:5] = y[1, :2] ** 2
    y.ravel()[7] = cube[1, 1, 1]
    return np.sum(cube[:, 1] * x[0].reshape(3, 2)) + np.sum(y)


@program(args=lambda rng: (rng.normal(size=(3, 3)),), compiled=True)
def rows_and_columns(x: Array) -> Result:
    y = x.copy()
    row, column = y[1], y[:, 2]
    row *= 2.0
    column += row
    row[:] = column[::-1] * x[0]
    return np.sum(y * y) + row[2] * column[1]


@program(args=lambda rng: (rng.normal(size=(4, 3)),))
def rows_of_a_loop_are_views(x: Array) -> Result:
    y = np.zeros_like(x)
    for out, row in zip(y, x, strict=True):
        out[:] = row * row
        out[0] += row[1]
    for k, out in enumerate(y):
        out *= k + 1.0
    return np.sum(y * x)


def normalise(v: Array) -> None:
    """Divide by the sum of squares, in place."""
    v /= np.sum(v * v) + 1.0


def axpy(a: float, x: Array, y: Array) -> Array:
    y += a * x
    return y


@program(args=lambda rng: (rng.normal(size=(3, 4)), 0.7))
def helpers_write_into_views(x: Array, a: float) -> Result:
    y = x * 1.0
    normalise(y[0])
    normalise(y[:, 1])
    z = axpy(a, y[0], y[2])
    z[3] = a * a
    axpy(y[1, 1], y[1], y[1])
    return np.sum(y * x) + y[2, 3]


@program(args=lambda rng: (rng.normal(size=5), rng.normal(size=5), 0.3))
def helper_returns_its_argument(x: Array, y: Array, a: float) -> Result:
    z = axpy(a, x, axpy(a, y, x))
    z *= 2.0
    return np.sum(x * y)


@program(args=lambda rng: (rng.normal(size=6), rng.normal(size=6)), compiled=True)
def double_buffering(x: Array, c: Array) -> Result:
    u, v = x * 1.0, np.zeros(6)
    for _ in range(5):
        v[1:-1] = u[1:-1] * c[1:-1] + 0.3 * (u[2:] - u[:-2])
        v[0], v[-1] = u[0], u[-1] ** 2
        u, v = v, u
    return np.sum(u * v)


@program(args=lambda rng: (rng.normal(size=4), 7))
def buffers_rotate(x: Array, n: int) -> Result:
    a, b, c = x * 1.0, x * 0.5, np.ones(4)
    for k in range(n):
        c[:] = a * b + 0.1 * k
        a, b, c = b, c, a
        a[0] += c[1]
    return np.sum(a * b) + c[0]


@program(args=lambda rng: (rng.normal(size=5), 4))
def rebound_then_written(x: Array, n: int) -> Result:
    u = x
    first = u
    for k in range(n):
        u = u + np.sin(first) * 0.5
        u[k] = u[k] * first[0]
    first[1] = 5.0
    return np.sum(u * first)


@program(args=lambda rng: (rng.normal(size=3), 3))
def argument_aliased_then_swapped(x: Array, n: int) -> Result:
    u, v = x, x
    for _ in range(n):
        u[0] = v[1] * 2.0
        v = u
        u = v * 1.5
    return np.sum(u * v) + x[0]


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=3), 0.5))
def one_of_two_arrays_written(x: Array, y: Array, a: float) -> Result:
    chosen = x if a > 0.0 else y
    chosen[0] = a * y[1]
    other = y if a > 0.0 else x
    other += chosen
    return np.sum(x * x) + np.sum(y * a)


@program(args=lambda rng: (rng.normal(size=4),))
def joined_in_a_branch_and_written(x: Array) -> Result:
    y = x * 2.0
    if x[0] > 100.0:
        z = y
    else:
        z = np.sin(y)
    z[1] = y[2]
    y[2] = z[0]
    return np.sum(y * z)


@program(args=lambda rng: (rng.normal(size=4),))
def copies_stay_copies(x: Array) -> Result:
    y = x * 1.0
    a, b, c, d = y * 1.0, y.copy(), np.array(y), +y
    e, f, g = y.flatten(), y[[0, 1, 2, 3]], np.where(y > 100.0, 0.0, y)
    h, i = y.astype(float), y[::-1].copy()
    y[0] = 7.0 * x[1]
    a[1] = 5.0
    d[2] *= 2.0
    e[3] = y[0]
    i[:2] = g[:2]
    return np.sum(a * b + c * d + e * f + g * h + i * y)


@program(args=lambda rng: (rng.normal(size=(2, 3)),))
def views_stay_views(x: Array) -> Result:
    y = x * 1.0
    a, b, c, d = y[...], np.asarray(y), np.transpose(y), y.ravel()
    e, f = y[:, None, :], np.expand_dims(y, 0)
    a[0, 0] = x[1, 1]
    b[0, 1] *= 3.0
    c[2, 0] = a[1, 2]
    d[4] = b[0, 0] * d[5]
    e[1, 0, 0] += 1.0
    f[0, :, 2] = f[0, :, 1]
    return np.sum(y * y * x)


@program(args=lambda rng: (rng.normal(size=5),))
def scalar_reads_are_copies(x: Array) -> Result:
    y = x * 1.0
    s, t = y[0], y[1]
    y[0] = t * 3.0
    y[1] = s
    total = y[0] * s
    for v in y:
        y[2] = v * 0.5
        total += v * y[2]
    return total


@program(args=lambda rng: (rng.normal(size=3),))
def chained_assignment(x: Array) -> Result:
    a = b = np.zeros(3)
    a[0] = x[0] * x[1]
    b[1] = a[0] ** 2
    c = d = x[2]
    c += 1.0
    return np.sum(a * x) + c * d


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def the_same_array_twice(x: Array, y: Array) -> Result:
    def mix(u: Array, v: Array) -> None:
        u[1:] += v[:-1]
        v *= 2.0

    mix(x, x)
    mix(y, x[::-1])
    mix(x, y)
    return np.sum(x * y)


@program(args=lambda rng: ((rng.normal(size=3), [rng.normal(size=3), 2.0]),))
def parts_of_a_structure_written(tree: tuple[Array, list[Result]]) -> Result:
    head, (tail, scale) = tree
    tail[0] = head[1] * scale
    tree[0][2] += tree[1][0][0]
    return np.sum(head * tree[1][0]) * scale


@program(args=lambda rng: (rng.normal(size=(3, 3)),))
def diagonal_follows_its_base(x: Array) -> Result:
    y = x * 1.0
    d = np.diagonal(y)
    y[1, 1] = d[0] * 2.0
    return np.sum(d * d) + np.sum(np.diag(y) * x[0])


@program(args=lambda rng: (rng.normal(size=(2, 3, 3)),))
def diagonals_of_matrices_follow_their_base(x: Array) -> Result:
    y = x * 1.0
    d = np.diagonal(y, 1, 1, 2)
    y[1, 0] = d[0, 1] * x[0, 0]
    flat = np.linalg.diagonal(y).reshape(-1)
    y[0, 1, 1] = 3.0 * x[0, 2, 2]
    return np.sum(d * d) + np.sum(flat * np.cos(np.arange(6.0))) + np.sum(y[..., 0])


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=3)))
def grids_are_copies(x: Array, y: Array) -> Result:
    for sparse in (True, False):
        a, b = np.meshgrid(x, y, sparse=sparse)
        a.ravel()[0] = 3.0 * y[0]
        b[1, 0] = x[1] * x[2]
    return np.sum(a * b) + np.sum(x * x) + np.sum(np.tanh(y))


@program(args=lambda rng: (rng.normal(size=6), 0.4))
def slice_object_and_negative_steps(x: Array, a: float) -> Result:
    y = x * a
    inner = slice(1, -1)
    y[inner] = y[inner][::-1]
    back = y[::-2]
    back[0] = back[1] * back[2]
    back[:] = back[::-1] + a
    return np.sum(y * x)


@program(args=lambda rng: (rng.normal(size=5),))
def reshaped_zeros_in_and_after_a_loop(x: Array) -> Result:
    d = np.zeros((3, 5))
    s = 0.0
    for t in range(4):
        s += x[t] * (1.0 + d.reshape(15)[t])
    return s * (2.0 + np.sum(d.reshape((5, 3)))) * x[4]
