"""How the rows of the table of scalar operations are entered: what operations of a kind have in common."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompile.ir.primitive import SCALARS, Complex, Cost, Dtypes, Effect, Primitive, Public, Spelling, Total
from adcompile.ops import special

Rule = Callable[..., object]


def operation(
    name: str, arity: int, kind: str, text: str, evaluate: Callable[..., Any], cost: Cost = Cost.CHEAP, **facts: Any
) -> Primitive:
    """What Python has an operator for."""
    names = (evaluate.__name__,) if isinstance(evaluate, np.ufunc) else ()
    given = {"dtypes": Dtypes.SAME, "total": Total.ALWAYS, "elementwise": True, "public": Public(names), **facts}
    effect, spelling = Effect.PURE, Spelling(kind, text)
    primitive = Primitive(
        name=name, arity=arity, effect=effect, cost=cost, spelling=spelling, evaluate=evaluate, **given
    )
    SCALARS[name] = primitive
    return primitive


def bits(name: str, text: str, evaluate: Callable[..., Any], **facts: Any) -> Primitive:
    """An operation on bits, of integers and bools."""
    return operation(name, 2, "binary", text, evaluate, flat=True, **facts)


def comparison(name: str, text: str, evaluate: Callable[..., Any], *, commutative: bool = False) -> Primitive:
    facts: dict[str, Any] = {"dtypes": Dtypes.COMPARED, "flat": True, "bound": lambda *_: 1.0}
    return operation(name, 2, "compare", text, evaluate, commutative=commutative, **facts)


def logical(name: str, arity: int, kind: str, evaluate: Callable[..., Any], *, commutative: bool = False) -> Primitive:
    facts: dict[str, Any] = {"dtypes": Dtypes.LOGICAL, "flat": True, "bound": lambda *_: 1.0, "public": Public()}
    return operation(name, arity, kind, name, evaluate, commutative=commutative, **facts)


def function(name: str, rule: Rule | None, names: Public, *, arity: int = 1, **facts: Any) -> Primitive:
    """A function of analysis, as NumPy computes it: of floats, expensive. Without a rule its derivative is zero."""
    text, meaning = f"np.{name}", getattr(np, name, None)
    given = {"dtypes": Dtypes.REAL, "cost": Cost.FUNCTION, "complex": Complex.HOLOMORPHIC, **facts}
    given |= {"rule": rule, "flat": rule is None, "public": names}
    return operation(name, arity, "call", text, given.pop("evaluate", meaning), **given)


def classifying(name: str) -> Primitive:
    """Which kind of number it is."""
    names = Public((name,), integers=False)
    facts: dict[str, Any] = {"dtypes": Dtypes.CLASSIFIED, "cost": Cost.MODERATE, "complex": Complex.PARTS}
    return function(name, None, names, bound=lambda x: 1.0, **facts)


def rounding(name: str, names: Public, **facts: Any) -> Primitive:
    given = {"dtypes": Dtypes.SAME, "cost": Cost.MODERATE, "complex": Complex.NONE, "bound": lambda x: x + 1.0, **facts}
    return function(name, None, names, **given)


def choosing(name: str, rule: Rule, *, drops_nan: bool = False, **facts: Any) -> Primitive:
    """The larger or the smaller one of two numbers."""
    given = {"dtypes": Dtypes.SAME, "complex": Complex.NONE, "bound": max, "chooses": True, **facts}
    return function(name, rule, Public((name,)), arity=2, drops_nan=drops_nan, **given)


def written(name: str, rule: Rule | None, names: Public, meaning: Callable[[float], float], **facts: Any) -> Primitive:
    """A function of float64 that NumPy has not: of `math`, or one whose text goes into the program (`ops.special`)."""
    text = name if name in special.FUNCTIONS else f"math.{name}"
    given = {"dtypes": Dtypes.REAL, "native_float32": False, "complex": Complex.HOLOMORPHIC, "public": names, **facts}
    return operation(name, 1, "call", text, special.over(meaning), Cost.FUNCTION, rule=rule, **given)


def marked(name: str, arity: int, evaluate: Callable[..., Any], **facts: Any) -> Primitive:
    """What has no spelling of its own in Python."""
    return operation(name, arity, "special", name, evaluate, **facts)


def every(*given: bool) -> bool:
    return all(given)


def always(*_: bool) -> bool:
    return True


def first(first: bool, *_: bool) -> bool:
    return first


def sum_of(*bounds: float) -> float:
    return sum(bounds)


def product_of(*bounds: float) -> float:
    return math.prod(bounds)


def power_of(base: float) -> Callable[[float], float]:
    return lambda x: base**x if x < 300.0 else math.inf


def of_first(x: float, *_: float) -> float:
    return x
