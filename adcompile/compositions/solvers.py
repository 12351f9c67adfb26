"""Triangular solvers, by substitution, and what `scipy.linalg` makes of these and of `np.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompile.compositions import composed, in_one_type, not_to_use

LINALG = "scipy.linalg"


@composed(external=(LINALG, "solve_triangular"))
def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: Any = False,
    unit_diagonal: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
) -> Any:
    a, b = in_one_type(a, b)
    if a.ndim != 2 or b.ndim > 2:
        what = "adcompile: `scipy.linalg.solve_triangular` of more than one matrix is not supported"
        raise NotImplementedError(f"{what}\nTake the matrices one by one in a loop.")
    n = len(a)
    if n != a.shape[1]:
        raise ValueError("expected square matrix")
    if n != b.shape[0]:
        raise ValueError(f"shapes of a ({n}, {n}) and b ({b.shape[0]}, ...) are incompatible")
    x = b.copy()
    transposed = trans not in (0, "N")
    if not unit_diagonal:
        for i in range(n):
            if a[i, i] == 0.0:
                raise np.linalg.LinAlgError(f"singular matrix: resolution failed at diagonal {i}")
    if x.ndim == 1:
        _substitute(a, x, transposed, lower, unit_diagonal)
    else:
        _substitute_rows(a, x, transposed, lower, unit_diagonal)
    return x


def _substitute(a: Any, x: Any, transposed: Any, lower: Any, unit: Any) -> None:
    """x = inv(a) x, or inv(a.T) x: the rows of `a` are read along."""
    n = len(a)
    for i in range(n) if lower != transposed else range(n - 1, -1, -1):
        if transposed:
            if not unit:
                x[i] /= a[i, i]
            for j in range(i) if lower else range(i + 1, n):
                x[j] -= a[i, j] * x[i]
        else:
            for j in range(i) if lower else range(i + 1, n):
                x[i] -= a[i, j] * x[j]
            if not unit:
                x[i] /= a[i, i]


def _substitute_rows(a: Any, x: Any, transposed: Any, lower: Any, unit: Any) -> None:
    """The same for all columns of `x`."""
    n, m = x.shape
    for i in range(n) if lower != transposed else range(n - 1, -1, -1):
        if not unit and transposed:
            for k in range(m):
                x[i, k] /= a[i, i]
        for j in range(i) if lower else range(i + 1, n):
            for k in range(m):
                if transposed:
                    x[j, k] -= a[i, j] * x[i, k]
                else:
                    x[i, k] -= a[i, j] * x[j, k]
        if not unit and not transposed:
            for k in range(m):
                x[i, k] /= a[i, i]


@composed(external=(LINALG, "cholesky"))
def cholesky(a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    return np.linalg.cholesky(a) if lower else np.linalg.cholesky(a, upper=True)


@composed(external=(LINALG, "cho_factor"))
def cho_factor(a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    factor = cholesky(a, lower=lower).copy()
    n = len(factor)
    for i in range(n):
        for j in range(i + 1, n) if lower else range(i):
            factor[i, j] = a[i, j]
    return factor, lower


@composed(external=(LINALG, "cho_solve"))
def cho_solve(c_and_lower: Any, b: Any, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    c, lower = c_and_lower
    half = solve_triangular(c, b, trans=0 if lower else 1, lower=lower)
    return solve_triangular(c, half, trans=1 if lower else 0, lower=lower)


@composed(external=(LINALG, "solve"))
def solve(
    a: Any,
    b: Any,
    lower: Any = False,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    assume_a: Any = None,
    transposed: Any = False,
) -> Any:
    if assume_a not in (None, "gen", "general", "pos", "positive definite"):
        what = f"adcompile: `scipy.linalg.solve` with `assume_a={assume_a}` is not supported"
        raise NotImplementedError(f"{what}\nLeave it out: the general way takes every matrix. Or use `assume_a='pos'`.")
    a = np.asarray(a)
    if a.ndim < 2:
        what = f"adcompile: `scipy.linalg.solve` of an array with {a.ndim} axes is not supported"
        raise NotImplementedError(f"{what}\nPass a matrix: `np.atleast_2d(a)`.")
    if assume_a in ("pos", "positive definite"):
        return cho_solve(cho_factor(a, lower=lower), b)
    return np.linalg.solve(a.T if transposed else a, b)


@composed(external=(LINALG, "inv"))
def inv(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    return np.linalg.inv(a)


@composed(external=(LINALG, "det"))
def det(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    return np.linalg.det(np.asarray(a).astype(np.float64))  # SciPy's is double precision for float32 too


@composed(external=(LINALG, "pinv"))
def pinv(a: Any, *, check_finite: Any = True) -> Any:
    a, _ = in_one_type(a, a)
    return np.linalg.pinv(a, max(a.shape) * np.finfo(a.dtype).eps)


@composed(external=(LINALG, "eigh"))
def eigh(a: Any, *, lower: Any = True, eigvals_only: Any = False, check_finite: Any = True, driver: Any = None) -> Any:
    values, vectors = np.linalg.eigh(a, "L" if lower else "U")
    if eigvals_only:
        return values
    if driver == "evd":
        return values, vectors
    # Other drivers give eigenvectors other signs, which no rule tells.
    return values, not_to_use(
        "the signs of the eigenvectors of `scipy.linalg.eigh` depend on its driver, and only `evd` is supported",
        "Pass `driver='evd'`, or use `np.linalg.eigh`, which is the same.",
    )


@composed(external=(LINALG, "eigvalsh"))
def eigvalsh(a: Any, *, lower: Any = True, check_finite: Any = True) -> Any:
    return np.linalg.eigvalsh(a, "L" if lower else "U")


@composed(external=(LINALG, "svd"))
def svd(a: Any, full_matrices: Any = True, compute_uv: Any = True, check_finite: Any = True) -> Any:
    if not compute_uv:
        return np.linalg.svd(a, compute_uv=False)
    u, s, vh = np.linalg.svd(a, full_matrices=full_matrices)
    return u, s, vh


@composed(external=(LINALG, "svdvals"))
def svdvals(a: Any, check_finite: Any = True) -> Any:
    return np.linalg.svd(a, compute_uv=False)


@composed(external=(LINALG, "norm"))
def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, check_finite: Any = True) -> Any:
    return np.linalg.norm(a, ord, axis, keepdims)


@composed(external=(LINALG, "lstsq"))
def lstsq(a: Any, b: Any, cond: Any = None, *, check_finite: Any = True) -> Any:
    a, b = in_one_type(a, b)
    return np.linalg.lstsq(a, b, np.finfo(a.dtype).eps if cond is None else cond)


@composed(external=(LINALG, "qr"))
def qr(a: Any, *, mode: Any = "full", check_finite: Any = True) -> Any:
    if mode != "economic":
        what = f"adcompile: `scipy.linalg.qr` with `mode={mode}` is not supported"
        raise NotImplementedError(f"{what}\nUse `mode='economic'`.")
    q, r = np.linalg.qr(a)
    return q, r


@composed(external=(LINALG, "block_diag"))
def block_diag(*arrs: Any) -> Any:
    blocks = [np.atleast_2d(each) for each in arrs]
    rows, columns = sum([each.shape[0] for each in blocks]), sum([each.shape[1] for each in blocks])
    dtype = np.concatenate([np.ravel(each) for each in blocks]).dtype
    result = np.zeros((rows, columns), dtype)
    i, j = 0, 0
    for each in blocks:
        result[i : i + each.shape[0], j : j + each.shape[1]] = each
        i, j = i + each.shape[0], j + each.shape[1]
    return result


@composed(external=(LINALG, "expm"))
def expm(A: Any) -> Any:
    """By scaling, the Pade approximant of degree 13, and squaring (Higham 2005)."""
    a = np.asarray(A)
    if a.ndim != 2:
        what = f"adcompile: `scipy.linalg.expm` of an array with {a.ndim} axes is not supported"
        raise NotImplementedError(f"{what}\nTake the matrices one by one in a loop.")
    if a.shape[0] != a.shape[1]:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    size, squarings = np.linalg.norm(a, 1), 0
    while size > 5.371920351148152:
        size, squarings = size / 2.0, squarings + 1
    a = a * 0.5**squarings
    b = (
        *(64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0),
        *(10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0),
    )
    one = np.eye(len(a), dtype=a.dtype)
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    odd = a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
    odd = a @ odd
    result = np.linalg.solve(even - odd, even + odd)
    for _ in range(squarings):
        result = result @ result
    return result
