"""From the text of a program to something that runs: by Numba, or as plain Python.

    text      def loss_adjoint(x, y): ...           kernel = compile_program(build, types, ...)
              return (value, x_bar)                 kernel(1.0, 2.0)  ->  (value, x_bar)

The text becomes the file `folder/NAME.py`, and every function in it is jitted, so that Numba's own cache, which lies
beside the file, can be loaded by the next process. What is called is the compiled entry point itself: the caller has
already told the argument types apart, and going through Numba's dispatcher would have it done a second time. A
read-only array enters the same machine code as a writable one, because no program writes to its arguments.
"""

from __future__ import annotations

import linecache
import math
import pickle
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from adcompile.build import Build, Options
from adcompile.errors import REFUSED, InternalError, raised
from adcompile.ir.types import Array, Scalar, Type
from adcompile.runtime.attach import Roles, attach
from adcompile.runtime.machine import MachineCode
from adcompile.runtime.store import CacheWarning
from adcompile.runtime.workspace import reusing

Kernel = Callable[..., tuple[object, ...]]


def compile_program(build: Build, types: Iterable[Type], *, path: Path, options: Options) -> Kernel:
    """The entry of `build` compiled for arguments of these types: takes and returns flat tuples.

    `path` is the file with the text, or one that does not exist: then nothing is read from or left on disk.
    """
    import numba

    types = tuple(types)
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return python_callable(build, types, path=path)
    if not path.exists():
        return _jit(build, types, path=path, options=options, on_disk=False)
    machine = MachineCode(path)
    machine.check()
    try:
        kernel = _jit(build, types, path=path, options=options, on_disk=True)
    except _DAMAGE as error:
        machine.forget(f"{error}")
        try:
            kernel = _jit(build, types, path=path, options=options, on_disk=True)
        except OSError as full:
            warnings.warn(f"machine code could not be kept in the cache folder: {full}", CacheWarning, stacklevel=2)
            return _jit(build, types, path=path, options=options, on_disk=False)
    machine.seal()
    return kernel


def python_callable(build: Build, types: Iterable[Type], *, path: Path | None = None) -> Kernel:
    """The entry of `build` as plain Python, with the arithmetic that the compiled program has.

    Floats enter as NumPy's and leave as Python's, and `math` gives inf and nan where Python's raises.
    """
    namespace = _execute(build, path or Path(f"<adjoint {build.entry}>"))
    if "math" in namespace:
        namespace["math"] = _QuietMath()
    entry = namespace[build.entry]
    complete = entry if build.buffers is None else reusing(build.buffers, entry, namespace[build.buffers.maker])
    casts = tuple(None if isinstance(each, Array) else _scalar_class(each) for each in types)

    def call(*leaves: object) -> tuple[object, ...]:
        arguments = [leaf if cast is None else cast(leaf) for cast, leaf in zip(casts, leaves, strict=True)]
        try:
            with np.errstate(all="ignore"):
                return tuple(each.item() if isinstance(each, np.generic) else each for each in complete(*arguments))
        except Exception as error:
            raise explain(error).with_traceback(error.__traceback__) from None

    call.__name__ = call.__qualname__ = build.entry
    call.__doc__ = entry.__doc__
    call.__wrapped__ = entry  # type: ignore[attr-defined]
    return call


def explain(error: Exception) -> Exception:
    """The error with its message formatted: compiled code raises `("index {} is out of bounds", 7)`."""
    match error.args:
        case (str() as text, *values) if values and "{" in text:
            try:
                text = text.format(*values)
            except (LookupError, ValueError, TypeError):
                return error
        case (str() as text,) if text.startswith(REFUSED):
            pass
        case _:
            return error
    return raised("NotImplementedError", text) if isinstance(error, NotImplementedError) else type(error)(text)


_DAMAGE = (
    pickle.UnpicklingError,
    EOFError,
    ImportError,
    AttributeError,
    IndexError,
    KeyError,
    OSError,
    ValueError,
    RuntimeError,
)


