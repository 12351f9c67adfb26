"""Loop-level programs built by hand, as lowering and reverse mode would give them."""

from __future__ import annotations

import linecache

from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Function, Operand, Region, Value, integer, real
from adcompile.ir.types import INT, Array, Scalar, element
from adcompile.location import Location
from adcompile.ops import library, memory, scalar
from adcompile.ops.scalar import SCALARS


class Writer(Builder):
    """A builder with a short call for each operation used here; `primal` are the lines that the program comes from."""

    def __init__(self, file: str = "", *primal: str) -> None:
        super().__init__()
        self.file = file
        linecache.cache[file] = (0, None, [line + "\n" for line in primal], file)

    def line(self, number: int) -> None:
        """What follows comes from this line of the primal."""
        self.loc = Location(self.file, number)

    def op(self, name: str, *operands: Operand, hint: str = "", type: Scalar | None = None) -> Value:
        primitive = SCALARS[name]
        types = tuple(o.type for o in operands)
        return self.apply(primitive, *operands, type=type or scalar.result_type(primitive, types), hint=hint)

    def load(self, array: Value, *indices: Operand, hint: str = "") -> Value:
        return self.apply(memory.load, array, *indices, type=element(array.type), hint=hint)

    def store(self, array: Value, *rest: Operand) -> None:
        self.effect(memory.store, array, *rest)

    def add_to(self, array: Value, *rest: Operand) -> None:
        """`array[i] += v`."""
        *indices, value = rest
        self.store(array, *indices, self.op("add", self.load(array, *indices), value))

    def dim(self, array: Value, axis: int, hint: str = "") -> Value:
        return self.apply(memory.dim, array, type=INT, hint=hint, axis=axis)

    def like(self, array: Value, hint: str = "", fill: str = "zeros") -> Value:
        type_ = Array(array.type.dtype, array.type.ndim)
        return self.apply(memory.alloc_like, array, type=type_, hint=hint, fill=fill)

    def require(self, ok: Operand, *shown: Operand, message: str) -> None:
        self.effect(memory.require, ok, *shown, error="ValueError", message=message)

    def loop(self, stop: Operand, *inits: tuple[Operand, str], start: Operand | None = None, step: int = 1) -> Loop:
        return Loop(self, (start or integer(0), stop, integer(step)), inits)


class Loop:
    """`with b.loop(n, (real(0.0), "s")) as (i, s):` ... `loop.next(s2)`; afterwards `loop.results`."""

    def __init__(self, b: Writer, bounds: tuple[Operand, ...], inits: tuple[tuple[Operand, str], ...]) -> None:
        self.b, self.bounds, self.inits = b, bounds, inits
        self.loc = b.loc
        self.body = Region((Value(INT), *(Value(element(o.type), hint) for o, hint in inits)))
        self.results: tuple[Value, ...] = ()

    def __enter__(self) -> tuple[Value, ...]:
        self.b.stack.append(self.body)
        return self.body.params

    def next(self, *yields: Operand) -> None:
        self.body.yields = yields

    def __exit__(self, *_: object) -> None:
        self.b.stack.pop()
        with self.b.at(self.loc):
            self.results = self.b.for_(self.bounds, tuple(o for o, _ in self.inits), self.body)


def matrix(hint: str, dtype: str = "float64") -> Value:
    return Value(Array(dtype, 2), hint)


def vector(hint: str, dtype: str = "float64") -> Value:
    return Value(Array(dtype, 1), hint)


def number(hint: str, dtype: str = "float64") -> Value:
    return Value(Scalar(dtype), hint)


def tanh_layer() -> Function:
    """Value and gradients of np.sum(np.tanh(x @ W + b))."""
    x, W, b_ = matrix("x"), matrix("W"), vector("b")
    b = Writer("layer.py", "def loss(x, W, b):", "    a = x @ W", "    h = np.tanh(a + b)", "    return np.sum(h)")
    n, m, p = b.dim(x, 0), b.dim(W, 1), b.dim(b_, 0)
    b.line(3)
    b.require(b.op("eq", m, p), m, p, message="operands could not be broadcast together: {} and {}")
    b.line(2)
    a = b.apply(library.matmul, x, W, type=Array("float64", 2), hint="a")
    b.line(3)
    h = b.like(a, "h", "empty")
    rows = b.loop(n)
    with rows as (i,):
        with b.loop(m) as (j,):
            b.store(h, i, j, b.op("tanh", b.op("add", b.load(a, i, j), b.load(b_, j))))
    b.line(4)
    rows = b.loop(n, (real(0.0), ""))
    with rows as (i, s):
        columns = b.loop(m, (s, ""))
        with columns as (j, t):
            columns.next(b.op("add", t, b.load(h, i, j)))
        rows.next(columns.results[0])
    value = rows.results[0]
    b.line(3)
    a_bar, b_bar = b.like(a, "a_bar", "empty"), b.like(b_, "b_bar")
    with b.loop(n) as (i,):
        with b.loop(m) as (j,):
            z = b.load(h, i, j)
            g = b.op("sub", real(1.0), b.op("mul", z, z))
            b.store(a_bar, i, j, g)
            b.add_to(b_bar, j, g)
    b.line(2)
    x_bar = b.apply(library.matmul, a_bar, W, type=Array("float64", 2), hint="x_bar", transpose=(False, True))
    W_bar = b.apply(library.matmul, x, a_bar, type=Array("float64", 2), hint="W_bar", transpose=(True, False))
    region = Region((x, W, b_), b.region.body, (value, x_bar, W_bar, b_bar))
    return Function("loss", region)


def stencil() -> Function:
    """The adjoint of `steps` sweeps of a three-point stencil, in place between two arrays."""
    u_bar, v_bar, steps = vector("u_bar"), vector("v_bar"), number("steps", "int64")
    b = Writer(
        "heat.py",
        "def heat(u, steps):",
        "    for t in range(steps):",
        "        v[1:-1] = u[1:-1] + 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])",
        "        u[1:-1] = v[1:-1]",
    )
    n = b.dim(u_bar, 0, "n")
    b.line(2)
    last = b.op("sub", n, integer(1))
    with b.loop(integer(-1), start=b.op("sub", steps, integer(1)), step=-1):
        b.line(4)
        with b.loop(last, start=integer(1)) as (i,):
            b.add_to(v_bar, i, b.load(u_bar, i))
            b.store(u_bar, i, real(0.0))
        b.line(3)
        with b.loop(last, start=integer(1)) as (i,):
            g = b.load(v_bar, i)
            b.store(v_bar, i, real(0.0))
            b.add_to(u_bar, i, g)
            left, right = b.op("sub", i, integer(1)), b.op("add", i, integer(1))
            d = b.op("mul", g, real(0.1))
            b.add_to(u_bar, left, d)
            b.add_to(u_bar, i, b.op("mul", b.op("neg", d), real(2.0)))
            b.add_to(u_bar, right, d)
    return Function("heat", Region((u_bar, v_bar, steps), b.region.body, (u_bar,)))
