"""What is refused, with the exact text: the reason, the place, the caret, the way out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompile as ad
from adcompile.frontend.trace import trace
from adcompile.source import read_source
from tests.frontend import tracing

W = np.arange(6.0).reshape(2, 3)
K = 3
x3 = np.array([0.5, -1.0, 2.0])
m23 = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])

refusals: list[tuple[Callable[..., Any], tuple[Any, ...], str]] = []


def refused(*args, text):
    """Register a program that must be refused with this text; lines count from the `def`."""

    def register(function):
        refusals.append((function, args, text))
        return function

    return register


@refused(
    x3,
    text="""
        UnsupportedError: this writes into `W`, an array of the enclosing scope
        +1:4, in cap_store
            W[0, 0] = 1.0
            ^^^^^^^
        Work on a copy: `W = W.copy()`.
    """,
)
def cap_store(x):
    W[0, 0] = 1.0
    return x[0]


@refused(
    x3,
    text="""
        UnsupportedError: this loop never ends
        +2:4, in whl
            while True:
            ^^^^^^^^^^^
        Leave it with `break` or `return`.
    """,
)
def whl(x):
    i = 0
    while True:
        i += 1
    return x[i]


@refused(
    x3,
    1,
    text="""
        UnsupportedError: `axis` of `np.sum` must be known when the function is compiled
        +1:11, in needs_axis
            return np.sum(W, axis=n)[0] * x[0]
                   ^^^^^^^^^^^^^^^^^
        Name `n` in `static_argnames`, or write a literal.
    """,
)
def needs_axis(x, n):
    return np.sum(W, axis=n)[0] * x[0]


@refused(
    x3,
    text="""
        MissingRuleError: `np.isneginf` is not supported: there is no rule for it
        +1:18, in unknown
            return np.sum(np.isneginf(x))
                          ^^^^^^^^^^^^^^
        Write it with supported functions; docs/supported.md lists them.
    """,
)
def unknown(x):
    return np.sum(np.isneginf(x))


@refused(
    x3,
    text="""
        MissingRuleError: `np.linalg.tensorinv` is not supported: there is no rule for it
        +1:11, in unknown2
            return np.linalg.tensorinv(x)
                   ^^^^^^^^^^^^^^^^^^^^^^
        Write it with supported functions; docs/supported.md lists them.
    """,
)
def unknown2(x):
    return np.linalg.tensorinv(x)


@refused(
    x3,
    text="""
        UnsupportedError: these arguments of `np.sum` are not supported: got an unexpected keyword argument 'out'
        +1:11, in kwunknown
            return np.sum(x, out=x[:1])
                   ^^^^^^^^^^^^^^^^^^^^
        Supported are: a, axis, dtype, keepdims, initial, where.
    """,
)
def kwunknown(x):
    return np.sum(x, out=x[:1])


@refused(
    x3,
    text="""
        UnsupportedError: indexing with a boolean mask gives a shape that depends on data
        +1:11, in msk
            return np.max(x[x > 0])
                   ^^^^^^^^^^^^^^^^
        Take `np.extract(mask, x)`, which counts the elements first, or of rows `np.compress(mask, x, axis=0)`.
    """,
)
def msk(x):
    return np.max(x[x > 0])


@refused(
    x3,
    text="""
        UnsupportedError: the truth value of an array with more than one element is ambiguous
        +1:7, in truth_arr
            if x > 0:
               ^^^^^
        Compare a single element, or reduce with `np.sum`, `np.min` or `np.max` first.
    """,
)
def truth_arr(x):
    if x > 0:
        return 1.0
    return 2.0


@refused(
    x3,
    text="""
        UnsupportedError: `print` is not supported
        +1:4, in prt
            print(x)
            ^^^^^^^^
        Return what you want to see as `aux` (`has_aux=True`).
    """,
)
def prt(x):
    print(x)
    return x[0]


@refused(
    x3,
    text="""
        UnsupportedError: `try` is not supported
        +1:4, in trying
            try:
            ^^^^
        Test the condition with `if` beforehand.
    """,
)
def trying(x):
    try:
        return x[0]
    except ValueError:
        return 0.0


@refused(
    x3,
    text="""
        UnsupportedError: writing to a global variable is not supported
        +1:4, in globw
            global K
            ^^^^^^^^
        Return the value instead.
    """,
)
def globw(x):
    global K
    K = 2
    return x[0]


@refused(
    x3,
    text="""
        UnsupportedError: this puts float64 numbers into an array of int64 in place, which NumPy refuses
        +2:4, in intadd
            k += x
            ^^^^^^
        Make the array with `dtype=np.float64`.
    """,
)
def intadd(x):
    k = np.zeros(3, dtype=int)
    k += x
    return k[0]


@refused(
    x3,
    text="""
        UnsupportedError: `f` calls itself more than 60 deep; the depth must be known when the function is compiled
        +4:11, in infrec
            return f(0)
                   ^^^^
        +2:15, in f
            return f(k + 1)
                   ^^^^^^^^
        ... 60 times in a row
        Write a loop, or name the argument that ends the recursion in `static_argnames`.
    """,
)
def infrec(x):
    def f(k):
        return f(k + 1)

    return f(0)


@refused(
    x3,
    3,
    text="""
        UnsupportedError: `f` calls itself more than 60 deep; the depth must be known when the function is compiled
        +4:11, in dynrec
            return f(n)
                   ^^^^
        +2:35, in f
            return x[0] if k == 0 else f(k - 1) * x[0]
                                       ^^^^^^^^
        ... 60 times in a row
        Write a loop, or name the argument that ends the recursion in `static_argnames`.
    """,
)
def dynrec(x, n):
    def f(k):
        return x[0] if k == 0 else f(k - 1) * x[0]

    return f(n)


@refused(
    x3,
    text="""
        UnsupportedError: `nope`: this name is not defined
        +1:11, in undefd
            return nope * x[0]  # noqa: F821
                   ^^^^
        Check the spelling, or define it before the call.
    """,
)
def undefd(x):
    return nope * x[0]  # noqa: F821


@refused(
    x3,
    text="""
        UnsupportedError: this computes in float16, which is not supported
        +1:11, in f16
            return x.astype(np.float16).sum()
                   ^^^^^^^^^^^^^^^^^^^^
        Convert an operand to float64 or float32 first.
    """,
)
def f16(x):
    return x.astype(np.float16).sum()


@refused(
    x3,
    text="""
        UnsupportedError: the index of a tuple must be known in advance, but 100 iterations are too many to unroll
        +3:4, in toolong
            for i in range(100):
            ^^^^^^^^^^^^^^^^^^^^
        Loops of up to 64 iterations are.
    """,
)
def toolong(x):
    t = (x,) * 17
    s = 0.0
    for i in range(100):
        s += t[i][0]
    return s


@ad.grad
def g(x):
    return x * x


@refused(
    2.0,
    text="""
        UnsupportedError: `g` is a gradient: calling one inside a function that is differentiated is not supported
        +1:11, in callsgrad
            return g(x) * x
                   ^^^^
        For the value of the function itself call `g.primal(...)`.
    """,
)
def callsgrad(x):
    return g(x) * x


@refused(
    x3,
    text="""
        UnsupportedError: this loop changes the length of the list that it runs over
        +2:4, in growing
            for v in items:
            ^^^^^^^^^^^^^^^
        Loop over a copy of it.
    """,
)
def growing(x):
    items = [v for v in x if v > -10.0]
    for v in items:
        if len(items) < 9 and v > -5.0:
            items.append(v * 2)
    return sum(items)


@refused(
    x3,
    text="""
        UnsupportedError: complex values are not supported
        +1:18, in cplx
            return x[0] * 1j
                          ^^
        Carry the real and imaginary part as two numbers.
    """,
)
def cplx(x):
    return x[0] * 1j


@refused(
    x3,
    text="""
        UnsupportedError: these arguments of `np.sin` are not supported: too many positional arguments
        +1:11, in nargs
            return np.sin(x, x, x)
                   ^^^^^^^^^^^^^^^
        Supported are: x, out.
    """,
)
def nargs(x):
    return np.sin(x, x, x)


@refused(
    x3.astype(np.float32),
    -0.4,
    text="""
        UnsupportedError: a number that is compared with a float32 is Python's on one path and NumPy's on another
        +2:11, in mixed
            if s <= v:
               ^^^^^^
        Give it one type on every path: start from `np.float64(...)` or `np.float32(...)`.
    """,
)
def mixed(x, s):
    for v in x:
        if s <= v:
            s = s * np.float64(2.0)
    return s


@refused(
    x3,
    text="""
        UnsupportedError: `s` is a number in the first iterations of this loop, and an array in later ones
        +2:4, in array_in_a_later_trip
            for i in range(len(x)):
            ^^^^^^^^^^^^^^^^^^^^^^^
        Start from an array: `np.zeros(n)`, `np.zeros_like(x)`.
    """,
)
def array_in_a_later_trip(x):
    s = y = 0.0
    for i in range(len(x)):
        s = s + y
        y = x * i
    return np.sum(s)


@refused(
    x3,
    text="""
        UnsupportedError: `match` is not supported
        +1:4, in matched
            match x.ndim:
            ^^^^^^^^^^^^^
        Write `if` and `elif`.
    """,
)
def matched(x):
    match x.ndim:
        case 1:
            return x[0]
    return x[1]


@pytest.mark.parametrize(("function", "args", "text"), refusals, ids=[function.__name__ for function, *_ in refusals])
def test_refused(function, args, text):
    with pytest.raises(ad.AdcompileError) as caught:
        trace(function, tracing.structures(function, args))
    shown = f"{type(caught.value).__name__}: {caught.value}"
    first = read_source(function).node.lineno
    shown = re.sub(rf"{re.escape(__file__)}:(\d+)", lambda found: f"+{int(found[1]) - first}", shown)
    assert "\n".join(line.removeprefix("  ") for line in shown.splitlines()) == textwrap.dedent(text).strip()
