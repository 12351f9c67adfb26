"""Which cotangents may be a zero that stands for "not chosen", rather than one that arithmetic gives.

    y = exp(x)                           y_bar may be: the other branch does not read y
    z = y if x < 18.0 else x             z_bar is that of a result
    return z

A value is *chosen for certain* if, whenever its definition runs, it is used where nothing is left to a choice: by an
operation whose own result is chosen for certain, in a loop that has trips, in both branches of an `If`. These uses
leave it open: the operands of `select`, `maximum` and their like, of an `attach` whose weight may be zero, what only
one branch yields or reads, a carried value of which only the last trip's counts, and a store that is not certain to be
read again (`facts.read_back`). All values are taken to be chosen until that is found to be wrong, so loops decide
nothing by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy

from adcompile.facts.read_back import ReadBack
from adcompile.ir.loops import carried
from adcompile.ir.nodes import Apply, For, If, Operand, Region, Value, While, is_const
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import Array, is_float
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.rules.table import NONDIFFERENTIABLE, RULES


class Chosen:
    """Answers for the values of a region; the first `results` of its yields are differentiated."""

    def __init__(self, region: Region, names: Mapping[Value, Value], results: int) -> None:
        yields = [y for y in region.yields[:results] if isinstance(y, Value) and is_float(y.type)]
        kept = frozenset(names.get(y, y) for y in yields if isinstance(y.type, Array))
        self._root = region
        self._results = {y for y in yields if not isinstance(y.type, Array)}
        self._read_back = ReadBack(region, names, kept)
        self._find(lambda primitive: primitive.chooses)

    def but_for(self, choices: Callable[[Primitive], bool]) -> Chosen:
        """What would be chosen for certain if only these primitives chose between their operands."""
        other = copy(self)
        other._find(choices)
        return other

    def _find(self, choices: Callable[[Primitive], bool]) -> None:
        self._choices = choices
        self._open: set[Value | Apply] = set()
        size = -1
        while size != len(self._open):
            size = len(self._open)
            surely = self._region(self._root, self._results)
            self._open.update(p for p in self._root.params if _is_number(p) and p not in surely)

    def for_certain(self, value: Value) -> bool:
        """Is a zero cotangent of the value, or of the elements of what a call gives, one of arithmetic?"""
        return value not in self._open

    def _memory(self, stmt: Apply) -> None:
        """Note a store that may not be read again, and results of a library call."""
        if stmt.primitive is memory.store and is_float(stmt.operands[0].type):
            array = stmt.operands[0]
            assert isinstance(array, Value)
            if stmt not in self._open and not self._read_back.is_read(stmt, array, self._counts):
                self._open.add(stmt)
        elif stmt.primitive.routine is not None:
            arrays = [r for r in stmt.results if isinstance(r.type, Array) and is_float(r.type)]
            read = (r for r in arrays if not self._read_back.is_read(stmt, r, self._counts))
            self._open.update(read)

    def _counts(self, stmt: Apply) -> bool:
        """Does what the statement reads surely get a cotangent?"""
        return any(r not in self._open for r in stmt.results if is_float(r.type))

    def _region(self, region: Region, used: Collection[Value]) -> set[Value]:
        """The values that are used for certain when the region runs (`used` are its yields). Notes those that are not.

        From its end to its start, so that what is open is known before what is used for it alone: a chain of
        operations takes one round.
        """
        surely = set(used)
        for stmt in reversed(region.body):
            self._open.update(r for r in stmt.results if _is_number(r) and r not in surely)
            match stmt:
                case Apply():
                    self._memory(stmt)
                    surely |= self._operands(stmt)
                case If():
                    surely |= self._branches(stmt)
                case For() | While():
                    surely |= self._loop(stmt)
        return surely

    def _operands(self, stmt: Apply) -> set[Value]:
        """The operands that the statement uses for certain."""
        if stmt.primitive is memory.store:
            return set() if stmt in self._open else _numbers(stmt.operands[-1:])
        if stmt.primitive in NONDIFFERENTIABLE or self._choices(stmt.primitive) or not self._counts(stmt):
            return set()
        if stmt.primitive is ops.attach and self._may_be_zero(stmt.operands[2]):
            return _numbers(stmt.operands[:1])
        if stmt.primitive in RULES:
            partials = RULES[stmt.primitive].cotangents
            return _numbers(o for o, partial in zip(stmt.operands, partials, strict=True) if partial is not None)
        return _numbers(stmt.operands) if stmt.primitive.routine is not None else set()

    def _may_be_zero(self, weight: Operand) -> bool:
        stmt = self._read_back.sizes.definitions.get(weight) if isinstance(weight, Value) else None
        chosen = stmt is not None and stmt.primitive is ops.select
        return chosen and stmt is not None and any(is_const(o, 0.0) for o in stmt.operands[1:])

    def _branches(self, stmt: If) -> set[Value]:
        sides = []
        for region in (stmt.then, stmt.orelse):
            pairs = zip(region.yields, stmt.results, strict=True)
            yielded = _numbers(y for y, r in pairs if r not in self._open)
            sides.append(self._region(region, yielded))
        return sides[0] & sides[1]

    def _loop(self, stmt: For | While) -> set[Value]:
        slots, unsure = carried(stmt), self._open
        lasting = [s.yielded for s in slots if s.param not in unsure and s.result not in unsure]
        surely = self._region(stmt.body, _numbers(lasting))
        unsure.update(s.param for s in slots if _is_number(s.param) and s.param not in surely)
        runs = isinstance(stmt, For) and self._read_back.sizes.runs(stmt)
        begun = [s.init for s in slots if s.param not in unsure and (runs or s.result not in unsure)]
        inits = _numbers(begun)
        return inits | surely if runs else inits


def _is_number(value: Value) -> bool:
    return not isinstance(value.type, Array) and is_float(value.type)


def _numbers(operands: Iterable[Operand]) -> set[Value]:
    return {o for o in operands if isinstance(o, Value) and _is_number(o)}
