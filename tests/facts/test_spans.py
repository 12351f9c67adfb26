"""Every result of an operation on numbers of two spans lies in the span that is computed."""

import itertools

import pytest

from adcompile.facts.spans import INT64, SPANS, Span, hull, of_dtype
from adcompile.ir.primitive import Primitive

ENDS = [-5, -1, 0, 1, 2, 7]
SPANS_TRIED = [Span(low, high) for low in ENDS for high in ENDS if low <= high]
ARITHMETIC = [p for p in SPANS if p.exact is not None]


@pytest.mark.parametrize("primitive", ARITHMETIC, ids=lambda p: p.name)
def test_spans_hold_every_result(primitive: Primitive) -> None:
    assert primitive.exact is not None
    for given in itertools.product(SPANS_TRIED, repeat=primitive.arity):
        found = SPANS[primitive](*given)
        if found is None:
            continue
        for numbers in itertools.product(*(range(s.low, s.high + 1) for s in given)):
            value = primitive.exact(*numbers)
            assert found.low <= value <= found.high, (given, numbers)


def test_what_may_fail_has_no_span() -> None:
    by_name = {p.name: p for p in SPANS}
    assert SPANS[by_name["floordiv"]](Span(1, 9), Span(-1, 1)) is None
    assert SPANS[by_name["mod"]](Span(1, 9), Span(0, 4)) is None
    assert SPANS[by_name["lshift"]](Span(1, 9), Span(-1, 4)) is None
    assert SPANS[by_name["rshift"]](Span(1, 9), Span(0, 64)) is None


def test_spans_reach_beyond_64_bits() -> None:
    by_name = {p.name: p for p in SPANS}
    assert SPANS[by_name["add"]](INT64, Span(0, 1)) == Span(-(2**63), 2**63)
    assert not INT64.holds(Span(0, 2**63))
    assert hull([Span(0, 2), Span(-3, 1)]) == Span(-3, 2)
    assert of_dtype("uint8") == Span(0, 255)
    assert Span(0, 9).meet(Span(5, 20)) == Span(5, 9)
