"""The calls users make: `grad`, `value_and_grad`, `vjp`.

@ad.grad
def loss(x, w): ...                   loss(x, w) is the gradient with respect to x

g = ad.value_and_grad(f, argnums=("x", "w"))
value, (x_bar, w_bar) = g(x, w)
print(g.adjoint_source())
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from adcompile.build import Options
from adcompile.runtime import gradient
from adcompile.runtime.boundary import boundary
from adcompile.runtime.parameters import is_element, parameter
from adcompile.runtime.request import Request

if TYPE_CHECKING:
    from adcompile.inspect.explain import Explanation
    from adcompile.runtime.pullback import Pullback

__all__ = ["Gradient", "clear_cache", "grad", "value_and_grad", "vjp"]

Argnums = int | str | tuple[int | str, ...]


class Gradient(gradient.Gradient):
    __doc__ = gradient.Gradient.__doc__

    @boundary
    def explain(self, *args: Any, **kwargs: Any) -> Explanation:
        """What the gradient at these arguments costs: `print` shows it.

        That is the value, a few elements of the gradient against central differences, the bytes saved for the backward
        sweep by each loop, and the times of function and gradient. Compiles the function and a program that counts.
        """
        from adcompile.inspect.explain import explain

        specialiser, receiver, args = self._resolve(args)
        return explain(specialiser, receiver, args, kwargs)


class _Compiler:
    """The stages of the compiler, imported when the first program is built."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("adcompile.pipeline"), name)


_PIPELINE = _Compiler()


@overload
def grad(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    static_argnames: str | Iterable[str] = (),
    fastmath: bool | str | Iterable[str] = False,
    cache: bool = True,
    boundscheck: bool = True,
    vector_math: bool = True,
    workspace: bool = False,
) -> Gradient: ...
@overload
def grad(
    f: None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    static_argnames: str | Iterable[str] = (),
    fastmath: bool | str | Iterable[str] = False,
    cache: bool = True,
    boundscheck: bool = True,
    vector_math: bool = True,
    workspace: bool = False,
) -> Callable[[Callable[..., Any]], Gradient]: ...
def grad(
    f: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    static_argnames: str | Iterable[str] = (),
    fastmath: bool | str | Iterable[str] = False,
    cache: bool = True,
    boundscheck: bool = True,
    vector_math: bool = True,
    workspace: bool = False,
) -> Gradient | Callable[[Callable[..., Any]], Gradient]:
    """The gradient of a function with a real scalar result.

    `argnums` says with respect to what: an index (negative from the end) or name of a parameter gives a bare
    gradient, a tuple of those a tuple of gradients. On a method, indices count after `self`. A gradient has the
    structure, shape and dtype of its argument, with None for what is not a float. With `has_aux` the function returns
    `(value, aux)` and the result is `(gradient, aux)`. Arguments named in `static_argnames` are known when the program
    is generated, and must be hashable. `cache=False` keeps nothing on disk; `boundscheck=False` leaves out the index
    checks, and an index out of range may then crash the process. `vector_math=False` keeps to the functions of libm
    where glibc has some for several numbers at once, which are right within 4 ulp, and adds up the terms of `np.sum`
    and its like one by one.

    `fastmath` is Numba's: what compiled arithmetic may do differently from NumPy's.

    * `{"contract"}`: `a * b + c` is rounded once instead of twice. Nothing is lost but equality to the last bit.
    * `{"contract", "reassoc", "nsz"}`: sums and products are taken in any order, so that loops that add up run
      several times as fast. The last digits differ, by more where terms cancel; -0.0 may be 0.0. NaN and inf stay.
    * `True`: besides, NaN and inf are taken never to occur. Where they do, any result may come out, and `np.isnan`
      may say no.

    With `workspace=True` the arrays that a program works in (intermediate results, their cotangents, what the backward
    sweep needs of the forward one) are kept for the next call, where their sizes are known before the program runs:
    fresh memory of 100 MB takes longer to get than to compute with. Gradients and other results are fresh at every
    call, and calls from several threads use arrays of their own; the memory is held as long as the program.

    The result takes one more keyword, `out`: a tree like the gradient with arrays to put it into, of its shape and
    dtype, C-contiguous, apart in memory from all arguments. They are returned in the gradient's place. None makes an
    array, as in NumPy, and stands where the gradient is a number. (If the function has a parameter `out` or `**kwargs`,
    `out` is the function's own.)

    Raises ValueError for `argnums` that do not fit the signature and for an unknown flag, TypeError if an argument to
    differentiate with respect to is not real, UnsupportedError and its siblings at the first call for what has no
    adjoint here.

    >>> grad(lambda x: x * x)(3.0)                                                                 # doctest: +SKIP
    6.0
    """
    flags = _flags(fastmath)
    asked = _Asked(argnums, has_aux, _names(static_argnames), flags, cache, boundscheck, vector_math, workspace)
    return _decorate(f, asked, "grad")


