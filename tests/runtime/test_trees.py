"""Arguments taken apart and put together again; what a program cannot take."""

import collections
import dataclasses
import enum
import math
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse

from adcompile.errors import UnsupportedError
from adcompile.frontend.structure import Fixed, Leaf, Node
from adcompile.ir.types import Array, Scalar
from adcompile.runtime.trees import (
    aligned,
    cast,
    describe,
    flatten,
    gradient_structure,
    key_of,
    structure_of,
    unflatten,
)


class Color(enum.IntEnum):
    RED = 1


class Pair(NamedTuple):
    first: float
    second: np.ndarray


@dataclasses.dataclass(frozen=True)
class Layer:
    weight: np.ndarray
    name: str = "dense"
    scale: float = dataclasses.field(default=1.0, init=False)


class MyFloat(float):
    pass


def strided(*shape):
    return np.ones(tuple(2 * n for n in shape))[tuple(slice(None, None, 2) for _ in shape)]


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (1.5, Scalar("float64", weak=True)),
        (MyFloat(1.5), Scalar("float64", weak=True)),
        (3, Scalar("int64", weak=True)),
        (-(2**63), Scalar("int64", weak=True)),
        (True, Scalar("bool", weak=True)),
        (np.float64(1), Scalar("float64")),
        (np.float32(1), Scalar("float32")),
        (np.uint8(1), Scalar("uint8")),
        (np.bool_(True), Scalar("bool")),
        (np.ones((2, 3)), Array("float64", 2, "C", (False, False))),
        (np.ones((2, 3)).T, Array("float64", 2, "F", (False, False))),
        (np.ones((2, 1)).T, Array("float64", 2, "C", (True, False))),
        (strided(2, 3), Array("float64", 2, "S", (False, False))),
        (strided(2, 3).T, Array("float64", 2, "T", (False, False))),
        (strided(2, 3)[::-1], Array("float64", 2, "S", (False, False))),
        (np.ones((2, 3, 4)).swapaxes(1, 2), Array("float64", 3, "A", (False, False, False))),
        (np.broadcast_to(np.ones(3), (2, 3)), Array("float64", 2, "A", (False, False))),
        (np.broadcast_to(np.ones((2, 1)), (2, 3)), Array("float64", 2, "A", (False, False))),
        (np.zeros(13, np.uint8)[1:].view(np.float32), Array("float32", 1, "C", (False,))),
        (np.zeros(17, np.uint8)[1:].view(np.float32)[::2], Array("float32", 1, "U", (False,))),
        (np.array(2.0), Array("float64", 0, "C", ())),
        (np.zeros((0, 1), np.int32), Array("int32", 2, "C", (False, True))),
        (np.array([True]), Array("bool", 1, "C", (True,))),
    ],
)
def test_leaves(value, type_):
    assert structure_of(value) == Leaf(type_)
    assert flatten(value, structure_of(value))[0] is value


@pytest.mark.parametrize(
    "value", ["mean", None, ..., np.dtype("f8"), np.float32, math, math.sin, np.sum, np.sin, Color.RED, slice(1, 2)]
)
def test_static_by_themselves(value):
    assert structure_of(value) == Fixed(value)
    assert flatten(value, structure_of(value)) == []


def test_containers_go_and_come_back():
    value = {"a": (1.0, [2, np.float32(3.0)]), "b": Pair(1.0, np.ones(2)), "c": Layer(np.ones((2, 1))), 4: "mode"}
    structure = structure_of(value)
    assert structure.keys == ("a", "b", "c", 4)
    assert structure.children[1] == Node(
        "namedtuple",
        ("first", "second"),
        (Leaf(Scalar("float64", weak=True)), Leaf(Array("float64", 1, "C", (False,)))),
        Pair,
    )
    leaves = flatten(value, structure)
    assert len(leaves) == 7
    back = unflatten(structure, leaves)
    assert repr(back) == repr(value)
    assert type(back["a"][1][1]) is np.float32
    assert type(back["c"]) is Layer
    assert describe(structure) == (
        "{a: (float, [int, float32]), b: Pair{first: float, second: float64[:]}, "
        "c: Layer{weight: float64[:, 1], name: 'dense', scale: float}, 4: 'mode'}"
    )


