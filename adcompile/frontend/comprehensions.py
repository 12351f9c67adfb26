"""Comprehensions and generator expressions.

[f(v) for v in layers]                the rounds are known: a list
sum(x[i] * y[i] for i in range(n))    written out as the loop it stands for:

    def sum(total):
        for i in range(n):
            total = total + x[i] * y[i]
        return total

np.array([f(v) for v in x])           a new array, filled in a loop
"""

from __future__ import annotations

import ast
import builtins
import copy

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend import conditions, lists, promote, stores
from adcompile.frontend.containers import all_items
from adcompile.frontend.creation import fill
from adcompile.frontend.ints import ZERO
from adcompile.frontend.iteration import items_of, trips
from adcompile.frontend.scope import Frame, bound_names
from adcompile.frontend.specs import Num
from adcompile.frontend.surface import FUNCTIONS, spelled
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    NAUGHT,
    Abstract,
    ArrayValue,
    LocalFunction,
    Static,
    describe,
    is_number,
    weak_type,
)
from adcompile.ir.nodes import Operand, Region

Comprehension = ast.ListComp | ast.GeneratorExp

_EXTREMUM = """
def {name}():
    found = False
    for ROUND in ROUNDS:
        value = ELEMENT
        if not found:
            best = value
            found = True
        elif value {better} best:
            best = value
    if not found:
        raise ValueError("{name}() iterable argument is empty")
    return best
"""
_LOOPS: dict[object, str] = {
    builtins.sum: """
def sum(total):
    for ROUND in ROUNDS:
        total = total + ELEMENT
    return total
""",
    builtins.max: _EXTREMUM.format(name="max", better=">"),
    builtins.min: _EXTREMUM.format(name="min", better="<"),
    builtins.any: """
def any():
    for ROUND in ROUNDS:
        if ELEMENT:
            return True
    return False
""",
    builtins.all: """
def all():
    for ROUND in ROUNDS:
        if not ELEMENT:
            return False
    return True
""",
    builtins.list: """
def list(made):
    for ROUND in ROUNDS:
        made.append(ELEMENT)
    return made
""",
    np.array: """
def array(made, position):
    for ROUND in ROUNDS:
        made[position] = ELEMENT
        position = position + 1
    return made
""",
}
_COLLECTED = (np.array, np.asarray, np.sum, np.mean, np.max, np.min, np.dot, np.stack, np.concatenate, builtins.len)


def rounds(t: Tracer, elements: list[ast.expr], generators: list[ast.comprehension]) -> list[Abstract]:
    """What the elements give in every round, all known now; the variables are the comprehension's own."""
    if not any(isinstance(part, ast.Lambda) for each in elements for part in ast.walk(each)):
        before = dict(t.frame.names)
        result = _rounds(t, elements, generators)
        bound = bound_names([each.target for each in generators])
        _restore(t, {name: before.get(name) for name in bound})
        return result
    outer = t.frame
    t.frames.append(Frame(outer.source, outer.function, outer.reach, parent=outer, path=outer.path))
    try:
        return _rounds(t, elements, generators)
    finally:
        t.frames.pop()


def _rounds(t: Tracer, elements: list[ast.expr], generators: list[ast.comprehension]) -> list[Abstract]:
    head, rest = generators[0], generators[1:]
    with t.pointing_at(head.iter):
        items = _known_items(t, t.evaluate(head.iter))
    result: list[Abstract] = []
    for item in items:
        stores.assign(t, head.target, item)
        if all(_is_kept(t, test) for test in head.ifs):
            result += _rounds(t, elements, rest) if rest else [t.evaluate(each) for each in elements]
    return result


def _known_items(t: Tracer, iterable: Abstract) -> list[Abstract]:
    if is_counted(t, iterable):
        raise UnsupportedError(
            "a comprehension over a range that is not known when the function is compiled is not supported",
            None,
            "Fill an array in a loop: `y = np.zeros(n)`, `y[i] = ...`.",
        )
    return all_items(t, iterable)


def listed(t: Tracer, node: ast.ListComp) -> Abstract | None:
    """A list of numbers over a range that is not known: one whose length is not known either."""
    head = node.generators[0]
    iterable = t.evaluate(head.iter)
    if not is_counted(t, iterable):
        return None
    if len(node.generators) == 1 and not head.ifs:
        made = _collected(t, node)
        assert made is not None
        weak = _element(t, node, iterable).weak
        return lists.over(made, made.dims[0], t.builder.region, t.locate(node), weak=weak)
    return _written_out(t, list, node, [t.new_list([], t.locate(node))])


def is_counted(t: Tracer, iterable: Abstract) -> bool:
    """Is the number of its items not known now?"""
    return items_of(iterable) is None and trips(t, iterable).known() is None


def _is_kept(t: Tracer, test: ast.expr) -> bool:
    cond = conditions.truth(t, test)
    if not isinstance(cond, Static):
        raise t.refuse(test, "the condition of a comprehension must be known when the function is compiled")
    return bool(cond.value)


def _restore(t: Tracer, outer: dict[str, Abstract | None]) -> None:
    for name, value in outer.items():
        if value is None:
            t.frame.names.pop(name, None)
        else:
            t.frame.names[name] = value


