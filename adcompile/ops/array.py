"""Array operations of the graph. Scalar primitives applied to arrays are elementwise and not listed here.

Every result has `dims`. What an operation says of shapes is already settled: broadcasting operands agree but for
axes whose extent is the constant 1 (or missing in front), `require` statements stand before.

    index(x, i, j, ...)          basic indexing, a view. attrs["items"]: one of
                                   "int"    takes one operand, an int that may be negative (range-checked before)
                                   "slice"  takes two operands, start and step as from `slice.indices`; extent in dims
                                   "new"    a new axis of extent 1
                                 for every axis of x and every new axis, in order ("..." is written out)
    gather(x, i, j, ...)         integer-array indexing, a copy. attrs["items"]: "int", "slice", "new" as above, or
                                 "array", which takes one int array (they broadcast together); result axes as NumPy
                                 places them: attrs["front"] is the position of the broadcast axes in the result
    transpose(x)                 a view; attrs["perm"]
    reshape_view(x, d0, ...)     C order; a view. Not attrs["sure"]: perhaps a copy in NumPy, the same while nothing is
                                 stored to. With attrs["message"] there is one more operand, true if NumPy makes a
                                 copy here; else that is the error
    broadcast(x, d0, d1, ...)    a read-only view with the shape dims
    full(v)                      dims filled with the scalar v; attrs["fill"] = "zeros", "empty" or "value"; a new array
    arange(start, step)          start + k * step over one axis
    eye()                        1 on the diagonal attrs["k"], else 0
    copy(x)                      a new array; attrs["order"] is "C" if NumPy does not keep the order of x
    concatenate(x, y, ...)       attrs["axis"]; a new array
    diag(v)                      attrs["k"]: a matrix with v on a diagonal (a 2-D argument is `diagonal`)
    diagonal(x)                  attrs["k"]: a read-only view of a diagonal of the last two axes
    sum, max, min (x)            attrs["axes"] (sorted tuple); dims without these axes. Scalar result if none is left.
                                 keepdims is an `index` with "new" on top.
    product(x, y)                1-D and 2-D operands, NumPy's rules; scalar result for two vectors
    element(x, i, j, ...)        one element as a scalar; all axes given
    scatter(x, v, i, j, ...)     x[i, j, ...] = v with attrs["items"], attrs["front"], attrs["message"] as for `gather`;
                                 v is an array with the shape of the place; of several stores to one element the
                                 last one counts
    assign_where(x, mask, v)     x[mask] = v; `mask` has the extents of x's leading axes. attrs["mode"]: "fill", v is a
                                 scalar or an array that broadcasts to the trailing axes; "aligned", v has x's
                                 shape and each element goes to its own place; "packed", v's first axis runs through
                                 the places where the mask is true
    append(x, n, v)              x[n] = v for a new array x with one axis, which is made longer if there is no x[n]
    assign(x, v)                 stores the scalar or array v (broadcast to x.dims) into all elements of the view x
"""

from __future__ import annotations

from adcompile.ops.primitive import Effect, Primitive

index = Primitive("index", -1)
gather = Primitive("gather", -1, Effect.READ)
transpose = Primitive("transpose", 1)
reshape_view = Primitive("reshape_view", -1)
broadcast = Primitive("broadcast", -1)
full = Primitive("full", 1, Effect.ALLOC)
arange = Primitive("arange", 2, Effect.ALLOC)
eye = Primitive("eye", 0, Effect.ALLOC)
copy = Primitive("copy", 1, Effect.ALLOC)
concatenate = Primitive("concatenate", -1, Effect.ALLOC)
diag = Primitive("diag", 1, Effect.ALLOC)
diagonal = Primitive("diagonal", 1)
sum_ = Primitive("sum", 1, Effect.READ)
max_ = Primitive("max", 1, Effect.READ)
min_ = Primitive("min", 1, Effect.READ)
product = Primitive("product", 2, Effect.ALLOC)
element = Primitive("element", -1, Effect.READ)
assign = Primitive("assign", 2, Effect.WRITE)

scatter = Primitive("scatter", -1, Effect.WRITE)
assign_where = Primitive("assign_where", 3, Effect.WRITE)
append = Primitive("append", 3, Effect.WRITE)

STORES = (assign, scatter, assign_where, append)
VIEWS = (index, transpose, reshape_view, broadcast, diagonal)
