"""The examples run from start to end, at reduced size, in an empty folder and with a cache of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_digits(tmp_path: Path) -> None:
    for package in ("sklearn", "matplotlib", "rich", "autograd"):
        pytest.importorskip(package, reason='needs pip install ".[examples]"')
    environment = {
        **os.environ,
        "PYTHONUTF8": "1",
        "PYTHONPATH": str(ROOT),
        "ADCOMPILE_CACHE_DIR": str(tmp_path / "cache"),
    }
    run = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "digits.py"), "--quick"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"^def \w+\(", run.stdout, re.MULTILINE), "the adjoint is printed"
    assert "h = np.tanh(x @ w1 + b1)" in run.stdout, "under the primal lines"
    assert "autograd / adcompile" in run.stdout
    error = re.search(r"worst error (\S+) over (\d+) weights", run.stdout)
    assert error
    assert float(error[1]) < 1e-8
    assert int(error[2]) > 40
    accuracy = re.search(r"test accuracy: (\S+)", run.stdout)
    assert accuracy
    assert float(accuracy[1]) > 0.7, "two passes already teach it something: chance is 0.1"
    assert (tmp_path / "digits-loss.png").read_bytes().startswith(b"\x89PNG")
