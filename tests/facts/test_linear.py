from adcompile.facts.linear import LONGEST, Linear, LinearForms
from adcompile.ir.nodes import Apply
from adcompile.ir.types import INT, Scalar
from adcompile.ops import scalar
from tests.ir.sketch import Sketch


def test_forms_of_sums() -> None:
    sketch = Sketch()
    i, n = sketch.param(INT, "i"), sketch.param(INT, "n")
    y = sketch.op(scalar.sub, sketch.op(scalar.mul, 2, sketch.op(scalar.add, i, 1)), sketch.op(scalar.neg, n))
    z = sketch.op(scalar.sub, y, sketch.op(scalar.add, n, i))
    product = sketch.op(scalar.mul, i, n)
    forms = LinearForms({s.results[0]: s for s in sketch.builder.region.body if isinstance(s, Apply)})
    assert forms.of(y) == Linear(((i, 2), (n, 1)), 2)
    assert forms.of(z) == Linear(((i, 1),), 2)
    assert forms.of(product) == Linear(((product, 1),))


def test_substitution() -> None:
    sketch = Sketch()
    i, n = sketch.param(INT, "i"), sketch.param(INT, "n")
    form = Linear(((i, 3), (n, 1)), 1)
    assert form.substitute(i, Linear(((n, 1),), -1)) == Linear(((n, 4),), -2)
    assert Linear(((n, 1),)).substitute(i, form) == Linear(((n, 1),))


def test_narrow_integers_and_long_sums_are_atoms() -> None:
    sketch = Sketch()
    small = sketch.param(Scalar("int8"), "k")
    long = [sketch.param(INT, "n")]
    for _ in range(LONGEST):
        long.append(sketch.op(scalar.add, long[-1], sketch.param(INT, "m")))
    double = sketch.op(scalar.add, small, small)
    forms = LinearForms({s.results[0]: s for s in sketch.builder.region.body if isinstance(s, Apply)})
    assert forms.of(double) == Linear(((double, 1),))
    assert len(forms.of(long[-2]).terms) == LONGEST
    assert forms.of(long[-1]) == Linear(((long[-1], 1),))
