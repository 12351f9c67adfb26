"""Reverse mode: a function becomes its forward and backward sweep in one function.

    def f(x):                  def f_adjoint(x):
        for i in range(n):         for i in range(n): ...      forward sweep, saving residuals
            s = s + x[i] * x[i]    for i backwards:
        return s                       x_bar[i] += s_bar * x[i]; ...
                                   return s, x_bar

Statement by statement, backwards:

    v = op(x, y)       x_bar += dv/dx v_bar; y_bar += dv/dy v_bar
    v = A[i]           A_bar[i] += v_bar
    A[i] = v           v_bar += A_bar[i]; A_bar[i] = 0; A[i] = what it held before, where that is read again
    A = alloc          A_bar = zeros, at the start of the reverse of the region that allocates
    If                 the same branch
    For                the same trips backwards; a carried p: d = p_bar; p_bar = 0; (yield)_bar += d

Which stores are restored is found by running the sweep until the reads it makes need no further restores
(`restore.py`). Reference: Griewank & Walther, Evaluating Derivatives (2008), chapters 3 to 5.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from adcompile.ad import library
from adcompile.ad.activity import active_values, roots
from adcompile.ad.buffers import TripCounter, counter_named
from adcompile.ad.counters import connect, connect_stretch
from adcompile.ad.expand import expand
from adcompile.ad.final import Accesses
from adcompile.ad.frames import Frame, Layout
from adcompile.ad.guards import CopiedGuards, Guards
from adcompile.ad.least_cut import least_cut
from adcompile.ad.loops import copy_elements
from adcompile.ad.residuals import Lack, NeedsBuffers
from adcompile.ad.restore import stores_to_restore
from adcompile.ad.statements import reverse_apply
from adcompile.ad.structured import reverse_if, reverse_loop
from adcompile.ad.sweep import Sweep
from adcompile.ad.vectors import copies, mark_whole
from adcompile.errors import InternalError, UnsupportedError
from adcompile.ir.attributes import NONE
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import (
    UNNAMED,
    Apply,
    For,
    Function,
    If,
    Operand,
    Region,
    Stmt,
    Value,
    While,
    cotangent_of,
    real,
)
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import INT, Array, Scalar
from adcompile.ir.walk import Substitution, all_operands, clone_region
from adcompile.ops import memory

ATTEMPTS = 200

# What makes the adjoint save less, each for itself; without them it is right too.
#   final_elements   elements that are proved not to be overwritten later are not restored (`final`)
#   least_cut        of the scalars of a trip, those are saved that take the fewest bytes (`least_cut`)
#   every_trip       an array carried by a loop gets a slot for every trip, instead of being saved (`NeedsSlots`)
#   needed_only      a store is undone only if the backward sweep reads the array again
#   recompute        operations are repeated where their operands are at hand, instead of saving floats
IMPROVEMENTS = ("every_trip", "final_elements", "least_cut", "needed_only", "recompute")


class NeedsSlots(Exception):
    """What two slots of a pool hold in turn is read backward: the program is to be lowered again, with a slot for
    every trip in the pools of these numbers.
    """

    def __init__(self, pools: frozenset[int]) -> None:
        super().__init__(pools)
        self.pools = pools


@dataclass(frozen=True, slots=True)
class Plan:
    """What to differentiate: positions of params, and how many results in front are differentiated.

    `seeded`: the cotangents of the results are arguments; otherwise the single result's cotangent is 1.
    `disabled` names improvements of IMPROVEMENTS to do without. Values in `keep` are saved rather than computed again.
    `asks_for_slots`: raise NeedsSlots rather than save what slots held.
    """

    wrt: tuple[int, ...]
    results: int
    seeded: bool = False
    disabled: frozenset[str] = frozenset()
    keep: frozenset[Value] = frozenset()
    asks_for_slots: bool = False


def reverse(function: Function, plan: Plan) -> Function:
    """The combined forward and backward sweep. Results: those of the function, then one cotangent per `wrt`.

    Raises NeedsSlots if the plan says so.
    """
    own: Substitution = {}
    region = clone_region(function.region, own)
    restore: set[int] = set()
    loose: list[Value] = []
    counters: dict[Stmt, TripCounter] = {}
    kept: dict[Value, Value] = {}
    asked = {_copy_of(own, value) for value in plan.keep}
    keep = asked
    found: tuple[tuple[int, int], Function] | None = None
    guards = Guards(region, roots(region), plan.results)
    for _ in range(ATTEMPTS):
        copies: Substitution = {}
        copy = clone_region(region, copies)
        attempt = Reversal(Function(function.name, copy), plan, restore, guards.of_copy(copy))
        attempt.sweep.residuals.loose = {_copy_of(copies, array) for array in loose}
        attempt.sweep.residuals.keep = {_copy_of(copies, value) for value in keep}
        attempt.count_on(copies, counters)
        attempt.sweep.residuals.kept = {_copy_of(copies, made): _copy_of(copies, row) for made, row in kept.items()}
        try:
            adjoint = attempt.run()
        except NeedsBuffers as need:
            originals = {copy: original for original, copy in copies.items()}
            for lack in need.lacking:
                if not _make_room(region, originals[lack.array], lack, loose, counters, kept):
                    break  # what is read instead may not need the others
            guards, restore = Guards(region, roots(region), plan.results), set()
            continue
        wanted = restore | attempt.to_restore()
        if wanted != restore:
            restore = wanted
            continue
        if plan.asks_for_slots and (pools := attempt.saved_pools()):
            raise NeedsSlots(pools)
        cost = (attempt.saved_bytes(), len(attempt.sweep.residuals.repeated))
        if found is not None:
            return adjoint if cost < found[0] else found[1]
        better = set() if "least_cut" in plan.disabled else least_cut(attempt.sweep.residuals)
        if not better:
            return adjoint
        found, keep, restore = (cost, adjoint), asked | _originals(copies, better), set()
    raise InternalError("the set of restored stores does not settle", "reverse")


def _copy_of(copies: Substitution, value: Value) -> Value:
    copy = copies[value]
    assert isinstance(copy, Value)
    return copy


def _originals(copies: Substitution, values: set[Value]) -> set[Value]:
    return {original for original, copy in copies.items() if copy in values}


def _make_room(
    region: Region,
    array: Value,
    lack: Lack,
    loose: list[Value],
    counters: dict[Stmt, TripCounter],
    kept: dict[Value, Value],
) -> bool:
    """Give the array a row per trip; if its size or the number of trips is not known before, save what is loaded, and
    say no.
    """
    try:
        expand(region, Layout(region, roots(region, private=False)), array, counters, kept)
    except UnsupportedError:
        if lack.whole or array in loose:
            raise
        loose.append(array)
        return False
    return True


@dataclass(eq=False)
class Reversal:
    """One run over the program with a given set of restored stores (numbered in program order)."""

    function: Function
    plan: Plan
    restore: set[int]
    guards: CopiedGuards

    def __post_init__(self) -> None:
        region = self.function.region
        self.wrt = tuple(region.params[k] for k in self.plan.wrt)
        self.layout = Layout(region, roots(region, private=False))
        self.builder = Builder(Region())
        self.sweep = Sweep(self.layout, self.builder, active_values(region, self.wrt, self.plan.results))
        self.sweep.copies = copies(region)
        self.sweep.residuals.saves_all = "recompute" in self.plan.disabled
        self.uses = Counter(o for o in all_operands(region) if isinstance(o, Value))
        self.numbers = {stmt: number for number, stmt in enumerate(self.layout.writes)}
        scalars = (
            s for s in self.layout.writes if isinstance(s, Apply) and s.primitive.elementwise and s.attrs is NONE
        )
        self.scalars = {(s.primitive, s.operands): s.results[0] for s in scalars}

    def computed(self, primitive: Primitive, operands: tuple[Operand, ...]) -> Operand | None:
        """What the function itself computes, as the derivative of sin wants cos of the same number; None if nothing."""
        value = self.scalars.get((primitive, operands))
        if value is None or not self.sweep.residuals.is_open(value):
            return None
        return self.sweep.residuals.need(value)

    def to_restore(self) -> set[int]:
        """The stores to undo, as the sweep read memory."""
        every, reads = "needed_only" in self.plan.disabled, self.sweep.residuals.reads
        finds_final = "final_elements" not in self.plan.disabled
        accesses = Accesses(self.layout, {read.array for read in reads}) if finds_final else None
        return stores_to_restore(self.layout, reads, accesses, every=every)

    def saved_pools(self) -> frozenset[int]:
        """The numbers of pools that are undone, or of whose elements copies are saved."""
        undone = [s for s, number in self.numbers.items() if number in self.restore]
        loaded = [self.layout.definition(v) for v in self.sweep.residuals.saved if v in self.layout.homes]
        touched = [s for s in (*undone, *loaded) if isinstance(s, Apply) and s.primitive.accesses]
        made = [self.layout.definition(self.layout.root_of(s.operands[0])) for s in touched]
        pools = (s.attrs.pool for s in made if isinstance(s, Apply))
        return frozenset(number for number in pools if number is not None)

    def saved_bytes(self) -> int:
        """What a trip of every loop saves."""
        overwritten = [s for s, number in self.numbers.items() if number in self.restore and isinstance(s, Apply)]
        dtypes = [v.type.dtype for v in (*self.sweep.residuals.saved, *(s.operands[0] for s in overwritten))]
        return sum(np.dtype(dtype).itemsize for dtype in dtypes)

    def count_on(self, copies: Substitution, counters: dict[Stmt, TripCounter]) -> None:
        """Loops of the copied program whose trips are counted already."""
        for counter in counters.values():
            assert counter.total is not None
            forward, total = copies[counter.forward], copies[counter.total]
            assert isinstance(forward, Value)
            assert isinstance(total, Value)
            outer, position = self.layout.owners[self.layout.homes[forward].region]
            loop = self.layout.bodies[outer][position]
            assert isinstance(loop, For | While)
            self.sweep.residuals.buffers.counters[loop] = TripCounter(forward, counter_named("trip"), total)

    def run(self) -> Function:
        """The adjoint; raises NeedsBuffers if arrays must be expanded first."""
        region = self.function.region
        frame = Frame(region, self.builder.region, cur=len(region.body))
        self.sweep.frames.append(frame)
        seeds = self._seed(frame)
        self.region(frame)
        if self.sweep.residuals.lacking:
            raise NeedsBuffers(self.sweep.residuals.lacking)
        gradients = tuple(self._gradient(p) for p in self.wrt)
        yields = tuple(self._protected(y, frame) for y in region.yields)
        for loop, counter in self.sweep.residuals.buffers.counters.items():
            connect(loop, counter, self.layout, self.sweep.residuals)
        for loop, stretch in self.sweep.residuals.buffers.stretches.items():
            connect_stretch(loop, stretch, self.layout, self.sweep.residuals)
        self._insert()
        joined = Region((*region.params, *seeds), [*region.body, *frame.out.body], (*yields, *gradients))
        return Function(self.function.name, joined)

    # -- ends -----------------------------------------------------------------------------------------------

    def _seed(self, frame: Frame) -> tuple[Value, ...]:
        seeds: list[Value] = []
        for result in frame.region.yields[: self.plan.results]:
            if result.type.dtype not in ("float64", "float32"):
                continue
            if not self.plan.seeded:
                self.sweep.add(result, real(1.0, Scalar(result.type.dtype)))
                continue
            type_ = (
                Scalar(result.type.dtype)
                if not isinstance(result.type, Array)
                else Array(result.type.dtype, result.type.ndim)
            )
            seed = Value(type_, **(cotangent_of(result) if isinstance(result, Value) else UNNAMED))
            seed.hint = seed.hint or "result_bar"
            seeds.append(seed)
            if not isinstance(result.type, Array):
                self.sweep.add(result, seed)
            elif self.sweep.is_active(result):
                assert isinstance(result, Value)
                mark_whole(self.sweep, result)
                library.add_into(self.sweep, result, seed)
        return tuple(seeds)

    def _gradient(self, param: Value) -> Operand:
        if isinstance(param.type, Array):
            return self.sweep.shadow(param)
        return self.sweep.frame.bars.get(param, self.sweep.zero(param))

    def _protected(self, result: Operand, frame: Frame) -> Operand:
        """An array result that the backward sweep changes back is copied before."""
        restored = (s for s, number in self.numbers.items() if number in self.restore and isinstance(s, Apply))
        if not isinstance(result.type, Array) or result not in {self.layout.root_of(s.operands[0]) for s in restored}:
            return result
        assert isinstance(result, Value)
        with self.sweep.residuals.buffers.inserting(frame.region, len(frame.region.body)):
            copy = self.builder.apply(
                memory.alloc_like, result, type=result.type, hint=result.hint, fill="empty", once=True
            )
            extents = [self.builder.apply(memory.dim, result, type=INT, axis=axis) for axis in range(result.type.ndim)]
            copy_elements(self.builder, result, copy, extents)
        return copy

    def region(self, frame: Frame) -> None:
        """Reverse the statements of a region, from the last to the first."""
        for position in reversed(range(len(frame.region.body))):
            frame.cur = position
            stmt = frame.region.body[position]
            with self.builder.at(stmt.loc):
                match stmt:
                    case Apply():
                        reverse_apply(self, stmt)
                    case If():
                        reverse_if(self, stmt)
                    case For() | While():
                        reverse_loop(self, stmt)
                    case _:
                        assert_never(stmt)

    def _insert(self) -> None:
        """Put the forward insertions in place."""
        inserts = self.sweep.residuals.buffers.inserts
        for target in {r: None for r, _ in inserts}:
            body: list[Stmt] = []
            for position, stmt in enumerate(list(target.body)):
                body += [*inserts.get((target, position), []), stmt]
            target.body[:] = body + inserts.get((target, len(target.body)), [])
