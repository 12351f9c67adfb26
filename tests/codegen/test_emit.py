"""Whole functions: their text, and what it computes, beside the reference interpreter."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import numba
import numpy as np
import pytest

from adcompile.codegen.emit import emit, to_text
from adcompile.ir.interpreter import run
from adcompile.ir.nodes import Function, Region, integer, real
from adcompile.ir.types import Array
from adcompile.ops import memory
from tests.codegen import programs
from tests.codegen.programs import Writer, number, stencil, tanh_layer, vector
from tests.codegen.random_programs import SIZE, random_program
from tests.ir import programs as other_programs

TANH_LAYER = '''import numpy as np


def loss_grad(x, W, b):
    """Value and gradients."""
    n = x.shape[0]
    columns_W = W.shape[1]
    size_b = b.shape[0]
    # h = np.tanh(a + b)
    if columns_W != size_b:
        raise ValueError(f"operands could not be broadcast together: {columns_W} and {size_b}")
    a = x @ W
    h = np.empty_like(a)
    for i in range(n):
        for j in range(columns_W):
            h[i, j] = np.tanh(a[i, j] + b[j])
    # return np.sum(h)
    s = 0.0
    for i in range(n):
        for j in range(columns_W):
            s += h[i, j]
    # h = np.tanh(a + b)
    a_bar = np.empty_like(a)
    b_bar = np.zeros_like(b)
    for i in range(n):
        for j in range(columns_W):
            h_ij = h[i, j]
            difference = 1.0 - h_ij * h_ij
            a_bar[i, j] = difference
            b_bar[j] += difference
    # a = x @ W
    x_bar = a_bar @ W.T
    W_bar = x.T @ a_bar
    return s, x_bar, W_bar, b_bar
'''

STENCIL = """import numpy as np


def heat_grad(u_bar, v_bar, steps):
    n = u_bar.shape[0]
    # for t in range(steps):
    for i in range(steps - 1, -1, -1):
        # u[1:-1] = v[1:-1]
        for j in range(1, n - 1):
            v_bar[j] += u_bar[j]
            u_bar[j] = 0.0
        # v[1:-1] = u[1:-1] + 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        for j in range(1, n - 1):
            v_bar_j = v_bar[j]
            v_bar[j] = 0.0
            u_bar[j] += v_bar_j
            product = v_bar_j * 0.1
            u_bar[j - 1] += product
            u_bar[j] -= product * 2.0
            u_bar[j + 1] += product
    return (u_bar,)
