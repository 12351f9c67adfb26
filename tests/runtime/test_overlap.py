"""Arguments that overlap in memory while one of them is stored into are refused, at every call."""

import itertools

import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime import overlap
from adcompile.runtime.overlap import overlaps, overlaps_itself, pairs

SHIFTS = np.linspace(1.0, 2.0, 6)


@ad.grad(argnums=(0, 1))
def shifted(x, y):
    x[1:] = x[1:] * y[:-1]
    return np.sum(x * x)


@ad.grad
def by_another_name(state, k):
    x, y = state["x"], state["y"]
    z = y[::2]
    z[k] = x[0] * 3.0
    return np.sum(y * x)


@ad.grad
def against_a_capture(x):
    x[0] = 2.0 * SHIFTS[1]
    return np.sum(x * SHIFTS)


@ad.grad
def reading(x, y):
    return np.sum(x * y)


def test_what_does_not_overlap_is_computed():
    a = np.linspace(1.0, 2.0, 12)
    for _ in range(4):
        x_bar, y_bar = shifted(a[:6], a[6:])
        assert x_bar.shape == y_bar.shape == (6,)
        shifted(a[::2], a[1::2])
    assert np.array_equal(a, np.linspace(1.0, 2.0, 12))


def test_overlaps_are_refused_on_either_way():
    a = np.linspace(1.0, 2.0, 8)
    for _ in range(4):
        shifted(a[:4].copy(), a[:4].copy())
        with pytest.raises(ValueError, match=r"`x` and `y` overlap .*, and shifted stores into `x`: pass `y.copy"):
            shifted(a[:4], a[2:6])
        with pytest.raises(ValueError, match="overlap in memory"):
            shifted(a, a)


def test_leaves_are_named_as_the_user_reaches_them():
    a = np.ones(6)
    with pytest.raises(ValueError, match=r"`state\['y'\]` and `state\['x'\]` overlap in memory, and by_another_name"):
        by_another_name({"x": a, "y": a[:]}, 1)


def test_captured_arrays_count():
    assert against_a_capture(np.ones(6))[0] == 0.0
    with pytest.raises(ValueError, match="`x` and `SHIFTS` overlap"):
        against_a_capture(SHIFTS)


def test_arrays_that_are_only_read_may_overlap():
    a = np.ones(3)
    assert reading(a, a).tolist() == [1.0, 1.0, 1.0]


def test_vjp_refuses_too():
    a = np.ones(4)
    with pytest.raises(ValueError, match="overlap in memory"):
        ad.vjp(shifted.primal, a, a)


def test_unaligned_arrays_are_compared_before_they_are_copied():
    raw = np.zeros(8 * 6 + 1, np.uint8)[1:].view(np.float64)
    with pytest.raises(ValueError, match="overlap in memory"):
        shifted(raw, raw)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (np.s_[:4], np.s_[4:], False),
        (np.s_[:4], np.s_[3:], True),
        (np.s_[::2], np.s_[1::2], False),
        (np.s_[::2], np.s_[::3], True),
        (np.s_[:0], np.s_[:0], False),
    ],
)
def test_overlaps(one, other, expected):
    a = np.zeros(12)
    assert overlaps(a[one], a[other]) is expected


def test_what_cannot_be_told_counts_as_overlapping(monkeypatch):
    a = np.zeros(100_000, np.int8)
    one = np.lib.stride_tricks.as_strided(a, (5, 4, 4), (2559, 1929, 1557))
    other = np.lib.stride_tricks.as_strided(a[1:], (4, 5, 4), (845, 958, 170))
    assert not overlaps(one, other)
    monkeypatch.setattr(overlap, "MAXIMUM_WORK", 1)
    assert overlaps(one, other)


def test_each_pair_is_compared_once():
    assert list(pairs((0, 2), [0, 1, 2])) == [(0, 1), (0, 2), (2, 1)]
    assert not list(pairs((), [0, 1]))


def stored(a):
    a[0] = 3.0
    return (a * a).sum()


def test_an_argument_that_overlaps_itself():
    """The program works on a copy, in which the elements would lie apart: NumPy gives 27, the copy 11."""
    strided = np.lib.stride_tricks.as_strided(np.array([1.0, 2.0]), (3,), (0,))
    assert stored(strided) == 27.0
    gradient = ad.grad(stored)
    apart = np.arange(6.0)[::2]
    for _ in range(4):
        with pytest.raises(ValueError, match=r"`a` overlaps itself in memory.*stores into it: pass `a.copy\(\)`"):
            gradient(strided)
        assert gradient(apart).tolist() == [0.0, 4.0, 8.0]
    assert gradient(strided.copy()).tolist() == [0.0, 6.0, 6.0]
    assert reading(strided, strided).tolist() == [3.0, 3.0, 3.0]


@pytest.mark.parametrize(
    ("shape", "strides"),
    [
        ((3,), (0,)),
        ((3,), (8,)),
        ((3,), (4,)),
        ((2, 3), (8, 8)),
        ((2, 3), (24, 8)),
        ((2, 3), (16, 8)),
        ((3, 2), (16, 24)),
        ((3, 2), (16, 8)),
        ((2, 2, 2), (16, 24, 40)),
        ((2, 2, 2), (16, 24, 8)),
        ((4, 1), (8, 0)),
        ((1, 1), (0, 0)),
        ((0, 3), (0, 0)),
    ],
)
def test_overlaps_itself(shape, strides):
    """Against a count of the places that the elements start at."""
    array = np.lib.stride_tricks.as_strided(np.zeros(64), shape, strides)
    starts = sorted(sum(k * s for k, s in zip(index, strides, strict=True)) for index in np.ndindex(*shape))
    expected = any(after - before < 8 for before, after in itertools.pairwise(starts))
    assert overlaps_itself(array) is expected