@overload
def value_and_grad(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    static_argnames: str | Iterable[str] = (),
    fastmath: bool | str | Iterable[str] = False,
    cache: bool = True,
    boundscheck: bool = True,
    vector_math: bool = True,
    workspace: bool = False,
) -> Gradient: ...
@overload
def value_and_grad(
    f: None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    static_argnames: str | Iterable[str] = (),
    fastmath: bool | str | Iterable[str] = False,
    cache: bool = True,
    boundscheck: bool = True,
    vector_math: bool = True,
    workspace: bool = False,
) -> Callable[[Callable[..., Any]], Gradient]: ...
def value_and_grad(
    f: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    static_argnames: str | Iterable[str] = (),
    fastmath: bool | str | Iterable[str] = False,
    cache: bool = True,
    boundscheck: bool = True,
    vector_math: bool = True,
    workspace: bool = False,
) -> Gradient | Callable[[Callable[..., Any]], Gradient]:
    """The value and the gradient: `(value, gradient)`, with `has_aux` `((value, aux), gradient)`. Options as `grad`.

    >>> value_and_grad(lambda x: x * x)(3.0)                                                       # doctest: +SKIP
    (9.0, 6.0)
    """
    flags = _flags(fastmath)
    asked = _Asked(argnums, has_aux, _names(static_argnames), flags, cache, boundscheck, vector_math, workspace)
    return _decorate(f, asked, "value_and_grad")


def vjp(f: Callable[..., Any], *args: Any, vector_math: bool = True) -> tuple[Any, Pullback]:
    """`(value, pullback)` of a function at `args`; the value may be of any supported structure.

    `pullback(cotangent)` takes a cotangent with the structure and shapes of the value, any number of times, and gives
    a tuple with a gradient for each argument. `vector_math` as for `grad`. Raises TypeError if no argument is real.

    >>> value, pullback = vjp(lambda x: (x, x * x), 3.0)                                           # doctest: +SKIP
    >>> pullback((1.0, 10.0))                                                                      # doctest: +SKIP
    (61.0,)
    """
    from adcompile.runtime.pullback import make_vjp

    request = Request((), False, frozenset(), Options(mode="primal", vector_math=vector_math), True, _PIPELINE)
    return make_vjp(f, args, request)


def clear_cache() -> None:
    """Forget all compiled programs, on disk and in memory. Callables that were compiled already go on working."""
    from adcompile.runtime.cache import clear_cache

    clear_cache()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options of `grad` as given; called with a signature they become a request. Unlike a closure, it pickles."""

    argnums: Argnums
    has_aux: bool
    static: tuple[str, ...]
    fastmath: bool | frozenset[str]
    cache: bool
    boundscheck: bool
    vector_math: bool
    workspace: bool

    def __call__(self, signature: inspect.Signature, wrapped: inspect.Signature | None = None) -> Request:
        wrt = _parameters(self.argnums, signature, wrapped or signature)
        for name in self.static:
            if name not in signature.parameters:
                raise ValueError(f"static_argnames: there is no parameter `{name}` in {signature}")
            if name in wrt:
                raise ValueError(f"`{name}` cannot be static and differentiated with respect to")
        options = Options(
            "grad",
            wrt,
            self.has_aux,
            self.boundscheck,
            self.fastmath,
            vector_math=self.vector_math,
            workspace=self.workspace,
        )
        bare = not isinstance(self.argnums, tuple)
        return Request(wrt, bare, frozenset(self.static), options, self.cache, _PIPELINE)


def _decorate(
    f: Callable[..., Any] | None, asked: _Asked, shape: str
) -> Gradient | Callable[[Callable[..., Any]], Gradient]:
    if f is None:
        return lambda function: Gradient(function, asked, shape)
    if not callable(f):
        raise TypeError(f"{shape} takes a function, not {f!r}: write @{shape}(argnums=...) to choose arguments")
    return Gradient(f, asked, shape)


def _parameters(argnums: Argnums, signature: inspect.Signature, wrapped: inspect.Signature) -> tuple[str, ...]:
    """The names that `argnums` stands for. Raises ValueError, TypeError for what is neither index nor name."""
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    if not chosen:
        raise ValueError("argnums is empty: name at least one parameter")
    names = tuple(parameter(each, signature, wrapped) for each in chosen)
    if len(set(names)) < len(names):
        raise ValueError(f"argnums={argnums!r} names a parameter twice in {signature}")
    bases = {name.partition("[")[0] for name in names if is_element(name)}
    if bases & set(names):
        raise ValueError(f"argnums={argnums!r} names a parameter and a part of it")
    return names


def _names(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


# The flags of LLVM; "fast" stands for all.
FLAGS = ("afn", "arcp", "contract", "fast", "ninf", "nnan", "nsz", "reassoc")


def _flags(fastmath: bool | str | Iterable[str]) -> bool | frozenset[str]:
    """`fastmath` as it is kept. Raises ValueError for flags that there are not, which Numba would only see later."""
    if isinstance(fastmath, bool):
        return fastmath
    flags = frozenset(_names(fastmath))
    if unknown := sorted(map(str, flags.difference(FLAGS))):
        raise ValueError(f"fastmath: there is no flag {unknown[0]!r}; the flags are {', '.join(FLAGS)}")
    return flags or False
