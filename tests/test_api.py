"""The public calls: what they accept and refuse, methods, inspection, pickling, vjp."""

import copy
import inspect
import os
import pickle
import subprocess
import sys
from typing import NamedTuple

import numba
import numpy as np
import pytest

import adcompile as ad
from adcompile.frontend.captures import Reach
from adcompile.frontend.structure import Leaf, Node
from adcompile.ir.types import Array, Scalar
from adcompile.runtime.trees import structure_of
from tests.runtime.handwritten import install

PRODUCT = "def entry(x, y): return (x * y, y, x)"
FLOAT = Leaf(Scalar("float64", weak=True))
REPEATS = 4


@pytest.fixture
def handwritten(monkeypatch, tmp_path):
    yield from install(monkeypatch, tmp_path)


def product(x, y=2.0, *, n=3):
    """Multiplies."""
    return x * y


@ad.grad
def decorated(x):
    """Squares."""
    return x * x


@ad.value_and_grad(argnums=(0, "y"), static_argnames="n")
def decorated_with_options(x, y: float = 2.0, *, n=3):
    return x * y


class Model:
    def __init__(self, weight):
        self.weight = weight

    def loss(self, x, y):
        return self.weight * x * y

    gradient = ad.grad(loss)
    by_name = ad.grad(loss, argnums=("y", -2))

    @ad.value_and_grad(argnums=1)
    def method(self, x, y):
        return self.weight * x * y

    @staticmethod
    @ad.grad
    def free(x):
        return x * x

    def __reduce__(self):
        return (Model, (self.weight,))


def test_import_is_light():
    heavy = (
        "numba",
        "llvmlite",
        "adcompile.pipeline",
        "adcompile.frontend",
        "adcompile.ir",
        "adcompile.runtime.dispatch",
    )
    program = f"import sys, adcompile; adcompile.grad(lambda x: x); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("g", [decorated, decorated_with_options])
def test_a_decorated_function_keeps_its_face(g):
    assert g.__name__ == g.primal.__name__ == g.__wrapped__.__name__
    assert g.__doc__ == g.primal.__doc__
    assert g.__module__ == __name__
    assert inspect.signature(g) == inspect.signature(g.primal)
    assert isinstance(g, ad.Gradient)
    assert g.primal(3.0) in (9.0, 6.0)


def test_decorated_functions_compute(handwritten):
    handwritten.add("decorated", "def entry(x): return (x * x, x + x)")
    handwritten.add("decorated_with_options", PRODUCT)
    assert decorated(3.0) == 6.0
    assert decorated.value_and_grad(3.0) == (9.0, 6.0)
    assert decorated_with_options(3.0, n=1) == (6.0, (2.0, 3.0))
    assert decorated_with_options.value_and_grad(3.0, 5.0) == (15.0, (5.0, 3.0))


@pytest.mark.parametrize(
    ("argnums", "error", "message"),
    [
        (3, ValueError, "argnums=3 is out of range"),
        (2, ValueError, "argnums=2 is out of range"),
        (-3, ValueError, "argnums=-3 is out of range"),
        ("z", ValueError, "there is no parameter `z`"),
        ((0, "x"), ValueError, "names a parameter twice"),
        ((1, -1), ValueError, "names a parameter twice"),
        ((), ValueError, "argnums is empty"),
        (True, TypeError, "takes ints and names"),
        (1.0, TypeError, "takes ints and names"),
        ([0, 1], TypeError, "takes ints and names"),
    ],
)
def test_argnums_that_do_not_fit(argnums, error, message):
    with pytest.raises(error, match=message):
        ad.grad(product, argnums)


def test_options_that_do_not_fit():
    with pytest.raises(ValueError, match="there is no parameter `axis`"):
        ad.grad(product, static_argnames=("n", "axis"))
    with pytest.raises(ValueError, match="`x` cannot be static"):
        ad.grad(product, static_argnames="x")
    with pytest.raises(TypeError, match="grad takes a function, not 1"):
        ad.grad(1)
    with pytest.raises(ad.UnsupportedError, match="no Python source"):
        ad.grad(abs)
    with pytest.raises(ad.UnsupportedError, match="is a gradient already"):
        ad.grad(decorated)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (3, r"`x` is a Python int: pass float\(x\)"),
        (True, "`x` is a Python bool"),
        (np.arange(3), r"`x` is an array of dtype int64: pass x.astype\(np.float64\)"),
        ("name", "`x` is 'name', which is static"),
        ({"n": 3}, "`x` is a container without any float"),
    ],
)
def test_only_real_inputs(handwritten, x, message):
    for call in (ad.grad(product), ad.value_and_grad(product), ad.grad(product).adjoint_source):
        with pytest.raises(TypeError, match="grad requires real inputs, but " + message):
            call(x)
    assert handwritten.built == []


