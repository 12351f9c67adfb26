"""Vector functions: they are called, they are as accurate as documented, and where they are missing libm remains."""

import math
import re

import numba
import numpy as np
import pytest

import adcompile as ad
from adcompile.build import Options, Promises
from adcompile.runtime import attach, vector_math

NAMES = [name for name in vector_math.FUNCTIONS if name != vector_math.POWER]
needs_library = pytest.mark.skipif(not vector_math.prepare(), reason="no libmvec for this processor")
SUFFIX = {"float64": "", "float32": "f"}
# Relative to the exact value, in units in the last place.
TOLERANCE = 4


def compiled(expression, arity, **options):
    """A loop over `expression` of x, y as the run time has Numba compile it."""
    taken = "x, y, z" if arity == 2 else "x, z"
    text = f"import numpy as np\n\ndef f({taken}):\n    for i in range(x.shape[0]):\n        z[i] = {expression}\n"
    code, names = attach.attach(text, Promises(), "<test>", Options(**options))
    exec(code, names)
    return numba.njit(error_model="numpy")(names["f"])


def expression_for(name):
    if name == vector_math.POWER:
        return "x[i] ** y[i]"
    return f"np.{name}(x[i], y[i])" if name in vector_math.BINARY else f"np.{name}(x[i])"


def exact(name, dtype, *arguments):
    """In more digits than `dtype` has."""
    wide = np.longdouble if dtype == "float64" else np.float64
    function = np.power if name == vector_math.POWER else getattr(np, name)
    with np.errstate(all="ignore"):
        return function(*[argument.astype(wide) for argument in arguments])


def samples(dtype, seed):
    """Any bit patterns, usual numbers, edges; a multiple of what a vectorised loop takes at once."""
    rng = np.random.default_rng(seed)
    limits = np.finfo(dtype)
    patterns = rng.integers(0, np.iinfo(f"u{limits.bits // 8}").max, 4096, f"u{limits.bits // 8}", endpoint=True)
    edges = [0.0, math.inf, math.nan, 1.0, 0.5, 2.0, 22.0, 709.78, 745.13, 88.72, 103.97, math.pi, math.pi / 2, 1e22]
    edges += [float(each) for each in (limits.max, limits.tiny, limits.smallest_subnormal, limits.eps)]
    with np.errstate(over="ignore"):
        edges = np.array([*edges, *(-each for each in edges)], dtype)
        edges = np.concatenate([edges, np.nextafter(edges, dtype(0)), np.nextafter(edges, dtype(math.inf))])
    usual = [
        rng.uniform(-1, 1, 4096),
        rng.uniform(-20, 20, 4096),
        rng.uniform(-800, 800, 2048),
        rng.uniform(0, 3, 2048),
    ]
    found = np.concatenate([patterns.view(dtype), *(each.astype(dtype) for each in usual), edges])
    return np.concatenate([found, np.ones(-len(found) % 64, dtype)])


def arguments_for(name, dtype):
    x = samples(dtype, 1)
    if name not in vector_math.BINARY:
        return (x,)
    y = np.random.default_rng(2).permutation(samples(dtype, 3))
    # Any two bit patterns give inf or 0 as a rule: half of the pairs are of one size.
    y[::2] = np.random.default_rng(4).uniform(-5, 5, len(y[::2]))
    return x, y


@needs_library
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", vector_math.FUNCTIONS)
def test_within_4_ulp_everywhere(name, dtype):
    kind = np.dtype(dtype).name
    arguments = arguments_for(name, dtype)
    result = np.empty_like(arguments[0])
    loop = compiled(expression_for(name), len(arguments))
    loop(*arguments, result)
    called = vector_math.variant(name, SUFFIX[kind])
    assembly = "".join(loop.inspect_asm().values())
    if name in vector_math.INLINE:
        assert "_ZGV" not in assembly and re.search(r"vdivp[sd]\t.*%[yz]mm", assembly)
    else:
        assert (called in assembly) == (called in vector_math.exported())
    wide = exact(name, kind, *arguments)
    with np.errstate(all="ignore"):
        expected = wide.astype(dtype)
        unit = np.spacing(np.abs(np.where(np.isfinite(expected), expected, 1))).astype(wide.dtype)
        error = np.abs(result.astype(wide.dtype) - wide) / unit
    special = ~np.isfinite(expected)
    np.testing.assert_array_equal(result[special], expected[special])
    assert error[~special].max() < TOLERANCE
    zero = expected == 0
    np.testing.assert_array_equal(np.signbit(result[zero]), np.signbit(expected[zero]))


@needs_library
def test_what_is_not_a_float_goes_to_numpy():
    x, y, z = np.array([1, 2, 3]), np.array([2, 0, 5]), np.zeros(3)
    compiled("np.exp(x[i])", 1)(x, z)
    np.testing.assert_allclose(z, np.exp(x), rtol=1e-15)
    compiled("x[i] ** y[i]", 2)(x, y, z)
    assert z.tolist() == [1, 1, 243]
    compiled("np.arctan2(x[i], y[i])", 2)(x, np.array([2.0, 0.0, 5.0]), z)
    np.testing.assert_allclose(z, np.arctan2(x, [2.0, 0.0, 5.0]), rtol=1e-15)
    mixed = np.zeros(3)
    compiled("x[i] ** y[i]", 2)(x.astype(np.float32), np.array([2.0, 0.5, 1.5]), mixed)
    np.testing.assert_allclose(mixed, [1.0, 2**0.5, 3**1.5], rtol=1e-15)


@pytest.mark.parametrize("missing", ["library", "function", "AVX2", "switched off"])
def test_libm_remains(missing, monkeypatch):
    options = {}
    if missing == "library":
        monkeypatch.setattr(vector_math, "exported", lambda: ())
    elif missing == "function":
        monkeypatch.setattr(vector_math, "exported", lambda: (vector_math.variant("tanh", ""),))
    elif missing == "AVX2":
        monkeypatch.setattr(vector_math, "_has_avx2", lambda: False)
    else:
        options = {"vector_math": False}
    x, z = np.linspace(-3, 3, 64), np.zeros(64)
    loop = compiled("np.exp(x[i])", 1, **options)
    loop(x, z)
    assert "_ZGV" not in "".join(loop.inspect_asm().values())
    np.testing.assert_array_equal(z, [math.exp(each) for each in x])


def total(x, a):
    y = np.tanh(a * x)
    return np.sum(y * y)


def test_the_option_changes_machine_code_only():
    arguments = np.linspace(-3, 3, 1001), 0.7
    both = [ad.value_and_grad(total, (0, "a"), vector_math=each) for each in (True, False)]
    (value, (x_bar, a_bar)), (plain, (x_plain, a_plain)) = [each(*arguments) for each in both]
    assert both[0].adjoint_source() == both[1].adjoint_source()
    np.testing.assert_allclose([value, a_bar], [plain, a_plain], rtol=1e-14)
    np.testing.assert_allclose(x_bar, x_plain, rtol=1e-14)
    if vector_math.prepare():
        assert (x_bar != x_plain).any()


def test_pullbacks_take_the_option_too():
    x = np.linspace(0, 3, 1000)
    (value, pullback), (plain, plain_pullback) = [
        ad.vjp(lambda x: np.exp(x), x, vector_math=each) for each in (True, False)
    ]
    np.testing.assert_array_equal(plain, [math.exp(each) for each in x])
    np.testing.assert_allclose(value, plain, rtol=1e-15)
    np.testing.assert_allclose(pullback(np.ones(1000))[0], plain_pullback(np.ones(1000))[0], rtol=1e-15)
