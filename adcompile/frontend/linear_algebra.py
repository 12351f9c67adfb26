"""Linear algebra: the functions of `np.linalg` as library calls on matrices.

np.linalg.solve(a, b)        solve(a, b)                with both in one float type, as NumPy computes
np.linalg.slogdet(a)         sign, logdet = slogdet(a)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.linalg._linalg import EighResult, QRResult, SlogdetResult, SVDResult

from adcompile import compositions
from adcompile.compositions import products, stacks
from adcompile.errors import UnsupportedError
from adcompile.frontend import promote, shapes
from adcompile.frontend.ints import Ints
from adcompile.frontend.memory_orders import Loose
from adcompile.frontend.rearrange import collected, swapaxes
from adcompile.frontend.reductions import product
from adcompile.frontend.surface import function
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    FALSE,
    NONE,
    TRUE,
    Abstract,
    ArrayValue,
    Buffer,
    Missing,
    Number,
    Record,
    Sequence,
    Static,
    array_type,
    describe,
)
from adcompile.ir.attributes import Attributes
from adcompile.ir.nodes import Apply, Operand, Value
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOATS, Scalar
from adcompile.ops import library, scalar


@function(np.linalg.solve)
def solve(t: Tracer, a: Abstract, b: Abstract) -> Abstract:
    matrix, right = matrices(t, "solve", a, b)
    if max(matrix.ndim, right.ndim) > 2:
        return t.interpret(stacks.solve, matrix, right)
    require_square(t, matrix)
    return call(t, library.solve, matrix, right)[0]


@function(np.linalg.inv)
def inv(t: Tracer, a: Abstract) -> Abstract:
    return _of_squares(t, library.inv, stacks.inv, *matrices(t, "inv", a))[0]


@function(np.linalg.det)
def det(t: Tracer, a: Abstract) -> Abstract:
    return _of_squares(t, library.det, stacks.det, *matrices(t, "det", a))[0]


@function(np.linalg.slogdet)
def slogdet(t: Tracer, a: Abstract) -> Abstract:
    return _named(SlogdetResult, _of_squares(t, library.slogdet, stacks.slogdet, *matrices(t, "slogdet", a)))


@function(np.linalg.cholesky)
def cholesky(t: Tracer, a: Abstract, *, upper: Abstract = FALSE) -> Abstract:
    (matrix,) = matrices(t, "cholesky", a)
    require_axes(matrix)
    other = shapes.static_bool(upper, "`upper`")
    (result,) = _of_squares(t, library.cholesky, stacks.cholesky, _flipped(t, matrix) if other else matrix)
    return replace(_flipped(t, result), order=Loose()) if other else result


@function(np.linalg.eigh)
def eigh(t: Tracer, a: Abstract, UPLO: Abstract = Static("L")) -> Abstract:
    return _named(EighResult, _eigh(t, "eigh", a, UPLO))


@function(np.linalg.eigvalsh)
def eigvalsh(t: Tracer, a: Abstract, UPLO: Abstract = Static("L")) -> Abstract:
    return _eigh(t, "eigvalsh", a, UPLO)[0]


def _eigh(t: Tracer, name: str, a: Abstract, uplo: Abstract) -> tuple[Abstract, ...]:
    (matrix,) = matrices(t, name, a)
    if uplo not in (Static("L"), Static("U"), Static("l"), Static("u")):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    if uplo in (Static("L"), Static("l")):
        return _of_squares(t, library.eigh, stacks.eigh, matrix)
    return _of_squares(t, library.eigh_upper, stacks.eigh_upper, matrix)


def _of_squares(
    t: Tracer, primitive: Primitive, of_stacks: Callable[..., object], matrix: ArrayValue
) -> tuple[Abstract, ...]:
    """The results for a square matrix, or for every one of a stack."""
    if matrix.ndim <= 2:
        require_square(t, matrix)
    return _of_each(t, primitive, of_stacks, matrix)


def _of_each(
    t: Tracer, primitive: Primitive, of_stacks: Callable[..., object], matrix: ArrayValue
) -> tuple[Abstract, ...]:
    """The results for a matrix, or for every one of a stack."""
    if matrix.ndim == 2:
        return call(t, primitive, matrix)
    found = t.interpret(of_stacks, matrix)
    return tuple(found.items) if isinstance(found, Sequence) else (found,)


def _flipped(t: Tracer, a: Abstract) -> ArrayValue:
    """The matrices transposed."""
    flipped = swapaxes(t, a, Static(-1), Static(-2))
    assert isinstance(flipped, ArrayValue)
    return flipped


@function(np.linalg.matrix_power)
def matrix_power(t: Tracer, a: Abstract, n: Abstract) -> Abstract:
    if isinstance(n, Static):
        return t.interpret(products.known_power, a, Static(shapes.static_int(n, "the exponent")))
    if not isinstance(n, Number) or np.dtype(n.dtype).kind not in "iu":
        raise TypeError("exponent must be an integer")
    return t.interpret(products.power, a, n)


@function(np.linalg.qr)
def qr(t: Tracer, a: Abstract, mode: Abstract = Static("reduced")) -> Abstract:
    (matrix,) = matrices(t, "qr", a)
    require_axes(matrix)
    if mode not in (Static("reduced"), Static("r")):
        shown = mode.value if isinstance(mode, Static) else describe(mode)
        raise UnsupportedError(f"`np.linalg.qr` with `mode={shown}` is not supported", None, 'Use `mode="reduced"`.')
    rows, columns = matrix.dims[-2:]
    what = "adcompile: the derivative of `np.linalg.qr` needs as many rows as columns, or more; the shape is ({},{})"
    advice = "Decompose the first columns: `np.linalg.qr(a[:, : a.shape[0]])`; all of R is `q.T @ a`."
    message = f"{what}\n{advice}"
    ok = t.ints.compare(scalar.ge, rows, columns)
    t.require(ok, rows, columns, error="NotImplementedError", message=message)
    results = _of_each(t, library.qr, stacks.qr, matrix)
    return results[1] if mode == Static("r") else _named(QRResult, results)


@function(np.linalg.svd)
def svd(t: Tracer, a: Abstract, full_matrices: Abstract = TRUE, compute_uv: Abstract = TRUE) -> Abstract:
    (matrix,) = matrices(t, "svd", a)
    require_axes(matrix)
    if not shapes.static_bool(compute_uv, "`compute_uv`"):
        return t.interpret(stacks.singular_values, matrix) if matrix.ndim > 2 else call(t, library.svd, matrix)[1]
    results = _of_each(t, library.svd, stacks.svd, matrix)
    if shapes.static_bool(full_matrices, "`full_matrices`") and not t.ints.same(*matrix.dims[-2:]):
        why, advice = "the derivative needs `full_matrices=False`", "Pass `full_matrices=False` to `np.linalg.svd`."
        return _named(SVDResult, (Missing(why, advice), results[1], Missing(why, advice)))
    return _named(SVDResult, results)


@function(np.linalg.pinv)
def pinv(t: Tracer, a: Abstract, rcond: Abstract = NONE) -> Abstract:
    (matrix,) = matrices(t, "pinv", a)
    require_axes(matrix)
    limit = Static(1e-15) if rcond == NONE else rcond
    return t.interpret(stacks.pinv, matrix, limit) if matrix.ndim > 2 else pseudoinverse(t, matrix, limit)


def pseudoinverse(t: Tracer, matrix: ArrayValue, rcond: Abstract) -> Abstract:
    """The pseudoinverse; singular values below `rcond` times the largest one count as zero."""
    limit = t.builder.apply(scalar.stop, t.operand(rcond, matrix.dtype), type=Scalar(matrix.dtype))
    return call(t, library.pinv, matrix, Number(limit))[0]


@function(np.linalg.lstsq)
def lstsq(t: Tracer, a: Abstract, b: Abstract, rcond: Abstract = NONE) -> Abstract:
    matrix, right = matrices(t, "lstsq", a, b)
    if matrix.ndim != 2:
        raise np.linalg.LinAlgError(f"{matrix.ndim}-dimensional array given. Array must be two-dimensional")
    if right.ndim:
        shapes.require_equal(t, matrix.dims[0], right.dims[0], "Incompatible dimensions", (), library.ERROR)
    longest = t.cast(Number(t.ints.max(*matrix.dims)), matrix.dtype)
    limit = promote.ufunc(t, scalar.mul, longest, Static(float(np.finfo(matrix.dtype).eps))) if rcond == NONE else rcond
    x = product(t, pseudoinverse(t, matrix, limit), right)
    why = "only the solution and the singular values of `np.linalg.lstsq` are supported"
    missing = Missing(why, "Compute it from these.")
    return Sequence("tuple", [x, missing, missing, call(t, library.svd, matrix)[1]])


@function(compositions.in_one_type)
def in_one_type(t: Tracer, a: Abstract, b: Abstract) -> Abstract:
    return Sequence("tuple", list(matrices(t, "solve", a, b)))


@function(compositions.not_to_use)
def not_to_use(t: Tracer, why: Abstract, advice: Abstract) -> Abstract:
    assert isinstance(why, Static) and isinstance(advice, Static)
    return Missing(str(why.value), str(advice.value))


def matrices(t: Tracer, name: str, *operands: Abstract) -> list[ArrayValue]:
    """The operands as arrays of one float type: what NumPy computes in."""
    arrays = [collected(t, each) for each in operands]
    for each in arrays:
        if not isinstance(each, ArrayValue):
            raise UnsupportedError(f"`np.linalg.{name}` of {describe(each)} is not supported")
    dtype = promote.result_dtype(*arrays)
    dtype = dtype if dtype in FLOATS else "float64"
    return [each for each in (t.cast(array, dtype) for array in arrays) if isinstance(each, ArrayValue)]


def require_square(t: Tracer, a: ArrayValue) -> None:
    """Check that it is a square matrix."""
    require_axes(a)
    shapes.require_equal(t, a.dims[0], a.dims[1], library.SQUARE, (), library.ERROR)


def require_axes(a: ArrayValue) -> None:
    """Check that it is a matrix, or a stack of some."""
    if a.ndim < 2:
        raise np.linalg.LinAlgError(f"{a.ndim}-dimensional array given. Array must be at least two-dimensional")


def call(t: Tracer, primitive: Primitive, *operands: Abstract) -> tuple[Abstract, ...]:
    """A library call; extents that the signature gives one letter are required to be equal."""
    arrays = [each for each in operands if isinstance(each, ArrayValue)]
    given = [each.value if isinstance(each, ArrayValue) else t.operand(each) for each in operands]
    routine = primitive.routine
    assert routine is not None
    signature = routine.signature_of([each.type for each in given])
    if signature is None:
        ranks = " and ".join(f"{a.ndim}" for a in arrays)
        raise UnsupportedError(f"`np.linalg.{primitive.name}` of arrays with {ranks} axes is not supported")
    extents: dict[str, Operand] = {}
    shown = [d for a in arrays for d in a.dims]
    message = f"operands of {primitive.name} do not fit: {shapes.spell(*(a.dims for a in arrays))}"
    for array, letters in zip(arrays, filter(None, signature.operands), strict=True):
        for extent, letter in zip(array.dims, letters, strict=True):
            shapes.require_equal(t, extents.setdefault(letter, extent), extent, message, shown)
    results = []
    for letters in signature.results:
        dims = tuple(extents[k] if k in extents else _smallest(t.ints, list(extents.values())) for k in letters)
        dtype = routine.gives or arrays[0].dtype
        results.append(Value(array_type(dtype, dims) if dims else Scalar(dtype), dims=dims, loc=t.builder.loc))
    t.builder.append(Apply(primitive, tuple(given), tuple(results), Attributes(), t.builder.loc))
    return tuple(ArrayValue(r, Buffer()) if r.dims else Number(r) for r in results)


def _smallest(ints: Ints, extents: list[Operand]) -> Operand:
    found = extents[0]
    for each in extents[1:]:
        found = ints.min(found, each)
    return found


def _named(cls: Any, items: tuple[Abstract, ...]) -> Record:
    """The result as NumPy's named tuple."""
    return Record(cls, dict(zip(cls._fields, items, strict=True)))
