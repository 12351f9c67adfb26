"""The run time on generated programs: what the next process loads, and what works without Numba."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime.cache import MEMORY

MODEL = """
    import math
    import sys

    import numpy as np

    import adcompile as ad

    SCALE = 2.0
    MODE = "square"

    def helper(t):
        return t * t if MODE == "square" else 3.0 * t

    def loss(x, params):
        total = 0.0
        for i in range(x.shape[0]):
            total += SCALE * helper(x[i]) / params["d"]
        return total

    if "warm" in sys.argv:
        sys.modules["adcompile.pipeline"] = None  # an import fails
    g = ad.grad(loss, ("x", "params"))
    for d in (2.0, 0.0):
        x_bar, params_bar = g(np.array([1.0, 2.0]), {"d": d, "n": 3})
        print(x_bar.tolist(), params_bar)
    print(np.sum(ad.grad(lambda x: np.sum(np.tanh(x)))(np.linspace(-3.0, 3.0, 1003))))
    try:
        ad.grad(lambda x: x[3])(np.ones(3))
    except IndexError as error:
        print(error)
"""
EXPECTED = ["[2.0, 4.0] {'d': -2.5, 'n': None}", "[inf, inf] {'d': -inf, 'n': None}"]


@pytest.fixture
def run(tmp_path):
    script = tmp_path / "model.py"
    script.write_text(textwrap.dedent(MODEL))

    def run(*arguments, **variables):
        environment = {**os.environ, "ADCOMPILE_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": os.getcwd()}
        command = [sys.executable, str(script), *arguments]
        done = subprocess.run(command, env={**environment, **variables}, capture_output=True, text=True)
        return done.stdout.splitlines(), done.stderr

    return run


def test_the_second_process_runs_no_front_end(run):
    cold, errors = run()
    assert cold[:2] == EXPECTED, errors
    assert cold[3].startswith("index 3 is out of bounds for axis 0 with size 3")
    warm, errors = run("warm")
    assert (warm, errors) == (cold, "")


def test_the_same_without_compilation(run):
    cold, _ = run()
    plain, errors = run(NUMBA_DISABLE_JIT="1")
    assert plain[:2] == EXPECTED, errors
    np.testing.assert_allclose(float(plain[2]), float(cold[2]), rtol=1e-14)
    assert plain[3].startswith("index 3 is out of bounds for axis 0 with size 3")


def test_the_graph_of_a_program_from_disk():
    def cube(x):
        return x * x * x

    assert ad.grad(cube)(2.0) == 12.0
    MEMORY.clear()
    loaded = ad.grad(cube)
    assert loaded(2.0) == 12.0
    text = str(loaded.graph())
    assert text.count(" * x") == 2
    assert text == str(ad.grad(cube, cache=False).graph(2.0))


def test_inspection_shows_what_runs():
    def cube(x):
        return x * x * x

    g = ad.grad(cube)
    text = g.adjoint_source(2.0)
    assert "def cube_grad(x):" in text
    assert g.py_func(2.0)(2.0) == (8.0, 12.0)
    assert all(file == __file__ for file, _ in g.source_map(2.0).values())
    namespace = {}
    exec(g.primal_source(2.0), namespace)
    assert namespace["cube"](2.0) == (8.0,)


def test_methods_read_their_object_at_each_call():
    class Model:
        def __init__(self, weight, mode):
            self.weight = weight
            self.mode = mode

        @ad.grad
        def loss(self, x):
            return np.sum(self.weight * x) if self.mode == "sum" else np.sum(self.weight) * x[0]

    one, two = Model(np.ones(2), "sum"), Model(np.full(2, 5.0), "sum")
    for _ in range(4):
        assert np.array_equal(one.loss(np.ones(2)), [1.0, 1.0])
        assert np.array_equal(two.loss(np.ones(2)), [5.0, 5.0])
    one.weight = np.full(2, 3.0)
    assert np.array_equal(one.loss(np.ones(2)), [3.0, 3.0])
    two.mode = "product"
    assert np.array_equal(two.loss(np.ones(2)), [10.0, 0.0])
    assert np.array_equal(one.loss(np.ones(2)), [3.0, 3.0])


def test_a_static_container_is_compared_by_value():
    axes = (0,)

    def total(x):
        return np.sum(np.sum(x, axis=axes) ** 2)

    g = ad.grad(total)
    x = np.arange(6.0).reshape(2, 3)
    for _ in range(3):
        axes = (0,)
        assert np.array_equal(g(x), 2 * np.broadcast_to(x.sum(0), (2, 3)))
        axes = (1,)
        assert np.array_equal(g(x), 2 * np.broadcast_to(x.sum(1)[:, None], (2, 3)))


def test_vjp_of_a_structure():
    def both(x, y):
        return {"a": x * y, "b": np.sum(x)}

    x = np.arange(3.0)
    value, pullback = ad.vjp(both, x, 2.0)
    assert np.array_equal(value["a"], 2.0 * x)
    assert value["b"] == 3.0
    for scale in (1.0, 2.0):
        x_bar, y_bar = pullback({"a": scale * np.ones(3), "b": 1.0})
        assert np.array_equal(x_bar, np.full(3, 2.0 * scale + 1.0))
        assert y_bar == 3.0 * scale
