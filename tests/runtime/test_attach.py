"""What Numba compiles instead of the text."""

import ast

import numpy as np
import pytest

from adcompile.build import Options
from adcompile.runtime import vector_math
from adcompile.runtime.attach import _Rewrite, attach

TEXT = """\
import numpy as np

def f(x, a):
    y = np.zeros(x.shape[0], dtype=np.float32)
    for i in range(x.shape[0]):
        y[i] = np.exp(x[i]) ** a + x[i] ** 2 + x[i] ** -0.5 + np.sqrt(x[i])
    return y
"""


def rewritten(**options):
    return ast.unparse(_Rewrite(Options(**options)).visit(ast.parse(TEXT)))


@pytest.mark.skipif(not vector_math.prepare(), reason="no libmvec for this processor")
def test_mathematics_and_fresh_arrays():
    given = rewritten()
    assert "y = _adcompile_fresh(np.zeros(x.shape[0], dtype=np.float32))" in given
    assert "_adcompile_pow(_adcompile_exp(x[i]), a) + x[i] ** 2 + x[i] ** (-0.5) + np.sqrt(x[i])" in given


def test_nothing_where_all_is_switched_off():
    plain = rewritten(vector_math=False, disabled=frozenset({"fresh_arrays"}))
    assert plain == ast.unparse(ast.parse(TEXT))
    assert attach(TEXT, "f.py", Options(vector_math=False, disabled=frozenset({"fresh_arrays"})))[1] == {}


def test_lines_keep_their_numbers():
    code, names = attach(TEXT.replace("return y", "return y[7, 7, 7]"), "f.py", Options())
    names.update({name: (lambda *given: given[0]) for name in names})
    exec(code, names)
    with pytest.raises(IndexError) as caught:
        names["f"](np.ones(3), 2.0)
    assert caught.tb.tb_next.tb_lineno == 7
