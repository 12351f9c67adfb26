"""Programs that read something from outside, for every way to it, and ways to change it afterwards.

    way "base class"                        thing "string"                    change "shadow"
    class Base_7: v = "a"                   x if {v} == "a" else 3.0 * x      Sub_7.v = "b"
    class Sub_7(Base_7): pass
    def f_7(x): return x if Sub_7.v == "a" else 3.0 * x

`write` puts them into a module; `differences` calls their gradients before and after the change. The oracle is the
function itself, run by Python. As a program this module does so in a process of its own (`main`).
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import adcompile as ad


@dataclass(frozen=True)
class Thing:
    """Something that is read: at first, later, how it is used, and how it is changed where it stands."""

    first: str
    later: str
    use: str
    mutate: str = ""


THINGS = {
    "float": Thing("2.0", "5.0", "x * {v}"),
    "int": Thing("2", "3", "x ** {v}"),
    "count": Thing("2", "3", "twice(x, {v})"),
    "bool": Thing("True", "False", "(x if {v} else 3.0 * x)"),
    "string": Thing("'a'", "'b'", "(x if {v} == 'a' else 3.0 * x)"),
    "none": Thing("None", "2.0", "(x if {v} is None else 3.0 * x)"),
    "array": Thing("np.array([1.0, 2.0])", "np.array([3.0, 5.0, 7.0])", "np.sum(x * {v})", "{v}[0] = 9.0"),
    "numbers": Thing("[1.0, 2.0]", "[1.0, 2.0, 4.0]", "sum(x * each for each in {v})", "{v}.append(7.0)"),
    "strings": Thing("['a', 'b']", "['a']", "x * len({v})", "{v}.append('c')"),
    "dict": Thing("{{'a': 2.0}}", "{{'a': 3.0, 'b': 1.0}}", "x * {v}['a'] * len({v})", "{v}['a'] = 6.0"),
    "names": Thing("{{'a': 'b'}}", "{{'a': 'c'}}", "(x if {v}['a'] == 'b' else 3.0 * x)", "{v}['a'] = 'd'"),
    "function": Thing("square", "cube", "{v}(x)", "{v}.__defaults__ = (7.0,)"),
    "ufunc": Thing("np.sin", "np.exp", "{v}(x)"),
    "type": Thing("Left", "Right", "(x if isinstance(LEFT, {v}) else 3.0 * x)", "LEFT.__class__ = Other"),
    "enum": Thing("Color.RED", "Color.BLUE", "(x if {v} is Color.RED else 3.0 * x)"),
    "intenum": Thing("Level.LOW", "Level.HIGH", "x * {v}"),
    "partial": Thing(
        "functools.partial(scaled, k=2.0)", "functools.partial(scaled, k=3.0)", "{v}(x)", "{v}.keywords['k'] = 4.0"
    ),
    "object": Thing("Box(2.0)", "Box(3.0)", "x * {v}.held", "{v}.held = 4.0"),
    "dataclass": Thing("Pair(2.0)", "Pair(3.0)", "x * {v}.one * {v}.two", "{v}.one = 4.0"),
    "slice": Thing("slice(0, 2)", "slice(1, 3)", "np.sum(x * ROW[{v}])"),
}

HEAD = """
import enum, functools
from dataclasses import dataclass, field
from typing import Any, NamedTuple
import numpy as np

ROW = np.array([1.0, 2.0, 4.0])
def twice(x, n):
    s = 0.0
    for i in range(n):
        s += x * (i + 1.0)
    return s
def square(x, k=1.0): return k * x * x
def cube(x, k=1.0): return k * x * x * x
def scaled(x, k): return x * k
class Left: pass
class Right: pass
class Other: pass
LEFT = Left()
class Color(enum.Enum):
    RED = 1
    BLUE = 2
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2
class Box:
    def __init__(self, held): self.held = held
@dataclass
class Pair:
    one: float
    two: float = 3.0
