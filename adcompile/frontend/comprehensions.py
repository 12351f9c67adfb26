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
from adcompile.frontend import conditions, lists, promote, special, stores
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
    Sequence,
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


def first_iterable(t: Tracer, generators: list[ast.comprehension]) -> Abstract:
    """What the outermost loop runs over: evaluated once, before anything else."""
    with t.pointing_at(generators[0].iter):
        return special.iterated(t, t.evaluate(generators[0].iter))


def rounds(
    t: Tracer, elements: list[ast.expr], generators: list[ast.comprehension], iterable: Abstract
) -> list[Abstract]:
    """What the elements give in every round over `iterable`, all known now; the variables are the comprehension's."""
    if not any(isinstance(part, ast.Lambda) for each in elements for part in ast.walk(each)):
        before = dict(t.frame.names)
        result = _rounds(t, elements, generators, iterable)
        bound = bound_names([each.target for each in generators])
        _restore(t, {name: before.get(name) for name in bound})
        return result
    _refuse_walrus(t, [*elements, *(test for each in generators for test in each.ifs)], "beside a `lambda`")
    outer = t.frame
    t.frames.append(Frame(outer.source, outer.function, outer.reach, parent=outer, path=outer.path))
    try:
        return _rounds(t, elements, generators, iterable)
    finally:
        t.frames.pop()


def _refuse_walrus(t: Tracer, parts: list[ast.expr], where: str) -> None:
    """`:=` binds in the function around the comprehension (PEP 572), which what is written out for it is not."""
    for part in (each for one in parts for each in ast.walk(one)):
        if isinstance(part, ast.NamedExpr):
            raise t.refuse(part, f"`:=` in a comprehension {where} is not supported", "Write a `for` loop.")


def _rounds(
    t: Tracer, elements: list[ast.expr], generators: list[ast.comprehension], iterable: Abstract
) -> list[Abstract]:
    head, rest = generators[0], generators[1:]
    with t.pointing_at(head.iter):
        items = _known_items(t, iterable)
    result: list[Abstract] = []
    for item in items:
        stores.assign(t, head.target, item)
        if all(_is_kept(t, test) for test in head.ifs):
            inner = _rounds(t, elements, rest, first_iterable(t, rest)) if rest else map(t.evaluate, elements)
            result += inner
    return result


def _known_items(t: Tracer, iterable: Abstract) -> list[Abstract]:
    if is_counted(t, iterable):
        raise UnsupportedError(
            "a comprehension over a range that is not known when the function is compiled is not supported",
            None,
            "Fill an array in a loop: `y = np.zeros(n)`, `y[i] = ...`.",
        )
    return all_items(t, iterable)


def listed(t: Tracer, node: ast.ListComp, iterable: Abstract | None = None) -> Abstract:
    """A list; over a range that is not known, one of numbers whose length is not known either."""
    head = node.generators[0]
    iterable = first_iterable(t, node.generators) if iterable is None else iterable
    if not is_counted(t, iterable):
        return t.new_list(rounds(t, [node.elt], node.generators, iterable), t.locate(node))
    if len(node.generators) == 1 and not head.ifs:
        made = _collected(t, node, iterable)
        weak = _element(t, node, iterable).weak
        return lists.over(made, made.dims[0], t.builder.region, t.locate(node), weak=weak)
    return _written_out(t, list, node, [t.new_list([], t.locate(node))], iterable)


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
    loops = (builtins.sum, builtins.max, builtins.min, builtins.any, builtins.all)
    is_loop, generators = any(known is each for each in loops), comprehension.generators
    if not is_loop and not (any(known is each for each in _COLLECTED) and len(generators) == 1):
        return None
    iterable = first_iterable(t, generators)
    if is_loop:
        start = [t.evaluate(each) for each in node.args[1:]] or ([NAUGHT] if known is builtins.sum else [])
        return _written_out(t, known, comprehension, start, iterable)
    assert isinstance(comprehension, ast.ListComp)
    if generators[0].ifs or not is_counted(t, iterable):
        return t.call(function, [listed(t, comprehension, iterable)], {})
    array = _collected(t, comprehension, iterable)
    return array if known is np.array else t.call(function, [array], {})


def _collected(t: Tracer, node: Comprehension, iterable: Abstract) -> ArrayValue:
    """An array of the elements, where only their number is unknown."""
    made = fill(t, (_count(t, iterable),), _element(t, node, iterable).dtype, "empty")
    result = _written_out(t, np.array, node, [made, NAUGHT], iterable)
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
        t.written_out[known] = _definition(_LOOPS[known], parsed)
    definition = t.written_out[known]
    return t.call(_inline(t, definition), [values], {})


def _written_out(t: Tracer, known: object, node: Comprehension, args: list[Abstract], iterable: Abstract) -> Abstract:
    if not isinstance(iterable, Sequence) or iterable.grown:
        _refuse_walrus(t, [node], "over an array or a range")
    elif any(isinstance(part, ast.NamedExpr) for part in ast.walk(node)):
        return _consumed_now(t, known, node, args, iterable)
    key = (node, known)
    if key not in t.written_out:
        t.written_out[key] = _definition(_LOOPS[known], node)
    definition = t.written_out[key]
    return t.call(_inline(t, definition), [*args, iterable], {})


def _inline(t: Tracer, definition: ast.FunctionDef) -> LocalFunction:
    return LocalFunction(definition, t.frame, t.frame.source, {}, definition.name, inline=True)


def _consumed_now(t: Tracer, known: object, node: Comprehension, args: list[Abstract], iterable: Abstract) -> Abstract:
    """In the function itself, as `:=` binds there; all rounds are made, so nothing may be skipped by the first one."""
    if known in (builtins.any, builtins.all):
        _refuse_walrus(t, [node], "of `any` or `all`")
    items = Sequence("tuple", rounds(t, [node.elt], node.generators, iterable))
    return t.call(Static(known), [items, *args], {})


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
    definition.args.args.append(ast.copy_location(ast.arg(_ITERABLE), node))
    return ast.fix_missing_locations(_Fill(node).visit(definition))  # type: ignore[no-any-return]


# What the outermost loop runs over is evaluated already.
_ITERABLE = "<iterable>"


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
            outermost = generator is self.node.generators[0]
            over = ast.copy_location(ast.Name(_ITERABLE, ast.Load()), generator.iter) if outermost else generator.iter
            body = [ast.copy_location(ast.For(copy.copy(generator.target), over, body, []), generator.iter)]
        return body[0]
