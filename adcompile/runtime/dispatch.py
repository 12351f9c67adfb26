"""From the arguments of a call to the compiled program and back.

    call -> bind to the signature -> structures -> program (remembered, loaded or built) -> kernel -> result tree

This is the general way. When the same program is wanted a second time, `wrapper.generate` makes a function that goes
straight from arguments to kernel.
"""

from __future__ import annotations

import inspect
import operator
import threading
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Protocol

from adcompile.build import Options
from adcompile.declared import Declaration, fitting, told
from adcompile.errors import UnsupportedError
from adcompile.frontend.structure import Fixed, Leaf, Structure, leaves
from adcompile.ir.types import Array, Scalar, is_float
from adcompile.runtime.cache import Program, find_program
from adcompile.runtime.overlap import require_disjoint, require_writable
from adcompile.runtime.parameters import apart, is_element, passed, without_receiver
from adcompile.runtime.request import Request
from adcompile.runtime.results import Result, gradient_result, put_together, require_gradients, returned
from adcompile.runtime.trees import aligned, flatten, key_of, structure_of

if TYPE_CHECKING:
    from adcompile.runtime.wrapper import Fast


# Calls go from wrapper to wrapper until one knows the arguments; beyond this many they take the general way.
MOST_WRAPPERS = 8


@dataclass(eq=False, slots=True)
class Call:
    """One call: the program it needs and the leaves to hand to its kernel."""

    program: Program
    leaves: list[object]


class Caller(Protocol):
    """What is called: a method's object is its `receiver`, None for a plain function."""

    receiver: object


