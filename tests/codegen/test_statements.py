"""Statements, names and nesting, each shown by the text of a small program."""

from __future__ import annotations

import textwrap

import pytest

from adcompile.codegen.emit import emit
from adcompile.ir.nodes import Function, Operand, Region, Value, While, boolean, integer, real
from adcompile.ir.types import BOOL, FLOAT, INT, Array
from adcompile.ops import memory
from tests.codegen.programs import Writer, matrix, number, vector


def body(b: Writer, params: tuple[Value, ...], *yields: Operand) -> str:
    """The statements of the emitted function."""
    text = emit(Function("f", Region(params, b.region.body, yields)), name="f").text
    return textwrap.dedent(text.split("):\n", 1)[1])


def lines(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


# -- nesting


def test_a_load_is_not_moved_past_a_store_to_the_same_memory() -> None:
    x, y = vector("x"), vector("y")
    b = Writer()
    first, second = b.load(x, integer(0)), b.load(y, integer(0))
    b.store(x, integer(0), real(1.0))
    b.store(y, integer(1), b.op("sub", first, second))
    assert body(b, (x, y), x) == lines("""
        x_first = x[0]
        x[0] = 1.0
        y[1] = x_first - y[0]
        return (x,)
    """)


def test_a_load_is_not_moved_past_a_store_through_another_name() -> None:
    x = vector("x")
    b = Writer()
    square = b.apply(memory.reshape, x, integer(2), integer(2), type=Array("float64", 2), hint="square")
    old = b.load(x, integer(0))
    b.store(square, integer(0), integer(0), real(1.0))
    b.store(x, integer(1), old)
    assert body(b, (x,), x) == lines("""
        square = x.reshape(2, 2)
        x_first = x[0]
        square[0, 0] = 1.0
        x[1] = x_first
        return (x,)
    """)


def test_nothing_sinks_into_a_loop() -> None:
    x, a, n = vector("x"), number("a"), number("n", "int64")
    b = Writer()
    e = b.op("exp", a)
    with b.loop(n) as (i,):
        b.store(x, i, e)
    assert body(b, (x, a, n), x) == lines("""
        exponential = np.exp(a)
        for i in range(n):
            x[i] = exponential
        return (x,)
    """)


def test_a_value_sinks_into_the_one_branch_that_reads_it() -> None:
    x, a = vector("x"), number("a")
    b = Writer()
    e = b.op("exp", a)
    with b.into(Region()) as then:
        b.store(x, integer(0), e)
    b.if_(b.op("gt", a, real(0.0)), then, Region())
    assert body(b, (x, a), x) == lines("""
        if a > 0.0:
            x[0] = np.exp(a)
        return (x,)
    """)


def test_the_order_of_evaluation_is_kept() -> None:
    x, y, z = number("x"), number("y"), number("z")
    b = Writer()
    left = b.op("add", b.op("add", x, y), z)
    right = b.op("add", x, b.op("add", y, z))
    flipped = b.op("add", x, b.op("mul", b.op("neg", y), z))
    assert body(b, (x, y, z), left, right, flipped) == "return x + y + z, x + (y + z), x - y * z\n"


def test_an_expression_that_would_be_too_wide_is_split() -> None:
    x = number("a_rather_long_name")
    b = Writer()
    total: Value = x
    for _ in range(6):
        total = b.op("add", total, b.op("tanh", x))
    text = body(b, (x,), total)
    assert all(len(line) < 90 for line in text.splitlines())
    assert len(text.splitlines()) > 1


def test_extents_are_unpacked() -> None:
    x, y = matrix("x"), matrix("y")
    b = Writer()
    n, m = b.dim(x, 0), b.dim(x, 1)
    with b.loop(n) as (i,):
        with b.loop(m) as (j,):
            b.add_to(y, i, j, b.load(x, i, j))
    assert body(b, (x, y), y) == lines("""
        n, m = x.shape
        for i in range(n):
            for j in range(m):
                y[i, j] += x[i, j]
        return (y,)
    """)


# -- variables


def test_carried_values_that_swap() -> None:
    a, c, n = number("a"), number("c"), number("n", "int64")
    b = Writer()
    loop = b.loop(n, (a, "a"), (c, "c"))
    with loop as (_, p, q):
        loop.next(q, p)
    assert body(b, (a, c, n), *loop.results) == lines("""
        for i in range(n):
            a, c = c, a
        return a, c
    """)


def test_fibonacci() -> None:
    n = number("n", "int64")
    b = Writer()
    loop = b.loop(n, (real(0.0), "a"), (real(1.0), "c"))
    with loop as (_, p, q):
        loop.next(q, b.op("add", p, q))
    assert body(b, (n,), loop.results[0]) == lines("""
        a = 0.0
        c = 1.0
        for i in range(n):
            a, c = c, a + c
        return (a,)
    """)


def test_an_old_value_that_is_read_later_keeps_its_variable() -> None:
    x, n = number("x"), number("n", "int64")
    b = Writer()
    loop = b.loop(n, (x, "x"))
    with loop as (_, p):
        loop.next(b.op("mul", p, p))
    assert body(b, (x, n), loop.results[0], x) == lines("""
        x_1 = x
        for i in range(n):
            x_1 *= x_1
        return x_1, x
    """)


def test_an_argument_that_is_dead_is_rebound() -> None:
    x, n = number("x"), number("n", "int64")
    b = Writer()
    loop = b.loop(n, (x, "x"))
    with loop as (_, p):
        loop.next(b.op("sub", real(1.0), p))
    assert body(b, (x, n), loop.results[0]) == lines("""
        for i in range(n):
            x = 1.0 - x
        return (x,)
    """)


def test_branches_assign_the_joined_variable() -> None:
    x = number("x")
    b = Writer()
    with b.into(Region()) as then:
        then.yields = (b.op("exp", x),)
    (y,) = b.if_(b.op("lt", x, real(0.0)), then, Region((), [], (x,)), ["y"])
    y.hint = "y"
    assert body(b, (x,), y, x) == lines("""
        if x < 0.0:
            y = np.exp(x)
        else:
            y = x
        return y, x
    """)


def test_a_branch_that_changes_nothing_is_not_printed() -> None:
    x = number("x")
    b = Writer()
    with b.into(Region()) as orelse:
        orelse.yields = (b.op("exp", x),)
    (y,) = b.if_(b.op("eq", x, real(0.0)), Region((), [], (x,)), orelse)
    assert body(b, (x,), y) == lines("""
        if x != 0.0:
            x = np.exp(x)
        return (x,)
    """)


def test_chains_of_branches() -> None:
    k, x = number("k", "int64"), vector("x")
    b = Writer()
    inner = Region()
    with b.into(Region()) as second:
        b.store(x, integer(1), real(1.0))
    with b.into(inner):
        b.if_(b.op("eq", k, integer(1)), second, Region())
    with b.into(Region()) as first:
        b.store(x, integer(0), real(1.0))
    b.if_(b.op("eq", k, integer(0)), first, inner)
    assert body(b, (k, x), x) == lines("""
        if k == 0:
            x[0] = 1.0
        elif k == 1:
            x[1] = 1.0
        return (x,)
    """)


def test_types_do_not_share_a_variable() -> None:
    x, n = number("x"), number("n", "int64")
    b = Writer()
    count = b.op("add", n, integer(1), hint="t")
    scaled = b.op("mul", x, b.op("cast", count, type=FLOAT), hint="t")
    assert body(b, (x, n), scaled) == lines("""
        t = n + 1
        t_1 = x * t
        return (t_1,)
    """)


@pytest.mark.parametrize("taken", ["i", "np", "range", "lambda"])
def test_names_of_the_user_and_of_python(taken: str) -> None:
    x, n = number(taken), number("n", "int64")
    b = Writer()
    loop = b.loop(n, (real(0.0), "total"))
    with loop as (_, p):
        loop.next(b.op("add", p, x))
    text = emit(Function("f", Region((x, n), b.region.body, loop.results)), name="f").text
    shown, index = ("i", "j") if taken == "i" else (f"{taken}_1", "i")
    assert f"def f({shown}, n)" in text
    assert f"for {index} in range(n):\n        total += {shown}\n" in text


def test_dead_values_are_not_printed() -> None:
    x, n = number("x"), number("n", "int64")
    b = Writer()
    b.op("exp", x, hint="unused")
    loop = b.loop(n, (real(0.0), "dead"), (x, "x"))
    with loop as (_, p, q):
        loop.next(b.op("add", p, q), b.op("mul", q, real(0.5)))
    assert body(b, (x, n), loop.results[1]) == lines("""
        for i in range(n):
            x *= 0.5
        return (x,)
    """)


def test_attach_is_its_first_operand() -> None:
    x, w = number("x"), number("w")
    b = Writer()
    y = b.op("attach", x, x, b.op("exp", w), type=FLOAT)
    assert body(b, (x, w), b.op("stop", y)) == "return (x,)\n"


# -- loops that leave


def exiting(flag_first: bool) -> str:
    """`for i in range(n): if x[i] > a: break; s += x[i]`, counting trips."""
    x, a, n = vector("x"), number("a"), number("n", "int64")
    b = Writer()
    i, s = Value(INT), Value(FLOAT, "s")
    with b.into(Region((i, s))) as trip:
        value = b.load(x, i, hint="v")
        with b.into(Region()) as rest:
            rest.yields = (boolean(not flag_first), b.op("add", s, value))
        found = Region((), [], (boolean(flag_first), s))
        cond = b.op("gt" if flag_first else "le", value, a)
        trip.yields = b.if_(cond, found if flag_first else rest, rest if flag_first else found)
        rest.yields = (boolean(False), rest.yields[1])
        found.yields = (boolean(True), s)
    results = b.for_((integer(0), n, integer(1)), (real(0.0),), trip, exits=True)
    return body(b, (x, a, n), *results)


def test_a_loop_with_an_exit() -> None:
    assert exiting(flag_first=True) == lines("""
        s = 0.0
        trips = 0
        for i in range(n):
            v = x[i]
            if v > a:
                trips += 1
                break
            s += v
            trips += 1
        return trips, s
    """)
    assert "if not v <= a:\n" in exiting(flag_first=False)


def test_while_with_a_pure_test() -> None:
    x = number("x")
    b = Writer()
    (p, q) = Value(FLOAT, "x"), Value(FLOAT, "x")
    with b.into(Region((p,))) as test:
        test.yields = (b.op("gt", p, real(1.0)),)
    with b.into(Region((q,))) as trip:
        trip.yields = (b.op("mul", q, real(0.5)),)
    results = (Value(INT), Value(FLOAT, "x"))
    b.append(While((x,), test, trip, results))
    assert body(b, (x,), results[1]) == lines("""
        while x > 1.0:
            x *= 0.5
        return (x,)
    """)


def test_while_whose_test_is_computed() -> None:
    x, y = number("x"), vector("y")
    b = Writer()
    (p, q) = Value(FLOAT, "x"), Value(FLOAT, "x")
    with b.into(Region((p,))) as test:
        half = b.op("exp", p, hint="e")
        test.yields = (b.op("lt", b.op("mul", half, half), real(9.0), type=BOOL),)
    with b.into(Region((q,))) as trip:
        b.store(y, integer(0), q)
        trip.yields = (b.op("add", q, real(1.0)),)
    results = (Value(INT), Value(FLOAT, "x"))
    b.append(While((x,), test, trip, results))
    assert body(b, (x, y), results[0]) == lines("""
        trips = 0
        while True:
            e = np.exp(x)
            if not e * e < 9.0:
                break
            y[0] = x
            x += 1.0
            trips += 1
        return (trips,)
    """)


# -- comments


def test_comments_quote_a_line_once_and_in_the_block_that_it_covers() -> None:
    x, n = vector("x"), number("n", "int64")
    b = Writer("comments.py", "for i in range(n):", "    x[i] = 1", "    x[i] = 2", "x[0] = 3")
    b.line(1)
    with b.loop(n) as (i,):
        b.line(2)
        b.store(x, i, real(1.0))
        b.store(x, i, real(-1.0))
        b.line(3)
        b.store(x, i, real(2.0))
    b.line(4)
    b.store(x, integer(0), real(float("inf")))
    b.loc = None
    b.store(x, integer(0), real(float("nan")))
    assert body(b, (x, n), x) == lines("""
        for i in range(n):
            # x[i] = 1
            x[i] = 1.0
            x[i] = -1.0
            # x[i] = 2
            x[i] = 2.0
        # x[0] = 3
        x[0] = np.inf
        x[0] = np.nan
        return (x,)
    """)
