"""Arrays that LLVM knows to be alone: the same results, and loops that it vectorises only then."""

import numba
import numpy as np
import pytest
from numba.core.runtime import _nrt_python, rtsys

from adcompile.build import Options, Promises
from adcompile.runtime import vector_math
from adcompile.runtime.attach import attach

GATHER = """
    y = np.empty(index.shape[0])
    for i in range(index.shape[0]):
        y[i] = np.exp(x[index[i]])
    return y
"""
# The shadow of a double buffer, arrays made in every trip and one that is returned.
REBOUND = """
    old = np.zeros_like(x)
    for t in range(index.shape[0]):
        new = np.empty_like(x)
        for i in range(x.shape[0]):
            new[i] = old[index[i]] + x[i]
        old = new
    return old
"""
GROWING = """
    y = np.empty(1)
    n = 0
    for i in range(index.shape[0]):
        if n == y.shape[0]:
            y = np.concatenate((y, np.empty_like(y)))
        y[n] = x[index[i]]
        n += 1
    return y[:n]
"""
NESTED = """
    y = np.full((x.shape[0], 3), 0.5)
    for i in range(x.shape[0] - 1, -1, -1):
        row = y[i]
        for j in range(3):
            row[j] += x[index[i]] * j
    return y
"""


def entry(body, **options):
    """The function compiled by Numba, and as plain Python."""
    text = f"import numpy as np\n\ndef f(x, index):{body}"
    code, names = attach(text, Promises(), "<test>", Options(**options))
    exec(code, names)
    plain = {}
    exec(text, plain)
    return numba.njit(error_model="numpy")(names["f"]), plain["f"]


@pytest.mark.parametrize("body", [GATHER, REBOUND, GROWING, NESTED])
@pytest.mark.parametrize("off", [frozenset(), frozenset({"fresh_arrays"})])
def test_results_stay(body, off):
    rng = np.random.default_rng(0)
    x, index = rng.normal(size=300), rng.integers(0, 300, 300)
    compiled, plain = entry(body, vector_math=False, disabled=off)
    for _ in range(3):
        np.testing.assert_array_max_ulp(compiled(x, index), plain(x, index), 1)  # libm and NumPy differ


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.bool_])
def test_makers_of_all_kinds(dtype):
    name = np.dtype(dtype).name.replace("bool", "bool_")
    body = f"""
    a = np.zeros((2, index.shape[0]), dtype=np.{name})
    b = np.ones_like(a)
    c = np.full(3, np.{name}(1))
    return a, b, c, np.empty(()).ndim
"""
    compiled, plain = entry(body)
    taken = np.ones(4), np.arange(5)
    for made, expected in zip(compiled(*taken), plain(*taken), strict=True):
        np.testing.assert_array_equal(made, expected)
        assert np.asarray(made).dtype == np.asarray(expected).dtype


@pytest.fixture
def statistics():
    _nrt_python.memsys_enable_stats()
    yield rtsys.get_allocation_stats
    _nrt_python.memsys_disable_stats()


def test_memory_is_given_back(statistics):
    compiled, _ = entry(REBOUND)
    x, index = np.ones(50), np.arange(50)
    compiled(x, index)
    before = statistics()
    for _ in range(5):
        compiled(x, index)
    after = statistics()
    assert after.alloc - before.alloc == after.free - before.free > 0


@pytest.mark.skipif(not vector_math.prepare(), reason="no libmvec for this processor")
def test_a_gather_is_vectorised_only_with_the_promise():
    x, index = np.linspace(0, 1, 300), np.arange(300)
    for off in (frozenset(), frozenset({"fresh_arrays"})):
        compiled, plain = entry(GATHER, disabled=off)
        np.testing.assert_allclose(compiled(x, index), plain(x, index), rtol=1e-15)
        assert ("_ZGVdN4v_exp" in "".join(compiled.inspect_asm().values())) == (not off)
