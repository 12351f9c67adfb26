"""The garbage collector rests while programs are compiled, and only then."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime.garbage import kept


def test_it_rests_and_goes_on() -> None:
    assert gc.isenabled()
    with kept():
        assert not gc.isenabled()
        with kept():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_wakes_it() -> None:
    with pytest.raises(ZeroDivisionError), kept():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_who_has_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with kept():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_last_thread_wakes_it() -> None:
    inside, leave = threading.Event(), threading.Event()

    def compile_long() -> None:
        with kept():
            inside.set()
            leave.wait(10.0)

    thread = threading.Thread(target=compile_long)
    thread.start()
    inside.wait(10.0)
    with kept():
        pass
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled()


def test_it_is_on_after_a_program_was_compiled_or_refused() -> None:
    ad.grad(lambda x: np.sum(x * x), cache=False)(np.ones(3))
    assert gc.isenabled()
    with pytest.raises(ad.AdcompileError):
        ad.grad(lambda x: open(x), cache=False)(1.0)
    assert gc.isenabled()
