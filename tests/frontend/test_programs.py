"""Programs over the slice of the language: the graph gives what plain Python gives."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.frontend import tracing

W = np.arange(6.0).reshape(2, 3) + 1
K = 3
AX = 0
SCALE = 2.5
FLAG = True
LAYERS = [(W, 1.0), (W * 2, 2.0)]
CFG = {"lr": 0.5, "axis": 1, "name": "x"}


class Pair(NamedTuple):
    a: float
    b: np.ndarray


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    s: float = 2.0

    def apply(self, x):
        return self.w * x * self.s


class Model:
    def __init__(self):
        self.w = np.array([1.0, 2.0, 3.0])
        self.k = 2
        self.mode = "a"

    def __call__(self, x):
        return x

    def loss(self, x):
        if self.mode == "a":
            return np.sum(self.w * x) * self.k
        return 0.0


model = Model()
D0 = Layer(np.array([1.0, 2.0]))
x3 = np.array([0.5, -1.0, 2.0])
m23 = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])
programs: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []


def program(*args):
    """Register a program with its arguments."""

    def register(function):
        programs.append((function, args))
        return function

    return register


@program(m23)
def glob(x):
    return np.sum(x * W) * SCALE


@program(m23)
def capaxis(x):
    return np.sum(np.sum(x, axis=AX) * np.arange(3.0))


@program(m23)
def layers(x):
    s = 0.0
    for w, b in LAYERS:
        s += np.sum(w * x) * b
    return s


@program(m23)
def cfg(x):
    return np.sum(x.sum(axis=CFG["axis"])) * CFG["lr"] + len(CFG["name"])


@program(m23)
def unrolled_index(x):
    t = (x, x * 2, x * 3)
    s = 0.0
    for i in range(3):
        s += np.sum(t[i]) * i
    return s


@program(x3, 4)
def rec(x, n):
    def f(k):
        return 1.0 if k == 0 else x[0] * f(k - 1)

    return f(5)


@program(x3, 2)
def earlyret(x, n):
    if x[0] > 0:
        if n > 1:
            return x[0] * 2
        y = 3.0
    elif n == 2:
        return 1
    else:
        y = 4.0
    z = y * x[1]
    if z > 0:
        return z
    return z * x[2]


@program(x3)
def fib(x):
    a, b = 0, 1
    for i in range(10):
        a, b = b, a + b
    return a * x[0]


@program(x3, 3)
def nested(x, n):
    s = 0
    for i in range(n):
        t = 1
        for j in range(i + 1):
            t *= x[j]
        s += t
    return s


@program(x3)
def lst(x):
    acc = []
    for i in range(3):
        acc.append(x[i] * i)
    return sum(acc)


@program(x3)
def comp(x):
    return sum([v * 2 for v in [x[0], x[1]]]) + max([x[i] * i for i in range(3)])


@program(x3, 1.5)
def kw(x, a, *, b=2.0, c=K):
    def g(u, v=3.0, *r, **k):
        return u * v + len(r) + k.get("z", 0.0)

    return g(a, b) + g(a) + g(a, 1, 2, 3) + g(x[0], z=a) + c * a


@program(Pair(2.0, x3))
def nt(p):
    return p.a * np.sum(p.b) + p[0] if False else p.a * np.sum(p.b)


@program(Layer(x3, 1.5))
def dc(d):
    return np.sum(d.apply(d.w))


@program({"w": x3, "b": 1.0})
def dct(p):
    return np.sum(p["w"]) * p["b"]


@program(x3)
def cap_model(x):
    return model.loss(x)


@program(x3)
def cap_dc(x):
    return np.sum(D0.apply(x[:2]))


@program(x3)
def swap(x):
    u = x * 1.0
    v = x * 2.0
    for t in range(3):
        u, v = v * 0.5, u + v
    return np.sum(u * v)


@program(x3)
def doublebuf(x):
    u = x * 1.0
    v = np.zeros(3)
    for t in range(4):
        v[1:] = u[:-1] * 0.5
        v[0] = u[0]
        u, v = v, u
    return np.sum(u * u)


@program(x3, True)
def ifarr(x, c):
    if c:
        y = x * 2
    else:
        y = np.sin(x)
    y[0] = 1.0
    return np.sum(y)


@program(x3, False)
def ifexp(x, c):
    return np.sum(x * 2 if c else x[::-1] * 3)


@program(x3)
def chain(x):
    s = 0.0
    for i in range(len(x)):
        if (0 < i < 3 and x[i] > 0) or i == 0:
            s += x[i]
        if not x[i] > 0:
            s -= 1
    return s


@program(m23)
def rows(x):
    s = 0.0
    for i, r in enumerate(x):
        s += i * np.sum(r)
        for v in r:
            s += v * v
    for a, b in zip(x[0], x[1]):
        s += a * b
    for a in reversed(x[0]):
        s = s * 0.5 + a
    return s


@program(m23)
def mth(x):
    return (
        x.T.copy().reshape(-1)[2]
        + x.mean(0)[1]
        + x.max()
        + x.min(axis=1, keepdims=True).sum()
        + x.flatten().dot(np.ones(6))
    )


@program(x3)
def aug(x):
    y = np.zeros((3, 3))
    y[1] = x
    y[:, 0] += x
    y[0, 0] *= 2
    y[1:, 1:] -= x[1:]
    y *= 2
    y += y.T
    return np.sum(y * y)


@program(x3)
def ints(x):
    k = 7
    k //= 2
    k %= 5
    return x[k - 1] * k**2 + 2**-1 + (True + True) * x[0] + (x > 0).sum() + (x[0] > 0) * 3


@program(np.float32(2.0), 3)
def f32(x, n):
    s = 0
    for i in range(n):
        s = s + x * 0.1
    return s / n


@program(x3)
def mask(x):
    return np.where(x > 0, np.sqrt(np.abs(x)), 0.0).sum() + np.clip(x, -0.5, 1.0).sum() + np.clip(x, None, 1).sum()


@program(x3, np.array([0, 2, 2, 1]))
def gath(x, ix):
    return np.sum(x[ix] * x[ix - 1]) + np.sum(m23[:, ix]) + np.sum(m23[1, ix])


@program(m23, np.array([0, 1]), np.array([2, 0]))
def gath2(x, i, j):
    return np.sum(x[i, j]) + np.sum(x[i][:, j]) + np.sum(x[i[:, None], j])


@program(2.0)
def mathy(x):
    return (
        math.sin(x)
        + math.pow(x, 2)
        + math.atan2(x, 1)
        + math.fabs(-x)
        + math.log(x, 2)
        + math.pi
        + math.sqrt(x)
        + abs(-x)
        + max(x, 1)
        + min(1, x, 0.5)
    )


@program(x3)
def raising(x):
    if x[0] > 10:
        raise ValueError("too big")
    return x[0]


@program(x3, 2)
def idx(x, n):
    y = x[n:]
    z = x[:n]
    w = x[-n:]
    v = x[n::-1]
    return np.sum(y) + 2 * np.sum(z) + 3 * np.sum(w) + 5 * v[0] + x[None, :, None].sum() + x[..., 0]


@program(x3)
def stackd(x):
    return (
        np.sum(np.stack([x, x * 2], axis=1) @ np.array([1.0, 2.0]))
        + np.sum(np.concatenate((x, x[:2])))
        + np.stack([x[0], x[1]]).sum()
        + np.outer(x, x).sum()
        + np.diag(x)[1, 1]
        + np.trace(np.outer(x, x))
    )


@program(m23)
def lin(x):
    return np.sum(x @ x.T) + np.dot(x[0], x[1]) + (x.T @ x)[0, 1] + np.sum(x[0] @ x.T)


@program(x3)
def none(x):
    best = None
    if best is None:
        best = x[0]
    return best


@program(3, x3)
def eyeful(n, x):
    return (
        (np.eye(n) * x).sum()
        + np.linspace(0, x[0], n)[1]
        + np.full((n, 2), x[1]).sum()
        + np.arange(n).sum() * x[2]
        + np.ones_like(x).sum()
    )


@program(x3)
def late(x):
    for i in range(len(x)):
        last = x[i] * i
    return last * i


@program(x3)
def twoloops(x):
    s = 0.0
    for i in range(3):
        row = x * i
        s += row.sum()
    for j in range(2):
        row = x[:2] * j
        s += row.sum()
    return s


@program(x3)
def lam(x):
    f = lambda a, b=2: a * b
    g = [lambda z: z + 1, np.sin, math.cos]
    return f(x[0]) + g[0](x[1]) + g[1](x[2]) + g[2](x[0])


@program(x3)
def whilecmp(x):
    y = x.copy()
    for i in range(1, len(y)):
        y[i] += y[i - 1] * 0.5
    for i in range(len(y) - 2, -1, -1):
        y[i] -= y[i + 1]
    return y[0]


@program(m23, 1, 0)
def swapaxes(x, i, j):
    return np.transpose(x, (1, 0))[2, 1] * x[i, j] + x.T[i, j] + np.flip(x)[0, 0] + np.flip(x, axis=0)[0, 1]


@pytest.mark.parametrize(("function", "args"), programs, ids=[function.__name__ for function, _ in programs])
def test_agrees_with_python(function, args):
    tracing.agrees(function, *args)
