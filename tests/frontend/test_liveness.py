"""Liveness: which names may be read after a statement, and before a trip binds them."""

from __future__ import annotations

import ast

from adcompile.frontend.liveness import liveness
from adcompile.frontend.scope import exits_of

PROGRAM = """
def f(x, n):
    s = 0.0
    k = 1
    for i in range(n):
        row = x[i]
        t = row * k
        if t > 0:
            s = s + t
            k = 2
        else:
            last = t
    for i in range(n):
        row = x[i] + s
        y[i] = row
    g = lambda z: z + n
    return s + i
"""


def test_liveness():
    (function,) = ast.parse(PROGRAM).body
    assert isinstance(function, ast.FunctionDef)
    facts = liveness(function)
    first, second = (stmt for stmt in function.body if isinstance(stmt, ast.For))
    # `n` and `z` are read in the lambda, which may be called anywhere.
    assert {"n", "z", "x", "s", "k"} <= facts.head[first]
    assert not {"t", "i"} & facts.head[second]
    assert "row" not in facts.head[first] | facts.after[first]
    assert "last" not in facts.head[first] | facts.after[first]
    assert "k" not in facts.after[first]
    assert {"s", "i"} <= facts.after[second]
    assert "k" not in facts.after[second]
    branch = first.body[2]
    assert {"s", "k"} <= facts.after[branch]
    assert "t" not in facts.after[branch]


LEAVING = """
def f(x, n):
    s, a, b, c = 0.0, 1.0, 2.0, 3.0
    while n > 0:
        if x[n] > a:
            break
        if x[n] > b:
            continue
        b = x[n]
        if s > 5:
            return c
        t = s
        s = t + 1
    else:
        s = a
    return s
"""


def test_names_live_where_a_loop_is_left_for():
    (function,) = ast.parse(LEAVING).body
    assert isinstance(function, ast.FunctionDef)
    facts = liveness(function)
    loop = function.body[1]
    assert isinstance(loop, ast.While)
    left, skipped, returned = exits_of(loop.body)
    assert facts.after[left] == {"s"}
    assert facts.after[skipped] == {"x", "n", "a", "b", "c", "s"}
    assert facts.after[returned] == frozenset()
    assert facts.head[loop] == {"x", "n", "a", "b", "c", "s"}
    assert facts.done[loop] == {"a"}
    assert facts.after[loop] == {"s"}
