"""Proofs from facts about integers: a claim holds if its opposite contradicts what is known about its atoms.

    facts: i >= 0, n - 1 - i >= 0         claim: n - 1 >= 0         opposite: -n >= 0, which no integers fulfil

The facts that are relevant are those about the atoms of the claim, and about the atoms of these in turn. Where they do
not suffice, the proof distinguishes the cases of an atom. Facts are entered for a place and forgotten behind it; what
has been proved at a place holds wherever its facts do, and is not proved again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from adcompile.facts.inequalities import is_infeasible
from adcompile.facts.linear import Linear
from adcompile.ir.nodes import Value

Case = tuple[Linear, list[Linear]]

# How many facts a proof may look at, and how many times it may distinguish cases.
MOST_FACTS = 32
MOST_CASES = 3


class Proofs:
    """Facts entered so far and what follows from them. A fact is a form that is >= 0."""

    def __init__(self) -> None:
        self._about: dict[Value, list[Linear]] = {}
        self._entered: list[Linear] = []
        self._given: set[Linear] = set()
        # What is not proved may be, once more is known.
        self._proved: set[Linear] = set()
        self._unproved: set[Linear] = set()
        # The same facts are relevant at many places.
        self._infeasible: dict[tuple[Linear, ...], bool] = {}
        self._open: set[Value] = set()

    def _facts_of(self, atom: Value) -> Iterator[Linear]:
        """What holds of an atom wherever it is defined."""
        raise NotImplementedError

    def _cases(self, atom: Value) -> list[Case]:
        """The forms that an atom may be equal to, each with what holds then."""
        raise NotImplementedError

    def _forget_proofs(self) -> None:
        self._proved.clear()
        self._unproved.clear()

    def _holds(self, form: Linear, cases: int = MOST_CASES) -> bool:
        """Is the form >= 0 here?"""
        if not form.terms:
            return form.const >= 0
        if form in self._proved or form in self._unproved:
            return form in self._proved
        self._unproved.add(form)  # while it is being proved, it is not known
        if self._prove(form, cases):
            self._proved.add(form)
        return form in self._proved

    def _prove(self, form: Linear, cases: int) -> bool:
        opposite = Linear((), -1).plus(form, -1)
        system, atoms = self.relevant(opposite)
        key = tuple(system)
        if key not in self._infeasible:
            self._infeasible[key] = is_infeasible(system)
        if self._infeasible[key]:
            return True
        split = next((atom for atom in atoms if atom not in self._open and self._cases(atom)), None) if cases else None
        if split is None:
            return False
        equal = Linear(((split, 1),))
        self._open.add(split)
        try:
            return all(self._holds_given(form, equal.plus(by, -1), facts, cases) for by, facts in self._cases(split))
        finally:
            self._open.discard(split)

    def _holds_given(self, form: Linear, zero: Linear, facts: list[Linear], cases: int) -> bool:
        with self._assuming([zero, Linear().plus(zero, -1), *facts]):
            return self._holds(form, cases - 1)

    def relevant(self, form: Linear) -> tuple[list[Linear], list[Value]]:
        """The form and the facts about its atoms, and about theirs in turn; and these atoms."""
        system, atoms = [form], [atom for atom, _ in form.terms]
        seen = set(atoms)
        for atom in atoms:  # grows while it is read
            for fact in (*self._about.get(atom, ()), *self._facts_of(atom)):
                if len(system) >= MOST_FACTS:
                    return system, atoms
                system.append(fact)
                new = [other for other, _ in fact.terms if other not in seen]
                seen.update(new)
                atoms += new
        return system, atoms

    @contextmanager
    def _assuming(self, facts: Sequence[Linear]) -> Iterator[None]:
        proved, unproved = self._proved, self._unproved
        self._proved, self._unproved = proved.copy(), set()
        before = len(self._entered)
        self._enter(facts)
        try:
            yield
        finally:
            while len(self._entered) > before:
                self._given.discard(fact := self._entered.pop())
                for atom, _ in fact.terms:
                    self._about[atom].pop()
            self._proved, self._unproved = proved, unproved

    def _enter(self, facts: Sequence[Linear]) -> None:
        for fact in facts:
            if fact.terms and fact not in self._given:
                self._given.add(fact)
                self._entered.append(fact)
                self._unproved.clear()
                for atom, _ in fact.terms:
                    self._about.setdefault(atom, []).append(fact)
