"""Names that mean different views of one array, and copies that may stand for views."""

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=6),), compiled=True)
def halves_swapped(x: Array) -> Result:
    h = len(x) // 2
    y = x * 2.0
    a, b = y[:h], y[h : 2 * h]
    for _ in range(3):
        a[:] = np.sin(b) + a
        a, b = b, a
    return (a * y[:h]).sum() + b[0]


@program(args=lambda rng: (rng.normal(size=5),))
def view_chosen_then_stored_into(x: Array) -> Result:
    y = x * 1.5
    z = y[1:4] if x[0] > 0 else y[:3]
    z[0] = 2.0 * z[1]
    return (y * y).sum()


@program(args=lambda rng: (rng.normal(size=5),))
def view_chosen_backwards(x: Array) -> Result:
    y = x * 1.5
    z = y[1:4]
    if x[1] > 0:
        z = y[::-1][1:4]
    z[:2] *= x[0]
    y[2] = 3.0
    return (z * z).sum() + y[1]


@program(args=lambda rng: (rng.normal(size=4),))
def row_of_the_largest_sum(x: Array) -> Result:
    a = np.outer(x, x)
    a[0] += 1
    best = a[0]
    for row in a:
        if row.sum() > best.sum():
            best = row
    best[0] = 0.0
    return (a**2).sum()


@program(args=lambda rng: (rng.normal(size=6),))
def last_row_stored_into_after_the_loop(x: Array) -> Result:
    y = x.reshape(2, 3) * 1.0
    for row in y:
        row[0] = row[1] * row[2]
    row[1] = x[4] ** 2
    return np.sum(y * y)


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=(3, 4))))
def row_or_another_array(x: Array, a: Array) -> Result:
    a[:1] += 0.5
    s = 0.0
    for v in a[::-1]:
        z = v if v @ v > 2.0 else x
        s += (z * z).sum()
    return s


@program(args=lambda rng: (rng.normal(size=4),))
def view_stored_into_then_rebound(x: Array) -> Result:
    w = x[::1]
    w[:] += 0.5
    for _ in range(3):
        w = np.sin(w) + x[0]
    return (w * w).sum()


@program(args=lambda rng: (rng.normal(size=5),))
def array_of_the_loop_rebound_inside(x: Array) -> Result:
    s = 0.0
    for v in x:
        s = s * 0.5 + v
        for _ in range(2):
            x = x + x
            x[:] = 0.5 * v
    return s


@program(args=lambda rng: (rng.normal(size=(3, 3)),))
def reshaped_while_nothing_is_stored(a: Array) -> Result:
    y = np.outer(a[0], a[1])[:, 1:]
    s = y.reshape(-1)[2] ** 2
    y[0, 0] = s
    t = a.T.reshape(-1).sum()
    a[0, 0] = t
    return s + y.sum() + (a * a).sum()


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=(2, 4))), compiled=True)
def array_and_row_swapped(x: Array, a: Array) -> Result:
    w = a[1, :]
    for _ in range(3):
        x[2:] *= w[0]
        x, w = w, x
    return (x * w).sum() + a.sum()


@program(args=lambda rng: (np.array([0.3, 0.4]), rng.normal(size=(2, 5))))
def array_or_column_stored_into(x: Array, a: Array) -> Result:
    w = x
    if w[-2] > 0:
        w = a[:, -3]
    w[0:2] = 0.5 * w[1] + x[0]
    return (w * w).sum() + (x * x).sum() + (a * a).sum()


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def view_and_new_array_swapped(x: Array, y: Array) -> Result:
    w = y[2:]
    v = np.where(w > 0, w, 0.5)
    for t in range(3):
        w[1] = 0.5 * v[0] + x[t]
        w, v = (v, w)
    return (x * x).sum() + w[1] * v[0] + y.sum()


@program(args=lambda rng: (np.array([0.3, 0.4]), rng.normal(size=(3, 2)), 1.3))
def rows_swapped_of_an_array_that_is_swapped(x: Array, a: Array, s: float) -> Result:
    if np.max(x) > 0:
        for u, v in zip(a, a[::-1]):
            for _ in range(3):
                u[:] *= s
                v, u = u, v
    else:
        b = a[np.array([1, 1, 0])]
        a, b = b, a
    return (a * a).sum()


@program(args=lambda rng: (rng.normal(size=3),))
def sweeps_over_the_transpose(x: Array) -> Result:
    u = np.outer(x, x)
    u[0, 1] = 3.0
    for _ in range(3):
        u[0] = u[1] * 2
        u = u.T
    return (u * u[0]).sum()


