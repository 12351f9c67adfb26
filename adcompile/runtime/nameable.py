"""The classes and functions that a manifest may name: those that the function's own module could.

    import models                                  nameable: all that is in `models`, in this module,
    from states import State                       and in `states`, where State comes from

    find("models", "Layer")      the class          find("os", "system")      NotNameable: nothing here comes from `os`

A manifest is read, not run: nothing is imported for it.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType, ModuleType

from adcompile.frontend.structure import Node, Structure


class NotNameable(Exception):
    """A manifest names something that the function's module does not know."""


class Nameable:
    """What a manifest for `function`, called with arguments of these structures, may name."""

    def __init__(self, function: FunctionType, arguments: Mapping[str, Structure]) -> None:
        self._function = function
        self._classes = [cls for structure in arguments.values() for cls in _classes(structure)]
        self._files: set[str] = set()

    def include_files(self, files: Iterable[str]) -> None:
        """The modules of these files take part too: functions from there went into the program."""
        self._files.update(files)

    def module(self, name: str) -> ModuleType:
        """The module of this name. Raises NotNameable."""
        found = sys.modules.get(name)
        if name not in self._known and not any(name.startswith(f"{each}.") for each in self._known):
            raise NotNameable(f"a cached program names the module `{name}`, which its function does not know")
        if found is None:
            raise NotNameable(f"a cached program names the module `{name}`, which is not imported")
        return found

    def find(self, module: str, name: str) -> object:
        """The class or function of this name in a module. Raises NotNameable, and LookupError if it is gone."""
        self.module(module)
        if (found := imported(module, name)) is None:
            raise LookupError(f"{module}.{name} does not exist")
        return found

    @functools.cached_property
    def _known(self) -> frozenset[str]:
        modules = [each for each in list(sys.modules.values()) if getattr(each, "__file__", None) in self._files]
        spaces = [self._function.__globals__, _held(self._function), *map(vars, modules)]
        known = {self._function.__module__, "builtins", "numpy", *(cls.__module__ for cls in self._classes)}
        return frozenset(known.union(*map(_named, spaces)))


def imported(module: str, name: str) -> object:
    """What stands in an imported module under a dotted name, or None."""
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _named(space: Mapping[str, object]) -> Iterator[str]:
    """The modules that the names of a module lead to."""
    own = space.get("__name__")
    if isinstance(own, str):
        yield own
    for value in list(space.values()):
        if isinstance(value, ModuleType):
            yield value.__name__
        elif isinstance(value, type | FunctionType):
            yield value.__module__ or ""
        else:
            yield type(value).__module__


def _held(function: FunctionType) -> dict[str, object]:
    """What the closure of a function and its defaults hold."""
    held: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # an empty cell
            held[name] = cell.cell_contents
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return held | {f"default {k}": each for k, each in enumerate(defaults)}


def _classes(structure: Structure) -> Iterator[type]:
    if isinstance(structure, Node):
        if structure.cls is not None:
            yield structure.cls
        for child in structure.children:
            yield from _classes(child)
