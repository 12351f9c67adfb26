"""What Numba compiles instead of the text."""

import ast

import numba
import numpy as np
import pytest

import adcompile as ad
from adcompile.build import Options, Promises
from adcompile.runtime import vector_math
from adcompile.runtime.attach import Roles, _Rewrite, attach
from tests.runtime.handwritten import program

TEXT = """\
import numpy as np

def f(x, a):
    y = np.zeros(x.shape[0], dtype=np.float32)
    for i in range(x.shape[0]):
        y[i] = np.exp(x[i]) ** a + x[i] ** 2 + x[i] ** -0.5 + np.sqrt(x[i])
    return y
"""
SUMS = """\
import numpy as np

def f(x, y, k):
    s = 0.0
    t = 0.0
    m = -np.inf
    for i in range(y.shape[1]):
        s += x[k]
        s -= y[k, i + 1 - 1]
        t += y[0, i]
        m = np.maximum(m, y[0, i])
    return s, t, m
"""
PROMISES = Promises(((8, 13), (9, 13)), ((7, "s"),))
OFF = {"vector_math": False, "disabled": frozenset({"fresh_arrays", "promised_indices"})}


def rewritten(build, **options):
    return ast.unparse(_Rewrite(build.promises, Options(**options)).visit(ast.parse(build.text)))


@pytest.mark.skipif(not vector_math.prepare(), reason="no libmvec for this processor")
def test_mathematics_and_fresh_arrays():
    given = rewritten(program(TEXT))
    assert "y = _adcompile_fresh(np.zeros(x.shape[0], dtype=np.float32))" in given
    assert "_adcompile_pow(_adcompile_exp(x[i]), a) + x[i] ** 2 + x[i] ** (-0.5) + np.sqrt(x[i])" in given


def test_promises():
    given = rewritten(program(SUMS, promises=PROMISES))
    assert "s = _adcompile_add(s, x[_adcompile_index(k)])" in given
    assert "s = _adcompile_add(s, -y[_adcompile_index(k), _adcompile_index(i + 1 - 1)])" in given
    assert "t += y[0, i]" in given
    assert "m = _adcompile_maximum(m, y[0, i])" in given


def test_nothing_where_all_is_switched_off():
    for build in (program(TEXT), program(SUMS, promises=PROMISES)):
        assert rewritten(build, **OFF) == ast.unparse(ast.parse(build.text))
        assert attach(build.text, build.promises, "f.py", Options(**OFF))[1] == {}


def test_lines_keep_their_numbers():
    code, names = attach(TEXT.replace("return y", "return y[7, 7, 7]"), Promises(), "f.py", Options())
    names.update({name: (lambda *given: given[0]) for name in names})
    exec(code, names)
    with pytest.raises(IndexError) as caught:
        names["f"](np.ones(3), 2.0)
    assert caught.tb.tb_next.tb_lineno == 7


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize("special", [0, np.inf, -np.inf, np.nan])
def test_sums_and_extremes(dtype, special):
    if dtype is np.int64 and special != 0:
        special = 7
    results = []
    x, y = np.arange(5).astype(dtype), np.random.default_rng(0).normal(size=(5, 1000)).astype(dtype)
    y[0, 701] = y[2, 3] = special
    for options in ({}, OFF):
        code, names = attach(SUMS, PROMISES, "f.py", Options(**options))
        exec(code, names)
        results.append(numba.njit(error_model="numpy")(names["f"])(x, y, np.int32(2)))
    np.testing.assert_allclose(*results, rtol=1e-5 if dtype is np.float32 else 1e-13)
    assert np.isnan(results[0][2]) == np.isnan(special)


def test_arrays_that_are_given_for_this_call_alone_and_what_makes_them():
    text = "def maker(n):\n    return np.empty(n), np.empty(n)\n\ndef f(x, a, b):\n    return np.empty(3)\n"
    given = _Rewrite(Promises(), Options(), Roles("f", 2, "maker")).visit(ast.parse(text))
    maker, f = (ast.unparse(each).splitlines()[1:] for each in given.body)
    assert maker == ["    return (np.empty(n), np.empty(n))"]
    assert f[:2] == ["    a = _adcompile_fresh(a)", "    b = _adcompile_fresh(b)"]
    assert f[-1] == "    return _adcompile_fresh(np.empty(3))"


def test_programs_with_workspace_and_out_are_compiled():
    def scattered(x, index):
        y = np.zeros(index.shape[0])
        for i in range(index.shape[0]):
            y[i] = np.exp(x[index[i]])
        return np.sum(y * y)

    x, index = np.linspace(0, 1, 50), np.arange(49, -1, -1)
    given = np.empty(50)
    expected = ad.grad(scattered)(x, index)
    for _ in range(3):
        assert ad.grad(scattered, workspace=True)(x, index, out=given) is given
        np.testing.assert_allclose(given, expected, rtol=1e-14)
