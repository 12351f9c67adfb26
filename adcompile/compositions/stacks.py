"""Solvers and factorizations of stacks of matrices: one matrix after the other. The front end calls these."""

from __future__ import annotations

from typing import Any

import numpy as np


def solve(a: Any, b: Any) -> Any:
    """A vector is solved for by every matrix; else `b` is a stack of matrices that broadcasts with `a`."""
    if b.ndim == 1:
        return solve(a, np.reshape(b, (len(b), 1)))[..., 0]
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = np.broadcast_to(a, leading + a.shape[-2:])
    b = np.broadcast_to(b, leading + b.shape[-2:])
    matrices, sides = _flat(a), _flat(b)
    result = np.empty(sides.shape, b.dtype)
    for k in range(len(result)):
        result[k] = np.linalg.solve(matrices[k], sides[k])
    return np.reshape(result, b.shape)


def mapped(a: Any, function: Any) -> Any:
    """`function`, which makes a matrix of a matrix, of every one."""
    matrices = _flat(a)
    result = np.empty(matrices.shape, a.dtype)
    for k in range(len(result)):
        result[k] = function(matrices[k])
    return np.reshape(result, a.shape)


def inv(a: Any) -> Any:
    return mapped(a, np.linalg.inv)


def cholesky(a: Any) -> Any:
    return mapped(a, np.linalg.cholesky)


def det(a: Any) -> Any:
    matrices = _flat(a)
    result = np.empty(len(matrices), a.dtype)
    for k in range(len(result)):
        result[k] = np.linalg.det(matrices[k])
    return np.reshape(result, a.shape[:-2])


def slogdet(a: Any) -> Any:
    matrices = _flat(a)
    signs, logs = np.empty(len(matrices), a.dtype), np.empty(len(matrices), a.dtype)
    for k in range(len(signs)):
        signs[k], logs[k] = np.linalg.slogdet(matrices[k])
    return np.reshape(signs, a.shape[:-2]), np.reshape(logs, a.shape[:-2])


def eigh(a: Any) -> Any:
    return _eigh(a, "L")


def eigh_upper(a: Any) -> Any:
    return _eigh(a, "U")


def _eigh(a: Any, triangle: Any) -> Any:
    matrices = _flat(a)
    values, vectors = np.empty(matrices.shape[:-1], a.dtype), np.empty(matrices.shape, a.dtype)
    for k in range(len(values)):
        values[k], vectors[k] = np.linalg.eigh(matrices[k], triangle)
    return np.reshape(values, a.shape[:-1]), np.reshape(vectors, a.shape)


def qr(a: Any) -> Any:
    matrices, least = _flat(a), min(a.shape[-2], a.shape[-1])
    count, rows, columns = matrices.shape
    orthogonal, triangular = np.empty((count, rows, least), a.dtype), np.empty((count, least, columns), a.dtype)
    for k in range(count):
        orthogonal[k], triangular[k] = np.linalg.qr(matrices[k])
    leading = a.shape[:-2]
    return np.reshape(orthogonal, (*leading, rows, least)), np.reshape(triangular, (*leading, least, columns))


def svd(a: Any) -> Any:
    matrices, least = _flat(a), min(a.shape[-2], a.shape[-1])
    count, rows, columns = matrices.shape
    left, right = np.empty((count, rows, least), a.dtype), np.empty((count, least, columns), a.dtype)
    values = np.empty((count, least), a.dtype)
    for k in range(count):
        left[k], values[k], right[k] = np.linalg.svd(matrices[k], full_matrices=False)
    leading = a.shape[:-2]
    reshaped = np.reshape(left, (*leading, rows, least)), np.reshape(right, (*leading, least, columns))
    return reshaped[0], np.reshape(values, (*leading, least)), reshaped[1]


def singular_values(a: Any) -> Any:
    matrices, least = _flat(a), min(a.shape[-2], a.shape[-1])
    values = np.empty((len(matrices), least), a.dtype)
    for k in range(len(values)):
        values[k] = np.linalg.svd(matrices[k], compute_uv=False)
    return np.reshape(values, (*a.shape[:-2], least))


def pinv(a: Any, rcond: Any) -> Any:
    matrices = _flat(a)
    count, rows, columns = matrices.shape
    result = np.empty((count, columns, rows), a.dtype)
    for k in range(count):
        result[k] = np.linalg.pinv(matrices[k], rcond)
    return np.reshape(result, (*a.shape[:-2], columns, rows))


def _flat(a: Any) -> Any:
    """All matrices along one axis."""
    count = 1
    for extent in a.shape[:-2]:
        count = count * extent
    return np.reshape(a, (count, *a.shape[-2:]))