"""


def execute(text: str, entry: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    return namespace[entry]


def copies(arguments: tuple[Any, ...]) -> list[Any]:
    return [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]


def assert_runs(function: Function, *arguments: Any, compiled: bool = False) -> None:
    """The emitted text does what the reference interpreter does, types of arrays included."""
    emitted = emit(function, name="f")
    wanted = run(function, copies(arguments))
    plain = execute(emitted.text, "f")
    for entry in (plain, numba.njit(error_model="numpy")(plain)) if compiled else (plain,):
        found = entry(*copies(arguments))
        assert len(found) == len(wanted), emitted.text
        for one, other in zip(found, wanted):
            np.testing.assert_array_equal(one, other, err_msg=emitted.text)
            if not isinstance(one, int | float):
                assert np.asarray(one).dtype == other.dtype, emitted.text


def layer_arguments() -> tuple[Any, ...]:
    draw = np.random.default_rng(0)
    return draw.normal(size=(3, 2)), draw.normal(size=(2, 4)), draw.normal(size=4)


def test_the_adjoint_of_a_tanh_layer_reads_as_written_by_hand() -> None:
    assert emit(tanh_layer(), name="loss_grad", doc="Value and gradients.").text == TANH_LAYER


def test_the_adjoint_of_a_stencil_reads_as_written_by_hand() -> None:
    assert emit(stencil(), name="heat_grad").text == STENCIL


def test_the_source_map_leads_to_the_quoted_lines() -> None:
    emitted = emit(tanh_layer(), name="loss_grad")
    lines = emitted.text.splitlines()
    found = {lines[number - 1].strip(): line for number, _, line, _ in emitted.lines}
    assert found["a = x @ W"] == 2
    assert found["h[i, j] = np.tanh(a[i, j] + b[j])"] == 3
    assert found["s += h[i, j]"] == 4
    assert found["x_bar = a_bar @ W.T"] == 2
    assert all(place.endswith(f".py:{line}") for _, _, line, place in emitted.lines)
    assert not any(lines[number - 1].lstrip().startswith("#") for number, *_ in emitted.lines)


@pytest.mark.parametrize(("function", "arguments"), [(tanh_layer(), layer_arguments())])
def test_layer_in_python_and_numba(function: Function, arguments: tuple[Any, ...]) -> None:
    namespace = execute(emit(function, name="f").text, "f")
    wanted = run(function, copies(arguments))
    for entry in (namespace, numba.njit(error_model="numpy")(namespace)):
        for one, other in zip(entry(*arguments), wanted):
            np.testing.assert_allclose(one, other, rtol=1e-13)
    with pytest.raises(ValueError) as caught:
        namespace(*arguments[:2], np.zeros(5))
    assert caught.value.args == ("operands could not be broadcast together: 4 and 5",)


def test_stencil_in_python_and_numba() -> None:
    assert_runs(stencil(), np.arange(6.0), np.ones(6), 3, compiled=True)


def test_float32_stays_float32() -> None:
    x, a = vector("x", "float32"), number("a", "float32")
    b = Writer()
    n = b.dim(x, 0)
    total = b.loop(n, (real(0.0, a.type), "total"))
    with total as (i, s):
        scaled = b.op("mul", real(0.1, s.type), b.load(x, i))
        b.store(x, i, real(0.25, s.type))
        total.next(b.op("add", s, b.op("maximum", scaled, b.op("pow", a, integer(3)))))
    wide = b.op("cast", total.results[0], type=number("", "float64").type)
    small = b.op("lt", a, real(0.1, a.type))
    function = Function("f", Region((x, a), b.region.body, (total.results[0], wide, small, x)))
    assert "np.float32(0.1) * x[i]" in emit(function, name="f").text
    assert "x[i] = 0.25" in emit(function, name="f").text
    assert "np.float64(total)" in emit(function, name="f").text
    arguments = (np.linspace(0, 3, 5, dtype=np.float32), np.float32(0.1))
    assert_runs(function, *arguments, compiled=True)
    jitted = numba.njit(execute(emit(function, name="f").text, "f"))
    jitted(*copies(arguments))
    (signature,) = jitted.nopython_signatures
    assert [str(t) for t in signature.return_type.types[:3]] == ["float32", "float64", "bool"]


def test_narrow_integers_wrap_as_in_numpy() -> None:
    k = number("k", "int8")
    b = Writer()
    total = b.op("add", b.op("mul", k, k), k, hint="total")
    wide = b.op("cast", total, type=number("", "int64").type)
    function = Function("f", Region((k,), b.region.body, (total, wide, b.op("neg", k))))
    with np.errstate(over="ignore"):
        assert_runs(function, np.int8(100), compiled=True)


def test_a_growing_array_keeps_its_contents() -> None:
    n = number("n", "int64")
    b = Writer()
    saved = b.apply(memory.alloc, integer(1), type=Array("float64", 1), hint="saved", fill="empty")
    with b.loop(n) as (i,):
        b.effect(memory.grow, saved, i)
        b.store(saved, i, b.op("cast", i, type=number("").type))
    back = b.loop(n, (real(0.0), "s"))
    with back as (i, s):
        back.next(b.op("add", s, b.load(saved, i)))
    function = Function("f", Region((n,), b.region.body, back.results))
    entry = execute(emit(function, name="f").text, "f")
    assert entry(7) == numba.njit(entry)(7) == (21.0,)


def test_emission_is_deterministic() -> None:
    assert len({emit(random_program(7), name="f").text for _ in range(5)}) == 1


@pytest.mark.parametrize("block", range(6))
def test_random_programs(block: int) -> None:
    """Swaps, reads after loops, joins, exits: a variable shared wrongly gives another number."""
    size = SIZE * SIZE
    arguments = (np.float64(0.7), np.float64(-1.3), 3, np.arange(size) / 7, 1 - np.arange(size) / 5)
    for seed in range(60 * block, 60 * block + 60):
        assert_runs(random_program(seed), *arguments)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("block", range(4))
def test_random_programs_with_checks(block: int) -> None:
    for seed in range(40 * block, 40 * block + 40):
        function = other_programs.random_program(seed)
        x, y, m, n, a, flag = other_programs.random_arguments(seed)
        given = (x, y, m, n, np.float64(a), flag)
        own = copies(given)
        try:
            results = execute(emit(function, name="f").text, "f")(*own)
            found = (*(np.array(r) for r in results), *own[:3])
        except ValueError as error:
            message, *shown = error.args
            found = ("raised", message.format(*shown))
        except ZeroDivisionError:
            continue  # Python's own numbers raise where NumPy's give inf
        assert other_programs.are_equal(other_programs.outcome(function, given), found), f"seed {seed}"


def test_random_programs_in_numba() -> None:
    size = SIZE * SIZE
    for seed in (3, 24):
        assert_runs(random_program(seed), 0.7, -1.3, 3, np.arange(size) / 7, 1 - np.arange(size) / 5, compiled=True)


@pytest.mark.parametrize(
    "text",
    ["a + b + c", "a + (b + c)", "a - (b - c)", "-(x ** 2)", "(-x) ** 2", "2 ** -x", "(a if c else b) * d"]
    + ["not (a and b)", "(a < b) == c", "a / (b * c)", "(a, b)", "-1.0 * x", "(x @ W.T) * 1e-07", "x[i, -1]"],
)
def test_the_printer_keeps_the_tree(text: str) -> None:
    tree = ast.parse(f"r = {text}")
    assert ast.dump(ast.parse(to_text(tree))) == ast.dump(tree)


def test_a_long_statement_stays_on_one_line() -> None:
    tree = ast.parse("raise ValueError('" + "word " * 40 + "', " + ", ".join(f"name_{k}" for k in range(20)) + ")")
    assert len(to_text(tree).splitlines()) == 1


def test_text_needs_no_node_class_that_newer_versions_of_python_took_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ast.Num` and its like are gone in Python 3.14."""
    for name in ("Num", "Str", "Bytes", "NameConstant", "Ellipsis"):
        monkeypatch.delattr(ast, name, raising=False)
    text = inspect.getsource(programs)
    assert ast.dump(ast.parse(to_text(ast.parse(text)))) == ast.dump(ast.parse(text))
