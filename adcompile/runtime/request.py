"""What the user asked for: all that a decorated function holds before its first call."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from adcompile.build import Options
from adcompile.declared import Declaration


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for: `wrt` are parameter names, `bare` a gradient that is not in a tuple.

    `pipeline` is the module of that name, which stands above the run time; `declared`, what a Numba decorator says of
    the function.
    """

    wrt: tuple[str, ...]
    bare: bool
    static: frozenset[str]
    options: Options
    cached: bool
    pipeline: Any
    declared: Declaration | None = None


def takes_out(signature: inspect.Signature) -> bool:
    """Is `out=` for the gradient? Not if the function may take an argument of this name itself."""
    variadic = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in signature.parameters.values())
    return "out" not in signature.parameters and not variadic


def with_out(signature: inspect.Signature, *, required: bool = False) -> inspect.Signature:
    """The signature of the gradient of a function with this one."""
    default = inspect.Parameter.empty if required else None
    out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=default)
    return signature.replace(parameters=[*signature.parameters.values(), out])
