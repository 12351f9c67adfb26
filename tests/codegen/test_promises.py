"""What is promised beside the text: indices that are never negative, sums whose order is open."""

import ast
import textwrap

import numpy as np

from adcompile.codegen import promises
from tests.emitted import emit


def promised(function, *args):
    """The subscripts and the sums that are promised, as text."""
    build = emit(function, args).build
    tree = ast.parse(build.text)
    subscripts = {(n.lineno, n.col_offset): ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Subscript)}
    loops = {n.lineno: ast.unparse(n).splitlines()[0] for n in ast.walk(tree) if isinstance(n, ast.For)}
    found = {subscripts[place] for place in build.promises.indices}
    return found, {(loops[line], name) for line, name in build.promises.sums}


def test_indices_that_llvm_sees_through_itself_are_not_mentioned():
    def total(x):
        s = 0.0
        for i in range(1, x.shape[0]):
            s += x[i] * x[i - 1]
        return s

    indices, sums = promised(total, np.ones(4))
    assert "x[i - 1]" in indices
    assert sums == set()  # it is the user who adds, in this order


def test_indices_that_may_be_negative_are_not_promised():
    def total(x, k, index):
        s = x[k]
        for i in range(index.shape[0]):
            s += x[index[i]] * x[i - 3]
        return s

    indices, _ = promised(total, np.ones(8), 2, np.arange(4))
    assert all("k]" not in each and "[index" not in each and "- 3" not in each for each in indices)


def test_reductions_are_sums():
    def spread(x):
        return np.sum(np.exp(x - np.max(x)))

    _, sums = promised(spread, np.linspace(0, 1, 300))
    assert {name for _, name in sums} >= {"total", "total_1", "ties"}


def test_places_are_those_of_the_printed_text():
    text = textwrap.dedent("""
        def f(x):
            for i in range(3):
                x[i] = x[i + 1]
    """)
    tree = ast.parse(text)
    loop = tree.body[0].body[0]
    promises.mark(loop, ("s", "t"))
    promises.mark(loop.body[0].value)
    loop.body.insert(0, ast.Expr(ast.Name("__line_0__", ast.Load())))
    text = "# a comment\n\n" + text
    promises.mark_check(loop.body[1].value.slice, ("raises", "(f.py:2)"))
    assert promises.located(tree, text) == (((6, 15),), ((5, "s"), (5, "t")), ((6, 17, 22, "raises", "(f.py:2)"),))
