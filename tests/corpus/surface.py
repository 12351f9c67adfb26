"""Python around the numbers: functions as values, containers that change while the program is made, objects."""

import dataclasses
import functools
import math
import operator
from collections.abc import Callable
from math import pi, tau
from typing import Any, NamedTuple

import numba
import numpy as np

from tests.corpus.registry import Array, Result, program

TABLE = {"scale": 1.5, "weights": np.array([0.5, -1.0, 2.0]), "modes": ("mean", "sum")}


class Point(NamedTuple):
    """A pair of numbers."""

    x: float
    y: float

    def norm(self) -> float:
        return math.sqrt(self.x * self.x + self.y * self.y)


@dataclasses.dataclass
class Layer:
    """A dense layer."""

    w: Array
    b: Array
    activation: str = "tanh"

    def __call__(self, x: Array) -> Array:
        z = x @ self.w + self.b
        return np.tanh(z) if self.activation == "tanh" else z

    @property
    def width(self) -> int:
        return self.w.shape[1]


@dataclasses.dataclass(frozen=True)
class Spring:
    """Constants of an oscillator."""

    stiffness: float
    rest: float = 1.0

    def force(self, x: float) -> float:
        return -self.stiffness * (x - self.rest)


class Model:
    """An ordinary object whose arrays are captured."""

    def __init__(self) -> None:
        self.w = np.array([0.5, -0.25, 1.5])
        self.bias = 0.3
        self.power = 2
        self.children = [np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3])]

    def score(self, x: Array) -> Result:
        return self._inner(x) ** self.power + self.bias

    def _inner(self, x: Array) -> Result:
        return np.sum(self.w * x)


MODEL = Model()


@numba.njit
def jitted_square(v: float) -> float:
    return v * v + 1.0


@program(args=lambda rng: (rng.normal(size=4), 0.7), compiled=True)
def nested_functions_share_a_parameter(x: Array, a: float) -> Result:
    def outer(u: float) -> float:
        def inner(v: float) -> float:
            return v * a + u

        return inner(u) * inner(a)

    s = 0.0
    for i in range(x.size):
        s += outer(x[i])
    return s


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def closure_writes_what_it_closes_over(x: Array, y: Array) -> Result:
    total = np.zeros(4)

    def add(v: Array, factor: float) -> None:
        total[:] += v * factor

    add(x, 2.0)
    add(y, x[0])
    add(total, total[1])
    return np.sum(total * y)


@program(args=lambda rng: (rng.normal(size=3), 1.3))
def closure_sees_the_latest_binding(x: Array, a: float) -> Result:
    def read() -> float:
        return a * x[0]

    first = read()
    a = a * a
    second = read()
    x = x + 1.0
    return first + 2.0 * second + read()


@program(args=lambda rng: (rng.normal(size=3), 0.4))
def list_of_lambdas(x: Array, a: float) -> Result:
    steps = [lambda v: v * a, np.sin, lambda v, k=2.0: v**2 + k * a, math.exp]
    s = x[0]
    for step in steps[:3]:
        s = step(s)
    return steps[-1](s) * x[1]


@program(args=lambda rng: (rng.normal(size=4), 0.5))
def functions_in_a_dict(x: Array, a: float) -> Result:
    table: dict[str, Callable[[Array], Array]] = {"sin": np.sin, "own": lambda v: v * a, "cube": lambda v: v**3}
    s = 0.0
    for name in ("own", "cube", "sin"):
        s = s + np.sum(table[name](x)) * (2.0 if name == "own" else 1.0)
    return s


def compose(*functions: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def composed(x: Any) -> Any:
        for function in reversed(functions):
            x = function(x)
        return x

    return composed


@program(args=lambda rng: (rng.normal(size=3), 0.8))
def composed_functions(x: Array, a: float) -> Result:
    f = compose(np.tanh, lambda v: v * a, np.cos)
    return np.sum(f(x)) + compose()(a)


def weighted(*parts: Array, weights: tuple[float, ...], power: int = 1, **rest: float) -> Result:
    s = 0.0
    for part, weight in zip(parts, weights, strict=True):
        s = s + weight * np.sum(part**power)
    return s * rest.get("scale", 1.0) + rest.get("offset", 0.0)


@program(args=lambda rng: (rng.normal(size=2), rng.normal(size=3), 0.6))
def variadic_and_keywords(x: Array, y: Array, a: float) -> Result:
    options = {"scale": a, "offset": a * x[0]}
    plain = weighted(x, y, weights=(1.0, 2.0))
    return plain + weighted(*(x, y, x), weights=(a, a, 0.5), power=2, **options)


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=2), 1.5))
def variadic_parameters(*parts: Result) -> Result:
    *arrays, last = parts
    s = last
    for k, part in enumerate(arrays, start=1):
        s = s + k * np.sum(part * last)
    return s * len(parts)


