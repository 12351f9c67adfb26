"""Bytes that gradients save between their forward and backward sweeps, against what a careful programmer would save.

    python benchmarks/residuals.py [name ...] [--without pass ...]

The generated programs run as plain Python and count what they use of each buffer. Prints the bytes and what is allowed;
the exit status is 1 if a program saves more. Arrays that the function makes in every trip, and keeps, count too.
"""

from __future__ import annotations

import argparse
import inspect
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompile import pipeline
from adcompile.build import Options
from adcompile.frontend.structure import Leaf, Structure
from adcompile.ir.types import Array, Scalar

N, STEPS = 20, 6


@dataclass(frozen=True, slots=True)
class Case:
    """A program, its arguments and the number of floats it may save."""

    program: Callable[..., Any]
    args: tuple[Any, ...]
    allowed: int


def dot(x, y):
    s = 0.0
    for i in range(x.shape[0]):
        s += x[i] * y[i]
    return s


def matmul(A, B):
    C = np.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
    return C.sum()


def jacobi(A, B, steps):
    for _ in range(steps):
        B[1:-1] = (A[:-2] + A[1:-1] + A[2:]) / 3.0
        A[1:-1] = (B[:-2] + B[1:-1] + B[2:]) / 3.0
    return A.sum()


def heat(A, B, steps):
    for _ in range(steps):
        B[1:-1, 1:-1] = A[1:-1, 1:-1] + 0.1 * (
            A[2:, 1:-1] + A[:-2, 1:-1] + A[1:-1, 2:] + A[1:-1, :-2] - 4.0 * A[1:-1, 1:-1]
        )
        A[1:-1, 1:-1] = B[1:-1, 1:-1]
    return A.sum()


def seidel(A, steps):
    n = A.shape[0]
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = (A[i - 1, j] + A[i, j - 1] + A[i, j] + A[i, j + 1] + A[i + 1, j]) / 5.0
    return A.sum()


def filled(x):
    y = np.zeros(x.shape[0])
    for i in range(x.shape[0]):
        y[i] = np.sin(x[i])
    s = 0.0
    for i in range(x.shape[0]):
        s += y[i] * y[i]
    return s


def prefix_products(x):
    y = np.zeros(x.shape[0])
    y[0] = x[0]
    for i in range(1, x.shape[0]):
        y[i] = y[i - 1] * x[i]
    return y.sum()


def recurrence(x):
    s = 1.0
    for i in range(x.shape[0]):
        s = np.sin(s) * x[i]
    return s


def burgers(u, steps):
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            u[i] = u[i] - 0.1 * u[i] * (u[i + 1] - u[i - 1])
    return u.sum()


def burgers_slices(u, v, steps):
    for _ in range(steps):
        v[1:-1] = u[1:-1] - 0.1 * u[1:-1] * (u[2:] - u[:-2])
        u[1:-1] = v[1:-1]
    return u.sum()


def newton(a):
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


def cholesky(A):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
        for k in range(i):
            A[i, i] -= A[i, k] * A[i, k]
        A[i, i] = np.sqrt(A[i, i])
    return A.sum()


def cholesky_slices(A):
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, A.shape[0]):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    return A.sum()


