"""Which eigenvectors and singular vectors a program reads, found while it runs.

    w, v = eigh(a)                      v_read = [False, False, ...]
    s += w[k] * v[i, k]                 w_read[k] = v_read[k] = True, where the cotangents go back

A cotangent that is zero does not tell what is not used from what cancels: of log(w[k]) * v[i, k] * v[j, k] at the
identity all cotangents may be zero. So the backward sweep marks what it passes: one vector where an element is loaded,
all of them where a library call or the caller takes the array. Not read is what `np.where` does not choose, and what
is stored in an array of which the element is not read: copies, and elementwise functions of one number each (`copies`),
have marks of their own. `Frame.reads` has, of a cotangent, the condition that what it belongs to is read.
"""

from __future__ import annotations

from adcompile.ad.activity import roots
from adcompile.ad.loops import nest
from adcompile.ad.sweep import Sweep
from adcompile.ir.nodes import Apply, Operand, Region, Value, boolean
from adcompile.ir.types import BOOL, Array, is_float
from adcompile.ir.walk import statements
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.rules.matrices import VECTORS


def copies(region: Region) -> frozenset[Value]:
    """The arrays that are filled with elements of values and vectors, or with functions of one element each."""
    names = roots(region, private=False)

    def root(array: Operand) -> Value:
        assert isinstance(array, Value)
        return names.get(array, array)

    stmts = [s for s in statements(region) if isinstance(s, Apply)]
    made = {s.results[0]: s for s in stmts if s.primitive.shares is not None or s.primitive.allocates}
    grown = {root(s.operands[0]) for s in stmts if s.primitive.grows}
    alone = {a for a, s in made.items() if not (s.attrs.every_trip or s.attrs.saved or s.attrs.pool is not None)}
    eligible = {a for a in alone if a not in names and is_float(a.type)}
    eligible -= grown
    found = {r for s in stmts if s.primitive in VECTORS for r in s.results}
    if not found:
        return frozenset()
    values: set[Operand] = set()
    size = -1
    while size != len(found) + len(values):
        size = len(found) + len(values)
        for stmt in stmts:
            if stmt.primitive is memory.load and root(stmt.operands[0]) in found:
                values.update(stmt.results)
            elif stmt.primitive.elementwise and len([o for o in stmt.operands if o in values]) == 1:
                values.update(r for r in stmt.results if is_float(r.type))
            elif stmt.primitive is memory.store and stmt.operands[-1] in values:
                found.update({root(stmt.operands[0])} & eligible)
    return frozenset(found & eligible)


def mark_load(sweep: Sweep, stmt: Apply, cotangent: Operand) -> None:
    """The program reads an element, if it reads what has this cotangent."""
    place = _place(sweep, stmt.operands[0], stmt.operands[1:])
    if place is not None:
        _mark(sweep, *place, read_of(sweep, cotangent))


def mark_whole(sweep: Sweep, array: Operand) -> None:
    """The program reads the array as a whole."""
    if isinstance(array.type, Array) and sweep.is_active(array):
        place = _place(sweep, array, ())
        if place is not None:
            _mark(sweep, *place, None)


def tell_stored(sweep: Sweep, array: Value, index: tuple[Operand, ...], cotangent: Operand) -> None:
    """What is stored in an element has this cotangent; it is read if the element is."""
    place = _place(sweep, array, index)
    if place is not None and isinstance(cotangent, Value):
        root, full = place
        at = [full[axis] for axis in _axes(sweep, root) if axis < len(full)]
        if len(at) == len(_axes(sweep, root)):
            places = map(sweep.residuals.need, at)
            found = sweep.builder.apply(memory.load, marks_of(sweep, root), *places, type=BOOL)
            sweep.frame.reads[cotangent] = found


def tell_operand(sweep: Sweep, found: Operand, cotangent: Operand, chosen: Operand | None) -> None:
    """A new cotangent of an operand: that is read if the result, which has the other one, is read and chooses it."""
    read = read_of(sweep, cotangent)
    if read is not None and chosen is not None:
        read = sweep.builder.apply(ops.and_, read, chosen, type=BOOL)
    told = chosen if read is None else read
    if told is not None and isinstance(found, Value):
        sweep.frame.reads[found] = told


def read_of(sweep: Sweep, cotangent: Operand) -> Operand | None:
    """The condition that what has this cotangent is read; None if it is."""
    if not isinstance(cotangent, Value):
        return None
    return next((f.reads[cotangent] for f in reversed(sweep.frames) if cotangent in f.reads), None)


def marks_of(sweep: Sweep, array: Value) -> Value:
    """The marks of an array, or of a name of one in `copies`, made on first use where it lives."""
    frame = sweep.residuals.frame_of(array)
    if array not in frame.marks:
        with sweep.builder.into(frame.out):
            frame.marks[array] = _make_marks(sweep, array)
    return frame.marks[array]


def _make_marks(sweep: Sweep, array: Value) -> Value:
    stmt, hint = sweep.layout.definition(array), f"{array.hint}_read" if array.hint else "read"
    axes = _axes(sweep, array)
    type_ = Array("bool", len(axes), "C")
    if isinstance(stmt, Apply) and array in sweep.layout.names:
        base, rest = stmt.operands[0], map(sweep.residuals.need, stmt.operands[1:])
        assert isinstance(base, Value)
        return sweep.builder.apply(
            stmt.primitive, marks_of(sweep, base), *rest, type=type_, hint=hint, attrs=stmt.attrs
        )
    extents = [sweep.extent(array, axis) for axis in axes]
    return sweep.builder.apply(memory.alloc, *extents, type=type_, hint=hint, fill="zeros")


def _axes(sweep: Sweep, array: Value) -> tuple[int, ...]:
    stmt = sweep.layout.definition(array)
    if isinstance(stmt, Apply) and stmt.primitive in VECTORS:
        return (VECTORS[stmt.primitive][stmt.results.index(array)],)
    assert isinstance(array.type, Array)
    return tuple(range(array.type.ndim))


def _place(sweep: Sweep, array: Operand, index: tuple[Operand, ...]) -> tuple[Value, tuple[Operand, ...]] | None:
    """The array, or the name, that has the marks of what is at the leading indices; None if nothing has."""
    assert isinstance(array, Value)
    if sweep.layout.root_of(array) in sweep.copies:
        return array, index
    stmt = sweep.layout.definition(array)
    while isinstance(stmt, Apply) and stmt.primitive.shares is not None:
        array = stmt.operands[0]
        index = (*stmt.operands[1:], *index) if stmt.primitive is memory.row else ()
        assert isinstance(array, Value)
        stmt = sweep.layout.definition(array)
    return (array, index) if isinstance(stmt, Apply) and stmt.primitive in VECTORS else None


def _mark(sweep: Sweep, array: Value, index: tuple[Operand, ...], read: Operand | None) -> None:
    """Mark what is at the leading indices, if the condition holds."""
    marks, builder, axes = marks_of(sweep, array), sweep.builder, _axes(sweep, array)
    given = [sweep.residuals.need(index[axis]) if axis < len(index) else None for axis in axes]
    extents = [sweep.extent(array, axis) for axis, at in zip(axes, given, strict=True) if at is None]

    def body(inner: tuple[Value, ...]) -> None:
        rest = iter(inner)
        at = [next(rest) if each is None else each for each in given]
        mark: Operand = boolean(True)
        if read is not None:
            before = builder.apply(memory.load, marks, *at, type=BOOL)
            mark = builder.apply(ops.or_, before, read, type=BOOL)
        builder.effect(memory.store, marks, *at, mark)

    nest(builder, extents, body)
