"""Names that are private to a class, as Python has them.

    class A:                              mangled(...)       _A__rate, self._A__own
        __rate = 2.0
        def scaled(self):
            return self.__own * A.__rate

(Python reference, 6.2.1 Private name mangling.)
"""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import Any, TypeVar

Node = TypeVar("Node", bound=ast.AST)

_ABSENT = object()


def mangled(node: Node, qualname: str) -> Node:
    """A method with its private names as Python has them: in a class `A`, `self.__x` is `self._A__x`.

    The class is the last part of the name that is not a function's (`f.<locals>.A.method`).
    """
    parts = qualname.split(".")
    around = [part for part, after in pairwise(parts) if "<locals>" not in (part, after)]
    if not around or not any(_private(each) for each in ast.walk(node)):
        return node
    prefix = f"_{around[-1].lstrip('_')}"
    if prefix == "_":
        return node
    node = copied(node)
    for each in ast.walk(node):
        for name in _private(each):
            setattr(each, name, f"{prefix}{getattr(each, name)}")
    return node


_NAMED: dict[type[ast.AST], str] = {
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.arg: "arg",
    ast.keyword: "arg",
    ast.FunctionDef: "name",
}


def _private(node: ast.AST) -> list[str]:
    """The field with a name that is private to a class, if the node has one."""
    name = getattr(node, _NAMED.get(type(node), ""), None) if type(node) in _NAMED else None
    is_private = isinstance(name, str) and name.startswith("__") and not name.endswith("__")
    return [_NAMED[type(node)]] if is_private else []


def copied(node: Node) -> Node:
    """A copy of a syntax tree, several times as fast as `copy.deepcopy`.

    Only what Python itself keeps there is copied. Nodes are shared (there is one `ast.Load()`), and other tools hang
    attributes on them, which lead anywhere.
    """
    fields: dict[str, Any] = {}
    for name in (*node._fields, *node._attributes):
        match getattr(node, name, _ABSENT):
            case ast.AST() as inner:
                fields[name] = copied(inner)
            case list() as several:
                fields[name] = [copied(each) if isinstance(each, ast.AST) else each for each in several]
            case value if value is not _ABSENT:
                fields[name] = value
    return type(node)(**fields)