"""


@dataclass(frozen=True)
class Way:
    """How a program comes to what it reads.

    `text` defines `f_N(x)`, or `f_N(o, x)` to be called with `a_N`; `V` stands for the thing, `USE` for its use.
    `change` maps a kind of change to statements: `NEW` is the later thing; `at` is where it stands now. `skip` are
    things that it does not lead to; a way with a thing of its `own` leads to no other. After a change that is called
    "refused" the program may be refused.
    """

    text: str
    use: str
    at: str
    change: dict[str, str]
    skip: tuple[str, ...] = ()
    own: Thing | None = None


PLAIN = {"rebind": "{at} = NEW", "delete": "del {at}"}
# A function in a class becomes a method: it takes the instance first.
METHODS = ("function", "partial")

# A variable of an enclosing function, and functions that change it.
CELL = (
    "def make_N():\n v = V\n def h(x): return USE\n def put(new):\n  nonlocal v\n  v = new\n"
    " def get(): return v\n return h, put, get\n"
)

WAYS = {
    "global": Way("v_N = V\ndef f_N(x): return USE", "v_N", "v_N", PLAIN),
    "helper's global": Way("v_N = V\ndef h_N(x): return USE\ndef f_N(x): return h_N(x)", "v_N", "v_N", PLAIN),
    "builtin": Way(
        "def f_N(x): return x * abs(-2.0)", "abs", "", {"shadow": "abs = scaled_abs", "none": ""}, own=Thing("", "", "")
    ),
    "cell": Way(
        CELL + "f_N, put_N, get_N = make_N()",
        "v",
        "get_N()",
        {"rebind": "put_N(NEW)"},
    ),
    "helper's cell": Way(
        CELL + "h_N, put_N, get_N = make_N()\ndef f_N(x): return h_N(x)",
        "v",
        "get_N()",
        {"rebind": "put_N(NEW)"},
    ),
    "default": Way(
        "def f_N(x, v=V): return USE",
        "v",
        "f_N.__defaults__[0]",
        {"rebind": "f_N.__defaults__ = (NEW,)", "delete": "f_N.__defaults__ = None"},
    ),
    "helper's default": Way(
        "def h_N(x, v=V): return USE\ndef f_N(x): return h_N(x)",
        "v",
        "h_N.__defaults__[0]",
        {"rebind": "h_N.__defaults__ = (NEW,)", "delete": "h_N.__defaults__ = None"},
    ),
    "keyword default": Way(
        "def h_N(x, *, v=V): return USE\ndef f_N(x): return h_N(x)",
        "v",
        "h_N.__kwdefaults__['v']",
        {"rebind": "h_N.__kwdefaults__ = {{'v': NEW}}", "replace": "h_N.__kwdefaults__['v'] = NEW"},
    ),
    "class": Way("class C_N:\n v = V\ndef f_N(x): return USE", "C_N.v", "C_N.v", PLAIN),
    "base class": Way(
        "class B_N:\n v = V\nclass C_N(B_N): pass\ndef f_N(x): return USE",
        "C_N.v",
        "B_N.v",
        PLAIN | {"shadow": "C_N.v = NEW", "bases": "C_N.__bases__ = (type('D', (), {{'v': NEW}}),)"},
    ),
    "metaclass": Way(
        "class M_N(type):\n v = V\nclass C_N(metaclass=M_N): pass\ndef f_N(x): return USE",
        "C_N.v",
        "M_N.v",
        PLAIN | {"shadow": "C_N.v = NEW"},
        METHODS,
    ),
    "instance": Way(
        "class C_N: pass\no_N = C_N()\no_N.v = V\ndef f_N(x): return USE",
        "o_N.v",
        "o_N.v",
        PLAIN | {"property": "C_N.v = property(lambda self: NEW)"},
    ),
    "instance's class": Way(
        "class C_N:\n v = V\no_N = C_N()\ndef f_N(x): return USE",
        "o_N.v",
        "C_N.v",
        PLAIN | {"shadow": "o_N.v = NEW", "class": "o_N.__class__ = type('D', (), {{'v': NEW}})"},
        METHODS,
    ),
    "method's self": Way(
        "class C_N:\n v = V\n def go(self, x): return USE\no_N = C_N()\ndef f_N(x): return o_N.go(x)",
        "self.v",
        "C_N.v",
        PLAIN
        | {
            "shadow": "o_N.v = NEW",
            "method": "C_N.go = lambda self, x: x * 11.0",
            "own": "o_N.go = lambda x: x * 13.0",
        },
        METHODS,
    ),
    "argument": Way(
        "class C_N:\n v = V\n def __init__(self): self.w = 2.0\n def go(self, x): return USE\na_N = C_N()\n"
        "def f_N(o, x): return o.go(x) * o.w",
        "self.v",
        "C_N.v",
        PLAIN
        | {
            "shadow": "a_N.v = NEW",
            "method": "C_N.go = lambda self, x: x * 11.0",
            "own": "a_N.go = lambda x: x * 13.0",
            "property": "C_N.w = property(lambda self: 17.0)",
        },
        METHODS,
    ),
    "argument's base": Way(
        "class B_N:\n v = V\nclass C_N(B_N):\n def __init__(self): self.w = 2.0\na_N = C_N()\n"
        "def f_N(o, x): return USE",
        "o.v",
        "B_N.v",
        PLAIN | {"shadow": "C_N.v = NEW", "own": "a_N.v = NEW"},
        METHODS,
    ),
    "argument's property": Way(
        "class C_N:\n v = V\n def __init__(self): self.w = 2.0\n @property\n def p(self): return C_N.v\na_N = C_N()\n"
        "def f_N(o, x): return USE",
        "o.p",
        "C_N.v",
        PLAIN | {"property": "C_N.p = property(lambda self: NEW)"},
    ),
    "static and class methods": Way(
        "class C_N:\n v = V\n @classmethod\n def one(cls): return cls.v\n @staticmethod\n def two(): return C_N.v\n"
        " def __init__(self): self.w = 1.0\na_N = C_N()\ndef f_N(o, x):\n v = o.one()\n return USE",
        "v",
        "C_N.v",
        PLAIN | {"method": "C_N.one = C_N.two", "static": "C_N.one = staticmethod(lambda: NEW)"},
    ),
    "dataclass argument": Way(
        "@dataclass\nclass C_N:\n w: float = 2.0\n def go(self, x): return x * self.k\nC_N.k = 3.0\nC_N.v = V\n"
        "a_N = C_N()\n"
        "def f_N(o, x): return USE + o.go(x)",
        "o.v",
        "C_N.v",
        PLAIN | {"shadow": "a_N.v = NEW", "other": "a_N.k = 5.0"},
        METHODS,
    ),
    "made in the function": Way(
        "class C_N:\n v = V\n def __init__(self, a): self.a = a\n def go(self):\n  x = self.a\n  return USE\n"
        "def f_N(x): return C_N(x).go()",
        "self.v",
        "C_N.v",
        PLAIN
        | {
            "init": "C_N.__init__ = lambda self, a: setattr_(self, 3.0 * a)",
            "method": "C_N.go = lambda self: 3.0 * self.a",
        },
        METHODS,
    ),
    "dataclass default": Way(
        "@dataclass\nclass C_N:\n a: float\n v: Any = field(default_factory=lambda: V)\n"
        "def f_N(x):\n c = C_N(x)\n return USE",
        "c.v",
        "",
        {"post": "C_N.__post_init__ = lambda self: None"},
    ),
    "module": Way("import SIDE as side_N\nside_N.v_N = V\ndef f_N(x): return USE", "side_N.v_N", "side_N.v_N", PLAIN),
    "module in an object": Way(
        "import SIDE as side_N\nside_N.v_N = V\nb_N = Box(side_N)\ndef f_N(x): return USE",
        "b_N.held.v_N",
        "side_N.v_N",
        PLAIN | {"other": "b_N.held = Box(0)\nb_N.held.v_N = NEW"},
    ),
    "partial": Way(
        "def h_N(x, v): return USE\np_N = functools.partial(h_N, v=V)\ndef f_N(x): return p_N(x)",
        "v",
        "p_N.keywords['v']",
        {"rebind": "p_N = functools.partial(h_N, v=NEW)", "replace": "p_N.keywords['v'] = NEW"},
    ),
    "in a container": Way(
        "t_N = {{'k': ['z', V]}}\ndef f_N(x): return USE",
        "t_N['k'][1]",
        "t_N['k'][1]",
        {"rebind": "t_N = {{'k': ['z', NEW]}}", "replace": "t_N['k'][1] = NEW", "delete": "del t_N['k'][1]"},
    ),
    "in a tuple of numbers": Way(
        "t_N = (1.0, V)\ndef f_N(x): return USE * t_N[0]", "t_N[1]", "t_N[1]", {"rebind": "t_N = (2.0, NEW)"}
    ),
    "in objects": Way(
        "b_N = Box(Box(V))\ndef f_N(x): return USE",
        "b_N.held.held",
        "b_N.held.held",
        {"rebind": "b_N.held = Box(NEW)", "replace": "b_N.held.held = NEW", "delete": "del b_N.held"},
    ),
    "enum member": Way(
        "class E_N(enum.Enum):\n A = V\ndef f_N(x): return USE",
        "E_N.A.value",
        "E_N.A._value_",
        {"rebind": "E_N.A._value_ = NEW"},
        (*METHODS, "enum", "intenum"),
    ),
    "enum's own attribute": Way(
        "class E_N(enum.Enum):\n A = 1\nE_N.v = V\ndef f_N(x): return USE", "E_N.A.v", "E_N.v", PLAIN, METHODS
    ),
    "enum argument": Way(
        "class E_N(enum.Enum):\n A = V\na_N = E_N.A\ndef f_N(o, x): return USE",
        "o.value",
        "E_N.A._value_",
        {"rebind": "E_N.A._value_ = NEW"},
        (*METHODS, "enum", "intenum"),
    ),
    "class argument": Way("class C_N:\n v = V\na_N = C_N\ndef f_N(o, x): return USE", "o.v", "C_N.v", PLAIN),
    "function argument": Way(
        CELL + "a_N, put_N, get_N = make_N()\ndef f_N(o, x): return o(x)",
        "v",
        "get_N()",
        {"rebind": "put_N(NEW)"},
    ),
    "getattr": Way(
        "class C_N:\n v = V\ndef f_N(x):\n v = getattr(C_N, 'v', None)\n return USE if v is not None else x * 9.0",
        "v",
        "C_N.v",
        PLAIN,
        ("none",),
    ),
    "hasattr": Way(
        "class C_N: pass\nif True: C_N.v = V\ndef f_N(x): return USE if hasattr(C_N, 'v') else x * 9.0",
        "C_N.v",
        "C_N.v",
        PLAIN,
    ),
    "isinstance": Way(
        "class B_N: pass\nclass C_N(B_N): pass\no_N = C_N()\ndef f_N(x): return x if isinstance(o_N, B_N) else x * 9.0",
        "o_N",
        "o_N",
        {"bases": "C_N.__bases__ = (Other,)", "class": "o_N.__class__ = Left", "kind": "B_N = Other"},
        own=Thing("", "", ""),
    ),
    "identity": Way(
        "b_N = Box(2.0)\no_N = b_N\nt_N = [b_N, Box(3.0)]\n"
        "def f_N(x):\n for each in t_N:\n  if each is o_N: x = 3.0 * x\n"
        " return x if b_N is o_N else 5.0 * x",
        "",
        "",
        {"rebind": "o_N = Box(2.0)", "replace": "t_N[0] = Box(2.0)", "both": "t_N[1] = b_N"},
        own=Thing("", "", ""),
    ),
    "identity of functions": Way(
        "def make_N():\n def h(x): return x\n return h\nb_N = make_N()\no_N = b_N\na_N = b_N\n"
        "def f_N(o, x): return (x if b_N is o_N else 5.0 * x) * (1.0 if b_N == o_N else 2.0)",
        "",
        "",
        {"rebind": "o_N = make_N()", "other": "o_N = square"},
        own=Thing("", "", ""),
    ),
    "bases": Way(
        "class B_N: pass\nclass C_N(V): pass\no_N = C_N()\ndef f_N(x): return x if isinstance(o_N, B_N) else x * 9.0",
        "",
        "",
        {"none": ""},
        own=Thing("B_N", "Other", ""),
    ),
    "super": Way(
        "class A_N:\n v = V\n def go(self, x): return USE\nclass B_N(A_N):\n def go(self, x): return 2.0 * x\n"
        "class C_N(A_N):\n def go(self, x): return super().go(x)\na_N = C_N()\na_N.w = 1.0\n"
        "def f_N(o, x): return o.go(x)",
        "self.v",
        "A_N.v",
        PLAIN | {"bases": "C_N.__bases__ = (B_N,)", "method": "A_N.go = B_N.go"},
        METHODS,
    ),
    "operator": Way(
        "class A_N:\n def __mul__(self, x): return 2.0 * x\nclass C_N(A_N):\n def __init__(self): self.w = 1.0\n"
        "a_N = C_N()\ndef f_N(o, x): return (o * x) * (1.0 if o else 3.0)",
        "",
        "",
        {
            "method": "A_N.__mul__ = lambda self, x: 5.0 * x",
            "shadow": "C_N.__mul__ = lambda self, x: 7.0 * x",
            "delete": "del A_N.__mul__",
            "truth": "A_N.__bool__ = lambda self: False",
            "length": "C_N.__len__ = lambda self: 0",
        },
        own=Thing("", "", ""),
    ),
    "captured dataclass": Way(
        "@dataclass\nclass C_N:\n w: float = 2.0\n def go(self, x): return USE\nC_N.v = V\no_N = C_N()\n"
        "def f_N(x): return o_N.go(x) * o_N.w",
        "self.v",
        "C_N.v",
        PLAIN | {"shadow": "o_N.v = NEW", "method": "C_N.go = lambda self, x: x * 11.0", "field": "o_N.w = 5.0"},
        METHODS,
    ),
    "captured tuple": Way(
        "class A_N(NamedTuple):\n w: float = 2.0\nclass C_N(A_N):\n v = V\no_N = C_N()\ndef f_N(x): return USE * o_N.w",
        "o_N.v",
        "C_N.v",
        PLAIN | {"refused: shadow": "o_N.v = NEW", "base": "A_N.w = property(lambda self: 9.0)"},
        METHODS,
    ),
    "property of a captured object": Way(
        "v_N = V\nclass C_N:\n @property\n def p(self): return v_N\no_N = C_N()\ndef f_N(x): return USE",
        "o_N.p",
        "v_N",
        PLAIN | {"property": "C_N.p = property(lambda self: NEW)", "instead": "C_N.p = NEW"},
    ),
    "__getattr__": Way(
        "v_N = V\nclass C_N:\n def __getattr__(self, name):\n  if name == 'v': return v_N\n"
        "  raise AttributeError(name)\n"
        "o_N = C_N()\ndef f_N(x): return USE",
        "o_N.v",
        "v_N",
        PLAIN | {"own": "o_N.v = NEW", "method": "C_N.__getattr__ = lambda self, name: NEW", "class": "C_N.v = NEW"},
        METHODS,
    ),
    "slots": Way(
        "class C_N:\n __slots__ = ('v',)\n def __init__(self, v): self.v = v\no_N = C_N(V)\ndef f_N(x): return USE",
        "o_N.v",
        "o_N.v",
        PLAIN,
    ),
    "__call__": Way(
        "class C_N:\n v = V\n def __call__(self, x): return USE\no_N = C_N()\ndef f_N(x): return o_N(x)",
        "self.v",
        "C_N.v",
        PLAIN | {"shadow": "o_N.v = NEW", "method": "C_N.__call__ = lambda self, x: x * 11.0"},
        METHODS,
    ),
    "default of a method": Way(
        "class C_N:\n def go(self, x, v=V): return USE\no_N = C_N()\ndef f_N(x): return o_N.go(x)",
        "v",
        "C_N.go.__defaults__[0]",
        {"rebind": "C_N.go.__defaults__ = (NEW,)"},
    ),
    "default of an argument's method": Way(
        "class C_N:\n def __init__(self): self.w = 1.0\n def go(self, x, *, v=V): return USE\na_N = C_N()\n"
        "def f_N(o, x): return o.go(x)",
        "v",
        "C_N.go.__kwdefaults__['v']",
        {"rebind": "C_N.go.__kwdefaults__ = {{'v': NEW}}", "replace": "C_N.go.__kwdefaults__['v'] = NEW"},
    ),
    "called through the class": Way(
        "class C_N:\n v = V\n def go(self, x): return USE\no_N = C_N()\ndef f_N(x): return C_N.go(o_N, x)",
        "self.v",
        "C_N.v",
        PLAIN | {"method": "C_N.go = lambda self, x: x * 11.0"},
        METHODS,
    ),
    "own class": Way(
        "class C_N:\n v = V\n def __init__(self): self.w = 1.0\n def go(self, x): return USE\na_N = C_N()\n"
        "def f_N(o, x): return o.go(x)",
        "self.__class__.v",
        "C_N.v",
        PLAIN | {"shadow": "a_N.v = NEW"},
        METHODS,
    ),
    "type of": Way(
        "class B_N: pass\nclass C_N(B_N):\n v = V\no_N = C_N()\ndef f_N(x): return USE * len(type(o_N).__name__)",
        "type(o_N).v",
        "C_N.v",
        PLAIN | {"class": "o_N.__class__ = type('Dee', (C_N,), {{}})", "name": "C_N.__name__ = 'Another'"},
    ),
    "objects in a list": Way(
        "class C_N:\n v = V\n def go(self, x): return USE\nt_N = [C_N(), C_N()]\n"
        "def f_N(x):\n for each in t_N: x = each.go(x)\n return x",
        "self.v",
        "C_N.v",
        PLAIN
        | {"shadow": "t_N[1].v = NEW", "append": "t_N.append(C_N())", "replace": "t_N[0] = Box(0); t_N[0].go = square"},
        (*METHODS, "array", "slice"),
    ),
    "functions in a dict": Way(
        "v_N = V\ndef h_N(x): return USE\nt_N = {{'a': h_N, 'w': 2.0}}\ndef f_N(x): return t_N['a'](x) * t_N['w']",
        "v_N",
        "v_N",
        PLAIN | {"replace": "t_N['a'] = cube", "number": "t_N['w'] = 5.0", "new": "t_N['b'] = 1.0"},
    ),
    "keys": Way(
        "t_N = {{'ab': V}}\ndef f_N(x):\n for k, v in t_N.items(): x = USE * len(k)\n return x",
        "v",
        "t_N['ab']",
        {"replace": "t_N['ab'] = NEW", "rename": "t_N['abc'] = t_N.pop('ab')", "rebind": "t_N = {{'ab': NEW}}"},
        ("array", "slice"),
    ),
    "enum keys": Way(
        "t_N = {{Color.RED: V, Color.BLUE: V}}\na_N = Color.RED\n"
        "def f_N(o, x): return USE * (1.0 if o is Color.RED else 5.0)",
        "t_N[o]",
        "t_N[Color.RED]",
        {"replace": "t_N[Color.RED] = NEW", "other": "a_N = Color.BLUE"},
    ),
    "a set": Way(
        "t_N = {{'a', 'b'}}\ndef f_N(x): return x if 'a' in t_N else 3.0 * x",
        "",
        "",
        {"discard": "t_N.discard('a')", "rebind": "t_N = {{'b'}}", "frozen": "t_N = frozenset('b')"},
        own=Thing("", "", ""),
    ),
    "decorated": Way(
        "def d_N(v):\n def wrap(f):\n  @functools.wraps(f)\n"
        "  def inner(x): return USE + f(x)\n  return inner\n return wrap\n"
        "def make_N():\n @d_N(V)\n def h(x): return 2.0 * x\n return h\nh_N = make_N()\ndef f_N(x): return h_N(x)",
        "v",
        "",
        {"wrapped": "h_N.__closure__[0].cell_contents = cube", "rebind": "h_N = d_N(NEW)(square)"},
    ),
    "nested function": Way("v_N = V\ndef f_N(x):\n def inner(x):\n  return USE\n return inner(x)", "v_N", "v_N", PLAIN),
    "code": Way(
        "def h_N(x): return 2.0 * x\ndef f_N(x): return h_N(x) + 1.0",
        "",
        "",
        {"helper": "h_N.__code__ = square.__code__", "itself": "f_N.__code__ = cube.__code__"},
        own=Thing("", "", ""),
    ),
    "method itself": Way(
        "class C_N:\n v = V\n def go(self, x): return USE\no_N = C_N()\nf_N = o_N.go",
        "self.v",
        "C_N.v",
        PLAIN | {"shadow": "o_N.v = NEW"},
        METHODS,
    ),
    "method of a dataclass": Way(
        "@dataclass\nclass C_N:\n w: float = 2.0\n def go(self, x): return USE * self.w\n"
        "C_N.v = V\no_N = C_N()\nf_N = o_N.go",
        "self.v",
        "C_N.v",
        PLAIN | {"shadow": "o_N.v = NEW", "field": "o_N.w = 5.0"},
        METHODS,
    ),
    "class in a function": Way(
        "def make_N():\n class C:\n  v = V\n  def __init__(self): self.w = 1.0\n"
        "  def go(self, x): return USE\n return C\n"
        "B_N = make_N()\na_N = B_N()\ndef f_N(o, x): return o.go(x)",
        "self.v",
        "B_N.v",
        PLAIN | {"shadow": "a_N.v = NEW", "another": "a_N = make_N()(); type(a_N).v = NEW"},
        METHODS,
    ),
    "part of an argument": Way(
        "class C_N:\n v = V\n def __init__(self): self.w = 1.0\na_N = {{'m': [C_N(), 2.0], 's': ('b', C_N)}}\n"
        "def f_N(o, x): return USE * o['m'][1]",
        "o['m'][0].v",
        "C_N.v",
        PLAIN | {"shadow": "a_N['m'][0].v = NEW", "number": "a_N['m'][1] = 3.0"},
        METHODS,
    ),
    "class in an argument": Way(
        "class C_N:\n v = V\na_N = {{'m': 2.0, 's': ('b', C_N)}}\ndef f_N(o, x): return USE * o['m']",
        "o['s'][1].v",
        "C_N.v",
        PLAIN | {"another": "a_N = {{'m': 2.0, 's': ('b', type('C', (C_N,), {{'v': NEW}}))}}"},
    ),
    "module argument": Way(
        "import SIDE as side_N\nside_N.v_N = V\na_N = side_N\ndef f_N(o, x): return USE", "o.v_N", "side_N.v_N", PLAIN
    ),
    "method argument": Way(
        "class C_N:\n v = V\n def go(self, x): return USE\nb_N = C_N()\na_N = b_N.go\ndef f_N(o, x): return o(x)",
        "self.v",
        "C_N.v",
        PLAIN | {"shadow": "b_N.v = NEW"},
        METHODS,
    ),
    "partial argument": Way(
        "def h_N(x, v): return USE\na_N = functools.partial(h_N, v=V)\ndef f_N(o, x): return o(x)",
        "v",
        "a_N.keywords['v']",
        {"replace": "a_N.keywords['v'] = NEW", "rebind": "a_N = functools.partial(h_N, v=NEW)"},
    ),
    "held by an argument's class, and a helper": Way(
        CELL + "h_N, put_N, get_N = make_N()\nclass C_N: pass\nC_N.h = h_N\na_N = C_N\n"
        "def f_N(o, x): return h_N(x) + o.h(x)",
        "v",
        "get_N()",
        {"rebind": "put_N(NEW)"},
    ),
    "object and number in one container": Way(
        "t_N = {{'a': Box(V), 'n': 2.0}}\ndef f_N(x): return USE * t_N['n']",
        "t_N['a'].held",
        "t_N['a'].held",
        {"rebind": "t_N['a'].held = NEW", "replace": "t_N['a'] = Box(NEW)", "number": "t_N['n'] = 3.0"},
    ),
    "helper of a function argument": Way(
        "v_N = V\ndef h_N(x): return USE\ndef a_N(x): return h_N(x)\ndef f_N(o, x): return o(x)", "v_N", "v_N", PLAIN
    ),
    "property by a class": Way(
        "class C_N:\n v = V\n @property\n def p(self): return self.v\n @functools.cached_property\n"
        " def q(self): return 2.0\n"
        "b_N = C_N()\ndef f_N(x): return USE * b_N.q",
        "b_N.p",
        "C_N.v",
        PLAIN | {"cached": "b_N.q = 7.0"},
        METHODS,
    ),
    "descriptor": Way(
        "v_N = V\nclass D_N:\n def __get__(self, owner, cls=None): return v_N\nclass C_N:\n d = D_N()\nb_N = C_N()\n"
        "def f_N(x): return USE + (x if C_N.d is None else x)",
        "b_N.d",
        "v_N",
        PLAIN | {"own": "b_N.d = NEW", "set": "D_N.__set__ = lambda self, o, v: None; b_N.__dict__['d'] = NEW"},
    ),
    "fields": Way(
        "@dataclass\nclass C_N:\n V\ndef f_N(x):\n c = C_N(x, 3.0 * x)\n return c.a + 2.0 * c.b",
        "",
        "",
        {"none": ""},
        own=Thing("a: float\n b: float", "b: float\n a: float", ""),
    ),
    "fields of a tuple": Way(
        "class C_N(NamedTuple):\n V\ndef f_N(x):\n c = C_N(x, 3.0 * x)\n return c.a + 2.0 * c.b",
        "",
        "",
        {"none": ""},
        own=Thing("a: float\n b: float", "b: float\n a: float", ""),
    ),
}


@dataclass(frozen=True)
class Case:
    """One program and one change."""

    number: int
    way: str
    thing: str
    kind: str
    text: str
    edited: str
    change: str

    def __str__(self) -> str:
        return f"{self.way}, {self.thing}, {self.kind}"


def cases(ways: tuple[str, ...] = tuple(WAYS), *, every: int = 1) -> Iterator[Case]:
    """Every way, with things it leads to, with every change. `every`: each way has one of so many things, in turn."""
    number = 0
    for name in ways:
        way = WAYS[name]
        things = dict(list(THINGS.items())[list(WAYS).index(name) % every :: every])
        if way.own is not None:
            things = {"itself": way.own}
        for kind_of_thing, thing in things.items():
            if kind_of_thing in way.skip:
                continue
            changes = dict(way.change)
            if thing.mutate and way.at:
                changes["mutate"] = thing.mutate.replace("{v}", "{at}")
            for kind, change in changes.items():
                number += 1
                text, edited = (
                    _filled(way.text, way.use, thing.use, each, number) for each in (thing.first, thing.later)
                )
                change = _filled(change.replace("{at}", way.at).replace("NEW", thing.later), "", "", "", number)
                yield Case(number, name, kind_of_thing, kind, text, edited, change)


def _filled(text: str, read: str, use: str, thing: str, number: int) -> str:
    text = text.replace("USE", use.replace("{v}", read))
    text = re.sub(r"\bV\b", lambda _: thing, text)
    return text.replace("{{", "{").replace("}}", "}").replace("_N", f"_{number}")


def write(folder: Path, name: str, chosen: list[Case], *, edited: bool = False) -> None:
    """The module of these cases, and another one beside it that they import. `edited`: with the later things."""
    (folder / f"{name}_side.py").write_text("")
    texts = []
    for case in chosen:
        own = (case.edited if edited else case.text).replace("SIDE", f"{name}_side")
        names = ", ".join(f"{each}_{case.number}" for each in "vptobBa")
        body = "".join(f"    {line}\n" for line in (f"global abs, {names}\n{case.change or 'pass'}").split("\n"))
        texts += [f"# {case}", own.rstrip("\n"), f"def change_{case.number}():\n{body}"]
    (folder / f"{name}.py").write_text(
        HEAD + "def setattr_(o, a): o.a = a\ndef scaled_abs(x): return 5.0\n" + "\n".join(texts)
    )


X = 1.5


def outcome(call: Callable[[], Any]) -> Any:
    """What a call gives: a number, or the class of what it raises."""
    try:
        return float(call())
    except ad.AdcompileError:
        return ad.AdcompileError
    except Exception as error:
        return type(error)


def agrees(found: Any, wanted: Any) -> bool:
    """Is it the same number, or an exception where Python raises one?"""
    if isinstance(wanted, float):
        return isinstance(found, float) and abs(found - wanted) <= 1e-12 * max(1.0, abs(wanted))
    return found is wanted or found is ad.AdcompileError


def function_of(module: ModuleType, case: Case) -> tuple[Callable[..., Any], Callable[[], tuple[Any, ...]]]:
    """The function of a case, and what it is called with."""
    function = getattr(module, f"f_{case.number}")
    return function, lambda: (module.__dict__[f"a_{case.number}"], X) if f"a_{case.number}" in module.__dict__ else (X,)


def differences(
    module: ModuleType, case: Case, *, calls: tuple[int, ...] = (1, 2, 4), cache: bool = False
) -> Iterator[str]:
    """What is wrong before and after the change, in this process."""
    function, given = function_of(module, case)

    def gradient() -> Callable[..., Any]:
        return ad.value_and_grad(function, argnums="x", cache=cache)

    before = outcome(lambda: function(*given()))
    known = {count: gradient() for count in calls}
    for count, g in known.items():
        for _ in range(count):
            if not agrees(found := outcome(lambda: g(*given())[0]), before):
                yield f"{case}: {found} is not {before}, before the change"
                return
    if len(known[max(calls)]._specialiser.known()) > 1:
        yield f"{case}: compiled at each call"
    getattr(module, f"change_{case.number}")()
    after = outcome(lambda: function(*given()))
    for name, g in {**{f"after {count}": g for count, g in known.items()}, "anew": gradient()}.items():
        for _ in range(2):
            refused = case.kind.startswith("refused") and after is not ad.AdcompileError
            if not agrees(found := outcome(lambda: g(*given())[0]), ad.AdcompileError if refused else after):
                yield f"{case}: {found} is not {after}, was {before}, {name}"


def load(folder: Path, name: str) -> ModuleType:
    """Import a module that `write` made."""
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))


def main(folder: str, name: str, how: str, every: str, *ways: str) -> None:
    """Print what is wrong with the cases of a module, in this process.

    `how` is "walk": before and after their changes, without the cache; "first": as they are; "changed": when they were
    changed before their gradients were asked for. The last two keep programs in the cache.
    """
    module = load(Path(folder), name)
    count = 0
    for case in cases(tuple(ways), every=int(every)):
        count += 1
        if how == "walk":
            print(*differences(module, case), sep="\n", end="")
            continue
        function, given = function_of(module, case)
        if how == "changed":
            getattr(module, f"change_{case.number}")()
        wanted = outcome(lambda: function(*given()))
        gradient = ad.value_and_grad(function, argnums="x")
        found = outcome(lambda: gradient(*given())[0])
        if how == "changed" and case.kind.startswith("refused"):
            wanted = ad.AdcompileError
        if not agrees(found, wanted):
            print(f"{case}: {found} is not {wanted}, {how}")
    print(f"{count} cases")


if __name__ == "__main__":
    main(*sys.argv[1:])
