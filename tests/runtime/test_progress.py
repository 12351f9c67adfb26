"""What is said about compiling: the seconds of each stage, and a line where it takes long."""

from __future__ import annotations

import time

import pytest

import adcompile as ad
from adcompile.runtime import cache, progress
from adcompile.runtime.progress import Compilation, Progress
from adcompile.stages import recorded, stage


def square(x):
    return x * x


def cube(x):
    return x * x * x


def test_compile_gives_the_seconds_of_each_stage_and_runs_nothing():
    def failing(x):
        assert x > 0.0
        return x * x

    g = ad.grad(failing, cache=False)
    made = g.compile(-1.0)
    assert list(made) == ["cache", "frontend", "lowering", "before", "reverse", "after", "last", "emit", "Numba"]
    assert not made.loaded and made.total == sum(made.values()) > 0.0
    assert made.lines == g.adjoint_source(-1.0).count("\n")
    assert g(3.0) == 6.0
    again = g.compile(-1.0)
    assert again.loaded and not again


def test_what_is_on_disk_is_loaded():
    assert not ad.grad(cube).compile(2.0).loaded
    cache.MEMORY.clear()
    loaded = ad.grad(cube).compile(2.0)
    assert loaded.loaded and list(loaded) == ["cache"]


def test_a_compilation_prints_as_a_table():
    made = Compilation("loss", 17, {"frontend": 0.25, "Numba": 1.5})
    assert str(made) == ("loss: 17 lines\n    frontend     0.250 s\n    Numba        1.500 s\n    total        1.750 s")
    assert str(Compilation("loss", 17, {})) == "loss: 17 lines, loaded\n    total     0.000 s"


def test_stages_of_one_name_add_up_and_nothing_is_kept_unasked():
    times = iter((0.0, 1.0, 10.0, 12.0))
    with stage("unheard"), recorded(lambda: next(times)) as seconds:
        for _ in range(2):
            with stage("twice"):
                pass
    assert seconds == {"twice": 3.0}


@pytest.fixture
def no_patience(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.delenv("ADCOMPILE_QUIET", raising=False)


def test_a_long_compilation_says_so_once(no_patience, capsys):
    g = ad.grad(square, cache=False)
    g(3.0)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("adcompile: compiling square")
    g(4.0)
    g.compile(5.0)
    assert not capsys.readouterr().err


def test_it_can_be_told_to_be_quiet(no_patience, capsys, monkeypatch):
    monkeypatch.setenv("ADCOMPILE_QUIET", "1")
    ad.grad(square, cache=False)(3.0)
    assert not capsys.readouterr().err


def test_nothing_is_said_of_what_is_loaded(no_patience, capsys, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(progress, "PATIENCE", 1000.0)
        ad.grad(square)(3.0)
    cache.MEMORY.clear()
    ad.grad(square)(3.0)
    assert not capsys.readouterr().err


def test_the_time_of_all_parts_counts(monkeypatch, capsys):
    monkeypatch.setattr(progress, "PATIENCE", 0.2)
    monkeypatch.delenv("ADCOMPILE_QUIET", raising=False)
    work = Progress("loss")
    with work.working():
        time.sleep(0.15)
    assert not capsys.readouterr().err
    work.lines = 363
    with work.working():
        time.sleep(0.3)
    with work.working():
        time.sleep(0.3)
    assert capsys.readouterr().err == "adcompile: compiling loss: 363 lines ...\n"
