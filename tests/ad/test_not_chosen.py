"""What is not chosen never contributes, not even as nan: every way of not choosing, over functions that go wrong.

    y = np.exp(x) * d                x[1] = 800, where exp overflows
    return np.sum(y[keep])           keep[1] is False

The gradient wanted is computed without the element: the derivative of the function at the others, by extrapolated
differences, times that of the sum.
"""

from __future__ import annotations

import linecache
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import adcompile as ad
from tests.emitted import emit
from tests.oracles import dual_gradient

X, D = np.array([0.5, 0.75, 1.25, 0.875]), np.array([1.5, 0.5, 2.0, 1.25])
BAD = 1
KEEP = np.arange(4) != BAD


@dataclass(frozen=True, slots=True)
class Fault:
    """An elementwise expression of `x` and `d`, and where it or its derivative is not finite."""

    name: str
    text: str
    x: float = X[BAD]
    d: float = D[BAD]

    def value(self, x: Any, d: Any) -> Any:
        """The expression of numbers or arrays."""
        return eval(self.text, {"np": np}, {"x": x, "d": d})

    def slopes(self, k: int) -> tuple[float, float]:
        """Its derivatives at an element."""
        return difference(lambda x: self.value(x, D[k]), X[k]), difference(lambda d: self.value(X[k], d), D[k])

    @property
    def kind(self) -> str:
        """What it gives there."""
        with np.errstate(all="ignore"):
            value = self.value(np.float64(self.x), np.float64(self.d))
        return "nan" if np.isnan(value) else "inf" if value == np.inf else "number"


FAULTS = (
    Fault("exp", "np.exp(x) * d", x=800.0),
    Fault("softplus", "np.log1p(np.exp(x)) * d", x=800.0),
    Fault("logistic", "np.exp(x) / (d + np.exp(x))", x=800.0),
    Fault("log", "np.log(x) ** 2 * d", x=0.0),
    Fault("log of less", "np.log(x) * d", x=-1.0),
    Fault("reciprocal", "d / x", x=0.0),
    Fault("root", "np.sqrt(x) * d * x", x=-2.0),
    Fault("power", "x ** d", x=0.0, d=-1.0),
    Fault("tangent", "np.tan(x * d)", d=np.inf),
    Fault("sine", "np.sin(x * d)", d=np.nan),
    Fault("product of nan", "x * d", d=np.nan),
    Fault("residual of nan", "(x - d) ** 2", d=np.nan),
    Fault("quotient of nan", "x / d", d=np.nan),
    Fault("hyperbolic", "np.tanh(x * d) * d", d=np.nan),
)


@dataclass(frozen=True, slots=True)
class Way:
    """A function body with E for the expression and `e(i)` for an element of it. `needs`: what the fault must give.

    The result is the sum of the elements `kept`, or of their squares.
    """

    name: str
    body: str
    kept: tuple[int, ...] = (0, 2, 3)
    squares: bool = False
    needs: tuple[str, ...] = ("nan", "inf", "number")

    def slope(self, value: float) -> float:
        """The derivative with respect to an element."""
        return 2.0 * value if self.squares else 1.0


