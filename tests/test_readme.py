"""The generated parts of the README are what the compiler generates now, and its own example runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def test_the_generated_parts_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stdout + done.stderr


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
