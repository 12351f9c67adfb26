"""The examples run from start to end, at reduced size, in an empty folder and with a cache of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def output_of(name: str, folder: Path) -> str:
    """What an example prints."""
    environment = {
        **os.environ,
        "PYTHONUTF8": "1",
        "PYTHONPATH": str(ROOT),
        "ADCOMPILE_CACHE_DIR": str(folder / "cache"),
    }
    run = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), "--quick"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"^def \w+\(", run.stdout, re.MULTILINE), "the adjoint is printed"
    return run.stdout


def needs(*packages: str) -> None:
    for package in packages:
        pytest.importorskip(package, reason='needs pip install ".[examples]"')


def test_digits(tmp_path: Path) -> None:
    needs("sklearn", "matplotlib", "rich", "autograd")
    printed = output_of("digits.py", tmp_path)
    assert "h = np.tanh(x @ w1 + b1)" in printed, "under the primal lines"
    assert "autograd / adcompile" in printed
    error = re.search(r"worst error (\S+) over (\d+) weights", printed)
    assert error
    assert float(error[1]) < 1e-8
    assert int(error[2]) > 40
    accuracy = re.search(r"test accuracy: (\S+)", printed)
    assert accuracy
    assert float(accuracy[1]) > 0.7, "two passes already teach it something: chance is 0.1"
    assert (tmp_path / "digits-loss.png").read_bytes().startswith(b"\x89PNG")


def numbers(pattern: str, printed: str) -> list[float]:
    found = re.search(pattern, printed)
    assert found, printed
    return [float(each) for each in found.groups()]


def test_gaussian_process(tmp_path: Path) -> None:
    needs("sklearn")
    printed = output_of("gaussian_process.py", tmp_path)
    assert "factor = np.linalg.cholesky(k)" in printed
    ours, theirs = numbers(r"log marginal likelihood: (\S+), scikit-learn (\S+)", printed)
    assert abs(ours - theirs) < 1e-4
    difference, error = numbers(r"difference (\S+), of the gradient (\S+) \(relative\)", printed)
    assert difference < 1e-10
    assert error < 1e-10
    assert "gradient check: passed" in printed


def test_kalman(tmp_path: Path) -> None:
    printed = output_of("kalman.py", tmp_path)
    value, dense = numbers(r"at the start: (\S+), dense (\S+)", printed)
    assert abs(value - dense) < 1e-8
    assert numbers(r"(\S+) apart", printed)[0] < 1e-3
    assert "gradient check: passed" in printed


def test_mixture(tmp_path: Path) -> None:
    needs("sklearn")
    printed = output_of("mixture.py", tmp_path)
    start, ours, theirs = numbers(r"likelihood: (\S+) at the start, (\S+) now, scikit-learn (\S+)", printed)
    assert start < ours < theirs + 1e-3, "fifteen steps go most of the way"
    assert ours > start + 0.5 * (theirs - start)
    assert "gradient check: passed" in printed
