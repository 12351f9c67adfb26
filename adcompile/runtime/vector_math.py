"""Mathematical functions that LLVM's loop vectoriser can widen: glibc's libmvec has `exp` for four doubles at once.

    for i in range(n):             vmovupd  (x, i, 8), ymm0
        y[i] = np.exp(x[i])        call     _ZGVdN4v_exp           four elements; the last n % 4 ones call libm's exp

An intrinsic calls the scalar function of libm and tells LLVM which function computes it for a vector. Outside of loops
that are vectorised nothing changes. Where libmvec, one of its functions or AVX2 is missing, the scalar function stays.
`tanh` is an exception: it becomes instructions of its own (hyperbolic.py), which take less than half of the time.

Results are within 4 units in the last place of the exact ones, and depend on the place of an element only through the
few that are left over at the end of a loop. The largest errors in these units, measured with glibc 2.36 on an AMD Zen 3
against 80-bit numbers for float64 and float64 for float32, over 20 million arguments each: bit patterns at random,
dense samples of the usual ranges, neighbours of the edges (of log, tan and exp all float32, of tanh those from 2**-12
to 16). Infinities, nan and signs of zeros are those of libm.

             f64  f32               f64  f32               f64  f32               f64  f32
    exp      2.94 2.60      log10    2.01 2.46      arctan   2.60 2.39      arctanh  2.67 2.00
    expm1    2.95 1.67      sin      3.28 1.82      sinh     1.88 1.81      cbrt     2.79 2.85
    exp2     1.64 0.83      cos      3.49 1.88      cosh     1.82 2.08      arctan2  2.79 3.31
    log      1.53 3.94      tan      3.28 3.66      tanh     1.62 1.62      hypot    1.18 1.17
    log1p    2.27 1.93      arcsin   2.52 2.64      arcsinh  3.02 2.03      x ** y   1.00 0.77
    log2     2.00 2.05      arccos   1.73 2.10      arccosh  3.07 2.81

The convention for the names of vector functions is the "Vector Function Application Binary Interface" of x86-64:
`_ZGV`, `d` for AVX2, `N` for no mask, the lanes, a `v` for each argument that is a vector.
"""

from __future__ import annotations

import ctypes
import functools
import operator
import platform
import sys
from typing import Any

import numpy as np

from adcompile.runtime import hyperbolic
from adcompile.runtime.arithmetic import Typed, numbas_own

LIBRARY = "libmvec.so.1"
POWER = "**"

# NumPy's name of a function, and C's.
FUNCTIONS = {
    **{name: name for name in ("exp", "expm1", "exp2", "log", "log1p", "log2", "log10")},
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "cbrt", "hypot")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")},
    POWER: "pow",
}
# What is computed without a call, by functions that generate the code.
INLINE = {"tanh": hyperbolic.tanh}
BINARY = frozenset((POWER, "arctan2", "hypot"))
# The suffix of a function in C, and how many of its arguments an AVX2 register holds.
LANES = {"": 4, "f": 8}


@functools.cache
def exported() -> tuple[str, ...]:
    """The vector functions that this system has, by their names in the library; empty where there is no library."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return ()
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return ()
    names = [variant(name, suffix) for name in FUNCTIONS for suffix in LANES]
    return tuple(name for name in names if hasattr(library, name))


def variant(name: str, suffix: str) -> str:
    """The name in the library of the function that NumPy calls `name`; the suffix "f" stands for float32."""
    return f"_ZGVdN{LANES[suffix]}{'v' * _arity(name)}_{FUNCTIONS[name]}{suffix}"


def prepare() -> frozenset[str]:
    """Load the library, so that machine code finds it; the vector functions that code made here may call.

    To be called before code is compiled and before it is loaded from the disk cache.
    """
    if not exported():
        return frozenset()
    import llvmlite.binding

    llvmlite.binding.load_library_permanently(LIBRARY)
    return frozenset(exported()) if _has_avx2() else frozenset()


@functools.cache
def intrinsic_for(name: str, available: frozenset[str]) -> Any:
    """What stands for `np.name` in code that Numba compiles; for "**", what stands for `x ** y`.

    It knows the vector functions `available`. Arguments that are not all float32 or all float64 go to NumPy's function.
    """
    from numba.extending import intrinsic

    def typed(context: Any, *types: Any) -> Typed:
        suffix = {"float64": "", "float32": "f"}.get(str(types[0]))
        if suffix is not None and name in INLINE:
            return types[0](*types), functools.partial(INLINE[name], suffix)
        if suffix is None or len(set(types)) > 1 or variant(name, suffix) not in available:
            return numbas_own(operator.pow if name == POWER else getattr(np, name), context, types)
        return types[0](*types), functools.partial(_call, name, suffix)

    def unary(typing_context: Any, x: Any) -> Typed:
        return typed(typing_context, x)

    def binary(typing_context: Any, x: Any, y: Any) -> Typed:
        return typed(typing_context, x, y)

    return intrinsic(binary if name in BINARY else unary)


def _call(name: str, suffix: str, _context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """A call of libm's function that carries the name of its vector variant, which is kept from being removed."""
    from llvmlite import ir

    number = ir.FloatType() if suffix else ir.DoubleType()
    vector = ir.VectorType(number, LANES[suffix])
    arity = _arity(name)
    scalar_name, vector_name = FUNCTIONS[name] + suffix, variant(name, suffix)
    module = builder.module
    if vector_name not in module.globals:
        _keep(module, ir.Function(module, ir.FunctionType(vector, [vector] * arity), vector_name))
    function = module.globals.get(scalar_name)
    if function is None:
        function = ir.Function(module, ir.FunctionType(number, [number] * arity), scalar_name)
    called = builder.call(function, args, attrs=("nounwind", "readnone"))
    mangled = f"_ZGV_LLVM_N{vector.count}{'v' * arity}_{scalar_name}({vector_name})"
    for attribute in ("willreturn", f'"vector-function-abi-variant"="{mangled}"'):
        set.add(called.attributes, attribute)  # llvmlite's own `add` knows a few attributes only
    return called


def _keep(module: Any, function: Any) -> None:
    """Add a declaration to those that must stay although nothing calls them yet."""
    from llvmlite import ir

    name = "llvm.compiler.used"
    pointer = ir.IntType(8).as_pointer()
    kept = module.globals.get(name)
    known = list(kept.initializer.constant) if kept is not None else []
    type_ = ir.ArrayType(pointer, len(known) + 1)
    if kept is None:
        kept = ir.GlobalVariable(module, type_, name)
        kept.linkage, kept.section = "appending", "llvm.metadata"
    kept.value_type, kept.type = type_, type_.as_pointer()
    kept.initializer = ir.Constant(type_, [*known, function.bitcast(pointer)])


def _has_avx2() -> bool:
    """Does Numba generate code for AVX2? The vector functions take their arguments in its registers."""
    from numba.core.registry import cpu_target

    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    return "+avx2" in features.split(",")


def _arity(name: str) -> int:
    return 2 if name in BINARY else 1
