"""Shared ints: constants fold, equal expressions are one value, what is known of extents is used."""

from __future__ import annotations

import pytest

from adcompile.frontend.ints import Ints
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Region, Value, boolean, integer
from adcompile.ir.types import INT
from adcompile.ops import scalar

ZERO, ONE, TWO = map(integer, range(3))


@pytest.fixture
def ints() -> Ints:
    return Ints(Builder(Region()))


@pytest.fixture
def n(ints: Ints) -> Value:
    extent = Value(INT, "n")
    ints.nonnegative[extent] = True
    return extent


def test_constants_fold(ints):
    assert ints.add(TWO, ONE) == integer(3)
    assert ints.sub(ONE, TWO) == integer(-1)
    assert ints.mul(TWO, TWO) == integer(4)
    assert ints.floordiv(integer(-3), TWO) == integer(-2)
    assert ints.mod(integer(-3), TWO) == ONE
    assert ints.compare(scalar.lt, ONE, TWO) == boolean(True)


def test_equal_expressions_are_one_value(ints, n):
    less = ints.sub(n, ONE)
    assert ints.sub(n, ONE) is less
    assert ints.add(n, integer(-1)) is less
    assert ints.sub(ints.add(n, ONE), TWO) is less
    assert ints.add(less, ONE) is n
    assert ints.sub(n, less) == ONE
    assert len(ints.builder.region.body) == 2


def test_an_entry_is_seen_only_where_it_dominates(ints, n):
    with ints.builder.into(Region()), ints.scope():
        inner = ints.mul(n, TWO)
        assert ints.mul(n, TWO) is inner
    assert ints.mul(n, TWO) is not inner


def test_extents_are_not_negative(ints, n):
    assert ints.max(n, ZERO) is n
    assert ints.min(n, ZERO) == ZERO
    assert ints.max(ints.add(n, ONE), ZERO) is ints.add(n, ONE)
    assert not ints.is_nonnegative(ints.sub(n, ONE))


def test_an_index_is_below_the_end_of_its_range(ints, n):
    index = Value(INT, "i")
    ints.below[index] = n
    assert ints.min(index, n) is index
    assert ints.min(ints.add(index, ONE), n) is ints.add(index, ONE)
    assert ints.min(ints.add(index, TWO), n) not in (n, ints.add(index, TWO))


def test_extents_that_were_required_equal_are_one(ints, n):
    m = Value(INT, "m")
    with ints.builder.into(Region()), ints.scope():
        ints.assume_equal(n, m)
        assert ints.same(n, m)
        ints.assume_equal(n, integer(3))
        assert ints.canonical(m) == integer(3)
    assert not ints.same(n, m)