@program(args=lambda rng: (Layer(rng.normal(size=(3, 2)), rng.normal(size=2)), rng.normal(size=(4, 3))), compiled=True)
def dataclass_argument(layer: Layer, x: Array) -> Result:
    return np.sum(layer(x) ** 2) / layer.width


@program(
    args=lambda rng: (
        [Layer(rng.normal(size=(3, 4)), rng.normal(size=4)), Layer(rng.normal(size=(4, 2)), rng.normal(size=2), "id")],
        rng.normal(size=3),
    )
)
def list_of_dataclasses(layers: list[Layer], x: Array) -> Result:
    for layer in layers:
        x = layer(x)
    return np.sum(x * x)


@program(
    args=lambda rng: (
        {"w": rng.normal(size=(3, 2)), "b": [0.5, -0.25], "inner": {"scale": 1.5, "mode": "sum", "none": None}},
        rng.normal(size=3),
    ),
    compiled=True,
)
def nested_dict_argument(params: dict[str, Any], x: Array) -> Result:
    y = x @ params["w"]
    inner = params["inner"]
    if inner["none"] is not None:
        y = y * 100.0
    reduce = np.sum if inner["mode"] == "sum" else np.mean
    return reduce(y) * inner["scale"] + params["b"][0] * y[0] + params["b"][1] * y[-1]


@program(args=lambda rng: (Point(0.6, -1.2), [Point(1.0, 2.0), Point(-0.5, 0.25)]))
def named_tuples(origin: Point, points: list[Point]) -> Result:
    total = 0.0
    for point in points:
        moved = Point(point.x - origin.x, y=point.y * origin.y)
        x, y = moved
        total += moved.norm() + x * y
    return total + origin._replace(x=total).norm()


@program(args=lambda rng: (Spring(2.5), 0.3, 0.1))
def frozen_dataclass_in_a_loop(spring: Spring, x: float, v: float) -> Result:
    for _ in range(7):
        v = v + 0.1 * spring.force(x)
        x = x + 0.1 * v
    return x * x + spring.rest * v


@program(args=lambda rng: (0.5, rng.normal(size=3)))
def record_changed_in_place(a: float, x: Array) -> Result:
    layer = Layer(x * a, np.zeros(3))
    layer.b = layer.w + 1.0
    layer.b[0] = a
    layer.w *= 2.0
    return np.sum(layer.w * layer.b)


@program(args=lambda rng: (rng.normal(size=3),), compiled=True)
def captured_object(x: Array) -> Result:
    s = MODEL.score(x)
    for child in MODEL.children:
        s += np.sum(child * x) * MODEL.bias
    return s


@program(args=lambda rng: (rng.normal(size=3),))
def captured_table(x: Array) -> Result:
    scale, weights = TABLE["scale"], TABLE["weights"]
    s = 0.0
    for mode in TABLE["modes"]:
        s += np.mean(x * weights) if mode == "mean" else np.sum(x * scale)
    return s**2


@program(args=lambda rng: (rng.normal(size=4),))
def lists_that_grow_and_shrink(x: Array) -> Result:
    stack = []
    for i in range(4):
        stack.append(x[i] * (i + 1))
        if i % 2:
            top = stack.pop()
            stack[-1] = stack[-1] * top
    stack.insert(0, x[3])
    stack.extend([stack[0] * 2.0, x[1]])
    stack += [x[2] ** 2]
    stack[1:3] = [stack[2], stack[1] * 0.5]
    return sum(stack) + stack.pop(0) * len(stack) + stack[-2]


