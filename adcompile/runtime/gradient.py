"""The object that `grad` and `value_and_grad` return.

    g = grad(loss)        g(x) runs the generated wrapper of g's own class, once there is one (`wrapper.py`)
    g.adjoint_source(x)   generates, but compiles nothing

Every object has a class of its own, so that its `__call__` can be the wrapper with the user's signature: Python looks
`__call__` up on the class, and each level of `*args` in between would cost as much as the computation.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Self

from adcompile.callee import callee, declared_fully
from adcompile.errors import AdcompileError
from adcompile.runtime import pickling
from adcompile.runtime.boundary import boundary
from adcompile.runtime.parameters import without_receiver
from adcompile.runtime.request import Request, takes_out
from adcompile.source import python_function
from adcompile.stages import recorded

if TYPE_CHECKING:
    from adcompile.ir.nodes import Function
    from adcompile.runtime.cache import Program
    from adcompile.runtime.dispatch import Specialiser
    from adcompile.runtime.progress import Compilation


@dataclass(frozen=True, slots=True)
class Graph:
    """The computational graph of a function: `function` is its IR, and `print` shows it."""

    function: Function

    def __str__(self) -> str:
        from adcompile.ir.printer import format_function

        return format_function(self.function)


class Gradient:
    """A compiled gradient: call it as the function it was made from.

    In a class it is a method. `primal` is the undecorated function. The methods that take arguments look at the
    program for those arguments; without arguments at the one used last.
    """

    __name__: str
    __qualname__: str
    __signature__: inspect.Signature
    __wrapped__: Callable[..., Any]
    receiver: object = None

    def __new__(cls, *_args: object, **_options: object) -> Self:
        return super().__new__(type(cls.__name__, (cls,), {"__doc__": cls.__doc__, "__module__": cls.__module__}))

    def __init__(
        self,
        function: Callable[..., Any],
        request: Callable[[inspect.Signature, inspect.Signature], Request],
        shape: str,
    ):
        called = callee(function)
        plain = python_function(called)
        functools.update_wrapper(self, plain)
        self._make_request = request
        self._shape = shape
        self._in_class = ""
        self._bound_class: type[Gradient] | None = None
        self._primal = function
        self._declared = declared_fully(called)
        self.receiver = called.__self__ if isinstance(called, MethodType) else None
        self._specialise(plain, bound=self.receiver is not None)

    def _specialise(self, function: FunctionType, *, bound: bool) -> None:
        signature = inspect.signature(function, follow_wrapped=False)
        wrapped = inspect.signature(function) if hasattr(function, "__wrapped__") else signature
        if bound:
            same, signature = wrapped is signature, without_receiver(signature)
            wrapped = signature if same else without_receiver(wrapped)
        request = replace(self._make_request(signature, wrapped), declared=self._declared)
        self.__signature__ = signature
        self.__adjoint_of__ = f"{self._shape} {request.wrt} {request.bare} {request.options.has_aux}"
        self._programs = _Programs(function, request, signature, bound)

    @property
    def _specialiser(self) -> Specialiser:
        return self._programs.specialiser()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The gradient at these arguments; of `value_and_grad` the value and the gradient."""
        if "out" in kwargs and self._programs.takes_out:
            return (self._into_grad if self._shape == "grad" else self._into_value_and_grad)(*args, **kwargs)
        return self._call(self._shape, args, kwargs)

    def value_and_grad(self, *args: Any, **kwargs: Any) -> Any:
        """The value and the gradient at these arguments. `out` as in a call."""
        if "out" in kwargs and self._programs.takes_out:
            return self._into_value_and_grad(*args, **kwargs)
        return self._call("value_and_grad", args, kwargs)

    def _into_grad(self, *args: Any, **kwargs: Any) -> Any:
        """The gradient in given arrays. A wrapper takes the place of this when there is one."""
        return self._call("grad", args, kwargs)

    def _into_value_and_grad(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("value_and_grad", args, kwargs)

    @property
    def primal(self) -> Callable[..., Any]:
        """The function that is differentiated; on a method's object it is bound too."""
        if self.receiver is None or not isinstance(self._primal, FunctionType):
            return self._primal
        return MethodType(self._primal, self.receiver)

    @property
    def signatures(self) -> list[str]:
        """The argument types of every program used so far, as text."""
        return [", ".join(_describe(program)) for program in self._specialiser.known()]

    def compile(self, *args: Any, **kwargs: Any) -> Compilation:
        """Compile for arguments like these, without running anything: the seconds that each stage took.

        `print` shows them. What is in the cache is loaded.
        """
        from adcompile.runtime.progress import Compilation

        with recorded() as seconds:
            program = self._program(args, kwargs)
            program.kernel()
        return Compilation(self.__qualname__, program.build.text.count("\n"), seconds)

    def adjoint_source(self, *args: Any, **kwargs: Any) -> str:
        """The generated adjoint program."""
        return self._program(args, kwargs).build.text

    def primal_source(self, *args: Any, **kwargs: Any) -> str:
        """The function as the compiler understood it: the program generated from it without derivative."""
        program = self._program(args, kwargs)
        options = replace(program.options, mode="primal", wrt=())
        return self._specialiser.find(self._target(args), program.arguments, options).build.text

    def source_map(self, *args: Any, **kwargs: Any) -> dict[int, tuple[str, int]]:
        """From a line of the adjoint source to the file and line it comes from. Lines count from 1."""
        return {each.emitted: (each.file, each.line) for each in self._program(args, kwargs).build.source_map}

    def graph(self, *args: Any, **kwargs: Any) -> Graph:
        """The computational graph of the function: `print` shows it."""
        program = self._program(args, kwargs)
        if program.build.graph is None:
            # A program loaded from disk comes without its graph.
            build = self._specialiser.request.pipeline.build
            program.build = build(self._target(args), program.arguments, program.options)
        assert program.build.graph is not None
        return Graph(program.build.graph)

    def py_func(self, *args: Any, **kwargs: Any) -> Callable[..., tuple[object, ...]]:
        """The generated adjoint as a plain Python function: takes and returns numbers and arrays, one by one."""
        from adcompile.runtime.compile import python_callable

        program = self._program(args, kwargs)
        return python_callable(program.build, program.leaf_types())

    def __set_name__(self, owner: type, name: str) -> None:
        self._in_class = name

    def __get__(self, instance: object, owner: type | None = None) -> Gradient:
        if instance is None or self.receiver is not None:
            return self
        if self._bound_class is None:
            unbound, signature = self._programs, self.__signature__
            self._specialise(unbound.function, bound=True)
            bound, self._programs, self.__signature__ = self._programs, unbound, signature
            self._bound_class = type(type(self).__name__, type(self).__bases__, {"_bound": bound})
        made = object.__new__(self._bound_class)
        made.__dict__.update(self.__dict__)
        made.receiver = instance
        made._programs = self._bound_class._bound  # type: ignore[attr-defined]
        made.__signature__ = made._programs.signature
        return made

    def __reduce__(self) -> str | tuple[object, ...]:
        if self._in_class and self.receiver is not None:
            return (getattr, (self.receiver, self._in_class))
        return pickling.reduce(self, (type(self).__bases__[0], self._primal, self._make_request, self._shape))

    def __repr__(self) -> str:
        return f"<{self._shape} of {self.__module__}.{self.__qualname__}>"

    @boundary
    def _call(self, shape: str, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Any:
        """The general way. Installs a wrapper when there is one."""
        if self._in_class and self.receiver is None and args:
            return self.__get__(args[0])._call(shape, args[1:], kwargs)
        out = None
        if "out" in kwargs and self._programs.takes_out:
            kwargs = dict(kwargs)
            out = kwargs.pop("out")
        result, fast = self._specialiser.run(shape, self, args, kwargs, out)
        if fast is not None and out is not None:
            setattr(type(self), f"_into_{shape}", fast.call)
        elif fast is not None:
            if shape == self._shape:
                type(self).__call__ = fast.call  # type: ignore[method-assign]
            if shape == "value_and_grad":
                type(self).value_and_grad = fast.call  # type: ignore[method-assign]
        return result

    @boundary
    def _program(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Program:
        """The program for these arguments, or the one used last."""
        if self._in_class and self.receiver is None and args:
            return self.__get__(args[0])._program(args[1:], kwargs)
        specialiser = self._specialiser
        if args or kwargs:
            return specialiser.program(
                specialiser.target(self.receiver), specialiser.structures(specialiser.bind(args, kwargs))
            )
        if specialiser.latest is None:
            raise AdcompileError(
                f"`{self.__qualname__}` has not been called yet, so there is no program to show: "
                "pass arguments like those of a call, or call it first"
            )
        return specialiser.latest

    def _resolve(self, args: tuple[object, ...]) -> tuple[Specialiser, object, tuple[object, ...]]:
        """The programs for a call, the object that it is made on, and the other arguments."""
        if self._in_class and self.receiver is None and args:
            bound = self.__get__(args[0])
            return bound._specialiser, bound.receiver, args[1:]
        return self._specialiser, self.receiver, args

    def _target(self, args: tuple[object, ...]) -> FunctionType | MethodType:
        receiver = args[0] if self._in_class and self.receiver is None and args else self.receiver
        return self._specialiser.target(receiver)


class _Programs:
    """The specialiser of a function, imported and made when it is first needed: decorating costs next to nothing."""

    def __init__(self, function: FunctionType, request: Request, signature: inspect.Signature, bound: bool) -> None:
        self.function = function
        self.signature = signature
        self._request = request
        self._bound = bound
        self.takes_out = takes_out(signature)
        self._made: Specialiser | None = None
        self._lock = threading.Lock()

    def specialiser(self) -> Specialiser:
        """The same one at every call, in every thread."""
        if self._made is None:
            from adcompile.runtime.dispatch import Specialiser

            with self._lock:
                if self._made is None:
                    self._made = Specialiser(self.function, self._request, bound=self._bound)
        return self._made


def _describe(program: Program) -> list[str]:
    from adcompile.runtime.trees import describe

    return [f"{name}: {describe(structure)}" for name, structure in program.arguments.items()]
