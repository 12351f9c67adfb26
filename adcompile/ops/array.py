"""Array operations of the graph. Scalar primitives applied to arrays are elementwise and not listed here.

Every result has `dims`. What an operation says of shapes is already settled: broadcasting operands agree but for
axes whose extent is the constant 1 (or missing in front), `require` statements stand before.

    index(x, i, j, ...)          basic indexing, a view. attrs.items: one of
                                   "int"    takes one operand, an int that may be negative (range-checked before)
                                   "slice"  takes two operands, start and step as from `slice.indices`; extent in dims
                                   "new"    a new axis of extent 1
                                 for every axis of x and every new axis, in order ("..." is written out)
    gather(x, i, j, ...)         integer-array indexing, a copy. attrs.items: "int", "slice", "new" as above, or
                                 "array", which takes one int array (they broadcast together); result axes as NumPy
                                 places them: attrs.front is the position of the broadcast axes in the result
    transpose(x)                 a view; attrs.perm
    reshape_view(x, d0, ...)     C order; a view. Not attrs.sure: perhaps a copy in NumPy, the same while nothing is
                                 stored to. With attrs.message there is one more operand, true if NumPy makes a
                                 copy here; else that is the error
    broadcast(x, d0, d1, ...)    a read-only view with the shape dims
    full(v)                      dims filled with the scalar v; attrs.fill = "zeros", "empty" or "value"; a new array
    arange(start, step)          start + k * step over one axis
    eye()                        1 on the diagonal attrs.k, else 0
    copy(x)                      a new array; attrs.order is "C" if NumPy does not keep the order of x
    concatenate(x, y, ...)       attrs.axis; a new array
    diag(v)                      attrs.k: a matrix with v on a diagonal (a 2-D argument is `diagonal`)
    diagonal(x)                  attrs.k: a read-only view of a diagonal of the last two axes
    sum, max, min (x)            attrs.axes (sorted tuple); dims without these axes. Scalar result if none is left.
                                 keepdims is an `index` with "new" on top.
    product(x, y)                1-D and 2-D operands, NumPy's rules; scalar result for two vectors
    element(x, i, j, ...)        one element as a scalar; all axes given
    scatter(x, v, i, j, ...)     x[i, j, ...] = v with attrs.items, attrs.front, attrs.message as for `gather`;
                                 v is an array with the shape of the place; of several stores to one element the
                                 last one counts
    assign_where(x, mask, v)     x[mask] = v; `mask` has the extents of x's leading axes. attrs.mode: "fill", v is a
                                 scalar or an array that broadcasts to the trailing axes; "aligned", v has x's
                                 shape and each element goes to its own place; "packed", v's first axis runs through
                                 the places where the mask is true
    append(x, n, v)              x[n] = v for a new array x with one axis, which is made longer if there is no x[n]
    assign(x, v)                 stores the scalar or array v (broadcast to x.dims) into all elements of the view x
"""

from __future__ import annotations

from adcompile.ir.primitive import Cost, Effect, Primitive, Total


def _array(name: str, arity: int, effect: Effect, contents: tuple[int, ...] | None = None) -> Primitive:
    """An operation on whole arrays, of which it reads these; None: all."""
    return Primitive(
        name=name, arity=arity, effect=effect, cost=Cost.ARRAYS, total=Total.CHECKED, contents=contents, level="graph"
    )


def _view(name: str, arity: int) -> Primitive:
    """Another name for memory of the first operand: it reads no element."""
    effect, cost, total = Effect.PURE, Cost.CHEAP, Total.CHECKED
    return Primitive(
        name=name, arity=arity, effect=effect, cost=cost, total=total, contents=(), shares=0, level="graph"
    )


index = _view("index", -1)
transpose = _view("transpose", 1)
reshape_view = _view("reshape_view", -1)
broadcast = _view("broadcast", -1)
diagonal = _view("diagonal", 1)

full = _array("full", 1, Effect.ALLOC)
arange = _array("arange", 2, Effect.ALLOC)
eye = _array("eye", 0, Effect.ALLOC)
copy = _array("copy", 1, Effect.ALLOC)
concatenate = _array("concatenate", -1, Effect.ALLOC)
diag = _array("diag", 1, Effect.ALLOC)
product = _array("product", 2, Effect.ALLOC)

gather = _array("gather", -1, Effect.READ)
sum_ = _array("sum", 1, Effect.READ)
max_ = _array("max", 1, Effect.READ)
min_ = _array("min", 1, Effect.READ)
element = _array("element", -1, Effect.READ)

assign = _array("assign", 2, Effect.WRITE, (1,))
scatter = _array("scatter", -1, Effect.WRITE)
assign_where = _array("assign_where", 3, Effect.WRITE, (1, 2))
append = _array("append", 3, Effect.WRITE)

ARRAYS = (
    *(index, transpose, reshape_view, broadcast, diagonal),
    *(full, arange, eye, copy, concatenate, diag, product),
    *(gather, sum_, max_, min_, element),
    *(assign, scatter, assign_where, append),
)
