"""Cheap conditions under which a guard is known to hold, as Python expressions.

    Guard(Reach("global", "np"), ...)                     globals_['np'] is numpy
    Guard(Reach("global", "helper"), ...)                 globals_['helper'] is helper and helper.__code__ is code
    Guard(Reach("global", "helper", ("global", "MODE")))  ... and helper_globals['MODE'] is 'mean'

If they are true, the objects are the very ones whose fingerprints were compared, and nothing in them that counts has
been replaced. If one is false, nothing is known: the caller compares fingerprints.
"""

from __future__ import annotations

import dataclasses
import numbers
from types import FunctionType, MethodType, ModuleType

import numpy as np

from adcompile.frontend.captures import Guard, Reach

_TRUSTED_MODULES = ("numpy", "math", "scipy", "builtins")


class Names:
    """Constants of a generated function, each under a name no user's variable has."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self._known: dict[int, str] = {}

    def name(self, value: object) -> str:
        """The name under which generated text finds `value`."""
        if id(value) not in self._known:
            self._known[id(value)] = name = f"_ad_{len(self.values)}"
            self.values[name] = value
        return self._known[id(value)]


@dataclasses.dataclass(eq=False, slots=True)
class Watch:
    """Collects conditions for what is reached from `function`; `receiver` is the expression for a method's object."""

    function: FunctionType
    receiver: object
    receiver_text: str
    names: Names
    conditions: list[str] = dataclasses.field(default_factory=list)

    def root(self) -> None:
        """The function itself is the one that was compiled. What it captures has guards of its own."""
        self._code(self.function)

    def guard(self, guard: Guard) -> None:
        """What stands there is what stands there now, and has not changed."""
        found, text = self.fetch(guard.reach)
        if guard.counts_values or _is_container(found):
            if guard.reach.origin == "self":
                raise TypeError("what an object's container holds is compared on the general way only")
            self._require(f"{self.names.name(guard)}.holds({self.names.name(self.function)})")
        elif not _is_trusted(found, guard.reach):
            self._object(found, text)

    def fetch(self, reach: Reach) -> tuple[object, str]:
        """The object at `reach` and an expression that fetches it, right while the conditions are true."""
        found, text = self._variable(self.function, reach.origin, reach.name)
        for kind, key in reach.steps:
            if isinstance(found, MethodType) and kind not in ("attr", "item"):
                below: object = found.__func__
                self._require(f"{text}.__func__ is {self.names.name(below)}")
                found, text = below, self.names.name(below)
            if isinstance(found, FunctionType | ModuleType):
                self._require(f"{text} is {self.names.name(found)}")
                text = self.names.name(found)
            if kind == "attr":
                found, text = getattr(found, str(key)), f"{text}.{key}"
            elif kind == "item":
                found, text = found[key], f"{text}[{self.names.name(key)}]"  # type: ignore[index]
            else:
                assert isinstance(found, FunctionType)
                found, text = self._variable(found, kind, str(key))
        return found, text

    def _variable(self, function: FunctionType, kind: str, name: str) -> tuple[object, str]:
        """A variable of a function that is known to be this one."""
        if kind == "self":
            return self.receiver, self.receiver_text
        if kind == "closure":
            cell = (function.__closure__ or ())[function.__code__.co_freevars.index(name)]
            return cell.cell_contents, f"{self.names.name(cell)}.cell_contents"
        found = Reach(kind, name).fetch(function)
        if kind == "module":
            return found, self.names.name(found)
        scope = function.__globals__
        if kind == "global" and name in scope:
            return found, f"{self.names.name(scope)}[{name!r}]"
        if kind == "global":
            self._require(f"{name!r} not in {self.names.name(scope)}")
            return found, self.names.name(found)
        if name in (function.__kwdefaults__ or {}):
            return found, f"{self.names.name(function)}.__kwdefaults__[{name!r}]"
        positional = function.__code__.co_varnames[: function.__code__.co_argcount]
        return found, f"{self.names.name(function)}.__defaults__[{positional.index(name) - len(positional)}]"

    def _object(self, found: object, text: str) -> None:
        if isinstance(found, MethodType):
            text, found = f"{text}.__func__", found.__func__
        self._require(f"{text} is {self.names.name(found)}")
        if isinstance(found, FunctionType):
            self._function(found)

    def _function(self, function: FunctionType) -> None:
        """The code, the defaults and what the closure holds. Numbers, arrays and containers there are looked at by
        captures and guards of their own."""
        if self._code(function):
            for cell in function.__closure__ or ():
                held = cell.cell_contents
                if not (isinstance(held, numbers.Number | np.ndarray | np.generic) or _is_container(held)):
                    self._object(held, f"{self.names.name(cell)}.cell_contents")

    def _code(self, function: FunctionType) -> bool:
        """Require the code and the defaults; False if they are required already."""
        name = self.names.name(function)
        known = len(self.conditions)
        self._require(f"{name}.__code__ is {self.names.name(function.__code__)}")
        if len(self.conditions) == known:
            return False
        if function.__defaults__:
            self._require(f"{name}.__defaults__ is {self.names.name(function.__defaults__)}")
        if function.__kwdefaults__:
            self._require(f"{name}.__kwdefaults__ == {self.names.name(dict(function.__kwdefaults__))}")
        return True

    def _require(self, condition: str) -> None:
        if condition not in self.conditions:
            self.conditions.append(condition)


def _is_trusted(found: object, reach: Reach) -> bool:
    """Is this an attribute of a library's module, which nobody replaces? The module itself is still looked at."""
    module = getattr(found, "__module__", None) or ""
    return bool(reach.steps) and reach.steps[-1][0] == "attr" and module.partition(".")[0] in _TRUSTED_MODULES


def _is_container(found: object) -> bool:
    if isinstance(found, tuple | list | dict | set | frozenset):
        return True
    return dataclasses.is_dataclass(found) and not isinstance(found, type)
