"""What a random program may be made of: the table of kinds of statements and of forms of expressions.

    @statement("swap of elements", level=2)
    def swap_elements(w: Writer) -> None: ...

Level 1 stores into arrays of the function's own, under one name; level 2 adds aliases, stores through views,
arguments overwritten, loops that leave early; level 3 arrays with three axes, memory orders, states in objects, linear
algebra, missing data, integers at the ends of their range. A program has some features in focus, which it uses more
often, so that no feature is rare over many programs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fuzz.writer import Writer

Shape = tuple[int, ...]
WriteStatement = Callable[["Writer"], None]
WriteNumber = Callable[["Writer", int], str]
WriteArray = Callable[["Writer", Shape, int], str]


@dataclass(frozen=True, slots=True)
class Feature:
    """One way to write something. `dims` are the numbers of dimensions that an array expression can have."""

    name: str
    kind: str
    level: int
    weight: float
    write: Callable[..., Any]
    dims: tuple[int, ...] = ()


FEATURES: dict[str, Feature] = {}


def statement(name: str, *, level: int = 1, weight: float = 1.0) -> Callable[[WriteStatement], WriteStatement]:
    """Register a kind of statement."""
    return _register(name, "statement", level, weight)


def number(name: str, *, level: int = 1, weight: float = 1.0) -> Callable[[WriteNumber], WriteNumber]:
    """Register a form of expression with a float value. It is given how deep it may nest."""
    return _register(name, "number", level, weight)


def condition(name: str, *, level: int = 1, weight: float = 1.0) -> Callable[[WriteNumber], WriteNumber]:
    """Register a form of condition."""
    return _register(name, "condition", level, weight)


def array(
    name: str, *, level: int = 1, weight: float = 1.0, dims: tuple[int, ...] = (1, 2)
) -> Callable[[WriteArray], WriteArray]:
    """Register a form of expression whose value is a new array of a wanted shape."""
    return _register(name, "array", level, weight, dims)


def operand(name: str, *, level: int = 1, weight: float = 1.0) -> Callable[[WriteArray], WriteArray]:
    """Register a form of expression that reads a part of an array, mostly as a view."""
    return _register(name, "operand", level, weight, (1, 2))


def _register(name: str, kind: str, level: int, weight: float, dims: tuple[int, ...] = ()) -> Callable[[Any], Any]:
    def register(write: Callable[..., Any]) -> Callable[..., Any]:
        assert name not in FEATURES, f"two features are called {name}"
        FEATURES[name] = Feature(name, kind, level, weight, write, dims)
        return write

    return register


def of_kind(kind: str, level: int) -> list[Feature]:
    """The features of a kind up to a level."""
    return [feature for feature in FEATURES.values() if feature.kind == kind and feature.level <= level]
