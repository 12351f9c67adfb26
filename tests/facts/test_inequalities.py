import itertools
import random

from adcompile.facts.inequalities import is_infeasible
from adcompile.facts.linear import Linear
from adcompile.ir.nodes import Value
from adcompile.ir.types import INT

I, N, M = Value(INT, "i"), Value(INT, "n"), Value(INT, "m")


def test_bounds_that_contradict() -> None:
    below = Linear(((N, 1), (I, -1)), -1)
    above = Linear(((I, 1), (N, -1)))
    assert is_infeasible([below, above])
    assert not is_infeasible([below])
    assert not is_infeasible([])
    assert is_infeasible([Linear((), -1)])


def test_a_gap_without_integers() -> None:
    # 1 <= 2 i <= 1
    assert is_infeasible([Linear(((I, 2),), -1), Linear(((I, -2),), 1)])


def test_agrees_with_trying_all_integers() -> None:
    """Within a box, "no solution" is never said of a system that has one, and mostly said of one that has none."""
    random_ = random.Random(1)
    atoms = (I, N, M)
    box = [Linear(((a, sign),), 3) for a in atoms for sign in (1, -1)]
    found = missed = 0
    for _ in range(400):
        system = list(box)
        for _ in range(random_.randint(1, 4)):
            terms = tuple((a, c) for a in atoms if (c := random_.randint(-2, 2)))
            system.append(Linear(terms, random_.randint(-6, 3)))
        points = itertools.product(range(-3, 4), repeat=3)
        solvable = any(all(value(f, dict(zip(atoms, p, strict=True))) >= 0 for f in system) for p in points)
        infeasible = is_infeasible(system)
        assert not (solvable and infeasible)
        found += infeasible
        missed += not solvable and not infeasible
    assert found > 60
    assert missed < 10


def value(form: Linear, at: dict[Value, int]) -> int:
    return form.const + sum(c * at[a] for a, c in form.terms)
