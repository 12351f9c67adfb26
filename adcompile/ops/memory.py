"""Memory operations of the loop IR.

alloc(d0, d1, ...)           a new array; attrs: fill = "zeros" | "empty"; type gives dtype and ndim; `saved`: a buffer
                             for residuals
alloc_like(A)                a new array of A's shape and dtype; attrs: fill
reshape(A, d0, d1, ...)      another name for the memory of the C-contiguous array A
row(A, i, ...)               another name for the part of A at these leading indices (not negative)
part(A, i, n)                another name for the n elements from i on of an array with one axis, until A grows
dim(A)                       the extent of A along attrs.axis
stride(A)                    the distance between neighbours of the argument A along attrs.axis, in elements
load(A, i, j, ...)           one element; a negative index wraps
store(A, i, j, ..., v)       one element
grow(A, i)                   makes room for row i of the local array A: doubles its first axis if need be, contents kept
                             (attrs: `joined`, the array of the statement before is as long and grows by as much)
reserve(A, n)                makes room for n elements of the local array A, which has one axis; contents kept
require(ok, x, y, ...)       raises attrs.error with attrs.message and x, y, ... if not ok
"""

from __future__ import annotations

from adcompile.ir.primitive import Cost, Effect, Primitive, Total

ALWAYS, CHECKED = Total.ALWAYS, Total.CHECKED


def _memory(
    name: str, arity: int, effect: Effect, contents: tuple[int, ...], *, total: Total = CHECKED, cost: Cost = Cost.CHEAP
) -> Primitive:
    """An operation on elements, or one that makes arrays; it reads the elements of these operands."""
    return Primitive(name=name, arity=arity, effect=effect, cost=cost, total=total, contents=contents, level="loops")


def _access(name: str, effect: Effect, contents: tuple[int, ...]) -> Primitive:
    """One element."""
    return Primitive(
        name=name,
        arity=-1,
        effect=effect,
        cost=Cost.CHEAP,
        total=CHECKED,
        contents=contents,
        accesses=True,
        level="loops",
    )


def _asking(name: str) -> Primitive:
    """What an array is like; no element is read."""
    return Primitive(name=name, arity=1, effect=Effect.PURE, cost=Cost.CHEAP, total=ALWAYS, contents=())


def _naming(name: str, arity: int, effect: Effect = Effect.PURE) -> Primitive:
    """Another name for memory of the first operand: it reads no element."""
    return Primitive(
        name=name, arity=arity, effect=effect, cost=Cost.CHEAP, total=CHECKED, contents=(), shares=0, level="loops"
    )


def _growing(name: str) -> Primitive:
    return Primitive(
        name=name,
        arity=2,
        effect=Effect.WRITE,
        cost=Cost.ARRAYS,
        total=CHECKED,
        contents=(0,),
        grows=True,
        level="loops",
    )


alloc = _memory("alloc", -1, Effect.ALLOC, (), cost=Cost.ARRAYS)
alloc_like = _memory("alloc_like", 1, Effect.ALLOC, (), total=ALWAYS, cost=Cost.ARRAYS)
reshape = _naming("reshape", -1)
row = _naming("row", -1)
part = _naming("part", 3, Effect.READ)
dim = _asking("dim")
stride = _asking("stride")
load = _access("load", Effect.READ, (0,))
store = _access("store", Effect.WRITE, ())
grow = _growing("grow")
reserve = _growing("reserve")
require = Primitive(name="require", arity=-1, effect=Effect.CHECK, cost=Cost.CHEAP, total=CHECKED, contents=())

MEMORY = (alloc, alloc_like, reshape, row, part, dim, stride, load, store, grow, reserve, require)