def test_methods(handwritten):
    reach = Reach("self", "self", (("attr", "weight"),))

    def captures(function, arguments):
        assert list(arguments) == ["x", "y"]
        return [(reach, structure_of(function.__self__.weight))]

    text = "def entry(x, y, w): return (w * x * y, w * {})"
    model = Model(2.0)
    for _ in range(REPEATS):
        handwritten.add("loss", text.format("y"), captures=captures)
        handwritten.add("method", text.format("x"), captures=captures)
        assert model.gradient(3.0, 5.0) == 10.0
        assert model.gradient.value_and_grad(3.0, y=5.0) == (30.0, 10.0)
        assert Model.gradient(model, 3.0, 5.0) == 10.0
        assert Model(4.0).gradient(3.0, 5.0) == 20.0
        assert model.method(3.0, 5.0) == (30.0, 6.0)
        assert ad.grad(model.loss)(3.0, 5.0) == 10.0
        handwritten.add("loss", "def entry(x, y, w): return (w * x * y, w * y, w * x)", captures=captures)
        assert model.by_name(3.0, 5.0) == (6.0, 10.0)
    model.weight = 7.0
    assert model.gradient(3.0, 5.0) == 35.0
    model.weight = np.float32(1.0)
    assert model.gradient(3.0, 5.0) == 5.0
    assert list(inspect.signature(model.gradient).parameters) == ["x", "y"]
    assert model.gradient.primal(3.0, 5.0) == 15.0
    assert "entry" in model.gradient.adjoint_source()
    assert Model.gradient.adjoint_source(model, 3.0, 5.0) == model.gradient.adjoint_source(3.0, 5.0)
    handwritten.add("free", "def entry(x): return (x * x, x + x)")
    assert Model.free(3.0) == model.free(3.0) == 6.0


def test_argnums_on_methods_count_after_self(handwritten):
    class Short:
        def loss(self, x):
            return x

        outside = ad.grad(loss, argnums=1)

    with pytest.raises(ValueError, match="argnums=1 is out of range"):
        Short().outside(1.0)


def test_inspection(handwritten):
    handwritten.add("product", PRODUCT, primal="def entry(x, y, n): return (x * y,)")
    g = ad.grad(product)
    for inspect_ in (g.adjoint_source, g.primal_source, g.source_map, g.graph, g.py_func):
        with pytest.raises(ad.AdcompileError, match="`product` has not been called yet"):
            inspect_()
    assert g.adjoint_source(3.0) == g.adjoint_source(x=3.0) == PRODUCT
    assert g.primal_source(3.0) == "def entry(x, y, n): return (x * y,)"
    assert g.source_map(3.0) == {2: (__file__, product.__code__.co_firstlineno)}
    handwritten.add("product", "def entry(x, y, n): return (x * y, y)")
    with pytest.raises(ad.AdcompileError, match="has not been called yet"):
        g.adjoint_source()
    assert g(np.float64(3.0), 2.0) == 2.0
    assert g.adjoint_source() == "def entry(x, y, n): return (x * y, y)"
    assert g.adjoint_source(3.0) == PRODUCT
    assert g.py_func()(np.float64(3.0), 2.0, 3) == (6.0, 2.0)
    assert g.signatures == [
        "x: float, y: float, n: int",
        "x: float64, y: float, n: int",
    ]


def test_inspection_does_without_numba(tmp_path):
    (tmp_path / "model.py").write_text("def square(x):\n    return x * x\n")
    program = """
import sys
import adcompile as ad
import model
from adcompile import pipeline
from adcompile.frontend.structure import Leaf
from adcompile.ir.types import Scalar

pipeline.build = lambda f, a, o: pipeline.Build(
    "def entry(x): return (x * x, x + x)", "entry", (), (), (), (), Leaf(Scalar("float64")), None, (0,)
)
g = ad.grad(model.square, cache=False)
print(g.adjoint_source(3.0))
print(g.py_func(3.0)(3.0), "numba" in sys.modules)
"""
    path = os.pathsep.join([str(tmp_path), os.getcwd()])
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["def entry(x): return (x * x, x + x)", "(9.0, 6.0) False"], done.stderr


def test_pickles_by_name():
    for g in (decorated, decorated_with_options):
        assert pickle.loads(pickle.dumps(g)) is g
        assert copy.deepcopy(g) is g


def test_a_gradient_under_another_name_pickles_with_its_options(handwritten):
    handwritten.add("product", PRODUCT)
    g = pickle.loads(pickle.dumps(ad.value_and_grad(product, ("y", "x"), static_argnames="n")))
    assert g.primal is product
    assert g(3.0, 5.0) == (15.0, (3.0, 5.0))
    bound = pickle.loads(pickle.dumps(Model(2.0).gradient))
    assert bound.receiver.weight == 2.0