@program(args=lambda rng: (rng.normal(size=4),))
def row_or_argument_in_every_trip(x: Array) -> Result:
    u = np.outer(x, x)
    z = x
    for t in range(len(x)):
        z[0] = u[1, t] * z[1]
        z = u[t] if z[0] > 0 else x
    return (u * u[0]).sum() + z.sum()


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=(2, 4))))
def row_stored_into_then_rebound(x: Array, a: Array) -> Result:
    w = a[1]
    v = w
    for t in range(len(x)):
        v[t - 1] = x[t]
        v = v * 0.5
        v[0] += w[1]
    return (v * v).sum() + a.sum()


@program(args=lambda rng: (rng.normal(size=(2, 2)), rng.normal(size=3)))
def copies_of_a_view_in_a_loop(a: Array, y: Array) -> Result:
    w = y[:]
    for _ in range(len(a)):
        w = w.copy()
        w[0] = w[0] * 2
    y[1] = a[0, 0] * y[0]
    return (w * y).sum()


@program(args=lambda rng: (rng.normal(size=5),), compiled=True)
def views_and_new_arrays_in_rotation(x: Array) -> Result:
    u = x[1:4]
    v = x[:3] * 1.5
    for t in range(4):
        n = u * v
        n[0] = x[t] * v[1]
        u[1] = n[2]
        u, v = v, n
    return (u * v).sum() + x.sum()


@program(args=lambda rng: (rng.normal(size=3),))
def flat_name_of_a_rebound_matrix(x: Array) -> Result:
    c = np.outer(x, x)
    flat = c.reshape(-1)
    for _ in range(2):
        c = np.sin(c)
        c[0] = flat[2]
    flat[1] *= 3.0
    return flat.sum() + (c * c).sum()


@program(args=lambda rng: (rng.normal(size=6),))
def parts_reshaped_and_stored_into(x: Array) -> Result:
    y = np.outer(x, x)
    b = y[1:3].reshape(3, 4)
    b[1] *= 2.0
    y[2, 3] = b[0, 1]
    r = y[0].reshape(2, 3)
    r[1] = r[0] ** 2
    c = y[3:5].reshape(-1)[::2]
    c[1:3] = 0.3
    z = y[:, 1].reshape(3, 2)
    z[:, 1] *= z[0, 0]
    return (y * y).sum() + b.sum() + c.sum()


@program(args=lambda rng: (rng.normal(size=4),))
def part_of_a_rebound_array_swapped(x: Array) -> Result:
    v = x * 1.0
    for _ in range(4):
        v = 0.7 * v
    w = v[:2]
    z = np.where(w > 0, w, 0.5)
    for _ in range(3):
        w, z = z, w
        w[:] += z * v[3]
    return (w * z).sum() + v.sum()


@program(args=lambda rng: (rng.normal(size=5), 0.7))
def arrays_of_two_sizes_in_one_buffer(x: Array, s: float) -> Result:
    u = np.arange(4) * s
    for _ in range(3):
        u = 0.7 * u + x[1:]
    w = x[:3]
    total = 0.0
    for j in range(3):
        w = 0.5 - w
        z = u if j % 2 else x
        z[2::3] = 0.5 * w[0]
        total += w[1] * z[0]
    return total + x.sum() + u.sum()


@program(args=lambda rng: (rng.normal(size=(4, 4)), 0.7, rng.normal(size=4)))
def views_and_products_in_every_trip(a: Array, s: float, y: Array) -> Result:
    for i in range(1, 5, 2):
        w = y[:2]
        z = np.full((2, 4), s) @ a.reshape(16)[3:-6:2]
        for t in range(2):
            w[:] = 0.3 * z[t]
            w, z = z, w
        for j in range(2):
            s += [v * v for v in z][j - 2]
            u = w if s > 0 else a[i % 4] @ a[:, 0::3]
            s += u[1]
    return s + y.sum()


@program(args=lambda rng: (np.array([0.7, 0.2, -0.4]),), label="longer", compiled=True)
@program(args=lambda rng: (np.array([-0.7, 0.2, -0.4]),), label="shorter", compiled=True)
def arrays_of_different_lengths_chosen(x: Array) -> Result:
    a = np.zeros(3) + x[0]
    b = np.zeros(5) + x[1]
    z = b if x[0] > 0 else a
    z[-1] = x[2]
    return (z * z).sum() + a.sum() + b.sum()


@program(args=lambda rng: (np.array([0.7, 0.2, -0.4]),))
def longer_array_made_in_a_branch(x: Array) -> Result:
    z = np.zeros(3)
    if x[0] > 0:
        z = np.zeros(8) + x[1]
    z[0] = x[2]
    return (z * z).sum() + len(z)


@program(args=lambda rng: (np.array([0.7, 0.2, -0.4]),))
def both_made_in_branches(x: Array) -> Result:
    if x[0] > 0:
        z = x[1:] * 2.0
    else:
        z = np.ones(4)
    z[0] = x[2]
    for k in range(2):
        z[k] += z[k - 1]
    return (z * z).sum()


