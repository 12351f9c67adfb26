"""Cheap conditions under which a guard is known to hold, as Python expressions.

    Guard(Reach("global", "np"), ...)                     globals_['np'] is numpy
    Guard(Reach("global", "helper"), ...)                 globals_['helper'] is helper and helper.__code__ is code
    Guard(Reach("global", "helper", ("global", "MODE")))  ... and helper_globals['MODE'] is 'mean'
    Guard(Reach("class", "m", ("class", "forward")))      Model.__mro__ is mro and Model_dict['forward'] is forward

If they are true, the objects are the very ones whose fingerprints were compared, and nothing in them that counts has
been replaced. If one is false, nothing is known: the caller compares fingerprints.
"""

from __future__ import annotations

import dataclasses
import numbers
from collections.abc import Mapping
from types import FunctionType, MethodType, ModuleType

import numpy as np

from adcompile.frontend.captures import ABSENT, Guard, Reach, variable
from adcompile.frontend.fingerprints import is_trusted
from adcompile.frontend.structure import Fixed, Node, Structure
from adcompile.runtime.constants import Names
from adcompile.runtime.sameness import Same

_ANSWERS = ("has", "overrides", "issubclass", "is", "order", "shape")


@dataclasses.dataclass(eq=False, slots=True)
class Watch:
    """Collects conditions for what is reached from `function`; `receiver` is the expression for a method's object.

    `arguments` are the structures of the program's, each under the name of its parameter.
    """

    function: FunctionType
    receiver: object
    receiver_text: str
    names: Names
    arguments: Mapping[str, Structure]
    conditions: list[str] = dataclasses.field(default_factory=list)

    def root(self) -> None:
        """The function itself is the one that was compiled. What it captures has guards of its own."""
        self._code(self.function)

    def guard(self, guard: Guard) -> None:
        """What stands there is what stands there now, and has not changed."""
        reach = guard.reach
        if reach.steps and reach.steps[-1][0] in _ANSWERS:
            self._answer(Reach(reach.origin, reach.name, reach.steps[:-1]), *reach.steps[-1])
            return
        found, text = self.fetch(reach)
        same = Same(self.names, self.conditions)
        if guard.counts_values and same.is_told_cheaply(found, text):
            return
        if isinstance(found, set | frozenset) and all(type(each) is str for each in found):
            self._require(f"_ad_type({text}) is {self.names.name(type(found))}")
            self._require(f"{text} == {self.names.name(frozenset(found))}")
        elif guard.counts_values or _is_changeable(found):
            self._require(f"{self.names.name(guard)}.matches({text})")
        elif found is not ABSENT and not self._is_trusted(reach):
            self._object(found, text)

    def fetch(self, reach: Reach) -> tuple[object, str]:
        """The object at `reach` and an expression that fetches it, right while the conditions are true."""
        found, text, steps = self._start(reach)
        for kind, key in steps:
            found, text = self._step(found, text, kind, key)
        return found, text

    def _start(self, reach: Reach) -> tuple[object, str, tuple[tuple[str, object], ...]]:
        if reach.origin not in ("argument", "class"):
            return *self._variable(self.function, reach.origin, reach.name), reach.steps
        structure, text, taken = self.arguments[reach.name], reach.name, 0
        while isinstance(structure, Node) and taken < len(reach.steps) and reach.steps[taken][0] == "part":
            position = reach.steps[taken][1]
            assert isinstance(position, int)
            text = _part(structure, position, text, self.names)
            structure, taken = structure.children[position], taken + 1
        if reach.origin == "class":
            assert isinstance(structure, Node)
            # The wrapper compares the class of each argument with that of the structure.
            return structure.cls, self.names.name(structure.cls), reach.steps[taken:]
        assert isinstance(structure, Fixed)
        return structure.value, text, reach.steps[taken:]

    def _step(self, found: object, text: str, kind: str, key: object) -> tuple[object, str]:
        if isinstance(found, MethodType) and kind not in ("attr", "item", "type"):
            below: object = found.__func__
            self._require(f"{text}.__func__ is {self.names.name(below)}")
            found, text = below, self.names.name(below)
        if isinstance(found, FunctionType | ModuleType) or (isinstance(found, type) and kind == "class"):
            found, text = self._settled(found, text)
        match kind:
            case "attr":
                plain = str(key).isidentifier()
                return getattr(found, str(key)), f"{text}.{key}" if plain else f"_ad_getattr({text}, {key!r})"
            case "item":
                return found[key], f"{text}[{self.names.name(key)}]"  # type: ignore[index]
            case "type":
                return type(found), f"_ad_type({text})"
            case "class":
                return self._class_entry(found, str(key))
        assert isinstance(found, FunctionType)
        return self._variable(found, kind, str(key))

    def _settled(self, found: object, text: str) -> tuple[object, str]:
        """Require that it is this object; its name is another expression for it."""
        self._require(f"{text} is {self.names.name(found)}")
        return found, self.names.name(found)

    def _class_entry(self, cls: object, name: str) -> tuple[object, str]:
        """What instances find in a class that is known to be this one: its dictionary is looked at where it stands."""
        assert isinstance(cls, type)
        self._require(f"{self.names.name(cls)}.__mro__ is {self.names.name(cls.__mro__)}")
        for base in cls.__mro__:
            if name in vars(base):
                return vars(base)[name], f"{self._entries(base)}[{name!r}]"
            if base is not object:
                self._require(f"{name!r} not in {self._entries(base)}")
        return ABSENT, self.names.name(ABSENT)

    def _entries(self, cls: type) -> str:
        """The dictionary of a class, of which Python makes a view at each request."""
        return self.names.name(self.names.values.setdefault(f"_ad_entries_{self.names.name(cls)}", vars(cls)))

    def _answer(self, reach: Reach, kind: str, key: object) -> None:
        """The same answer to a question about what stands at `reach`."""
        found, text = self.fetch(reach)
        if isinstance(found, FunctionType | ModuleType | type):
            found, text = self._settled(found, text)
        match kind:
            case "has":
                self._require(f"_ad_hasattr({text}, {key!r}) is {hasattr(found, str(key))}")
            case "overrides":
                entry, inner = self._class_entry(found, str(key))
                if entry is not ABSENT:
                    self._require(f"{inner} is {self.names.name(entry)}")
            case "issubclass":
                assert isinstance(key, Reach)
                kind_, inner = self.fetch(key)
                self._require(f"_ad_issubclass({text}, {inner}) is {issubclass(found, kind_)}")  # type: ignore[arg-type]
            case "is":
                assert isinstance(key, Reach)
                other, inner = self.fetch(key)
                self._require(f"{text} {'is' if found is other else 'is not'} {inner}")
            case "order":
                assert isinstance(found, type)
                self._require(f"{text}.__mro__ is {self.names.name(found.__mro__)}")
            case "shape":
                self._require(f"_ad_type({text}) is {self.names.name(type(found))}")
                if isinstance(found, dict):
                    self._require(f"(*{text},) == {self.names.name((*found,))}")
                else:
                    self._require(f"_ad_len({text}) == {len(found)}")  # type: ignore[arg-type]

    def _variable(self, function: FunctionType, kind: str, name: str) -> tuple[object, str]:
        """A variable of a function that is known to be this one."""
        if kind == "self":
            return self.receiver, self.receiver_text
        if kind == "closure":
            cell = (function.__closure__ or ())[function.__code__.co_freevars.index(name)]
            return cell.cell_contents, f"{self.names.name(cell)}.cell_contents"
        found = variable(function, kind, name)
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
        # Of a function that had none, every parameter was given.
        if function.__defaults__:
            self._require(f"{name}.__defaults__ is {self.names.name(function.__defaults__)}")
        if keywords := function.__kwdefaults__:
            self._require(f"{name}.__kwdefaults__ is {self.names.name(keywords)}")
            self._require(f"_ad_len({self.names.name(keywords)}) == {len(keywords)}")
            for key, value in keywords.items():
                self._require(f"{self.names.name(keywords)}[{key!r}] is {self.names.name(value)}")
        return True

    def _is_trusted(self, reach: Reach) -> bool:
        """Is this an attribute of a library's module, which nobody replaces? The module itself is still looked at."""
        if not reach.steps or reach.steps[-1][0] != "attr":
            return False
        owner, _ = self.fetch(Reach(reach.origin, reach.name, reach.steps[:-1]))
        return isinstance(owner, ModuleType) and is_trusted(owner.__name__)

    def _require(self, condition: str) -> None:
        if condition not in self.conditions:
            self.conditions.append(condition)


def _part(structure: Node, position: int, text: str, names: Names) -> str:
    """The expression for a part of an argument."""
    match structure.kind:
        case "dict":
            return f"{text}[{names.name(structure.keys[position])}]"
        case "dataclass":
            return f"{text}.{structure.keys[position]}"
    return f"{text}[{position}]"


def _is_container(found: object) -> bool:
    if isinstance(found, tuple | list | dict | set | frozenset):
        return True
    return dataclasses.is_dataclass(found) and not isinstance(found, type)


def _is_changeable(found: object) -> bool:
    """May it become another without being another object?"""
    return _is_container(found) or isinstance(found, np.ndarray)
