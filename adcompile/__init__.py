"""adcompile: the adjoint of a numeric Python function, as readable Python compiled by Numba.

>>> import adcompile as ad
>>> ad.grad(lambda x: x * x)(3.0)                                                                  # doctest: +SKIP
6.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adcompile.api import Gradient, clear_cache, grad, value_and_grad, vjp
from adcompile.errors import AdcompileError, InternalError, MissingRuleError, TypeInferenceError, UnsupportedError

if TYPE_CHECKING:
    from adcompile.testing import check_grads

__all__ = [
    "AdcompileError",
    "Gradient",
    "InternalError",
    "MissingRuleError",
    "TypeInferenceError",
    "UnsupportedError",
    "check_grads",
    "clear_cache",
    "grad",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> object:
    """`check_grads` is imported when it is first used: programs that only differentiate do without it."""
    if name == "check_grads":
        from adcompile.testing import check_grads

        return check_grads
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
