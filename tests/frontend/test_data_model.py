"""Python's data model, walked from its list: a special method that a class defines is called or refused.

For every special method there is a class that defines it with an effect that tells, and the syntax that calls it:

    class Made(NamedTuple):                    def program(x):
        v: float                                   o = Made(x)
        def __len__(self): return 7                return x * len(o)

in every form of class, for objects that are made in the function, captured, and passed in. The program gives what
Python gives, or is refused with an `AdcompileError` that points at the line. (Python reference, 3.3 Special method
names.)
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import adcompile as ad
from adcompile.frontend.structure import Leaf
from adcompile.frontend.trace import trace
from adcompile.ir.interpreter import run
from adcompile.runtime.trees import flatten, structure_of

X, OTHER, STEP = 1.5, 2.5, 1e-6

BINARY = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "and": "&",
    "or": "|",
    "xor": "^",
    "lshift": "<<",
    "rshift": ">>",
}
COMPARED = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


@dataclass(frozen=True)
class Special:
    """A special method: its definition in a class with a field `v`, and a use of an object `o` that calls it."""

    name: str
    definition: str
    use: str


def method(name: str, body: str, parameters: str = "", decorator: str = "") -> str:
    head = f"{decorator}\n" if decorator else ""
    return f"{head}def {name}(self{parameters}):\n    return {body}"


def one(label: str, body: str, use: str, parameters: str = "") -> Special:
    """The first word of the label is the method."""
    return Special(label, method(label.split()[0], body, parameters), use)


def specials() -> Iterator[Special]:
    yield from truths()
    yield from containers()
    yield from operators()
    yield from numbers_()
    yield from attributes()
    yield from constructions()


def truths() -> Iterator[Special]:
    for name, body in (("__bool__", "False"), ("__bool__", "self.v > 100.0"), ("__len__", "0")):
        label = f"{name} {body}"
        definition = method(name, body)
        for use in (
            "x if o else 3.0 * x",
            "5.0 * x if not o else x",
            "(o or Plain(7.0 * x)).v",
            "(o and Plain(7.0 * x)).v",
            "x if bool(o) else 3.0 * x",
            "x if any([o]) else 3.0 * x",
            "x if all([o, o]) else 3.0 * x",
            "x * len(list(filter(None, [o])))",
            "x * len([k for k in range(3) if o])",
        ):
            yield Special(f"{label}: {use}", definition, use)
        yield Special(f"{label}: if", definition, "\nif o:\n    return x\nreturn 3.0 * x")
        yield Special(f"{label}: while", definition, "\nwhile o:\n    return x\nreturn 3.0 * x")
        yield Special(f"{label}: assert", definition, "\nassert not o\nreturn 3.0 * x")


def containers() -> Iterator[Special]:
    yield one("__len__", "7", "x * len(o)")
    yield Special(
        "__len__ in a loop", method("__len__", "7"), "\ns = 0.0\nfor i in range(len(o)):\n    s += x * i\nreturn s"
    )
    for use in ("o[0]", "o[-1]", "o[x]", "o[1:2]", "o['k']", "o[0, 1]"):
        yield one(f"__getitem__ by {use}", "self.v * 10.0", use, ", key")
    yield one("__contains__", "True", "x if 3.0 in o else 2.0 * x", ", item")
    yield Special("not in", method("__contains__", "True", ", item"), "x if 3.0 not in o else 2.0 * x")
    iterates = method("__iter__", "iter((self.v, 4.0 * self.v))")
    for use in (
        "sum(o)",
        "sum(p * 2.0 for p in o)",
        "list(o)[1]",
        "tuple(o)[1]",
        "[p for p in o][1]",
        "[*o][1]",
        "max(o)",
        "max(*o)",
        "[q for p, q in zip(o, [1.0, 2.0])][1] * x",
        "[p for k, p in enumerate(o)][1]",
        "list(map(lambda p: 2.0 * p, o))[1]",
        "sorted([2, 1])[0] * sum(o)",
        "x if (4.0 * x) in o else 2.0 * x",
        "np.sum(np.array(list(o)))",
        "np.sum(np.array(o))",
    ):
        yield Special(f"__iter__: {use}", iterates, use)
    for use in ("\np, q = o\nreturn q", "\np, *q = o\nreturn q[0]", "\ns = 0.0\nfor p in o:\n    s += p\nreturn s"):
        yield Special(f"__iter__: {use}", iterates, use)
    own = "def __iter__(self):\n    return self\ndef __next__(self):\n    raise StopIteration"
    yield Special("__next__", own, "x + sum(o)")
    by_item = "def __getitem__(self, k):\n    if k > 2:\n        raise IndexError\n    return self.v * k"
    yield Special("iteration by __getitem__", by_item, "sum(o)")
    yield Special("in by __getitem__", by_item, "x if 3.0 in o else 2.0 * x")
    yield one("__reversed__", "[self.v, 5.0 * self.v]", "list(reversed(o))[1]")
    yield Special("__length_hint__", method("__length_hint__", "3"), "x * o.v")
    stores = "def __setitem__(self, key, value):\n    self.v = 10.0 * value"
    yield Special("__setitem__", stores, "\no[0] = x\nreturn o.v")
    yield Special("__setitem__ +=", f"{stores}\n{method('__getitem__', 'self.v', ', key')}", "\no[0] += x\nreturn o.v")
    yield Special("__delitem__", "def __delitem__(self, key):\n    self.v = 10.0", "\ndel o[0]\nreturn o.v * x")
    yield one("__missing__", "5.0", "o['absent'] * x", ", key")
    yield one("__call__", "self.v * a", "o(x)", ", a")
    yield one("__call__ by map", "self.v * a", "sum(map(o, [x, 2.0]))", ", a")


def operators() -> Iterator[Special]:
    for name, symbol in BINARY.items():
        if name in ("sub", "mul", "truediv", "mod", "xor", "or", "rshift"):  # as the others
            continue
        yield one(f"__{name}__", "self.v * 10.0 + a", f"o {symbol} x", ", a")
        yield one(f"__r{name}__", "self.v * 10.0 + a", f"x {symbol} o", ", a")
        yield Special(f"__r{name}__ of an int", method(f"__r{name}__", "self.v * 10.0 + a", ", a"), f"3 {symbol} o")
        for shown, value in {
            "an array": "np.array([x, x])",
            "a 0-d": "np.array(x)",
            "a scalar": "np.float64(x)",
        }.items():
            use = f"np.sum({value} {symbol} o)"
            yield Special(f"__r{name}__ of {shown}", method(f"__r{name}__", "self.v * 10.0 + a", ", a"), use)
        last = f"__array_ufunc__ = None\n{method(f'__r{name}__', 'self.v * 10.0 + np.sum(a)', ', a')}"
        yield Special(f"__r{name}__, no ufuncs", last, f"np.array([x, 2.0]) {symbol} o")
        last = f"__array_priority__ = 1000\n{method(f'__r{name}__', 'self.v * 10.0 + np.sum(a)', ', a')}"
        yield Special(f"__r{name}__, priority", last, f"np.array([x, 2.0]) {symbol} o")
        changes = f"def __i{name}__(self, a):\n    self.v = 10.0 * self.v + a\n    return self"
        yield Special(f"__i{name}__", changes, f"\no {symbol}= x\nreturn o.v")
        yield Special(
            f"__i{name}__ gives another",
            method(f"__i{name}__", "self.v * 7.0 + a", ", a"),
            f"\no {symbol}= x\nreturn o",
        )
        yield Special(
            f"__{name}__ by {symbol}=", method(f"__{name}__", "self.v * 7.0 + a", ", a"), f"\no {symbol}= x\nreturn o"
        )
        gives = method(f"__{name}__", "NotImplemented", ", a")
        yield Special(f"__{name}__ gives up", gives, f"o {symbol} x")
        reflected = method(f"__r{name}__", "self.v * 3.0", ", a")
        yield Special(f"__{name}__ hands on", gives, f"o {symbol} Reflected(x)")
        yield Special(f"both {name}", f"{gives}\n{reflected}", f"o {symbol} o")
    for name, symbol in COMPARED.items():
        yield one(f"__{name}__", "self.v * 10.0 > 0.0", f"x if o {symbol} x else 3.0 * x", ", a")
        yield Special(f"__{name}__ of itself", method(f"__{name}__", "False", ", a"), f"x if o {symbol} o else 3.0 * x")
        yield Special(
            f"__{name}__ mirrored", method(f"__{name}__", "self.v > 0.0", ", a"), f"x if x {symbol} o else 3.0 * x"
        )
        yield Special(f"__{name}__ of None", method(f"__{name}__", "True", ", a"), f"x if o {symbol} None else 3.0 * x")
        yield Special(f"__{name}__ gives a number", method(f"__{name}__", "self.v * a", ", a"), f"o {symbol} x")
        yield Special(f"no __{name}__", "def nothing(self):\n    return 1.0", f"x if o {symbol} o else 3.0 * x")
        yield Special(f"no __{name}__ with x", "def nothing(self):\n    return 1.0", f"x if o {symbol} x else 3.0 * x")
    yield one("__eq__ in a list", "True", "x if 3.0 in [o] else 2.0 * x", ", a")
    yield one("__eq__ by !=", "True", "x if o != 3.0 else 2.0 * x", ", a")
    yield one("__lt__ by max", "True", "max(o, o).v * x", ", a")
    yield one("__divmod__", "(self.v * a, 2.0)", "divmod(o, x)[0]", ", a")
    yield one("__rdivmod__", "(self.v * a, 2.0)", "divmod(x, o)[0]", ", a")
    yield one("__pow__ by pow", "self.v * a", "pow(o, x)", ", a")
    yield one("__add__ by sum", "self.v + a", "sum([o, o])", ", a")
    yield one("__radd__ by sum", "self.v + a", "sum([o])", ", a")
    yield Special("operator.add", method("__add__", "self.v * 3.0", ", a"), "operator.add(o, x)")
    yield Special("operator.eq", method("__eq__", "True", ", a"), "x if operator.eq(o, x) else 3.0 * x")
    yield one("__hash__", "7", "x * hash(o)")


def numbers_() -> Iterator[Special]:
    for name, use in {
        "__neg__": "-o",
        "__pos__": "+o",
        "__invert__": "~o",
        "__abs__": "abs(o)",
        "__float__": "float(o) * x",
        "__round__": "round(o)",
        "__trunc__": "math.trunc(o)",
        "__floor__": "math.floor(o)",
        "__ceil__": "math.ceil(o)",
    }.items():
        yield one(name, "self.v * 10.0", use)
    yield one("__int__", "7", "int(o) * x")
    for use in (
        "[x, 2.0 * x, 3.0 * x][o]",
        "int(o) * x",
        "float(o) * x",
        "x * len(range(o))",
        "np.array([x, 2.0, 3.0])[o]",
    ):
        yield one(f"__index__ by {use}", "2", use)
    yield one("__float__ by math.sqrt", "self.v * 4.0", "math.sqrt(o)")
    yield one("__float__ by np.sqrt", "self.v * 4.0", "np.sqrt(o)")
    yield one("__round__ with digits", "self.v * n", "round(o, 2)", ", n")
    yield one("__complex__", "1j", "x * complex(o).imag")
    yield one("__array__", "np.array([self.v, 2.0])", "np.sum(np.asarray(o))", ", dtype=None, copy=None")
    yield one("__array__ by +", "np.array([self.v, 2.0])", "np.sum(np.array([x, x]) + o)", ", dtype=None, copy=None")
    yield one("__array_ufunc__", "5.0 * self.v", "np.exp(o)", ", *args, **keywords")
    yield one("__array_function__", "5.0 * self.v", "np.sum(o)", ", *args")
    for name, use in {
        "__str__": "len(str(o)) * x",
        "__repr__": "len(repr(o)) * x",
        "__format__": "len(f'{o}') * x",
    }.items():
        yield one(name, "'long'", use, ", spec" if name == "__format__" else "")


def attributes() -> Iterator[Special]:
    yield one("__getattr__", "self.v * 42.0", "o.missing * x", ", name")
    yield one("__getattr__ of a method", "lambda: self.v * 42.0", "o.missing()", ", name")
    yield Special("__getattr__ not asked", method("__getattr__", "self.v * 42.0", ", name"), "o.v * x")
    yield one("__getattribute__", "42.0", "o.v * x", ", name")
    yield one("__getattribute__ of a method", "lambda: 42.0", "o.w() * x", ", name")
    for setter in ("object.__setattr__(self, name, 10.0 * value)", "super().__setattr__(name, 10.0 * value)"):
        yield Special(
            f"__setattr__ {setter}", f"def __setattr__(self, name, value):\n    {setter}", "\no.v = x\nreturn o.v"
        )
        yield Special(
            f"__setattr__ at making {setter}", f"def __setattr__(self, name, value):\n    {setter}", "o.v * x"
        )
    by_dict = "def __setattr__(self, name, value):\n    self.__dict__[name] = 10.0 * value"
    yield Special("__setattr__ by __dict__", by_dict, "\no.v = x\nreturn o.v")
    yield Special("__delattr__", "def __delattr__(self, name):\n    self.v = 5.0", "\ndel o.v\nreturn o.v * x")
    yield one("__dir__", "['a']", "len(dir(o)) * x")
    doubled = "@property\ndef w(self):\n    return 2.0 * self.v\n"
    yield Special("property", doubled, "o.w * x")
    yield Special(
        "property, set", f"{doubled}@w.setter\ndef w(self, value):\n    self.v = 10.0 * value", "\no.w = x\nreturn o.v"
    )
    yield Special(
        "property, +=", f"{doubled}@w.setter\ndef w(self, value):\n    self.v = 10.0 * value", "\no.w += x\nreturn o.v"
    )
    yield Special("property, no setter", doubled, "\no.w = x\nreturn o.v")
    yield Special(
        "property, deleted", f"{doubled}@w.deleter\ndef w(self):\n    self.v = 3.0", "\ndel o.w\nreturn o.v * x"
    )
    yield Special(
        "cached_property", "@functools.cached_property\ndef w(self):\n    return 2.0 * self.v", "o.w * o.w * x"
    )
    yield Special(
        "cached_property stays",
        "@functools.cached_property\ndef w(self):\n    return 2.0 * self.v",
        "\na = o.w\no.v = 10.0 * x\nreturn o.w * x",
    )
    yield Special("descriptor", "w = Tripled()", "o.w * x")
    yield Special("data descriptor", "w = Stored()", "\no.w = x\nreturn o.v")
    yield Special("staticmethod", "@staticmethod\ndef w(a):\n    return 2.0 * a", "o.w(x)")
    yield Special(
        "classmethod", "@classmethod\ndef w(cls, a):\n    return a if cls.__name__ == 'Plain' else 2.0 * a", "o.w(x)"
    )
    yield Special(
        "partialmethod", "def f(self, a, b):\n    return self.v * a * b\nw = functools.partialmethod(f, 3.0)", "o.w(x)"
    )
    yield Special("function as attribute", "w = len", "o.w([1.0]) * x")
    yield Special(
        "private",
        "def _secret(self):\n    return self.__own()\ndef __own(self):\n    return 3.0 * self.v",
        "o._secret()",
    )
    yield Special("private data", "__own = 3.0\ndef get(self):\n    return self.__own * self.v", "o.get()")
    yield Special("class of an instance", "k = 3.0", "x * o.__class__.k")
    yield Special("name of the class", "k = 3.0", "x * len(o.__class__.__name__)")
    yield Special("type", "k = 3.0", "x * type(o).k")
    yield Special("identity of the class", "k = 3.0", "x if o.__class__ is Plain else 3.0 * x")
    yield Special("type is", "k = 3.0", "x if type(o) is Plain else 3.0 * x")
    yield Special(
        "__class__ is a lie",
        "@property\ndef __class__(self):\n    return float",
        "x if isinstance(o, float) else 3.0 * x",
    )
    yield Special("__dict__", "k = 3.0", "o.__dict__['v'] * x")
    yield Special("vars", "k = 3.0", "vars(o)['v'] * x")
    yield Special("__doc__", "'''four'''", "len(o.__doc__) * x")
    yield Special("__module__", "k = 3.0", "len(o.__module__) * x")
    yield Special(
        "__match_args__", "__match_args__ = ('v',)", "\nmatch o:\n    case object(v=a):\n        return a * x"
    )
    yield Special("__weakref__", "k = 3.0", "x if o.__weakref__ is None else 2.0 * x")


def constructions() -> Iterator[Special]:
    yield Special(
        "__enter__",
        "def __enter__(self):\n    return 5.0\ndef __exit__(self, *a):\n    self.v = 3.0",
        "\nwith o as a:\n    pass\nreturn a * x * o.v",
    )
    yield Special("__new__", "def __new__(cls, *a, **k):\n    return Plain(9.0)", "o.v * x")
    yield Special("__del__", "def __del__(self):\n    pass", "o.v * x")
    yield Special("__init_subclass__", "def __init_subclass__(cls):\n    cls.k = 5.0", "o.v * x")
    yield Special("__class_getitem__", "def __class_getitem__(cls, item):\n    return 5.0", "o.__class__[int] * x")
    yield Special("__instancecheck__", "k = 1.0", "x if isinstance(o, Everything) else 3.0 * x")
    yield Special(
        "__post_init__", "def __post_init__(self):\n    self.w = 2.0 * self.v", "o.w * x if hasattr(o, 'w') else x"
    )
    yield Special("__post_init__ sets the field", "def __post_init__(self):\n    self.v = 2.0 * self.v", "o.v * x")
    yield Special("__copy__", method("__copy__", "Plain(9.0)"), "copy.copy(o).v * x")
    yield Special("__deepcopy__", method("__deepcopy__", "Plain(9.0)", ", memo"), "copy.deepcopy(o).v * x")
    yield Special("__replace__", "k = 3.0", "dataclasses.replace(o, v=3.0 * x).v")
    yield Special("_replace", "k = 3.0", "o._replace(v=3.0 * x).v")
    yield Special("super", "def __len__(self):\n    return 3 + super().__len__()", "len(o) * x")
    yield Special("made anew", "def again(self, a):\n    return self.__class__(a)", "o.again(3.0 * x).v")
    yield Special("made anew by type", "def again(self, a):\n    return type(self)(a)", "o.again(3.0 * x).v")


def indented(text: str, by: int = 4) -> str:
    return "\n".join(f"{' ' * by}{line}" if line else line for line in text.splitlines())


@dataclass(frozen=True)
class Form:
    """A kind of class: how it begins, and how an instance is made of `{}`."""

    name: str
    head: str
    made: str


INITIALISED = "def __init__(self, v):\n    self.v = v"


def of(base: str, value: str) -> str:
    """A class derived from a built-in one, whose field `v` is computed from its instance."""
    return f"class {{name}}({base}):\n    @property\n    def v(self):\n        return {value}"


FORMS = [
    Form("plain", f"class {{name}}:\n{indented(INITIALISED)}", "{name}({value})"),
    Form("slots", f"class {{name}}:\n    __slots__ = ('v',)\n{indented(INITIALISED)}", "{name}({value})"),
    Form("dataclass", "@dataclass\nclass {name}:\n    v: float", "{name}({value})"),
    Form("frozen", "@dataclass(frozen=True)\nclass {name}:\n    v: float", "{name}({value})"),
    Form("ordered", "@dataclass(order=True, slots=True)\nclass {name}:\n    v: float", "{name}({value})"),
    Form("namedtuple", "class {name}(NamedTuple):\n    v: float", "{name}({value})"),
    Form("of a namedtuple", "class {name}(namedtuple('{name}', 'v')):\n    pass", "{name}({value})"),
    Form("float", of("float", "float.__mul__(self, 1.0)"), "{name}({value})"),
    Form("int", of("int", "int.__mul__(self, 1)"), "{name}(int({value}))"),
    Form("list", of("list", "list.__getitem__(self, 0)"), "{name}([{value}])"),
    Form("tuple", of("tuple", "tuple.__getitem__(self, 0)"), "{name}(({value},))"),
    Form("dict", of("dict", "dict.__getitem__(self, 'v')"), "{name}(v={value})"),
    Form("str", "class {name}(str):\n    v = 1.5", "{name}('abc')"),
    Form("array", of("np.ndarray", "1.5"), "np.array([{value}]).view({name})"),
    Form("abstract", f"class {{name}}(ABC):\n{indented(INITIALISED)}", "{name}({value})"),
]

HEAD = """
import copy, dataclasses, functools, math, operator
from abc import ABC
from collections import namedtuple
from dataclasses import dataclass
from typing import NamedTuple
import numpy as np

