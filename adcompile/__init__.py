"""adcompile: the adjoint of a numeric Python function, as readable Python compiled by Numba.

>>> import adcompile as ad
>>> ad.grad(lambda x: x * x)(3.0)                                                                  # doctest: +SKIP
6.0
"""

from adcompile.api import Gradient, clear_cache, grad, value_and_grad, vjp
from adcompile.errors import AdcompileError, InternalError, MissingRuleError, TypeInferenceError, UnsupportedError
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
