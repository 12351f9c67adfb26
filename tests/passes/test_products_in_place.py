"""Products inside loops are written to memory that is there, and to none that they still read."""

from __future__ import annotations

import numpy as np
import pytest

from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Apply, Function, Value
from adcompile.ir.primitive import Primitive
from adcompile.ir.verify import verify
from adcompile.ir.walk import statements
from adcompile.ops import library, memory
from adcompile.passes.hoist import hoist
from adcompile.passes.hoist_arrays import hoist_arrays
from adcompile.passes.products_in_place import products_in_place
from tests.catalogue import defined
from tests.emitted import emit
from tests.ir.sketch import MATRIX, VECTOR, Sketch


def powers(*, write: bool = False, reread: bool = False, same: bool = False) -> Function:
    """Row t + 1 of `rows` becomes w @ (row t of `states`), by way of a product that is copied.

    `write`: something is written in between; `reread`: the product is read again; `same`: `states` is `rows`.
    """
    sketch = Sketch()
    w, x, rows = sketch.param(MATRIX, "w"), sketch.param(MATRIX, "x"), sketch.param(MATRIX, "given")
    n, m = sketch.dim(w), sketch.dim(x)
    kept = sketch.alloc(m, n, hint="kept")
    states = kept if same else x
    total = sketch.alloc(1, hint="total")
    with sketch.loop(0, m) as loop:
        (t,) = loop.params
        state = sketch.op(memory.row, states, t, type=VECTOR)
        product = sketch.op(library.matmul, w, state, type=VECTOR)
        if write:
            sketch.store(rows, t, 0, 5.0)
        row = sketch.op(memory.row, kept, t, type=VECTOR)
        with sketch.loop(0, n) as copy:
            (i,) = copy.params
            sketch.store(row, i, sketch.load(product, i))
        if reread:
            sketch.store(total, 0, sketch.load(product, 0))
    return sketch.function(kept, total)


def applied(function: Function, primitive: Primitive) -> list[Apply]:
    return [s for s in statements(function.region) if isinstance(s, Apply) and s.primitive is primitive]


def arguments() -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 3)), rng.normal(size=(4, 3)), np.zeros((4, 3))


@pytest.mark.parametrize(
    ("change", "is_copied"),
    [({}, False), ({"write": True}, True), ({"reread": True}, True), ({"same": True}, True)],
)
def test_a_copied_product_is_written_where_it_is_copied_to(change: dict[str, bool], is_copied: bool) -> None:
    function = powers(**change)
    expected = run(function, arguments())
    products_in_place(function)
    assert verify(function) == []
    (product,) = applied(function, library.multiply)
    target = product.operands[0]
    assert isinstance(target, Value)
    assert (target.hint == "product") == is_copied
    assert bool(applied(function, memory.load)) == is_copied
    for one, other in zip(run(function, arguments()), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_memory_of_other_products_is_made_in_front_of_the_loop() -> None:
    function = powers(reread=True)
    hoist_arrays(hoist(products_in_place(function)))
    assert {"product", "kept", "total"} == {s.results[0].hint for s in function.region.body if is_alloc(s)}


def is_alloc(stmt: object) -> bool:
    return isinstance(stmt, Apply) and stmt.primitive is memory.alloc


def test_products_outside_loops_stay() -> None:
    sketch = Sketch()
    w, x = sketch.param(MATRIX, "w"), sketch.param(VECTOR, "x")
    function = products_in_place(sketch.function(sketch.op(library.matmul, w, x, type=VECTOR)))
    assert applied(function, library.matmul) and not applied(function, library.multiply)


PROGRAMS = {
    "matrix and vector": "for _ in range(4):\n        x = np.tanh(w @ x)\n    return np.sum(x * x)",
    "vector and matrix": "for _ in range(4):\n        x = np.tanh(x @ w + 0.1)\n    return np.sum(x * x)",
    "matrices": "for _ in range(3):\n        w = 0.2 * (w @ w.T) + w\n    return np.sum(w @ x)",
    "kept and stored": (
        "rows = np.zeros((5, 3))\n    rows[0] = x\n    for t in range(4):\n        rows[t + 1] = w @ rows[t]\n"
        "        rows[t + 1] = rows[t + 1] * rows[t]\n    return np.sum(rows)"
    ),
    "in a branch": (
        "for t in range(4):\n        if x[0] > 0.1 * t:\n            x = w @ x\n        else:\n"
        "            x = x @ w\n    return np.sum(x)"
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_are_the_same_with_and_without(name: str) -> None:
    function = defined(f"def case(w, x):\n    {PROGRAMS[name]}", f"<products: {name}>")
    rng = np.random.default_rng(1)
    args = (rng.normal(size=(3, 3)), rng.normal(size=3))
    with_, without = emit(function, args), emit(function, args, disabled=frozenset(("products_in_place",)))
    assert "np.dot(" in with_.build.text and "np.dot(" not in without.build.text
    (values, gradients), (other_values, other_gradients) = with_.call(*args), without.call(*args)
    for one, other in zip((*values, *gradients), (*other_values, *other_gradients), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14)
