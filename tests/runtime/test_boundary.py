"""Errors for users end where users called; broken invariants keep every frame."""

import traceback

import numpy as np
import pytest

import adcompile as ad
from adcompile.errors import InternalError
from adcompile.runtime.boundary import boundary


@ad.grad
def generator(x):
    yield x


@ad.grad
def element(x, i):
    return x[i]


@ad.grad
def positive(x):
    assert x > 0.0, "x must be positive"
    return x * x


CALLS = [
    (generator, (1.0,)),
    (generator.adjoint_source, (1.0,)),
    (element, (np.ones(3), 7)),
    (element, ("text", 1)),
    (element.explain, (np.ones(3), -9)),
    (positive, (-1.0,)),
    (lambda x: ad.vjp(generator.primal, x), (1.0,)),
]


def frames(call, args):
    """The files of the traceback's frames after this one, and the error."""
    try:
        call(*args)
    except Exception as error:
        return [each.filename for each in traceback.extract_tb(error.__traceback__)][1:], error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(("call", "args"), CALLS)
def test_the_compiler_is_not_shown(call, args, monkeypatch):
    monkeypatch.delenv("ADCOMPILE_DEBUG", raising=False)
    files, error = frames(call, args)
    inside = [file for file in files if file != __file__]
    assert len(inside) <= 2
    assert not any("frontend" in file or "dispatch" in file for file in inside)
    assert error.__cause__ is None and error.__suppress_context__


def test_debugging_shows_everything(monkeypatch):
    monkeypatch.setenv("ADCOMPILE_DEBUG", "1")
    files, _ = frames(*CALLS[0])
    assert any("frontend" in file for file in files)


def test_a_call_on_the_fast_way_is_short_too():
    for _ in range(4):
        element(np.ones(3), 1)
    files, error = frames(element, (np.ones(3), 7))
    assert isinstance(error, IndexError) and len(files) == 1


@pytest.mark.parametrize("broken", [InternalError("impossible", "hoist"), KeyError("x"), AssertionError()])
def test_what_is_wrong_with_the_compiler_keeps_its_traceback(broken):
    def inner():
        raise broken from LookupError("the cause")

    @boundary
    def call():
        inner()

    _, error = frames(call, ())
    assert traceback.extract_tb(error.__traceback__)[-1].name == "inner"
    assert isinstance(error.__cause__, LookupError)