@program(args=lambda rng: (np.array([0.7, 0.2, -0.4, 0.3, 0.9, -0.6]),))
def parts_of_different_lengths_stored_into(x: Array) -> Result:
    def part(v: Array, first: bool) -> Array:
        if first:
            return v[:4]
        return v[4:]

    z = part(x, x[0] > 0)
    z[0] = 3.0 * z[1]
    w = part(x * 2.0, x[1] < 0)
    w[1] = z[0]
    return x.sum() + (w * w).sum()


@program(args=lambda rng: (np.array([0.7, 0.2, 0.4, 0.3]),))
def matrices_of_different_shapes_chosen(x: Array) -> Result:
    z = np.zeros((2, 3)) + x[0]
    w = np.zeros((3, 2)) + x[1]
    if x[2] > 0:
        z = w
    z[0] = x[3]
    return (z * z).sum() + w[0, 0] + z.shape[0]


@program(args=lambda rng: (rng.normal(size=6),))
def best_pair_changed(x: Array) -> Result:
    best = x[:2] * 1.0
    for k in range(2, 5):
        pair = x[k : k + 2] * 2.0
        if pair.sum() > best.sum():
            best = pair
            best[0] = 0.1 * x[k]
    return (best**2).sum()


@program(args=lambda rng: (rng.normal(size=4), 0.7))
def whole_or_part_of_a_computed_array(x: Array, s: float) -> Result:
    w = x * s
    z = w[::3]
    if s > 0.1:
        z = w
    z[...] = np.sin(z)
    return np.dot(z, z)


@program(args=lambda rng: (rng.normal(size=5), 0.7))
def beginning_or_all(x: Array, s: float) -> Result:
    y, z = x * s, x[:2]
    if s > 1.0:
        z = x
    w = y[:1]
    if s < 1.0:
        w = y
        w[2:] *= 3.0
    w[-1] *= z.sum()
    return (y * y).sum() + len(z) * len(w) * s


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=(4, 3)), 0.2))
def sizes_that_only_branches_know(x: Array, A: Array, s: float) -> Result:
    if s > 0.3:
        z = np.zeros(len(x)) + s
    elif A[1, 2] > -9.0:
        z = A[1, [0, 2]]
    else:
        z = x
    return z @ z * len(z)


@program(args=lambda rng: (rng.normal(size=6), 0.7))
def sizes_that_only_trips_know(x: Array, s: float) -> Result:
    for i in range(1, 5):
        a = x[:i] * s
        b = x[i:].copy() if i % 2 else a[::-1]
        if s * i > 1.0:
            a, b = b, a
        if len(a) > 1:
            a[1] = s
        b *= 2.0
        x[0] += np.sum(a) * np.sum(b)
    return np.sum(x)


@program(args=lambda rng: (np.array([-1.0, 2.0, 0.3, -1.0, 1.0]), 0.4))
def last_of_its_kind(x: Array, s: float) -> Result:
    for i in range(5):
        if x[i] > 0:
            last = x[i:] * s
            last[0] = i * x[0]
            if i > 2:
                break
    return last.sum() + last[0] * len(last)


@program(args=lambda rng: (np.array([-1.0, 2.0, 0.3, -1.0, 1.0]), 0.4))
def rest_from_the_first_positive(x: Array, s: float) -> Result:
    def rest(v: Array) -> Array:
        for i in range(len(v)):
            if v[i] > 0:
                return v[i:] * 2.0
        return v[:1]

    w = rest(x)
    w[0] *= s
    return w @ w


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=5), 0.4, 2))
def bound_in_a_while(x: Array, y: Array, s: float, k: int) -> Result:
    n = 0
    while n < k:
        z = x[n:]
        if s > 0.3:
            z = y * 2.0
        z[0] += s
        s = s - 0.1 * np.sum(z * z)
        n += 1
    return np.sum(z) * len(z) + x @ x


@program(args=lambda rng: (rng.normal(size=5), 0.7))
def best_rest(x: Array, s: float) -> Result:
    best = x[:1]
    for i in range(4):
        w = x[i:] * s
        if w[0] > best[0]:
            best = w
        best[0] *= 0.5
    return np.sum(best) * len(best)


@program(args=lambda rng: (rng.normal(size=5), rng.normal(size=3), 0.7))
def longest_run(x: Array, y: Array, s: float) -> Result:
    run, k = y, 0
    while k < 4:
        new = x[k:] * s if x[k] > -9.0 else y[::-1]
        new[-1] += x[k]
        if new.sum() > 0.3 * run.sum():
            run = new
        k += 1
    return (run * run).sum() + run[0] * len(run)
