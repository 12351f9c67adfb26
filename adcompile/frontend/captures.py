"""What a function uses besides its arguments, and where to find it again.

    Reach("closure", "w")                      the cell `w` of the function
    Reach("global", "layers", (("item", 0), ("attr", "weight")))

Numbers and arrays found there are *captures*: hidden arguments, read anew at every call. Everything else
(functions, modules, strings, structure) is static: a *guard* records its fingerprint, and a call whose guards no
longer hold takes another specialisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType


@dataclass(frozen=True, slots=True)
class Reach:
    """A path from the root function to a captured object.

    `origin` is "global", "closure", "default" or "self"; `name` the variable; `steps` a sequence of
    ("attr", name) | ("item", key) | ("closure", name) | ("global", name) | ("default", name): the last three step
    from a function to one of its own variables.
    """

    origin: str
    name: str
    steps: tuple[tuple[str, object], ...] = ()

    def then(self, kind: str, key: object) -> Reach:
        """The path one step further."""
        return Reach(self.origin, self.name, (*self.steps, (kind, key)))

    def fetch(self, function: FunctionType) -> object:
        """The object that stands there now. Raises KeyError, AttributeError or IndexError if it is gone."""
        found = _variable(function, self.origin, self.name)
        for kind, key in self.steps:
            if kind == "attr":
                found = getattr(found, str(key))
            elif kind == "item":
                found = found[key]  # type: ignore[index]
            else:
                found = _variable(found, kind, str(key))
        return found


def _variable(function: object, kind: str, name: str) -> object:
    function = getattr(function, "__func__", function)
    assert isinstance(function, FunctionType)
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
    return defaults[positional.index(name) - len(positional) + len(defaults)]


@dataclass(frozen=True, slots=True)
class Guard:
    """A static object the program was specialised on: it still stands at `reach` if its fingerprint is the same."""

    reach: Reach
    fingerprint: str
