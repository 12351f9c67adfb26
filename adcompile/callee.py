"""What is differentiated: the Python function behind what the user passes to `grad`, `value_and_grad` and `vjp`.

loss                     loss
model.loss               the method, bound to its object
Model()                  `Model.__call__`, bound to the object
njit(loss)               loss
ad.grad(loss)            refused: gradients have no gradients yet
functools.partial(f, 3)  refused, with a way out
"""

from __future__ import annotations

import functools
from types import FunctionType, MethodType

from adcompile.declared import Declaration, declaration, told
from adcompile.errors import UnsupportedError
from adcompile.source import python_function


def callee(function: object) -> object:
    """A function, dispatcher or bound method that a call of `function` runs. Raises UnsupportedError for what is none.

    >>> class Model:
    ...     def __call__(self, x): return x * x
    >>> callee(Model()).__func__.__name__
    '__call__'
    """
    _refuse_gradient(function)
    if type(function).__name__ in ("DUFunc", "GUFunc"):
        raise UnsupportedError("this is a ufunc that Numba made", None, "Pass the function that it was made from.")
    if isinstance(function, functools.partial):
        raise UnsupportedError(
            "a `functools.partial` has no parameters of its own to differentiate with respect to",
            None,
            "Write a function that calls it: `lambda x: partial(x)`.",
        )
    if isinstance(function, FunctionType | MethodType) or hasattr(function, "py_func"):
        return function
    if isinstance(function, type):
        raise UnsupportedError(
            f"`{function.__qualname__}` is a class, which is not differentiated",
            None,
            f"Write a function that makes an object and returns a number: `lambda x: {function.__name__}(x).loss()`.",
        )
    called = next((vars(base)["__call__"] for base in type(function).__mro__ if "__call__" in vars(base)), None)
    if isinstance(called, FunctionType):
        return MethodType(called, function)
    return python_function(function)


def declared_fully(function: object) -> Declaration | None:
    """What a Numba decorator declares of the function to differentiate. Raises UnsupportedError if it is not followed.

    The types of the arguments are compared at every call.
    """
    declared = declaration(function)
    if declared is None:
        return None
    name = getattr(function, "__name__", "the function")
    if declared.locals:
        raise UnsupportedError(
            f"`{name}` declares the type of `{declared.locals[0]}` (`locals=`), which is not followed",
            None,
            "Leave `locals` out of the decorator.",
        )
    if any(not kind.dtype for kinds, result in declared.signatures for kind in (*kinds, result)):
        raise UnsupportedError(
            f"`{name}` is declared for {told(declared)}, which is not followed: only float64, int64 and bool, and "
            "arrays, are computed with as in Numba",
            None,
            "Leave the types out of the decorator.",
        )
    return declared


def _refuse_gradient(function: object) -> None:
    """Also of a method whose function is a gradient."""
    while isinstance(function, MethodType | functools.partial):
        function = function.__func__ if isinstance(function, MethodType) else function.func
    if type(function).__module__.startswith("adcompile.") and hasattr(function, "primal"):
        raise UnsupportedError(
            "this is a gradient already, and derivatives of gradients are not supported",
            None,
            "Pass its `.primal` to differentiate the function itself.",
        )
