"""Memory operations of the loop IR.

alloc(d0, d1, ...)           a new array; attrs: fill = "zeros" | "empty"; type gives dtype and ndim; `saved`: a buffer
                             for residuals
alloc_like(A)                a new array of A's shape and dtype; attrs: fill
reshape(A, d0, d1, ...)      another name for the memory of the C-contiguous array A
row(A, i, ...)               another name for the part of A at these leading indices (not negative)
part(A, i, n)                another name for the n elements from i on of an array with one axis, until A grows
dim(A)                       the extent of A along attrs["axis"]
stride(A)                    the distance between neighbours of the argument A along attrs["axis"], in elements
load(A, i, j, ...)           one element; a negative index wraps
store(A, i, j, ..., v)       one element
grow(A, i)                   makes room for row i of the local array A: doubles its first axis if need be, contents kept
                             (attrs: `joined`, the array of the statement before is as long and grows by as much)
reserve(A, n)                makes room for n elements of the local array A, which has one axis; contents kept
require(ok, x, y, ...)       raises attrs["error"] with attrs["message"] and x, y, ... if not ok
"""

from __future__ import annotations

from adcompile.ops.primitive import Effect, Primitive

alloc = Primitive("alloc", -1, Effect.ALLOC)
alloc_like = Primitive("alloc_like", 1, Effect.ALLOC)
reshape = Primitive("reshape", -1)
row = Primitive("row", -1)
part = Primitive("part", 3, Effect.READ)
dim = Primitive("dim", 1)
stride = Primitive("stride", 1)
load = Primitive("load", -1, Effect.READ)
store = Primitive("store", -1, Effect.WRITE)
grow = Primitive("grow", 2, Effect.WRITE)
reserve = Primitive("reserve", 2, Effect.WRITE)
require = Primitive("require", -1, Effect.CHECK)

MEMORY = (alloc, alloc_like, reshape, row, part, dim, stride, load, store, grow, reserve, require)
# Other names for the memory of an array; what makes more of it.
NAMING = (reshape, row, part)
GROWING = (grow, reserve)
