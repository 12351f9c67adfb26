"""`argnums` of functions with `*args` and `**kwargs`, and of functions that wrap others."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import adcompile as ad


def several(*args):
    return args[0] * args[1] * args[1]


def mixed(x, *rest, **named):
    return x * rest[0] + named.get("s", 1.0) * rest[1] * rest[0]


def doubled(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


def scaled(k):
    def outer(f):
        @functools.wraps(f)
        def wrapper(x, *args, **kwargs):
            return k * f(x, *args, **kwargs)

        return wrapper

    return outer


@doubled
def decorated(x, w=3.0, *, k=1.0):
    return x * x * w * k


@doubled
@scaled(2.0)
def twice(x, w):
    return x * x * w


class Model:
    @doubled
    def loss(self, x, w=1.0):
        return x * x * w


def gradient(function, argnums, *args, **kwargs):
    return ad.grad(function, argnums)(*args, **kwargs)


# By hand.
CASES = {
    "the second of *args": (several, 1, (2.0, 3.0), {}, 12.0),
    "a tuple of them": (several, (0, 1), (2.0, 3.0), {}, (9.0, 12.0)),
    "all by name": (several, "args", (2.0, 3.0), {}, (9.0, 12.0)),
    "after a parameter": (mixed, 1, (2.0, 3.0, 5.0), {}, 7.0),
    "a parameter and an item": (mixed, (0, 2), (2.0, 3.0, 5.0), {"s": 7.0}, (3.0, 21.0)),
    "decorated": (decorated, 0, (2.0,), {}, 24.0),
    "decorated, by keyword": (decorated, 0, (), {"x": 2.0}, 24.0),
    "decorated, from the end": (decorated, -1, (2.0, 4.0), {}, 8.0),
    "decorated, by name": (decorated, "w", (2.0, 4.0), {}, 8.0),
    "decorated, by name and keyword": (decorated, ("x", "w"), (2.0,), {"w": 4.0}, (32.0, 8.0)),
    "decorated, keyword only": (decorated, "k", (2.0,), {"k": 4.0}, 24.0),
    "decorated twice": (twice, (0, "w"), (2.0, 3.0), {}, (48.0, 16.0)),
    "a decorated method": (Model().loss, 0, (2.0,), {}, 8.0),
    "called inside": (lambda x: decorated(x) + twice(x, w=2.0) + Model().loss(x), 0, (2.0,), {}, 64.0),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_gradients(case):
    function, argnums, args, kwargs, expected = case
    assert gradient(function, argnums, *args, **kwargs) == expected


def test_each_call_counts_what_it_passes():
    second = ad.grad(several, argnums=1)
    for _ in range(4):
        assert second(2.0, 3.0) == 12.0
        assert second(2.0, 3.0, 4.0) == 12.0
    assert second(np.ones(()), 3.0) == 6.0
    with pytest.raises(TypeError, match=r"`args\[1\]` is not among the arguments of this call: args\[0\]"):
        second(2.0)
    assert "with respect to args[1]" in second.adjoint_source(2.0, 3.0)


@pytest.mark.parametrize(
    ("function", "argnums", "told"),
    [
        (several, -1, "out of range"),
        (decorated, 2, None),
        (decorated, "nothing", "no parameter `nothing`"),
        (mixed, ("rest", 1), "a parameter and a part of it"),
    ],
)
def test_refused(function, argnums, told):
    if told is None:
        with pytest.raises(TypeError, match="not among the arguments"):
            gradient(function, argnums, 1.0)
        return
    with pytest.raises(ValueError, match=told):
        ad.grad(function, argnums)
