"""What a function uses besides its arguments, and where to find it again.

    Reach("closure", "w")                                          the cell `w` of the function
    Reach("global", "layers", (("item", 0), ("attr", "weight")))
    Reach("global", "Config", (("attr", "rate"),))                 what a class has

Numbers and arrays found there are *captures*: hidden arguments, read anew at every call. Everything else
(functions, modules, strings, structure) is static: a *guard* records its fingerprint, and a call whose guards no
longer hold takes another specialisation. `reading` is the one place that makes them.
"""

from __future__ import annotations

import sys
from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType, MemberDescriptorType, MethodType

from adcompile.frontend.fingerprints import counts_values, fingerprint
from adcompile.frontend.structure import Fixed, Node, Structure

Arguments = Mapping[str, Structure]
_tuplegetter: type = type(vars(namedtuple("_Pair", "x"))["x"])


class _Absent:
    """What stands where nothing does."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Reach:
    """A path to an object outside the program.

    `origin` is "global", "closure", "default" or "self", a variable `name` of the root function or the object of a
    method; "module", the module of this name; "argument", what is known now of the argument `name`; or "class", the
    class of that argument, or of the part of it that the first steps lead to.

    `steps` are pairs:

    - ("attr", name), ("item", key): by Python's own protocol;
    - ("closure", name), ("global", name), ("default", name): from a function to one of its variables;
    - ("type", ""): the class of an object;
    - ("class", name): what instances find in their class, not bound to them; ABSENT if there is nothing;
    - ("has", name): is there such an attribute?
    - ("overrides", name): does the class have a property (or another data descriptor) that hides the instance's own?
    - ("issubclass", reach): is the class that of `reach`, or derived from it?
    - ("is", reach): is it the object that stands at `reach`?
    - ("order", ""): the classes along which attributes of a class are looked for;
    - ("shape", ""): the class of a container, and its length or its keys;
    - ("part", k): a part of an argument's structure.
    """

    origin: str
    name: str
    steps: tuple[tuple[str, object], ...] = ()

    def then(self, kind: str, key: object = "") -> Reach:
        """The path one step further."""
        return Reach(self.origin, self.name, (*self.steps, (kind, key)))

    def fetch(self, function: object, arguments: Arguments | None = None) -> object:
        """The object that stands there now. Raises what Python raises if it is gone."""
        found, steps = self._start(function, arguments)
        for kind, key in steps:
            found = _step(found, kind, key, function, arguments)
        return found

    def _start(self, function: object, arguments: Arguments | None) -> tuple[object, tuple[tuple[str, object], ...]]:
        """Where the path starts, and the steps that are left: parts of an argument are those of its structure."""
        if self.origin not in ("argument", "class"):
            return variable(function, self.origin, self.name), self.steps
        structure = (arguments or {})[self.name]
        taken = 0
        while isinstance(structure, Node) and taken < len(self.steps) and self.steps[taken][0] == "part":
            structure = structure.children[self.steps[taken][1]]  # type: ignore[call-overload]
            taken += 1
        if self.origin == "class":
            assert isinstance(structure, Node)
            return structure.cls, self.steps[taken:]
        assert isinstance(structure, Fixed)
        return structure.value, self.steps[taken:]


def _step(found: object, kind: str, key: object, function: object, arguments: Arguments | None) -> object:
    match kind:
        case "attr":
            return getattr(found, str(key))
        case "item":
            return found[key]  # type: ignore[index]
        case "type":
            return type(found)
        case "class":
            return class_entry(found, str(key))
        case "has":
            return hasattr(found, str(key))
        case "overrides":
            return is_data_descriptor(class_entry(found, str(key)))
        case "issubclass":
            assert isinstance(key, Reach)
            return issubclass(found, key.fetch(function, arguments))  # type: ignore[arg-type]
        case "is":
            assert isinstance(key, Reach)
            return found is key.fetch(function, arguments)
        case "order":
            return found.__mro__  # type: ignore[attr-defined]
        case "shape":
            return shape(found)
        case _:
            return variable(found, kind, str(key))


def class_entry(cls: object, name: str) -> object:
    """What instances of a class find there under this name, as it stands in the first class that has it."""
    assert isinstance(cls, type)
    for base in cls.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return ABSENT


def is_data_descriptor(entry: object) -> bool:
    """Does what stands in a class hide an instance's own attribute of that name? Slots *are* that attribute."""
    own = isinstance(entry, MemberDescriptorType | _tuplegetter)
    return not own and (hasattr(type(entry), "__set__") or hasattr(type(entry), "__delete__"))


def shape(container: object) -> tuple[object, ...]:
    """The class of a container, and its length or its keys."""
    if isinstance(container, dict):
        return (type(container), *container)
    return type(container), len(container)  # type: ignore[arg-type]


def class_reach(cls: type) -> Reach | None:
    """Where a class is found: in its module, unless it was made in a function."""
    reach = Reach("module", cls.__module__)
    found: object = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        reach = reach.then("attr", name)
        found = getattr(found, name, None)
    return reach if found is cls else None


def variable(function: object, kind: str, name: str) -> object:
    """A variable of a function, the object of a method, or a module."""
    if kind == "self":
        return function.__self__  # type: ignore[attr-defined]
    if kind == "module":
        return sys.modules[name]
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType):
        raise TypeError(f"a {type(function).__name__} has no variables")
    if kind == "closure":
        return function.__closure__[function.__code__.co_freevars.index(name)].cell_contents  # type: ignore[index]
    if kind == "default":
        return _default(function, name)
    if name in function.__globals__:
        return function.__globals__[name]
    builtins = function.__globals__["__builtins__"]
    return (builtins if isinstance(builtins, dict) else vars(builtins))[name]


def _default(function: FunctionType, name: str) -> object:
    if name in (function.__kwdefaults__ or {}):
        return function.__kwdefaults__[name]  # type: ignore[index]
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    place = positional.index(name) - len(positional)
    if place < -len(defaults):
        raise KeyError(name)
    return defaults[place]


@dataclass(frozen=True, slots=True)
class Guard:
    """A static object the program was specialised on: it still stands at `reach` if its fingerprint is the same."""

    reach: Reach
    fingerprint: str

    def holds(self, function: FunctionType | MethodType, arguments: Arguments | None = None) -> bool:
        """Does an object with this fingerprint still stand there? `arguments` are the structures of a call's."""
        try:
            found = self.reach.fetch(function, arguments)
        except Exception:  # it is gone, or a property of the user's fails
            return False
        return self.matches(found)

    def matches(self, found: object) -> bool:
        """Does this object have the fingerprint?"""
        return fingerprint(found, values=self.counts_values) == self.fingerprint

    @property
    def counts_values(self) -> bool:
        """Was the fingerprint taken with `values`?"""
        return counts_values(self.fingerprint)