def test_numba_functions_are_seen_through(handwritten):
    handwritten.add("product", "def entry(x, y, n): return (x * y, y)")
    g = ad.grad(numba.njit(product))
    assert g(3.0, 5.0) == 5.0
    assert g.primal.py_func is product


class Pair(NamedTuple):
    first: np.ndarray
    second: float


def both(x, k, y):
    return Pair(x * y, y * y)


def test_vjp(handwritten):
    handwritten.add(
        "both",
        "",
        primal="def entry(x, k, y): return (x * y, y * y)",
        vjp="""
        def entry(x, k, y, a_bar, b_bar):
            return (x * y, y * y, a_bar * y, (a_bar * x).sum() + 2.0 * y * b_bar)
        """,
        result=Node("namedtuple", ("first", "second"), (Leaf(Array("float64", 1, "C", (False,))), FLOAT), Pair),
    )
    x = np.array([1.0, 2.0])
    value, pullback = ad.vjp(both, x, 4, 3.0)
    assert type(value) is Pair
    assert np.array_equal(value.first, [3.0, 6.0])
    assert value.second == 9.0
    x[:] = 99.0  # the pullback belongs to the point where it was made
    for factor in (1, 10, np.float32(2)):
        x_bar, k_bar, y_bar = pullback(Pair(factor * np.ones(2, np.float32), factor))
        assert np.array_equal(x_bar, [3.0 * factor] * 2)
        assert k_bar is None
        assert y_bar == 9.0 * factor
        assert type(y_bar) is float
    for wrong, error, message in [
        ((np.ones(2), 1.0), TypeError, "`cotangent` must be a Pair of 2"),
        (Pair(np.ones(3), 1.0), ValueError, r"`cotangent\['first'\]` must have the shape \(2,\).*\(3,\)"),
        (Pair(1.0, 1.0), ValueError, r"it has \(\)"),
        (Pair(np.ones(2), [1.0]), ValueError, r"`cotangent\['second'\]`"),
        (Pair(np.ones(2), "1"), TypeError, "must be a real number"),
        (Pair(np.ones(2) * 1j, 1.0), TypeError, "complex128"),
    ]:
        with pytest.raises(error, match=message):
            pullback(wrong)


def test_vjp_needs_a_real_input(handwritten):
    handwritten.add("both", "", primal="def entry(x, k, y): return (1,)", result=Leaf(Scalar("int64")))
    with pytest.raises(TypeError, match="vjp requires real inputs"):
        ad.vjp(both, 1, 2, 3)


def abs_of_every_other(a):
    return np.abs(a.reshape(-1)[::2])


@pytest.mark.parametrize("layout", ["C", "F", "strided", "reversed", "unaligned"])
def test_the_pullback_keeps_the_layout_of_the_arguments(layout):
    plain = np.arange(12.0).reshape(3, 4) - 5.5
    a = {
        "C": plain,
        "F": np.asfortranarray(plain),
        "strided": np.repeat(plain, 2, axis=1)[:, ::2],
        "reversed": plain[::-1, ::-1].copy()[::-1, ::-1],
        "unaligned": np.frombuffer(b"." + plain.tobytes(), offset=1).reshape(3, 4),
    }[layout]
    value, pullback = ad.vjp(abs_of_every_other, a)
    cotangent = np.arange(6.0) + 1.0
    expected = np.zeros(12)
    expected[::2] = np.sign(plain.reshape(-1)[::2]) * cotangent
    np.testing.assert_array_equal(value, np.abs(plain.reshape(-1)[::2]))
    for _ in range(2):
        np.testing.assert_array_equal(pullback(cotangent)[0], expected.reshape(3, 4))


@pytest.mark.parametrize(
    ("fastmath", "kept"),
    [
        (False, False),
        (True, True),
        ("contract", frozenset(["contract"])),
        (("nsz", "contract"), frozenset(["nsz", "contract"])),
        ({"reassoc"}, frozenset(["reassoc"])),
        ((), False),
    ],
)
def test_flags_of_arithmetic_reach_the_options(fastmath, kept):
    g = ad.grad(lambda x: x * x, fastmath=fastmath)
    assert g._specialiser.request.options.fastmath == kept


def test_unknown_flags_are_refused_at_once():
    with pytest.raises(ValueError, match="fastmath: there is no flag 'contrakt'; the flags are afn, arcp, contract"):
        ad.grad(lambda x: x * x, fastmath="contrakt")


def multiply_and_add(x, y):
    return x * x - y


def test_contracted_arithmetic_rounds_once():
    x = 1.0 + 2.0**-30
    y = x * x
    exact = 2.0**-60  # what rounding x * x loses
    results = {ad.value_and_grad(multiply_and_add, fastmath=flags)(x, y)[0] for flags in (False, {"contract"})}
    assert results == {0.0, exact}
