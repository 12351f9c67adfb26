"""Adjoints of the matrix factorizations and solvers, as NumPy functions.

    @adjoint(library.inv)
    def inv(a, b, b_bar): ...                  b = inv(a)

A rule takes the operands, the results and the cotangents of the results (None for a result that carries none), and
returns the cotangents of the operands. `ad.traced` puts its code in place.

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

from adcompile.ops import library
from adcompile.ops.primitive import Primitive

Matrix = np.ndarray[Any, Any]
Rule = Callable[..., tuple[Matrix, ...]]

ADJOINTS: dict[Primitive, Rule] = {}


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
    """d = det(a) (Giles 2008, section 2.2.4)."""
    return ((d_bar * d) * np.linalg.inv(a).T,)


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
def eigh(a: Matrix, w: Matrix, v: Matrix, w_bar: Matrix | None, v_bar: Matrix | None) -> tuple[Matrix, ...]:
    """v diag(w) v.T = a (Giles 2008, section 3.1), with the cotangent of both triangles moved to the lower one."""
    n = len(w)
    if v_bar is None:
        full = (v * w_bar) @ v.T
    else:
        inner = v.T @ v_bar
        for i in range(n):
            inner[i, i] = 0.0 if w_bar is None else w_bar[i]
            for j in range(i):
                gap = w[i] - w[j]
                if gap == 0.0:
                    raise np.linalg.LinAlgError("eigenvectors of repeated eigenvalues have no derivative")
                inner[j, i] /= gap
                inner[i, j] /= -gap
        full = v @ inner @ v.T
    a_bar = np.zeros_like(a)
    for i in range(n):
        a_bar[i, i] = full[i, i]
        for j in range(i):
            a_bar[i, j] = full[i, j] + full[j, i]
    return (a_bar,)


@adjoint(library.qr)
def qr(a: Matrix, q: Matrix, r: Matrix, q_bar: Matrix | None, r_bar: Matrix | None) -> tuple[Matrix, ...]:
    """q r = a for a matrix with at least as many rows as columns (Liao et al. 2019, equation 5)."""
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
    a: Matrix, u: Matrix, s: Matrix, vt: Matrix, u_bar: Matrix | None, s_bar: Matrix | None, vt_bar: Matrix | None
) -> tuple[Matrix, ...]:
    """u diag(s) vt = a (Townsend 2016, equation 4)."""
    if u_bar is None and vt_bar is None:
        return ((u * s_bar) @ vt,)
    k = len(s)
    inner = np.zeros((k, k), a.dtype)
    left = np.zeros((k, k), a.dtype) if u_bar is None else u.T @ u_bar
    right = np.zeros((k, k), a.dtype) if vt_bar is None else vt @ vt_bar.T
    for i in range(k):
        inner[i, i] = 0.0 if s_bar is None else s_bar[i]
        for j in range(i):
            gap = (s[j] - s[i]) * (s[j] + s[i])
            if gap == 0.0:
                raise np.linalg.LinAlgError("singular vectors of repeated singular values have no derivative")
            one, other = (left[i, j] - left[j, i]) / gap, (right[i, j] - right[j, i]) / gap
            inner[i, j] = one * s[j] + s[i] * other
            inner[j, i] = one * s[i] + s[j] * other
        if s[i] == 0.0 and (len(u) > k or vt.shape[1] > k):
            raise np.linalg.LinAlgError("singular vectors of a singular value 0 have no derivative")
    a_bar = u @ inner @ vt
    if u_bar is not None and len(u) > k:
        a_bar += ((u_bar - u @ left) / s) @ vt
    if vt_bar is not None and vt.shape[1] > k:
        a_bar += (u / s) @ (vt_bar - right.T @ vt)
    return (a_bar,)


@adjoint(library.pinv)
def pinv(a: Matrix, rcond: float, p: Matrix, p_bar: Matrix) -> tuple[Matrix, ...]:
    """p = pinv(a) where the rank does not change (Golub and Pereyra 1973, equation 4.12)."""
    outside = p_bar.T @ p
    inside = p @ p_bar.T
    first = (outside - a @ (p @ outside)) @ p.T
    second = p.T @ (inside - (inside @ p) @ a)
    return (first + second - p.T @ p_bar @ p.T,)