LOOP = "s = 0.0\nfor i in range(x.shape[0]):\n    "
WAYS = (
    Way("where", "return np.sum(np.where(keep, E, 0.25))"),
    Way("where not", "return np.sum(np.where(~keep, 0.25, E))"),
    Way("where of squares", "y = E\nreturn np.sum(np.where(keep, y * y, 0.25))", squares=True),
    Way("choice of two", "y = E\nreturn np.sum(np.where(keep, y, np.where(keep, 0.5, x * 0.0)))"),
    Way("where= of a sum", "return np.sum(E, where=keep)"),
    Way("mask of the result", "return np.sum((E)[keep])"),
    Way("mask of the operands", "x, d = x[keep], d[keep]\nreturn np.sum(E)"),
    Way("mask, then a function", "y = (E)[keep]\nreturn np.sum(y * y)", squares=True),
    Way("store under a mask", "y = E\ny[~keep] = 0.0\nreturn np.sum(y * y)", squares=True),
    Way("store of an element", "y = E\ny[1] = 0.0\nreturn np.sum(y * y)", squares=True),
    Way("store of a slice", "y = E\ny[1:2] = 0.0\nreturn np.sum(y * y)", squares=True),
    Way(
        "store in a loop",
        "y = E\nfor i in range(x.shape[0]):\n    if not keep[i]:\n        y[i] = 0.0\nreturn np.sum(y)",
    ),
    Way(
        "store twice in a trip",
        "y = np.empty(x.shape[0])\nfor i in range(x.shape[0]):\n    y[i] = e(i)\n    if not keep[i]:\n"
        "        y[i] = 0.0\nreturn np.sum(y * y)",
        squares=True,
    ),
    Way("slice", "return np.sum((E)[2:])", kept=(2, 3)),
    Way("slices around it", "y = E\nreturn np.sum(y[:1]) + np.sum(y[2:])"),
    Way("strided slice", "return np.sum((E)[::2])", kept=(0, 2)),
    Way("reversed slice", "return np.sum((E)[:1:-1])", kept=(2, 3)),
    Way("index array", "return np.sum((E)[np.array([0, 2, 3])])"),
    Way("index", "y = E\nreturn y[2] * y[2]", kept=(2,), squares=True),
    Way("row", "y = (E).reshape(2, 2)\nreturn np.sum(y[1] * y[1])", kept=(2, 3), squares=True),
    Way("column", "y = (E).reshape(2, 2)\nreturn np.sum(y[:, 0])", kept=(0, 2)),
    Way(
        "rows of an array",
        "y = np.empty((4, 2))\nfor i in range(4):\n    y[i] = e(i)\nreturn np.sum(y[2:, 0])",
        kept=(2, 3),
    ),
    Way("if", LOOP + "if keep[i]:\n        s += e(i)\nreturn s"),
    Way("if after", LOOP + "v = e(i)\n    if keep[i]:\n        s += v\nreturn s"),
    Way(
        "else",
        LOOP + "v = e(i)\n    if not keep[i]:\n        s += 1.0\n    else:\n        s += v * v\nreturn s",
        squares=True,
    ),
    Way("conditional expression", LOOP + "v = e(i)\n    s += v if keep[i] else 0.5\nreturn s"),
    Way("continue", LOOP + "v = e(i)\n    if not keep[i]:\n        continue\n    s += v\nreturn s"),
    Way("break", LOOP + "v = e(i)\n    if not keep[i]:\n        break\n    s += v\nreturn s", kept=(0,)),
    Way("return", LOOP + "v = e(i)\n    if not keep[i]:\n        return s\n    s += v\nreturn s", kept=(0,)),
    Way("loop that skips", "s = 0.0\ny = E\nfor i in range(2, x.shape[0]):\n    s += y[i]\nreturn s", kept=(2, 3)),
    Way("strided loop", "s = 0.0\ny = E\nfor i in range(0, x.shape[0], 2):\n    s += y[i]\nreturn s", kept=(0, 2)),
    Way("inner loop without trips", LOOP + "v = e(i)\n    for _ in range(n[i]):\n        s += v\nreturn s"),
    Way("triangle", LOOP + "v = e(i)\n    for j in range(2, i):\n        s += v\nreturn s", kept=(3,)),
    Way("while", LOOP + "v = e(i)\n    k = n[i]\n    while k > 0:\n        s += v\n        k -= 1\nreturn s"),
    Way("the last one", "y = 0.0\nfor i in range(x.shape[0]):\n    y = e(i)\nreturn y * y", kept=(3,), squares=True),
    Way(
        "overwritten in a carried array", "y = np.zeros(1)\nfor i in range(4):\n    y[0] = e(i)\nreturn y[0]", kept=(3,)
    ),
    Way("replaced array", "y = E\nif x[0] > 0.0:\n    y = y[2:]\nreturn np.sum(y)", kept=(2, 3)),
    Way("helper", "def f(v, k):\n    return v if k else 0.0\n" + LOOP + "s += f(e(i), keep[i])\nreturn s"),
    Way("list", "y = [e(0), e(1), e(2)]\nreturn y[0] + y[2]", kept=(0, 2)),
    Way("nansum", "return np.nansum(E)", needs=("nan",)),
    Way("nanmean", "return 3.0 * np.nanmean(E)", needs=("nan",)),
    Way("where isnan", "y = E\nreturn np.sum(np.where(np.isnan(y), 0.0, y))", needs=("nan",)),
    Way("where isfinite", "y = E\nreturn np.sum(np.where(np.isfinite(y), y, 0.0))", needs=("nan", "inf")),
    Way("mask of isfinite", "y = E\nreturn np.sum(y[np.isfinite(y)] ** 2)", squares=True, needs=("nan", "inf")),
    Way("nan_to_num", "return np.sum(np.nan_to_num(E))", needs=("nan",)),
    Way("fmax", "return np.sum(np.fmax(E, -9.0))", needs=("nan",)),
    Way("fmin", "return np.sum(np.fmin(E, 99.0))", needs=("nan",)),
    Way("minimum", "return np.sum(np.minimum(E, 99.0))", needs=("inf",)),
    Way("clip", "return np.sum(np.clip(E, -9.0, 99.0))", needs=("inf",)),
    Way("min", LOOP + "s += min(e(i), 99.0)\nreturn s", needs=("inf",)),
    Way("comparison", "y = E\nreturn np.sum(np.where(y < 99.0, y, 0.5))", needs=("nan", "inf")),
    Way("sort", "return np.sum(np.sort(E)[:3])", needs=("nan", "inf")),
    Way("nansum of squares", "return np.nansum((E) ** 2)", squares=True, needs=("nan",)),
)