def lu(A):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[k, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            for k in range(i):
                A[i, j] -= A[i, k] * A[k, j]
    return A.sum()


def lu_slices(A):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return A.sum()


def lu_right_looking(A):
    n = A.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    return A.sum()


def triangular(L, x, b):
    for i in range(L.shape[0]):
        x[i] = b[i]
        for j in range(i):
            x[i] -= L[i, j] * x[j]
        x[i] = x[i] / L[i, i]
    return x.sum()


def triangular_slices(L, x, b):
    for i in range(x.shape[0]):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return x.sum()


def leaving(x, trips):
    s = 1.0
    for i in range(x.shape[0]):
        s = np.sin(s) * x[i]
        if i >= trips:
            break
    return s


def cases() -> dict[str, Case]:
    """The programs by name; their arguments do not depend on chance."""
    numbers = np.random.default_rng(0)
    x, y = numbers.uniform(0.5, 1.5, (2, N))
    A, B = numbers.uniform(0.5, 1.5, (2, N, N))
    positive = A @ A.T + N * np.eye(N)
    trips = count_newton(3.0)
    return {
        "dot product": Case(dot, (x, y), 0),
        "matmul, three loops": Case(matmul, (A, B), 0),
        "jacobi": Case(jacobi, (x, y, STEPS), 0),
        "heat": Case(heat, (A, B, STEPS), 0),
        "seidel": Case(seidel, (A, STEPS), 0),
        "zeros, then filled": Case(filled, (x,), 0),
        "prefix products": Case(prefix_products, (x,), 0),
        "s = sin(s) * x[i]": Case(recurrence, (x,), N),
        "burgers in place": Case(burgers, (x, STEPS), STEPS * (N - 2)),
        "burgers, slices": Case(burgers_slices, (x, y, STEPS), 2 * STEPS * (N - 2)),
        "newton, while": Case(newton, (3.0,), trips),
        "cholesky": Case(cholesky, (positive,), N * (N + 1) // 2),
        "cholesky, slices": Case(cholesky_slices, (positive,), N * (N + 1) // 2),
        "lu": Case(lu, (positive,), N * N),
        "lu, slices": Case(lu_slices, (positive,), N * N),
        "lu, right-looking": Case(lu_right_looking, (positive,), sum(k + k * k for k in range(N))),
        "triangular solve": Case(triangular, (positive, x, y), N),
        "triangular solve, slices": Case(triangular_slices, (positive, x, y), N),
        "leaving at trip 7": Case(leaving, (x, 6), 7),
    }


def count_newton(a: float) -> int:
    """Trips of `newton`."""
    x, trips = a, 0
    while abs(x * x - a) > 1e-10:
        x, trips = 0.5 * (x + a / x), trips + 1
    return trips


def structure(value: Any) -> Structure:
    """What the front end knows of an argument."""
    if isinstance(value, np.ndarray):
        return Leaf(Array(value.dtype.name, value.ndim, "C", (False,) * value.ndim))
    return Leaf(Scalar("int64" if isinstance(value, int) else "float64", weak=True))


def saved(case: Case, without: frozenset[str]) -> tuple[dict[str, int], int]:
    """The bytes of every buffer by name, and the largest relative error of the gradient."""
    names = list(inspect.signature(case.program).parameters)
    parameters = dict(zip(names, map(structure, case.args), strict=True))
    wrt = tuple(n for n, value in zip(names, case.args, strict=True) if not isinstance(value, int))
    build = pipeline.build(case.program, parameters, Options(wrt=wrt, disabled=without, report=True))
    namespace: dict[str, Any] = {}
    exec(build.text, namespace)
    results = namespace[build.entry](*case.args)
    counts = results[len(results) - len(build.saved) :]
    found: dict[str, int] = {}
    for buffer, count in zip(build.saved, counts, strict=True):
        name = f"{buffer.name or 'array'}:{buffer.line}"
        found[name] = found.get(name, 0) + int(count) * np.dtype(buffer.dtype).itemsize
    return found, deviation(case, results[1 : 1 + len(build.gradients)])


def deviation(case: Case, gradients: tuple[Any, ...]) -> float:
    """How far the derivative along one direction is from a difference quotient."""
    directions = [np.cos(np.arange(np.size(g))).reshape(np.shape(g)) for g in gradients]
    exact = sum(float(np.sum(g * d)) for g, d in zip(gradients, directions, strict=True))

    def value(t: float) -> float:
        left = iter(directions)
        moved = [a if isinstance(a, int) else a + t * next(left) for a in case.args]
        return float(case.program(*moved))

    h = 1e-5
    return abs((value(h) - value(-h)) / (2 * h) - exact) / (1.0 + abs(exact))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="programs whose name contains one of these")
    parser.add_argument("--without", nargs="*", default=[], help="passes and improvements to switch off")
    options = parser.parse_args()
    worse = 0
    print(f"n = {N}, {STEPS} steps\n\n{'program':28}{'bytes':>8}{'allowed':>9}   buffers")
    for name, case in cases().items():
        if options.names and not any(part in name for part in options.names):
            continue
        found, error = saved(case, frozenset(options.without))
        total = sum(found.values())
        worse += total > 8 * case.allowed
        wrong = "" if math.isfinite(error) and error < 1e-5 else f"  WRONG by {error:.1e}"
        print(f"{name:28}{total:8}{8 * case.allowed:9}   {found or ''}{wrong}")
    return int(worse > 0)


if __name__ == "__main__":
    sys.exit(main())
