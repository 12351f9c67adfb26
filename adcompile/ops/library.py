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

from functools import partial

import numpy as np

from adcompile.ir.nodes import Apply
from adcompile.ops.primitive import Effect, Primitive, Routine, Signature, Spelling

Place = tuple[int, int]

# What a matrix that is not square raises.
ERROR = "np.linalg.LinAlgError"
SQUARE = "Last 2 dimensions of the array must be square"


def _library(name: str, *signatures: str, names: str, spelled: str = "", **keywords: bool | str) -> Primitive:
    """A function of `np.linalg`: its signatures, and what to call the results. `spelled`: NumPy's name."""
    spelled = spelled or name
    parsed = tuple(map(_signature, signatures))
    routine = Routine(parsed, tuple(names.split()), tuple(keywords.items()))
    effect = Effect.ALLOC if any(parsed[0].results) else Effect.READ
    evaluate = partial(getattr(np.linalg, spelled), **keywords)
    spelling = Spelling("call", f"np.linalg.{spelled}")
    return Primitive(name, len(parsed[0].operands), effect, spelling, evaluate, routine=routine)


def _signature(text: str) -> Signature:
    """`"nn,nm -> nm"`"""
    operands, results = (tuple(part.strip() for part in side.split(",")) for side in text.split("->"))
    return Signature(operands, results)


matmul = Primitive(
    "matmul",
    2,
    Effect.ALLOC,
    Spelling("binary", "@"),
    np.matmul,
    routine=Routine(tuple(map(_signature, ("nk,km -> nm", "nk,k -> n", "k,km -> m"))), ("product",)),
)
multiply = Primitive("multiply", 3, Effect.WRITE, Spelling("call", "np.dot"))
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

argsort = Primitive(
    "argsort",
    1,
    Effect.ALLOC,
    Spelling("call", "np.argsort"),
    partial(np.argsort, kind="mergesort"),
    routine=Routine((_signature("n -> n"),), ("order",), (("kind", "mergesort"),), gives="int64"),
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
    transpose = stmt.attrs.get("transpose", ())
    return bool(transpose and transpose[operand])
