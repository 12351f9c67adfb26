"""What is known about integers at a place in the program: `0 <= i <= n - 1` inside a loop over `range(n)`.

    ranges = Ranges(function)
    with ranges.within(loop, loop.body):
        ranges.proves(i, "<", n)         True

A fact is a linear form that is >= 0. Facts come from

* extent    extents are >= 0; `dim(alloc(n))` is n.
* index     inside its loop, an index lies between the bounds; and a carried `p + 1` never falls below its init.
* branch    the condition holds inside an `If`; what a `require` before this place demands holds, and of `a or b` the
            one where the other is known not to.
* residue   0 <= a % b < b where b > 0; and c * (a // c) <= a.
* product   of numbers that are not negative.
* case      `select(c, x, y)` is x where c holds and y where not; likewise maximum, minimum and abs.

A claim is proved by showing that its opposite contradicts the facts about its atoms (`inequalities`). What is not
proved may still be true, what is proved is: integer arithmetic is exact or raises, and what wraps is no sum (`linear`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from adcompile.facts.comparisons import NEGATIONS, Comparison, claims, compared, comparison_of, less
from adcompile.facts.linear import Linear, LinearForms, is_linear
from adcompile.facts.proofs import Case, Proofs
from adcompile.ir.loops import Carried, carried, index_of, trips_of
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Stmt, Value, While, integer
from adcompile.ir.types import INT, UNSIGNED
from adcompile.ir.walk import statements
from adcompile.ops import library, memory, scalar

ZERO = integer(0)

# The primitives after which something is known.
INFORMATIVE = (memory.require, memory.alloc, memory.reshape)


class Ranges(Proofs):
    """Facts that hold at the current place: first the start of the function, then where `within` and `passed` lead."""

    def __init__(self, function: Function) -> None:
        super().__init__()
        self.definitions: dict[Value, Apply] = {}
        self.forms = LinearForms(self.definitions)
        self._canonical: dict[Value, Linear] = {}
        self._naturals: set[Value] = set()
        self._extents: dict[tuple[Value, int], Value] = {}
        self._alternatives: list[tuple[Operand, ...]] = []
        for stmt in statements(function.region):
            self._note(stmt)

    # -- questions

    def proves(self, a: Operand, comparison: Comparison, b: Operand) -> bool:
        """Does the comparison of two integers hold here, whenever this place is reached?"""
        if isinstance(a, Const) and isinstance(b, Const):
            return compared(a.value, comparison, b.value)
        alternatives = claims(self.form(a), comparison, self.form(b))
        return any(all(self._holds(form) for form in claim) for claim in alternatives)

    def nonnegative(self, value: Operand) -> bool:
        """Is the integer >= 0 here?"""
        return self.holds(self.form(value))

    def holds(self, form: Linear) -> bool:
        """Is the form >= 0 here?"""
        return self._holds(form)

    def is_extent(self, operand: Operand, array: Operand, axis: int) -> bool:
        """Is the operand surely the extent of the array along the axis?"""
        difference = self.form(operand).plus(self.extent(array, axis), -1)
        return self._holds(difference) and self._holds(Linear().plus(difference, -1))

    def in_range(self, array: Operand, indices: Sequence[Operand]) -> bool:
        """Is there an element at the indices (which count from the end if negative)?"""
        return all(
            self._holds(less(self.form(index), extent)) and self._holds(self.form(index).plus(extent))
            for index, extent in ((index, self.extent(array, axis)) for axis, index in enumerate(indices))
        )

    def decide(self, cond: Operand) -> bool | None:
        """The value that a condition has here, if that is known."""
        if isinstance(cond, Const):
            return bool(cond.value)
        stmt = self.definitions.get(cond)
        if stmt is None:
            return None
        if stmt.primitive in (scalar.and_, scalar.or_):
            decisive = stmt.primitive is scalar.or_
            decided = [self.decide(o) for o in stmt.operands]
            return decisive if decisive in decided else None if None in decided else not decisive
        if stmt.primitive is scalar.not_:
            inner = self.decide(stmt.operands[0])
            return None if inner is None else not inner
        if (comparison := comparison_of(stmt)) is None:
            return None
        a, b = stmt.operands
        return True if self.proves(a, comparison, b) else False if self.proves(a, NEGATIONS[comparison], b) else None

    def alternatives(self, cond: Operand) -> tuple[Operand, ...]:
        """The conditions that `cond` is the disjunction of."""
        stmt = self.definitions.get(cond) if isinstance(cond, Value) else None
        if stmt is None or stmt.primitive is not scalar.or_:
            return (cond,)
        return tuple(each for operand in stmt.operands for each in self.alternatives(operand))

    def form(self, operand: Operand) -> Linear:
        """The operand as a linear form; extents of one axis are one atom."""
        if isinstance(operand, Const):
            return self.forms.of(operand)
        if operand in self._canonical:
            return self._canonical[operand]
        form = self.forms.of(operand)
        for atom, _ in form.terms:
            definition = self.definitions.get(atom)
            if definition is not None and definition.primitive is memory.dim:
                form = form.substitute(atom, self.extent(definition.operands[0], definition.attrs.axis, atom))
        self._canonical[operand] = form
        return form

    # -- places

    @contextmanager
    def within(self, stmt: Stmt, region: Region) -> Iterator[None]:
        """Inside a region of the statement, until the block ends. `passed` inside the block is forgotten after it."""
        with self._assuming(list(self._facts_inside(stmt, region))):
            self._enter([fact for either in self._alternatives for fact in self._remaining(either)])
            yield

    @contextmanager
    def _assuming(self, facts: Sequence[Linear]) -> Iterator[None]:
        count = len(self._alternatives)
        with super()._assuming(facts):
            yield
        del self._alternatives[count:]

    @contextmanager
    def supposing(self, cond: Operand) -> Iterator[None]:
        """As if the condition were known to hold, until the block ends."""
        with self._assuming(list(self._implied(cond, truth=True))):
            yield

    def learn(self, stmt: Stmt) -> None:
        """The statement has become part of the function."""
        self._note(stmt)

    def learn_again(self, stmt: Stmt) -> None:
        """The statement, or some inside it, read other values than before."""
        for each in statements(Region(body=[stmt])):
            for value in each.results:
                self.forms.forget(value)
                self._canonical.pop(value, None)
            self._note(each)
        self._forget_proofs()

    def passed(self, stmt: Stmt) -> None:
        """From here on the statement has run."""
        if isinstance(stmt, Apply) and stmt.primitive not in INFORMATIVE:
            return
        self._enter(list(self._facts_after(stmt)))
        if isinstance(stmt, Apply) and stmt.primitive is memory.require:
            alternatives = self.alternatives(stmt.operands[0])
            if len(alternatives) > 1:
                self._alternatives.append(alternatives)

    def _refutes(self, cond: Operand) -> bool:
        """Is the condition known to be false here? `decide(cond) is False`, at less expense."""
        if isinstance(cond, Const):
            return not cond.value
        stmt = self.definitions.get(cond)
        if stmt is None:
            return False
        if stmt.primitive is scalar.or_:
            return all(map(self._refutes, stmt.operands))
        if stmt.primitive is scalar.and_:
            return any(map(self._refutes, stmt.operands))
        if stmt.primitive is scalar.not_:
            return self.decide(stmt.operands[0]) is True
        comparison = comparison_of(stmt)
        return comparison is not None and self.proves(stmt.operands[0], NEGATIONS[comparison], stmt.operands[1])

    # -- facts that hold at places

    def _facts_inside(self, stmt: Stmt, region: Region) -> Iterator[Linear]:
        if isinstance(stmt, If):
            yield from self._implied(stmt.cond, truth=region is stmt.then)  # branch
        elif isinstance(stmt, For):
            index, start, stop = (self.form(o) for o in (index_of(stmt), stmt.start, stmt.stop))
            if self.proves(stmt.step, ">", ZERO):  # index
                yield from (index.plus(start, -1), less(index, stop))
            elif self.proves(stmt.step, "<", ZERO):
                yield from (start.plus(index, -1), less(stop, index))
            for each in carried(stmt):
                yield from self._drift(each, each.param)

    def _facts_after(self, stmt: Stmt) -> Iterator[Linear]:
        if isinstance(stmt, Apply) and stmt.primitive is memory.require:
            yield from self._implied(stmt.operands[0], truth=True)  # branch
        elif isinstance(stmt, Apply) and stmt.primitive in (memory.alloc, memory.reshape):
            extents = stmt.operands if stmt.primitive is memory.alloc else stmt.operands[1:]
            yield from map(self.form, extents)  # extent
        elif isinstance(stmt, For):
            for each in carried(stmt):
                yield from self._drift(each, each.result)

    def _drift(self, each: Carried, value: Value) -> Iterator[Linear]:
        """A carried value to which a constant is added moves one way from its init (index)."""
        if value.type.dtype == "int64":
            change = self.form(each.yielded).plus(self.form(each.param), -1)
            distance = self.form(value).plus(self.form(each.init), -1)
            if not change.terms:
                yield distance if change.const >= 0 else Linear().plus(distance, -1)

    def _remaining(self, alternatives: tuple[Operand, ...]) -> Iterator[Linear]:
        """What follows from one of several conditions being true, if all others are not (branch)."""
        open_: list[Operand] = []
        for each in alternatives:
            if not self._refutes(each):
                open_.append(each)
                if len(open_) > 1:
                    return
        yield from self._implied(open_[0], truth=True) if open_ else ()

    def _implied(self, cond: Operand, *, truth: bool) -> Iterator[Linear]:
        """What follows from a condition being true or false."""
        stmt = self.definitions.get(cond) if isinstance(cond, Value) else None
        if stmt is None:
            return
        if stmt.primitive is scalar.not_:
            yield from self._implied(stmt.operands[0], truth=not truth)
        elif stmt.primitive is (scalar.and_ if truth else scalar.or_):
            for operand in stmt.operands:
                yield from self._implied(operand, truth=truth)
        elif comparison := comparison_of(stmt):
            a, b = map(self.form, stmt.operands)
            alternatives = claims(a, comparison if truth else NEGATIONS[comparison], b)
            yield from alternatives[0] if len(alternatives) == 1 else ()

    # -- facts that hold wherever the value is defined

    def _note(self, stmt: Stmt) -> None:
        if isinstance(stmt, Apply):
            self.definitions.update(dict.fromkeys(stmt.results, stmt))
            for result in stmt.results:
                # In order, so that no long chain of sums is ever followed in one go.
                if is_linear(stmt.primitive):
                    self.forms.of(result)
        elif isinstance(stmt, For | While) and (trips := trips_of(stmt)) is not None:
            self._naturals.add(trips)

    def extent(self, array: Operand, axis: int, value: Value | None = None) -> Linear:
        """The extent of an array as a form; `value` is a value that it is known by (extent)."""
        assert isinstance(array, Value)
        made = self.definitions.get(array)
        match made.primitive if made is not None else None, made.operands if made is not None else ():
            case memory.alloc, extents:
                return self.form(extents[axis])
            case memory.reshape, (_, *extents):
                return self.form(extents[axis])
            case memory.alloc_like, (other,):
                return self.extent(other, axis, value)
            case memory.part, (_, _, count):
                return self.form(count)
            case memory.row, (other, *indices):
                return self.extent(other, axis + len(indices), value)
            case primitive, factors if primitive is not None and primitive.routine is not None:
                assert made is not None
                places = library.extent_places(made, made.results.index(array), axis)
                if len(places) == 1:
                    return self.extent(factors[places[0][0]], places[0][1], value)
        if (array, axis) not in self._extents:
            self._extents[array, axis] = value or Value(INT)
            self._naturals.add(self._extents[array, axis])
        return Linear(((self._extents[array, axis], 1),))

    def _facts_of(self, atom: Value) -> Iterator[Linear]:
        form = Linear(((atom, 1),))
        stmt = self.definitions.get(atom)
        if atom in self._naturals or atom.type.dtype in UNSIGNED:
            yield form  # extent
        if stmt is None:
            return
        x = stmt.operands[0] if stmt.operands else ZERO
        if stmt.primitive is scalar.cast and x.type.dtype in ("bool", "uint8", "uint16", "uint32"):
            yield form
            yield from (Linear((), 1).plus(form, -1),) if x.type.dtype == "bool" else ()
        elif stmt.results[0].type.dtype == "int64" and stmt.primitive in (scalar.mod, scalar.floordiv):
            yield from self._division(stmt, form)
        elif stmt.primitive is scalar.mul and all(o.type.dtype == "int64" for o in stmt.operands):
            yield from (form,) if all(map(self.nonnegative, stmt.operands)) else ()  # product

    def _division(self, stmt: Apply, form: Linear) -> Iterator[Linear]:
        """What is known of a remainder or a quotient (residue)."""
        x, y = stmt.operands
        if stmt.primitive is scalar.mod and self.proves(y, ">", ZERO):
            yield from (form, less(form, self.form(y)))
        elif stmt.primitive is scalar.floordiv and isinstance(y, Const) and y.value > 0:
            rest = self.form(x).plus(form, -int(y.value))
            yield from (rest, less(rest, Linear((), int(y.value))))

    def _cases(self, atom: Value) -> list[Case]:
        """The forms that an atom may be equal to, each with what holds then (case)."""
        stmt = self.definitions.get(atom)
        if stmt is None or atom.type.dtype != "int64":
            return []
        if stmt.primitive is scalar.select:
            cond, x, y = stmt.operands
            return [(self.form(o), list(self._implied(cond, truth=truth))) for o, truth in ((x, True), (y, False))]
        if stmt.primitive in (scalar.maximum, scalar.minimum):
            x_form, y_form = map(self.form, stmt.operands)
            above = x_form.plus(y_form, -1)
            below = Linear().plus(above, -1)
            first, second = (above, below) if stmt.primitive is scalar.maximum else (below, above)
            return [(x_form, [first]), (y_form, [second])]
        if stmt.primitive is scalar.abs_:
            form = self.form(stmt.operands[0])
            minus = Linear().plus(form, -1)
            return [(form, [form]), (minus, [minus])]
        return []