class Specialiser:
    """The programs of one function under one request. Safe to use from several threads.

    `function` is plain; a method's object is passed as `receiver` and is not among the parameters.
    """

    def __init__(self, function: FunctionType, request: Request, *, bound: bool) -> None:
        self.function = function
        self.request = request
        self._apart = any(map(is_element, request.wrt))
        self._bound = bound
        self._defaults = _defaults(function)
        self.signature = _signature(function, bound=bound)
        self.latest: Program | None = None
        self._lock = threading.RLock()
        self._programs: dict[Hashable, list[Program]] = {}
        self._code = function.__code__
        self._misses: dict[tuple[str, Program], int] = {}
        self._patience: dict[tuple[str, Program], int] = {}
        self._fast: dict[str, list[tuple[Program, Fast]]] = {}

    def prepare(
        self, receiver: object, args: tuple[object, ...], kwargs: Mapping[str, object], out: object = None
    ) -> Call:
        """The program for these arguments and what its kernel takes. `out` is for the gradient (`filling.py`)."""
        values = self.bind(args, kwargs)
        target = self.target(receiver)
        program = self.program(target, self.structures(values), out=out is not None)
        taken = gather(program, target, values)
        if out is not None:
            from adcompile.runtime.filling import arrays_to_fill

            taken += arrays_to_fill(out, self.gradient(program), program, taken)
        return Call(program, taken)

    def run(
        self, shape: str, caller: Caller, args: tuple[object, ...], kwargs: Mapping[str, object], out: object = None
    ) -> tuple[object, Fast | None]:
        """The result of a call of `caller` on the general way, and a wrapper to install if one is due."""
        call = self.prepare(caller.receiver, args, kwargs, out)
        results = execute(call.program, call.leaves)
        given = put_together(self.result(call.program, shape), results)
        if out is not None:
            return given, self._wrapper(call.program, f"{shape} out", caller, args, {**kwargs, "out": out})
        self.latest = call.program
        return given, self._wrapper(call.program, shape, caller, args, kwargs)

    def target(self, receiver: object) -> FunctionType | MethodType:
        """The function as it is compiled: a method with its object."""
        return self.function if receiver is None else MethodType(self.function, receiver)

    def bind(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> dict[str, object]:
        """The value of every parameter, defaults included: those that the function has now."""
        defaults = _defaults(self.function)
        if len(defaults) != len(self._defaults) or any(map(operator.is_not, defaults, self._defaults)):
            self._defaults, self.signature = defaults, _signature(self.function, bound=self._bound)
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.function.__qualname__}() {error}") from None
        bound.apply_defaults()
        return apart(bound.arguments, self.signature) if self._apart else bound.arguments

    def structures(self, values: Mapping[str, object]) -> dict[str, Structure]:
        """The structure of every parameter. Raises TypeError if one to differentiate with respect to is not real."""
        static = self.request.static
        found = {name: structure_of(value, static=name in static, where=name) for name, value in values.items()}
        if self.request.declared is not None:
            _require_declared(self.request.declared, self.function.__name__, list(found.values()))
        for name in passed(self.request.wrt, found):
            _require_real(name, found[name])
        return found

    def program(
        self, target: FunctionType | MethodType, structures: Mapping[str, Structure], *, out: bool = False
    ) -> Program:
        """The program of `target` for arguments of these structures; with `out` one that is given its gradients."""
        key = (out, *[(name, key_of(structure)) for name, structure in structures.items()])
        with self._lock:
            if self.function.__code__ is not self._code:
                self._code = self.function.__code__
                self._programs.clear()
            known = self._programs.setdefault(key, [])
            program = next((each for each in known if each.holds(target, structures)), None)
            if program is None:
                wrt = passed(self.request.wrt, structures)
                program = self.find(target, structures, replace(self.request.options, wrt=wrt, out=out))
                require_gradients(program.build, program.arguments, wrt)
                known.insert(0, program)
            return program

    def find(self, target: FunctionType | MethodType, structures: Mapping[str, Structure], options: Options) -> Program:
        """A program with other options, beside those that calls use."""
        return find_program(target, structures, options, cached=self.request.cached, pipeline=self.request.pipeline)

    def known(self) -> list[Program]:
        """The programs that have been used, in the order of their first use."""
        with self._lock:
            found = [program for programs in self._programs.values() for program in reversed(programs)]
            return [program for program in found if not program.options.out]

    def result(self, program: Program, shape: str) -> Result:
        """What a call returns; `shape` is "grad" or "value_and_grad"."""
        with_value, wrt = shape == "value_and_grad", passed(self.request.wrt, program.arguments)
        return returned(program.build, program.arguments, wrt=wrt, bare=self.request.bare, with_value=with_value)

    def gradient(self, program: Program) -> Result:
        """The gradient alone, without value or auxiliary results."""
        wrt = passed(self.request.wrt, program.arguments)
        return gradient_result(program.build, program.arguments, wrt=wrt, bare=self.request.bare)

    def _wrapper(
        self, program: Program, shape: str, caller: Caller, args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> Fast | None:
        """Let the wrapper of this program remember these arguments; or make one that can, less and less often."""
        with self._lock:
            known = self._fast.get(shape, [])
            if any(made_for is program and _remembers(fast, caller, args, kwargs) for made_for, fast in known):
                return None
            key = (shape, program)
            self._misses[key] = self._misses.get(key, 0) + 1
            if self._misses[key] < self._patience.get(key, 2):
                return None
            self._misses[key] = 0
            self._patience[key] = min(2 * self._patience.get(key, 2), 1024)
            fast = self._generate(program, shape.partition(" ")[0], caller.receiver, kwargs)
            if fast is None or not _remembers(fast, caller, args, kwargs):
                return None
            others = [each for each in known if each[0] is not program]
            self._fast[shape] = [(program, fast), *others[: MOST_WRAPPERS - 1]]
            # From the last one up, so that at no moment calls are handed on in a circle.
            below = None
            for _, each in reversed(self._fast[shape]):
                each.hand_on(below)
                below = each
            return fast

    def _generate(self, program: Program, shape: str, receiver: object, kwargs: Mapping[str, object]) -> Fast | None:
        # Imported at the second call: a process that calls once does without it.
        from adcompile.runtime.wrapper import MISSES, Filling, generate

        filling = Filling(kwargs["out"], self.gradient(program)) if program.options.out else None

        result = self.result(program, shape)
        try:
            return generate(
                program,
                function=self.function,
                signature=self.signature,
                receiver=receiver,
                shape=shape,
                result=result,
                filling=filling,
            )
        except MISSES:
            return None


def gather(program: Program, target: FunctionType | MethodType, values: Mapping[str, object]) -> list[object]:
    """What the kernel takes: the leaves of the arguments, then those of the captures as they are now.

    Raises ValueError if two arrays overlap in memory and the function stores into one of them, or if that is read-only.
    """
    taken = [leaf for name, structure in program.arguments.items() for leaf in flatten(values[name], structure)]
    for reach, structure in program.build.captures:
        taken += flatten(reach.fetch(target, program.arguments), structure)
    if program.build.written:
        require_writable(program.build, program.arguments, taken, target.__name__)
        require_disjoint(program.build, program.arguments, taken, target.__name__)
    return [aligned(leaf) for leaf in taken]


def execute(program: Program, taken: Sequence[object]) -> tuple[object, ...]:
    """Run the kernel; errors raised by it get the message that its text gives, or that says what did not fit."""
    kernel = program.kernel()
    try:
        return kernel(*taken)
    except Exception as error:
        from adcompile.runtime.allocation import failure

        raise failure(program.build, error, taken).with_traceback(None) from None


def _defaults(function: FunctionType) -> list[object]:
    keywords = function.__kwdefaults__ or {}
    return [function.__defaults__, *keywords, *keywords.values()]


def _signature(function: FunctionType, *, bound: bool) -> inspect.Signature:
    signature = inspect.signature(function, follow_wrapped=False)
    return without_receiver(signature) if bound else signature


def _require_declared(declared: Declaration, name: str, structures: list[Structure]) -> None:
    """Raise unless the arguments are what a Numba decorator declares: others would be cast."""
    types = [each.type if isinstance(each, Leaf) else None for each in structures]
    given = [(each.dtype, each.ndim if isinstance(each, Array) else None) if each else ("", None) for each in types]
    found = fitting(declared, given, cast=False)
    if found is None:
        raise UnsupportedError(
            f"`{name}` is declared for {told(declared)}, and Numba would cast these arguments or refuse them",
            None,
            "Leave the types out of the decorator, or pass float64, int64 and bool as declared.",
        )


def _require_real(name: str, structure: Structure) -> None:
    if any(is_float(leaf.type) for leaf in leaves(structure)):
        return
    match structure:
        case Leaf(type=Array(dtype=dtype)):
            told, advice = f"an array of dtype {dtype}", f"pass {name}.astype(np.float64)"
        case Leaf(type=Scalar() as type_):
            told, advice = type_.spoken, f"pass float({name})"
        case Fixed(value=value):
            told, advice = f"{value!r}, which is static", "choose another argument with argnums"
        case _:
            told, advice = "a container without any float", "make its numbers floats"
    raise TypeError(f"grad requires real inputs, but `{name}` is {told}: {advice}")


def _remembers(fast: Fast, caller: Caller, args: tuple[object, ...], kwargs: Mapping[str, object]) -> bool:
    try:
        fast.remember(caller, *args, **kwargs)
    except Exception:
        return False
    return True