def difference(f: Callable[[float], float], at: float) -> float:
    """The derivative, by central differences extrapolated twice."""
    rows = [[(f(at + h) - f(at - h)) / (2.0 * h) for h in (1e-2, 5e-3, 2.5e-3, 1.25e-3)]]
    for order in (4.0, 16.0, 64.0):
        rows.append(
            [(order * fine - coarse) / (order - 1.0) for coarse, fine in zip(rows[-1], rows[-1][1:], strict=False)]
        )
    return rows[-1][0]


def function(way: Way, fault: Fault) -> Callable[..., Any]:
    """The function of a way and a fault."""
    single = _indexed(fault.text)
    body = way.body
    for index in ("i", "0", "1", "2"):
        body = body.replace(f"e({index})", f"({single.replace('@', index)})")
    body = body.replace("E", f"({fault.text})")
    text = "def f(x, d, keep, n):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    file = f"<not chosen: {way.name}, {fault.name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"np": np}
    exec(compile(text, file, "exec"), namespace)
    made: Callable[..., Any] = namespace["f"]
    return made


def _indexed(text: str) -> str:
    """The expression with x[@] and d[@] for x and d."""
    words = text.replace("(", " ( ").replace(")", " ) ").split(" ")
    return "".join(f"{word}[@]" if word in ("x", "d") else f"{word} " for word in words)


CASES = [
    pytest.param(way, fault, id=f"{way.name}-{fault.name}")
    for way in WAYS
    for fault in FAULTS
    if fault.kind in way.needs
]
# A third of them meets every way and every fault several times.
CHECKED = CASES if os.environ.get("ADCOMPILE_FULL") else CASES[::3]


def arguments(fault: Fault) -> tuple[Any, ...]:
    """x, d, and which elements are chosen, as bools and as integers."""
    x, d = X.copy(), D.copy()
    x[BAD], d[BAD] = fault.x, fault.d
    return x, d, KEEP.copy(), KEEP.astype(np.int64)


def wanted(way: Way, fault: Fault) -> list[np.ndarray]:
    """The gradients with respect to x and d."""
    found = [np.zeros(4), np.zeros(4)]
    for k in way.kept:
        for gradient, slope in zip(found, fault.slopes(k), strict=True):
            gradient[k] = way.slope(fault.value(X[k], D[k])) * slope
    return found


@pytest.mark.parametrize(("way", "fault"), CHECKED)
def test_what_is_not_chosen_does_not_contribute(way: Way, fault: Fault) -> None:
    args = arguments(fault)
    emitted = emit(function(way, fault), args)
    _, gradients = emitted.call(*args)
    for found, expected in zip(gradients, wanted(way, fault), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7, err_msg=emitted.build.text)


@pytest.mark.parametrize(("way", "fault"), CASES[:: len(CASES) // 7])
def test_compiled(way: Way, fault: Fault) -> None:
    args = arguments(fault)
    found = ad.grad(function(way, fault), argnums=(0, 1), cache=False)(*args)
    for gradient, expected in zip(found, wanted(way, fault), strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-7)


# -- products of matrices

A = np.array([[1.0, -0.5, 2.0], [0.25, 1.5, -1.0], [0.5, 0.75, 1.0], [2.0, -1.0, 0.5]])
W, Y = np.array([[0.5, 1.5], [-1.0, 0.25], [0.75, -0.5]]), np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 0.5], [1.5, 1.0]])


def masked_residuals(a, w, y, keep):  # type: ignore[no-untyped-def]
    return np.sum(((y[:, 0] - a @ w[:, 0])[keep]) ** 2)


def chosen_rows(a, w, y, keep):  # type: ignore[no-untyped-def]
    return np.sum(np.where(keep[:, None], a @ w - y, 0.0) ** 2)


def overwritten_products(a, w, y, keep):  # type: ignore[no-untyped-def]
    r = y[:, 0] - w[:, 0] @ a.T
    r[~keep] = 0.0
    return np.sum(r * r)


def rows_in_a_loop(a, w, y, keep):  # type: ignore[no-untyped-def]
    p, s = a @ w, 0.0
    for i in range(p.shape[0]):
        if keep[i]:
            s += np.sum((p[i] - y[i]) ** 2)
    return s


def transposed_product(a, w, y, keep):  # type: ignore[no-untyped-def]
    return np.sum((w.T @ a.T)[:, 2:] * y[2:].T)


def rows_before(a, w, y, keep):  # type: ignore[no-untyped-def]
    return np.sum((np.where(keep[:, None], a, 0.0) @ w - y) ** 2)


PRODUCTS = (
    masked_residuals,
    chosen_rows,
    overwritten_products,
    rows_in_a_loop,
    transposed_product,
    rows_before,
)


@pytest.mark.parametrize("function", PRODUCTS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_rows_of_a_product_that_are_not_chosen(function: Callable[..., Any], bad: float) -> None:
    broken = A.copy()
    broken[BAD, 1] = bad
    expected = dual_gradient(function, (A, W, Y, KEEP))
    emitted = emit(function, (broken, W, Y, KEEP))
    _, gradients = emitted.call(broken, W, Y, KEEP)
    for found, gradient in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(found, gradient, rtol=1e-9, atol=1e-12, err_msg=emitted.build.text)
