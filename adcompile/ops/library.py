"""Library calls: BLAS, LAPACK and sorting through NumPy, on whole C-contiguous arrays, of floats of one dtype.

    C = matmul(A, B)         attrs: transpose = (False, True) where B is passed as B.T
    multiply(C, A, B)        the product is written to C, whose memory is not that of A or B
    w, V = eigh(A)

A signature says which extents agree and which the results have, as in NumPy's `(n,n),(n,m)->(n,m)`. Every result
is new. `cholesky` and `eigh` read the lower triangle only, as NumPy does, `eigh_upper` the upper one: LAPACK gives its
eigenvectors other signs than those of the transposed matrix. The number that `pinv` takes is the relative
size of singular values that count as zero. What else NumPy's calls do (stacks, casts, axes) is made of these by the
front end. `rules.matrices` has the adjoints. Adjoints know no `multiply`: it is what products become at last
(`passes.products_in_place`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from adcompile.ir.nodes import Apply
from adcompile.ir.primitive import Cost, Effect, Primitive, Routine, Signature, Spelling, Total

Place = tuple[int, int]

# What a matrix that is not square raises.
ERROR = "np.linalg.LinAlgError"
SQUARE = "Last 2 dimensions of the array must be square"


def _library(name: str, *signatures: str, names: str, spelled: str = "", **keywords: bool | str) -> Primitive:
    """A function of `np.linalg`: its signatures, and what to call the results. `spelled`: NumPy's name."""
    spelled = spelled or name
    parsed = tuple(map(_signature, signatures))
    evaluate = partial(getattr(np.linalg, spelled), **keywords)
    routine = Routine(parsed, tuple(names.split()), tuple(keywords.items()))
    return _routine(name, Spelling("call", f"np.linalg.{spelled}"), evaluate, routine)


def _routine(name: str, spelling: Spelling, evaluate: Callable[..., Any], routine: Routine) -> Primitive:
    first = routine.signatures[0]
    return Primitive(
        name=name,
        arity=len(first.operands),
        effect=Effect.ALLOC if any(first.results) else Effect.READ,
        cost=Cost.ARRAYS,
        total=Total.CHECKED,
        spelling=spelling,
        evaluate=evaluate,
        routine=routine,
    )


def _signature(text: str) -> Signature:
    """`"nn,nm -> nm"`"""
    operands, results = (tuple(part.strip() for part in side.split(",")) for side in text.split("->"))
    return Signature(operands, results)


matmul = _routine(
    "matmul",
    Spelling("binary", "@"),
    np.matmul,
    Routine(tuple(map(_signature, ("nk,km -> nm", "nk,k -> n", "k,km -> m"))), ("product",)),
)
multiply = Primitive(
    name="multiply",
    arity=3,
    effect=Effect.WRITE,
    cost=Cost.ARRAYS,
    total=Total.CHECKED,
    spelling=Spelling("call", "np.dot"),
    contents=(1, 2),
)
solve = _library("solve", "nn,n -> n", "nn,nm -> nm", names="solution")
inv = _library("inv", "nn -> nn", names="inverse")
cholesky = _library("cholesky", "nn -> nn", names="factor")
det = _library("det", "nn -> ", names="determinant")
slogdet = _library("slogdet", "nn -> ,", names="sign logdet")
eigh = _library("eigh", "nn -> n,nn", names="eigenvalues eigenvectors")
eigh_upper = _library("eigh_upper", "nn -> n,nn", names="eigenvalues eigenvectors", spelled="eigh", UPLO="U")
qr = _library("qr", "mn -> mk,kn", names="orthogonal triangular")
svd = _library("svd", "mn -> mk,k,kn", names="left singular right", full_matrices=False)
pinv = _library("pinv", "mn, -> nm", names="pseudoinverse")

argsort = _routine(
    "argsort",
    Spelling("call", "np.argsort"),
    partial(np.argsort, kind="mergesort"),
    Routine((_signature("n -> n"),), ("order",), (("kind", "mergesort"),), gives="int64"),
)

LIBRARY = (argsort, matmul, solve, inv, cholesky, det, slogdet, eigh, eigh_upper, qr, svd, pinv)


def extent_places(stmt: Apply, result: int, axis: int) -> tuple[Place, ...]:
    """The operand and axis that have the extent of an axis of a result; of several, it is the smallest of them all."""
    assert stmt.primitive.routine is not None
    signature = stmt.primitive.routine.signature_of([o.type for o in stmt.operands])
    assert signature is not None
    letter = signature.results[result][axis]
    axes = [(k, own) for k, letters in enumerate(signature.operands) for own in range(len(letters))]
    having = [(k, own) for k, own in axes if signature.operands[k][own] == letter][:1] or axes
    return tuple((k, 1 - own if is_transposed(stmt, k) else own) for k, own in having)


def is_transposed(stmt: Apply, operand: int) -> bool:
    """Is the operand passed as its transpose?"""
    transpose = stmt.attrs.transpose
    return bool(transpose and transpose[operand])
