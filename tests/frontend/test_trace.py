"""What a trace consists of besides the graph: structures, captures, guards, dependencies, names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import adcompile as ad
from adcompile.frontend.captures import Reach
from adcompile.frontend.structure import Fixed, Leaf, Node
from adcompile.frontend.trace import trace
from adcompile.ir.nodes import For, Value
from adcompile.ir.types import Array, Scalar
from adcompile.ir.walk import statements
from tests.frontend import tracing

WEIGHT = np.arange(3.0)
SCALE = 2.5
AXIS = 0
MODE = "double"
LAYERS = [(np.ones((3, 3)), 1.0), (np.ones((3, 3)), 2.0)]
FLOAT = Leaf(Scalar("float64"))


def helper(x: Any) -> Any:
    return x * SCALE if MODE == "double" else x


def uses_globals(x: Any) -> Any:
    return np.sum(helper(x) * WEIGHT, axis=AXIS)


def test_captures_are_reached_through_the_functions_that_name_them():
    traced = tracing.traced(uses_globals, np.ones(3))
    assert traced.captures == (
        (Reach("global", "helper", (("global", "SCALE"),)), Leaf(Scalar("float64", weak=True))),
        (Reach("global", "WEIGHT"), Leaf(Array("float64", 1, "C", (False,)))),
    )
    assert [p.hint for p in traced.graph.region.params] == ["x", "SCALE", "WEIGHT"]


def test_what_is_static_is_guarded():
    traced = tracing.traced(uses_globals, np.ones(3))
    reached = [guard.reach for guard in traced.guards]
    assert Reach("global", "np") in reached
    assert Reach("global", "helper") in reached
    assert Reach("global", "helper", (("global", "MODE"),)) in reached
    assert Reach("global", "AXIS") in reached, "an axis must be known, so its value is guarded"
    assert all(guard.holds(uses_globals) for guard in traced.guards)


def test_every_interpreted_function_is_a_dependency():
    traced = tracing.traced(uses_globals, np.ones(3))
    assert [used.name for used in traced.dependencies] == ["uses_globals", "helper"]


def uses_layers(x: Any) -> Any:
    for matrix, bias in LAYERS:
        x = matrix @ x + bias
    return x


def test_a_captured_container_is_one_capture_with_its_structure():
    traced = tracing.traced(uses_layers, np.ones(3))
    ((reach, structure),) = traced.captures
    assert reach == Reach("global", "LAYERS")
    assert isinstance(structure, Node)
    assert structure.kind == "list"
    assert len(traced.graph.region.params) == 5


def closure(scale: float) -> Any:
    def inner(x: Any, power: int = 2) -> Any:
        return scale * x**power

    return inner


def test_closure_variables_and_defaults():
    traced = tracing.traced(closure(3.0), 2.0)
    assert [reach for reach, _ in traced.captures] == [Reach("default", "power"), Reach("closure", "scale")]


def several(x: Any, name: str) -> Any:
    return (x.sum(), [x, 1]), {"name": name, "two": 2.0, "none": None}


def test_structures_of_results():
    traced = tracing.traced(several, np.ones(3), "mean", has_aux=True)
    vector = Leaf(Array("float64", 1, "C", (False,)))
    assert traced.result == Node("tuple", (), (FLOAT, Node("list", (), (vector, Leaf(Scalar("int64", weak=True))))))
    floats = Fixed("mean"), Leaf(Scalar("float64", weak=True)), Fixed(None)
    assert traced.aux == Node("dict", ("name", "two", "none"), floats)
    assert len(traced.graph.region.yields) == 4


def names(x: Any) -> Any:
    n = x.shape[0]
    total = 0.0
    for i in range(n - 1):
        product = x[i] * x[i + 1]
        total += product
    return total


def test_values_keep_the_names_of_the_user():
    graph = tracing.traced(names, np.ones(3)).graph
    defined = [v for s in statements(graph.region) for v in s.results]
    assert {"n", "product", "total"} <= {v.hint for v in defined}
    (loop,) = [s for s in graph.region.body if isinstance(s, For)]
    assert [p.hint for p in loop.body.params] == ["i", "total"]


def test_statements_know_their_line():
    graph = tracing.traced(names, np.ones(3)).graph
    first = names.__code__.co_firstlineno
    lines = {s.loc.line - first for s in statements(graph.region) if s.loc}
    assert {3, 4, 5} <= lines


def twice(x: Any, n: int) -> Any:
    y = np.zeros(n - 1)
    z = np.ones(n - 1)
    return y + z + x


def test_equal_extents_are_one_value():
    graph = tracing.traced(twice, 1.0, 4).graph
    arrays = [v for s in graph.region.body for v in s.results if isinstance(v.type, Array)]
    extents = {v.dims[0] for v in arrays}
    assert len(extents) == 1
    assert all(isinstance(d, Value) for d in extents)


def carried(x: Any, n: int) -> Any:
    s = 0
    for i in range(n):
        t = 0
        for j in range(i):
            t = t + x[j]
        s = s + t * i
    return s


def test_types_of_carried_values_are_joined():
    graph = tracing.traced(carried, np.ones(3), 3).graph
    loops = [s for s in statements(graph.region) if isinstance(s, For)]
    assert [[str(p.type) for p in loop.body.params] for loop in loops] == [["int64", "float64"]] * 2


def temporaries(x: Any) -> Any:
    s = 0.0
    for i in range(3):
        row = x * i
        s += row.sum()
    for i in range(2):
        row = x[1:] * i
        s += row.sum()
    return s


def test_a_name_that_is_bound_again_before_it_is_read_is_not_carried():
    graph = tracing.traced(temporaries, np.ones(3)).graph
    loops = [s for s in graph.region.body if isinstance(s, For)]
    assert [[p.hint for p in loop.body.params] for loop in loops] == [["i", "s"]] * 2


class Model:
    def __init__(self) -> None:
        self.weight = np.arange(3.0)
        self.mode = "sum"

    def loss(self, x: Any) -> Any:
        return np.sum(self.weight * x) if self.mode == "sum" else 0.0


def test_attributes_of_self_are_captured():
    method = Model().loss
    traced = trace(method, {"x": Leaf(Array("float64", 1))})
    assert [reach for reach, _ in traced.captures] == [Reach("self", "self", (("attr", "weight"),))]
    assert Reach("self", "self", (("attr", "mode"),)) in [guard.reach for guard in traced.guards]


@pytest.mark.parametrize(
    ("function", "args", "error", "message"),
    [
        (lambda x: np.zeros(3) + np.zeros(4), (1.0,), ValueError, r"shapes \(3,\) \(4,\)"),
        (lambda x: np.zeros(3)[3], (1.0,), IndexError, "index 3 is out of bounds for axis 0 with size 3"),
        (lambda x: np.zeros((2, 3)).sum(axis=2), (1.0,), np.exceptions.AxisError, "axis 2 is out of bounds"),
        (lambda x: np.max(np.zeros(0)), (1.0,), ValueError, "zero-size array to reduction operation maximum"),
        (lambda x: np.zeros(6).reshape(4, 2), (1.0,), ValueError, r"cannot reshape array of size 6 into shape \(4,2\)"),
        (lambda x: np.zeros((2, 3)) @ np.zeros(2), (1.0,), ValueError, "not aligned: 3 != 2"),
        (lambda x: x.foo, (np.ones(2),), AttributeError, "no attribute 'foo'"),
        (lambda x: math.exp(), (1.0,), TypeError, "exp expected 1 arguments, got 0"),
    ],
)
def test_errors_of_the_function_itself(function, args, error, message):
    with pytest.raises(error, match=message):
        trace(function, tracing.structures(function, args))


def test_has_aux_needs_a_pair():
    with pytest.raises(ad.UnsupportedError, match="with `has_aux=True` the function must return a pair"):
        trace(names, tracing.structures(names, (np.ones(3),)), has_aux=True)
