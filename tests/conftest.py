"""Programs are verified after every stage, and no test reads or fills the user's own cache of compiled programs.

`tests/test_corpus.py` verifies them after every pass.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

# Read when `adcompile.pipeline` is imported, hence before any test module.
os.environ.setdefault("ADCOMPILE_VERIFY", "stages")
# How long a compilation takes is the machine's; tests of the message switch it on.
os.environ.setdefault("ADCOMPILE_QUIET", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes the files of `tests/golden` anew."""
    parser.addoption("--update-golden", action="store_true", help="write the generated texts of tests/golden anew")


@pytest.fixture(scope="session", autouse=True)
def own_cache_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache that lives as long as the test session of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADCOMPILE_CACHE_DIR", str(tmp_path_factory.mktemp("adcompile_cache")))
        yield
