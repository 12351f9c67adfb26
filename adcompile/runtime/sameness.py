"""Is a static value the very one that a program was made for? Cheap conditions that suffice.

    np.tanh                     name is _ad_0
    lambda t: k * t             name is _ad_0 and _ad_0.__code__ is _ad_1 and _ad_2.cell_contents is _ad_3

Where none do (a closure that holds an array, whose contents may change), the value is described at every call.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

import numpy as np

from adcompile.runtime.constants import Names
from adcompile.source import unwrap

_UNCHANGING = (str, bytes, bool, int, float, complex, type(None), type(...), np.generic, np.dtype, type, ModuleType)
_FUNCTIONS = (BuiltinFunctionType, np.ufunc, type(np.sum), enum.Enum)


@dataclasses.dataclass(eq=False, slots=True)
class Same:
    """Collects the conditions under which values are those that stand there now."""

    names: Names
    conditions: list[str] = dataclasses.field(default_factory=list)

    def is_told_cheaply(self, value: object, text: str) -> bool:
        """Require that `text` gives just this value; False if conditions do not tell."""
        self._require(f"{text} is {self.names.name(value)}")
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, (*_UNCHANGING, *_FUNCTIONS)):
            return True
        described = isinstance(value, functools.partial | MethodType) or unwrap(value) is not value
        return not described and type(value).__eq__ is object.__eq__

    def _function(self, function: FunctionType) -> bool:
        name = self.names.name(function)
        known = len(self.conditions)
        self._require(f"{name}.__code__ is {self.names.name(function.__code__)}")
        if len(self.conditions) == known:
            return True
        self._require(f"{name}.__defaults__ is {self.names.name(function.__defaults__)}")
        if function.__kwdefaults__:
            return False
        held = [(each.cell_contents, f"{self.names.name(each)}.cell_contents") for each in function.__closure__ or ()]
        held += [(each, self.names.name(each)) for each in function.__defaults__ or ()]
        return all(
            isinstance(each, (*_UNCHANGING, *_FUNCTIONS, FunctionType)) and self.is_told_cheaply(each, text)
            for each, text in held
        )

    def _require(self, condition: str) -> None:
        if condition not in self.conditions:
            self.conditions.append(condition)
