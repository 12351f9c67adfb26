from adcompile.facts.aliases import Aliases
from adcompile.ops import memory
from tests.ir.sketch import MATRIX, VECTOR, Sketch


def test_names_lead_to_their_root() -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    n = sketch.dim(x)
    two = sketch.op(memory.reshape, x, n, 1, type=MATRIX)
    row = sketch.op(memory.row, two, 0, type=VECTOR)
    other = sketch.op(memory.alloc_like, row, type=VECTOR, fill="zeros")
    with sketch.loop(0, n) as loop:
        sketch.store(row, 0, 1.0)
        with sketch.loop(0, loop.params[0]):
            sketch.store(other, 0, 1.0)
    function = sketch.function()
    aliases = Aliases(function)
    assert [aliases.root(a) for a in (x, two, row, other)] == [x, x, x, other]
    assert aliases.written(function.region) == [x, other]
