"""Adjoints of the matrix factorizations and solvers, as NumPy functions.

    @adjoint(library.inv)
    def inv(a, b, b_bar): ...                  b = inv(a)

A rule takes the operands, the results and the cotangents of the results (None for a result that carries none), and
returns the cotangents of the operands. `ad.traced` puts its code in place. Rules of the calls in VECTORS also take
marks: which values or vectors of each result are read by what has a cotangent (`ad.vectors`).

References: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation"
(2008); Smith, "Differentiation of the Cholesky algorithm" (1995); Murray, "Differentiation of the Cholesky
decomposition" (2016); Townsend, "Differentiating the singular value decomposition" (2016); Liao, Liu, Wang and Xiang,
"Differentiable programming tensor networks" (2019); Golub and Pereyra, "The differentiation of pseudo-inverses"
(1973). `cholesky` and `eigh` are functions of the lower triangle alone, so the cotangents above it are zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompile.ir.primitive import Primitive
from adcompile.ops import library

Matrix = np.ndarray[Any, Any]
Rule = Callable[..., tuple[Matrix, ...]]

ADJOINTS: dict[Primitive, Rule] = {}

# The results that are values and vectors, with the axis that numbers them.
VECTORS: dict[Primitive, tuple[int, ...]] = {
    library.eigh: (0, 1),
    library.eigh_upper: (0, 1),
    library.svd: (1, 0, 0),
}


def adjoint(primitive: Primitive) -> Callable[[Rule], Rule]:
    """Register the adjoint of a library call."""

    def register(rule: Rule) -> Rule:
        ADJOINTS[primitive] = rule
        return rule

    return register


@adjoint(library.solve)
def solve(a: Matrix, b: Matrix, x: Matrix, x_bar: Matrix) -> tuple[Matrix, ...]:
    """a x = b (Giles 2008, section 2.2.3)."""
    b_bar = np.linalg.solve(a.T, x_bar)
    if b.ndim == 1:
        return -np.outer(b_bar, x), b_bar
    return -(b_bar @ x.T), b_bar


@adjoint(library.inv)
def inv(a: Matrix, b: Matrix, b_bar: Matrix) -> tuple[Matrix, ...]:
    """b = inv(a) (Giles 2008, section 2.2.3)."""
    return (-(b.T @ b_bar @ b.T),)


@adjoint(library.det)
def det(a: Matrix, d: float, d_bar: float) -> tuple[Matrix, ...]:
    """d = det(a): the adjugate, which exists for singular matrices too (Giles 2008, section 2.2.4; Stewart 1998)."""
    a_bar = np.empty_like(a)
    if d != 0.0:
        a_bar[:] = (d_bar * d) * np.linalg.inv(a).T
    else:
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        others = np.ones_like(s)
        for i in range(len(s)):
            for j in range(len(s)):
                if j != i:
                    others[i] *= s[j]
        sign = 1.0 if np.linalg.det(u) * np.linalg.det(vt) > 0.0 else -1.0
        a_bar[:] = (u * (d_bar * sign * others)) @ vt
    return (a_bar,)


@adjoint(library.slogdet)
def slogdet(a: Matrix, s: float, d: float, s_bar: float | None, d_bar: float | None) -> tuple[Matrix, ...]:
    """d = log(abs(det(a))); the sign is constant."""
    if d_bar is None:
        return (np.zeros_like(a),)
    return (d_bar * np.linalg.inv(a).T,)


@adjoint(library.cholesky)
def cholesky(a: Matrix, c: Matrix, c_bar: Matrix) -> tuple[Matrix, ...]:
    """c c.T = a: the algorithm, step by step backwards (Smith 1995), on transposes, whose rows are contiguous."""
    n = len(a)
    u, w = c.T.copy(), c_bar.T.copy()
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            s, factor = w[k, j] - 2.0 * w[j, j] * u[k, j], u[k, j]
            for i in range(j + 1, n):
                s -= w[j, i] * u[k, i]
                w[k, i] -= w[j, i] * factor
            w[k, j] = s
        diagonal = w[k, k]
        for j in range(k + 1, n):
            w[k, j] /= u[k, k]
            diagonal -= w[k, j] * u[k, j]
        w[k, k] = diagonal / (2.0 * u[k, k])
    a_bar = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            a_bar[i, j] = w[j, i]
    return (a_bar,)


@adjoint(library.eigh)
def eigh(
    a: Matrix,
    w: Matrix,
    v: Matrix,
    w_bar: Matrix | None,
    v_bar: Matrix | None,
    w_read: Matrix | None,
    v_read: Matrix | None,
) -> tuple[Matrix, ...]:
    """v diag(w) v.T = a (Giles 2008, section 3.1), with the cotangent of both triangles moved to the lower one.

    Eigenvalues that are equal up to rounding have a space of eigenvectors, of which `v` has one basis. What is computed
    has a derivative if it is the same for every basis: then turning two eigenvectors into each other (`turn`) changes
    nothing, and neither does a perturbation that mixes the two. It may do so if their eigenvalues are read too
    (v f(w) v.T), by an amount that the cotangents do not tell. Where eigenvalues are equal exactly, the basis may be
    one of the axes, where a turn can change nothing by chance. Two vectors that are not read cannot matter.
    """
    n = len(w)
    if v_bar is None or v_read is None:
        full = (v * w_bar) @ v.T
    else:
        inner = v.T @ v_bar
        sizes = np.sqrt(np.sum(v_bar * v_bar, axis=0))
        close = np.sqrt(np.finfo(a.dtype).eps)
        same = close * max(abs(w[0]), abs(w[n - 1])) if n > 0 else 0.0
        for i in range(n):
            inner[i, i] = 0.0 if w_bar is None else w_bar[i]
            for j in range(i):
                gap, turn = w[i] - w[j], inner[j, i] - inner[i, j]
                mixed = 0.0
                if gap > same:
                    mixed = turn / gap
                else:
                    free = gap > 0.0
                    if w_read is not None:
                        free = free and not (w_read[i] or w_read[j])
                    used = sizes[i] + sizes[j]
                    if (v_read[i] or v_read[j]) and not (free and abs(turn) <= close * used):
                        raise np.linalg.LinAlgError("eigenvectors of repeated eigenvalues have no derivative")
                inner[j, i] = mixed
                inner[i, j] = 0.0
        full = v @ inner @ v.T
    a_bar = np.zeros_like(a)
    for i in range(n):
        a_bar[i, i] = full[i, i]
        for j in range(i):
            a_bar[i, j] = full[i, j] + full[j, i]
    return (a_bar,)


@adjoint(library.eigh_upper)
def eigh_upper(
    a: Matrix,
    w: Matrix,
    v: Matrix,
    w_bar: Matrix | None,
    v_bar: Matrix | None,
    w_read: Matrix | None,
    v_read: Matrix | None,
) -> tuple[Matrix, ...]:
    """The same for the upper triangle."""
    return (eigh(a, w, v, w_bar, v_bar, w_read, v_read)[0].T,)


@adjoint(library.qr)
def qr(a: Matrix, q: Matrix, r: Matrix, q_bar: Matrix | None, r_bar: Matrix | None) -> tuple[Matrix, ...]:
    """q r = a for a matrix with at least as many rows as columns (Liao et al. 2019, equation 5)."""
    largest = 0.0
    for i in range(len(r)):
        largest = max(largest, abs(r[i, i]))
    for i in range(len(r)):
        if not abs(r[i, i]) > len(a) * np.finfo(a.dtype).eps * largest:
            raise np.linalg.LinAlgError("the factors of a matrix whose columns depend on each other have no derivative")
    inner = np.zeros_like(r)
    if r_bar is not None:
        inner += r @ r_bar.T
    if q_bar is not None:
        inner -= q_bar.T @ q
    for i in range(len(inner)):
        for j in range(i):
            inner[j, i] = inner[i, j]
    right = q @ inner
    if q_bar is not None:
        right += q_bar
    return (np.linalg.solve(r, right.T).T,)


@adjoint(library.svd)
def svd(
    a: Matrix,
    u: Matrix,
    s: Matrix,
    vt: Matrix,
    u_bar: Matrix | None,
    s_bar: Matrix | None,
    vt_bar: Matrix | None,
    u_read: Matrix | None,
    s_read: Matrix | None,
    vt_read: Matrix | None,
) -> tuple[Matrix, ...]:
    """u diag(s) vt = a (Townsend 2016, equation 4), as sums over both, and differences of both, of the vectors' turns.

    Of singular values that are equal up to rounding, and of those that are zero, the same holds as of eigenvalues in
    `eigh`: both sets of vectors turn together, at zero each for itself.
    """
    if u_bar is None and vt_bar is None:
        return ((u * s_bar) @ vt,)
    k = len(s)
    inner = np.zeros((k, k), a.dtype)
    left = np.zeros((k, k), a.dtype) if u_bar is None else u.T @ u_bar
    right = np.zeros((k, k), a.dtype) if vt_bar is None else vt @ vt_bar.T
    sizes, read, valued = np.zeros(k, a.dtype), np.zeros(k, np.bool_), np.zeros(k, np.bool_)
    if u_bar is not None and u_read is not None:
        sizes += np.sqrt(np.sum(u_bar * u_bar, axis=0))
        read = read | u_read
    if vt_bar is not None and vt_read is not None:
        sizes += np.sqrt(np.sum(vt_bar * vt_bar, axis=1))
        read = read | vt_read
    if s_read is not None:
        valued = valued | s_read
    close = np.sqrt(np.finfo(a.dtype).eps)
    same = close * s[0] if k > 0 else 0.0
    for i in range(k):
        inner[i, i] = 0.0 if s_bar is None else s_bar[i]
        for j in range(i):
            one, other = left[i, j] - left[j, i], right[i, j] - right[j, i]
            together, apart = 0.5 * (one + other), 0.5 * (one - other)
            used, either = sizes[i] + sizes[j], read[i] or read[j]
            free = s[j] > s[i] and not (valued[i] or valued[j])
            if s[j] - s[i] > same:
                together /= s[j] - s[i]
            else:
                if either and not (free and abs(together) <= close * used):
                    raise np.linalg.LinAlgError("singular vectors of repeated singular values have no derivative")
                together = 0.0
            if s[j] + s[i] > same:
                apart /= s[j] + s[i]
            else:
                if either and not (free and abs(apart) <= close * used):
                    raise np.linalg.LinAlgError("singular vectors of a singular value 0 have no derivative")
                apart = 0.0
            inner[i, j] = together + apart
            inner[j, i] = together - apart
    a_bar = u @ inner @ vt
    # What leads out of the space that the vectors span turns a vector of singular value 0 by any amount.
    if u_bar is not None and len(u) > k:
        outside = u_bar - u @ left
        for i in range(k):
            free = s[i] > 0.0 and not valued[i]
            size = np.sqrt(np.sum(outside[:, i] * outside[:, i]))
            if s[i] <= same and read[i] and not (free and size <= close * sizes[i]):
                raise np.linalg.LinAlgError("singular vectors of a singular value 0 have no derivative")
            for j in range(len(u)):
                outside[j, i] = outside[j, i] / s[i] if s[i] > same else 0.0
        a_bar += outside @ vt
    if vt_bar is not None and vt.shape[1] > k:
        beyond = vt_bar - right.T @ vt
        for i in range(k):
            free = s[i] > 0.0 and not valued[i]
            size = np.sqrt(np.sum(beyond[i] * beyond[i]))
            if s[i] <= same and read[i] and not (free and size <= close * sizes[i]):
                raise np.linalg.LinAlgError("singular vectors of a singular value 0 have no derivative")
            for j in range(vt.shape[1]):
                beyond[i, j] = beyond[i, j] / s[i] if s[i] > same else 0.0
        a_bar += u @ beyond
    return (a_bar,)


@adjoint(library.pinv)
def pinv(a: Matrix, rcond: float, p: Matrix, p_bar: Matrix) -> tuple[Matrix, ...]:
    """p = pinv(a) where the rank does not change (Golub and Pereyra 1973, equation 4.12)."""
    outside = p_bar.T @ p
    inside = p @ p_bar.T
    first = (outside - a @ (p @ outside)) @ p.T
    second = p.T @ (inside - (inside @ p) @ a)
    return (first + second - p.T @ p_bar @ p.T,)
