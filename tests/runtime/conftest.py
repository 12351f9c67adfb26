"""Programs written by hand instead of generated ones."""

import pytest

from tests.runtime.handwritten import install


@pytest.fixture
def handwritten(monkeypatch, tmp_path):
    yield from install(monkeypatch, tmp_path)
