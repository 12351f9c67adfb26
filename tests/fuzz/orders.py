"""Memory order: views and copies that depend on it, stored into and read afterwards."""

from __future__ import annotations

from tests.fuzz.features import Shape, array, statement
from tests.fuzz.memory import store_through
from tests.fuzz.writer import Variable, Writer

LEVEL = 3
FLAT = (
    "{}.ravel()",
    "{}.reshape(-1)",
    "np.ravel({})",
    "{}.T.ravel()",
    "{}.T.reshape(-1)",
    "{}.flatten()",
    "{}.ravel(order='F')",
    "np.reshape({}, -1)",
)
SAME = (
    "np.ascontiguousarray({})",
    "np.asfortranarray({})",
    "np.asarray({})",
    "np.array({})",
    "{}.copy()",
    "{}[::-1]",
    "{}.T.copy().T",
    "np.squeeze({})",
    "np.copy({})",
)


@statement("flat, then stored into", level=LEVEL, weight=2.0)
def flattened(w: Writer) -> None:
    base = w.stored(dims=2)
    rows, columns = base.shape
    flat = Variable(w.fresh("flat"), "array", (rows * columns,), local=True)
    w.line(f"{flat.name} = {w.choose(FLAT).format(base.name)}")
    w.scope.append(flat)
    for variable in (flat, base):
        if w.chance(0.6):
            store_through(w, variable)


@statement("same elements in some order, then stored into", level=LEVEL, weight=2.0)
def ordered(w: Writer) -> None:
    base = w.stored(dims=w.choose((1, 2)))
    other = Variable(w.fresh("same"), "array", base.shape, local=True)
    w.line(f"{other.name} = {w.choose(SAME).format(base.name)}")
    w.scope.append(other)
    for variable in (other, base):
        if w.chance(0.6):
            store_through(w, variable)


@statement("array in Fortran order", level=LEVEL, weight=1.0)
def fortran(w: Writer) -> None:
    rows, columns = shape = w.choose(w.shapes(2))
    forms = (
        f"np.zeros({shape}, order='F')",
        f"np.asfortranarray({w.operand(shape, 1)})",
        f"np.zeros(({columns}, {rows})).T",
        f"({w.operand((columns, rows), 1)} * 1.0).T",
    )
    made = Variable(w.fresh("F"), "array", shape, local=True)
    w.line(f"{made.name} = {w.choose(forms)}")
    w.scope.append(made)
    store_through(w, made)


@array("axes moved", level=LEVEL, weight=2.0, dims=(2,))
def moved(w: Writer, shape: Shape, depth: int) -> str:
    x = w.operand(shape[::-1], depth)
    forms = ("np.swapaxes({}, 0, 1)", "np.moveaxis({}, 0, 1)", "({}).transpose()", "np.rot90({})", "({}).T * 1.0")
    return w.choose(forms).format(x)


@array("repeated or tiled", level=LEVEL, weight=0.8, dims=(1, 2))
def tiled(w: Writer, shape: Shape, depth: int) -> str:
    if len(shape) == 2:
        row = w.operand(shape[1:], depth)
        return w.choose(
            (f"np.tile({row}, ({shape[0]}, 1))", f"np.repeat(({row})[None], {shape[0]}, axis=0)")
            + (f"(np.broadcast_to({row}, {shape}) * {w.number(0)})",)
        )
    x = w.operand(shape, depth)
    return w.choose(("np.roll({}, 1)", "np.cumsum({})", "np.flip({}) + 0.1", "np.sort({})")).format(x)
