"""Is a static value the very one that a program was made for? Cheap conditions that suffice.

    np.tanh                     name is _ad_0
    lambda t: k * t             name is _ad_0 and _ad_0.__code__ is _ad_1 and _ad_2.cell_contents is _ad_3

Where none do (a closure that holds an array, whose contents may change), the value is described at every call.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections.abc import Sequence
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
    _told: dict[str, bool] = dataclasses.field(default_factory=dict)

    def is_told_cheaply(self, value: object, text: str) -> bool:
        """Require that `text` gives just this value; False if conditions do not tell."""
        self._require(f"{text} is {self.names.name(value)}")
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, (*_UNCHANGING, *_FUNCTIONS)):
            return True
        if isinstance(value, functools.partial):
            return self._partial(value, text)
        described = isinstance(value, MethodType) or unwrap(value) is not value
        return not described and type(value).__eq__ is object.__eq__

    def _function(self, function: FunctionType) -> bool:
        name = self.names.name(function)
        if name in self._told:
            return self._told[name]
        self._told[name] = True  # where it holds itself
        self._told[name] = self._parts(function, name)
        return self._told[name]

    def _parts(self, function: FunctionType, name: str) -> bool:
        self._require(f"{name}.__code__ is {self.names.name(function.__code__)}")
        self._require(f"{name}.__defaults__ is {self.names.name(function.__defaults__)}")
        if function.__kwdefaults__:
            return False
        held = [(each.cell_contents, f"{self.names.name(each)}.cell_contents") for each in function.__closure__ or ()]
        held += [(each, self.names.name(each)) for each in function.__defaults__ or ()]
        return self._all(held)

    def _partial(self, value: functools.partial[object], text: str) -> bool:
        self._require(f"_ad_len({text}.keywords) == {len(value.keywords)}")
        held = [(value.func, f"{text}.func")]
        held += [(each, f"{text}.args[{k}]") for k, each in enumerate(value.args)]
        held += [(each, f"{text}.keywords[{key!r}]") for key, each in value.keywords.items()]
        return self._all(held)

    def _all(self, held: Sequence[tuple[object, str]]) -> bool:
        unchanging = (*_UNCHANGING, *_FUNCTIONS, FunctionType)
        return all(isinstance(each, unchanging) and self.is_told_cheaply(each, text) for each, text in held)

    def _require(self, condition: str) -> None:
        if condition not in self.conditions:
            self.conditions.append(condition)
