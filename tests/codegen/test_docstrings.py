"""The docstring of a generated function names its results in the order in which they come."""

from __future__ import annotations

import numpy as np

from tests.corpus.registry import Array, Result
from tests.emitted import emit


def loss(params: dict[str, Array], x: Array, scale: float) -> Result:
    return scale * np.sum((x @ params["w"] + params["b"]) ** 2)


def test_results_are_described_in_order() -> None:
    args = ({"w": np.ones((3, 2)), "b": np.ones(2)}, np.ones((4, 3)), 2.0)
    emitted = emit(loss, args)
    doc = emitted.entry.__doc__ or ""
    names = [line.split()[0] for line in doc.splitlines()[3:-1]]
    assert names == ["params_w", "params_b", "x", "scale"]
    assert "Returns the value, then the derivatives" in doc
    _, gradients = emitted.call(*args)
    assert [np.shape(g) for g in gradients] == [(3, 2), (2,), (4, 3), ()]
    assert "params_w    of its shape, (n, m)" in doc
    assert "scale       a number" in doc