def consumed(t: Tracer, function: Abstract, node: ast.Call) -> Abstract | None:
    """function(comprehension, ...) as a loop; None if it is to be evaluated like any other call."""
    if not (isinstance(function, Static) and node.args and isinstance(node.args[0], Comprehension)):
        return None
    if isinstance(node.args[0], ast.GeneratorExp) and any(function.value is each for each in _COLLECTED):
        name = spelled(function.value)
        raise t.refuse(node.args[0], f"`{name}` does not take a generator", f"Write a list: `{name}([... for ...])`.")
    known, comprehension = function.value, node.args[0]
    if node.keywords or len(node.args) > 1 + (known is builtins.sum):
        return None
    if known is builtins.sum:
        start = t.evaluate(node.args[1]) if len(node.args) > 1 else NAUGHT
        return _written_out(t, builtins.sum, comprehension, [start])
    if known in (builtins.max, builtins.min, builtins.any, builtins.all):
        return _written_out(t, known, comprehension, [])
    if any(known is each for each in _COLLECTED) and len(comprehension.generators) == 1:
        array = _collected(t, comprehension)
        if array is not None:
            return array if known is np.array else t.call(function, [array], {})
    return None


def _collected(t: Tracer, node: Comprehension) -> ArrayValue | None:
    """An array of the elements, if only their number is unknown."""
    head = node.generators[0]
    iterable = t.evaluate(head.iter)
    if head.ifs or not is_counted(t, iterable):
        return None
    made = fill(t, (_count(t, iterable),), _element(t, node, iterable).dtype, "empty")
    result = _written_out(t, np.array, node, [made, NAUGHT])
    assert isinstance(result, ArrayValue)
    return result


def _count(t: Tracer, iterable: Abstract) -> Operand:
    length = FUNCTIONS[builtins.len](t, iterable)
    return t.integer(length, "the number of items")


def _element(t: Tracer, node: Comprehension, iterable: Abstract) -> Num:
    """The type of the elements, found by interpreting the first round and forgetting it."""
    head = node.generators[0]
    before = dict(t.frame.names)
    with t.tentative(), t.region(Region()):
        stores.assign(t, head.target, trips(t, iterable).item(ZERO))
        element = t.evaluate(node.elt)
    t.frame.names = before
    if not is_number(element):
        raise t.refuse(
            node.elt, f"an array of {describe(element)} in every round is not supported", "Fill an array in a loop."
        )
    return Num(promote.dtype_of(element), weak_type(element) is not None)


def folded(t: Tracer, known: object, values: Abstract) -> Abstract:
    """max(values) or min(values), as a loop: the first of several that are equal is taken."""
    if known not in t.written_out:
        parsed = ast.parse("[ITEM for ITEM in VALUES]", mode="eval").body
        assert isinstance(parsed, ast.ListComp)
        for part in ast.walk(parsed):
            ast.copy_location(part, t.frame.source.node)
            if isinstance(part, ast.Name):
                part.id = f"<{part.id.lower()}>"
        definition = _definition(_LOOPS[known], parsed)
        definition.args.args.append(ast.copy_location(ast.arg("<values>"), parsed))
        t.written_out[known] = definition
    definition = t.written_out[known]
    return t.call(LocalFunction(definition, t.frame, t.frame.source, {}, definition.name), [values], {})


def _written_out(t: Tracer, known: object, node: Comprehension, args: list[Abstract]) -> Abstract:
    key = (node, known)
    if key not in t.written_out:
        t.written_out[key] = _definition(_LOOPS[known], node)
    definition = t.written_out[key]
    return t.call(LocalFunction(definition, t.frame, t.frame.source, {}, definition.name), args, {})


def _definition(template: str, node: Comprehension) -> ast.FunctionDef:
    """The template with the comprehension's loops; its own names become ones that no user's name can be."""
    definition = ast.parse(template).body[0]
    assert isinstance(definition, ast.FunctionDef)
    for part in ast.walk(definition):
        ast.copy_location(part, node)
        if isinstance(part, ast.Name) and part.id not in ("ELEMENT", "ROUNDS", "ROUND", "ValueError"):
            part.id = f"<{part.id}>"
        if isinstance(part, ast.arg):
            part.arg = f"<{part.arg}>"
    return ast.fix_missing_locations(_Fill(node).visit(definition))  # type: ignore[no-any-return]


class _Fill(ast.NodeTransformer):
    """Puts the comprehension into a template."""

    def __init__(self, node: Comprehension) -> None:
        self.node = node

    def visit_Name(self, name: ast.Name) -> ast.expr:
        return self.node.elt if name.id == "ELEMENT" else name

    def visit_For(self, loop: ast.For) -> ast.stmt:
        self.generic_visit(loop)
        body: list[ast.stmt] = loop.body
        for generator in reversed(self.node.generators):
            for test in reversed(generator.ifs):
                body = [ast.copy_location(ast.If(test, body, []), test)]
            body = [ast.copy_location(ast.For(copy.copy(generator.target), generator.iter, body, []), generator.iter)]
        return body[0]