@program(args=lambda rng: (rng.normal(size=5),))
def aliased_lists(x: Array) -> Result:
    a = [x[0], x[1]]
    b = a
    c = a[:]
    b.append(x[2])
    c.append(x[3] * 3.0)
    a[0] = x[4] * a[0]
    return a[-1] * b[0] + c[0] * c[-1] + len(a)


@program(args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def list_holds_arrays_by_reference(x: Array, y: Array) -> Result:
    rows = [x * 1.0, y * 1.0]
    rows.append(rows[0])
    rows[2][1] = 5.0 * y[0]
    first, *others = rows
    first *= 2.0
    return np.sum(others[1] * others[0])


@program(args=lambda rng: (rng.normal(size=5), 0.5))
def comprehensions(x: Array, a: float) -> Result:
    squares = [x[i] ** 2 for i in range(5) if i != 2]
    pairs = [(i * u, j * a) for i, u in enumerate(squares) for j in range(i)]
    named = {f"k{i}": u * a for i, u in enumerate(squares)}
    return sum(p * q for p, q in pairs) + named["k3"] + sum([v for v in named.values()])


@program(args=lambda rng: (rng.normal(size=3), 0.9))
def dict_built_step_by_step(x: Array, a: float) -> Result:
    state = {"pos": x[0], "vel": a}
    state["acc"] = -state["pos"]
    for _ in range(3):
        state["vel"] += 0.1 * state["acc"]
        state["pos"] = state["pos"] + 0.1 * state["vel"]
        state.update(acc=-state["pos"] * x[1])
    state |= {"extra": x[2]}
    total = 0.0
    for key, value in state.items():
        total += value * len(key)
    return total + state.pop("extra") * len(state)


@program(args=lambda rng: ((rng.normal(size=2), 0.5, (1.5, -0.5, 2.5)),))
def starred_unpacking(parts: tuple[Array, float, tuple[float, ...]]) -> Result:
    x, *rest = parts
    a, (first, *middle, last) = rest
    u, v = x
    head, *tail = [*middle, last, *(u, v)]
    return a * first + head * last + sum(tail) * len(tail)


@program(args=lambda rng: (rng.normal(size=4), 2.7))
def builtins_on_numbers(x: Array, a: float) -> Result:
    biggest = max(x[0], x[1], a)
    smallest = min([x[2], x[3], a])
    whole = int(a) + round(a) + round(7.6) + abs(-3)
    low, high = divmod(7, 2)
    return biggest * whole + smallest * abs(x[0]) + pow(a, 2) * low + float(high) * a + bool(whole)


@program(args=lambda rng: (rng.normal(size=6),))
def static_structure(x: Array) -> Result:
    order = sorted([3, 0, 2], reverse=True)
    doubled = list(map(lambda k: 2 * k, range(3)))
    names = "a b c".split()
    s = 0.0
    for k, d, name in zip(order, doubled, names, strict=True):
        s += x[k] * d + x[d] * ord(name) / 100.0
    if all(k >= 0 for k in order) and any(d > 3 for d in doubled) and "b" in names and 5 not in order:
        s *= 2.0
    return s + sum(range(4)) * x[0]


def activate(x: Array, kind: str | None = None) -> Array:
    if kind is None:
        return x
    if kind in ("relu", "positive"):
        return np.maximum(x, 0.0)
    if kind.startswith("tan"):
        return np.tanh(x)
    raise ValueError(f"unknown activation {kind!r}")


@program(args=lambda rng: (rng.normal(size=4), "relu"))
def string_and_none_options(x: Array, kind: str) -> Result:
    y = activate(x) + activate(x * 2.0, kind) * activate(x, kind="tanh")
    label = f"{kind}-{len(kind):02d}"
    return np.sum(y) * (2.0 if label == "relu-04" else 3.0)


@program(args=lambda rng: (rng.normal(size=3), 0.5))
def isinstance_dispatch(x: Array, a: float) -> Result:
    def double(v: Any) -> Any:
        if isinstance(v, (tuple, list)):
            return [double(part) for part in v]
        if isinstance(v, np.ndarray):
            return v * 2.0
        return v + v if isinstance(v, float) else v

    (y, b), n = double([(x, a), 3])
    return np.sum(y) * b * n


@program(args=lambda rng: (rng.normal(size=3), 1.2))
def compiled_helper(x: Array, a: float) -> Result:
    s = 0.0
    for v in x:
        s += jitted_square(v) * jitted_square(a)
    return s


@program(args=lambda rng: (0.4, 1.1))
def constants_of_math(x: float, y: float) -> Result:
    return math.sin(pi * x) + math.e * y * tau + math.sqrt(math.pi) * x + (math.inf if x > 100.0 else y)


def bisect_like(f: Callable[[float], float], low: float, high: float, steps: int) -> float:
    for _ in range(steps):
        middle = 0.5 * (low + high)
        high = high - f(middle) * 0.1
    return high


@program(args=lambda rng: (0.7, 0.2))
def function_as_argument(a: float, b: float) -> Result:
    return bisect_like(lambda v: v * v * a - b, b, a, 4) + bisect_like(math.cos, a, b, steps=3)


@program(args=lambda rng: (rng.normal(size=3), 0.3))
def partial_application(x: Array, a: float) -> Result:
    shifted = functools.partial(lambda u, v, w: u * v + w, a, w=2.0)
    return np.sum(shifted(x)) + shifted(v=a)


@program(args=lambda rng: (rng.normal(size=4),))
def operators_as_functions(x: Array) -> Result:
    total = functools.reduce(operator.add, [x[0], x[1], x[2]])
    return functools.reduce(lambda s, v: s * v + 1.0, [x[2], x[3]], total)


def power_tower(x: float, depth: int) -> float:
    if depth == 0:
        return x
    return power_tower(math.sin(x), depth - 1) * (1.0 + x / depth)


@program(args=lambda rng: (0.8,))
def recursion_of_known_depth(x: float) -> Result:
    return power_tower(x, 4)


@program(args=lambda rng: (rng.normal(size=7),))
def recursion_on_slices(x: Array) -> Result:
    def halves(v: Array, depth: int) -> Result:
        if depth == 0:
            return np.sum(v) ** 2
        middle = len(v) // 2
        return halves(v[:middle], depth - 1) * 0.5 + halves(v[middle:], depth - 1)

    return halves(x, 3)


@program(args=lambda rng: (0.7, rng.normal(size=3), rng.normal(size=(2, 3))), compiled=True)
def lists_where_numpy_takes_arrays(s: float, v: Array, a: Array) -> Result:
    rows = np.maximum([s, 1.0, 0.25], [2.0 * s, s, v[0]]) * np.ravel([[s, 2.0], [v[1], s]])[:3]
    rows = rows + np.append([s, 2.0], s) * np.concatenate(([s], v[:1], (1.0,)))
    joined = np.outer([s, 1.0], v) + np.where([True, False, True], [s, s, s], v) + np.dot(a, [[1.0, s, 0.0]] * 3)
    grid = np.meshgrid([s, 1.0], range(3))[0] * np.reshape([s, v[0], 1, 2, 3, s * s], (3, 2))
    picked = np.extract([1, 0, 1], [s, 2.0, v[2]])
    return np.sum(rows**2) + np.vdot([s, 2.0], [s, s]) + np.sum(joined**2) + np.sum(grid**2) + np.sum(picked**2)


@program(args=lambda rng: (0.7, rng.normal(size=2), rng.normal(size=(2, 2))), compiled=True)
def lists_beside_arrays(s: float, v: Array, a: Array) -> Result:
    y = (v - [0.1, s]) * (2.0, s) + [[s, 1.0], [0.5, 2.0]] @ v
    y += [s, -1.0]
    y[1:] *= [s]
    below = np.sum(v < [0.0, s]) + np.sum([0, s] <= v) + np.sum(v != (1, 2))
    return np.sum(y**2) * (1.0 + below) + np.sum((a - [[s], [1]]) ** 2) + np.sum((np.sum(v) + [1.0, s]) ** 3)


@program(args=lambda rng: (np.array(0.7), rng.normal(size=3)), compiled=True)
def arrays_without_axes_are_numbers(z: Array, x: Array) -> Result:
    largest = max(z, 0.25 * x[0]) + min(1.0, z * z, 3.0) + z.real
    row = z.reshape(1) * x + x.sum().reshape(1, 1)[0] + np.expand_dims(x[1], 0) + np.squeeze(x[2])
    return np.squeeze(np.tensordot(row, x, 1)) * np.array(largest)