def _jit(build: Build, types: tuple[Type, ...], *, path: Path, options: Options, on_disk: bool) -> Kernel:
    import numba

    namespace = _execute(build, path, options)
    flags = set(options.fastmath) if isinstance(options.fastmath, frozenset) else options.fastmath
    decorate = numba.njit(cache=on_disk, error_model="numpy", nogil=True, fastmath=flags)
    for name, value in list(namespace.items()):
        if isinstance(value, FunctionType) and value.__module__ == namespace["__name__"]:
            namespace[name] = decorate(value)
    dispatcher = namespace[build.entry]
    signature = tuple(_numba_type(each) for each in (*types, *_buffer_types(build)))
    try:
        dispatcher.compile(signature)
    except (numba.core.errors.NumbaError, TypeError, NotImplementedError) as error:
        told = str(error).strip().splitlines()
        shown = "\n  ".join([line for line in told if line.strip()][:12])
        reproduce = f"numba.njit({build.entry}).compile({signature!r}) with the text in {path}"
        raise InternalError(f"Numba does not compile the generated program: {shown}", "codegen", reproduce) from error
    compiled = dispatcher.overloads[signature]
    entry: Kernel = compiled.entry_point
    return entry if build.buffers is None else reusing(build.buffers, entry, namespace[build.buffers.maker].py_func)


def _buffer_types(build: Build) -> tuple[Type, ...]:
    return () if build.buffers is None else build.buffers.types


def _execute(build: Build, path: Path, options: Options | None = None) -> dict[str, Any]:
    """The namespace of the generated module; with `options` as Numba is to compile it. Tracebacks find its lines."""
    name = str(path)
    if not path.exists():
        linecache.cache[name] = (len(build.text), None, build.text.splitlines(keepends=True), name)
    # Numba's cache imports the module of the function it loads, so there must be one, with a name of its own.
    module = ModuleType(f"_adcompile_{path.parent.name}_{path.stem}")
    module.__file__ = name
    sys.modules[module.__name__] = module
    namespace: dict[str, Any] = vars(module)
    if options is None:
        code = compile(build.text, name, "exec", dont_inherit=True)
    else:
        maker = "" if build.buffers is None else build.buffers.maker
        roles = Roles(build.entry, len(build.filled) + len(_buffer_types(build)), maker)
        code, attached = attach(build.text, build.promises, name, options, roles)
        namespace.update(attached)
    exec(code, namespace)
    if build.entry not in namespace:
        raise InternalError(f"the program does not define its entry `{build.entry}`", "codegen")
    return namespace


def _numba_type(type_: Type) -> object:
    from numba import types

    element: Any = types.boolean if type_.dtype == "bool" else getattr(types, type_.dtype)
    if isinstance(type_, Scalar):
        return element
    return types.Array(element, type_.ndim, _NUMBA_LAYOUTS.get(type_.layout, type_.layout))  # type: ignore[call-overload]


_NUMBA_LAYOUTS = {"S": "A", "T": "A", "U": "C"}


def _scalar_class(type_: Scalar) -> Callable[[Any], object]:
    """Python's integers have no end in plain Python."""
    if type_.weak and type_.dtype == "int64":
        return int
    return bool if type_.dtype == "bool" else np.dtype(type_.dtype).type


class _QuietMath:
    """`math` as compiled code has it: NumPy's function of that name, else inf or nan where Python's raises."""

    _numpy_names = (
        "exp",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
    )

    def __getattr__(self, name: str) -> object:
        found = getattr(math, name)
        if name in self._numpy_names:
            return getattr(np, name)
        if name in _NUMPY_SPELLING:
            return getattr(np, _NUMPY_SPELLING[name])
        return _quiet(found) if callable(found) else found


_NUMPY_SPELLING = {
    "pow": "float_power",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "atan2": "arctan2",
    "fmod": "fmod",
    "hypot": "hypot",
}


def _quiet(function: Callable[..., object]) -> Callable[..., object]:
    def call(*arguments: object) -> object:
        try:
            return function(*arguments)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return call
