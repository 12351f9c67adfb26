"""What the front end reads outside the program: a change is seen, in this process and in another one (`reads.py`).

Each way has one of `EVERY` things; all of them: `ADCOMPILE_READS=1 pytest tests/frontend/test_reading.py`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frontend import reads

ROOT = Path(__file__).resolve().parents[2]
EVERY = int(os.environ.get("ADCOMPILE_READS", "9"))
GROUPS = [tuple(reads.WAYS)[k::6] for k in range(6)]


def run(folder, how, ways):
    """The lines that a new process prints. Programs run as plain Python."""
    environment = {
        **os.environ,
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": str(ROOT),
        "ADCOMPILE_CACHE_DIR": str(folder / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "tests.frontend.reads", str(folder), "cases", how, str(EVERY), *ways]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("ways", GROUPS, ids=lambda ways: ways[0])
def test_a_change_is_seen(ways, tmp_path):
    cases = list(reads.cases(ways, every=EVERY))
    reads.write(tmp_path, "cases", cases)
    assert run(tmp_path, "walk", ways) == [f"{len(cases)} cases"]


@pytest.mark.parametrize("ways", GROUPS, ids=lambda ways: ways[0])
def test_another_process_sees_a_change(ways, tmp_path):
    cases = list(reads.cases(ways, every=EVERY))
    right = [f"{len(cases)} cases"]
    reads.write(tmp_path, "cases", cases)
    assert run(tmp_path, "first", ways) == right
    assert run(tmp_path, "changed", ways) == right
    reads.write(tmp_path, "cases", cases, edited=True)
    assert run(tmp_path, "first", ways) == right


@pytest.mark.parametrize("way", ["class", "argument", "partial", "in a container"])
def test_compiled_programs_see_a_change(way, tmp_path):
    name = f"compiled_{way.replace(' ', '_')}"
    chosen = [each for each in reads.cases((way,)) if each.thing in ("float", "string") and each.kind != "delete"]
    reads.write(tmp_path, name, chosen)
    module = reads.load(tmp_path, name)
    assert [each for case in chosen for each in reads.differences(module, case, calls=(4,))] == []
