"""The register of what can be called: NumPy and math functions, builtins, methods and attributes of arrays.

    @function(np.sum)                           the builder of a call; its signature is what is supported
    def sum_(e, x, axis=None, ...): ...

    @method("sum")                              x.sum(...)
    @attribute("shape")                         x.shape

A builder takes the tracer and abstract values. Keywords that it does not name are refused.
"""

from __future__ import annotations

import difflib
import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy

from adcompile.catalogue import members
from adcompile.catalogue.refused import REFUSALS
from adcompile.errors import MissingRuleError, UnsupportedError
from adcompile.frontend.arguments import as_arrays, require_known
from adcompile.frontend.masks import refuse_shape
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Abstract, Masked

Builder = Callable[..., Abstract]
AnyBuilder = TypeVar("AnyBuilder", bound=Builder)

FUNCTIONS: dict[Any, Builder] = {}
EXTERNAL: dict[str, dict[str, Builder]] = {}
METHODS: dict[str, Builder] = {}
ATTRIBUTES: dict[str, Builder] = {}


def function(*callables: Any) -> Callable[[AnyBuilder], AnyBuilder]:
    """Register the builder of these callables."""

    def register(builder: AnyBuilder) -> AnyBuilder:
        FUNCTIONS.update(dict.fromkeys(callables, builder))
        return builder

    return register


def external(module: str, *names: str) -> Callable[[AnyBuilder], AnyBuilder]:
    """Register the builder of functions of a module that a program may import and this library does not."""

    def register(builder: AnyBuilder) -> AnyBuilder:
        EXTERNAL.setdefault(module, {}).update(dict.fromkeys(names, builder))
        return builder

    return register


def find(known: object) -> Builder | None:
    """The builder of a callable."""
    for module in EXTERNAL.keys() & sys.modules.keys():
        for name, builder in EXTERNAL.pop(module).items():
            FUNCTIONS[getattr(sys.modules[module], name)] = builder
    try:
        return FUNCTIONS.get(known)
    except TypeError:  # it cannot be hashed
        return None


def method(*names: str) -> Callable[[AnyBuilder], AnyBuilder]:
    """Register the builder of array methods; it takes the array first."""

    def register(builder: AnyBuilder) -> AnyBuilder:
        METHODS.update(dict.fromkeys(names, builder))
        return builder

    return register


def attribute(name: str) -> Callable[[AnyBuilder], AnyBuilder]:
    """Register what an array attribute gives."""

    def register(builder: AnyBuilder) -> AnyBuilder:
        ATTRIBUTES[name] = builder
        return builder

    return register


def takes_masked(builder: AnyBuilder) -> AnyBuilder:
    """Mark a builder that can do with the elements under a mask, whose number is not known."""
    _TAKE_MASKED.append(builder)
    return builder


_TAKE_MASKED: list[Builder] = []


def build(t: Tracer, builder: Builder, name: str, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    """Apply a builder, refusing arguments it does not know. Lists are arrays where NumPy makes arrays of them."""
    if builder not in _TAKE_MASKED and any(isinstance(a, Masked) for a in (*args, *keywords.values())):
        raise refuse_shape()
    signature = inspect.signature(builder)
    try:
        bound = signature.bind(t, *args, **keywords)
    except TypeError as error:
        known = [p for p in list(signature.parameters)[1:] if not p.startswith("_")]
        raise UnsupportedError(
            f"these arguments of `{name}` are not supported: {error}", None, f"Supported are: {', '.join(known)}."
        ) from None
    require_known(name, bound)
    as_arrays(name, bound, lambda value: FUNCTIONS[numpy.asarray](t, value))
    return builder(*bound.args, **bound.kwargs)


def spelled(known: object) -> str:
    """The name of a callable as a user writes it."""
    name = getattr(known, "__name__", None) or type(known).__name__
    module = getattr(known, "__module__", None) or ""
    owner = getattr(known, "__self__", None)
    if type(owner).__module__.startswith("numpy.random"):
        return f"np.random.{name}"
    if type(owner).__name__ == "ufunc":
        return f"{spelled(owner)}.{name}"
    parts = [part for part in module.split(".") if not part.startswith("_")]
    if type(known).__name__ == "ufunc" and getattr(numpy, name, None) is not known:
        return f"scipy.special.{name}"
    if type(known).__name__ == "ufunc" or parts[:1] == ["numpy"]:
        return ".".join(["np", *parts[1:], name])
    if parts[:1] == ["scipy"]:
        return ".".join([*parts, name])
    return name if module in ("", "builtins") else f"{module}.{name}"


def unknown(known: object, *, slip: bool = False) -> MissingRuleError:
    """The error for a callable that is not in the register. `slip`: there is no such callable at all."""
    name = spelled(known)
    for refusal in REFUSALS:
        if any(name == each or name.startswith(f"{each}.") for each in refusal.names.split()):
            return MissingRuleError(f"`{name}` is not supported: {refusal.reason}", None, refusal.advice)
    last = {each: each.rpartition(".")[2] for each in map(spelled, FUNCTIONS)}
    own = name.rpartition(".")[2]
    advice = "Write it with supported functions; docs/supported.md lists them."
    # What exists is no slip of the pen: a name that is spelled nearly so means something else, the same name may not.
    if slip and (near := difflib.get_close_matches(own, last.values(), n=1, cutoff=0.7)):
        advice = f"The nearest supported function is `{_best(near[0], name, last)}`."
    elif own in last.values():
        advice = f"Use `{_best(own, name, last)}`."
    return MissingRuleError(f"`{name}` is not supported: there is no rule for it", None, advice)


def _best(own: str, name: str, last: dict[str, str]) -> str:
    """Of functions with this last name the one in the module of `name`, if there is one."""
    module = name.rpartition(".")[0]
    return max((each for each, tail in last.items() if tail == own), key=lambda each: each.rpartition(".")[0] == module)


def unknown_member(owner: str, name: str, *, kind: str = "", supported: Iterable[str] = ()) -> MissingRuleError:
    """The error for an attribute or method that is not in the register. `kind` is the type that has it."""
    known = members.refusal(kind, name)
    if known is not None:
        return MissingRuleError(f"`{name}` of {owner} is not supported: {known.reason}", None, known.advice)
    advice = "Write it with supported functions; docs/supported.md lists them."
    function = getattr(numpy, name, None) if kind == "ndarray" else None
    if function is not None and find(function) is not None:
        advice = f"Use `np.{name}`."
    elif listed := ", ".join(supported):
        advice = f"Supported are: {listed}."
    return MissingRuleError(f"`{name}` of {owner} is not supported: there is no rule for it", None, advice)
