"""Who takes part: the function itself, compiled, differentiated by us, by hand, and by other packages.

Each contestant is prepared for a program and its arguments, and then called without arguments:

    contestant = PREPARE["jax"](program, args)
    result = contestant.call()                    # in the package's own numbers; this is what is timed
    value, gradients = contestant.read(result)    # in NumPy's

What a call copies is timed: a function that writes to its arguments gets copies, as it would anywhere.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

import adcompile as ad
from benchmarks.compiled import FLAGS, compiled_text
from benchmarks.program import Program

Arguments = tuple[Any, ...]
Read = Callable[[Any], tuple[float, tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Contestant:
    """`call` is timed; `read` gives the value and the gradients, () of a contestant that has none."""

    call: Callable[[], Any]
    read: Read
    rewritten: bool = False
    """Was the program written anew for it?"""


def plain(program: Program, args: Arguments) -> Contestant:
    """The function as it is."""
    return Contestant(_called(program, program.function, args), _value_only)


def numba_primal(program: Program, args: Arguments) -> Contestant:
    """The function as it is, compiled by Numba."""
    return Contestant(_called(program, _by_numba(program.function), args), _value_only)


def generated_primal(program: Program, args: Arguments) -> Contestant:
    """The function that adcompile generates without a derivative."""
    source = ad.value_and_grad(program.function, program.wrt).primal_source(*args)
    return Contestant(_called(program, _generated(source), args), _value_only)


def gradient(program: Program, args: Arguments) -> Contestant:
    """The gradient that adcompile generates."""
    function = ad.value_and_grad(program.function, program.wrt)
    return Contestant(lambda: function(*args), lambda result: (float(result[0]), result[1]))


def by_hand(program: Program, args: Arguments) -> Contestant:
    """The adjoint written by hand."""
    hand = program.hand
    return Contestant(lambda: hand(*args), lambda result: (float(result[0]), result[1]))


def fused(program: Program, args: Arguments) -> Contestant:
    """The function in loops by hand."""
    if (function := program.fused) is None:
        raise LookupError("not written")
    return Contestant(lambda: function(*args), _value_only)


def autograd(program: Program, args: Arguments) -> Contestant:
    """HIPS autograd: a tape over NumPy."""
    package = importlib.import_module("autograd")
    importlib.import_module("autograd.numpy")
    form = program.peers.get("autograd")
    body = program.over(package.numpy) if form is None else lambda *given: form(package, *given)
    return Contestant(
        _called(program, package.value_and_grad(body, program.wrt), args),
        lambda result: (float(result[0]), result[1]),
        form is not None,
    )


def torch(program: Program, args: Arguments) -> Contestant:
    """PyTorch, eager."""
    package = importlib.import_module("torch")
    package.set_num_threads(1)
    form = program.peers.get("torch")
    body = program.over(package) if form is None else lambda *given: form(package, *given)

    def tensor(value: Any) -> Any:
        return package.tensor(value, dtype=package.float64) if isinstance(value, float) else package.from_numpy(value)

    given = [tensor(each) if isinstance(each, float | np.ndarray) else each for each in args]

    def call() -> Any:
        for place in program.wrt:
            given[place] = given[place].detach().requires_grad_()
        value = body(*given)
        return value, package.autograd.grad(value, [given[place] for place in program.wrt], materialize_grads=True)

    return Contestant(
        call, lambda result: (float(result[0].detach()), tuple(each.numpy() for each in result[1])), form is not None
    )


def jax(program: Program, args: Arguments) -> Contestant:
    """JAX under `jit`; whole numbers are known when it compiles."""
    package = importlib.import_module("jax")
    form = program.peers.get("jax")
    body = program.over(package.numpy) if form is None else lambda *given: form(package, *given)
    places = [place for place, each in enumerate(args) if not isinstance(each, int)]

    def of_arrays(*arrays: Any) -> Any:
        given = list(args)
        for place, array in zip(places, arrays, strict=True):
            given[place] = array
        return body(*given)

    function = package.jit(package.value_and_grad(of_arrays, tuple(places.index(place) for place in program.wrt)))
    arrays = [package.device_put(args[place]) for place in places]
    return Contestant(
        lambda: package.block_until_ready(function(*arrays)),
        lambda result: (float(result[0]), tuple(np.asarray(each) for each in result[1])),
        form is not None,
    )


def tangent(program: Program, args: Arguments) -> Contestant:
    """Source transformation without a compiler."""
    package = importlib.import_module("tangent")
    function = package.grad(program.function, wrt=program.wrt, preserve_result=True)
    return Contestant(_called(program, function, args), lambda result: (float(result[-1]), tuple(result[:-1])))


PREPARE: dict[str, Callable[[Program, Arguments], Contestant]] = {
    "numpy": plain,
    "numba": numba_primal,
    "fused": fused,
    "primal": generated_primal,
    "gradient": gradient,
    "hand": by_hand,
    "autograd": autograd,
    "torch": torch,
    "jax": jax,
    "tangent": tangent,
}
PEERS = ("autograd", "torch", "jax", "tangent")
OURS = ("fused", "primal", "gradient", "hand")


_generated = functools.cache(compiled_text)
_by_numba = functools.cache(numba.njit(**FLAGS))


def _value_only(result: Any) -> tuple[float, tuple[Any, ...]]:
    return float(result[0] if isinstance(result, tuple) else result), ()


def _called(program: Program, function: Callable[..., Any], args: Arguments) -> Callable[[], Any]:
    """Calls with copies of the arguments that the program writes to."""
    written = program.written()
    if not written:
        return lambda: function(*args)

    def call() -> Any:
        given = list(args)
        for place in written:
            given[place] = args[place].copy()
        return function(*given)

    return call
