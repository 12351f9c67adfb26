"""The generated parts of the documentation are what the compiler generates now, and the README's example runs."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_the_generated_parts_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_names_that_are_supported_are_listed() -> None:
    listed = (ROOT / "docs" / "supported.md").read_text(encoding="utf-8")
    for name in ("`tanh`", "`.reshape`", "`logsumexp`", "`linalg.solve`", "`solve_triangular`", "`sorted`"):
        assert name in listed
    count = re.search(r"^(\d+) names\.$", listed, re.MULTILINE)
    assert count is not None
    assert int(count[1]) > 450  # as the README says


def test_the_example_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[0]
    (tmp_path / "example.py").write_text(text, encoding="utf-8")
    names = runpy.run_path(str(tmp_path / "example.py"))
    assert "def loss_grad(w, b, x, y):" in capsys.readouterr().out
    w, b, x, y = (names[name] for name in "wbxy")
    value, (w_bar, b_bar) = names["loss"](w, b, x, y)
    assert value < np.mean(y**2)
    h = np.tanh(x @ w + b)
    wanted = 2.0 * (h - y) * (1.0 - h * h) / y.size
    np.testing.assert_allclose(w_bar, x.T @ wanted, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(b_bar, wanted.sum(axis=0), rtol=1e-9, atol=1e-12)


def test_each_stage_can_be_run_on_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8").split("<!-- stages -->")[1]
    (text,) = re.findall(r"```python\n(.*?)```", shown, re.DOTALL)
    (tmp_path / "stages.py").write_text(text, encoding="utf-8")
    runpy.run_path(str(tmp_path / "stages.py"))
    table = re.sub(r"np\.float64\(([^)]*)\)|[\[\]]|array\(([^)]*)\)", r" \1\2 ", capsys.readouterr().out)
    lines = [line for line in table.splitlines() if re.match(r"(right|reversed|passes|text|compiled|without) ", line)]
    numbers = [[float(each) for each in re.findall(r"-?\d+\.\d*", line)] for line in lines]
    assert len(numbers) > 20
    for line, found in zip(lines, numbers, strict=True):
        np.testing.assert_allclose(found, numbers[0], atol=1e-7, err_msg=line)


def test_the_commands_stand_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ('pip install ".[test]" && pytest', 'pip install ".[examples]" && python examples/digits.py'):
        assert f"```\n{command}\n```" in text


def test_every_file_that_is_linked_to_exists() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_adjoint_shown_is_the_gradient() -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split("<!-- adjoint -->")[1]
    primal, adjoint = re.findall(r"```python\n(.*?)```", shown, re.DOTALL)[:2]
    namespace: dict[str, object] = {"np": np}
    exec(primal + adjoint, namespace)
    rng = np.random.default_rng(1)
    w, b, x, y = (rng.normal(size=size) for size in ((3, 2), 2, (5, 3), (5, 2)))
    loss, gradient = namespace["loss"], namespace["loss_grad"]
    value, w_bar, b_bar = gradient(w, b, x, y)  # type: ignore[operator]
    np.testing.assert_allclose(value, loss(w, b, x, y))  # type: ignore[operator]
    for argument, bar in ((w, w_bar), (b, b_bar)):
        direction, step = rng.normal(size=argument.shape), 1e-6
        kept = argument.copy()
        argument[...] = kept + step * direction
        above = loss(w, b, x, y)  # type: ignore[operator]
        argument[...] = kept - step * direction
        below = loss(w, b, x, y)  # type: ignore[operator]
        argument[...] = kept
        np.testing.assert_allclose(np.sum(bar * direction), (above - below) / (2 * step), rtol=1e-7)
