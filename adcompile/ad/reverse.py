"""Reverse mode: a function becomes its forward and backward sweep in one function.

    def f(x):                  def f_adjoint(x):
        for i in range(n):         for i in range(n): ...      forward sweep, saving residuals
            s = s + x[i] * x[i]    for i backwards:
        return s                       x_bar[i] += s_bar * x[i]; ...
                                   return s, x_bar

Statement by statement, backwards (see DESIGN, section 4):

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

from adcompile.ad import library
from adcompile.ad.activity import active_values, roots
from adcompile.ad.counters import connect
from adcompile.ad.expand import expand
from adcompile.ad.frames import Frame, Layout, trip_count
from adcompile.ad.guards import guarded
from adcompile.ad.residuals import NeedsBuffer
from adcompile.ad.restore import stores_to_restore
from adcompile.ad.sweep import Sweep, bar, strong
from adcompile.errors import InternalError
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import (
    Apply,
    Const,
    For,
    Function,
    If,
    Operand,
    Region,
    Stmt,
    Value,
    While,
    integer,
    is_const,
    real,
)
from adcompile.ir.types import BOOL, INT, Array, Scalar, element
from adcompile.ir.walk import Substitution, all_operands, captures, clone_region
from adcompile.ops import memory
from adcompile.ops import scalar as ops
from adcompile.ops.primitive import Primitive
from adcompile.rules.expression import emit
from adcompile.rules.table import NONDIFFERENTIABLE, RULES


ATTEMPTS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """What to differentiate: positions of params, and how many results in front are differentiated.

    `seeded`: the cotangents of the results are arguments; otherwise the single result's cotangent is 1.
    """

    wrt: tuple[int, ...]
    results: int
    seeded: bool = False


def reverse(function: Function, plan: Plan) -> Function:
    """The combined forward and backward sweep. Results: those of the function, then one cotangent per `wrt`."""
    region = clone_region(function.region, {})
    restore: set[int] = set()
    for _ in range(ATTEMPTS):
        copies: Substitution = {}
        attempt = _Attempt(Function(function.name, clone_region(region, copies)), plan, restore)
        try:
            adjoint = attempt.run()
        except NeedsBuffer as need:
            array = next(original for original, copy in copies.items() if copy is need.array)
            expand(region, Layout(region, roots(region, through_rows=False)), array)
            restore = set()
            continue
        wanted = restore | stores_to_restore(attempt.layout, attempt.sweep.residuals.reads)
        if wanted == restore:
            return adjoint
        restore = wanted
    raise InternalError("the set of restored stores does not settle", "reverse")


@dataclass(eq=False)
class _Attempt:
    """One run over the program with a given set of restored stores (numbered in program order)."""

    function: Function
    plan: Plan
    restore: set[int]

    def __post_init__(self) -> None:
        region = self.function.region
        self.wrt = tuple(region.params[k] for k in self.plan.wrt)
        self.layout = Layout(region, roots(region, through_rows=False))
        self.builder = Builder(Region())
        self.sweep = Sweep(self.layout, self.builder, active_values(region, self.wrt, self.plan.results))
        self.guarded = guarded(region, roots(region, through_rows=True))
        self.uses = Counter(o for o in all_operands(region) if isinstance(o, Value))
        self.numbers = {stmt: number for number, stmt in enumerate(self.layout.writes)}

    def run(self) -> Function:
        """The adjoint; raises NeedsBuffer if an array must be expanded first."""
        region = self.function.region
        frame = Frame(region, self.builder.region, cur=len(region.body))
        self.sweep.frames.append(frame)
        seeds = self._seed(frame)
        self._reverse_region(frame)
        gradients = tuple(self._gradient(p) for p in self.wrt)
        yields = region.yields
        for loop, counter in self.sweep.residuals.counters.items():
            connect(loop, counter, self.layout, self.sweep.residuals)
        self._insert(region)
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
            hint = bar(result) if isinstance(result, Value) and result.hint else "result_bar"
            type_ = (
                Scalar(result.type.dtype)
                if not isinstance(result.type, Array)
                else Array(result.type.dtype, result.type.ndim)
            )
            seed = Value(type_, hint)
            seeds.append(seed)
            if not isinstance(result.type, Array):
                self.sweep.add(result, seed)
            elif self.sweep.is_active(result):
                assert isinstance(result, Value)
                library.add_into(self.sweep, result, seed)
        return tuple(seeds)

    def _gradient(self, param: Value) -> Operand:
        if isinstance(param.type, Array):
            return self.sweep.shadow(param)
        return self.sweep.frame.bars.get(param, self.sweep.zero(param))

    def _insert(self, region: Region) -> None:
        """Put the forward insertions in place."""
        inserts = self.sweep.residuals.inserts
        for target in {r: None for r, _ in inserts}:
            body: list[Stmt] = []
            for position, stmt in enumerate(list(target.body)):
                body += [*inserts.get((target, position), []), stmt]
            target.body[:] = body + inserts.get((target, len(target.body)), [])

    # -- statements -----------------------------------------------------------------------------------------

    def _reverse_region(self, frame: Frame) -> None:
        for position in reversed(range(len(frame.region.body))):
            frame.cur = position
            stmt = frame.region.body[position]
            with self.builder.at(stmt.loc):
                match stmt:
                    case Apply():
                        self._reverse_apply(stmt)
                    case If():
                        self._reverse_if(stmt)
                    case For():
                        self._reverse_for(stmt)
                    case While():
                        raise InternalError("`while` has no adjoint yet", "reverse")
                    case _:
                        assert_never(stmt)

    def _reverse_apply(self, stmt: Apply) -> None:
        if stmt.primitive is memory.store:
            self._reverse_store(stmt)
        elif stmt.primitive is memory.load:
            cotangent = self.sweep.take(stmt.results[0])
            if cotangent is not None and self.sweep.is_active(stmt.operands[0]):
                index = tuple(map(self.sweep.residuals.need, stmt.operands[1:]))
                self.sweep.accumulate(stmt.operands[0], index, cotangent)
        elif stmt.primitive in library.ADJOINTS:
            library.ADJOINTS[stmt.primitive](self.sweep, stmt)
        elif stmt.primitive.elementwise:
            self._reverse_scalar(stmt)

    def _reverse_scalar(self, stmt: Apply) -> None:
        """z = op(x, ...):  x_bar += g * dz/dx for every active operand."""
        result = stmt.results[0]
        cotangent = self.sweep.take(result)
        if cotangent is None or stmt.primitive in NONDIFFERENTIABLE:
            return
        rule = RULES[stmt.primitive]

        def leaf(name: str) -> Operand:
            if name == "g":
                return cotangent
            return self.sweep.residuals.need(result if name == "z" else stmt.operands[int(name[1:])])

        for operand, expr in zip(stmt.operands, rule.cotangents, strict=True):
            if expr is None or not self.sweep.is_active(operand):
                continue
            assert isinstance(operand, Value)
            partial = emit(expr, leaf, self.builder, strong(operand))
            if stmt in self.guarded and not isinstance(cotangent, Const):
                partial = self._keep_zero(cotangent, partial)
            self.sweep.add(operand, partial)

    def _keep_zero(self, cotangent: Operand, partial: Operand) -> Value:
        """A zero cotangent stays zero, also times an infinite partial derivative."""
        zero = real(0.0, Scalar(cotangent.type.dtype))
        nonzero = self.builder.apply(ops.ne, cotangent, zero, type=BOOL)
        return self.builder.apply(
            ops.select, nonzero, partial, real(0.0, Scalar(partial.type.dtype)), type=Scalar(partial.type.dtype)
        )

    def _reverse_store(self, stmt: Apply) -> None:
        array, *index, stored = stmt.operands
        assert isinstance(array, Value)
        residuals, frame = self.sweep.residuals, self.sweep.frame
        restored = self.numbers[stmt] in self.restore
        if not (restored or self.sweep.is_active(array)):
            return
        at = tuple(map(residuals.need, index))
        residuals.forward_from_memory(stored, array, at)
        if self.sweep.is_active(array):
            self._pull(stmt, array, at)
        if restored:
            old = Value(element(array.type), f"{array.hint}_old" if array.hint else "old")
            with residuals.insert_before(frame.region, frame.cur):
                self.builder.append(Apply(memory.load, (array, *index), (old,), {}, stmt.loc))
            saved = residuals.save_after(old, frame, frame.cur)
            self.builder.effect(memory.store, residuals.need(array), *at, saved)

    def _pull(self, stmt: Apply, array: Value, at: tuple[Operand, ...]) -> None:
        """v_bar += A_bar[i]; A_bar[i] = 0, or for A[i] = A[i] + e just e_bar += A_bar[i]."""
        stored, target = stmt.operands[-1], self.sweep.shadow(array)
        added = self._accumulated(stmt)
        addend = stored if added is None else added[0]
        if isinstance(addend, Value) and self.sweep.is_active(addend):
            pulled: Operand = self.builder.apply(memory.load, target, *at, type=strong(addend), hint=bar(addend))
            if added is not None and added[1] is ops.sub:
                pulled = self.builder.apply(ops.neg, pulled, type=strong(addend), hint=bar(addend))
            self.sweep.add(addend, pulled)
        if added is None and not self._is_once(array):
            self.builder.effect(memory.store, target, *at, real(0.0, element(target.type)))

    def _accumulated(self, stmt: Apply) -> tuple[Operand, Primitive] | None:
        """For A[i] = A[i] + e or A[i] - e: e and the operation. The cotangent of A[i] then stays what it is."""
        array, *index, stored = stmt.operands
        define = self.layout.definition
        update = define(stored) if isinstance(stored, Value) else None
        if (
            not isinstance(update, Apply)
            or update.primitive not in (ops.add, ops.sub)
            or self.uses[update.results[0]] > 1
        ):
            return None
        pairs = [update.operands] if update.primitive is ops.sub else [update.operands, update.operands[::-1]]
        for before, addend in pairs:
            load = define(before) if isinstance(before, Value) else None
            if not isinstance(load, Apply) or load.primitive is not memory.load or self.uses[load.results[0]] > 1:
                continue
            if load.operands != (array, *index) or self.layout.places[load][0] is not self.sweep.frame.region:
                continue
            first, last = self.layout.places[load][1], self.layout.places[stmt][1]
            assert isinstance(array, Value)
            if not self.layout.is_clobbered(self.layout.root_of(array), self.sweep.frame.region, first, last - 1):
                return addend, update.primitive
        return None

    def _is_once(self, array: Value) -> bool:
        """Is every element of the array stored exactly once, before it is read?"""
        stmt = self.layout.definition(self.layout.root_of(array))
        return isinstance(stmt, Apply) and bool(stmt.attrs.get("once"))

    def _reverse_if(self, stmt: If) -> None:
        results = [(k, self.sweep.take(r)) for k, r in enumerate(stmt.results)]
        caught = self._caught(stmt.then, stmt.orelse)
        cond = self.sweep.residuals.need(stmt.cond)
        before = tuple(self.sweep.frame.bars.get(v, self.sweep.zero(v)) for v in caught)
        sides = []
        for region in (stmt.then, stmt.orelse):
            frame = Frame(region, Region(), stmt, cur=len(region.body), bars=dict(zip(caught, before, strict=True)))
            with self._entered(frame):
                for k, cotangent in results:
                    if cotangent is not None:
                        self.sweep.add(region.yields[k], cotangent)
                self._reverse_region(frame)
                frame.out.yields = tuple(frame.bars[v] for v in caught)
            sides.append(frame.out)
        after = self.builder.if_(cond, sides[0], sides[1], [bar(v) for v in caught])
        self.sweep.residuals.backward_of[stmt] = self.builder.region.body[-1]
        self.sweep.frame.bars.update(zip(caught, after, strict=True))

    def _reverse_for(self, stmt: For) -> None:
        need, zero = self.sweep.residuals.need, self.sweep.zero
        carried = [k for k, p in enumerate(stmt.body.params[1:]) if p in self.sweep.active]
        caught = self._caught(stmt.body)
        incoming = [self.sweep.take(stmt.results[k]) or zero(stmt.results[k]) for k in carried]
        before = [self.sweep.frame.bars.get(v, zero(v)) for v in caught]
        start, stop, step = (need(o) for o in (stmt.start, stmt.stop, stmt.step))
        backwards = self._backward_bounds(start, stop, step)
        index = Value(INT, stmt.body.params[0].hint)
        params = [stmt.body.params[1 + k] for k in carried]
        pulled = [Value(strong(p), bar(p)) for p in params]
        kept = [Value(strong(v), bar(v)) for v in caught]
        frame = Frame(stmt.body, Region((index, *pulled, *kept)), stmt, cur=len(stmt.body.body), index=index)
        with self._entered(frame):
            frame.bars.update(zip(caught, kept, strict=True))
            for k, cotangent in zip(carried, pulled, strict=True):
                self.sweep.add(stmt.body.yields[k], cotangent)
            self._reverse_region(frame)
            frame.out.yields = (
                *(frame.bars.get(p, zero(p)) for p in params),
                *(frame.bars[v] for v in caught),
            )
        bounds = (start, stop, step) if stmt.order_free else backwards
        after = self.builder.for_(bounds, (*incoming, *before), frame.out, order_free=stmt.order_free)
        loop = self.builder.region.body[-1]
        self.sweep.residuals.backward_of[stmt] = loop
        self.sweep.residuals.backward_bounds[loop] = backwards
        self.sweep.frame.bars.update(zip(caught, after[len(carried) :], strict=True))
        for k, cotangent in zip(carried, after, strict=False):
            self.sweep.add(stmt.inits[k], cotangent)

    def _backward_bounds(self, start: Operand, stop: Operand, step: Operand) -> tuple[Operand, Operand, Operand]:
        """The range that runs through range(start, stop, step) backwards."""
        apply = self.builder.apply
        if is_const(step, 1):
            return apply(ops.sub, stop, integer(1), type=INT), apply(ops.sub, start, integer(1), type=INT), integer(-1)
        count = trip_count(self.builder, start, stop, step)
        last = apply(ops.sub, count, integer(1), type=INT)
        last = apply(ops.add, start, apply(ops.mul, last, step, type=INT), type=INT)
        return last, apply(ops.sub, start, step, type=INT), apply(ops.neg, step, type=INT)

    def _caught(self, *inner: Region) -> list[Value]:
        """Active scalars from outside that the regions read: their cotangents pass through."""
        found = {v: None for region in inner for v in captures(region)}
        return [v for v in found if isinstance(v.type, Scalar) and v in self.sweep.active]

    def _entered(self, frame: Frame):  # type: ignore[no-untyped-def]
        return _Entered(self, frame)


class _Entered:
    """A frame is on the stack, and the builder writes into it, until the block ends."""

    def __init__(self, attempt: _Attempt, frame: Frame) -> None:
        self.attempt = attempt
        self.frame = frame
        self.into = attempt.builder.into(frame.out)

    def __enter__(self) -> Frame:
        self.attempt.sweep.frames.append(self.frame)
        self.into.__enter__()
        return self.frame

    def __exit__(self, *error: object) -> None:
        self.into.__exit__(None, None, None)
        self.attempt.sweep.frames.pop()
