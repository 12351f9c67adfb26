"""Integers at the ends of the 64 bits: in plain Python, in the interpreter, and compiled, where it must not crash."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adcompile.ir.interpreter import run
from tests.emitted import emit
from tests.fuzz.ends import arguments, faults

ROOT = Path(__file__).resolve().parents[2]


def _text(function: Callable[..., Any]) -> Callable[..., Any]:
    emitted = emit(function, arguments(1, 0))
    return lambda *args: emitted.call(*args)[0][0]


def _graph(function: Callable[..., Any]) -> Callable[..., Any]:
    emitted = emit(function, arguments(1, 0))
    assert emitted.build.graph is not None
    return lambda *args: run(emitted.build.graph, emitted.numbers(*args))[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("ways", [_text, _graph])
@pytest.mark.parametrize("seed", range(3))
def test_python_and_the_interpreter(seed: int, ways: Callable[..., Any]) -> None:
    assert list(faults(seed, ways)) == []


def test_compiled() -> None:
    command = [sys.executable, "-m", "tests.fuzz.ends", "--seed", "20", "--batches", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-300:]}"