def test_gradients_have_none_where_there_is_no_derivative():
    value = {"w": np.ones(2), "n": 3, "mode": "mean", "layers": (Layer(np.ones(2)),)}
    structure = structure_of(value)
    gradient = unflatten(gradient_structure(structure, [True, False, True, False]), [np.zeros(2), np.ones(2)])
    assert gradient["n"] is None
    assert gradient["mode"] is None
    assert gradient["layers"][0].name is None
    assert gradient["layers"][0].scale is None
    assert np.array_equal(gradient["layers"][0].weight, np.ones(2))


@pytest.mark.parametrize(
    ("value", "type_", "kind"),
    [
        (1.0, Scalar("float64"), float),
        (1.0, Scalar("float32"), np.float32),
        (1, Scalar("int64", weak=True), int),
        (1, Scalar("int32"), np.int32),
        (1, Scalar("bool", weak=True), bool),
        (1, Scalar("bool"), np.bool_),
        (2.0, Array("float32", 0), np.ndarray),
    ],
)
def test_cast(value, type_, kind):
    assert type(cast(value, type_)) is kind
    assert cast(value, type_) == value


DIFFERENT = [
    1,
    1.0,
    True,
    "1",
    (1,),
    [1],
    {"a": 1},
    {"b": 1},
    {1: 1},
    {True: 1},
    np.ones(3),
    np.ones(1),
    np.ones(3, np.float32),
    strided(3),
    Pair(1.0, 2.0),
]


def test_keys_tell_apart():
    keys = [key_of(structure_of(value)) for value in DIFFERENT]
    assert len(set(keys)) == len(keys)
    static = [1, True, 1.0, 0.0, -0.0, (1,), (1.0,), "1", None]
    assert len({key_of(structure_of(value, static=True)) for value in static}) == len(static)


def test_keys_of_functions_are_what_they_compute():
    def scaled(factor):
        return lambda x: factor * x

    assert key_of(structure_of(scaled(2.0))) == key_of(structure_of(scaled(2.0)))
    assert key_of(structure_of(scaled(2.0))) != key_of(structure_of(scaled(3.0)))


def test_unaligned_arrays_are_copied():
    raw = np.zeros(17, np.uint8)[1:].view(np.float64)
    leaf = aligned(raw)
    assert leaf.flags.aligned
    assert not raw.flags.aligned
    assert structure_of(raw) == structure_of(leaf)


@pytest.mark.parametrize(
    ("value", "message", "advice"),
    [
        (np.ones(2, np.float16), "array of dtype float16", "x.astype(np.float64)"),
        (np.ones(2, np.longdouble), "array of dtype", "x.astype(np.float64)"),
        (np.ones(2, ">f8"), "'>f8' (not in this machine's byte order)", "x.astype(np.float64)"),
        (np.ones(2, ">i4"), "'>i4' (not in this machine's byte order)", "x.astype(np.int32)"),
        (np.ones(2, complex), "array of dtype complex128", "x.real and x.imag"),
        (np.array([None]), "array of dtype object", "x.astype(np.float64)"),
        (np.array(["2020"], "M8[s]"), "dtype datetime64", "timedelta64"),
        (np.zeros(2, [("a", float)]), "dtype void", "x['a']"),
        (np.float16(1), "scalar of dtype float16", "x.astype(np.float64)"),
        (np.recarray(2, [("a", float)]), "is a recarray", "np.asarray(x)"),
        (np.ma.masked_array([1.0]), "is a MaskedArray", "x.filled(0.0)"),
        ([1.0] * 65, "is a list of 65 numbers", "np.array(x)"),
        (2**63, "does not fit in 64 bits", "float"),
        (1j, "builtins.complex", "x.real and x.imag"),
        (scipy.sparse.eye_array(2), "scipy.sparse", "x.toarray()"),
        (collections.deque([1.0]), "collections.deque", "np.asarray(x)"),
        ({"w": [1, np.ones(2, ">f8")]}, "`x['w'][1]`", "x.astype"),
    ],
)
def test_refusals(value, message, advice):
    with pytest.raises(UnsupportedError) as refusal:
        structure_of(value, where="x")
    assert message in str(refusal.value)
    assert advice in refusal.value.advice


def test_long_lists_of_arrays_are_taken():
    assert len(structure_of([np.ones(2)] * 65).children) == 65


def test_static_must_be_hashable():
    assert structure_of((1, 2), static=True) == Fixed((1, 2))
    with pytest.raises(UnsupportedError, match="`axes` is static, but a list cannot be"):
        structure_of([1, 2], static=True, where="axes")
