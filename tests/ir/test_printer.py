from adcompile.ir.nodes import Const, Region, integer, real
from adcompile.ir.printer import format_constant, format_function
from adcompile.ir.types import Scalar
from adcompile.ops import scalar
from tests.ir.programs import copy_function, random_program
from tests.ir.sketch import BOOL, FLOAT, VECTOR, Sketch, yielding


def test_a_loop_reads_like_python() -> None:
    sketch = Sketch()
    x = sketch.param(VECTOR, "x")
    n = sketch.dim(x, hint="n")
    with sketch.loop(0, n, inits=(0.0,), hints=("s",), order_free=True, sums=(True,)) as loop:
        i, s = loop.params
        v = sketch.load(x, i)
        loop.yields = (sketch.op(scalar.add, s, sketch.op(scalar.mul, v, v)),)
    text = format_function(sketch.function(sketch.op(scalar.sqrt, *loop.results)))
    assert text == (
        "def f(x: float64[:]) -> float64:\n"
        "    n: int64 = dim(x) {axis=0}\n"
        "    (s.1: float64) = for i: int64 in range(0, n, 1) carrying (s: float64 = 0.0):  # order free, sums (1,)\n"
        "        v4: float64 = load(x, i)\n"
        "        v5: float64 = v4 * v4\n"
        "        v6: float64 = s + v5\n"
        "        yield v6\n"
        "    v8: float64 = np.sqrt(s.1)\n"
        "    return v8"
    )


def test_branches_and_while() -> None:
    sketch = Sketch()
    c, a = sketch.param(BOOL, "c"), sketch.param(FLOAT, "a")
    then = Region()
    with sketch.branch(then):
        then.yields = (sketch.op(scalar.neg, a),)
    (b,) = sketch.if_(c, then, yielding(a))
    with sketch.while_(b) as (test, body):
        with sketch.inside(test):
            test.yields = (sketch.op(scalar.lt, test.params[0], 10.0),)
        with sketch.inside(body):
            body.yields = (sketch.op(scalar.mul, body.params[0], 2.0),)
    sketch.require(sketch.op(scalar.not_, c), "it was {}")
    assert format_function(sketch.function(body.results[1])) == (
        "def f(c: bool, a: float64) -> float64:\n"
        "    (v3: float64) = if c:\n"
        "        v2: float64 = -a\n"
        "        yield v2\n"
        "    else:\n"
        "        yield a\n"
        "    (v8: int64, v9: float64) = while carrying (v6: float64 = v3):\n"
        "        test (v4: float64):\n"
        "            v5: bool = v4 < 10.0\n"
        "            yield v5\n"
        "        body:\n"
        "            v7: float64 = v6 * 2.0\n"
        "            yield v7\n"
        "    v10: bool = not c\n"
        "    require(v10) {error='ValueError', message='it was {}'}\n"
        "    return v9"
    )


def test_constants_show_an_unusual_type() -> None:
    assert format_constant(integer(1)) == "1"
    assert format_constant(real(-0.0)) == "-0.0"
    assert format_constant(real(1.5, Scalar("float32"))) == "float32(1.5)"
    assert format_constant(Const(1, Scalar("uint8"))) == "uint8(1)"


def test_text_is_deterministic() -> None:
    for seed in range(20):
        program = random_program(seed)
        assert format_function(program) == format_function(copy_function(program))