class Plain:
    def __init__(self, v):
        self.v = v

class Reflected:
    def __init__(self, v):
        self.v = v
{reflected}

class Tripled:
    def __get__(self, owner, cls):
        return 3.0 * owner.v

class Stored(Tripled):
    def __set__(self, owner, value):
        owner.v = 10.0 * value

class Meta(type):
    def __instancecheck__(cls, o):
        return True

class Everything(metaclass=Meta):
    pass
"""
PLACES = ("made", "captured", "argument")


def program(k: int, special: Special, form: Form, place: str) -> str:
    """A class and a function of a module; the class may be one that Python does not accept."""
    name = f"Made{k}"
    head = form.head.format(name=name)
    defined = f"{head}\n{indented(special.definition)}"
    made = form.made.format(name=name, value="x")
    use = special.use[1:] if special.use.startswith("\n") else f"return {special.use}"
    if place == "made":
        function = f"def program{k}(x):\n    o = {made}\n{indented(use)}"
    elif place == "captured":
        constant = form.made.format(name=name, value=OTHER)
        function = f"O{k} = {constant}\ndef program{k}(x):\n    o = O{k}\n{indented(use)}"
    else:
        function = f"def program{k}(x, o):\n{indented(use)}"
    both = f"{defined}\n{function}\n"
    refused = f"except (TypeError, AttributeError, ValueError, RuntimeError):\n    program{k} = None"
    return f"try:\n{indented(both)}\n{refused}\n\n"


SPECIALS = list(specials())
TRIED_FULLY = ("plain", "dataclass", "namedtuple")


@dataclass(frozen=True)
class Programs:
    """A module with a program for every special method."""

    module: ModuleType
    form: Form
    place: str

    def function(self, k: int) -> Callable[..., Any] | None:
        """None where Python does not accept the class."""
        found: Callable[..., Any] | None = getattr(self.module, f"program{k}")
        return found

    def arguments(self, k: int, x: float) -> tuple[Any, ...]:
        if self.place != "argument":
            return (x,)
        cls = getattr(self.module, f"Made{k}")
        return (x, eval(self.form.made.format(name="cls", value=str(OTHER)), {"cls": cls, "np": np}))

    def run(self, k: int, x: float = X) -> Any:
        """What Python gives: a number, or the exception."""
        function = self.function(k)
        assert function is not None
        try:
            with np.errstate(all="ignore"):
                return function(*self.arguments(k, x))
        except Exception as error:
            return error


def load(form: Form, place: str, folder: Path) -> ModuleType:
    reflected = indented("\n".join(method(f"__r{name}__", "self.v * 3.0", ", a") for name in BINARY))
    text = HEAD.format(reflected=reflected)
    text += "".join(program(k, special, form, place) for k, special in enumerate(SPECIALS))
    path = folder / f"data_model_{form.name}_{place}.py".replace(" ", "_")
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def value_of(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """The value by the reference interpreter."""
    arguments = dict(zip(inspect.signature(function).parameters, args, strict=True))
    structures = {name: structure_of(each, where=name) for name, each in arguments.items()}
    result = trace(function, structures)
    if not isinstance(result.result, Leaf):
        raise TypeError("no number is returned")
    taken = [leaf for each in args for leaf in flatten(each, structure_of(each))]
    for reach, structure in result.captures:
        taken += flatten(reach.fetch(function, structures), structure)
    with np.errstate(all="ignore"):
        return next(iter(run(result.graph, taken)))


def verdict(programs: Programs, k: int) -> str:
    """What is wrong with the value, nothing if nothing is."""
    function = programs.function(k)
    if function is None:
        return ""
    try:
        args = programs.arguments(k, X)
    except Exception:  # the class has no instances
        return ""
    wanted = programs.run(k, X)
    try:
        value = value_of(function, args)
    except (ad.UnsupportedError, ad.MissingRuleError) as error:
        return "" if error.location is not None or programs.place == "argument" else f"no place: {error!r}"
    except Exception as error:
        same = isinstance(wanted, Exception) and type(error) is type(wanted)
        return "" if same else f"raises {error!r}, Python gives {wanted!r}"
    if not is_number(wanted) or not np.isclose(value, np.float64(wanted), rtol=1e-12):
        return f"gives {value!r}, Python {wanted!r}"
    return ""


def is_number(value: Any) -> bool:
    return np.shape(value) == () and isinstance(value, float | int | np.number)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_special_methods_are_called_or_refused(form: Form, place: str, tmp_path: Path) -> None:
    programs = Programs(load(form, place, tmp_path), form, place)
    every = list(enumerate(SPECIALS))
    # Instances of these are refused before anything is asked of them, or are what others are already.
    thinned = every[FORMS.index(form) % 4 :: 4] if form.name not in TRIED_FULLY else every
    wrong = {special.name: verdict(programs, k) for k, special in thinned}
    told = "\n".join(f"{name}: {each}" for name, each in wrong.items() if each)
    if told:
        pytest.fail(told, pytrace=False)


def test_derivatives_go_through_special_methods(tmp_path: Path) -> None:
    programs = Programs(load(FORMS[0], "made", tmp_path), FORMS[0], "made")
    compared = 0
    for k, special in list(enumerate(SPECIALS))[::4]:
        function = programs.function(k)
        if function is None or not is_number(programs.run(k)):
            continue
        try:
            gradient = ad.grad(function, cache=False)
            entry = gradient.py_func(X)
        except (ad.UnsupportedError, ad.MissingRuleError):
            continue
        slope = (float(programs.run(k, X + STEP)) - float(programs.run(k, X - STEP))) / (2 * STEP)
        captures = gradient._program((X,), {}).build.captures
        taken = [leaf for reach, structure in captures for leaf in flatten(reach.fetch(function), structure)]  # type: ignore[arg-type]
        np.testing.assert_allclose(entry(X, *taken)[-1], slope, rtol=1e-6, atol=1e-8, err_msg=special.name)
        compared += 1
    assert compared > 30
